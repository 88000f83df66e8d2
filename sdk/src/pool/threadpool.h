/* SPDX-License-Identifier: MIT */
/* Thread pools and their jobs.
 *
 * A job that somebody runs is counted by its caller, while it waits, and by the pool; one that was
 * spawned by its handle and by the pool.  Whoever is last out drops the argument, if the caller has left:
 * on the hub's thread, or, when the job was still running as that ended, on its own.  Threads touch a job
 * only between taking it off the queue and posting it back; the pool itself is counted by its owner, its
 * threads and its jobs. */
#ifndef FROND_SRC_THREADPOOL_H
#define FROND_SRC_THREADPOOL_H

#include "core.h"
#include <frond/impl/home.h>
#include <frond/impl/loop.h>
#include <frond/threadpool.h>

typedef struct frond_job {
    frond_posted post; /* back to the hub */
    struct frond_job *next;
    frond_threadpool *pool; /* gone when it is over */
    int (*run)(void *);
    void *arg;
    void (*drop)(void *);
    int result;
    frond_waiter *waiter; /* of frond_threadpool_run; NULL: the caller has left */
    bool ran;
    bool
        over; /* run: while the caller, woken by something else, had not yet come to leave */
    bool spawned;
    bool holds; /* the clock, if that is virtual: some thread will get to it */
    _Atomic int
        refs; /* 1; spawned: the handle's, the pool's, and those of calls in flight */
    frond_home home;        /* spawned: the handle's */
    frond_waitlist joiners; /* spawned */
} job;

struct frond_threadpool {
    frond_home home;
    size_t max_threads;
    uint64_t idle_ns;
    size_t jobs; /* queued or running; touched by the hub's thread only */
    frond_waitlist joiners;
    uv_mutex_t lock; /* of what follows */
    uv_cond_t work;
    job *first, **last;
    size_t threads, idle, queued;
    size_t refs; /* owner, threads, jobs */
    bool closed;
};

/* Of the running thread: it runs a job.  Hubs are not made there, not even to say what failed. */
FROND_INTERNAL extern FROND_THREAD_LOCAL bool frond__in_job;

/* What is to be done first by what may wait: others may free the pool while it gives way to them. */
FROND_INTERNAL int frond__threadpool_enter(frond_threadpool *pool, frond_deadline d,
                                           const char *doing);

/* 0, or why it is not queued: no thread can be had. */
FROND_INTERNAL int frond__job_submit(frond_threadpool *pool, job *j);

/* Takes back a job that no thread has begun; false when one has. */
FROND_INTERNAL bool frond__job_withdraw(frond_threadpool *pool, job *j);

/* On the hub's thread: the job is over. */
FROND_INTERNAL void frond__job_back(void *job);

/* Drops one count of it. */
FROND_INTERNAL void frond__job_release(job *j);

#endif
