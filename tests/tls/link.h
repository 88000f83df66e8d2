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

/* Both handshakes over what they have beneath them, within 20 s. */
void link_handshakes(link_side *client, link_side *server);

/* The same over a new link. */
void link_tls(int kind, link_side *client, link_side *server);

/* ---- made once ---- */

extern certificate link_ca, link_other_ca, link_good;

void link_certificates(void);
void link_certificates_free(void);

frond_tls_context *link_trusting(const certificate *ca); /* a client's; NULL: nobody */
frond_tls_context *link_serving(const certificate *c);   /* a server's */

/* ---- over all there is ---- */

/* Contexts for TLS 1.2 and for 1.3 alone, which are the same otherwise. */
typedef struct {
    frond_tls_context *trusting[2], *serving[2];
} link_contexts;

void link_contexts_open(link_contexts *c, frond_tls_options both);
void link_contexts_close(link_contexts *c);

/* Runs a part over every transport and version: the streams are its own to close, but not to free. */
void link_each(const link_contexts *c,
               void (*part)(frond_stream *client, frond_stream *server));

#endif
