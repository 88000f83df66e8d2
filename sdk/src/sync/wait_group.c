/* SPDX-License-Identifier: MIT */
/* Wait groups.  Whoever waits when the count gets to 0 is woken; the wake carries the news, not the
 * count. */
#include <frond/sync.h>

#include <frond/error.h>
#include <frond/impl/fail.h>
#include <frond/impl/waitable.h>

static const frond_wait_kind kind = {"wait group", NULL, NULL};

static int add(frond_wait_group *g, int64_t delta, const char *doing) {
    if (!g)
        return frond_fail_set(FROND_EINVAL, doing);
    int rc = frond_waitlist_own(&g->waiters);
    if (rc < 0)
        return rc;
    uint64_t less = delta < 0 ? (uint64_t)0 - (uint64_t)delta : 0;
    if (less > g->count)
        return frond_fail_set(FROND_EINVAL, doing);
    if (delta > 0 && (uint64_t)delta > (uint64_t)INT64_MAX - g->count)
        return frond_fail_set(FROND_ELIMIT, doing);
    g->count += (uint64_t)delta;
    if (!g->count)
        frond_wake_all(&g->waiters, 0);
    return 0;
}

int frond_wait_group_add(frond_wait_group *g, int64_t delta) {
    return add(g, delta, "wait group add");
}

int frond_wait_group_done(frond_wait_group *g) {
    return add(g, -1, "wait group done");
}

int frond_wait_group_wait(frond_wait_group *g, frond_deadline d) {
    int rc = frond_wait_enter(d);
    if (rc < 0)
        return rc;
    if (!g)
        return frond_fail_set(FROND_EINVAL, "wait group wait");
    if ((rc = frond_waitlist_own(&g->waiters)) < 0 || !g->count)
        return rc;
    frond_waiter w = {0};
    rc = frond_wait(&w, &g->waiters, &kind, g, d);
    return rc < 0 ? frond_fail_set(rc, "wait group wait") : rc;
}

static int done_ready(void *g) {
    int rc = frond_waitlist_own(&((frond_wait_group *)g)->waiters);
    return rc < 0 ? rc : ((frond_wait_group *)g)->count == 0;
}

static void done_watch(void *g, frond_watch *w) {
    frond_watch_begin(&w->waiter, &((frond_wait_group *)g)->waiters, &kind, g);
}

static const frond_waitable_ops done_ops = {done_ready, done_watch, NULL};

frond_waitable frond_wait_group_waitable(frond_wait_group *g) {
    return (frond_waitable){&done_ops, g, {0}};
}
