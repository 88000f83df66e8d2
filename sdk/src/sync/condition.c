/* SPDX-License-Identifier: MIT */
/* Conditions.  A notify takes its waiter off the list, so one that left earlier cannot have it.  The
 * wait for the lock is behind a shield without a budget, which lies here in the frame: it needs no
 * memory, so there is no reason to come back without the lock but that nobody can give it. */
#include <frond/condition.h>

#include "sync/ownership.h"
#include <frond/impl/fail.h>
#include <limits.h>

static const frond_wait_kind kind = {"condition", NULL, NULL};
static const frond_wait_kind lock_kind = {"lock after condition", frond__own_describe,
                                          frond__own_target};

static const char doing[] = "condition wait";

static int own(frond_condition *c, const char *what) {
    return c ? frond_waitlist_own(&c->waiters) : frond_fail_set(FROND_EINVAL, what);
}

static int may_wait(frond_condition *c, frond_ownership *o, frond_deadline d) {
    int rc = frond_wait_enter(d);
    if (rc < 0 || (rc = own(c, doing)) < 0 || (rc = frond__own_enter(o, doing)) < 0)
        return rc;
    return frond__own_held(o) ? 0 : frond_fail_set(FROND_EPERM, doing);
}

static int take_again(frond_ownership *o, frond_greenlet *self) {
    if (o->abandoned)
        return FROND_EOWNERDEAD;
    if (!o->holder) {
        frond__own_give(o, self);
        return 0;
    }
    frond__shield shield;
    frond__shield_push(self, &shield);
    int rc = frond__own_wait(o, &lock_kind, doing, FROND_NEVER);
    frond_shield_end();
    return rc;
}

static int wait_with(frond_condition *c, frond_ownership *o, frond_deadline d) {
    int rc = may_wait(c, o, d);
    if (rc < 0)
        return rc;
    if (d.ns <= 0)
        return frond_fail_set(FROND_ETIMEDOUT, doing);
    frond_greenlet *self = frond__self->current;
    frond_waiter w = {0};
    uint32_t depth = o->depth;
    frond__own_pass(o, 0);
    rc = frond_wait(&w, &c->waiters, &kind, c, d);
    int again = take_again(o, self);
    if (again == 0)
        o->depth = depth;
    else
        rc = again;
    return rc < 0 ? frond_fail_set(rc, doing) : 0;
}

int frond_condition_wait(frond_condition *c, frond_lock *l, frond_deadline d) {
    return wait_with(c, l ? &l->owned : NULL, d);
}

int frond_condition_wait_rlock(frond_condition *c, frond_rlock *l, frond_deadline d) {
    return wait_with(c, l ? &l->owned : NULL, d);
}

int frond_condition_notify(frond_condition *c, size_t n) {
    int rc = own(c, "condition notify");
    if (rc < 0)
        return rc;
    int woken = 0;
    while ((size_t)woken < n && woken < INT_MAX && frond_wake_one(&c->waiters, 0))
        woken++;
    return woken;
}

int frond_condition_notify_all(frond_condition *c) {
    return frond_condition_notify(c, SIZE_MAX);
}
