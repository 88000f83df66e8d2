/* SPDX-License-Identifier: MIT */
/* Thread pools: blocking calls made on threads while only the calling greenlet waits.  A pool
 * belongs to the hub of the thread that made it.  A job that a caller stops waiting for cannot be
 * interrupted: it runs to its end, and its argument is then dropped, so the argument must not live
 * in the caller's frame.  Only frond_threadpool_run and frond_threadpool_join suspend. */
#ifndef FROND_THREADPOOL_H
#define FROND_THREADPOOL_H

#include <frond/api.h>
#include <frond/deadline.h>

FROND_BEGIN

typedef struct frond_threadpool frond_threadpool;

typedef struct {
    size_t max_threads;    /* started as needed; 0: 8 */
    uint64_t idle_ms;      /* a thread with nothing to do ends after this; 0: 10 s */
    uintptr_t reserved[4]; /* zero */
} frond_threadpool_options;

/* Makes a pool (o may be NULL).  Does not suspend.  Returns a pool that the caller owns
 * (frond_threadpool_free), or NULL with FROND_EINVAL or FROND_ENOMEM.  Since 0.1. */
FROND_API frond_threadpool *frond_threadpool_new(const frond_threadpool_options *o);

/* This hub's own pool, for file operations and the like.  Does not suspend.  Returns a borrowed
 * pool, or NULL with FROND_ENOMEM.  Since 0.1. */
FROND_API frond_threadpool *frond_threadpool_default(void);

/* Calls run(arg) on a thread of the pool and waits.  Suspends.  Returns what run returned with
 * arg the caller's again; or one of these, and then drop(arg) (drop may be NULL) is called exactly
 * once, when run has ended or will not be called any more: on this hub's thread, or, when that has
 * ended first, on the job's:
 *   FROND_ETIMEDOUT  d passed                        FROND_ECANCELED  this greenlet was killed
 *   FROND_ECLOSED    the pool was freed              FROND_ENOMEM     no memory, or no thread
 *   FROND_ETHREAD    of another thread               FROND_EINVAL     pool or run is NULL
 *   FROND_ENOSUSPEND called in a hub callback
 * *ran (may be NULL) is 1 when the result is run's own, else 0.  run must not call frond, save
 * frond_post.  Since 0.1. */
FROND_API int frond_threadpool_run(frond_threadpool *pool, int (*run)(void *arg),
                                   void *arg, void (*drop)(void *arg), int *ran,
                                   frond_deadline d);

/* Waits until no job is queued or running.  Suspends.  Returns 0, FROND_ETIMEDOUT, FROND_ECANCELED,
 * FROND_ETHREAD, FROND_EINVAL, FROND_ENOSUSPEND.  The pool stays owned by the caller.  Since 0.1. */
FROND_API int frond_threadpool_join(frond_threadpool *pool, frond_deadline d);

/* Does not suspend.  Cannot fail.  Returns how many jobs are queued or running.  It is borrowed.
 * Since 0.1. */
FROND_API size_t frond_threadpool_jobs(const frond_threadpool *pool);

/* Does not suspend.  Cannot fail.  Returns how many threads it has now.  It is borrowed.  Since 0.1. */
FROND_API size_t frond_threadpool_threads(frond_threadpool *pool);

/* Frees a pool: queued jobs are dropped and their callers get FROND_ECLOSED, running ones are
 * finished in the background.  NULL is allowed.  Does not suspend.  The caller's ownership ends.
 * Since 0.1. */
FROND_API void frond_threadpool_free(frond_threadpool *pool);

FROND_END

#endif
