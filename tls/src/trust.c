/* SPDX-License-Identifier: MIT */
/* Whom a context trusts, and what was revoked. */
#include "settings.h"

#include <frond/error.h>
#include <frond/impl/fail.h>
#include <openssl/err.h>
#include <openssl/pem.h>

/* OpenSSL reads a certificate without its key not only when it knows none of that kind, but when memory is short. */
static bool has_lost_key(X509 *c) {
    if (X509_get0_pubkey(c))
        return false;
    X509 *again = X509_dup(c);
    bool lost = !again || X509_get0_pubkey(again);
    X509_free(again);
    return lost;
}

static bool add_certificate(X509_STORE *store, X509 *c) {
    bool added = !has_lost_key(c) && X509_STORE_add_cert(store, c);
    X509_free(c);
    return added;
}

static bool add_list(X509_STORE *store, X509_CRL *list) {
    bool added = X509_STORE_add_crl(store, list);
    X509_CRL_free(list);
    return added;
}

/* Adds what a PEM text or file holds, certificates, or else revocation lists: all of it. */
static int add_all(X509_STORE *store, BIO *from, bool lists, const char *what) {
    bool added = from != NULL, any = false;
    void *found;
    while (added &&
           (found = lists ? (void *)PEM_read_bio_X509_CRL(from, NULL, NULL, NULL)
                          : (void *)PEM_read_bio_X509_AUX(from, NULL, NULL, NULL)))
        any = added = lists ? add_list(store, found) : add_certificate(store, found);
    BIO_free(from);
    /* the end of the text is an error to the PEM reader; anything else spoils what was read before */
    bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
    if (!any || !at_end)
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
static bool name_all(SSL_CTX *ssl) {
    STACK_OF(X509_OBJECT) *all = X509_STORE_get0_objects(SSL_CTX_get_cert_store(ssl));
    bool ok = true;
    for (int i = 0; ok && i < sk_X509_OBJECT_num(all); i++) {
        X509 *ca = X509_OBJECT_get0_X509(sk_X509_OBJECT_value(all, i));
        ok = !ca || SSL_CTX_add_client_CA(ssl, ca);
    }
    return ok;
}

int frond__tls_set_trust(SSL_CTX *ssl, const frond_tls_options *o) {
    X509_STORE *store = SSL_CTX_get_cert_store(ssl);
    bool own = o->ca_file || o->ca_pem;
    int rc = add(store, o->ca_file, o->ca_pem, false);
    if (rc < 0)
        return rc;
    if (own && !name_all(ssl))
        return frond__tls_fail(FROND_ENOMEM, "context");
    if ((!own || o->system_trust) && !o->insecure && frond__tls_trust_system(ssl) != 1)
        return frond__tls_fail(FROND_ETLS_CONFIG, "system trust store");
    if (!o->crl_file && !o->crl_pem)
        return 0;
    X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK |
                                    (o->crl_chain ? X509_V_FLAG_CRL_CHECK_ALL : 0));
    return add(store, o->crl_file, o->crl_pem, true);
}
