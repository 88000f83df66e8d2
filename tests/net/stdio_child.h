/* SPDX-License-Identifier: MIT */
/* What the child of the tests of standard streams does on every system; the result is its exit status. */
#ifndef FROND_TESTS_STDIO_CHILD_H
#define FROND_TESTS_STDIO_CHILD_H

#include "net.h"

static inline int child_cat(void) {
    frond_stream *in, *out;
    char buf[3000];
    int64_t n;
    if (frond_stdio_open(FROND_STDIN, &in) < 0 ||
        frond_stdio_open(FROND_STDOUT, &out) < 0)
        return 10;
    while ((n = frond_read(in, buf, sizeof buf, FROND_NEVER)) > 0)
        if (frond_write(out, buf, (size_t)n, NULL, FROND_NEVER) < 0)
            return 11;
    frond_stream_free(in);
    frond_stream_free(out);
    return n == 0 ? 0 : 12;
}

static inline void *ticks(void *count) {
    while (frond_sleep(1) == 0)
        ++*(int *)count;
    return NULL;
}

/* Waiting for input stops nobody; a deadline loses nothing. */
static inline int child_late(void) {
    frond_stream *in, *out;
    char buf[16];
    int count = 0;
    if (frond_stdio_open(FROND_STDIN, &in) < 0 ||
        frond_stdio_open(FROND_STDOUT, &out) < 0)
        return 10;
    frond_greenlet *g = frond_spawn(ticks, &count);
    frond_yield(); /* its first tick comes before any deadline from here on */
    if (frond_read(in, buf, sizeof buf, FROND_NOW) != FROND_ETIMEDOUT)
        return 11;
    if (frond_read(in, buf, sizeof buf, frond_in(20)) != FROND_ETIMEDOUT)
        return 12;
    if (frond_write(out, "t", 1, NULL, FROND_NEVER) < 0)
        return 13;
    if (frond_read(in, buf, sizeof buf, FROND_NEVER) != 4 || memcmp(buf, "data", 4) != 0)
        return 14;
    frond_kill(g, FROND_EXIT, FROND_NEVER);
    frond_release(g);
    frond_stream_free(in);
    frond_stream_free(out);
    return count > 0 ? 0 : 15;
}

static inline int child_epipe(void) {
    frond_stream *out;
    char buf[4096] = "";
    int rc = frond_stdio_open(FROND_STDOUT, &out);
    for (int i = 0; rc == 0 && i < 1000; i++)
        rc = frond_write(out, buf, sizeof buf, NULL, FROND_NEVER);
    frond_stream_free(out);
    return rc == FROND_EPIPE ? 0 : 10;
}

#endif
