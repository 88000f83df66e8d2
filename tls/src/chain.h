/* SPDX-License-Identifier: MIT */
/* OpenSSL's certificates in plain C. */
#ifndef FROND_TLS_SRC_CHAIN_H
#define FROND_TLS_SRC_CHAIN_H

#include <frond/tls_chain.h>
#include <openssl/ssl.h>

/* A copy; NULL when out of memory. */
frond_tls_chain *frond__tls_chain_new(const STACK_OF(X509) * certificates);

/* The peer's: what was verified, or else what it has sent.  NULL when out of memory. */
frond_tls_chain *frond__tls_chain_of(SSL *ssl);

/* SHA-256 of what a pin stands for: the public key with its algorithm. */
int frond__tls_pin_of(X509 *certificate, unsigned char digest[32]);

#endif
