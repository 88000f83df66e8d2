/* SPDX-License-Identifier: MIT */
/* What a program does when it forks: lookups of a server that answers late, TLS, and echoes of numbers. */
#ifndef FROND_TESTS_PROC_TRAFFIC_H
#define FROND_TESTS_PROC_TRAFFIC_H

#include "tls/certificates.h"
#include <frond/frond.h>

/* A name server that answers every question for an A record with 127.0.0.9, late, in the greenlet *g, and a resolver
 * that asks it. */
frond_udp *start_name_server(frond_greenlet **g);
frond_resolver *late_resolver(void);

/* A greenlet's function: one lookup, which has to succeed. */
void *looks_up(void *resolver);

typedef struct {
    frond_stream *stream;
    frond_tls_context *context;
} tls_end;

typedef struct {
    certificate ca, leaf;
    frond_tls_context *client, *server;
} tls_setup;

void tls_open(tls_setup *t);
void tls_close(tls_setup *t);

/* The client of a connection whose other end, *end, echoes in the greenlet *echo. */
frond_stream *tls_connect(tls_setup *t, tls_end *end, frond_greenlet **echo);

/* Sends n, and checks that it comes back. */
void echo_once(frond_stream *s, uint32_t n);

#endif
