/* SPDX-License-Identifier: MIT */
/* Who a context is: certificate, chain and private key, out of PEM or PKCS#12. */
#include "settings.h"

#include <frond/error.h>
#include <frond/impl/fail.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <string.h>

/* As PEM_read_bio_PrivateKey asks for it; without this OpenSSL would ask at the terminal. */
static int password(char *buf, int cap, int writing, void *options) {
    const frond_tls_options *o = options;
    (void)writing;
    if (!o->password)
        return o->get_password ? o->get_password(buf, (size_t)cap, o->password_arg) : -1;
    size_t n = strlen(o->password);
    if (n > (size_t)cap)
        return -1;
    memcpy(buf, o->password, n);
    return (int)n;
}

static int refuse(const char *what, bool locked) {
    unsigned long error = ERR_peek_error();
    bool asked = ERR_GET_LIB(error) == ERR_LIB_PEM &&
                 (ERR_GET_REASON(error) == PEM_R_BAD_PASSWORD_READ ||
                  ERR_GET_REASON(error) == PEM_R_PROBLEMS_GETTING_PASSWORD);
    if (!locked && !asked)
        return frond__tls_fail(FROND_ETLS_CONFIG, what);
    ERR_clear_error();
    return frond_fail_text(FROND_ETLS_CONFIG, "tls %s: %s", what,
                           asked ? "it is encrypted, and there is no password"
                                 : "it is encrypted with another password");
}

static int use_chain(SSL_CTX *ssl, BIO *from, const char *what) {
    X509 *certificate = from ? PEM_read_bio_X509_AUX(from, NULL, NULL, NULL) : NULL;
    int ok = certificate && SSL_CTX_use_certificate(ssl, certificate) == 1;
    X509_free(certificate);
    while (ok && (certificate = PEM_read_bio_X509(from, NULL, NULL, NULL)))
        if (!(ok = SSL_CTX_add0_chain_cert(ssl, certificate) == 1))
            X509_free(certificate);
    BIO_free(from);
    if (!ok || ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
        return frond__tls_fail(FROND_ETLS_CONFIG, what);
    ERR_clear_error();
    return 0;
}

static int use_key(SSL_CTX *ssl, BIO *from, const char *what,
                   const frond_tls_options *o) {
    EVP_PKEY *key =
        from ? PEM_read_bio_PrivateKey(from, NULL, password, (void *)(uintptr_t)o) : NULL;
    int ok = key && SSL_CTX_use_PrivateKey(ssl, key) == 1;
    bool locked = !key && ERR_GET_REASON(ERR_peek_error()) != PEM_R_NO_START_LINE &&
                  (o->password || o->get_password);
    EVP_PKEY_free(key);
    BIO_free(from);
    return ok ? 0 : refuse(what, locked);
}

static int use_pem(SSL_CTX *ssl, const frond_tls_options *o) {
    const char *key = o->key_pem ? o->key_pem : o->cert_pem;
    int rc = use_chain(ssl, BIO_new_mem_buf(o->cert_pem, -1), "certificate");
    return rc < 0 ? rc : use_key(ssl, BIO_new_mem_buf(key, -1), "private key", o);
}

static int use_files(SSL_CTX *ssl, const frond_tls_options *o) {
    const char *key = o->key_file ? o->key_file : o->cert_file;
    int rc;
    if ((rc = frond__tls_readable(o->cert_file)) < 0 ||
        (rc = frond__tls_readable(key)) < 0 ||
        (rc = use_chain(ssl, BIO_new_file(o->cert_file, "r"), o->cert_file)) < 0)
        return rc;
    return use_key(ssl, BIO_new_file(key, "r"), key, o);
}

/* With the password, or, where there is none, with each of the two ways to write none. */
static int open_pkcs12(PKCS12 *sealed, const frond_tls_options *o, EVP_PKEY **key,
                       X509 **certificate, STACK_OF(X509) **chain) {
    char typed[PEM_BUFSIZE + 1];
    if (PKCS12_verify_mac(sealed, NULL, 0) || PKCS12_verify_mac(sealed, "", 0))
        return PKCS12_parse(sealed, "", key, certificate, chain);
    ERR_clear_error();
    int n = password(typed, PEM_BUFSIZE, 0, (void *)(uintptr_t)o);
    if (n < 0) {
        ERR_raise(ERR_LIB_PEM, PEM_R_BAD_PASSWORD_READ);
        return 0;
    }
    typed[n] = '\0';
    int ok = PKCS12_parse(sealed, typed, key, certificate, chain);
    OPENSSL_cleanse(typed, sizeof typed);
    return ok;
}

static int use_pkcs12(SSL_CTX *ssl, BIO *from, const char *what,
                      const frond_tls_options *o) {
    PKCS12 *sealed = from ? d2i_PKCS12_bio(from, NULL) : NULL;
    EVP_PKEY *key = NULL;
    X509 *certificate = NULL;
    STACK_OF(X509) *chain = NULL;
    bool open = sealed && open_pkcs12(sealed, o, &key, &certificate, &chain);
    bool ok = open && key && certificate &&
              SSL_CTX_use_cert_and_key(ssl, certificate, key, chain, 1) == 1;
    bool locked = sealed && !open && ERR_GET_REASON(ERR_peek_error()) ==
                                         PKCS12_R_MAC_VERIFY_FAILURE;
    bool lacking = open && (!key || !certificate);
    sk_X509_pop_free(chain, X509_free);
    X509_free(certificate);
    EVP_PKEY_free(key);
    PKCS12_free(sealed);
    BIO_free(from);
    if (lacking) {
        ERR_clear_error();
        return frond_fail_text(FROND_ETLS_CONFIG,
                               "tls %s: it holds no certificate with its private key",
                               what);
    }
    return ok ? 0 : refuse(what, locked);
}

int frond__tls_set_identity(SSL_CTX *ssl, const frond_tls_options *o) {
    if (o->cert_pem)
        return use_pem(ssl, o);
    if (o->cert_file)
        return use_files(ssl, o);
    if (o->pkcs12)
        return use_pkcs12(ssl, BIO_new_mem_buf(o->pkcs12, (int)o->pkcs12_len), "PKCS#12",
                          o);
    if (!o->pkcs12_file)
        return 0;
    int rc = frond__tls_readable(o->pkcs12_file);
    return rc < 0 ? rc
                  : use_pkcs12(ssl, BIO_new_file(o->pkcs12_file, "rb"), o->pkcs12_file,
                               o);
}
