/* SPDX-License-Identifier: MIT */
/* A table of the peers that are connected, by address.  A peer is in it while it has a connection, so it is
 * as large as the server is busy. */
#include "server/peers.h"

#include <frond/error.h>
#include <frond/impl/memory.h>
#include <string.h>

enum { FIRST_SIZE = 64 };

struct frond__peer {
    frond__peer *next;
    frond_addr addr;
    size_t connections;
};

/* FNV: a peer that chooses its addresses well makes a chain long, and itself no more of them than it has. */
static size_t hash(const frond_addr *a) {
    uint32_t h = 2166136261u ^ (uint32_t)a->family;
    for (size_t i = 0; i < sizeof a->ip; i++)
        h = (h ^ a->ip[i]) * 16777619u;
    return h ^ h >> 15;
}

static bool same(const frond_addr *a, const frond_addr *b) {
    return a->family == b->family && memcmp(a->ip, b->ip, sizeof a->ip) == 0;
}

static frond__peer **find(frond__peers *p, const frond_addr *a) {
    frond__peer **at = &p->buckets[hash(a) & (p->size - 1)];
    while (*at && !same(&(*at)->addr, a))
        at = &(*at)->next;
    return at;
}

/* Without memory a table that there is goes on with longer chains. */
static void grow(frond__peers *p) {
    size_t size = p->size ? p->size * 2 : FIRST_SIZE;
    frond__peers grown = {frond_calloc(size, sizeof *grown.buckets), size, p->n};
    if (!grown.buckets)
        return;
    for (size_t i = 0; i < p->size; i++)
        for (frond__peer *e = p->buckets[i], *next; e; e = next) {
            next = e->next;
            frond__peer **at = &grown.buckets[hash(&e->addr) & (size - 1)];
            e->next = *at;
            *at = e;
        }
    frond_free(p->buckets);
    *p = grown;
}

int frond__peers_enter(frond__peers *p, const frond_addr *a, size_t most) {
    if (p->n >= p->size)
        grow(p);
    if (!p->size)
        return FROND_ENOMEM;
    frond__peer **at = find(p, a), *e = *at;
    if (e && e->connections >= most)
        return 0;
    if (!e) {
        if (!(e = *at = frond_calloc(1, sizeof *e)))
            return FROND_ENOMEM;
        e->addr = *a;
        p->n++;
    }
    e->connections++;
    return 1;
}

void frond__peers_leave(frond__peers *p, const frond_addr *a) {
    frond__peer **at = find(p, a), *e = *at;
    if (--e->connections)
        return;
    *at = e->next;
    frond_free(e);
    p->n--;
}

void frond__peers_free(frond__peers *p) {
    frond_free(p->buckets); /* empty: each connection holds its server */
    *p = (frond__peers){0};
}
