/* SPDX-License-Identifier: MIT */
/* Who the peer must be, and, when it is not, why in words. */
#include "chain.h"
#include "engine.h"

#include <frond/addr.h>
#include <frond/error.h>
#include <frond/impl/fail.h>
#include <frond/impl/memory.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

/* ---- pins ---- */

/* As many bytes as a digest has, in base 64; a second slash is curl's way to write it. */
static bool decode_pin(const char *text, unsigned char *pin) {
    enum { DIGITS = 44 };
    unsigned char bytes[DIGITS / 4 * 3];
    if (strncmp(text, "sha256/", 7) != 0)
        return false;
    text += text[7] == '/' && strlen(text) == 8 + DIGITS ? 8 : 7;
    if (strlen(text) != DIGITS || text[DIGITS - 1] != '=' || text[DIGITS - 2] == '=' ||
        EVP_DecodeBlock(bytes, (const unsigned char *)text, DIGITS) != sizeof bytes)
        return false;
    memcpy(pin, bytes, PIN_SIZE);
    return true;
}

int frond__tls_set_pins(frond__tls_settings *s, const char *const *pins) {
    size_t n = 0;
    while (pins && pins[n])
        n++;
    if (n == 0)
        return 0;
    if (!(s->pins = frond_alloc(n * sizeof *s->pins)))
        return frond_fail_set(FROND_ENOMEM, "tls context");
    for (; s->n_pins < n; s->n_pins++)
        if (!decode_pin(pins[s->n_pins], s->pins[s->n_pins]))
            return frond_fail_text(FROND_EINVAL,
                                   "tls pin \"%.60s\": not \"sha256/\" and a digest in "
                                   "base 64",
                                   pins[s->n_pins]);
    return 0;
}

static bool is_pinned(const frond__tls_settings *s, X509 *x) {
    unsigned char digest[PIN_SIZE];
    if (!frond__tls_pin_of(x, digest))
        return false;
    for (size_t i = 0; i < s->n_pins; i++)
        if (memcmp(s->pins[i], digest, PIN_SIZE) == 0)
            return true;
    return false;
}

/* Of a chain that nobody has verified only the first certificate means anything. */
static bool any_pinned(const frond__tls_settings *s, X509_STORE_CTX *store) {
    STACK_OF(X509) *chain = s->insecure ? NULL : X509_STORE_CTX_get0_chain(store);
    if (!chain)
        return is_pinned(s, X509_STORE_CTX_get0_cert(store));
    for (int i = 0; i < sk_X509_num(chain); i++)
        if (is_pinned(s, sk_X509_value(chain, i)))
            return true;
    return false;
}

/* ---- the verdict ---- */

static void date_text(const ASN1_TIME *time, char *out, size_t cap) {
    struct tm tm;
    if (time && ASN1_TIME_to_tm(time, &tm) == 1)
        snprintf(out, cap, " %04d-%02d-%02d", tm.tm_year + 1900, tm.tm_mon + 1,
                 tm.tm_mday);
}

static frond__tls *tls_of(X509_STORE_CTX *store) {
    int at = SSL_get_ex_data_X509_STORE_CTX_idx();
    return SSL_get_app_data((SSL *)X509_STORE_CTX_get_ex_data(store, at));
}

/* Remembers the first thing that is wrong; OpenSSL then stops. */
static int remember(int ok, X509_STORE_CTX *store) {
    frond__tls_greeting *g = tls_of(store)->greeting;
    if (ok || g->error)
        return ok;
    const X509 *certificate = X509_STORE_CTX_get_current_cert(store);
    g->error = X509_STORE_CTX_get_error(store);
    g->depth = X509_STORE_CTX_get_error_depth(store);
    if (certificate && g->error == X509_V_ERR_CERT_HAS_EXPIRED)
        date_text(X509_get0_notAfter(certificate), g->detail, sizeof g->detail);
    else if (certificate && g->error == X509_V_ERR_CERT_NOT_YET_VALID)
        date_text(X509_get0_notBefore(certificate), g->detail, sizeof g->detail);
    return ok;
}

