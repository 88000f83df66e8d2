/* SPDX-License-Identifier: MIT */
/* Meeting points: barriers (n greenlets go on together), wait groups (wait until so many things are
 * done), and once (the first comer does it, the others wait for it).
 *
 * Values, not objects: no allocation, no free.  They belong to the thread whose greenlets wait on them
 * (FROND_ETHREAD elsewhere) and must outlive those waits.  Only the wait functions and frond_once_do
 * suspend. */
#ifndef FROND_SYNC_H
#define FROND_SYNC_H

#include <frond/lock.h>

FROND_BEGIN

typedef struct {
    frond_waitlist waiters;
    uint32_t parties;
    uint32_t waiting; /* not fewer than are */
} frond_barrier;

/* For n greenlets, at least 1. */
#define FROND_BARRIER_INIT(n)                                                            \
    { {0, 0, 0}, (n), 0 }

/* Waits until as many as the barrier is for have come; then it is ready for its next round.  Suspends.
 * Returns 1 to the last who came, 0 to the others, or
 *   FROND_ETIMEDOUT  d passed                        FROND_ECANCELED  this greenlet was killed
 *   FROND_EDEADLK    nothing can end the wait        FROND_ETHREAD    b is of another thread
 *   FROND_EINVAL     b is NULL or for nobody         FROND_ENOSUSPEND it would wait in a callback
 * One that left so is not counted.  In a hub callback it may be called, with FROND_NOW.  b is borrowed
 * until the call returns.  Since 0.1. */
FROND_API int frond_barrier_wait(frond_barrier *b, frond_deadline d);

typedef struct {
    frond_waitlist waiters;
    uint64_t count;
} frond_wait_group;

#define FROND_WAIT_GROUP_INIT                                                            \
    { {0, 0, 0}, 0 }

/* Adds delta, which may be negative, to what is to be waited for; at 0 all who wait are woken, even if
 * it is raised again before they run.  Does not suspend.  Returns 0, or, with nothing changed,
 *   FROND_EINVAL  it would be below 0, or g is NULL  FROND_ELIMIT  it would be over 2^63 - 1
 *   FROND_ETHREAD g is of another thread             FROND_ENOMEM  at the thread's first call
 * g is borrowed.  Since 0.1. */
FROND_API int frond_wait_group_add(frond_wait_group *g, int64_t delta);

/* One less to wait for.  Does not suspend.  Returns 0, FROND_EINVAL, FROND_ETHREAD, FROND_ENOMEM as
 * frond_wait_group_add.  g is borrowed.  Since 0.1. */
FROND_API int frond_wait_group_done(frond_wait_group *g);

/* Waits until there is nothing to wait for.  Suspends.  Returns 0, or
 *   FROND_ETIMEDOUT  d passed                        FROND_ECANCELED  this greenlet was killed
 *   FROND_EDEADLK    nothing can end the wait        FROND_ETHREAD    g is of another thread
 *   FROND_EINVAL     g is NULL                       FROND_ENOSUSPEND called in a hub callback
 * g is borrowed until the call returns.  Since 0.1. */
FROND_API int frond_wait_group_wait(frond_wait_group *g, frond_deadline d);

typedef struct {
    frond_ownership owned; /* by whoever is doing it */
    uint32_t done;
    uint32_t reserved;
} frond_once;

#define FROND_ONCE_INIT                                                                  \
    { {{0, 0, 0}, 0, 0, 0, 0, 0}, 0, 0 }

/* Calls fn(arg), unless that has been done with success; while another greenlet is at it, waits for
 * its outcome.  Suspends.  Returns 0 once fn has answered 0 or more, whoever called it.  A failure of
 * fn is returned to its caller and to those who wait, and the next to come tries again.  If fn answered
 * FROND_ECANCELED, or failed with its caller killed or its caller's time up, or if the caller ended in it,
 * that is no outcome: the first who waits tries.  Otherwise returns
 *   FROND_ETIMEDOUT  d passed; in fn it counts as a timeout scope
 *   FROND_ECANCELED  this greenlet was killed        FROND_ETHREAD    o is of another thread
 *   FROND_EDEADLK    called by fn itself, or nothing can end the wait
 *   FROND_EINVAL     o or fn is NULL                 FROND_ENOSUSPEND it would wait in a callback
 *   FROND_ENOMEM     at the thread's first call
 * In a hub callback it may be called, with FROND_NOW.  o and arg are borrowed until it returns.
 * Since 0.1. */
FROND_API int frond_once_do(frond_once *o, int (*fn)(void *arg), void *arg,
                            frond_deadline d);

/* Does not suspend.  Cannot fail.  Returns 1 once fn has succeeded, else 0.  o is borrowed.
 * Since 0.1. */
FROND_API int frond_once_done(const frond_once *o);

FROND_END

#endif
