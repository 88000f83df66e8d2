/* SPDX-License-Identifier: MIT */
/* Barriers.  One that leaves is off the list at once, but runs only later, so it cannot be left to it
 * to say so: `waiting` only tells when it is worth to count the list. */
#include <frond/sync.h>

#include <frond/error.h>
#include <frond/impl/fail.h>
#include <frond/impl/waiter.h>

static const frond_wait_kind kind = {"barrier", NULL, NULL};

static uint32_t count(const frond_waitlist *list) {
    uint32_t n = 0;
    for (const frond_waiter *w = list->head; w; w = w->next)
        n++;
    return n;
}

int frond_barrier_wait(frond_barrier *b, frond_deadline d) {
    int rc = frond_wait_enter(d);
    if (rc < 0)
        return rc;
    if (!b || !b->parties)
        return frond_fail_set(FROND_EINVAL, "barrier wait");
    if ((rc = frond_waitlist_own(&b->waiters)) < 0)
        return rc;
    if (b->waiting + 1 >= b->parties)
        b->waiting = count(&b->waiters);
    if (b->waiting + 1 >= b->parties) {
        b->waiting = 0;
        frond_wake_all(&b->waiters, 0);
        return 1;
    }
    if (d.ns <= 0)
        return frond_fail_set(FROND_ETIMEDOUT, "barrier wait");
    b->waiting++;
    frond_waiter w = {0};
    rc = frond_wait(&w, &b->waiters, &kind, b, d);
    return rc < 0 ? frond_fail_set(rc, "barrier wait") : rc;
}