static bool good(frond__tls *t, X509_STORE_CTX *store) {
    const frond__tls_settings *rules = frond__tls_rules(t);
    frond__tls_greeting *g = t->greeting;
    bool believed = rules->insecure && !SSL_is_server(t->ssl);
    X509_STORE_CTX_set_verify_cb(store, remember);
    if (!believed && X509_verify_cert(store) <= 0) {
        g->error = g->error ? g->error : X509_STORE_CTX_get_error(store);
        return false;
    }
    g->unpinned = rules->n_pins && !any_pinned(rules, store);
    if (g->unpinned)
        g->error = X509_V_ERR_CERT_REJECTED;
    return !g->unpinned;
}

/* A renegotiation has to show what the handshake has shown (RFC 7627, 5.4): it is not judged again. */
static int same_as_before(const frond__tls_greeting *g, X509_STORE_CTX *store) {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned n;
    X509 *leaf = X509_STORE_CTX_get0_cert(store);
    if (X509_digest(leaf, EVP_sha256(), digest, &n) &&
        memcmp(digest, g->leaf, sizeof g->leaf) == 0)
        return 1;
    X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_REJECTED);
    return 0;
}

static int believe(frond__tls_greeting *g, X509_STORE_CTX *store) {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned n;
    if (X509_digest(X509_STORE_CTX_get0_cert(store), EVP_sha256(), digest, &n))
        memcpy(g->leaf, digest, sizeof g->leaf);
    X509_STORE_CTX_set_error(store, X509_V_OK);
    return 1;
}

/* 1: there is something for the user's function to look at. */
static bool show(frond__tls_greeting *g, X509_STORE_CTX *store) {
    STACK_OF(X509) *verified = g->error ? NULL : X509_STORE_CTX_get0_chain(store);
    g->chain =
        frond__tls_chain_new(verified ? verified : X509_STORE_CTX_get0_untrusted(store));
    return g->chain != NULL;
}

/* What OpenSSL asks instead of verifying by itself.  A client that has to ask the user's function leaves the
 * handshake here, and comes back when that has spoken; a server asks at the end. */
int frond__tls_judge(X509_STORE_CTX *store, void *arg) {
    frond__tls *t = tls_of(store);
    frond__tls_greeting *g = t->greeting;
    (void)arg;
    if (t->established && t->request != FROND__TLS_ASKED)
        return same_as_before(g, store);
    bool asks = frond__tls_rules(t)->verify != NULL;
    if (g->judged && g->refusal == 0) {
        if (!g->error && !frond__tls_rules(t)->insecure)
            X509_verify_cert(store); /* OpenSSL keeps the chain that this finds */
        return believe(g, store);
    }
    if (!g->judged && good(t, store) && !asks)
        return believe(g, store);
    int error = g->error ? g->error : X509_V_ERR_APPLICATION_VERIFICATION;
    X509_STORE_CTX_set_error(store, g->judged || g->error ? error : X509_V_OK);
    if (!asks || g->judged)
        return 0;
    if (SSL_is_server(t->ssl))
        return 1;
    return show(g, store) ? SSL_set_retry_verify(t->ssl) : 0;
}

/* ---- in words ---- */

static int code_of(int error) {
    switch (error) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
        return FROND_ETLS_EXPIRED;
    case X509_V_ERR_CERT_NOT_YET_VALID:
        return FROND_ETLS_NOTYET;
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
        return FROND_ETLS_HOSTNAME;
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_CERT_UNTRUSTED:
        return FROND_ETLS_UNTRUSTED;
    default:
        return FROND_ETLS_CERT;
    }
}

/* The sentence without "tls NAME: "; returns its code. */
static int words_of(const frond__tls_greeting *g, int error, char *out, size_t cap) {
    int code = code_of(error);
    bool ours = code == FROND_ETLS_EXPIRED || code == FROND_ETLS_NOTYET ||
                code == FROND_ETLS_HOSTNAME;
    if (g->unpinned)
        snprintf(out, cap, "none of the public keys in its chain is pinned");
    else
        snprintf(out, cap, "%s%s, depth %d",
                 ours ? frond_error_message(code) : X509_verify_cert_error_string(error),
                 g->detail, g->depth);
    return code;
}

