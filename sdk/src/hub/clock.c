/* SPDX-License-Identifier: MIT */
/* The clock, and deadlines on it.  A virtual one stands still; the hub moves it, when nothing else is left to
 * happen (loop.c).  Switching between the two changes what the time is counted from, never the time. */
#include "hub/clock.h"

#include "ensure.h"
#include "hub/loop.h"
#include "pool/threadpool.h"
#include <frond/deadline.h>
#include <frond/impl/fail.h>

FROND_THREAD_LOCAL frond__clock frond__clock_here;

void frond__clock_move(int64_t ns) {
    FROND_ASSERT(frond__clock_here.is_virtual);
    if (ns > frond__clock_here.ns)
        frond__clock_here.ns = ns;
}

int frond_clock_virtual(int on) {
    frond__clock *c = &frond__clock_here;
    if (frond__in_job)
        return FROND_ETHREAD;
    bool was = c->is_virtual;
    if (was == (on != 0))
        return was;
    int64_t real = frond__real_now(), now = frond__clock_at(real);
    c->is_virtual = !was;
    c->ns = was ? now - real : now;
    c->wall = frond__wall_real() - real;
    if (frond__self)
        frond__loop_unset_alarm(frond__self);
    return was;
}

int64_t frond_now(void) {
    return frond__clock_at(frond__real_now());
}

frond_deadline frond_in(uint64_t ms) {
    int64_t now = frond_now();
    if (ms > (uint64_t)(INT64_MAX - now) / 1000000)
        return FROND_NEVER;
    return (frond_deadline){now + (int64_t)ms * 1000000};
}

int64_t frond_remaining(frond_deadline d) {
    if (d.ns == INT64_MAX)
        return INT64_MAX;
    int64_t now = frond_now();
    return d.ns > now ? d.ns - now : 0;
}

frond_deadline frond_earlier(frond_deadline a, frond_deadline b) {
    return a.ns < b.ns ? a : b;
}
