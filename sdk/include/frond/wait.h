/* SPDX-License-Identifier: MIT */
/* Waiting on several things at once: greenlets, events, results, semaphores, queues, groups, pools,
 * wait groups, jobs of threads, and what other modules add.
 *
 *     frond_waitable w[] = {frond_greenlet_waitable(g), frond_event_waitable(&stop)};
 *     size_t which;
 *     int rc = frond_wait_any(w, 2, &which, frond_in(1000));
 *
 * A waitable is a value in the caller's frame, and there is no allocation.  It is ready once a wait on
 * its object would not have to wait; nothing is taken from a queue or a semaphore, so that by the time
 * one looks somebody else may have taken it.  The same object may be given more than once.
 * The wait functions and frond_iwait_next suspend.  All belong to the thread of their objects. */
#ifndef FROND_WAIT_H
#define FROND_WAIT_H

#include <frond/api.h>
#include <frond/deadline.h>
#include <frond/event.h>
#include <frond/greenlet.h>
#include <frond/pool.h>
#include <frond/queue.h>
#include <frond/semaphore.h>
#include <frond/sync.h>
#include <frond/threadpool.h>

FROND_BEGIN

typedef struct frond_waitable {
    const struct frond_waitable_ops *ops;
    void *object; /* borrowed while it is waited on; NULL is refused by the wait */
    uint64_t reserved[16]; /* frond's own during a wait */
} frond_waitable;

/* ---- what can be waited on; none of these suspends or fails; the object is borrowed ---- */

/* Ready once g has ended.  Does not suspend.  Cannot fail.  Returns a value.  g is borrowed; a wait
 * keeps it alive.  Since 0.1. */
FROND_API frond_waitable frond_greenlet_waitable(frond_greenlet *g);

/* Ready while e is set, or once it was set during the wait.  Does not suspend.  Cannot fail.  Returns a
 * value.  e is borrowed.  Since 0.1. */
FROND_API frond_waitable frond_event_waitable(frond_event *e);

/* Ready once a value or an error is there.  Does not suspend.  Cannot fail.  Returns a value.  r is
 * borrowed.  Since 0.1. */
FROND_API frond_waitable frond_result_waitable(frond_result *r);

/* Ready while s has units that nobody waits for.  Does not suspend.  Cannot fail.  Returns a value.  s
 * is borrowed.  Since 0.1. */
FROND_API frond_waitable frond_semaphore_waitable(frond_semaphore *s);

/* Ready while q has an item to get, or is closed.  Does not suspend.  Cannot fail.  Returns a value.  q
 * is borrowed.  Since 0.1. */
FROND_API frond_waitable frond_queue_waitable(frond_queue *q);

/* Ready once no greenlet is in the group.  Does not suspend.  Cannot fail.  Returns a value.  group is
 * borrowed.  Since 0.1. */
FROND_API frond_waitable frond_group_waitable(frond_group *group);

/* Ready once the job has ended, or will not be run.  Does not suspend.  Cannot fail.  Returns a value.
 * j is borrowed.  Since 0.1. */
FROND_API frond_waitable frond_job_waitable(frond_job *j);

/* Ready once no greenlet is in the pool.  Does not suspend.  Cannot fail.  Returns a value.  pool is
 * borrowed.  Since 0.1. */
FROND_API frond_waitable frond_pool_waitable(frond_pool *pool);

/* Ready while there is nothing to wait for, or once there was nothing during the wait.  Does not suspend.
 * Cannot fail.  Returns a value.  g is borrowed.  Since 0.1. */
FROND_API frond_waitable frond_wait_group_waitable(frond_wait_group *g);

/* Whether a wait on it would not have to wait.  Does not suspend.  Returns 1, 0, FROND_EINVAL or
 * FROND_ETHREAD.  w is borrowed.  Since 0.1. */
FROND_API int frond_waitable_ready(const frond_waitable *w);

/* ---- waits ---- */

/* Waits until one of n is ready, and gives its place in *which (may be NULL): the first of those ready
 * at once, else the one that became ready first.  Suspends.  Returns 0, or
 *   FROND_ETIMEDOUT  d passed                        FROND_ECANCELED  this greenlet was killed
 *   FROND_EDEADLK    nothing can end the wait        FROND_ETHREAD    an object of another thread
 *   FROND_EINVAL     n is 0, w or an object is NULL  FROND_ENOSUSPEND called in a hub callback
 * How an object became ready is no error here: a greenlet may have failed, a queue be closed.
 * w is borrowed until it returns.  Since 0.1. */
FROND_API int frond_wait_any(frond_waitable *w, size_t n, size_t *which,
                             frond_deadline d);

/* Waits until count of n have become ready; *ready (may be NULL) says how many have, also when d has
 * passed.  Suspends.  Returns as frond_wait_any does: 0, FROND_ETIMEDOUT, FROND_ECANCELED,
 * FROND_EDEADLK, FROND_ETHREAD, FROND_EINVAL (also: count is more than n), FROND_ENOSUSPEND.
 * w is borrowed until it returns.  Since 0.1. */
FROND_API int frond_wait_some(frond_waitable *w, size_t n, size_t count, size_t *ready,
                              frond_deadline d);

/* Waits until all of n have become ready; none is a wait for nothing.  Suspends.  Returns 0,
 * FROND_ETIMEDOUT, FROND_ECANCELED, FROND_EDEADLK, FROND_ETHREAD, FROND_EINVAL, FROND_ENOSUSPEND as
 * frond_wait_some.  w is borrowed until it returns.  Since 0.1. */
FROND_API int frond_wait_all(frond_waitable *w, size_t n, size_t *ready,
                             frond_deadline d);

/* ---- one after the other, in the order in which they become ready ----
 *
 *     frond_iwait it;
 *     int rc = frond_iwait_begin(&it, w, n);
 *     while (rc == 0 && (rc = frond_iwait_next(&it, &which, d)) == 0)
 *         ...
 *     frond_iwait_end(&it); */

typedef struct {
    frond_waitable *items;
    size_t n, left; /* not given yet */
    frond_waitlist waiters;
    void *first, *last; /* ready, and not given yet */
    uintptr_t reserved[2];
} frond_iwait;

/* Begins to watch n waitables.  Does not suspend.  Returns 0, FROND_EINVAL, FROND_ETHREAD, FROND_ENOMEM
 * (at the thread's first call); then nothing is watched.  it and items are borrowed until
 * frond_iwait_end, which must be called before their frame is left, and may be called whatever this
 * returns.  Since 0.1. */
FROND_API int frond_iwait_begin(frond_iwait *it, frond_waitable *items, size_t n);

/* Waits for the next one to become ready; each is given once.  What became ready between two calls is
 * not missed.  Suspends.  Returns 0 with *which (may be NULL) set, or
 *   FROND_EOF        all were given                  FROND_ECANCELED  this greenlet was killed
 *   FROND_ETIMEDOUT  d passed; call again at will    FROND_EDEADLK    nothing can end the wait
 *   FROND_EINVAL     it is NULL                      FROND_ENOSUSPEND called in a hub callback
 *   FROND_EBUSY      another greenlet waits in it    FROND_ETHREAD    of another thread
 * it is borrowed until it returns.  Since 0.1. */
FROND_API int frond_iwait_next(frond_iwait *it, size_t *which, frond_deadline d);

/* Stops watching; harmless when done already.  Does not suspend.  Cannot fail.  The caller owns it and
 * the waitables again.  Since 0.1. */
FROND_API void frond_iwait_end(frond_iwait *it);

FROND_END

#endif
