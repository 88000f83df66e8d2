/* SPDX-License-Identifier: MIT */
/* Buffers of a write, put together into one. */
#ifndef FROND_GATHER_H
#define FROND_GATHER_H

#include <frond/stream.h>
#include <string.h>

/* Where a write has come to. */
typedef struct {
    const frond_buf *bufs;
    size_t n;  /* of them, those that are left */
    size_t at; /* in the first of those */
} frond__gather;

/* Copies as much of what is left as there is room for; how much. */
static inline size_t frond__gather_next(frond__gather *g, char *out, size_t room) {
    size_t used = 0;
    while (g->n && used < room) {
        size_t part = g->bufs->len - g->at;
        if (part > room - used)
            part = room - used;
        memcpy(out + used, (const char *)g->bufs->data + g->at, part);
        used += part;
        g->at += part;
        if (g->at == g->bufs->len) {
            g->bufs++;
            g->n--;
            g->at = 0;
        }
    }
    return used;
}

#endif
