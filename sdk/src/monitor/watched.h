/* SPDX-License-Identifier: MIT */
/* What a hub has for those who look at it, or look after it, from outside. */
#ifndef FROND_SRC_WATCHED_H
#define FROND_SRC_WATCHED_H

#include "compat.h"
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct {            /* by the monitor (monitor.h) */
    bool on;                /* else only `reachable` and `asked` are used */
    _Atomic uint64_t pulse; /* odd: greenlets run; even: the loop polls */
    _Atomic bool reachable; /* there is a loop */
    _Atomic bool asked;     /* to dump itself */
    uintptr_t thread;       /* what the system finds it by */
    struct {
        uint64_t pulse, since; /* milliseconds of the system's clock */
        bool told;
    } seen;
} frond__watched;

typedef struct
{ /* frond_no_yield_begin; of the greenlet with that number, while depth is not 0 */
    uint64_t greenlet;
    const char *place;
    uint32_t depth;
    bool outermost;
} frond__region;

/* Greenlets run, or the loop polls. */
static inline void frond__pulse_run(frond__watched *w) {
    if (FROND_UNLIKELY(w->on))
        atomic_store(&w->pulse, (atomic_load(&w->pulse) + 1) | 1);
}
static inline void frond__pulse_poll(frond__watched *w) {
    if (FROND_UNLIKELY(w->on))
        atomic_store(&w->pulse, (atomic_load(&w->pulse) | 1) + 1);
}

#endif
