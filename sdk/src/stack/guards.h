/* SPDX-License-Identifier: MIT */
/* Which stacks get a guard, where the system has only so many. */
#ifndef FROND_GUARDS_H
#define FROND_GUARDS_H

#include "compat.h"
#include <stddef.h>

/* To be called before a slab of stacks is made. */
FROND_INTERNAL void frond__guards_plan(void);

/* Makes a stack of reserved space.  1: it has a guard; 0: it has none, and may; FROND_ENOMEM with the error
 * set. */
FROND_INTERNAL int frond__guards_stack(char *bottom, size_t guard, size_t size);

/* So many guards went with their stacks. */
FROND_INTERNAL void frond__guards_gone(size_t n);

#endif
