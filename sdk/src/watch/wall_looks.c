/* SPDX-License-Identifier: MIT */
/* Where nothing tells of a clock that was set: every second, while somebody waits for the wall clock, timers are armed
 * for what is left by now. */
#include "watch/watch.h"

#include <frond/impl/memory.h>

#define LOOK_NS ((int64_t)1000000000)

struct frond__wall_guard {
    frond__timer timer; /* keeps nobody waiting: those that wait have timers */
    frond_hub *hub;
};

static void look(frond__timer *t) {
    struct frond__wall_guard *guard =
        FROND_CONTAINER_OF(t, struct frond__wall_guard, timer);
    frond__timer_arm(guard->hub, t, frond_now() + LOOK_NS, look);
    frond__wall_jumped(guard->hub);
}

frond__wall_guard *frond__wall_guard_begin(frond_hub *h) {
    struct frond__wall_guard *guard = frond_calloc(1, sizeof *guard);
    if (!guard)
        return NULL;
    guard->hub = h;
    h->unref_armed++;
    frond__timer_arm(h, &guard->timer, frond_now() + LOOK_NS, look);
    return guard;
}

void frond__wall_guard_end(frond__wall_guard *guard) {
    if (!guard)
        return;
    frond__timer_disarm(guard->hub, &guard->timer);
    guard->hub->unref_armed--;
    frond_free(guard);
}
