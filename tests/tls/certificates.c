/* SPDX-License-Identifier: MIT */
#include "certificates.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { DAY = 24 * 3600 };

static void must(int holds, const char *what) {
    if (!holds) {
        fprintf(stderr, "certificates: %s\n", what);
        abort();
    }
}

static void extend(certificate *c, const certificate *issuer, int kind,
                   const char *value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer->x509, c->x509, NULL, NULL, 0);
    X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, &context, kind, value);
    must(e && X509_add_ext(c->x509, e, -1) == 1, value);
    X509_EXTENSION_free(e);
}

static char *text_of(BIO *bio) {
    char *data;
    long n = BIO_get_mem_data(bio, &data);
    char *text = malloc((size_t)n + 1);
    must(text != NULL, "memory");
    memcpy(text, data, (size_t)n);
    text[n] = '\0';
    BIO_free(bio);
    return text;
}

static EVP_PKEY *make_key(const char *kind) {
    if (!kind)
        return EVP_EC_gen("P-256");
    if (strncmp(kind, "RSA-", 4) == 0)
        return EVP_RSA_gen((unsigned)atoi(kind + 4));
    if (strncmp(kind, "P-", 2) == 0)
        return EVP_EC_gen(kind);
    return EVP_PKEY_Q_keygen(NULL, NULL, kind);
}

static void extend_all(certificate *c, const certificate_spec *spec,
                       const certificate *issuer) {
    const char *basic = spec->basic   ? spec->basic
                        : spec->is_ca ? "critical,CA:TRUE"
                                      : "critical,CA:FALSE";
    const char *usage = spec->usage   ? spec->usage
                        : spec->is_ca ? "critical,keyCertSign,cRLSign"
                                      : NULL;
    if (*basic)
        extend(c, issuer, NID_basic_constraints, basic);
    if (usage)
        extend(c, issuer, NID_key_usage, usage);
    if (spec->alt)
        extend(c, issuer, NID_subject_alt_name, spec->alt);
    if (spec->purpose)
        extend(c, issuer, NID_ext_key_usage, spec->purpose);
    if (spec->names)
        extend(c, issuer, NID_name_constraints, spec->names);
    if (spec->other) {
        ASN1_OCTET_STRING *text = ASN1_OCTET_STRING_new();
        ASN1_OBJECT *kind = OBJ_txt2obj("1.2.3.4", 1);
        ASN1_OCTET_STRING_set(text, (const unsigned char *)spec->other, -1);
        X509_EXTENSION *e = X509_EXTENSION_create_by_OBJ(NULL, kind, 1, text);
        must(X509_add_ext(c->x509, e, -1) == 1, "extension");
        X509_EXTENSION_free(e);
        ASN1_OBJECT_free(kind);
        ASN1_OCTET_STRING_free(text);
    }
}

static char *pem_of(const certificate *c) {
    BIO *bio = BIO_new(BIO_s_mem());
    must(PEM_write_bio_X509(bio, c->x509) == 1, "PEM");
    return text_of(bio);
}

char *certificate_locked_key(const certificate *c, const char *password) {
    BIO *bio = BIO_new(BIO_s_mem());
    const EVP_CIPHER *cipher = password ? EVP_aes_128_cbc() : NULL;
    must(PEM_write_bio_PrivateKey(bio, c->pkey, cipher, (const unsigned char *)password,
                                  password ? (int)strlen(password) : 0, NULL, NULL) == 1,
         "PEM");
    return text_of(bio);
}

