/* SPDX-License-Identifier: MIT */
/* What a pool needs of a group. */
#ifndef FROND_GROUP_H
#define FROND_GROUP_H

#include "compat.h"
#include <frond/impl/home.h>
#include <frond/pool.h>

/* Has left(arg) called whenever a greenlet has left the group. */
FROND_INTERNAL void frond__group_on_leave(frond_group *group, void (*left)(void *),
                                          void *arg);

FROND_INTERNAL frond_home *frond__group_home(frond_group *group);

/* Calls fn with each of its greenlets, which may leave it meanwhile. */
FROND_INTERNAL void frond__group_each(frond_group *group,
                                      void (*fn)(frond_greenlet *g, void *arg),
                                      void *arg);

/* *g (may be NULL) is borrowed from the group. */
FROND_INTERNAL int frond__group_spawn_at(frond_group *group, const frond_spawn_options *o,
                                         frond_fn run, void *arg, void *site,
                                         frond_greenlet **g);

#endif
