/* SPDX-License-Identifier: MIT */
/* What OpenSSL reads and writes through: two transports behind one BIO.
 *
 * Over a socket the BIO makes one system call and never waits.  Over any other stream it moves bytes
 * between OpenSSL and two buffers, which are filled and drained around it.  Either way nothing inside
 * an SSL call suspends. */
#ifndef FROND_TLS_TRANSPORT_H
#define FROND_TLS_TRANSPORT_H

#include <frond/deadline.h>
#include <frond/impl/stream.h>
#include <openssl/bio.h>
#include <stdbool.h>

typedef struct {
    char *data;
    size_t start, end, cap;
} frond__tls_buffer;

typedef struct {
    frond_stream *under;
    bool direct;   /* a socket */
    bool drained;  /* its last read emptied it: wait before the next */
    bool eager;    /* try all the same: the caller will not wait */
    bool ended;    /* end of the stream under it */
    bool flushing; /* somebody drains `out` */
    int error;     /* FROND_E* of the stream under it; 0 */
    frond__tls_buffer in, out;
} frond__tls_transport;

/* A BIO over t, which must outlive it; NULL when out of memory. */
BIO *frond__tls_bio(frond__tls_transport *t);

/* Makes the next attempt worth while: waits for the direction that OpenSSL wants (a FROND_FD_*), or
 * fills the buffer.  0, or an error.  Suspends. */
int frond__tls_transport_wait(frond__tls_transport *t, int direction, frond_deadline d);

/* Sends what OpenSSL has left in the buffer.  0, or an error with the rest kept.  Suspends. */
int frond__tls_transport_flush(frond__tls_transport *t, frond_deadline d);

void frond__tls_transport_free(frond__tls_transport *t);

#endif
