/* SPDX-License-Identifier: MIT */
/* How much stack greenlets have used, by the function that they began with; while FROND_STACK_REPORT is set. */
#ifndef FROND_SRC_STACK_USE_H
#define FROND_SRC_STACK_USE_H

#include "core.h"

/* Of a hub that is made: whether it is noted.  0 or FROND_ENOMEM. */
FROND_INTERNAL int frond__stack_use_begin(frond_hub *h);

/* g has ended, and has run. */
FROND_INTERNAL void frond__stack_use_note(const frond_greenlet *g);

#endif
