/* SPDX-License-Identifier: MIT */
/* What a pool needs of a group. */
#ifndef FROND_GROUP_H
#define FROND_GROUP_H

#include "compat.h"
#include <frond/impl/home.h>
#include <frond/pool.h>
#include <stdbool.h>

/* What bounds a group. */
typedef struct {
    int (*take)(void *pool, frond_deadline d, const char *doing); /* room for one */
    bool (*try_take)(void *pool);
    void (*give)(void *pool); /* room that was taken, or that a member had */
} frond__gate;

FROND_INTERNAL void frond__group_bound(frond_group *group, const frond__gate *gate,
                                       void *pool);

/* 0, or why it cannot be used here. */
FROND_INTERNAL int frond__group_check(frond_group *group, const char *doing);

/* While it is held the memory of a group stays, though it is freed (its use answers FROND_ECLOSED). */
FROND_INTERNAL void frond__group_hold(frond_group *group);
FROND_INTERNAL void frond__group_leave(frond_group *group);

/* frond_wait_enter and that check for a call on a group, which others may free while it gives way to them. */
FROND_INTERNAL int frond__group_enter(frond_group *group, const char *doing,
                                      frond_deadline d);

/* Borrowed; NULL for NULL. */
FROND_INTERNAL frond_group *frond__pool_group(frond_pool *pool);

FROND_INTERNAL frond_home *frond__group_home(frond_group *group);

/* Calls fn with each of its greenlets, which may leave it meanwhile. */
FROND_INTERNAL void frond__group_each(frond_group *group,
                                      void (*fn)(frond_greenlet *g, void *arg),
                                      void *arg);

/* *g (may be NULL) is borrowed from the group. */
FROND_INTERNAL int frond__group_spawn_at(frond_group *group, const frond_spawn_options *o,
                                         frond_fn run, void *arg, void *site,
                                         frond_greenlet **g);

/* The same, once there is room where the group is a pool's. */
FROND_INTERNAL int frond__group_start(frond_group *group, frond_fn run, void *arg,
                                      void *site, frond_greenlet **g, const char *doing,
                                      frond_deadline d);

/* The same, at once: 1, or 0 when there is no room.  Does not suspend. */
FROND_INTERNAL int frond__group_try_start(frond_group *group, frond_fn run, void *arg,
                                          void *site, frond_greenlet **g,
                                          const char *doing);

/* Whether frond_group_add would add g: 1, 0 when it need not, or why it must not. */
FROND_INTERNAL int frond__group_takes(frond_group *group, frond_greenlet *g);

#endif
