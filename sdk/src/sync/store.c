/* SPDX-License-Identifier: MIT */
/* The store's rare and its ordered part.  A heap starts at place 0 and never wraps; each of its places
 * ends with the number of the put, and one place more than its capacity is there to swap by. */
#include "sync/store.h"

#include <frond/error.h>
#include <frond/impl/fail.h>
#include <frond/impl/memory.h>

enum { FIRST_CAPACITY = 16, MOST_ITEM = 1 << 20, WORD = sizeof(uint64_t) };

static bool valid(size_t item_size, size_t capacity, const frond_queue_options *o) {
    for (size_t i = 0; i < sizeof o->reserved / sizeof o->reserved[0]; i++)
        if (o->reserved[i])
            return false;
    if (o->order < FROND_FIFO || o->order > FROND_PRIORITY ||
        (o->order == FROND_PRIORITY) != (o->before != NULL))
        return false;
    return item_size > 0 && item_size <= MOST_ITEM &&
           capacity <= SIZE_MAX / 4 / item_size;
}

int frond__store_init(frond__store *s, size_t item_size, size_t capacity,
                      const frond_queue_options *o) {
    if (!valid(item_size, capacity, o))
        return FROND_EINVAL;
    if (!s)
        return 0;
    *s = (frond__store){.order = o->order, .before = o->before, .item_size = item_size};
    s->stride = o->order == FROND_PRIORITY ? (item_size + WORD - 1) / WORD * WORD + WORD
                                           : item_size;
    s->plain = o->order == FROND_FIFO && item_size == sizeof(void *);
    return 0;
}

int frond__store_grow(frond__store *s, size_t limit) {
    size_t capacity = s->capacity ? s->capacity * 2 : FIRST_CAPACITY;
    if (capacity > limit)
        capacity = limit;
    if (capacity > SIZE_MAX / 2 / s->stride - 1)
        return frond_fail_set(FROND_ENOMEM, "queue put");
    unsigned char *places = frond_alloc((capacity + 1) * s->stride);
    if (!places)
        return frond_fail_set(FROND_ENOMEM, "queue put");
    for (size_t i = 0; i < s->used; i++)
        memcpy(places + i * s->stride, frond__store_at(s, i), s->stride);
    frond_free(s->places);
    s->places = places;
    s->capacity = capacity;
    s->head = 0;
    return 0;
}

/* ---- the heap ---- */

static unsigned char *place(const frond__store *s, size_t i) {
    return s->places + i * s->stride;
}

static uint64_t *number(const frond__store *s, unsigned char *item) {
    return (uint64_t *)(void *)(item + s->stride - sizeof(uint64_t));
}

static bool comes_before(const frond__store *s, size_t a, size_t b) {
    unsigned char *x = place(s, a), *y = place(s, b);
    if (s->before(x, y))
        return true;
    return !s->before(y, x) && *number(s, x) < *number(s, y);
}

static void swap(frond__store *s, size_t a, size_t b) {
    unsigned char *spare = place(s, s->capacity);
    memcpy(spare, place(s, a), s->stride);
    memcpy(place(s, a), place(s, b), s->stride);
    memcpy(place(s, b), spare, s->stride);
}

static void rise(frond__store *s) {
    size_t i = s->used - 1;
    *number(s, place(s, i)) = s->puts++;
    for (; i > 0 && comes_before(s, i, (i - 1) / 2); i = (i - 1) / 2)
        swap(s, i, (i - 1) / 2);
}

static void sink(frond__store *s) {
    if (s->used == 0)
        return;
    memcpy(place(s, 0), place(s, s->used), s->stride);
    for (size_t i = 0, least = 0;; i = least) {
        for (size_t child = 2 * i + 1; child <= 2 * i + 2 && child < s->used; child++)
            if (comes_before(s, child, least))
                least = child;
        if (least == i)
            return;
        swap(s, i, least);
    }
}

/* ---- in and out ---- */

void frond__store_put_any(frond__store *s, const void *item) {
    memcpy(frond__store_at(s, s->used++), item, s->item_size);
    if (s->order == FROND_PRIORITY)
        rise(s);
}

void frond__store_drop(frond__store *s) {
    s->used--;
    if (s->order == FROND_FIFO)
        s->head = frond__store_place(s, 1);
    else if (s->order == FROND_PRIORITY)
        sink(s);
}

void frond__store_take_any(frond__store *s, void *item) {
    memcpy(item, frond__store_next(s), s->item_size);
    frond__store_drop(s);
}
