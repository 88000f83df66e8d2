/* SPDX-License-Identifier: MIT */
/* TLS over each kind of transport, as a kind of stream (net/streams.h): of sockets, straight and through buffers, in
 * memory, and of TLS itself. */
#include "net/streams.h"

#include "link.h"
#include "net/pipe.h"

static link_contexts contexts;

void streams_begin(void) {
    link_certificates();
    link_contexts_open(&contexts, (frond_tls_options){.no_sessions = 1});
}

void streams_end(void) {
    link_contexts_close(&contexts);
    link_certificates_free();
}

/* Both handshakes over what they have beneath them. */
static void shake_hands(int newest, frond_stream **a, frond_stream **b) {
    link_side client = {
        .under = *a, .host = "good.test", .context = contexts.trusting[newest]};
    link_side server = {.under = *b, .context = contexts.serving[newest]};
    link_handshakes(&client, &server);
    CHECK_INT(client.rc, 0);
    CHECK_INT(server.rc, 0);
    *a = client.tls;
    *b = server.tls;
}

static void open_link(int kind, int room, frond_stream **a, frond_stream **b) {
    link_open(kind, a, b);
    if (room) {
        streams_narrow(*a, room);
        streams_narrow(*b, room);
    }
}

static void over_tcp(int room, frond_stream **a, frond_stream **b) {
    open_link(LINK_TCP, room, a, b);
    shake_hands(1, a, b);
}

static void old_over_pair(int room, frond_stream **a, frond_stream **b) {
    open_link(LINK_PAIR, room, a, b);
    shake_hands(0, a, b);
}

static void wrapped(int room, frond_stream **a, frond_stream **b) {
    open_link(LINK_PAIR, room, a, b);
    *a = link_wrap(*a);
    *b = link_wrap(*b);
    shake_hands(0, a, b);
}

static void over_memory(int room, frond_stream **a, frond_stream **b) {
    pipe_end *x, *y;
    pipe_open(true, 0, &x, &y);
    pipe_limit(x, y, room ? (size_t)room : 200000);
    *a = &x->base;
    *b = &y->base;
    shake_hands(1, a, b);
}

static void in_tls(int room, frond_stream **a, frond_stream **b) {
    over_tcp(room, a, b);
    shake_hands(1, a, b);
}

const stream_kind stream_kinds[] = {{"TLS 1.3 and tcp", over_tcp},
                                    {"TLS 1.2 and a pair", old_over_pair},
                                    {"TLS 1.2, buffers and a pair", wrapped},
                                    {"TLS 1.3 and memory", over_memory},
                                    {"TLS in TLS", in_tls},
                                    {0}};
