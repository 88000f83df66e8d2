/* SPDX-License-Identifier: MIT */
/* What the ends and the spawns of greenlets have to do with their values. */
#ifndef FROND_SRC_LOCAL_H
#define FROND_SRC_LOCAL_H

#include "core.h"

/* Gives g the inherited values of the one that spawns it, or takes away those it has. */
FROND_INTERNAL void frond__inherit(frond_greenlet *g, frond_greenlet *spawner);
FROND_INTERNAL void frond__disinherit(frond_greenlet *g);

/* Drops all of g's values, local ones first, which may set values again. */
FROND_INTERNAL void frond__values_drop(frond_greenlet *g);

#endif
