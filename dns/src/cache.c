/* SPDX-License-Identifier: MIT */
/* A hash table whose entries also form a list in the order of their storing. */
#include "cache.h"

#include <frond/impl/memory.h>
#include <string.h>

typedef struct entry {
    struct entry *next_in_bucket;
    struct entry *older, *newer;
    frond_addrs *addrs;
    int64_t until;
    int code;
    char key[];
} entry;

struct frond__cache {
    size_t n, most, buckets;
    entry *oldest, *newest;
    entry *table[];
};

frond__cache *frond__cache_new(size_t entries) {
    size_t buckets = entries < 64 ? 64 : entries;
    frond__cache *c = frond_calloc(1, sizeof *c + buckets * sizeof c->table[0]);
    if (c) {
        c->most = entries;
        c->buckets = buckets;
    }
    return c;
}

static entry **bucket(frond__cache *c, const char *key) {
    uint64_t hash =
        0xcbf29ce484222325U; /* FNV-1a; the list bounds what collisions can cost */
    for (; *key; key++)
        hash = (hash ^ (unsigned char)*key) * 0x100000001b3U;
    return &c->table[hash % c->buckets];
}

static void drop(frond__cache *c, entry *e) {
    entry **link = bucket(c, e->key);
    while (*link != e)
        link = &(*link)->next_in_bucket;
    *link = e->next_in_bucket;
    if (e->older)
        e->older->newer = e->newer;
    else
        c->oldest = e->newer;
    if (e->newer)
        e->newer->older = e->older;
    else
        c->newest = e->older;
    c->n--;
    frond_addrs_free(e->addrs);
    frond_free(e);
}

static entry *find(frond__cache *c, const char *key) {
    entry *e = *bucket(c, key);
    while (e && strcmp(e->key, key) != 0)
        e = e->next_in_bucket;
    return e;
}

bool frond__cache_find(frond__cache *c, const char *key, int64_t now, int *code,
                       const frond_addrs **addrs) {
    entry *e = find(c, key);
    if (e && e->until <= now) {
        drop(c, e);
        e = NULL;
    }
    if (!e)
        return false;
    *code = e->code;
    *addrs = e->addrs;
    return true;
}

void frond__cache_store(frond__cache *c, const char *key, int64_t until, int code,
                        frond_addrs *addrs) {
    entry *old = find(c, key);
    if (old)
        drop(c, old);
    size_t n = strlen(key) + 1;
    entry *e = frond_alloc(sizeof *e + n);
    if (!e) {
        frond_addrs_free(addrs);
        return;
    }
    entry **link = bucket(c, key);
    *e = (entry){.next_in_bucket = *link,
                 .older = c->newest,
                 .addrs = addrs,
                 .until = until,
                 .code = code};
    memcpy(e->key, key, n);
    *link = e;
    if (c->newest)
        c->newest->newer = e;
    else
        c->oldest = e;
    c->newest = e;
    if (++c->n > c->most)
        drop(c, c->oldest);
}

void frond__cache_flush(frond__cache *c) {
    while (c->oldest)
        drop(c, c->oldest);
}

void frond__cache_free(frond__cache *c) {
    if (!c)
        return;
    frond__cache_flush(c);
    frond_free(c);
}
