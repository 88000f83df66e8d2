/* SPDX-License-Identifier: MIT */
/* Probes for bpftrace, SystemTap, perf and gdb (USDT).  Who looks at one counts itself in there; the hub sees at its
 * turns whether anybody does, so that while nobody does nothing is any slower.  Greenlets are told by their numbers. */
#ifndef FROND_PROBES_H
#define FROND_PROBES_H

#include "compat.h"
#include <frond/greenlet.h>
#include <stdbool.h>

#if defined(FROND_PROBES)
FROND_INTERNAL extern unsigned short frond_spawn_semaphore, frond_switch_semaphore,
    frond_wait_semaphore, frond_wake_semaphore, frond_exit_semaphore;
static inline bool frond__probes_wanted(void) {
    return (frond_spawn_semaphore | frond_switch_semaphore | frond_wait_semaphore |
            frond_wake_semaphore | frond_exit_semaphore) != 0;
}
#else
static inline bool frond__probes_wanted(void) {
    return false;
}
#endif

/* event: a frond_trace_event, or FROND__TRACE_WAKE, of `to`. */
FROND_INTERNAL void frond__probes_event(int event, const frond_greenlet *from,
                                        const frond_greenlet *to);

#endif
