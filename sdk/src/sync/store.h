/* SPDX-License-Identifier: MIT */
/* What a queue keeps its items in: a ring from one end of which they are taken, or a heap. */
#ifndef FROND_STORE_H
#define FROND_STORE_H

#include "compat.h"
#include <frond/queue.h>
#include <stdbool.h>
#include <string.h>

typedef struct {
    frond_queue_order order;
    bool plain; /* first in first out, and items are as long as a pointer */
    int (*before)(const void *a, const void *b);
    size_t item_size, stride;    /* of an item, of its place */
    size_t capacity, head, used; /* in items */
    unsigned char *places;
    uint64_t puts; /* so far: what came first is first among equals */
} frond__store;

/* Checks what a store for capacity items (0: any number) is to be, and sets s up unless it is NULL.  0 or
 * FROND_EINVAL. */
FROND_INTERNAL int frond__store_init(frond__store *s, size_t item_size, size_t capacity,
                                     const frond_queue_options *o);

/* Room for one more, at most limit in all, which the caller has checked.  0 or FROND_ENOMEM. */
FROND_INTERNAL int frond__store_grow(frond__store *s, size_t limit);
static inline int frond__store_need(frond__store *s, size_t limit) {
    return FROND_LIKELY(s->used < s->capacity) ? 0 : frond__store_grow(s, limit);
}

static inline size_t frond__store_place(const frond__store *s, size_t i) {
    size_t place = s->head + i;
    return place < s->capacity ? place : place - s->capacity;
}

static inline unsigned char *frond__store_at(const frond__store *s, size_t i) {
    return s->places + frond__store_place(s, i) * s->stride;
}

static inline void **frond__store_pointer(const frond__store *s, size_t place) {
    return (void **)(void *)s->places + place;
}

/* There is room. */
FROND_INTERNAL void frond__store_put_any(frond__store *s, const void *item);
static inline void frond__store_put(frond__store *s, const void *item) {
    if (FROND_LIKELY(s->plain)) {
        size_t place = frond__store_place(s, s->used++);
        memcpy(frond__store_pointer(s, place), item, sizeof(void *));
    } else {
        frond__store_put_any(s, item);
    }
}

/* The item that is next; there is one. */
static inline void *frond__store_next(const frond__store *s) {
    return frond__store_at(s, s->order == FROND_LIFO ? s->used - 1 : 0);
}

/* Takes that one away. */
FROND_INTERNAL void frond__store_drop(frond__store *s);

/* Both: copies it to item and takes it away. */
FROND_INTERNAL void frond__store_take_any(frond__store *s, void *item);
static inline void frond__store_take(frond__store *s, void *item) {
    if (FROND_LIKELY(s->plain)) {
        memcpy(item, frond__store_pointer(s, s->head), sizeof(void *));
        s->head = s->head + 1 == s->capacity ? 0 : s->head + 1;
        s->used--;
    } else {
        frond__store_take_any(s, item);
    }
}

#endif
