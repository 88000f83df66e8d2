/* SPDX-License-Identifier: MIT */
/* A hash table whose entries also form a list in the order of their storing. */
#include "cache.h"

#include <frond/impl/memory.h>
#include <string.h>

typedef struct entry {
    struct entry *next_in_bucket;
    struct entry *older, *newer;
    frond__answer *answer;
    int64_t until, stale;
    uint64_t hash;
    int kind;
    char name[];
} entry;

struct frond__cache {
    size_t n, most, buckets;
    uint64_t evicted;
    entry *oldest, *newest;
    entry *table[];
};

frond__cache *frond__cache_new(size_t entries) {
    size_t buckets = 64;
    while (buckets < entries && buckets < SIZE_MAX / 4 / sizeof(entry *))
        buckets *= 2;
    frond__cache *c = frond_calloc(1, sizeof *c + buckets * sizeof c->table[0]);
    if (c) {
        c->most = entries;
        c->buckets = buckets;
    }
    return c;
}

static void drop(frond__cache *c, entry *e) {
    entry **link = &c->table[e->hash & (c->buckets - 1)];
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
    frond__answer_unref(e->answer);
    frond_free(e);
}

static entry *find(frond__cache *c, const frond__key *key) {
    entry *e = c->table[key->hash & (c->buckets - 1)];
    while (e && (e->hash != key->hash || e->kind != key->kind ||
                 strcmp(e->name, key->name) != 0))
        e = e->next_in_bucket;
    return e;
}

frond__answer *frond__cache_find(frond__cache *c, const frond__key *key, int64_t now,
                                 bool stale) {
    entry *e = find(c, key);
    if (e && e->until > now)
        return e->answer;
    if (e && e->stale <= now) {
        drop(c, e);
        e = NULL;
    }
    return e && stale ? e->answer : NULL;
}

void frond__cache_store(frond__cache *c, const frond__key *key, int64_t until,
                        int64_t stale, frond__answer *a) {
    entry *old = find(c, key);
    if (old)
        drop(c, old);
    size_t n = strlen(key->name) + 1;
    entry *e = frond_alloc(sizeof *e + n);
    if (!e)
        return;
    entry **link = &c->table[key->hash & (c->buckets - 1)];
    *e = (entry){.next_in_bucket = *link,
                 .older = c->newest,
                 .answer = frond__answer_ref(a),
                 .until = until,
                 .stale = stale,
                 .hash = key->hash,
                 .kind = key->kind};
    memcpy(e->name, key->name, n);
    *link = e;
    if (c->newest)
        c->newest->newer = e;
    else
        c->oldest = e;
    c->newest = e;
    if (++c->n > c->most) {
        drop(c, c->oldest);
        c->evicted++;
    }
}

void frond__cache_prolong(frond__cache *c, const frond__key *key, int64_t until) {
    entry *e = find(c, key);
    if (e)
        e->until = until < e->stale ? until : e->stale;
}

size_t frond__cache_count(const frond__cache *c) {
    return c->n;
}

uint64_t frond__cache_evicted(const frond__cache *c) {
    return c->evicted;
}

int frond__cache_flush_name(frond__cache *c, const char *name) {
    int gone = 0;
    for (entry *e = c->oldest, *next; e; e = next) {
        next = e->newer;
        if (strcmp(e->name, name) == 0) {
            drop(c, e);
            gone++;
        }
    }
    return gone;
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
