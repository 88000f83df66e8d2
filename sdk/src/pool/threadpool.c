/* SPDX-License-Identifier: MIT */
/* Thread pools of our own: libuv's four threads are shared by name lookups and files, and one slow
 * name server would stop every file.  Jobs and who counts them: threadpool.h. */
#include "core.h"
#include "hub/fork.h"
#include "hub/loop.h"
#include "os/os.h"
#include "pool/threadpool.h"
#include <frond/impl/fail.h>
#include <frond/impl/figures.h>
#include <frond/impl/memory.h>

enum {
    DEFAULT_THREADS = 8,
    DNS_THREADS = 4,
    DEFAULT_IDLE_MS = 10000,
    THREAD_STACK = 1 << 20
};

FROND_THREAD_LOCAL bool frond__in_job;

static const frond_wait_kind join_kind = {"thread pool to be idle", NULL, NULL};

static void unref(frond_threadpool *pool) {
    uv_mutex_lock(&pool->lock);
    bool last = --pool->refs == 0;
    uv_mutex_unlock(&pool->lock);
    if (!last)
        return;
    uv_cond_destroy(&pool->work);
    uv_mutex_destroy(&pool->lock);
    frond_home home = pool->home;
    frond_free(pool);
    frond_home_leave(&home);
}

void frond__job_release(job *j) {
    if (atomic_fetch_sub(&j->refs, 1) != 1)
        return;
    if (j->drop)
        j->drop(j->arg);
    frond_home home = j->home;
    frond_free(j);
    frond_home_leave(&home);
}

/* On the hub's thread. */
static void hold_clock(job *j, bool on) {
    frond_hub *h = j->pool->home.hub;
    h->holds = h->holds + on - j->holds;
    j->holds = on;
}

/* On the hub's thread: the job is over. */
void frond__job_back(void *arg) {
    job *j = arg;
    frond_threadpool *pool = j->pool;
    pool->jobs--;
    hold_clock(j, false);
    pool->home.hub->sources--;
    if (pool->jobs == 0)
        frond_wake_all(&pool->joiners, 0);
    if (j->spawned) {
        j->over = true;
        frond_wake_all(&j->joiners, 0);
        frond__job_release(j);
    } else if (!j->waiter || (j->waiter->greenlet->traits & FROND__DROPPED))
        frond__job_release(j);
    else if (frond__waits(j->waiter))
        frond_wake(j->waiter, 0); /* the caller frees the job */
    else
        j->over = true; /* and so it does here */
    unref(pool);
}

/* The lock is held.  NULL: the thread is to end. */
static job *next_job(frond_threadpool *pool) {
    while (!pool->first || pool->threads > pool->max_threads) {
        if (pool->closed || pool->threads > pool->max_threads) {
            uv_cond_signal(&pool->work); /* that which woke it may be one's that stays */
            return NULL;
        }
        pool->idle++;
        int rc = uv_cond_timedwait(&pool->work, &pool->lock, pool->idle_ns);
        pool->idle--;
        if (rc == UV_ETIMEDOUT && !pool->first)
            return NULL;
    }
    job *j = pool->first;
    if (!(pool->first = j->next))
        pool->last = &pool->first;
    pool->queued--;
    frond_figure_add(FROND_FIGURE_POOL_QUEUED, -1);
    return j;
}

static void worker(void *arg) {
    frond_threadpool *pool = arg;
    job *j;
    uv_mutex_lock(&pool->lock);
    while ((j = next_job(pool))) {
        uv_mutex_unlock(&pool->lock);
        frond__job_begin();
        frond__in_job = true;
        j->result = j->run(j->arg);
        j->ran = true;
        frond__in_job = false;
        frond__job_end();
        if (frond__loop_post(pool->home.hub, &j->post) <
            0) { /* its thread has ended meanwhile */
            frond__job_release(j);
            unref(pool);
        }
        uv_mutex_lock(&pool->lock);
    }
    pool->threads--;
    frond_figure_add(FROND_FIGURE_POOL_THREADS, -1);
    uv_mutex_unlock(&pool->lock);
    unref(pool);
}

/* The lock is held. */
static int start_thread(frond_threadpool *pool) {
    uv_thread_options_t options = {.flags = UV_THREAD_HAS_STACK_SIZE,
                                   .stack_size = THREAD_STACK};
    uv_thread_t thread;
    int rc = uv_thread_create_ex(&thread, &options, worker, pool);
    if (rc < 0)
        return frond_error_from_uv(rc);
    frond__os_thread_detach(thread);
    pool->threads++;
    pool->refs++;
    frond_figure_add(FROND_FIGURE_POOL_THREADS, 1);
    return 0;
}

int frond__job_submit(frond_threadpool *pool, job *j) {
    int rc = 0;
    uv_mutex_lock(&pool->lock);
    if (pool->queued >= pool->idle && pool->threads < pool->max_threads)
        rc = start_thread(pool);
    if (pool->threads > 0 || pool->max_threads == 0)
        rc = 0; /* the others, or those to come, will get to it */
    if (rc == 0) {
        *pool->last = j;
        pool->last = &j->next;
        pool->queued++;
        pool->refs++;
        frond_figure_add(FROND_FIGURE_POOL_JOBS, 1);
        frond_figure_add(FROND_FIGURE_POOL_QUEUED, 1);
        uv_cond_signal(&pool->work);
    }
    uv_mutex_unlock(&pool->lock);
    if (rc == 0) {
        pool->jobs++;
        pool->home.hub->sources++;
        hold_clock(j, pool->max_threads > 0);
    }
    return rc;
}

