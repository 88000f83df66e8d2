/* SPDX-License-Identifier: MIT */
/* Options made into what OpenSSL goes by. */
#include "settings.h"

#include <frond/error.h>
#include <frond/impl/fail.h>
#include <frond/impl/memory.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <string.h>
#include <uv.h>

/* What a library lacks is not asked of it. */
#ifndef SSL_OP_ALLOW_CLIENT_RENEGOTIATION
#define SSL_OP_ALLOW_CLIENT_RENEGOTIATION 0
#endif
#ifndef SSL_OP_ENABLE_KTLS
#define SSL_OP_ENABLE_KTLS 0
#endif

enum { LEAST_SECURITY = 2 /* 112 bits: RSA of 2048, no SHA-1 */ };

/* The first error of the queue is the cause; the later ones only say who passed it on. */
int frond__tls_fail(int code, const char *doing) {
    unsigned long error = ERR_peek_error();
    const char *reason = ERR_reason_error_string(error);
    if (ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE)
        reason = "it holds nothing of the kind in PEM form";
    ERR_clear_error();
    return frond_fail_text(code, "tls %s: %s", doing,
                           reason ? reason : frond_error_message(code));
}

int frond__tls_readable(const char *path) {
    uv_fs_t request;
    int code =
        frond_error_from_uv(uv_fs_access(NULL, &request, path, 4 /* to read */, NULL));
    uv_fs_req_cleanup(&request);
    return code < 0 ? frond_fail_text(code, "tls %s: %s", path, frond_error_message(code))
                    : 0;
}

static int version_number(frond_tls_version v, int any) {
    return v == FROND_TLS_1_2   ? TLS1_2_VERSION
           : v == FROND_TLS_1_3 ? TLS1_3_VERSION
                                : any;
}

/* AES of 128 bits costs less than that of 256, and the digest that it comes with a third of the other's where the
 * processor knows SHA-256, which a resumed handshake is full of; both are beyond anybody's reach.  What the library
 * is configured not to use stays unused. */
static int prefer_quick(SSL_CTX *ssl) {
    static const char quick[] = "TLS_AES_128_GCM_SHA256";
    char list[512] = "";
    bool has = false;
    STACK_OF(SSL_CIPHER) *all = SSL_CTX_get_ciphers(ssl);
    for (int i = 0; i < sk_SSL_CIPHER_num(all); i++) {
        const SSL_CIPHER *c = sk_SSL_CIPHER_value(all, i);
        const char *name = SSL_CIPHER_get_name(c);
        size_t n = strlen(list);
        if (strcmp(SSL_CIPHER_get_version(c), "TLSv1.3") != 0)
            continue;
        if (strcmp(name, quick) == 0)
            has = true;
        else
            snprintf(list + n, sizeof list - n, ":%s", name);
    }
    if (!has)
        return 0;
    char ordered[sizeof list + sizeof quick];
    snprintf(ordered, sizeof ordered, "%s%s", quick, list);
    return SSL_CTX_set_ciphersuites(ssl, ordered) == 1
               ? 0
               : frond__tls_fail(FROND_ETLS_CONFIG, ordered);
}

static int set_agreement(frond__tls_settings *s, const frond_tls_options *o) {
    SSL_CTX *ssl = s->ssl;
    SSL_CTX_set_min_proto_version(ssl, version_number(o->lowest, TLS1_2_VERSION));
    SSL_CTX_set_max_proto_version(ssl, version_number(o->highest, 0));
    if (SSL_CTX_get_security_level(ssl) < LEAST_SECURITY)
        SSL_CTX_set_security_level(ssl, LEAST_SECURITY);
    if (o->ciphers && SSL_CTX_set_cipher_list(ssl, o->ciphers) != 1)
        return frond__tls_fail(FROND_ETLS_CONFIG, o->ciphers);
    if (o->ciphersuites && SSL_CTX_set_ciphersuites(ssl, o->ciphersuites) != 1)
        return frond__tls_fail(FROND_ETLS_CONFIG, o->ciphersuites);
    if (!o->ciphersuites && prefer_quick(ssl) < 0)
        return frond_error_code();
    if (o->groups && SSL_CTX_set1_groups_list(ssl, o->groups) != 1)
        return frond_fail_text(FROND_ETLS_CONFIG, "tls %s: not groups of a key exchange",
                               o->groups);
    if (o->groups && !(s->groups = frond_strndup(o->groups, strlen(o->groups))))
        return frond_fail_set(FROND_ENOMEM, "tls context");
    return frond__tls_set_alpn(s, o->alpn);
}

