/* SPDX-License-Identifier: MIT */
/* How long what has happened waits until a hub looks for it: the time from one look at the loop to the next, of which
 * the hub's greenlets had all.  Measured from the first time that somebody asks. */
#ifndef FROND_SRC_LAG_H
#define FROND_SRC_LAG_H

#include "core.h"

enum { FROND__LAGS = 10 };

struct frond__lag {
    uint64_t within
        [FROND__LAGS]; /* how many were not longer than frond__lag_bounds, and than those before */
    uint64_t sum_ns, count;
};

FROND_INTERNAL extern const int64_t
    frond__lag_bounds[FROND__LAGS]; /* in nanoseconds; the last has none */

/* Before the loop is looked at. */
FROND_INTERNAL void frond__lag_note(frond_hub *h);
static inline void frond__lag(frond_hub *h) {
    if (FROND_UNLIKELY(h->lag != NULL))
        frond__lag_note(h);
}

#endif
