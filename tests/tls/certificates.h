/* SPDX-License-Identifier: MIT */
/* Certificates made on the spot, good and bad. */
#ifndef FROND_TESTS_TLS_CERTIFICATES_H
#define FROND_TESTS_TLS_CERTIFICATES_H

#include <openssl/x509.h>

typedef struct {
    X509 *x509;
    EVP_PKEY *pkey;
    char *cert, *key; /* PEM */
} certificate;

/* All zero: a server's or client's with a P-256 key, valid from yesterday for a month. */
typedef struct {
    const char *name, *alt; /* CN, and as below */
    int from_day, to_day;
    int is_ca;
    const char *key;             /* "P-384", "RSA-1024", "ED25519" */
    const char *digest;          /* "SHA1" */
    const char *basic;           /* basicConstraints; "" for none, NULL: by is_ca */
    const char *usage, *purpose; /* keyUsage, extendedKeyUsage */
    const char *names;           /* nameConstraints */
    const char *other;           /* critical extension 1.2.3.4 with that text */
} certificate_spec;

void certificate_make_as(certificate *c, const certificate_spec *spec,
                         const certificate *issuer);

/* A revocation list of an issuer's, PEM, to be freed; it names c, if that is not NULL. */
char *certificate_list(const certificate *issuer, const certificate *c, int from_day,
                       int to_day);

/* Both in one file's bytes, to be freed: PKCS#12 with that password. */
void *certificate_pkcs12(const certificate *c, const certificate *ca,
                         const char *password, size_t *len);

/* The key as PEM, encrypted with that password, to be freed. */
char *certificate_locked_key(const certificate *c, const char *password);

/* Days are counted from now; alt is as in openssl.cnf ("DNS:a,IP:127.0.0.1"), NULL for none; issuer
 * NULL signs itself. */
void certificate_make(certificate *c, const char *name, const char *alt, int from_day,
                      int to_day, int is_ca, const certificate *issuer);

/* Makes c->cert a chain: itself, then the other. */
void certificate_append(certificate *c, const certificate *other);

void certificate_free(certificate *c);

/* "2024-01-01", so many days from now, in UTC. */
const char *certificate_day(int days);

#endif
