/* SPDX-License-Identifier: MIT */
/* Jobs of thread pools: those that their caller waits for, and those with a handle. */
#include "pool/threadpool.h"

#include <frond/impl/fail.h>
#include <frond/impl/memory.h>
#include <frond/impl/waitable.h>

static const frond_wait_kind job_kind = {"thread pool job", NULL, NULL};

static int refuse(int rc, void *arg, void (*drop)(void *)) {
    if (drop)
        drop(arg);
    return frond__in_job ? rc : frond_fail_set(rc, "thread pool");
}

int frond_threadpool_run(frond_threadpool *pool, int (*run)(void *), void *arg,
                         void (*drop)(void *), int *ran, frond_deadline d) {
    if (ran)
        *ran = 0;
    int rc = frond__threadpool_enter(pool, d, "thread pool");
    if (rc == 0 && !run)
        rc = FROND_EINVAL;
    job *j = rc == 0 ? frond_alloc(sizeof *j) : NULL;
    if (!j)
        return refuse(rc < 0 ? rc : FROND_ENOMEM, arg, drop);
    frond_waiter w = {0};
    *j = (job){.post = {.fn = frond__job_back, .arg = j},
               .pool = pool,
               .run = run,
               .arg = arg,
               .drop = drop,
               .refs = 1,
               .waiter = &w};
    if ((rc = frond__job_submit(pool, j)) < 0) {
        frond_free(j);
        return refuse(rc, arg, drop);
    }
    rc = frond_wait(&w, NULL, &job_kind, pool, d);
    if (rc == FROND_ECLOSED)
        return frond_fail_set(rc,
                              "thread pool"); /* the pool's end took the job with it */
    if (rc == 0) {
        rc = j->result;
        frond_free(j);
        if (ran)
            *ran = 1;
        return rc;
    }
    j->waiter = NULL;
    if (j->over)
        frond__job_release(j); /* the pool may be gone */
    else if (frond__job_withdraw(pool, j))
        frond__job_back(j);
    return frond_fail_set(rc, "thread pool");
}

/* ---- with a handle ---- */

frond_job *frond_threadpool_spawn(frond_threadpool *pool, int (*run)(void *), void *arg,
                                  void (*drop)(void *)) {
    if (frond__in_job)
        return NULL;
    int rc = !pool || !run ? FROND_EINVAL : frond_home_check(&pool->home);
    if (rc == 0 && pool->closed)
        rc = FROND_ECLOSED;
    job *j = rc == 0 ? frond_calloc(1, sizeof *j) : NULL;
    if (rc == 0 && (!j || frond_home_enter(&j->home) < 0))
        rc = FROND_ENOMEM;
    if (rc == 0) {
        j->post = (frond_posted){.fn = frond__job_back, .arg = j};
        j->pool = pool;
        j->run = run;
        j->arg = arg;
        j->drop = drop;
        j->spawned = true;
        j->refs = 2;
        frond_waitlist_own(&j->joiners);
        if ((rc = frond__job_submit(pool, j)) < 0)
            frond_home_leave(&j->home);
    }
    if (rc == 0)
        return j;
    frond_free(j);
    frond_fail_set(rc, "thread pool spawn");
    return NULL;
}

static int await_end(job *j, int *result, frond_deadline d) {
    int rc = 0;
    while (rc == 0 && !j->over) {
        frond_waiter w = {0};
        rc = frond_wait(&w, &j->joiners, &job_kind, j, d);
    }
    if (rc == 0 && !j->ran)
        rc = FROND_ECLOSED;
    if (rc == 0 && result)
        *result = j->result;
    return rc < 0 ? frond_fail_set(rc, "job") : 0;
}

int frond_job_get(frond_job *j, int *result, frond_deadline d) {
    if (frond__in_job)
        return FROND_ETHREAD;
    int usable = j ? frond_home_check(&j->home) : FROND_EINVAL;
    if (usable ==
        0) /* others may free the handle while this gives way to them, or waits */
        atomic_fetch_add(&j->refs, 1);
    int rc = frond_wait_enter(d);
    if (usable < 0)
        return rc < 0 ? rc : frond_fail_set(usable, "job");
    if (rc == 0)
        rc = await_end(j, result, d);
    frond__job_release(j);
    return rc;
}

int frond_job_cancel(frond_job *j) {
    if (frond__in_job)
        return FROND_ETHREAD;
    int rc = j ? frond_home_check(&j->home) : FROND_EINVAL;
    if (rc < 0)
        return frond_fail_set(rc, "job cancel");
    if (j->over || !frond__job_withdraw(j->pool, j))
        return 0;
    frond__job_back(j);
    return 1;
}

static void handle_freed(void *arg) {
    frond__job_release(arg);
}

void frond_job_free(frond_job *j) {
    if (j)
        frond_home_send(&j->home, handle_freed, j);
}

static int over_ready(void *arg) {
    job *j = arg;
    int rc = frond_home_check(&j->home);
    return rc < 0 ? frond_fail_set(rc, "wait: for a job") : j->over;
}

static void over_watch(void *arg, frond_watch *w) {
    frond_watch_begin(&w->waiter, &((job *)arg)->joiners, &job_kind, arg);
}

static const frond_waitable_ops over_ops = {over_ready, over_watch, NULL};

frond_waitable frond_job_waitable(frond_job *j) {
    return (frond_waitable){&over_ops, j, {0}};
}
