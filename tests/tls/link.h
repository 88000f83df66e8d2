/* SPDX-License-Identifier: MIT */
/* What the TLS tests share: two ends of every kind of transport, the certificates, and a handshake of
 * both sides at once. */
#ifndef FROND_TESTS_TLS_LINK_H
#define FROND_TESTS_TLS_LINK_H

#include "certificates.h"
#include <frond/sdk.h>
#include <frond/tls.h>

enum { LINK_PAIR, LINK_TCP, LINK_WRAPPED, LINKS };

/* Two connected streams; the wrapped ones have no try functions, so TLS uses buffers over them. */
void link_open(int kind, frond_stream **a, frond_stream **b);

/* Owns `under`. */
frond_stream *link_wrap(frond_stream *under);

typedef struct {
    frond_stream *under; /* freed when the handshake fails */
    const char *host;    /* NULL: the server's side */
    frond_tls_context *context;
    frond_deadline deadline;
    frond_stream *tls;
    int rc;
    char text[400];
    size_t stack; /* used by the handshake */
} link_side;

/* One side's handshake, as a greenlet's function. */
void *link_handshake(void *side);

/* Both handshakes over a new link, within 20 s. */
void link_tls(int kind, link_side *client, link_side *server);

/* ---- made once ---- */

extern certificate link_ca, link_other_ca, link_good;

void link_certificates(void);
void link_certificates_free(void);

frond_tls_context *link_trusting(const certificate *ca); /* a client's; NULL: nobody */
frond_tls_context *link_serving(const certificate *c);   /* a server's */

#endif
