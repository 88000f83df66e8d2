/* SPDX-License-Identifier: MIT */
/* A thread's clock: the system's monotonic one with something added, or one that stands still and is moved. */
#ifndef FROND_SRC_CLOCK_H
#define FROND_SRC_CLOCK_H

#include "compat.h"
#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

typedef struct {
    int64_t ns;     /* virtual: the time; else what is added to the system's */
    int64_t wall;   /* virtual: what is added to that for the wall clock */
    int64_t jumped; /* by frond_wall_jump: what is added to the wall clock besides */
    bool is_virtual;
} frond__clock;

/* Of the running thread.  It outlives hubs, so that time does not go back when one is closed. */
FROND_INTERNAL extern FROND_THREAD_LOCAL frond__clock frond__clock_here;

/* The system's, for what must be bounded whatever the thread's clock says. */
static inline int64_t frond__real_now(void) {
    return (int64_t)uv_hrtime();
}

/* What the thread's clock says when the system's says `real`.  A virtual clock may have come to the end of time,
 * which is not gone beyond. */
static inline int64_t frond__clock_at(int64_t real) {
    const frond__clock *c = &frond__clock_here;
    if (FROND_UNLIKELY(c->is_virtual))
        return c->ns;
    return c->ns > INT64_MAX - real ? INT64_MAX : real + c->ns;
}

/* The system's wall clock. */
FROND_INTERNAL int64_t frond__wall_real(void);

/* Moves a virtual clock on to ns, if that is later. */
FROND_INTERNAL void frond__clock_move(int64_t ns);

#endif
