/* SPDX-License-Identifier: MIT */
/* The streams of net itself, and one in memory, that is anybody's. */
#include "streams.h"

#include "pipe.h"

static void narrow(int room, frond_stream *a, frond_stream *b) {
    if (room) {
        streams_narrow(a, room);
        streams_narrow(b, room);
    }
}

static void open_pair(int room, frond_stream **a, frond_stream **b) {
    CHECK_INT(frond_stream_pair(a, b), 0);
    narrow(room, *a, *b);
}

static void open_tcp(int room, frond_stream **a, frond_stream **b) {
    net_tcp_pair(a, b);
    narrow(room, *a, *b);
}

static void open_memory(int room, frond_stream **a, frond_stream **b) {
    pipe_end *x, *y;
    pipe_open(true, 0, &x, &y);
    pipe_limit(x, y, room ? (size_t)room : 200000);
    *a = &x->base;
    *b = &y->base;
}

void streams_begin(void) {
}

void streams_end(void) {
}

const stream_kind stream_kinds[] = {
    {"pair", open_pair}, {"tcp", open_tcp}, {"memory", open_memory}, {0}};