int frond__tls_verify_failed(frond__tls *t) {
    frond__tls_greeting *g = t->greeting;
    char words[300];
    if (g && g->refusal)
        return frond_fail_text(g->refusal, "tls %s: %s", t->name,
                               g->refusal_text ? g->refusal_text
                                               : frond_error_message(g->refusal));
    static const frond__tls_greeting none;
    int error = g && g->error ? g->error : (int)SSL_get_verify_result(t->ssl);
    int code = words_of(g ? g : &none, error, words, sizeof words);
    return frond_fail_text(code, "tls %s: %s", t->name, words);
}

/* ---- the user's function ---- */

/* What it has returned is its own sentence, that of a call of frond's that failed, or only a code. */
static const char *sentence(int rc, const frond_tls_judged *judged) {
    return rc == judged->error        ? judged->text
           : rc == frond_error_code() ? frond_error_text()
                                      : frond_error_message(rc);
}

static int ask(frond__tls *t, int error, frond_deadline d) {
    const frond__tls_settings *rules = frond__tls_rules(t);
    frond__tls_greeting *g = t->greeting;
    char words[300] = "";
    frond_tls_judged judged = {.host = t->name, .text = words, .chain = g->chain};
    if (error)
        judged.error = words_of(g, error, words, sizeof words);
    int rc = rules->verify(&judged, rules->verify_arg, d);
    g->judged = true;
    if (rc < 0) {
        const char *text = sentence(rc, &judged);
        g->refusal = rc;
        g->refusal_text = frond_strndup(text, strlen(text));
    }
    frond_tls_chain_free(g->chain);
    g->chain = NULL;
    return rc < 0 ? rc : 0;
}

int frond__tls_ask(frond__tls *t, frond_deadline d) {
    ask(t, t->greeting->error, d);
    return 0;
}

int frond__tls_ask_server(frond__tls *t, frond_deadline d) {
    if (!frond__tls_rules(t)->verify || !SSL_get0_peer_certificate(t->ssl))
        return 0;
    if (!(t->greeting->chain = frond__tls_chain_of(t->ssl)))
        return frond_fail_set(FROND_ENOMEM, "tls");
    int error = (int)SSL_get_verify_result(t->ssl);
    return ask(t, error == X509_V_OK ? t->greeting->error : error, d) < 0
               ? frond__tls_verify_failed(t)
               : 0;
}

/* ---- what is expected ---- */

/* The dot at the end of a name is DNS's, not the certificate's, and SNI has none (RFC 6066 3). */
static const char *without_dot(const char *host, char *out, size_t cap) {
    size_t n = strlen(host);
    if (n < 2 || n > cap || host[n - 1] != '.')
        return host;
    memcpy(out, host, n - 1);
    out[n - 1] = '\0';
    return out;
}

/* Names are those of subjectAltName only: a CN is for people to read (RFC 9525, 2). */
static bool expect_name(SSL *ssl, const char *host) {
    SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS |
                               X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
    return SSL_set1_host(ssl, host) == 1;
}

static bool expect_address(SSL *ssl, const frond_addr *numeric) {
    char ip[FROND_ADDR_TEXT];
    frond_addr_format_ip(numeric, ip, sizeof ip);
    ip[strcspn(ip, "%")] = '\0';
    return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), ip) == 1;
}

int frond__tls_expect(frond__tls *t, const char *host) {
    const frond__tls_settings *s = t->settings;
    char name[256];
    frond_addr numeric;
    host = without_dot(host, name, sizeof name);
    bool is_name = frond_addr_parse(&numeric, host, 0) < 0;
    bool ok = !is_name || SSL_set_tlsext_host_name(t->ssl, host) == 1;
    bool judges = !s->insecure || s->n_pins || s->verify;
    SSL_set_verify(t->ssl, judges ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, NULL);
    if (ok && !s->insecure)
        ok = is_name ? expect_name(t->ssl, host) : expect_address(t->ssl, &numeric);
    if (!ok && strlen(host) <= TLSEXT_MAXLEN_host_name)
        return frond_fail_set(FROND_ENOMEM, "tls");
    return ok ? 0 : frond__tls_fail(FROND_EINVAL, host);
}
