/* SPDX-License-Identifier: MIT */
/* Whom a context trusts, and what was revoked. */
#include "settings.h"

#include <frond/error.h>
#include <frond/impl/fail.h>
#include <openssl/err.h>
#include <openssl/pem.h>

/* Adds what a PEM text or file holds: certificates, or else revocation lists. */
static int add_all(X509_STORE *store, BIO *from, bool lists, const char *what) {
    int n = 0;
    void *found;
    while (from &&
           (found = lists ? (void *)PEM_read_bio_X509_CRL(from, NULL, NULL, NULL)
                          : (void *)PEM_read_bio_X509_AUX(from, NULL, NULL, NULL))) {
        n += lists ? X509_STORE_add_crl(store, found) : X509_STORE_add_cert(store, found);
        if (lists)
            X509_CRL_free(found);
        else
            X509_free(found);
    }
    BIO_free(from);
    /* the end of the text is an error to the PEM reader; anything else spoils what was read before */
    bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
    if (n == 0 || !at_end)
        return frond__tls_fail(FROND_ETLS_CONFIG, what);
    ERR_clear_error();
    return 0;
}

static int add(X509_STORE *store, const char *file, const char *pem, bool lists) {
    int rc = 0;
    if (file && (rc = frond__tls_readable(file)) == 0)
        rc = add_all(store, BIO_new_file(file, "r"), lists, file);
    if (rc == 0 && pem)
        rc = add_all(store, BIO_new_mem_buf(pem, -1), lists,
                     lists ? "revocation lists" : "CA certificates");
    return rc;
}

/* Servers tell their clients whose certificates they would like to see. */
static void name_all(SSL_CTX *ssl) {
    STACK_OF(X509_OBJECT) *all = X509_STORE_get0_objects(SSL_CTX_get_cert_store(ssl));
    for (int i = 0; i < sk_X509_OBJECT_num(all); i++) {
        X509 *ca = X509_OBJECT_get0_X509(sk_X509_OBJECT_value(all, i));
        if (ca)
            SSL_CTX_add_client_CA(ssl, ca);
    }
}

int frond__tls_set_trust(SSL_CTX *ssl, const frond_tls_options *o) {
    X509_STORE *store = SSL_CTX_get_cert_store(ssl);
    bool own = o->ca_file || o->ca_pem;
    int rc = add(store, o->ca_file, o->ca_pem, false);
    if (rc < 0)
        return rc;
    if (own)
        name_all(ssl);
    if ((!own || o->system_trust) && !o->insecure && frond__tls_trust_system(ssl) != 1)
        return frond__tls_fail(FROND_ETLS_CONFIG, "system trust store");
    if (!o->crl_file && !o->crl_pem)
        return 0;
    X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK |
                                    (o->crl_chain ? X509_V_FLAG_CRL_CHECK_ALL : 0));
    return add(store, o->crl_file, o->crl_pem, true);
}
