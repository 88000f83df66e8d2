/* SPDX-License-Identifier: MIT */
/* Timers that greenlets wait for.  The ticks are reckoned, not counted: the hub's timer is armed only while somebody
 * waits. */
#include <frond/timer.h>

#include "watch/watch.h"
#include <frond/impl/fail.h>

typedef struct {
    frond_watcher watcher;
    int64_t next;   /* when it ticks, on the monotonic clock; INT64_MAX: not set */
    int64_t repeat; /* ns; 0: once */
} timer;

static bool due(frond_watcher *w) {
    const timer *t = (const timer *)w;
    return t->next != INT64_MAX && frond_now() >= t->next;
}

/* So many more times, which do not go beyond the end of time. */
static int64_t later(int64_t at, int64_t repeat, int64_t times) {
    return times > (INT64_MAX - at) / repeat ? INT64_MAX : at + repeat * times;
}

static int take(frond_watcher *w, const frond__want *want) {
    timer *t = (timer *)w;
    if (!due(w))
        return 0;
    int64_t ticks = t->repeat ? (frond_now() - t->next) / t->repeat + 1 : 1;
    t->next = t->repeat ? later(t->next, t->repeat, ticks) : INT64_MAX;
    frond__watcher_news(want, (uint64_t)ticks, 0);
    return 1;
}

static int arm(frond_watcher *w, const frond__want *more);

static void fire(frond__timer *armed) {
    frond_watcher *w = frond__watcher_fired(armed);
    frond__watcher_tell(w);
    arm(w, NULL);
}

/* Those who were told of a tick that nobody has taken are on no list. */
static int arm(frond_watcher *w, const frond__want *more) {
    const timer *t = (const timer *)w;
    bool needed = more || w->waiters.head || w->watchers.head;
    frond__watcher_arm(w, needed ? t->next : INT64_MAX, fire);
    return 0;
}

static void nothing(frond_watcher *w) {
    (void)w;
}

static const frond__watcher_ops ops = {
    .wait = {"timer", NULL, NULL},
    .doing = "timer wait",
    .take = take,
    .pending = due,
    .wanted = arm,
    .close = nothing,
};

static int64_t to_ns(uint64_t ms) {
    return ms > INT64_MAX / 1000000 ? INT64_MAX : (int64_t)ms * 1000000;
}

static void set(timer *t, uint64_t after_ms, uint64_t repeat_ms) {
    t->next = frond_in(after_ms).ns;
    t->repeat = to_ns(repeat_ms);
    arm(&t->watcher, NULL);
}

int frond_timer_open(uint64_t after_ms, uint64_t repeat_ms, frond_watcher **w) {
    if (!w)
        return frond_fail_set(FROND_EINVAL, "timer open");
    timer *t = (timer *)frond__watcher_new(&ops, sizeof *t);
    if (!t)
        return frond_error_code();
    set(t, after_ms, repeat_ms);
    *w = &t->watcher;
    return 0;
}

int frond_timer_set(frond_watcher *w, uint64_t after_ms, uint64_t repeat_ms) {
    int rc = frond__watcher_check(w, &ops, "timer set");
    if (rc == 0)
        set((timer *)w, after_ms, repeat_ms);
    return rc;
}

int frond_timer_again(frond_watcher *w) {
    int rc = frond__watcher_check(w, &ops, "timer again");
    if (rc < 0)
        return rc;
    timer *t = (timer *)w;
    t->next = t->repeat ? later(frond_now(), t->repeat, 1) : INT64_MAX;
    return arm(w, NULL);
}

int frond_timer_stop(frond_watcher *w) {
    int rc = frond__watcher_check(w, &ops, "timer stop");
    if (rc < 0)
        return rc;
    ((timer *)w)->next = INT64_MAX;
    return arm(w, NULL);
}
