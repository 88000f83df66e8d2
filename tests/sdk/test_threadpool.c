/* SPDX-License-Identifier: MIT */
/* Thread pools: results, arguments that are dropped exactly once, ends in every order. */
#include "support.h"

#include <stdatomic.h>
#include <stdlib.h>

typedef struct {
    int value;
    unsigned block_ms;
    atomic_int *go_on; /* runs until this is set */
} order;

static atomic_int begun, ran, dropped, gate;

static int work(void *arg) {
    order *o = arg;
    atomic_fetch_add(&begun, 1);
    while (o->go_on && !atomic_load(o->go_on))
        block_ms(1);
    if (o->block_ms)
        block_ms(o->block_ms);
    atomic_fetch_add(&ran, 1);
    return o->value;
}

static void drop(void *arg) {
    atomic_fetch_add(&dropped, 1);
    free(arg);
}

static order *make(int value, unsigned ms, bool gated) {
    order *o = malloc(sizeof *o);
    if (!o)
        abort();
    *o = (order){value, ms, gated ? &gate : NULL};
    return o;
}

static void reset(void) {
    atomic_store(&begun, 0);
    atomic_store(&ran, 0);
    atomic_store(&dropped, 0);
    atomic_store(&gate, 0);
}

static bool is_dropped(void *n) {
    return atomic_load(&dropped) == (int)(intptr_t)n;
}

static void results(void) {
    frond_threadpool *pool = frond_threadpool_new(NULL);
    order o = {.value = 42};
    int did = -1;
    reset();
    CHECK_INT(frond_threadpool_run(pool, work, &o, drop, &did, FROND_NEVER), 42);
    CHECK_INT(did, 1);
    o.value = FROND_EIO; /* the job's own */
    CHECK_INT(frond_threadpool_run(pool, work, &o, NULL, &did, FROND_NEVER), FROND_EIO);
    CHECK_INT(did, 1);
    CHECK_INT(frond_threadpool_run(pool, work, &o, NULL, NULL, frond_in(100000)),
              FROND_EIO);
    CHECK_INT(dropped, 0);
    CHECK_INT(frond_threadpool_jobs(pool), 0);
    frond_threadpool_free(pool);
}

static frond_threadpool *shared;
static int sum;

static void *runs_one(void *arg) {
    order o = {.value = (int)(intptr_t)arg, .block_ms = arg ? 0 : 1, .go_on = &gate};
    sum += frond_threadpool_run(shared, work, &o, NULL, NULL, FROND_NEVER);
    return NULL;
}

static void many_jobs(void) {
    frond_threadpool_options o = {.max_threads = 4};
    shared = frond_threadpool_new(&o);
    frond_group *group = frond_group_new();
    reset();
    sum = 0;
    for (intptr_t i = 0; i < 500; i++)
        frond_group_spawn(group, runs_one, (void *)i);
    frond_yield();
    CHECK_INT(frond_threadpool_jobs(shared), 500);
    CHECK(frond_threadpool_threads(shared) <= 4);
    atomic_store(&gate, 1);
    CHECK_INT(frond_group_join(group, FROND_NEVER), 0);
    CHECK_INT(sum, 499 * 250);
    CHECK_INT(frond_threadpool_jobs(shared), 0);
    frond_group_free(group);
    frond_threadpool_free(shared);
}

static void the_hub_goes_on(void) {
    order o = {.block_ms = 20};
    reset();
    atomic_store(&gate, 1);
    shared = frond_threadpool_class(FROND_THREADS_CPU);
    CHECK(shared != NULL);
    CHECK(frond_threadpool_class(FROND_THREADS_CPU) == shared);
    frond_group *group = frond_group_new();
    for (int i = 0; i < 4; i++)
        frond_group_spawn(group, runs_one, (void *)0);
    uint64_t switches = frond_hub_switches();
    CHECK_INT(frond_threadpool_run(shared, work, &o, NULL, NULL, FROND_NEVER), 0);
    CHECK(frond_hub_switches() - switches >= 4);
    CHECK_INT(frond_group_join(group, FROND_NEVER), 0);
    frond_group_free(group);
}

