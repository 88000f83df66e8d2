/* SPDX-License-Identifier: MIT */
/* Which stacks get a guard, where the system has only so many. */
#ifndef FROND_GUARDS_H
#define FROND_GUARDS_H

#include "compat.h"
#include <stdatomic.h>
#include <stddef.h>

FROND_INTERNAL extern atomic_int frond__guards_chosen; /* frond_guards; -1: not known */

/* Asks the environment.  0, or FROND_EINVAL with the error set: it says something else than there is. */
FROND_INTERNAL int frond__guards_choose(void);

/* To be called by every spawn; answers as the above. */
static inline int frond__guards_check(void) {
    int chosen = atomic_load_explicit(&frond__guards_chosen, memory_order_relaxed);
    return FROND_LIKELY(chosen >= 0) ? 0 : frond__guards_choose();
}

/* To be called before a slab of stacks is made. */
FROND_INTERNAL void frond__guards_plan(void);

/* Makes a stack of reserved space.  1: it has a guard; 0: it has none, and may; FROND_ENOMEM with the error
 * set. */
FROND_INTERNAL int frond__guards_stack(char *bottom, size_t guard, size_t size);

/* So many guards went with their stacks. */
FROND_INTERNAL void frond__guards_gone(size_t n);

#endif
