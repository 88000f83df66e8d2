/* SPDX-License-Identifier: MIT */
/* TLS contexts inside tls, and OpenSSL's errors in frond's words. */
#ifndef FROND_TLS_CONTEXT_H
#define FROND_TLS_CONTEXT_H

#include <frond/tls.h>
#include <openssl/ssl.h>
#include <stdatomic.h>
#include <stdbool.h>

struct frond_tls_context {
    _Atomic int refs;
    SSL_CTX *ssl;
    unsigned char *alpn; /* owned; in the wire's form */
    unsigned alpn_len;
    bool insecure, has_certificate;
};

/* The context of clients that name none; NULL with the error recorded. */
frond_tls_context *frond__tls_default(void);

/* Records what OpenSSL's error queue says and empties it; returns code. */
int frond__tls_fail(int code, const char *doing);

/* Trust in what the system trusts; 1, or 0 when OpenSSL refused. */
int frond__tls_trust_system(SSL_CTX *ssl);

/* The same, in what files say, where there are such: OpenSSL's own, or those of a known place. */
int frond__tls_trust_files(SSL_CTX *ssl);

#endif