static int early;

static bool has_begun(void *n) {
    return atomic_load(&begun) == (int)(intptr_t)n;
}

/* Leaves a job running; those that no thread had taken in time were dropped. */
static int leave_one_running(frond_threadpool *pool) {
    int lost = 0, dropped_before = atomic_load(&dropped);
    for (uint64_t ms = 2;; ms *= 2, lost++) {
        int did = -1;
        CHECK_INT(
            frond_threadpool_run(pool, work, make(1, 0, true), drop, &did, frond_in(ms)),
            FROND_ETIMEDOUT);
        CHECK_INT(did, 0);
        if (atomic_load(&dropped) == dropped_before + lost) { /* a thread has it */
            CHECK(eventually(has_begun, (void *)1));
            return lost;
        }
    }
}

static void timeout_drops_once(void) {
    frond_threadpool_options o = {.max_threads = 1};
    frond_threadpool *pool = frond_threadpool_new(&o);
    reset();
    early = leave_one_running(pool);
    CHECK_INT(dropped, early);
    /* behind it, and never begun: dropped at once */
    CHECK_INT(frond_threadpool_run(pool, work, make(2, 0, true), drop, NULL, frond_in(2)),
              FROND_ETIMEDOUT);
    CHECK_INT(dropped, early + 1);
    CHECK_INT(frond_threadpool_run(pool, work, make(2, 0, true), drop, NULL, FROND_NOW),
              FROND_ETIMEDOUT);
    CHECK_INT(dropped, early + 2);
    CHECK_INT(frond_threadpool_jobs(pool), 1);
    atomic_store(&gate, 1);
    CHECK_INT(frond_threadpool_join(pool, FROND_NEVER), 0);
    CHECK(eventually(is_dropped, (void *)(intptr_t)(early + 3)));
    CHECK_INT(ran, 1);
    frond_threadpool_free(pool);
}

/* The job ends, and the caller's time is up, in the same turn of the loop. */
static void end_and_expiry_together(void) {
    frond_threadpool *pool = frond_threadpool_new(NULL);
    for (int i = 0; i < 10; i++) {
        reset();
        int did = -1;
        frond_timeout t;
        frond_timeout_start(&t, 3);
        order *job = make(5, (unsigned)(i % 5), false);
        int rc = frond_threadpool_run(pool, work, job, drop, &did, frond_in(3));
        frond_timeout_stop(&t);
        CHECK(did ? rc == 5 : rc == FROND_ETIMEDOUT);
        CHECK_INT(frond_threadpool_join(pool, FROND_NEVER), 0);
        CHECK(eventually(is_dropped, (void *)(intptr_t)!did));
        if (did) /* it is ours again */
            free(job);
    }
    frond_threadpool_free(pool);
}

static void *runs_gated(void *arg) {
    (void)arg;
    int did = -1;
    order *o = make(6, 0, true);
    int rc = frond_threadpool_run(shared, work, o, drop, &did, FROND_NEVER);
    log_add(did ? "done" : frond_error_name(rc));
    if (did)
        free(o);
    return NULL;
}

static void kill_drops_once(void) {
    reset();
    shared = frond_threadpool_new(NULL);
    frond_greenlet *g = frond_spawn(runs_gated, NULL);
    CHECK(eventually(has_begun, (void *)1));
    CHECK_INT(frond_kill(g, FROND_EXIT, FROND_NEVER), 0);
    CHECK_TEXT(log_text(), "FROND_ECANCELED");
    CHECK_INT(dropped, 0);
    atomic_store(&gate, 1);
    CHECK(eventually(is_dropped, (void *)1));
    frond_release(g);
    frond_threadpool_free(shared);
}

