/* SPDX-License-Identifier: MIT */
/* Scopes in which greenlets must give way, and regions in which they must not. */
#ifndef FROND_SRC_ASSERT_H
#define FROND_SRC_ASSERT_H

#include "core.h"

typedef struct frond__assertion
    frond__assertion; /* a scope: of a greenlet, in a list of its hub */

/* The hub's list, kept by its tracing: NULL when out of memory.  To be settled when it has changed. */
FROND_INTERNAL frond__assertion **frond__trace_assertions(frond_hub *h);

/* At a switch from one greenlet to another, in `from`. */
FROND_INTERNAL void frond__assertions_switch(frond__assertion *all,
                                             const frond_greenlet *from,
                                             const frond_greenlet *to);
/* g has ended (NULL: all have): its scopes end. */
FROND_INTERNAL void frond__assertions_drop(frond__assertion **all,
                                           const frond_greenlet *g);

/* Gives way where nobody else is ready. */
FROND_INTERNAL void frond__assertions_yield(frond_hub *h);

/* g may not suspend.  FROND_ENOSUSPEND, recorded, and reported if a region of its own says so. */
FROND_INTERNAL int frond__suspend_refused(frond_greenlet *g, const char *doing);

#endif
