/* SPDX-License-Identifier: MIT */
/* Chains of certificates, as a peer has shown them, in plain C.  A chain belongs to whoever got it, on any
 * thread, and does not change.  Nothing here suspends. */
#ifndef FROND_TLS_CHAIN_H
#define FROND_TLS_CHAIN_H

#include <frond/api.h>

FROND_BEGIN

typedef struct frond_tls_chain frond_tls_chain;

/* One certificate; all is borrowed from its chain. */
typedef struct {
    const char *subject, *issuer; /* "CN=example.org,O=Example" (RFC 2253) */
    const char *
        names; /* that it is for: "DNS:example.org, IP Address:192.0.2.1"; "" when none */
    const char *serial;    /* in hexadecimal digits */
    const char *key;       /* "RSA 2048", "EC P-256", "ED25519" */
    const char *signature; /* "ecdsa-with-SHA256" */
    const char *pin;    /* of its public key, as .pins in frond_tls_options takes them */
    const char *sha256; /* of the whole, in hexadecimal digits */
    int64_t not_before, not_after; /* seconds since 1970, UTC */
    int is_ca;
    const void *der;
    size_t der_len;
    uintptr_t reserved[4];
} frond_tls_certificate;

/* Does not suspend.  Cannot fail.  Returns how many certificates there are; the peer's own is the first.
 * It is borrowed.  Since 0.1. */
FROND_API size_t frond_tls_chain_count(const frond_tls_chain *chain);

/* Does not suspend.  Cannot fail.  Returns the ith, borrowed from the chain; NULL beyond the last.
 * Since 0.1. */
FROND_API const frond_tls_certificate *frond_tls_chain_at(const frond_tls_chain *chain,
                                                          size_t i);

/* NULL is allowed.  Does not suspend.  The caller's ownership ends.  Since 0.1. */
FROND_API void frond_tls_chain_free(frond_tls_chain *chain);

FROND_END

#endif
