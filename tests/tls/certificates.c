/* SPDX-License-Identifier: MIT */
#include "certificates.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
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

void certificate_make(certificate *c, const char *name, const char *alt, int from_day,
                      int to_day, int is_ca, const certificate *issuer) {
    static long serial = 1000;
    memset(c, 0, sizeof *c);
    c->pkey = EVP_EC_gen("P-256");
    c->x509 = X509_new();
    must(c->pkey && c->x509, "new");
    issuer = issuer ? issuer : c;
    X509_set_version(c->x509, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(c->x509), serial++);
    X509_time_adj_ex(X509_getm_notBefore(c->x509), from_day, 0, NULL);
    X509_time_adj_ex(X509_getm_notAfter(c->x509), to_day, 0, NULL);
    X509_set_pubkey(c->x509, c->pkey);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(c->x509), "CN", MBSTRING_UTF8,
                               (const unsigned char *)name, -1, -1, 0);
    X509_set_issuer_name(c->x509, X509_get_subject_name(issuer->x509));
    extend(c, issuer, NID_basic_constraints,
           is_ca ? "critical,CA:TRUE" : "critical,CA:FALSE");
    if (is_ca)
        extend(c, issuer, NID_key_usage, "critical,keyCertSign,cRLSign");
    if (alt)
        extend(c, issuer, NID_subject_alt_name, alt);
    must(X509_sign(c->x509, issuer->pkey, EVP_sha256()) > 0, "sign");
    BIO *cert = BIO_new(BIO_s_mem()), *key = BIO_new(BIO_s_mem());
    must(PEM_write_bio_X509(cert, c->x509) == 1, "PEM");
    must(PEM_write_bio_PrivateKey(key, c->pkey, NULL, NULL, 0, NULL, NULL) == 1, "PEM");
    c->cert = text_of(cert);
    c->key = text_of(key);
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
