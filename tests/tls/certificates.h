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
