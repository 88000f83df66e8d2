/* SPDX-License-Identifier: MIT */
/* Two ends of a stream in memory, each of which lets so many bytes through as the test says, in pieces of sizes by
 * seed.  A direct end has what a socket has, so that TLS goes straight over it; else TLS uses buffers. */
#ifndef FROND_TESTS_PIPE_H
#define FROND_TESTS_PIPE_H

#include <frond/event.h>
#include <frond/impl/stream.h>
#include <stdbool.h>

typedef struct pipe_end {
    frond_stream base;
    struct pipe_end *peer; /* NULL: gone */
    unsigned char *data;   /* owned: for this end to read */
    size_t len, at, cap;
    size_t may_read, may_write; /* bytes from now on */
    size_t room; /* that the peer may leave unread before a write has to wait */
    size_t has_read, has_written;
    size_t most;   /* bytes that a call moves */
    uint32_t seed; /* 0: so many if it can; else as many as chance has it */
    bool ended;
    frond_event changed;
} pipe_end;

enum { PIPE_ALL = 1 << 30 };

void pipe_open(bool direct, uint32_t seed, pipe_end **a, pipe_end **b);

/* How many bytes may be under way in each direction. */
void pipe_limit(pipe_end *a, pipe_end *b, size_t room);

/* From now on so many bytes. */
void pipe_allow(pipe_end *e, size_t may_read, size_t may_write);

/* Bytes for e to read that its peer has never written. */
void pipe_inject(pipe_end *e, const void *data, size_t len);

uint32_t pipe_random(uint32_t *seed);

#endif
