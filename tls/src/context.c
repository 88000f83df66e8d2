/* SPDX-License-Identifier: MIT */
/* TLS contexts: what is trusted, who we are, which versions. */
#include "context.h"

#include <frond/error.h>
#include <frond/impl/fail.h>
#include <frond/impl/memory.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <string.h>
#include <uv.h>

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

/* OpenSSL says "no such file" in a way of its own: the system's error is clearer. */
static int unreadable(const char *path) {
    uv_fs_t request;
    int code =
        frond_error_from_uv(uv_fs_access(NULL, &request, path, 4 /* to read */, NULL));
    uv_fs_req_cleanup(&request);
    return code < 0 ? frond_fail_text(code, "tls %s: %s", path, frond_error_message(code))
                    : 0;
}

static int add_ca_pem(SSL_CTX *ssl, const char *pem) {
    BIO *bio = BIO_new_mem_buf(pem, -1);
    X509_STORE *store = SSL_CTX_get_cert_store(ssl);
    int n = 0;
    X509 *certificate;
    while (bio && (certificate = PEM_read_bio_X509(bio, NULL, NULL, NULL))) {
        n += X509_STORE_add_cert(store, certificate);
        X509_free(certificate);
    }
    BIO_free(bio);
    if (n == 0)
        return frond__tls_fail(FROND_ETLS_CONFIG, "CA certificates");
    ERR_clear_error(); /* the end of the text is an error to the PEM reader */
    return 0;
}

static int set_trust(SSL_CTX *ssl, const frond_tls_options *o) {
    int rc;
    if (o->ca_file && (rc = unreadable(o->ca_file)) < 0)
        return rc;
    if (o->ca_file && SSL_CTX_load_verify_file(ssl, o->ca_file) != 1)
        return frond__tls_fail(FROND_ETLS_CONFIG, o->ca_file);
    if (o->ca_pem && (rc = add_ca_pem(ssl, o->ca_pem)) < 0)
        return rc;
    bool own = o->ca_file || o->ca_pem;
    if ((!own || o->system_trust) && !o->insecure && frond__tls_trust_system(ssl) != 1)
        return frond__tls_fail(FROND_ETLS_CONFIG, "system trust store");
    return 0;
}

static int use_chain_pem(SSL_CTX *ssl, const char *pem) {
    BIO *bio = BIO_new_mem_buf(pem, -1);
    X509 *certificate = bio ? PEM_read_bio_X509_AUX(bio, NULL, NULL, NULL) : NULL;
    int ok = certificate && SSL_CTX_use_certificate(ssl, certificate) == 1;
    X509_free(certificate);
    while (ok && (certificate = PEM_read_bio_X509(bio, NULL, NULL, NULL)))
        if (!(ok = SSL_CTX_add0_chain_cert(ssl, certificate) == 1))
            X509_free(certificate);
    BIO_free(bio);
    if (!ok)
        return frond__tls_fail(FROND_ETLS_CONFIG, "certificate");
    ERR_clear_error();
    return 0;
}

static int use_key_pem(SSL_CTX *ssl, const char *pem) {
    BIO *bio = BIO_new_mem_buf(pem, -1);
    EVP_PKEY *key = bio ? PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL) : NULL;
    int ok = key && SSL_CTX_use_PrivateKey(ssl, key) == 1;
    EVP_PKEY_free(key);
    BIO_free(bio);
    return ok ? 0 : frond__tls_fail(FROND_ETLS_CONFIG, "private key");
}

static int set_identity(SSL_CTX *ssl, const frond_tls_options *o) {
    int rc = 0;
    if (o->cert_pem) {
        rc = use_chain_pem(ssl, o->cert_pem);
        return rc < 0 ? rc : use_key_pem(ssl, o->key_pem ? o->key_pem : o->cert_pem);
    }
    if (!o->cert_file)
        return 0;
    const char *key = o->key_file ? o->key_file : o->cert_file;
    if ((rc = unreadable(o->cert_file)) < 0 || (rc = unreadable(key)) < 0)
        return rc;
    if (SSL_CTX_use_certificate_chain_file(ssl, o->cert_file) != 1)
        return frond__tls_fail(FROND_ETLS_CONFIG, o->cert_file);
    if (SSL_CTX_use_PrivateKey_file(ssl, key, SSL_FILETYPE_PEM) != 1)
        return frond__tls_fail(FROND_ETLS_CONFIG, key);
    return 0;
}

