/* SPDX-License-Identifier: MIT */
/* The wall clock, and watchers of it.  A watcher that is waited for has a timer armed for when its
 * time comes if nobody does; a guard tells when somebody has, and all timers are armed anew.  A timer that fires early
 * is armed for the rest. */
#include <frond/timer.h>

#include "hub/clock.h"
#include "hub/loop.h"
#include "watch/watch.h"
#include <frond/impl/fail.h>

#define MOST_INTERVAL_MS                                                                 \
    ((uint64_t)250 * 366 * 86400 * 1000) /* 250 years: in nanoseconds 63 bits */

typedef struct wall_watcher {
    frond_watcher watcher;
    int64_t next;                        /* on the wall clock; INT64_MAX: not any more */
    int64_t interval, offset;            /* ns; interval 0: once */
    struct wall_watcher *before, *after; /* of the hub's, while it is armed */
    bool listed;
} wall;

/* There is no time before the first and after the last that 63 bits can tell. */
static int64_t sum(int64_t a, int64_t b) {
    if (b > 0)
        return a > INT64_MAX - b ? INT64_MAX : a + b;
    return a < INT64_MIN - b ? INT64_MIN : a + b;
}

static int64_t difference(int64_t a, int64_t b) {
    if (b < 0)
        return a > INT64_MAX + b ? INT64_MAX : a - b;
    return a < INT64_MIN + b ? INT64_MIN : a - b;
}

int64_t frond__wall_real(void) {
    uv_timeval64_t tv;
    if (uv_gettimeofday(&tv) < 0)
        return 0;
    return tv.tv_sec * 1000000000 + (int64_t)tv.tv_usec * 1000;
}

/* A virtual one goes on from what the system's said when it became virtual. */
int64_t frond_wall_now(void) {
    const frond__clock *c = &frond__clock_here;
    int64_t base = c->is_virtual ? c->wall : frond__wall_real();
    return sum(sum(base, c->ns), c->jumped);
}

/* ---- which times there are ---- */

/* The first after now. */
static int64_t first_after(const wall *c, int64_t now) {
    int64_t past = now % c->interval;
    past += past < 0 ? c->interval : 0;
    past -= c->offset;
    past += past < 0 ? c->interval : 0;
    return sum(now, c->interval - past);
}

/* Times that the clock has jumped back behind come again. */
static void look_back(wall *c, int64_t now) {
    if (c->interval && difference(c->next, now) > c->interval)
        c->next = first_after(c, now);
}

static bool due(frond_watcher *w) {
    wall *c = (wall *)w;
    int64_t now = frond_wall_now();
    look_back(c, now);
    return c->next != INT64_MAX && now >= c->next;
}

static int take(frond_watcher *w, const frond__want *want) {
    wall *c = (wall *)w;
    if (!due(w))
        return 0;
    int64_t now = frond_wall_now();
    uint64_t ticks = 1;
    if (c->interval && now > c->next)
        ticks += (uint64_t)(difference(now, c->next) / c->interval);
    c->next = c->interval ? first_after(c, now) : INT64_MAX;
    frond__watcher_news(want, ticks, 0);
    return 1;
}

/* ---- waiting for them ---- */

static void enlist(wall *c) {
    frond__loop *l = c->watcher.home.hub->loop;
    c->before = NULL;
    c->after = l->walls;
    if (c->after)
        c->after->before = c;
    else
        l->wall_guard = frond__wall_guard_begin(c->watcher.home.hub);
    l->walls = c;
    c->listed = true;
}

static void delist(wall *c) {
    frond__loop *l = c->watcher.home.hub->loop;
    *(c->before ? &c->before->after : &l->walls) = c->after;
    if (c->after)
        c->after->before = c->before;
    c->listed = false;
    if (!l->walls) {
        frond__wall_guard_end(l->wall_guard);
        l->wall_guard = NULL;
    }
}

static int arm(frond_watcher *w, const frond__want *more);

static void fire(frond__timer *t) {
    frond_watcher *w = frond__watcher_fired(t);
    frond__watcher_tell(w);
    arm(w, NULL);
}

/* Those who were told of a tick that nobody has taken are on no list. */
static int arm(frond_watcher *w, const frond__want *more) {
    wall *c = (wall *)w;
    bool is_due = due(w);
    bool needed = (more || w->waiters.head || w->watchers.head) && c->next != INT64_MAX;
    int64_t left = needed && !is_due ? difference(c->next, frond_wall_now()) : 0,
            now = frond_now();
    if (needed && !c->listed)
        enlist(c);
    if (!needed && c->listed)
        delist(c);
    if (left < 0)
        left = 0;
    if (left > INT64_MAX - 1 - now)
        left = INT64_MAX - 1 - now;
    frond__watcher_arm(w, needed ? now + left : INT64_MAX, fire);
    return 0;
}

void frond__wall_jumped(frond_hub *h) {
    for (wall *c = h->loop->walls, *next; c; c = next) {
        next = c->after;
        arm(&c->watcher, NULL);
    }
}

int frond_wall_jump(int64_t ns) {
    frond_hub *h = frond_hub_current();
    if (!h)
        return frond__no_hub();
    int64_t *jumped = &frond__clock_here.jumped;
    if (ns > 0 ? *jumped > INT64_MAX - ns : *jumped < INT64_MIN - ns)
        return frond_fail_set(FROND_EINVAL, "wall jump");
    *jumped += ns;
    frond__wall_jumped(h);
    return 0;
}

static void close_wall(frond_watcher *w) {
    if (((wall *)w)->listed)
        delist((wall *)w);
}

static const frond__watcher_ops ops = {
    .wait = {"wall clock", NULL, NULL},
    .doing = "wall clock wait",
    .take = take,
    .pending = due,
    .wanted = arm,
    .close = close_wall,
};

/* ---- watchers ---- */

static wall *wall_new(void) {
    return frond_hub_current() ? (wall *)frond__watcher_new(&ops, sizeof(wall)) : NULL;
}

static wall *at_new(int64_t at) {
    wall *c = wall_new();
    if (c)
        c->next = at;
    return c;
}

int frond_at_open(int64_t at, frond_watcher **w) {
    if (!w)
        return frond_fail_set(FROND_EINVAL, "at open");
    wall *c = at_new(at);
    if (!c)
        return frond_error_code();
    *w = &c->watcher;
    return 0;
}

int frond_cron_open(uint64_t interval_ms, uint64_t offset_ms, frond_watcher **w) {
    if (!w || !interval_ms || interval_ms > MOST_INTERVAL_MS || offset_ms >= interval_ms)
        return frond_fail_set(FROND_EINVAL, "cron open");
    wall *c = wall_new();
    if (!c)
        return frond_error_code();
    c->interval = (int64_t)interval_ms * 1000000;
    c->offset = (int64_t)offset_ms * 1000000;
    c->next = first_after(c, frond_wall_now());
    *w = &c->watcher;
    return 0;
}

int frond_at(int64_t at, frond_deadline d) {
    wall *c = at_new(at);
    if (!c)
        return frond_error_code();
    int rc = frond__watcher_wait(&c->watcher, &ops, &(frond__want){0}, d);
    frond_watcher_free(&c->watcher);
    return rc;
}
