/* SPDX-License-Identifier: MIT */
/* Values that spawning hands down: an array of cells, both counted.  An array that more than one
 * greenlet has is never changed, so that handing down is one reference; who sets a value gets an array of
 * its own, with the same cells but for one. */
#include "greenlet/local.h"

#include <frond/impl/fail.h>
#include <frond/impl/memory.h>
#include <frond/local.h>

typedef struct {
    size_t refs; /* of arrays */
    const frond_inherited *key;
    void (*drop)(void *); /* the key's, which may be gone with its library by then */
    void *value;
} cell;

struct frond__heirlooms {
    size_t refs; /* of greenlets */
    size_t n;
    cell *of[];
};

static void unref_cell(cell *c) {
    if (--c->refs)
        return;
    if (c->drop && c->value)
        c->drop(c->value);
    frond_free(c);
}

static void unref(frond__heirlooms *has) {
    if (!has || --has->refs)
        return;
    for (size_t i = 0; i < has->n; i++)
        unref_cell(has->of[i]);
    frond_free(has);
}

/* Where the key's value is; n: nowhere. */
static size_t find(const frond__heirlooms *has, const frond_inherited *key) {
    size_t i = 0;
    while (has && i < has->n && has->of[i]->key != key)
        i++;
    return i;
}

void *frond_inherited_get(const frond_inherited *key) {
    const frond_hub *h = frond__self;
    const frond__heirlooms *has = h ? h->current->heirlooms : NULL;
    size_t i = find(has, key);
    return has && i < has->n ? has->of[i]->value : NULL;
}

/* An array with all of the old one's cells but that at i, which is free. */
static frond__heirlooms *copy_but(const frond__heirlooms *has, size_t i) {
    size_t had = has ? has->n : 0, n = i < had ? had : had + 1;
    frond__heirlooms *more = frond_alloc(sizeof *more + n * sizeof more->of[0]);
    if (!more)
        return NULL;
    more->refs = 1;
    more->n = n;
    for (size_t k = 0; k < had; k++)
        if (k != i) {
            more->of[k] = has->of[k];
            more->of[k]->refs++;
        }
    return more;
}

int frond_inherited_set(const frond_inherited *key, void *value) {
    frond_hub *h = frond__hub();
    if (!h)
        return frond__no_hub();
    if (!key)
        return frond_fail_set(FROND_EINVAL, "inherited set");
    frond__heirlooms **own = &h->current->heirlooms, *has = *own;
    size_t i = find(has, key);
    bool mine = has && has->refs == 1 && i < has->n;
    cell *old = mine ? has->of[i] : NULL, *c = frond_alloc(sizeof *c);
    frond__heirlooms *next = mine ? has : c ? copy_but(has, i) : NULL;
    if (!c || !next) {
        frond_free(c);
        return frond_fail_set(FROND_ENOMEM, "inherited set");
    }
    *c = (cell){1, key, key->drop, value};
    next->of[i] = c;
    *own = next;
    if (mine)
        unref_cell(old);
    else
        unref(has);
    return 0;
}

void frond__inherit(frond_greenlet *g, frond_greenlet *spawner) {
    g->heirlooms = spawner->heirlooms;
    g->heirlooms->refs++;
}

void frond__disinherit(frond_greenlet *g) {
    frond__heirlooms *has = g->heirlooms;
    g->heirlooms = NULL;
    unref(has);
}
