/* SPDX-License-Identifier: MIT */
/* Thread pools: blocking calls made on threads while only the calling greenlet waits.  A pool
 * belongs to the hub of the thread that made it.  A job that a caller stops waiting for cannot be
 * interrupted: it runs to its end, and its argument is then dropped, so the argument must not live
 * in the caller's frame.  A job that no thread has begun is dropped without being run.
 *
 * In a job nothing of frond may be used but frond_post; thread pools refuse it there (FROND_ETHREAD, NULL).
 * Only frond_threadpool_run, frond_threadpool_join and frond_job_get suspend. */
#ifndef FROND_THREADPOOL_H
#define FROND_THREADPOOL_H

#include <frond/api.h>
#include <frond/deadline.h>

FROND_BEGIN

typedef struct frond_threadpool frond_threadpool;
typedef struct frond_job frond_job;

typedef struct {
    size_t max_threads;    /* started as needed; 0: 8 */
    uint64_t idle_ms;      /* a thread with nothing to do ends after this; 0: 10 s */
    uintptr_t reserved[4]; /* zero */
} frond_threadpool_options;

/* Makes a pool (o may be NULL).  Does not suspend.  Returns a pool that the caller owns
 * (frond_threadpool_free), or NULL with FROND_EINVAL or FROND_ENOMEM.  Since 0.1. */
FROND_API frond_threadpool *frond_threadpool_new(const frond_threadpool_options *o);

/* Each hub has a pool for each of these, so that calls of one kind do not wait for slow ones of
 * another. */
typedef enum {
    FROND_THREADS_CPU, /* a program's own work: as many threads as there are processors; frond has none */
    FROND_THREADS_FILE, /* files: 8 threads; frond/fs.h and what serves and saves files use it */
    FROND_THREADS_DNS /* name lookups by the system: 4 threads */
} frond_threads;

/* This hub's own pool for that, made when it is first asked for.  Does not suspend.  Returns a borrowed
 * pool, which ends with the hub, or NULL with FROND_EINVAL or FROND_ENOMEM.  Since 0.1. */
FROND_API frond_threadpool *frond_threadpool_class(frond_threads which);

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

/* Has run(arg) called on a thread of the pool, and does not wait.  arg is the job's: drop(arg) (drop may be
 * NULL) is called once the job has ended, or will not be run, and its handle was freed; until then what
 * run has left there may be looked at.  Does not suspend.  Returns a handle that the caller owns
 * (frond_job_free), or NULL, and then the caller keeps arg, with
 *   FROND_ECLOSED    the pool was freed              FROND_ENOMEM     no memory, or no thread
 *   FROND_ETHREAD    of another thread               FROND_EINVAL     pool or run is NULL
 * Since 0.1. */
FROND_API frond_job *frond_threadpool_spawn(frond_threadpool *pool, int (*run)(void *arg),
                                            void *arg, void (*drop)(void *arg));

/* Waits until the job has ended and gives what run returned in *result (may be NULL).  As often as one
 * likes; frond_job_waitable is for waits beside others.  Suspends.  Returns 0, or
 *   FROND_ECLOSED    it was not run: it was cancelled, or the pool freed, before a thread began it
 *   FROND_ETIMEDOUT  d passed; it goes on            FROND_ECANCELED  this greenlet was killed
 *   FROND_ETHREAD    of another thread               FROND_EINVAL     j is NULL
 *   FROND_ENOSUSPEND called in a hub callback
 * j stays owned by the caller.  Since 0.1. */
FROND_API int frond_job_get(frond_job *j, int *result, frond_deadline d);

/* Takes back a job that no thread has begun.  Does not suspend.  Returns 1 when it will not run, 0 when it
 * was begun already, FROND_EINVAL, FROND_ETHREAD, or FROND_ECLOSED when its thread has ended.  j stays
 * owned by the caller.  Since 0.1. */
FROND_API int frond_job_cancel(frond_job *j);

/* Lets go of a handle; its job goes on, and is dropped at its end, and who waits for it still gets its result.  NULL
 * is allowed.  Any thread.  Does not suspend.  The caller's ownership ends.  Since 0.1. */
FROND_API void frond_job_free(frond_job *j);

/* Changes how many threads there may be.  More are started at once for what is queued; fewer stay as
 * threads end their jobs, and idle ones end at once.  With 0 jobs are only queued.  Does not suspend.
 * Returns 0, FROND_EINVAL, FROND_ETHREAD, FROND_ECLOSED, or FROND_ENOMEM when no thread can be had.  The
 * pool stays owned by the caller.  Since 0.1. */
FROND_API int frond_threadpool_resize(frond_threadpool *pool, size_t max_threads);

/* Waits until no job is queued or running.  Suspends.  Returns 0, FROND_ETIMEDOUT, FROND_ECANCELED,
 * FROND_ETHREAD, FROND_EINVAL, FROND_ENOSUSPEND, or FROND_ECLOSED: freed before it began to wait.  The pool stays
 * owned by the caller.  Since 0.1. */
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