void certificate_make_as(certificate *c, const certificate_spec *spec,
                         const certificate *issuer) {
    static long serial = 1000;
    const char *name = spec->name ? spec->name : "c";
    memset(c, 0, sizeof *c);
    c->pkey = make_key(spec->key);
    c->x509 = X509_new();
    must(c->pkey && c->x509, "new");
    issuer = issuer ? issuer : c;
    bool dated = spec->from_day || spec->to_day;
    X509_set_version(c->x509, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(c->x509), serial++);
    X509_time_adj_ex(X509_getm_notBefore(c->x509), dated ? spec->from_day : -1, 0, NULL);
    X509_time_adj_ex(X509_getm_notAfter(c->x509), dated ? spec->to_day : 30, 0, NULL);
    X509_set_pubkey(c->x509, c->pkey);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(c->x509), "CN", MBSTRING_UTF8,
                               (const unsigned char *)name, -1, -1, 0);
    X509_set_issuer_name(c->x509, X509_get_subject_name(issuer->x509));
    extend_all(c, spec, issuer);
    bool own_digest = EVP_PKEY_get_id(issuer->pkey) == EVP_PKEY_ED25519;
    const EVP_MD *md = EVP_get_digestbyname(spec->digest ? spec->digest : "SHA256");
    must(X509_sign(c->x509, issuer->pkey, own_digest ? NULL : md) > 0, "sign");
    c->cert = pem_of(c);
    c->key = certificate_locked_key(c, NULL);
}

void certificate_make(certificate *c, const char *name, const char *alt, int from_day,
                      int to_day, int is_ca, const certificate *issuer) {
    certificate_spec spec = {
        .name = name, .alt = alt, .from_day = from_day, .to_day = to_day, .is_ca = is_ca};
    certificate_make_as(c, &spec, issuer);
}

char *certificate_list(const certificate *issuer, const certificate *c, int from_day,
                       int to_day) {
    X509_CRL *list = X509_CRL_new();
    ASN1_TIME *from = X509_time_adj_ex(NULL, from_day, 0, NULL);
    ASN1_TIME *to = X509_time_adj_ex(NULL, to_day, 0, NULL);
    X509_CRL_set_version(list, X509_CRL_VERSION_2);
    X509_CRL_set_issuer_name(list, X509_get_subject_name(issuer->x509));
    X509_CRL_set1_lastUpdate(list, from);
    X509_CRL_set1_nextUpdate(list, to);
    if (c) {
        X509_REVOKED *entry = X509_REVOKED_new();
        X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(c->x509));
        X509_REVOKED_set_revocationDate(entry, from);
        X509_CRL_add0_revoked(list, entry);
    }
    must(X509_CRL_sign(list, issuer->pkey, EVP_sha256()) > 0, "sign");
    BIO *bio = BIO_new(BIO_s_mem());
    must(PEM_write_bio_X509_CRL(bio, list) == 1, "PEM");
    ASN1_TIME_free(from);
    ASN1_TIME_free(to);
    X509_CRL_free(list);
    return text_of(bio);
}

void *certificate_pkcs12(const certificate *c, const certificate *ca,
                         const char *password, size_t *len) {
    STACK_OF(X509) *chain = sk_X509_new_null();
    if (ca)
        sk_X509_push(chain, ca->x509);
    PKCS12 *sealed =
        PKCS12_create(password, "name", c->pkey, c->x509, chain, 0, 0, 0, 0, 0);
    unsigned char *der = NULL;
    int n = sealed ? i2d_PKCS12(sealed, &der) : -1;
    must(n > 0, "PKCS12");
    void *copy = malloc((size_t)n);
    must(copy != NULL, "memory");
    memcpy(copy, der, *len = (size_t)n);
    OPENSSL_free(der);
    PKCS12_free(sealed);
    sk_X509_free(chain);
    return copy;
}

void certificate_append(certificate *c, const certificate *other) {
    c->cert = realloc(c->cert, strlen(c->cert) + strlen(other->cert) + 1);
    must(c->cert != NULL, "memory");
    strcat(c->cert, other->cert);
}

void certificate_free(certificate *c) {
    X509_free(c->x509);
    EVP_PKEY_free(c->pkey);
    free(c->cert);
    free(c->key);
    memset(c, 0, sizeof *c);
}

const char *certificate_day(int days) {
    static char text[40];
    time_t t = time(NULL) + (time_t)days * DAY;
    strftime(text, sizeof text, "%Y-%m-%d", gmtime(&t));
    return text;
}
