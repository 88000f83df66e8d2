/* SPDX-License-Identifier: MIT */
/* The hubs of this process, by number.  A number is never used twice, not even by a forked child, so
 * a list that carries the number of no live hub is nobody's. */
#ifndef FROND_REGISTRY_H
#define FROND_REGISTRY_H

#include "compat.h"
#include <stdbool.h>
#include <stdint.h>

FROND_INTERNAL uint64_t frond__registry_add(void); /* 0: out of memory */
FROND_INTERNAL void frond__registry_remove(uint64_t id);
FROND_INTERNAL bool frond__registry_lives(uint64_t id);
FROND_INTERNAL uint64_t
frond__registry_thread(uint64_t id); /* the system's number of its thread */

/* In a forked child: no hub of the parent lives here, and the lock is free again. */
FROND_INTERNAL void frond__registry_forget(void);

#endif
