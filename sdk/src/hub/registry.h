/* SPDX-License-Identifier: MIT */
/* The hubs of this process, by number.  A number is never used twice, not even by a forked child, so
 * a list that carries the number of no live hub is nobody's. */
#ifndef FROND_REGISTRY_H
#define FROND_REGISTRY_H

#include "compat.h"
#include <stdbool.h>
#include <stdint.h>

typedef struct frond_hub frond_hub;

FROND_INTERNAL uint64_t frond__registry_add(frond_hub *h); /* 0: out of memory */
FROND_INTERNAL void frond__registry_remove(uint64_t id);
FROND_INTERNAL bool frond__registry_lives(uint64_t id);
/* Whether it was a hub of the process that this one was forked from. */
FROND_INTERNAL bool frond__registry_inherited(uint64_t id);
FROND_INTERNAL uint64_t
frond__registry_thread(uint64_t id); /* the system's number of its thread */

/* The hub with the lowest number above after, that number and its thread, or NULL; with the lock, as long as which
 * is held it is there. */
FROND_INTERNAL frond_hub *frond__registry_next(uint64_t after, uint64_t *id,
                                               uint64_t *thread);

/* Around a fork, so that the child finds the table whole. */
FROND_INTERNAL void frond__registry_lock(void);
FROND_INTERNAL void frond__registry_unlock(void);
/* In the child: calls each for the hubs there were; none lives here, the lock is free. */
FROND_INTERNAL void frond__registry_forget(void (*each)(frond_hub *h));

#endif
