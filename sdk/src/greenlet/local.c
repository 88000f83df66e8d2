/* SPDX-License-Identifier: MIT */
/* Values of one greenlet: an array by the numbers of the keys, which get theirs at their first use, for
 * the whole process. */
#include "greenlet/local.h"

#include <frond/impl/fail.h>
#include <frond/impl/memory.h>
#include <frond/local.h>
#include <stdatomic.h>
#include <string.h>

enum { MOST_ROUNDS = 4, /* of drops that set values again, as for threads */ STEP = 8 };

typedef struct {
    void *value;
    void (*drop)(void *);
} place;

struct frond__locals {
    size_t n;
    place of[];
};

static size_t index_of(frond_local *l) {
    static _Atomic uintptr_t last;
    _Atomic uintptr_t *index = (_Atomic uintptr_t *)&l->index;
    uintptr_t mine = atomic_load_explicit(index, memory_order_relaxed);
    if (FROND_UNLIKELY(mine == 0)) {
        uintptr_t next = atomic_fetch_add(&last, 1) + 1;
        if (atomic_compare_exchange_strong(index, &mine, next))
            mine = next;
    }
    return (size_t)mine - 1;
}

void *frond_local_get(frond_local *l) {
    const frond_hub *h = frond__self;
    const frond__locals *has = l && h ? h->current->locals : NULL;
    size_t i = has ? index_of(l) : 0;
    return has && i < has->n ? has->of[i].value : NULL;
}

static int grow(frond_greenlet *g, size_t i) {
    size_t n = (i / STEP + 1) * STEP, had = g->locals ? g->locals->n : 0;
    frond__locals *more = frond_calloc(1, sizeof *more + n * sizeof more->of[0]);
    if (!more)
        return frond_fail_set(FROND_ENOMEM, "local set");
    if (had)
        memcpy(more->of, g->locals->of, had * sizeof more->of[0]);
    more->n = n;
    frond_free(g->locals);
    g->locals = more;
    return 0;
}

int frond_local_set(frond_local *l, void *value) {
    frond_hub *h = frond__hub();
    if (!h)
        return frond__no_hub();
    if (!l)
        return frond_fail_set(FROND_EINVAL, "local set");
    frond_greenlet *g = h->current;
    size_t i = index_of(l);
    int rc = 0;
    if ((!g->locals || i >= g->locals->n) && (rc = grow(g, i)) < 0)
        return rc;
    g->locals->of[i] = (place){value, l->drop};
    return 0;
}

static bool drop_each(frond_greenlet *g) {
    bool any = false;
    for (size_t i = 0; i < g->locals->n; i++) {
        place p = g->locals->of[i];
        if (!p.value)
            continue;
        g->locals->of[i].value = NULL;
        if (p.drop)
            p.drop(p.value);
        any = true;
    }
    return any;
}

void frond__values_drop(frond_greenlet *g) {
    for (int round = 0; g->locals && round < MOST_ROUNDS && drop_each(g); round++)
        ;
    frond_free(g->locals);
    g->locals = NULL;
    frond__disinherit(g);
}
