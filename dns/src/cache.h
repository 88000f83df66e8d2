/* SPDX-License-Identifier: MIT */
/* Answers kept until they are out of date, the least recently stored ones dropped when full. */
#ifndef FROND_DNS_CACHE_H
#define FROND_DNS_CACHE_H

#include <frond/addr.h>
#include <stdbool.h>

typedef struct frond__cache frond__cache;

frond__cache *frond__cache_new(size_t entries);

/* True when there is an answer: *code is 0 with *addrs borrowed, or the error that was kept. */
bool frond__cache_find(frond__cache *c, const char *key, int64_t now, int *code,
                       const frond_addrs **addrs);

/* Keeps an answer until `until`; addrs (NULL for an error) is the cache's from now on.  When memory is
 * short nothing is kept. */
void frond__cache_store(frond__cache *c, const char *key, int64_t until, int code,
                        frond_addrs *addrs);

void frond__cache_flush(frond__cache *c);
void frond__cache_free(frond__cache *c);

#endif
