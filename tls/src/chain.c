/* SPDX-License-Identifier: MIT */
/* See chain.h.  A chain owns the texts of all its certificates. */
#include "chain.h"

#include <frond/impl/memory.h>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { DIGEST = 32, TEXTS = 9 /* and the DER is the last */ };

struct frond_tls_chain {
    size_t n;
    struct {
        frond_tls_certificate plain;
        void *owned[TEXTS];
    } certificates[];
};

/* ---- texts: each is the chain's, and NULL when out of memory ---- */

static char *text_of(BIO *bio) {
    char *data;
    long n = bio ? BIO_get_mem_data(bio, &data) : 0;
    char *text = bio ? frond_strndup(n > 0 ? data : "", n > 0 ? (size_t)n : 0) : NULL;
    BIO_free(bio);
    return text;
}

static char *name_text(const X509_NAME *name) {
    BIO *bio = BIO_new(BIO_s_mem());
    if (bio)
        X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB);
    return text_of(bio);
}

static char *names_text(X509 *x) {
    BIO *bio = BIO_new(BIO_s_mem());
    int at = X509_get_ext_by_NID(x, NID_subject_alt_name, -1);
    if (bio && at >= 0)
        X509V3_EXT_print(bio, X509_get_ext(x, at), 0, 0);
    return text_of(bio);
}

static char *hex_text(const unsigned char *bytes, size_t n) {
    char *text = frond_alloc(2 * n + 1);
    if (!text)
        return NULL;
    text[0] = '\0';
    for (size_t i = 0; i < n; i++)
        snprintf(text + 2 * i, 3, "%02x", bytes[i]);
    return text;
}

static char *serial_text(X509 *x) {
    BIGNUM *number = ASN1_INTEGER_to_BN(X509_get0_serialNumber(x), NULL);
    char *digits = number ? BN_bn2hex(number) : NULL;
    char *text = digits ? frond_strndup(digits, strlen(digits)) : NULL;
    OPENSSL_free(digits);
    BN_free(number);
    return text;
}

static char *key_text(X509 *x) {
    EVP_PKEY *key = X509_get0_pubkey(x);
    char group[64] = "", text[100] = "unknown";
    const char *type = key ? EVP_PKEY_get0_type_name(key) : NULL;
    const char *nist = NULL;
    if (key && EVP_PKEY_get_group_name(key, group, sizeof group, NULL) == 1)
        nist = EC_curve_nid2nist(OBJ_txt2nid(group));
    if (type && *group)
        snprintf(text, sizeof text, "%s %s", type, nist ? nist : group);
    else if (type && EVP_PKEY_get_id(key) == EVP_PKEY_RSA)
        snprintf(text, sizeof text, "RSA %d", EVP_PKEY_get_bits(key));
    else if (type)
        snprintf(text, sizeof text, "%s", type);
    return frond_strndup(text, strlen(text));
}

static char *signature_text(const X509 *x) {
    const char *name = OBJ_nid2ln(X509_get_signature_nid(x));
    return frond_strndup(name ? name : "", name ? strlen(name) : 0);
}

int frond__tls_pin_of(X509 *x, unsigned char digest[DIGEST]) {
    unsigned char *der = NULL;
    int n = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(x), &der);
    int ok = n > 0 && EVP_Digest(der, (size_t)n, digest, NULL, EVP_sha256(), NULL) == 1;
    OPENSSL_free(der);
    return ok;
}

static char *pin_text(X509 *x) {
    unsigned char digest[DIGEST];
    char text[60] = "sha256/";
    if (!frond__tls_pin_of(x, digest))
        return NULL;
    EVP_EncodeBlock((unsigned char *)text + strlen(text), digest, DIGEST);
    return frond_strndup(text, strlen(text));
}

static char *sha256_text(const X509 *x) {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned n;
    return X509_digest(x, EVP_sha256(), digest, &n) ? hex_text(digest, n) : NULL;
}

/* ---- the rest ---- */

/* Days since 1970 of a date in the calendar, which began its years in March to have February last. */
static int64_t days(int64_t year, int64_t month, int64_t day) {
    year -= month <= 2;
    int64_t era = (year >= 0 ? year : year - 399) / 400, of_era = year - era * 400;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static int64_t seconds_of(const ASN1_TIME *time) {
    struct tm t;
    if (!time || ASN1_TIME_to_tm(time, &t) != 1)
        return 0;
    return days(t.tm_year + 1900, t.tm_mon + 1, t.tm_mday) * 86400 + t.tm_hour * 3600 +
           t.tm_min * 60 + t.tm_sec;
}

static void *der_of(X509 *x, size_t *len) {
    unsigned char *der = NULL;
    int n = i2d_X509(x, &der);
    void *copy = n > 0 ? frond_alloc((size_t)n) : NULL;
    if (copy)
        memcpy(copy, der, *len = (size_t)n);
    OPENSSL_free(der);
    return copy;
}

static bool add(frond_tls_chain *chain, size_t i, X509 *x) {
    frond_tls_certificate *c = &chain->certificates[i].plain;
    void *texts[TEXTS] = {name_text(X509_get_subject_name(x)),
                          name_text(X509_get_issuer_name(x)),
                          names_text(x),
                          serial_text(x),
                          key_text(x),
                          signature_text(x),
                          pin_text(x),
                          sha256_text(x),
                          der_of(x, &c->der_len)};
    *c = (frond_tls_certificate){.subject = texts[0],
                                 .issuer = texts[1],
                                 .names = texts[2],
                                 .serial = texts[3],
                                 .key = texts[4],
                                 .signature = texts[5],
                                 .pin = texts[6],
                                 .sha256 = texts[7],
                                 .der = texts[8],
                                 .der_len = c->der_len,
                                 .not_before = seconds_of(X509_get0_notBefore(x)),
                                 .not_after = seconds_of(X509_get0_notAfter(x)),
                                 .is_ca = X509_check_ca(x) == 1};
    bool all = true;
    for (size_t k = 0; k < TEXTS; k++)
        all = (chain->certificates[i].owned[k] = texts[k]) && all;
    chain->n = i + 1;
    return all;
}

frond_tls_chain *frond__tls_chain_new(const STACK_OF(X509) * certificates) {
    int n = sk_X509_num(certificates);
    n = n > 0 ? n : 0;
    frond_tls_chain *chain =
        frond_calloc(1, sizeof *chain + (size_t)n * sizeof chain->certificates[0]);
    for (int i = 0; chain && i < n; i++)
        if (!add(chain, (size_t)i, sk_X509_value(certificates, i))) {
            frond_tls_chain_free(chain);
            chain = NULL;
        }
    return chain;
}

size_t frond_tls_chain_count(const frond_tls_chain *chain) {
    return chain ? chain->n : 0;
}

const frond_tls_certificate *frond_tls_chain_at(const frond_tls_chain *chain, size_t i) {
    return i < frond_tls_chain_count(chain) ? &chain->certificates[i].plain : NULL;
}

void frond_tls_chain_free(frond_tls_chain *chain) {
    for (size_t i = 0; i < frond_tls_chain_count(chain); i++)
        for (size_t k = 0; k < TEXTS; k++)
            frond_free(chain->certificates[i].owned[k]);
    frond_free(chain);
}