/* Killed, and before it runs its job comes back. */
static void kill_and_end_together(void) {
    shared = frond_threadpool_new(NULL);
    reset();
    frond_greenlet *g = frond_spawn(runs_gated, NULL);
    frond_yield();
    atomic_store(&gate, 1);
    while (!atomic_load(&ran))
        block_ms(1);
    block_ms(2); /* its post is there now */
    frond_kill(g, FROND_EXIT, FROND_NOW);
    CHECK_INT(frond_join(g, FROND_NEVER), 0);
    CHECK(eventually(is_dropped, (void *)1));
    CHECK_TEXT(log_text(), "FROND_ECANCELED");
    frond_release(g);
    frond_threadpool_free(shared);
}

static void *joins_pool(void *arg) {
    (void)arg;
    log_add(frond_error_name(frond_threadpool_join(shared, FROND_NEVER)));
    return NULL;
}

static void free_with_jobs(void) {
    frond_threadpool_options o = {.max_threads = 1};
    reset();
    shared = frond_threadpool_new(&o);
    frond_greenlet *first = frond_spawn(runs_gated, NULL);
    frond_yield();
    frond_greenlet *second = frond_spawn(runs_gated, NULL);
    frond_yield();
    CHECK(eventually(has_begun, (void *)1));
    frond_greenlet *joiner = frond_spawn(joins_pool, NULL);
    frond_yield();
    frond_threadpool_free(shared);
    CHECK_INT(frond_join(second, FROND_NEVER), 0);
    CHECK_TEXT(log_text(), "FROND_ECLOSED");
    CHECK_INT(dropped, 1);
    atomic_store(&gate, 1);
    CHECK_INT(frond_join(first, FROND_NEVER), 0);
    CHECK_INT(frond_join(joiner, FROND_NEVER), 0);
    CHECK_HAS(log_text(), "done");
    CHECK_INT(dropped, 1);
    CHECK_INT(ran, 1);
    frond_release(first);
    frond_release(second);
    frond_release(joiner);
    frond_threadpool_free(NULL);
}

static int foreign[4];

static void use_from_afar(void *arg) {
    foreign[0] = frond_threadpool_run(shared, work, arg, drop, NULL, FROND_NEVER);
    foreign[1] = frond_threadpool_join(shared, FROND_NOW);
}

static void another_thread_is_refused(void) {
    reset();
    shared = frond_threadpool_new(NULL);
    frond_yield();
    thread_run(use_from_afar, make(1, 0, false));
    CHECK_INT(foreign[0], FROND_ETHREAD);
    CHECK_INT(foreign[1], FROND_ETHREAD);
    CHECK_INT(dropped, 1);
    CHECK_INT(ran, 0);
    frond_threadpool_free(shared);
}

static void free_from_afar(void *pool) {
    frond_threadpool_free(pool);
}

static void free_from_another_thread(void) {
    reset();
    shared = frond_threadpool_new(NULL);
    frond_greenlet *g = frond_spawn(runs_gated, NULL);
    frond_yield();
    thread_run(free_from_afar, shared);
    atomic_store(&gate, 1);
    CHECK_INT(frond_join(g, FROND_NEVER), 0);
    frond_release(g);
}

static bool no_threads(void *pool) {
    return frond_threadpool_threads(pool) == 0;
}

static void idle_threads_end(void) {
    frond_threadpool_options o = {.idle_ms = 5};
    frond_threadpool *pool = frond_threadpool_new(&o);
    order job = {.value = 1};
    for (int i = 0; i < 2; i++) {
        CHECK_INT(frond_threadpool_run(pool, work, &job, NULL, NULL, FROND_NEVER), 1);
        CHECK(frond_threadpool_threads(pool) <= 1);
        CHECK(eventually(no_threads, pool));
    }
    frond_threadpool_free(pool);
}

static void leave_a_job(void *arg) {
    frond_threadpool *pool =
        arg ? frond_threadpool_class(FROND_THREADS_CPU) : frond_threadpool_new(NULL);
    early = leave_one_running(pool);
    if (!arg)
        frond_threadpool_free(pool);
}

