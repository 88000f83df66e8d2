/* SPDX-License-Identifier: MIT */
/* What the forms of map and apply share. */
#ifndef FROND_SRC_MAP_H
#define FROND_SRC_MAP_H

#include "pool/group.h"
#include <frond/map.h>

/* How long a caller that gives up waits for what it has killed, which may use its frame. */
enum { FROND__ABANDON_MS = 5000 };

/* frond_pool_map on whatever group. */
FROND_INTERNAL int frond__map(frond_group *group, frond_fn run, void *const *in, size_t n,
                              void **out, int *errors, void *site, frond_deadline d);

/* frond_pool_apply on whatever group. */
FROND_INTERNAL int frond__apply(frond_group *group, frond_fn run, void *arg, void **value,
                                void *site, frond_deadline d);

/* A copy of what g said of its failure, owned by the caller; NULL: nothing. */
FROND_INTERNAL char *frond__failed_text(const frond_greenlet *g);

#endif
