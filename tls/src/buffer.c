/* SPDX-License-Identifier: MIT */
/* See buffer.h. */
#include "buffer.h"

#include <frond/error.h>
#include <frond/impl/memory.h>
#include <openssl/crypto.h>
#include <string.h>

int frond__tls_buffer_reserve(frond__tls_buffer *b, size_t n) {
    if (b->cap - b->end >= n)
        return 0;
    if (b->start) {
        memmove(b->data, b->data + b->start, b->end - b->start);
        b->end -= b->start;
        b->start = 0;
    }
    if (b->cap - b->end >= n)
        return 0;
    size_t cap = b->end + n > 2 * b->cap ? b->end + n : 2 * b->cap;
    char *data = frond_realloc(b->data, cap);
    if (!data)
        return FROND_ENOMEM;
    b->data = data;
    b->cap = cap;
    return 0;
}

int frond__tls_buffer_add(frond__tls_buffer *b, const void *data, size_t n) {
    if (n == 0)
        return 0;
    if (frond__tls_buffer_reserve(b, n) < 0)
        return FROND_ENOMEM;
    memcpy(b->data + b->end, data, n);
    b->end += n;
    return 0;
}

size_t frond__tls_buffer_take(frond__tls_buffer *b, void *out, size_t cap) {
    size_t n = frond__tls_buffer_held(b);
    n = n < cap ? n : cap;
    if (n)
        memcpy(out, b->data + b->start, n);
    frond__tls_buffer_consume(b, n);
    return n;
}

void frond__tls_buffer_consume(frond__tls_buffer *b, size_t n) {
    b->start += n;
    if (b->start == b->end)
        b->start = b->end = 0;
}

void frond__tls_buffer_release(frond__tls_buffer *b) {
    if (b->data)
        OPENSSL_cleanse(b->data, b->cap);
    frond_free(b->data);
    *b = (frond__tls_buffer){0};
}
