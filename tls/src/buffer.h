/* SPDX-License-Identifier: MIT */
/* Bytes that wait for somebody: added at the end, taken at the start.  Empty it takes no memory, and what it held is
 * wiped. */
#ifndef FROND_TLS_SRC_BUFFER_H
#define FROND_TLS_SRC_BUFFER_H

#include <stddef.h>

typedef struct {
    char *data;
    size_t start, end, cap;
} frond__tls_buffer;

static inline size_t frond__tls_buffer_held(const frond__tls_buffer *b) {
    return b->end - b->start;
}

/* Room for n more after the end; 0, or FROND_ENOMEM. */
int frond__tls_buffer_reserve(frond__tls_buffer *b, size_t n);

/* 0, or FROND_ENOMEM. */
int frond__tls_buffer_add(frond__tls_buffer *b, const void *data, size_t n);

/* Moves no more than cap bytes out, and returns how many. */
size_t frond__tls_buffer_take(frond__tls_buffer *b, void *out, size_t cap);

void frond__tls_buffer_consume(frond__tls_buffer *b, size_t n);

void frond__tls_buffer_release(frond__tls_buffer *b);

#endif
