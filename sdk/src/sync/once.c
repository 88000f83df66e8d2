/* SPDX-License-Identifier: MIT */
/* Once.  Whoever does it owns it, so its end in the middle is noticed as that of a lock's holder is.
 * Outcomes are handed to those who wait; a turn is handed to the first of them. */
#include <frond/sync.h>

#include "sync/ownership.h"
#include <frond/impl/fail.h>

enum { YOUR_TURN = 1 };

static const frond_wait_kind kind = {"once", frond__own_describe, frond__own_target};

/* Whether what fn's caller failed with is its own affair. */
static bool is_interrupted(frond_greenlet *self) {
    int64_t ns;
    frond__scope_nearest(self, &ns);
    return ns <= frond_now() || ((self->attention & FROND__KILLED) && !self->shields);
}

/* The slot tells an outcome from what else a wait may answer. */
static void tell(frond_once *o, int rc) {
    frond__own_drop(&o->owned);
    for (frond_waiter *w; (w = o->owned.waiters.head) != NULL;) {
        w->slot = o;
        frond_wake(w, rc);
    }
}

static int run(frond_once *o, int (*fn)(void *), void *arg, frond_deadline d) {
    frond_timeout t;
    frond_timeout_start_at(&t, d);
    int rc = fn(arg);
    frond_greenlet *self = frond_current(); /* another in the child of a fork */
    bool interrupted = rc == FROND_ECANCELED || (rc < 0 && self && is_interrupted(self));
    frond_timeout_stop(&t);
    if (interrupted) {
        frond__own_pass(&o->owned, YOUR_TURN);
    } else {
        o->done = rc >= 0;
        tell(o, rc < 0 ? rc : 0);
    }
    if (rc < 0 && frond_error_code() != rc)
        frond_fail_set(rc, "once");
    return rc < 0 ? rc : 0;
}

/* An outcome, or YOUR_TURN: the caller owns it and is to do it. */
static int await_turn(frond_once *o, frond_greenlet *self, frond_deadline d) {
    while (!o->done && o->owned.holder) {
        frond_waiter w = {0};
        int rc = frond_wait(&w, &o->owned.waiters, &kind, o, d);
        if (rc == FROND_EOWNERDEAD && !w.slot)
            continue; /* others who were told so may have been quicker */
        return rc < 0 ? frond_fail_set(rc, "once") : rc;
    }
    if (o->done)
        return 0;
    o->owned.abandoned = 0;
    frond__own_give(&o->owned, self);
    return YOUR_TURN;
}

int frond_once_do(frond_once *o, int (*fn)(void *), void *arg, frond_deadline d) {
    int rc = frond_wait_enter(d);
    if (rc < 0)
        return rc;
    if (!o || !fn)
        return frond_fail_set(FROND_EINVAL, "once");
    if ((rc = frond__own_enter(&o->owned, "once")) < 0)
        return rc;
    frond_greenlet *self = frond__self->current;
    if (o->owned.holder == self)
        return frond_fail_set(FROND_EDEADLK, "once: from inside it");
    rc = await_turn(o, self, d);
    return rc == YOUR_TURN ? run(o, fn, arg, d) : rc;
}

int frond_once_done(const frond_once *o) {
    return o && o->done;
}
