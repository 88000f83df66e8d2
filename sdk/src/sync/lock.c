/* SPDX-License-Identifier: MIT */
/* Locks of one holder.  A release with somebody waiting hands the lock over, so it is never seen free
 * by a newcomer, and whoever was woken has it, killed meanwhile or not. */
#include <frond/lock.h>

#include "sync/ownership.h"
#include <frond/impl/fail.h>

static const frond_wait_kind lock_kind = {"lock", frond__own_describe, frond__own_target};
static const frond_wait_kind rlock_kind = {"rlock", frond__own_describe,
                                           frond__own_target};

/* 1: it is the caller's already. */
static int acquire(frond_ownership *o, const frond_wait_kind *kind, const char *doing,
                   frond_deadline d) {
    int rc = frond__wait_enter(d);
    if (rc < 0 || (rc = frond__own_enter(o, doing)) < 0)
        return rc;
    if (FROND_UNLIKELY(o->abandoned))
        return frond_fail_set(FROND_EOWNERDEAD, doing);
    frond_greenlet *self = frond__self->current;
    if (!o->holder) {
        frond__own_give(o, self);
        return 0;
    }
    return o->holder == self ? 1 : frond__own_wait(o, kind, doing, d);
}

static int release(frond_ownership *o, const char *doing) {
    int rc = frond__own_enter(o, doing);
    if (rc < 0)
        return rc;
    if (o->holder != frond__self->current)
        return frond_fail_set(FROND_EPERM, doing);
    if (o->depth > 1)
        o->depth--;
    else
        frond__own_pass(o, 0);
    return 0;
}

int frond_lock_acquire(frond_lock *l, frond_deadline d) {
    int rc = acquire(l ? &l->owned : NULL, &lock_kind, "lock acquire", d);
    return rc > 0 ? frond_fail_set(FROND_EDEADLK, "lock acquire: held already") : rc;
}

int frond_lock_release(frond_lock *l) {
    return release(l ? &l->owned : NULL, "lock release");
}

int frond_lock_held(const frond_lock *l) {
    return l && frond__own_held(&l->owned);
}

int frond_lock_recover(frond_lock *l) {
    return frond__own_recover(l ? &l->owned : NULL, "lock recover");
}

int frond_rlock_acquire(frond_rlock *l, frond_deadline d) {
    int rc = acquire(l ? &l->owned : NULL, &rlock_kind, "rlock acquire", d);
    if (rc <= 0)
        return rc;
    if (l->owned.depth == UINT32_MAX)
        return frond_fail_set(FROND_ELIMIT, "rlock acquire");
    l->owned.depth++;
    return 0;
}

int frond_rlock_release(frond_rlock *l) {
    return release(l ? &l->owned : NULL, "rlock release");
}

uint32_t frond_rlock_held(const frond_rlock *l) {
    return l && frond__own_held(&l->owned) ? l->owned.depth : 0;
}

int frond_rlock_recover(frond_rlock *l) {
    return frond__own_recover(l ? &l->owned : NULL, "rlock recover");
}
