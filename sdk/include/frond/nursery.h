/* SPDX-License-Identifier: MIT */
/* Nurseries: greenlets that cannot outlive the block that started them.
 *
 *     frond_nursery n;
 *     frond_nursery_open(&n, NULL);
 *     frond_nursery_spawn(&n, fetch, &a);
 *     frond_nursery_spawn(&n, fetch, &b);
 *     int rc = frond_nursery_close(&n, frond_in(5000));
 *
 * What they are given may live in the caller's frame: close returns once all have ended.  The first that
 * fails has the others killed, and its error is the answer.  Only close suspends.  A nursery belongs to
 * the greenlet that opened it; its greenlets may spawn into it, too. */
#ifndef FROND_NURSERY_H
#define FROND_NURSERY_H

#include <frond/api.h>
#include <frond/deadline.h>
#include <frond/greenlet.h>
#include <frond/pool.h>

FROND_BEGIN

/* All zero is the default. */
typedef struct {
    uint64_t cleanup_ms;   /* that shields of killed greenlets get together; 0: 5 s */
    int keep_going;        /* not 0: a failure does not end the others */
    uintptr_t reserved[4]; /* zero */
} frond_nursery_options;

typedef struct {
    struct frond__nursery *state; /* frond's own */
    uintptr_t reserved[3];
} frond_nursery;

/* Opens a nursery (o may be NULL); n need not be initialised.  Does not suspend.  Returns 0, FROND_EINVAL
 * or FROND_ENOMEM.  It must be closed.  One that is open yet when its greenlet ends, however that may be,
 * is closed then, as if by a kill; that of the main greenlet lives until the hub's end.  n is borrowed
 * until then.  Since 0.1. */
FROND_API int frond_nursery_open(frond_nursery *n, const frond_nursery_options *o);

/* Starts run(arg) in a greenlet of the nursery.  Does not suspend.  Returns 0, or
 *   FROND_ECLOSED  it is closed, or one has failed   FROND_ENOMEM   no memory for it
 *   FROND_EINVAL   n or run is NULL                  FROND_ETHREAD  n is of another thread
 * arg is borrowed until the greenlet ends.  Since 0.1. */
FROND_API int frond_nursery_spawn(frond_nursery *n, frond_fn run, void *arg);

/* The same with options, which are copied.  Does not suspend.  Returns 0, FROND_ECLOSED, FROND_ENOMEM,
 * FROND_EINVAL, FROND_ETHREAD; on failure the caller keeps arg.  Since 0.1. */
FROND_API int frond_nursery_spawn_with(frond_nursery *n, const frond_spawn_options *o,
                                       frond_fn run, void *arg);

/* Kills those that have not ended, and those spawned from now on are refused.  Does not suspend.
 * Returns 0, FROND_EINVAL, FROND_ETHREAD.  n is borrowed; it stays open until it is closed.  Since 0.1. */
FROND_API int frond_nursery_cancel(frond_nursery *n);

/* Does not suspend.  Cannot fail.  Returns how many of its greenlets have not ended.  Since 0.1.
 * n is borrowed. */
FROND_API size_t frond_nursery_count(const frond_nursery *n);

/* Waits until all have ended.  Failures after the first are reported like those of greenlets that nobody
 * looks after.  When d passes, when a scope expires, or when the caller is killed, they
 * are killed; and this still waits for their ends, since what they use may be in the caller's frame: their
 * waits answer FROND_ECANCELED at once, and in shields they have cleanup_ms together.  Suspends.
 * Returns 0, or the error of the first that failed (with its text), or
 *   FROND_ETIMEDOUT  d passed, they were killed      FROND_ECANCELED  the caller was killed, so were they
 *   FROND_EDEADLK    they cannot end, and go on      FROND_EPERM      the caller did not open it
 *   FROND_EINVAL     n is NULL or not open           FROND_ENOSUSPEND in a hub callback, they go on
 *   FROND_ETHREAD    n is of another thread
 * n is the caller's again, save after FROND_EPERM, FROND_ETHREAD and FROND_ENOSUSPEND.  Since 0.1. */
FROND_API int frond_nursery_close(frond_nursery *n, frond_deadline d);

FROND_END

#endif