/* Takes back a job that no thread has begun; false when one has. */
bool frond__job_withdraw(frond_threadpool *pool, job *j) {
    uv_mutex_lock(&pool->lock);
    job **link = &pool->first;
    while (*link && *link != j)
        link = &(*link)->next;
    bool queued = *link == j;
    if (queued) {
        pool->queued--;
        frond_figure_add(FROND_FIGURE_POOL_QUEUED, -1);
        if (!(*link = j->next))
            pool->last = link;
    }
    uv_mutex_unlock(&pool->lock);
    return queued;
}

static int check(const frond_threadpool *pool, const char *doing) {
    int rc = pool ? frond_home_check(&pool->home) : FROND_EINVAL;
    if (rc == 0 && pool->closed)
        rc = FROND_ECLOSED;
    return rc < 0 ? frond_fail_set(rc, doing) : 0;
}

static void ref(frond_threadpool *pool) {
    uv_mutex_lock(&pool->lock);
    pool->refs++;
    uv_mutex_unlock(&pool->lock);
}

int frond__threadpool_enter(frond_threadpool *pool, frond_deadline d, const char *doing) {
    if (frond__in_job)
        return FROND_ETHREAD;
    bool held = pool && frond_home_check(&pool->home) == 0;
    if (held)
        ref(pool);
    int rc = frond_wait_enter(d);
    if (rc == 0)
        rc = check(pool, doing);
    if (held)
        unref(pool);
    return rc;
}

/* ---- making and freeing ---- */

frond_threadpool *frond_threadpool_new(const frond_threadpool_options *o) {
    static const frond_threadpool_options none;
    if (frond__in_job)
        return NULL;
    o = o ? o : &none;
    for (size_t i = 0; i < sizeof o->reserved / sizeof o->reserved[0]; i++)
        if (o->reserved[i]) {
            frond_fail_set(FROND_EINVAL, "thread pool new");
            return NULL;
        }
    frond_threadpool *pool = frond_calloc(1, sizeof *pool);
    if (!pool || frond_home_enter(&pool->home) < 0)
        goto free_pool;
    if (uv_mutex_init(&pool->lock) < 0)
        goto leave_home;
    if (uv_cond_init(&pool->work) < 0)
        goto destroy_lock;
    pool->max_threads = o->max_threads ? o->max_threads : DEFAULT_THREADS;
    pool->idle_ns = (o->idle_ms ? o->idle_ms : DEFAULT_IDLE_MS) * 1000000;
    pool->last = &pool->first;
    pool->refs = 1;
    frond_waitlist_own(&pool->joiners);
    return pool;

destroy_lock:
    uv_mutex_destroy(&pool->lock);
leave_home:
    frond_home_leave(&pool->home);
free_pool:
    frond_free(pool);
    frond_fail_set(FROND_ENOMEM, "thread pool new");
    return NULL;
}

int frond_threadpool_join(frond_threadpool *pool, frond_deadline d) {
    int rc = frond__threadpool_enter(pool, d, "thread pool join");
    if (rc < 0)
        return rc;
    ref(pool);
    while (rc == 0 && pool->jobs) {
        frond_waiter w = {0};
        rc = frond_wait(&w, &pool->joiners, &join_kind, pool, d);
    }
    unref(pool);
    return rc < 0 ? frond_fail_set(rc, "thread pool join") : 0;
}

int frond_threadpool_resize(frond_threadpool *pool, size_t max_threads) {
    if (frond__in_job)
        return FROND_ETHREAD;
    int rc = pool ? frond_home_check(&pool->home) : FROND_EINVAL;
    if (rc < 0)
        return frond_fail_set(rc, "thread pool resize");
    uv_mutex_lock(&pool->lock);
    pool->max_threads = max_threads;
    for (job *j = pool->first; j; j = j->next)
        hold_clock(j, max_threads > 0);
    for (size_t n = pool->idle; rc == 0 && n < pool->queued; n++)
        rc = pool->threads < max_threads ? start_thread(pool) : 0;
    if (pool->threads > 0)
        rc = 0; /* they will get to what is queued */
    uv_cond_broadcast(&pool->work);
    uv_mutex_unlock(&pool->lock);
    return rc < 0 ? frond_fail_set(rc, "thread pool resize") : 0;
}

size_t frond_threadpool_jobs(const frond_threadpool *pool) {
    return pool ? pool->jobs : 0;
}

size_t frond_threadpool_threads(frond_threadpool *pool) {
    if (!pool)
        return 0;
    uv_mutex_lock(&pool->lock);
    size_t n = pool->threads;
    uv_mutex_unlock(&pool->lock);
    return n;
}

static void free_here(void *arg) {
    frond_threadpool *pool = arg;
    uv_mutex_lock(&pool->lock);
    job *queued = pool->first, *next;
    pool->first = NULL;
    pool->last = &pool->first;
    frond_figure_add(FROND_FIGURE_POOL_QUEUED, -(int64_t)pool->queued);
    pool->queued = 0;
    pool->closed = true;
    uv_cond_broadcast(&pool->work);
    uv_mutex_unlock(&pool->lock);
    for (; queued; queued = next) {
        next = queued->next;
        frond_waiter *w = queued->waiter;
        if (w && frond__waits(w)) {
            queued->waiter = NULL; /* the job goes now; its caller gets the news */
            frond_wake(w, FROND_ECLOSED);
        }
        frond__job_back(queued);
    }
    unref(pool);
}

void frond_threadpool_free(frond_threadpool *pool) {
    if (pool)
        frond_home_send(&pool->home, free_here, pool);
}
