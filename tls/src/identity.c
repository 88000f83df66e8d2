/* SPDX-License-Identifier: MIT */
/* Who a context is: certificate, chain and private key, out of PEM, PKCS#12, or a store of OpenSSL's. */
#include "settings.h"

#include <frond/error.h>
#include <frond/impl/fail.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/store.h>
#include <openssl/ui.h>
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

/* ---- out of PKCS#12 ---- */

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

/* ---- out of a store ---- */

typedef struct {
    EVP_PKEY *key; /* the first; owned, as these are */
    STACK_OF(X509) * certificates;
} contents;

static bool keep(contents *c, OSSL_STORE_INFO *info) {
    bool ok = true;
    int type = OSSL_STORE_INFO_get_type(info);
    if (type == OSSL_STORE_INFO_PKEY && !c->key)
        c->key = OSSL_STORE_INFO_get1_PKEY(info);
    else if (type == OSSL_STORE_INFO_CERT)
        ok = X509_add_cert(c->certificates, OSSL_STORE_INFO_get0_CERT(info),
                           X509_ADD_FLAG_UP_REF) == 1;
    OSSL_STORE_INFO_free(info);
    return ok;
}

static bool read_all(OSSL_STORE_CTX *store, contents *c) {
    OSSL_STORE_INFO *info;
    bool ok = true;
    while (ok && (info = OSSL_STORE_load(store)))
        ok = keep(c, info);
    return ok && OSSL_STORE_eof(store);
}

static bool read_store(const char *uri, opener *p, contents *c) {
    UI_METHOD *asks = UI_UTIL_wrap_read_pem_callback(password, 0);
    OSSL_STORE_CTX *store = asks ? OSSL_STORE_open(uri, asks, p, NULL, NULL) : NULL;
    c->certificates = sk_X509_new_null();
    bool ok = store && c->certificates && read_all(store, c);
    OSSL_STORE_close(store);
    UI_destroy_method(asks);
    return ok;
}

/* The certificate that the key is of; the others are its chain. */
static X509 *take_own(const contents *c) {
    for (int i = 0; c->key && i < sk_X509_num(c->certificates); i++)
        if (X509_check_private_key(sk_X509_value(c->certificates, i), c->key) == 1)
            return sk_X509_delete(c->certificates, i);
    return NULL;
}

static int use_its_key(SSL_CTX *ssl, const contents *c, const char *what) {
    if (!c->key)
        return frond_fail_text(FROND_ETLS_CONFIG, "tls %s: it holds no private key",
                               what);
    return SSL_CTX_use_PrivateKey(ssl, c->key) == 1
               ? 0
               : frond__tls_fail(FROND_ETLS_CONFIG, what);
}

static int use_all_of_it(SSL_CTX *ssl, const contents *c, const char *what) {
    X509 *certificate = take_own(c);
    ERR_clear_error();
    int rc = use_opened(ssl, certificate, c->key, c->certificates, what);
    X509_free(certificate);
    return rc;
}

static int use_store(SSL_CTX *ssl, const frond_tls_options *o,
                     int (*use)(SSL_CTX *ssl, const contents *c, const char *what)) {
    opener p = {.o = o};
    contents c = {0};
    int rc = read_store(o->store, &p, &c) ? use(ssl, &c, o->store)
                                          : refuse(o->store, &p, false);
    EVP_PKEY_free(c.key);
    sk_X509_pop_free(c.certificates, X509_free);
    return rc;
}

/* ---- out of PEM ---- */

static int use_pem(SSL_CTX *ssl, const frond_tls_options *o) {
    const char *key = o->key_pem ? o->key_pem : o->cert_pem;
    int rc = use_chain(ssl, BIO_new_mem_buf(o->cert_pem, -1), "certificate");
    if (rc < 0)
        return rc;
    return o->store ? use_store(ssl, o, use_its_key)
                    : use_key(ssl, BIO_new_mem_buf(key, -1), "private key", o);
}

static int use_files(SSL_CTX *ssl, const frond_tls_options *o) {
    const char *key = o->key_file ? o->key_file : o->cert_file;
    int rc;
    if ((rc = frond__tls_readable(o->cert_file)) < 0 ||
        (rc = use_chain(ssl, BIO_new_file(o->cert_file, "r"), o->cert_file)) < 0)
        return rc;
    if (o->store)
        return use_store(ssl, o, use_its_key);
    rc = frond__tls_readable(key);
    return rc < 0 ? rc : use_key(ssl, BIO_new_file(key, "r"), key, o);
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
        return o->store ? use_store(ssl, o, use_all_of_it) : 0;
    int rc = frond__tls_readable(o->pkcs12_file);
    return rc < 0
               ? rc
               : use_pkcs12(ssl, BIO_new_file(o->pkcs12_file, "rb"), o->pkcs12_file, o);
}