static int choose_alpn(SSL *ssl, const unsigned char **out, unsigned char *out_len,
                       const unsigned char *offered, unsigned offered_len, void *arg) {
    const frond_tls_context *c = arg;
    unsigned char *chosen;
    (void)ssl;
    if (SSL_select_next_proto(&chosen, out_len, c->alpn, c->alpn_len, offered,
                              offered_len) != OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    *out = chosen;
    return SSL_TLSEXT_ERR_OK;
}

static int set_alpn(frond_tls_context *c, const char *const *protocols) {
    size_t total = 0;
    for (size_t i = 0; protocols && protocols[i]; i++) {
        size_t n = strlen(protocols[i]);
        if (n == 0 || n > 255)
            return frond_fail_text(FROND_EINVAL, "tls alpn \"%.40s\": 1 to 255 bytes",
                                   protocols[i]);
        total += n + 1;
    }
    if (total == 0)
        return 0;
    if (!(c->alpn = frond_alloc(total)))
        return frond_fail_set(FROND_ENOMEM, "tls context");
    for (size_t i = 0; protocols[i]; i++) {
        size_t n = strlen(protocols[i]);
        c->alpn[c->alpn_len++] = (unsigned char)n;
        memcpy(c->alpn + c->alpn_len, protocols[i], n);
        c->alpn_len += (unsigned)n;
    }
    SSL_CTX_set_alpn_protos(c->ssl, c->alpn, c->alpn_len);
    SSL_CTX_set_alpn_select_cb(c->ssl, choose_alpn, c);
    return 0;
}

static int version_number(frond_tls_version v, int any) {
    return v == FROND_TLS_1_2   ? TLS1_2_VERSION
           : v == FROND_TLS_1_3 ? TLS1_3_VERSION
                                : any;
}

static int configure(frond_tls_context *c, const frond_tls_options *o) {
    int rc;
    SSL_CTX_set_min_proto_version(c->ssl, version_number(o->lowest, TLS1_2_VERSION));
    SSL_CTX_set_max_proto_version(c->ssl, version_number(o->highest, 0));
    SSL_CTX_set_mode(c->ssl, SSL_MODE_ENABLE_PARTIAL_WRITE |
                                 SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                 SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_options(c->ssl, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
    SSL_CTX_set_read_ahead(c->ssl, 1); /* one system call a record instead of two */
    if ((rc = set_trust(c->ssl, o)) < 0 || (rc = set_identity(c->ssl, o)) < 0)
        return rc;
    c->insecure = o->insecure != 0;
    c->has_certificate = o->cert_file || o->cert_pem;
    if (o->require_client_cert)
        SSL_CTX_set_verify(c->ssl, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
                           NULL);
    return set_alpn(c, o->alpn);
}

int frond_tls_context_new(const frond_tls_options *o, frond_tls_context **out) {
    static const frond_tls_options none;
    o = o ? o : &none;
    if (!out)
        return frond_fail_set(FROND_EINVAL, "tls context");
    for (size_t i = 0; i < sizeof o->reserved / sizeof o->reserved[0]; i++)
        if (o->reserved[i])
            return frond_fail_set(FROND_EINVAL, "tls context");
    ERR_clear_error();
    frond_tls_context *c = frond_calloc(1, sizeof *c);
    if (!c)
        return frond_fail_set(FROND_ENOMEM, "tls context");
    c->refs = 1;
    c->ssl = SSL_CTX_new(TLS_method());
    int rc = c->ssl ? configure(c, o) : frond__tls_fail(FROND_ENOMEM, "context");
    if (rc < 0) {
        frond_tls_context_free(c);
        return rc;
    }
    *out = c;
    return 0;
}

frond_tls_context *frond_tls_context_ref(frond_tls_context *c) {
    atomic_fetch_add(&c->refs, 1);
    return c;
}

void frond_tls_context_free(frond_tls_context *c) {
    if (!c || atomic_fetch_sub(&c->refs, 1) != 1)
        return;
    SSL_CTX_free(c->ssl);
    frond_free(c->alpn);
    frond_free(c);
}

/* Made once for the process, and kept: the trust store is dear to read. */
static uv_once_t default_once = UV_ONCE_INIT;
static uv_mutex_t default_lock;
static bool default_lock_made;
static frond_tls_context *default_context;

static void make_default_lock(void) {
    default_lock_made = uv_mutex_init(&default_lock) == 0;
}

frond_tls_context *frond__tls_default(void) {
    uv_once(&default_once, make_default_lock);
    if (!default_lock_made) {
        frond_fail_set(FROND_ENOMEM, "tls context");
        return NULL;
    }
    uv_mutex_lock(&default_lock);
    if (!default_context)
        frond_tls_context_new(NULL, &default_context);
    frond_tls_context *c = default_context;
    uv_mutex_unlock(&default_lock);
    return c;
}
