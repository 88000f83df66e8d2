/* SPDX-License-Identifier: MIT */
/* Thread pools of our own: libuv's four threads are shared by name lookups and files, and one slow
 * name server would stop every file.
 *
 * A job is counted by its caller, while it waits, and by the pool.  Whoever is last out, always on
 * the hub's thread, drops the argument if the caller has left.  Threads touch a job only between
 * taking it off the queue and posting it back; the pool itself is counted by its owner, its threads
 * and its jobs.  A job that is still running when the hub's thread ends is dropped by its own. */
#include "core.h"
#include "fork.h"
#include "loop.h"
#include "os.h"
#include <frond/impl/fail.h>
#include <frond/impl/loop.h>
#include <frond/impl/memory.h>
#include <frond/threadpool.h>
#include <uv.h>

enum { DEFAULT_THREADS = 8, DEFAULT_IDLE_MS = 10000, THREAD_STACK = 1 << 20 };

typedef struct job {
    frond_posted post; /* back to the hub */
    struct job *next;
    frond_threadpool *pool;
    int (*run)(void *);
    void *arg;
    void (*drop)(void *);
    int result;
    frond_waiter *waiter; /* NULL: the caller has left */
    bool over; /* while the caller, woken by something else, had not yet come to leave */
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

static const frond_wait_kind run_kind = {"thread pool job", NULL};
static const frond_wait_kind join_kind = {"thread pool to be idle", NULL};

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

static void job_drop(job *j) {
    if (j->drop)
        j->drop(j->arg);
    frond_free(j);
}

/* On the hub's thread: the job is over. */
static void job_back(void *arg) {
    job *j = arg;
    frond_threadpool *pool = j->pool;
    pool->jobs--;
    pool->home.hub->sources--;
    if (pool->jobs == 0)
        frond_wake_all(&pool->joiners, 0);
    if (!j->waiter || (j->waiter->greenlet->traits & FROND__DROPPED))
        job_drop(j);
    else if (frond__waits(j->waiter))
        frond_wake(j->waiter, 0); /* the caller frees the job */
    else
        j->over = true; /* and so it does here */
    unref(pool);
}

/* The lock is held.  NULL: the thread is to end. */
static job *next_job(frond_threadpool *pool) {
    while (!pool->first) {
        if (pool->closed)
            return NULL;
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
    return j;
}

static void worker(void *arg) {
    frond_threadpool *pool = arg;
    job *j;
    uv_mutex_lock(&pool->lock);
    while ((j = next_job(pool))) {
        uv_mutex_unlock(&pool->lock);
        frond__job_begin();
        j->result = j->run(j->arg);
        frond__job_end();
        if (frond__loop_post(pool->home.hub, &j->post) <
            0) { /* its thread has ended meanwhile */
            job_drop(j);
            unref(pool);
        }
        uv_mutex_lock(&pool->lock);
    }
    pool->threads--;
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
    return 0;
}

static int submit(frond_threadpool *pool, job *j) {
    int rc = 0;
    uv_mutex_lock(&pool->lock);
    if (pool->queued >= pool->idle && pool->threads < pool->max_threads)
        rc = start_thread(pool);
    if (rc < 0 && pool->threads > 0)
        rc = 0; /* the others will get to it */
    if (rc == 0) {
        *pool->last = j;
        pool->last = &j->next;
        pool->queued++;
        pool->refs++;
        uv_cond_signal(&pool->work);
    }
    uv_mutex_unlock(&pool->lock);
    if (rc == 0) {
        pool->jobs++;
        pool->home.hub->sources++;
    }
    return rc;
}

/* Takes back a job that no thread has begun; false when one has. */
static bool withdraw(frond_threadpool *pool, job *j) {
    uv_mutex_lock(&pool->lock);
    job **link = &pool->first;
    while (*link && *link != j)
        link = &(*link)->next;
    bool queued = *link == j;
    if (queued) {
        pool->queued--;
        if (!(*link = j->next))
            pool->last = link;
    }
    uv_mutex_unlock(&pool->lock);
    return queued;
}

static int check(frond_threadpool *pool, frond_deadline d, const char *doing) {
    int rc = frond_wait_enter(d);
    if (rc < 0)
        return rc;
    if (!pool)
        return frond_fail_set(FROND_EINVAL, doing);
    rc = frond_home_check(&pool->home);
    return rc < 0 ? frond_fail_set(rc, doing) : 0;
}

static int refuse(int rc, void *arg, void (*drop)(void *)) {
    if (drop)
        drop(arg);
    return frond_fail_set(rc, "thread pool");
}

int frond_threadpool_run(frond_threadpool *pool, int (*run)(void *), void *arg,
                         void (*drop)(void *), int *ran, frond_deadline d) {
    if (ran)
        *ran = 0;
    int rc = check(pool, d, "thread pool");
    if (rc == 0 && !run)
        rc = FROND_EINVAL;
    if (rc == 0 && pool->closed)
        rc = FROND_ECLOSED;
    job *j = rc == 0 ? frond_alloc(sizeof *j) : NULL;
    if (!j)
        return refuse(rc < 0 ? rc : FROND_ENOMEM, arg, drop);
    frond_waiter w = {0};
    *j = (job){.post = {.fn = job_back, .arg = j},
               .pool = pool,
               .run = run,
               .arg = arg,
               .drop = drop,
               .waiter = &w};
    if ((rc = submit(pool, j)) < 0) {
        frond_free(j);
        return refuse(rc, arg, drop);
    }
    rc = frond_wait(&w, NULL, &run_kind, pool, d);
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
        job_drop(j); /* the pool may be gone */
    else if (withdraw(pool, j))
        job_back(j);
    return frond_fail_set(rc, "thread pool");
}

/* ---- making and freeing ---- */

frond_threadpool *frond_threadpool_new(const frond_threadpool_options *o) {
    static const frond_threadpool_options none;
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
    int rc = check(pool, d, "thread pool join");
    if (rc < 0)
        return rc;
    uv_mutex_lock(&pool->lock);
    pool->refs++;
    uv_mutex_unlock(&pool->lock);
    while (rc == 0 && pool->jobs) {
        frond_waiter w = {0};
        rc = frond_wait(&w, &pool->joiners, &join_kind, pool, d);
    }
    unref(pool);
    return rc < 0 ? frond_fail_set(rc, "thread pool join") : 0;
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
        job_back(queued);
    }
    unref(pool);
}

void frond_threadpool_free(frond_threadpool *pool) {
    if (pool)
        frond_home_send(&pool->home, free_here, pool);
}

/* The hub's own pool, and the hub's end: jobs in flight are waited for, their threads post to it. */
static FROND_THREAD_LOCAL frond_threadpool *own;

static void own_close(void *pool, int child) {
    if (!child)
        frond_threadpool_free(pool);
    own = NULL;
}

frond_threadpool *frond_threadpool_default(void) {
    if (own || !(own = frond_threadpool_new(NULL)))
        return own;
    if (frond_hub_at_close(own_close, own) < 0) {
        frond_threadpool_free(own);
        own = NULL;
        frond_fail_set(FROND_ENOMEM, "thread pool");
    }
    return own;
}
