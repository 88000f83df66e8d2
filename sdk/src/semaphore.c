/* SPDX-License-Identifier: MIT */
/* Semaphores.  A release with somebody waiting hands the unit over and leaves the count alone, so a
 * newcomer cannot overtake, and whoever was woken has it, killed meanwhile or not. */
#include <frond/semaphore.h>

#include <frond/error.h>
#include <frond/impl/fail.h>
#include <frond/impl/waiter.h>

static const frond_wait_kind kind = {"semaphore", NULL};

int frond_semaphore_acquire(frond_semaphore *s, frond_deadline d) {
    int rc = frond_wait_enter(d);
    if (rc < 0)
        return rc;
    if (!s)
        return frond_fail_set(FROND_EINVAL, "semaphore acquire");
    if ((rc = frond_waitlist_own(&s->waiters)) < 0)
        return rc;
    if (s->count) { /* then nobody waits */
        s->count--;
        return 0;
    }
    frond_waiter w = {0};
    rc = frond_wait(&w, &s->waiters, &kind, s, d);
    return rc < 0 ? frond_fail_set(rc, "semaphore acquire") : rc;
}

int frond_semaphore_release(frond_semaphore *s) {
    if (!s)
        return frond_fail_set(FROND_EINVAL, "semaphore release");
    int rc = frond_waitlist_own(&s->waiters);
    if (rc < 0)
        return rc;
    if (frond_wake_one(&s->waiters, 0))
        return 0;
    if (s->count == UINT64_MAX || (s->limit && s->count >= s->limit))
        return frond_fail_set(FROND_ELIMIT, "semaphore release");
    s->count++;
    return 0;
}
