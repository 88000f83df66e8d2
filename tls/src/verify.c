/* SPDX-License-Identifier: MIT */
/* Who the peer must be, and, when it is not, why in words. */
#include "engine.h"

#include <frond/addr.h>
#include <frond/error.h>
#include <frond/impl/fail.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

static void date_text(const ASN1_TIME *time, char *out, size_t cap) {
    struct tm tm;
    if (time && ASN1_TIME_to_tm(time, &tm) == 1)
        snprintf(out, cap, " %04d-%02d-%02d", tm.tm_year + 1900, tm.tm_mon + 1,
                 tm.tm_mday);
}

/* Remembers the first thing that is wrong; OpenSSL then refuses the handshake. */
static int remember(int ok, X509_STORE_CTX *store) {
    SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
    frond__tls *t = SSL_get_app_data(ssl);
    if (ok || !t || t->verify_error)
        return ok;
    const X509 *certificate = X509_STORE_CTX_get_current_cert(store);
    t->verify_error = X509_STORE_CTX_get_error(store);
    t->verify_depth = X509_STORE_CTX_get_error_depth(store);
    if (certificate && t->verify_error == X509_V_ERR_CERT_HAS_EXPIRED)
        date_text(X509_get0_notAfter(certificate), t->verify_detail,
                  sizeof t->verify_detail);
    else if (certificate && t->verify_error == X509_V_ERR_CERT_NOT_YET_VALID)
        date_text(X509_get0_notBefore(certificate), t->verify_detail,
                  sizeof t->verify_detail);
    return ok;
}

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

int frond__tls_verify_failed(frond__tls *t) {
    int error = t->verify_error ? t->verify_error : (int)SSL_get_verify_result(t->ssl);
    int code = code_of(error);
    const char *words = code == FROND_ETLS_EXPIRED || code == FROND_ETLS_NOTYET ||
                                code == FROND_ETLS_HOSTNAME
                            ? frond_error_message(code)
                            : X509_verify_cert_error_string(error);
    return frond_fail_text(code, "tls %s: %s%s, depth %d", t->name, words,
                           t->verify_detail, t->verify_depth);
}

/* The dot at the end of a name is DNS's, not the certificate's, and SNI has none (RFC 6066 3). */
static const char *without_dot(const char *host, char *out, size_t cap) {
    size_t n = strlen(host);
    if (n < 2 || n > cap || host[n - 1] != '.')
        return host;
    memcpy(out, host, n - 1);
    out[n - 1] = '\0';
    return out;
}

int frond__tls_expect(frond__tls *t, const char *host) {
    char name[256];
    frond_addr numeric;
    host = without_dot(host, name, sizeof name);
    bool is_name = frond_addr_parse(&numeric, host, 0) < 0;
    int ok = 1;
    if (is_name)
        ok = (int)SSL_set_tlsext_host_name(t->ssl, host);
    if (t->context->insecure)
        return ok == 1 ? 0 : frond__tls_fail(FROND_EINVAL, host);
    SSL_set_verify(t->ssl, SSL_VERIFY_PEER, remember);
    if (is_name) {
        SSL_set_hostflags(t->ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
        ok = ok == 1 && SSL_set1_host(t->ssl, host) == 1;
    } else {
        char ip[FROND_ADDR_TEXT];
        frond_addr_format_ip(&numeric, ip, sizeof ip);
        ip[strcspn(ip, "%")] = '\0';
        ok = X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(t->ssl), ip);
    }
    return ok == 1 ? 0 : frond__tls_fail(FROND_EINVAL, host);
}
