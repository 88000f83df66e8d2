/* SPDX-License-Identifier: MIT */
/* One TLS connection: the state, and the loop that drives every SSL call. */
#ifndef FROND_TLS_ENGINE_H
#define FROND_TLS_ENGINE_H

#include "context.h"
#include "transport.h"

typedef struct {
    frond_stream base;
    SSL *ssl;
    frond_tls_context *context; /* counted */
    frond__tls_transport transport;
    char name[128]; /* who the peer is, for error texts */
    size_t
        pending; /* plaintext bytes of a record that is on its way, counted as written */
    int verify_error, verify_depth; /* the first that the chain had */
    char verify_detail[128];
    char alpn[256];   /* agreed upon */
    bool established; /* the handshake is over */
    bool broken;      /* no further SSL call is possible */
    bool received_close;
} frond__tls;

typedef int (*frond__tls_call)(frond__tls *t, void *arg);

/* Makes an SSL call until it succeeds, waiting for what OpenSSL wants in between.  Returns > 0 as the
 * call did, 0 when the peer sent close_notify, or an error in words.  What OpenSSL has to send goes
 * out first, save that a reader does not wait for that: its peer may be waiting for it to read.
 * Suspends. */
int frond__tls_drive(frond__tls *t, frond__tls_call call, void *arg, const char *doing,
                     bool reads, frond_deadline d);

/* Why a handshake failed, as an error. */
int frond__tls_verify_failed(frond__tls *t);

/* Has chain and host name of the peer verified, as the context says.  0 or an error. */
int frond__tls_expect(frond__tls *t, const char *host);

#endif
