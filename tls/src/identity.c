/* SPDX-License-Identifier: MIT */
/* Who a context is: certificate, chain and private key, out of PEM or PKCS#12. */
#include "settings.h"

#include <frond/error.h>
#include <frond/impl/fail.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <string.h>

typedef struct {
    const frond_tls_options *o;
    bool asked, answered; /* for a password, with one */
} opener;

/* As PEM_read_bio_PrivateKey asks for it; without this OpenSSL would ask at the terminal. */
static int password(char *buf, int cap, int writing, void *arg) {
    opener *p = arg;
    const frond_tls_options *o = p->o;
    int n = -1;
    (void)writing;
    p->asked = true;
    if (o->password && strlen(o->password) <= (size_t)cap)
        memcpy(buf, o->password, (size_t)(n = (int)strlen(o->password)));
    else if (!o->password && o->get_password)
        n = o->get_password(buf, (size_t)cap, o->password_arg);
    p->answered = n >= 0;
    return n;
}

static int refuse(const char *what, const opener *p, bool opened) {
    if (opened || !p->asked)
        return frond__tls_fail(FROND_ETLS_CONFIG, what);
    ERR_clear_error();
    return frond_fail_text(FROND_ETLS_CONFIG, "tls %s: %s", what,
                           p->answered ? "it is encrypted with another password"
                                       : "it is encrypted, and there is no password");
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
    opener p = {.o = o};
    EVP_PKEY *key = from ? PEM_read_bio_PrivateKey(from, NULL, password, &p) : NULL;
    int ok = key && SSL_CTX_use_PrivateKey(ssl, key) == 1;
    EVP_PKEY_free(key);
    BIO_free(from);
    return ok ? 0 : refuse(what, &p, key != NULL);
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
static bool open_pkcs12(PKCS12 *sealed, opener *p, EVP_PKEY **key, X509 **certificate,
                        STACK_OF(X509) * *chain) {
    char typed[PEM_BUFSIZE + 1];
    if (PKCS12_verify_mac(sealed, NULL, 0) || PKCS12_verify_mac(sealed, "", 0))
        return PKCS12_parse(sealed, "", key, certificate, chain) == 1;
    int n = password(typed, PEM_BUFSIZE, 0, p);
    if (n < 0)
        return false;
    typed[n] = '\0';
    bool ok = PKCS12_parse(sealed, typed, key, certificate, chain) == 1;
    OPENSSL_cleanse(typed, sizeof typed);
    return ok;
}

static int use_opened(SSL_CTX *ssl, X509 *certificate, EVP_PKEY *key,
                      STACK_OF(X509) * chain, const char *what) {
    if (!key || !certificate)
        return frond_fail_text(FROND_ETLS_CONFIG,
                               "tls %s: it holds no certificate with its private key",
                               what);
    if (SSL_CTX_use_cert_and_key(ssl, certificate, key, chain, 1) != 1)
        return frond__tls_fail(FROND_ETLS_CONFIG, what);
    ERR_clear_error();
    return 0;
}

static int use_pkcs12(SSL_CTX *ssl, BIO *from, const char *what,
                      const frond_tls_options *o) {
    PKCS12 *sealed = from ? d2i_PKCS12_bio(from, NULL) : NULL;
    EVP_PKEY *key = NULL;
    X509 *certificate = NULL;
    STACK_OF(X509) *chain = NULL;
    opener p = {.o = o};
    bool opened = sealed && open_pkcs12(sealed, &p, &key, &certificate, &chain);
    int rc =
        opened ? use_opened(ssl, certificate, key, chain, what) : refuse(what, &p, false);
    sk_X509_pop_free(chain, X509_free);
    X509_free(certificate);
    EVP_PKEY_free(key);
    PKCS12_free(sealed);
    BIO_free(from);
    return rc;
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
    return rc < 0
               ? rc
               : use_pkcs12(ssl, BIO_new_file(o->pkcs12_file, "rb"), o->pkcs12_file, o);
}
