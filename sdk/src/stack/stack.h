/* SPDX-License-Identifier: MIT */
/* The stacks of a hub's greenlets, each with its greenlet's block at the top. */
#ifndef FROND_SRC_STACK_H
#define FROND_SRC_STACK_H

#include "core.h"

FROND_INTERNAL frond__stacks *frond__stacks_new(void);
/* The same with the stack in memory of the caller's. */
FROND_INTERNAL frond_greenlet *frond__stack_given(frond__stacks *s,
                                                  const frond_spawn_options *o,
                                                  char **low);
/* Lets go of such memory whose greenlets have ended since. */
FROND_INTERNAL bool frond__stacks_ended(const frond__stacks *s);
FROND_INTERNAL void frond__stacks_settle(frond__stacks *s);
/* A cleared block; its stack is from *low to the block.  NULL with FROND_ENOMEM. */
FROND_INTERNAL frond_greenlet *frond__stack_take(frond__stacks *s, size_t size,
                                                 char **low);
FROND_INTERNAL void frond__stack_give(frond_greenlet *g);
/* The same for one that has not come to be: memory of a caller's stays that. */
FROND_INTERNAL void frond__stack_untake(frond_greenlet *g);
FROND_INTERNAL void frond__stack_bounds(const frond_greenlet *g, char **low, char **high);
/* From now on stacks have no memory but what their greenlet has touched. */
FROND_INTERNAL void frond__stacks_exact(frond__stacks *s);
/* Whether memory of stacks that nobody uses may have to be given back. */
FROND_INTERNAL bool frond__stacks_left(const frond__stacks *s);
/* Gives some of it back, in a fraction of a millisecond; the milliseconds until it wants to be called
 * again, 0: not any more. */
FROND_INTERNAL uint32_t frond__stacks_trim(frond__stacks *s);
FROND_INTERNAL void frond__stacks_free(frond__stacks *s);
/* How many are in use, and how much address space they have. */
FROND_INTERNAL void frond__stacks_sum(const frond__stacks *s, uint64_t *n,
                                      uint64_t *bytes);
/* Calls fn for every block in use, in no particular order. */
FROND_INTERNAL void frond__stacks_each(frond__stacks *s,
                                       void (*fn)(frond_greenlet *g, void *arg),
                                       void *arg);
/* The greenlet whose guard holds the address; signal safe. */
FROND_INTERNAL frond_greenlet *frond__stack_guard_hit(frond__stacks *s,
                                                      const void *address);

/* Stacks of others than g: not to be copied by a fork, or to be copied again. */
FROND_INTERNAL void frond__stacks_copied(frond__stacks *s, const frond_greenlet *g,
                                         bool copied);

#endif
