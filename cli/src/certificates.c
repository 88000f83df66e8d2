/* SPDX-License-Identifier: MIT */
/* A CA and a certificate, made on the spot for demonstrations: ECDSA P-256, good for a year. */
#include "serve.h"

#include <frond/impl/fail.h>
#include <frond/impl/memory.h>
#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { HOUR = 3600, YEAR = 365 * 24 * 3600 };

static bool add_extension(X509 *certificate, X509 *issuer, int kind, const char *value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
    X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, &context, kind, value);
    bool ok = e && X509_add_ext(certificate, e, -1) == 1;
    X509_EXTENSION_free(e);
    return ok;
}

static bool set_basics(X509 *certificate, EVP_PKEY *key, const char *name, X509 *issuer) {
    unsigned char serial[16];
    BIGNUM *number =
        RAND_bytes(serial, sizeof serial) == 1 ? BN_bin2bn(serial, 15, NULL) : NULL;
    X509_NAME *subject = X509_get_subject_name(certificate);
    bool ok = number && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) &&
              X509_set_version(certificate, X509_VERSION_3) == 1 &&
              X509_gmtime_adj(X509_getm_notBefore(certificate), -HOUR) &&
              X509_gmtime_adj(X509_getm_notAfter(certificate), YEAR) &&
              X509_set_pubkey(certificate, key) == 1 &&
              X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
                                         (const unsigned char *)name, -1, -1, 0) == 1;
    BN_free(number);
    return ok &&
           X509_set_issuer_name(
               certificate, X509_get_subject_name(issuer ? issuer : certificate)) == 1;
}

static char *to_pem(X509 *certificate, EVP_PKEY *key) {
    BIO *bio = BIO_new(BIO_s_mem());
    char *data, *text = NULL;
    int ok = bio && (certificate
                         ? PEM_write_bio_X509(bio, certificate)
                         : PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL));
    long n = ok ? BIO_get_mem_data(bio, &data) : 0;
    if (n > 0)
        text = frond_strndup(data, (size_t)n);
    BIO_free(bio);
    return text;
}

static bool make_ca(X509 *ca, EVP_PKEY *key) {
    return set_basics(ca, key, "frond serve CA", NULL) &&
           add_extension(ca, ca, NID_basic_constraints, "critical,CA:TRUE") &&
           add_extension(ca, ca, NID_key_usage, "critical,keyCertSign,cRLSign") &&
           add_extension(ca, ca, NID_subject_key_identifier, "hash") &&
           X509_sign(ca, key, EVP_sha256()) > 0;
}

static bool make_leaf(X509 *leaf, EVP_PKEY *key, X509 *ca, EVP_PKEY *ca_key,
                      const char *zone) {
    char names[700];
    snprintf(names, sizeof names, "DNS:%s,DNS:*.%s,DNS:localhost,IP:127.0.0.1,IP:::1",
             zone, zone);
    return set_basics(leaf, key, zone, ca) &&
           add_extension(leaf, ca, NID_basic_constraints, "critical,CA:FALSE") &&
           add_extension(leaf, ca, NID_key_usage, "critical,digitalSignature") &&
           add_extension(leaf, ca, NID_ext_key_usage, "serverAuth") &&
           add_extension(leaf, ca, NID_subject_alt_name, names) &&
           add_extension(leaf, ca, NID_authority_key_identifier, "keyid") &&
           X509_sign(leaf, ca_key, EVP_sha256()) > 0;
}

int make_certificates(const char *zone, made_certificates *out) {
    EVP_PKEY *ca_key = EVP_EC_gen("P-256"), *key = EVP_EC_gen("P-256");
    X509 *ca = X509_new(), *leaf = X509_new();
    *out = (made_certificates){0};
    bool ok = ca_key && key && ca && leaf && make_ca(ca, ca_key) &&
              make_leaf(leaf, key, ca, ca_key, zone) &&
              (out->ca_pem = to_pem(ca, NULL)) && (out->cert_pem = to_pem(leaf, NULL)) &&
              (out->key_pem = to_pem(NULL, key));
    X509_free(ca);
    X509_free(leaf);
    EVP_PKEY_free(ca_key);
    EVP_PKEY_free(key);
    if (ok)
        return 0;
    const char *reason = ERR_reason_error_string(ERR_peek_last_error());
    int rc = frond_fail_text(FROND_ETLS_CONFIG, "certificates for %s: %s", zone,
                             reason ? reason : "out of memory");
    ERR_clear_error();
    made_certificates_free(out);
    return rc;
}

void made_certificates_free(made_certificates *m) {
    frond_free(m->ca_pem);
    frond_free(m->cert_pem);
    frond_free(m->key_pem);
    *m = (made_certificates){0};
}
