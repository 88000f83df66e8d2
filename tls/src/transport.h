/* SPDX-License-Identifier: MIT */
/* What OpenSSL reads and writes through: two transports behind one BIO.
 *
 * Over a socket the BIO makes one system call and never waits.  Over any other stream it moves bytes
 * between OpenSSL and two buffers, which are filled and drained around it.  Either way nothing inside
 * an SSL call suspends, and all that OpenSSL writes is taken: what a socket has no room for is buffered, too,
 * so that a record is never left half with OpenSSL, which would have to be told of it again. */
#ifndef FROND_TLS_SRC_TRANSPORT_H
#define FROND_TLS_SRC_TRANSPORT_H

#include "buffer.h"

#include <frond/deadline.h>
#include <frond/event.h>
#include <frond/impl/stream.h>
#include <openssl/bio.h>
#include <stdbool.h>

/* One greenlet at a time waits at the stream beneath, for others too: a reader may have to write in a
 * handshake, and a writer to know what was read. */
typedef struct {
    bool taken;
    int others;         /* who wait for its end */
    frond_event passed; /* that */
} frond__tls_turn;

typedef struct {
    frond_stream *under;
    BIO *
        kernel; /* owned: OpenSSL's own way to a socket whose kernel may encrypt; NULL: it may not */
    int control;  /* with that: the type of the record to be sent next; -1: data */
    bool direct;  /* a socket */
    bool drained; /* its last read emptied it: wait before the next */
    bool eager;   /* try all the same: the caller will not wait */
    bool
        deaf; /* a writer's call gets nothing to read: OpenSSL takes data only where it was asked for */
    int gulps;      /* that this call may still take straight from the socket */
    size_t answers; /* bytes that this call may leave unsent */
    bool ended;     /* end of the stream under it */
    int error;      /* FROND_E* of the stream under it; 0 */
    frond__tls_turn reads, writes;
    frond__tls_buffer in, out;
} frond__tls_transport;

/* A BIO over t, which must outlive it; NULL when out of memory. */
BIO *frond__tls_bio(frond__tls_transport *t);

/* Has the kernel encrypt, once OpenSSL has the keys, if it can: said before the handshake. */
void frond__tls_transport_offload(frond__tls_transport *t);

/* Before each SSL call.  That of a reader answers what its peer sends by the way, and the peer may not read. */
void frond__tls_transport_begin(frond__tls_transport *t, bool reads);

/* Makes the next attempt to read worth while: waits for the socket, or fills the buffer; or, of a writer, until
 * a reader has heard something.  0, or an error.  Suspends. */
int frond__tls_transport_wait(frond__tls_transport *t, frond_deadline d);

/* A reader has: writers in the middle of a renegotiation may go on. */
static inline void frond__tls_transport_heard(frond__tls_transport *t) {
    if (t->reads.others)
        frond_event_set(&t->reads.passed);
}

/* Sends what is left in the buffer, or, when another greenlet does so already, waits until that one has
 * stopped.  0, or an error with the rest kept.  Suspends. */
int frond__tls_transport_drain(frond__tls_transport *t, frond_deadline d);

static inline size_t frond__tls_transport_unsent(const frond__tls_transport *t) {
    return frond__tls_buffer_held(&t->out);
}

/* Sends what is left in the buffer, unless another greenlet does so already.  0, or an error with the rest
 * kept.  Suspends. */
static inline int frond__tls_transport_flush(frond__tls_transport *t, frond_deadline d) {
    return frond__tls_transport_unsent(t) && !t->writes.taken
               ? frond__tls_transport_drain(t, d)
               : 0;
}

/* Gives the stream beneath back what was read of it and is not OpenSSL's.  0, or FROND_ENOMEM. */
int frond__tls_transport_unread(frond__tls_transport *t);

void frond__tls_transport_free(frond__tls_transport *t);

/* ---- what the kernel can do, by system ---- */

/* A BIO of OpenSSL's over a socket that can be given keys; NULL when it cannot. */
BIO *frond__tls_kernel_bio(intptr_t fd);

/* Sends a record of another type than data through such a socket; as a stream's try_write. */
int64_t frond__tls_kernel_control(BIO *kernel, int type, const void *data, size_t len);

#endif