static void thread_ends_before_its_job(void) {
    for (intptr_t of_default = 0; of_default < 2; of_default++) {
        reset();
        thread_run(leave_a_job, (void *)of_default);
        CHECK_INT(dropped, early);
        atomic_store(&gate, 1);
        CHECK(eventually(is_dropped,
                         (void *)(intptr_t)(early + 1))); /* by its own thread */
        CHECK_INT(ran, 1);
    }
}

static void close_with_a_job(void) {
    reset();
    shared = frond_threadpool_class(FROND_THREADS_CPU);
    frond_go(runs_gated, NULL);
    CHECK(eventually(has_begun, (void *)1));
    CHECK_INT(frond_hub_close(FROND_NEVER), 0);
    CHECK_TEXT(log_text(), "FROND_ECANCELED");
    atomic_store(&gate, 1);
    while (!atomic_load(&dropped))
        block_ms(1);
}

static void misuse(void) {
    frond_threadpool_options o = {.reserved = {0, 1}};
    reset();
    CHECK(frond_threadpool_new(&o) == NULL);
    CHECK_INT(frond_error_code(), FROND_EINVAL);
    shared = frond_threadpool_new(NULL);
    CHECK_INT(frond_threadpool_run(NULL, work, make(1, 0, false), drop, NULL, FROND_NOW),
              FROND_EINVAL);
    CHECK_INT(
        frond_threadpool_run(shared, NULL, make(1, 0, false), drop, NULL, FROND_NOW),
        FROND_EINVAL);
    CHECK_INT(dropped, 2);
    CHECK_INT(frond_threadpool_join(NULL, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_threadpool_jobs(NULL), 0);
    CHECK_INT(frond_threadpool_threads(NULL), 0);
    frond_threadpool_free(shared);
}

static frond_threadpool *shared_pool;

static void *runs_until_killed(void *arg) {
    CHECK_INT(frond_threadpool_run(shared_pool, work, make(1, 0, true), drop, NULL,
                                   FROND_NEVER),
              FROND_ECANCELED);
    return arg;
}

static void kill_in_callback(void *g) {
    frond_kill(g, FROND_EXIT, FROND_NOW);
}

static bool has_run(void *n) {
    return atomic_load(&ran) == (int)(intptr_t)n;
}

/* Both arrive in one turn of the loop, before the caller runs. */
static void killed_and_over_at_once(void) {
    reset();
    shared_pool = frond_threadpool_new(NULL);
    frond_greenlet *g = frond_spawn(runs_until_killed, NULL);
    frond_sleep(1);
    while (!atomic_load(&begun))
        frond_sleep(1);
    frond_post(frond_hub_current(), kill_in_callback, g);
    atomic_store(&gate, 1);
    while (!has_run((void *)(intptr_t)1))
        block_ms(1);
    block_ms(5); /* until the job has been posted back, behind the kill */
    CHECK_INT(frond_join(g, FROND_NEVER), 0);
    CHECK(eventually(is_dropped, (void *)(intptr_t)1));
    frond_release(g);
    frond_threadpool_free(shared_pool);
}

/* ---- jobs with handles ---- */

static void spawned_jobs(void) {
    reset();
    shared = frond_threadpool_new(NULL);
    order *o = make(7, 0, true);
    frond_job *j = frond_threadpool_spawn(shared, work, o, drop);
    int result = 0;
    frond_event never = FROND_EVENT_INIT;
    frond_waitable w[] = {frond_event_waitable(&never), frond_job_waitable(j)};
    size_t which = 9;
    CHECK_INT(frond_waitable_ready(&w[1]), 0);
    CHECK_INT(frond_job_get(j, &result, FROND_NOW), FROND_ETIMEDOUT);
    CHECK_INT(frond_job_get(j, &result, frond_in(1)), FROND_ETIMEDOUT);
    CHECK_INT(frond_threadpool_jobs(shared), 1);
    atomic_store(&gate, 1);
    CHECK_INT(frond_wait_any(w, 2, &which, FROND_NEVER), 0);
    CHECK_INT(which, 1);
    CHECK_INT(frond_waitable_ready(&w[1]), 1);
    for (int i = 0; i < 2; i++) {
        CHECK_INT(frond_job_get(j, &result, FROND_NEVER), 0);
        CHECK_INT(result, 7);
    }
    CHECK_INT(frond_job_cancel(j), 0);
    CHECK_INT(dropped, 0);
    CHECK_INT(o->value, 7); /* it is there until the handle goes */
    frond_job_free(j);
    CHECK_INT(dropped, 1);
    frond_job_free(NULL);
    frond_threadpool_free(shared);
}

static void handle_freed_before_the_end(void) {
    reset();
    shared = frond_threadpool_new(NULL);
    frond_job_free(frond_threadpool_spawn(shared, work, make(1, 0, true), drop));
    CHECK(eventually(has_begun, (void *)1));
    CHECK_INT(dropped, 0);
    atomic_store(&gate, 1);
    CHECK_INT(frond_threadpool_join(shared, FROND_NEVER), 0);
    CHECK_INT(dropped, 1);
    CHECK_INT(ran, 1);
    frond_threadpool_free(shared);
}

static void jobs_that_do_not_run(void) {
    frond_threadpool_options o = {.max_threads = 1};
    reset();
    shared = frond_threadpool_new(&o);
    frond_job *a = frond_threadpool_spawn(shared, work, make(1, 0, true), drop);
    frond_job *b = frond_threadpool_spawn(shared, work, make(2, 0, false), drop);
    frond_job *c = frond_threadpool_spawn(shared, work, make(3, 0, false), drop);
    CHECK(eventually(has_begun, (void *)1));
    CHECK_INT(frond_job_cancel(a), 0); /* runs */
    CHECK_INT(frond_job_cancel(b), 1);
    CHECK_INT(frond_job_cancel(b), 0);
    CHECK_INT(frond_job_get(b, NULL, FROND_NEVER), FROND_ECLOSED);
    CHECK_INT(frond_threadpool_jobs(shared), 2);
    CHECK_INT(dropped, 0);
    frond_job_free(b);
    CHECK_INT(dropped, 1);
    frond_threadpool_free(shared);
    CHECK_INT(frond_job_get(c, NULL, FROND_NEVER), FROND_ECLOSED);
    frond_job_free(c);
    atomic_store(&gate, 1);
    int result = 0;
    CHECK_INT(frond_job_get(a, &result, FROND_NEVER), 0); /* the pool is freed */
    CHECK_INT(result, 1);
    frond_job_free(a);
    CHECK_INT(dropped, 3);
    CHECK_INT(ran, 1);
}

static frond_job *job_of_all;

static void *gets_job(void *arg) {
    log_add(frond_error_name(frond_job_get(job_of_all, NULL, FROND_NEVER)));
    return arg;
}

static void job_waited_for_and_freed(void) {
    reset();
    shared = frond_threadpool_new(NULL);
    job_of_all = frond_threadpool_spawn(shared, work, make(1, 0, true), drop);
    frond_greenlet *killed = frond_spawn(gets_job, NULL),
                   *g = frond_spawn(gets_job, NULL);
    frond_yield();
    frond_kill(killed, FROND_EXIT, FROND_NEVER);
    frond_job_free(job_of_all); /* under a wait */
    atomic_store(&gate, 1);
    CHECK_INT(frond_join(g, FROND_NEVER), 0);
    CHECK_TEXT(log_text(), "FROND_ECANCELED FROND_OK");
    CHECK_INT(dropped, 1);
    frond_release(killed);
    frond_release(g);
    frond_threadpool_free(shared);
}

static void leave_a_handle(void *arg) {
    (void)arg;
    job_of_all = frond_threadpool_spawn(frond_threadpool_class(FROND_THREADS_FILE), work,
                                        make(1, 0, true), drop);
    while (!atomic_load(&begun))
        frond_sleep(1);
}

static void handle_outlives_its_thread(void) {
    for (int over = 0; over < 2; over++) {
        reset();
        thread_run(leave_a_handle, NULL);
        CHECK_INT(frond_job_get(job_of_all, NULL, FROND_NOW), FROND_ECLOSED);
        CHECK_INT(frond_job_cancel(job_of_all), FROND_ECLOSED);
        atomic_store(&gate, over);
        while (over && !atomic_load(&ran))
            block_ms(1);
        frond_job_free(job_of_all);
        atomic_store(&gate, 1);
        CHECK(eventually(is_dropped, (void *)1));
    }
}

/* gevent's test_cannot_spawn_from_other_thread */
static int refused[5];

static void submit_from_afar(void *arg) {
    refused[0] = frond_threadpool_spawn(shared, work, arg, drop) != NULL;
    refused[1] = frond_error_code();
    refused[2] = frond_threadpool_resize(shared, 3);
    refused[3] = frond_job_get(job_of_all, NULL, FROND_NOW);
    refused[4] = frond_job_cancel(job_of_all);
}

static void free_job(void *j) {
    frond_job_free(j);
}

static void only_the_owner_submits(void) {
    reset();
    shared = frond_threadpool_new(NULL);
    job_of_all = frond_threadpool_spawn(shared, work, make(1, 0, false), drop);
    order *o = make(1, 0, false);
    thread_run(submit_from_afar, o);
    CHECK_INT(refused[0], 0);
    for (int i = 1; i < 5; i++)
        CHECK_INT(refused[i], FROND_ETHREAD);
    free(o); /* it is still the caller's */
    CHECK_INT(frond_job_get(job_of_all, NULL, FROND_NEVER), 0);
    thread_run(free_job, job_of_all); /* by the owner's hub */
    CHECK(eventually(is_dropped, (void *)1));
    frond_threadpool_free(shared);
}

/* gevent's test_recursive_apply: a job may not wait for another. */
static int submits(void *arg) {
    (void)arg;
    int bits = frond_threadpool_run(shared, work, NULL, NULL, NULL, FROND_NEVER) ==
               FROND_ETHREAD;
    bits |= (frond_threadpool_spawn(shared, work, NULL, NULL) == NULL) << 1;
    bits |= (frond_threadpool_class(FROND_THREADS_CPU) == NULL) << 2;
    bits |= (frond_threadpool_new(NULL) == NULL) << 3;
    bits |= (frond_threadpool_join(shared, FROND_NEVER) == FROND_ETHREAD) << 4;
    bits |= (frond_threadpool_resize(shared, 2) == FROND_ETHREAD) << 5;
    bits |= (frond_job_get(job_of_all, NULL, FROND_NEVER) == FROND_ETHREAD) << 6;
    bits |= (frond_job_cancel(job_of_all) == FROND_ETHREAD) << 7;
    return bits;
}

static void recursion_is_refused(void) {
    reset();
    shared = frond_threadpool_new(NULL);
    job_of_all = frond_threadpool_spawn(shared, work, make(1, 0, false), drop);
    CHECK_INT(frond_threadpool_run(shared, submits, NULL, NULL, NULL, FROND_NEVER), 255);
    frond_job_get(job_of_all, NULL, FROND_NEVER);
    frond_job_free(job_of_all);
    frond_threadpool_free(shared);
}

static void *fails_over_its_job(void *arg) {
    int rc = frond_job_get(arg, NULL, FROND_NEVER);
    return frond_failed(FROND_EPROTO, "job: %d", rc);
}

/* gevent's test_exception_in_on_async_doesnt_crash */
static void a_failure_at_a_jobs_end(void) {
    reset();
    shared = frond_threadpool_new(NULL);
    frond_job *j = frond_threadpool_spawn(shared, work, make(1, 0, false), drop);
    capture_begin();
    CHECK_INT(frond_go(fails_over_its_job, j), 0);
    frond_hub_join(FROND_NEVER);
    CHECK_HAS(capture_end(), "job: 0 (FROND_EPROTO)");
    frond_job_free(j);
    order o = {.value = 3};
    CHECK_INT(frond_threadpool_run(shared, work, &o, NULL, NULL, FROND_NEVER), 3);
    frond_threadpool_free(shared);
}

/* ---- sizes ---- */

enum { GATED = 4 };

static frond_job *gated[GATED];

static void spawn_gated(frond_threadpool *pool) {
    for (int i = 0; i < GATED; i++)
        gated[i] = frond_threadpool_spawn(pool, work, make(i, 0, true), drop);
}

static void end_gated(void) {
    atomic_store(&gate, 1);
    for (int i = 0; i < GATED; i++) {
        int result = -1;
        CHECK_INT(frond_job_get(gated[i], &result, FROND_NEVER), 0);
        CHECK_INT(result, i);
        frond_job_free(gated[i]);
    }
    CHECK_INT(dropped, GATED);
}

/* gevent's TestMaxsize.test_inc */
static void more_threads(void) {
    frond_threadpool_options o = {.max_threads = 1};
    frond_threadpool *pool = frond_threadpool_new(&o);
    reset();
    spawn_gated(pool);
    CHECK(eventually(has_begun, (void *)1));
    CHECK_INT(frond_threadpool_threads(pool), 1);
    CHECK_INT(frond_threadpool_resize(pool, 3), 0);
    CHECK_INT(frond_threadpool_threads(pool), 3); /* at once, not with the next job */
    CHECK(eventually(has_begun, (void *)3));
    end_gated();
    CHECK_INT(frond_threadpool_resize(NULL, 1), FROND_EINVAL);
    frond_threadpool_free(pool);
}

static bool has_threads(void *pool) {
    return frond_threadpool_threads(pool) == 2;
}

static void fewer_threads(void) {
    frond_threadpool *pool = frond_threadpool_new(NULL);
    reset();
    spawn_gated(pool);
    CHECK(eventually(has_begun, (void *)GATED));
    CHECK_INT(frond_threadpool_resize(pool, 2), 0);
    CHECK_INT(frond_threadpool_threads(pool), GATED); /* they run their jobs to the end */
    end_gated();
    CHECK(eventually(has_threads, pool));
    reset();
    spawn_gated(pool);
    CHECK(eventually(has_begun, (void *)2));
    end_gated();
    frond_threadpool_free(pool);
}

/* gevent's TestMaxsize.test_setzero */
static void no_threads_at_all(void) {
    frond_threadpool *pool = frond_threadpool_new(NULL);
    order o = {.value = 4};
    reset();
    CHECK_INT(frond_threadpool_run(pool, work, &o, NULL, NULL, FROND_NEVER), 4);
    CHECK_INT(frond_threadpool_threads(pool), 1);
    CHECK_INT(frond_threadpool_resize(pool, 0), 0);
    CHECK(eventually(no_threads, pool)); /* though it was idle */
    reset();
    spawn_gated(pool);
    CHECK_INT(frond_threadpool_jobs(pool), GATED);
    frond_sleep(2);
    CHECK_INT(begun, 0);
    CHECK_INT(frond_threadpool_resize(pool, 2), 0);
    CHECK(eventually(has_begun, (void *)2));
    end_gated();
    CHECK(frond_threadpool_threads(pool) <= 2);
    frond_threadpool_free(pool);
}

/* libuv#28: lookups that hang do not hold up files, nor a program's own work. */
static void classes(void) {
    frond_threadpool *dns = frond_threadpool_class(FROND_THREADS_DNS),
                     *file = frond_threadpool_class(FROND_THREADS_FILE),
                     *cpu = frond_threadpool_class(FROND_THREADS_CPU);
    CHECK(dns && file && cpu && dns != file && file != cpu && dns != cpu);
    CHECK(frond_threadpool_class(FROND_THREADS_DNS) == dns);
    CHECK(frond_threadpool_class((frond_threads)3) == NULL);
    CHECK_INT(frond_error_code(), FROND_EINVAL);
    reset();
    spawn_gated(dns);
    frond_job *queued = frond_threadpool_spawn(dns, work, make(9, 0, true), drop);
    CHECK(eventually(has_begun, (void *)GATED));
    CHECK_INT(frond_threadpool_threads(dns), 4);
    order o = {.value = 1};
    CHECK_INT(frond_threadpool_run(file, work, &o, NULL, NULL, FROND_NEVER), 1);
    CHECK_INT(frond_threadpool_run(cpu, work, &o, NULL, NULL, FROND_NEVER), 1);
    CHECK_INT(frond_threadpool_jobs(dns), GATED + 1);
    end_gated();
    CHECK_INT(frond_job_get(queued, NULL, FROND_NEVER), 0);
    frond_job_free(queued);
}

static void spawns_and_gets(void) {
    frond_threadpool *pool = frond_threadpool_new(NULL);
    order o = {.value = 1};
    if (!pool)
        return;
    frond_job *j = frond_threadpool_spawn(pool, work, &o, NULL);
    int rc = j ? frond_job_get(j, NULL, FROND_NEVER) : frond_error_code();
    CHECK(rc == 0 || rc == FROND_ENOMEM);
    if (j && rc < 0) /* it could not wait */
        while (frond_threadpool_jobs(pool) && frond_sleep(1) == 0) {}
    frond_job_free(j);
    frond_threadpool_free(pool);
    pool = frond_threadpool_class(FROND_THREADS_DNS);
    j = pool ? frond_threadpool_spawn(pool, work, &o, NULL) : NULL;
    if (j)
        frond_job_get(j, NULL, FROND_NEVER);
    frond_job_free(j);
}

static void spawn_without_memory(void) {
    reset();
    memory_sweep(spawns_and_gets);
}

static void misuse_of_jobs(void) {
    shared = frond_threadpool_new(NULL);
    CHECK(frond_threadpool_spawn(NULL, work, NULL, drop) == NULL);
    CHECK_INT(frond_error_code(), FROND_EINVAL);
    CHECK(frond_threadpool_spawn(shared, NULL, NULL, drop) == NULL);
    CHECK_INT(frond_error_code(), FROND_EINVAL);
    CHECK_INT(frond_job_get(NULL, NULL, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_job_cancel(NULL), FROND_EINVAL);
    frond_threadpool_free(shared);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"results", results},
        {"many jobs", many_jobs},
        {"the hub goes on", the_hub_goes_on},
        {"timeout drops once", timeout_drops_once},
        {"killed and over at once", killed_and_over_at_once},
        {"end and expiry together", end_and_expiry_together},
        {"kill drops once", kill_drops_once},
        {"kill and end together", kill_and_end_together},
        {"free with jobs", free_with_jobs},
        {"another thread is refused", another_thread_is_refused},
        {"free from another thread", free_from_another_thread},
        {"idle threads end", idle_threads_end},
        {"thread ends before its job", thread_ends_before_its_job},
        {"close with a job", close_with_a_job},
        {"misuse", misuse},
        {"spawned jobs", spawned_jobs},
        {"handle freed before the end", handle_freed_before_the_end},
        {"jobs that do not run", jobs_that_do_not_run},
        {"job waited for and freed", job_waited_for_and_freed},
        {"handle outlives its thread", handle_outlives_its_thread},
        {"only the owner submits", only_the_owner_submits},
        {"recursion is refused", recursion_is_refused},
        {"a failure at a job's end", a_failure_at_a_jobs_end},
        {"more threads", more_threads},
        {"fewer threads", fewer_threads},
        {"no threads at all", no_threads_at_all},
        {"classes", classes},
        {"spawn without memory", spawn_without_memory},
        {"misuse of jobs", misuse_of_jobs},
        {0}};
    return test_main("threadpool", tests, argc, argv);
}