static void set_modes(frond__tls_settings *s, const frond_tls_options *o) {
    SSL_CTX_set_mode(s->ssl, SSL_MODE_ENABLE_PARTIAL_WRITE |
                                 SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                 SSL_MODE_RELEASE_BUFFERS |
                                 SSL_MODE_NO_AUTO_CHAIN /* else each handshake looks for
                                                         * issuers in files */);
    SSL_CTX_set_options(s->ssl, SSL_OP_NO_COMPRESSION);
    s->renegotiation = o->renegotiation != 0;
    if (!s->renegotiation)
        SSL_CTX_set_options(s->ssl, SSL_OP_NO_RENEGOTIATION);
    else
        SSL_CTX_set_options(s->ssl, SSL_OP_ALLOW_CLIENT_RENEGOTIATION);
    if (o->ktls)
        SSL_CTX_set_options(s->ssl, SSL_OP_ENABLE_KTLS);
    s->ktls = (SSL_CTX_get_options(s->ssl) & SSL_OP_ENABLE_KTLS) !=
              0;                       /* openssl.cnf may have it, too */
    SSL_CTX_set_read_ahead(s->ssl, 1); /* one system call a record instead of two */
}

static void set_judgement(frond__tls_settings *s, const frond_tls_options *o) {
    s->insecure = o->insecure != 0;
    s->verify = o->verify;
    s->verify_arg = o->verify_arg;
    s->choose = o->choose;
    s->choose_arg = o->choose_arg;
    s->on_message = o->on_message;
    s->message_arg = o->message_arg;
    SSL_CTX_set_post_handshake_auth(s->ssl, o->post_handshake_auth != 0);
    SSL_CTX_set_cert_verify_callback(s->ssl, frond__tls_judge, NULL);
    SSL_CTX_set_client_hello_cb(s->ssl, frond__tls_hello, NULL);
    if (o->require_client_cert)
        SSL_CTX_set_verify(s->ssl, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
                           NULL);
    else if (o->ask_client_cert)
        SSL_CTX_set_verify(s->ssl, SSL_VERIFY_PEER, NULL);
}

static int configure(frond__tls_settings *s, const frond_tls_options *o) {
    int rc;
    set_modes(s, o);
    set_judgement(s, o);
    if ((rc = set_agreement(s, o)) < 0 || (rc = frond__tls_set_trust(s->ssl, o)) < 0 ||
        (rc = frond__tls_set_pins(s, o->pins)) < 0 ||
        (rc = frond__tls_set_identity(s->ssl, o)) < 0 ||
        (rc = frond__tls_set_keylog(s, o)) < 0)
        return rc;
    s->has_certificate = SSL_CTX_get0_certificate(s->ssl) != NULL;
    return frond__tls_set_sessions(s, o);
}

frond__tls_settings *frond__tls_settings_new(const frond_tls_options *o) {
    ERR_clear_error();
    frond__tls_settings *s = frond_calloc(1, sizeof *s);
    if (!s) {
        frond_fail_set(FROND_ENOMEM, "tls context");
        return NULL;
    }
    s->refs = 1;
    s->keylog = -1;
    s->ssl = SSL_CTX_new(TLS_method());
    int rc = s->ssl ? configure(s, o) : frond__tls_fail(FROND_ENOMEM, "context");
    if (rc < 0) {
        frond__tls_settings_free(s);
        return NULL;
    }
    return s;
}

frond__tls_settings *frond__tls_settings_ref(frond__tls_settings *s) {
    atomic_fetch_add(&s->refs, 1);
    return s;
}

void frond__tls_settings_free(frond__tls_settings *s) {
    if (!s || atomic_fetch_sub(&s->refs, 1) != 1)
        return;
    SSL_CTX_free(s->ssl);
    frond__tls_close_keylog(s);
    frond_free(s->alpn);
    frond_free(s->pins);
    frond_free(s->groups);
    frond_free(s);
}

/* SSL_set_SSL_CTX changes the certificates, and what is looked up in the context later; what SSL_new has copied
 * out of the first one follows here. */
bool frond__tls_settings_change(SSL *ssl, const frond__tls_settings *to) {
    SSL_CTX *context = to->ssl;
    SSL_clear_options(ssl, SSL_get_options(ssl));
    SSL_set_options(ssl, SSL_CTX_get_options(context));
    SSL_set_verify(ssl, SSL_CTX_get_verify_mode(context), NULL);
    SSL_set_client_CA_list(ssl, SSL_dup_CA_list(SSL_CTX_get_client_CA_list(context)));
    return SSL_set_SSL_CTX(ssl, context) &&
           SSL_set_min_proto_version(ssl, SSL_CTX_get_min_proto_version(context)) &&
           SSL_set_max_proto_version(ssl, SSL_CTX_get_max_proto_version(context)) &&
           (!to->groups || SSL_set1_groups_list(ssl, to->groups));
}
