/* SPDX-License-Identifier: MIT */
/* Answers kept until they are out of date, and a while longer for when servers fail; the least recently stored
 * ones make room.  A key is a name and
 * what is asked of it. */
#ifndef FROND_DNS_CACHE_H
#define FROND_DNS_CACHE_H

#include "answer.h"
#include "name.h"

typedef struct frond__cache frond__cache;

enum { FROND__NAMES = -'P' };

/* kind is a type's number or, below zero, '4', '6' or '*' of addresses, and FROND__NAMES, the names of an address,
 * which is the key's name then. */
typedef struct {
    const char *name;
    uint64_t hash; /* the name's */
    int kind;
} frond__key;

frond__cache *frond__cache_new(size_t entries);

/* The answer kept, borrowed, or NULL.  stale: also one that is out of date. */
frond__answer *frond__cache_find(frond__cache *c, const frond__key *key, int64_t now,
                                 bool stale);

/* Keeps another reference to the answer, until `until` and as a stale one until `stale`.  When memory is short
 * nothing is kept. */
void frond__cache_store(frond__cache *c, const frond__key *key, int64_t until,
                        int64_t stale, frond__answer *a);

/* A stale answer serves as a fresh one until `until`, if it serves so long at all. */
void frond__cache_prolong(frond__cache *c, const frond__key *key, int64_t until);

size_t frond__cache_count(const frond__cache *c);
uint64_t frond__cache_evicted(const frond__cache *c);

int frond__cache_flush_name(frond__cache *c, const char *name); /* how many went */
void frond__cache_flush(frond__cache *c);
void frond__cache_free(frond__cache *c);

#endif
