/* SPDX-License-Identifier: MIT */
/* What a handshake has agreed upon, who the peer is, and what is made of both. */
#include "chain.h"
#include "engine.h"

#include <frond/error.h>
#include <frond/impl/fail.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <string.h>

/* 3.0 knows the group's number, and a name for it, as a macro over the number each. */
static const char *group_name(SSL *ssl) {
    long group = SSL_get_negotiated_group(ssl);
    const char *name = group ? SSL_group_to_name(ssl, (int)group) : NULL;
    return name ? name : "";
}

int frond_tls_get_info(const frond_stream *s, frond_tls_info *info) {
    frond__tls *t = frond__tls_of(s);
    if (!t || !info)
        return frond_fail_set(FROND_EINVAL, "tls info");
    BIO *bio = SSL_get_rbio(t->ssl);
    const char *name = SSL_get_servername(t->ssl, TLSEXT_NAMETYPE_host_name);
    *info = (frond_tls_info){
        .version = SSL_get_version(t->ssl),
        .cipher = SSL_get_cipher_name(t->ssl),
        .group = group_name(t->ssl),
        .alpn = t->alpn ? t->alpn : "",
        .server_name = name ? name : "",
        .resumed = SSL_session_reused(t->ssl),
        .ktls_send = BIO_ctrl(bio, BIO_CTRL_GET_KTLS_SEND, 0, NULL) > 0,
        .ktls_receive = BIO_ctrl(bio, BIO_CTRL_GET_KTLS_RECV, 0, NULL) > 0};
    return 0;
}

/* A server's chain does not have the peer's own certificate. */
static frond_tls_chain *as_sent(SSL *ssl, X509 *own) {
    STACK_OF(X509) *all = sk_X509_new_null(), *sent = SSL_get_peer_cert_chain(ssl);
    frond_tls_chain *chain = NULL;
    bool ok = all && sk_X509_push(all, own);
    for (int i = SSL_is_server(ssl) ? 0 : 1; ok && i < sk_X509_num(sent); i++)
        ok = sk_X509_push(all, sk_X509_value(sent, i)) > 0;
    if (ok)
        chain = frond__tls_chain_new(all);
    sk_X509_free(all);
    return chain;
}

frond_tls_chain *frond__tls_chain_of(SSL *ssl) {
    STACK_OF(X509) *verified = SSL_get0_verified_chain(ssl);
    if (verified)
        return frond__tls_chain_new(verified);
    return as_sent(ssl, SSL_get0_peer_certificate(ssl));
}

int frond_tls_peer_chain(const frond_stream *s, frond_tls_chain **chain) {
    frond__tls *t = frond__tls_of(s);
    if (!t || !chain)
        return frond_fail_set(FROND_EINVAL, "tls peer");
    if (!SSL_get0_peer_certificate(t->ssl))
        return frond_fail_set(FROND_ENOENT, "tls peer's certificate");
    *chain = frond__tls_chain_of(t->ssl);
    ERR_clear_error();
    return *chain ? 0 : frond_fail_set(FROND_ENOMEM, "tls peer");
}

/* ---- secrets in common ---- */

int frond_tls_export(const frond_stream *s, const char *label, const void *context,
                     size_t context_len, void *out, size_t len) {
    frond__tls *t = frond__tls_of(s);
    if (!t || !label || !out)
        return frond_fail_set(FROND_EINVAL, "tls export");
    ERR_clear_error();
    if (SSL_export_keying_material(t->ssl, out, len, label, strlen(label), context,
                                   context_len, context != NULL) != 1)
        return frond__tls_fail(FROND_ETLS_CONFIG, "export");
    return 0;
}

/* RFC 9266: the exporter with a label, an empty context and 32 bytes. */
static int64_t bind_exporter(frond__tls *t, void *out, size_t cap) {
    enum { SIZE = 32 };
    int rc = cap < SIZE ? FROND_EINVAL
                        : frond_tls_export(&t->base, "EXPORTER-Channel-Binding", "", 0,
                                           out, SIZE);
    return rc < 0 ? rc : SIZE;
}

/* RFC 5929, 4.1: the server's certificate, digested as its signature is, but by SHA-256 where that is weak or
 * there is no such digest. */
static int64_t bind_certificate(frond__tls *t, void *out, size_t cap) {
    X509 *x = SSL_is_server(t->ssl) ? SSL_get_certificate(t->ssl)
                                    : SSL_get0_peer_certificate(t->ssl);
    unsigned char digest[EVP_MAX_MD_SIZE];
    int nid = NID_undef;
    unsigned n = 0;
    if (!x)
        return FROND_ENOTSUP;
    OBJ_find_sigid_algs(X509_get_signature_nid(x), &nid, NULL);
    const EVP_MD *md = nid == NID_undef || nid == NID_md5 || nid == NID_sha1
                           ? EVP_sha256()
                           : EVP_get_digestbynid(nid);
    if (!md || !X509_digest(x, md, digest, &n))
        return FROND_ENOTSUP;
    if (n > cap)
        return FROND_EINVAL;
    memcpy(out, digest, n);
    return n;
}

/* RFC 5929, 3.1: the first Finished: the client's, but the server's when a session was resumed. */
static int64_t bind_finished(frond__tls *t, void *out, size_t cap) {
    bool ours = SSL_is_server(t->ssl) == SSL_session_reused(t->ssl);
    unsigned char finished[EVP_MAX_MD_SIZE];
    if (SSL_version(t->ssl) >= TLS1_3_VERSION)
        return FROND_ENOTSUP;
    size_t n = ours ? SSL_get_finished(t->ssl, finished, sizeof finished)
                    : SSL_get_peer_finished(t->ssl, finished, sizeof finished);
    if (n > cap)
        return FROND_EINVAL;
    memcpy(out, finished, n);
    return (int64_t)n;
}

int64_t frond_tls_channel_binding(const frond_stream *s, const char *kind, void *out,
                                  size_t cap) {
    static const struct {
        const char *kind;
        int64_t (*bind)(frond__tls *t, void *out, size_t cap);
    } kinds[] = {{"tls-exporter", bind_exporter},
                 {"tls-server-end-point", bind_certificate},
                 {"tls-unique", bind_finished}};
    frond__tls *t = frond__tls_of(s);
    int64_t n = FROND_EINVAL;
    for (size_t i = 0; t && kind && out && i < sizeof kinds / sizeof kinds[0]; i++)
        if (strcmp(kind, kinds[i].kind) == 0)
            n = kinds[i].bind(t, out, cap);
    return n < 0 ? frond_fail_set((int)n, "tls channel binding") : n;
}
