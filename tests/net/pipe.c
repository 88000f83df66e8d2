/* SPDX-License-Identifier: MIT */
#include "pipe.h"

#include <frond/error.h>
#include <frond/impl/fail.h>
#include <frond/impl/waiter.h>
#include <stdlib.h>
#include <string.h>

static pipe_end *end_of(frond_stream *s) {
    return (pipe_end *)s;
}

uint32_t pipe_random(uint32_t *seed) {
    uint32_t x = *seed;
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    return *seed = x;
}

static size_t piece(pipe_end *e, size_t most) {
    size_t n = e->seed ? pipe_random(&e->seed) % 40 + 1 : e->most;
    return n < most ? n : most;
}

/* What was read makes room, when it is most of it. */
static void compact(pipe_end *e) {
    if (e->at < e->len / 2)
        return;
    memmove(e->data, e->data + e->at, e->len - e->at);
    e->len -= e->at;
    e->at = 0;
}

void pipe_inject(pipe_end *e, const void *data, size_t len) {
    if (e->at)
        compact(e);
    if (e->cap < e->len + len + 1) {
        e->cap = 2 * (e->len + len + 1);
        e->data = realloc(e->data, e->cap);
    }
    if (!e->data)
        abort();
    memcpy(e->data + e->len, data, len);
    e->len += len;
    frond_event_set(&e->changed);
}

static int64_t try_read(frond_stream *s, void *buf, size_t cap) {
    pipe_end *e = end_of(s);
    size_t n = e->len - e->at;
    if (n == 0 && e->ended)
        return 0;
    n = n < e->may_read ? n : e->may_read;
    if (n == 0)
        return FROND_STREAM_AGAIN;
    n = piece(e, n < cap ? n : cap);
    memcpy(buf, e->data + e->at, n);
    e->at += n;
    e->may_read -= n;
    e->has_read += n;
    if (e->peer)
        frond_event_set(&e->peer->changed);
    return (int64_t)n;
}

static size_t may_write(const pipe_end *e) {
    size_t under_way = e->peer->len - e->peer->at;
    size_t room = under_way < e->room ? e->room - under_way : 0;
    return room < e->may_write ? room : e->may_write;
}

static int64_t try_write(frond_stream *s, const void *buf, size_t len) {
    pipe_end *e = end_of(s);
    if (!e->peer)
        return FROND_EPIPE;
    size_t most = may_write(e), n = piece(e, len < most ? len : most);
    if (n == 0)
        return FROND_STREAM_AGAIN;
    pipe_inject(e->peer, buf, n);
    e->may_write -= n;
    e->has_written += n;
    return (int64_t)n;
}

static bool is_ready(const pipe_end *e, int direction) {
    if (direction == FROND_FD_WRITE)
        return !e->peer || may_write(e);
    return (e->at < e->len && e->may_read) || (e->at == e->len && e->ended);
}

static int wait_ready(frond_stream *s, int direction, frond_deadline d) {
    pipe_end *e = end_of(s);
    int rc = is_ready(e, direction) ? frond_yield() : 0; /* as a socket's wait does */
    while (rc == 0 && !s->closed && !is_ready(e, direction)) {
        frond_event_clear(&e->changed);
        rc = frond_event_wait(&e->changed, d);
    }
    return rc < 0 ? rc : s->closed ? FROND_ECLOSED : 0;
}

static int64_t read_some(frond_stream *s, void *buf, size_t cap, frond_deadline d) {
    for (;;) {
        int64_t n = try_read(s, buf, cap);
        if (n != FROND_STREAM_AGAIN)
            return n;
        int rc = wait_ready(s, FROND_FD_READ, d);
        if (rc < 0)
            return frond_fail_set(rc, "pipe");
    }
}

static int write_all(frond_stream *s, const frond_buf *bufs, size_t n, size_t *written,
                     frond_deadline d) {
    for (size_t i = 0; i < n; i++)
        for (size_t at = 0; at < bufs[i].len;) {
            int64_t sent =
                try_write(s, (const char *)bufs[i].data + at, bufs[i].len - at);
            int rc = sent == FROND_STREAM_AGAIN ? wait_ready(s, FROND_FD_WRITE, d)
                     : sent < 0                 ? (int)sent
                                                : 0;
            if (rc < 0)
                return frond_fail_set(rc, "pipe");
            if (sent > 0) {
                at += (size_t)sent;
                *written += (size_t)sent;
            }
        }
    return 0;
}

static int shut(frond_stream *s, frond_deadline d) {
    pipe_end *e = end_of(s);
    (void)d;
    if (!e->peer)
        return 0;
    e->peer->ended = true;
    frond_event_set(&e->peer->changed);
    return 0;
}

static void close_end(frond_stream *s) {
    pipe_end *e = end_of(s);
    frond_event_set(&e->changed);
    if (!e->peer)
        return;
    e->peer->ended = true;
    e->peer->peer = NULL;
    frond_event_set(&e->peer->changed);
    e->peer = NULL;
}

static void destroy(frond_stream *s) {
    free(end_of(s)->data);
    free(s);
}

static const frond_stream_ops buffered = {.read = read_some,
                                          .write = write_all,
                                          .shutdown = shut,
                                          .close = close_end,
                                          .destroy = destroy};
static const frond_stream_ops direct_ops = {.read = read_some,
                                            .write = write_all,
                                            .shutdown = shut,
                                            .close = close_end,
                                            .destroy = destroy,
                                            .try_read = try_read,
                                            .try_write = try_write,
                                            .wait = wait_ready};

static pipe_end *make(bool direct, uint32_t seed) {
    pipe_end *e = calloc(1, sizeof *e);
    if (!e || frond_stream_init(&e->base, direct ? &direct_ops : &buffered) < 0)
        abort();
    e->may_read = e->may_write = e->room = e->most = PIPE_ALL;
    e->seed = seed;
    return e;
}

void pipe_open(bool direct, uint32_t seed, pipe_end **a, pipe_end **b) {
    *a = make(direct, seed);
    *b = make(direct, seed ? seed * 7 + 1 : 0);
    (*a)->peer = *b;
    (*b)->peer = *a;
}

void pipe_limit(pipe_end *a, pipe_end *b, size_t room) {
    a->room = b->room = room;
}

void pipe_allow(pipe_end *e, size_t may_read, size_t may_write) {
    e->may_read = may_read;
    e->may_write = may_write;
    frond_event_set(&e->changed);
}
