/* SPDX-License-Identifier: MIT */
/* Semaphores.  A release with somebody waiting hands the unit over and leaves the count alone, so a
 * newcomer cannot overtake, and whoever was woken has it, killed meanwhile or not. */
#include <frond/semaphore.h>

#include "core.h"
#include <frond/error.h>
#include <frond/impl/fail.h>
#include <frond/impl/waitable.h>

static const frond_wait_kind kind = {"semaphore", NULL, NULL};
static const frond_wait_kind watch_kind = {"semaphore's unit to be free", NULL, NULL};

int frond_semaphore_acquire(frond_semaphore *s, frond_deadline d) {
    int rc = frond__wait_enter(d);
    if (rc < 0)
        return rc;
    if (!s)
        return frond_fail_set(FROND_EINVAL, "semaphore acquire");
    if ((rc = frond__waitlist_own(&s->waiters)) < 0)
        return rc;
    if (s->count) { /* then nobody waits */
        s->count--;
        return 0;
    }
    frond_waiter w = {0};
    rc = frond_wait(&w, &s->waiters, &kind, s, d);
    return rc < 0 ? frond_fail_set(rc, "semaphore acquire") : rc;
}

static frond_waiter *first_taker(const frond_semaphore *s) {
    frond_waiter *w = s->waiters.head;
    while (w && w->kind != &kind)
        w = w->next;
    return w;
}

int frond_semaphore_release(frond_semaphore *s) {
    if (!s)
        return frond_fail_set(FROND_EINVAL, "semaphore release");
    int rc = frond__waitlist_own(&s->waiters);
    if (rc < 0)
        return rc;
    frond_waiter *first = first_taker(s);
    if (first) {
        frond_wake(first, 0);
        return 0;
    }
    if (s->count == UINT64_MAX || (s->limit && s->count >= s->limit))
        return frond_fail_set(FROND_ELIMIT, "semaphore release");
    s->count++;
    frond_wake_all(&s->waiters, 0); /* who only watch */
    return 0;
}

static int ready(void *s) {
    int rc = frond__waitlist_own(&((frond_semaphore *)s)->waiters);
    return rc < 0 ? rc : ((frond_semaphore *)s)->count > 0;
}

static void watch(void *s, frond_watch *w) {
    frond_watch_begin(&w->waiter, &((frond_semaphore *)s)->waiters, &watch_kind, s);
}

static const frond_waitable_ops ops = {ready, watch, NULL};

frond_waitable frond_semaphore_waitable(frond_semaphore *s) {
    return (frond_waitable){&ops, s, {0}};
}
