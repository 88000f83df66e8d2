/* SPDX-License-Identifier: MIT */
/* The virtual clock: time that passes when nothing else does, and only then. */
#include "support.h"

#include <frond/impl/fd.h>
#include <frond/impl/loop.h>
#include <frond/impl/waiter.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <support/sockets.h>

static const int64_t MS = 1000000, HOUR = 3600 * INT64_C(1000000000);

enum { HOUR_MS = 3600 * 1000 };

static int64_t real_now(void) {
    return (int64_t)uv_hrtime();
}

static int64_t ms_since(int64_t start) {
    CHECK_INT((frond_now() - start) % MS, 0);
    return (frond_now() - start) / MS;
}

static int wait_forever(frond_deadline d) {
    frond_event e = FROND_EVENT_INIT;
    return frond_event_wait(&e, d);
}

/* ---- sleeping ---- */

static void stands_still(void) {
    int64_t start = frond_now();
    busy_ms(2);
    frond_yield();
    CHECK_INT(frond_now(), start);
    CHECK_INT(frond_remaining(frond_in(7)), 7 * MS);
    CHECK_INT(frond_sleep(50), 0);
    CHECK_INT(frond_now() - start, 50 * MS);
}

static void hours_in_no_time(void) {
    int64_t start = frond_now(), real = real_now();
    for (int i = 0; i < 1000; i++)
        CHECK_INT(frond_sleep(HOUR_MS), 0);
    CHECK_INT(frond_now() - start, 1000 * HOUR);
    CHECK(real_now() - real < HOUR / 60);
}

static void every_nanosecond(void) {
    for (int64_t extra = 1; extra < 3 * MS; extra += 100003) {
        frond_deadline d = {frond_now() + extra};
        CHECK_INT(wait_forever(d), FROND_ETIMEDOUT);
        CHECK_INT(frond_now(), d.ns);
    }
}

typedef struct {
    int64_t ns;
    int order;
} timed;

static timed fired[2000];
static int fired_n;

static void *notes_when_due(void *arg) {
    timed *t = arg;
    CHECK_INT(wait_forever((frond_deadline){t->ns}), FROND_ETIMEDOUT);
    CHECK_INT(frond_now(), t->ns);
    fired[fired_n++] = *t;
    return NULL;
}

static int sooner(const void *a, const void *b) {
    const timed *x = a, *y = b;
    if (x->ns != y->ns)
        return x->ns < y->ns ? -1 : 1;
    return x->order - y->order;
}

/* Equal times in the order in which they were asked for. */
static void many_in_order(void) {
    in_order();
    enum { N = sizeof fired / sizeof fired[0] };
    static timed all[N];
    int64_t base = frond_now();
    uint32_t dice = 1;
    fired_n = 0;
    for (int i = 0; i < N; i++) {
        dice = dice * 1103515245 + 12345;
        all[i] = (timed){base + 1 + (int64_t)(dice >> 8) % 300 * HOUR, i};
        frond_go(notes_when_due, &all[i]);
    }
    CHECK_INT(frond_hub_join(FROND_NEVER), 0);
    CHECK_INT(fired_n, N);
    qsort(all, N, sizeof all[0], sooner);
    for (int i = 0; i < N; i++)
        CHECK_INT(fired[i].order, all[i].order);
}

static void *ticks(void *arg) {
    for (int i = 0; i < 5; i++) {
        frond_sleep(10);
        log_add(arg);
    }
    return NULL;
}

static void two_beats(void) {
    int64_t start = frond_now();
    frond_go(ticks, "a");
    frond_sleep(5);
    frond_go(ticks, "b");
    CHECK_INT(frond_hub_join(FROND_NEVER), 0);
    CHECK_TEXT(log_text(), "a b a b a b a b a b");
    CHECK_INT(ms_since(start), 55);
}

static void *starts(void *start) {
    char word[24];
    snprintf(word, sizeof word, "%d", (int)ms_since(*(int64_t *)start));
    log_add(word);
    return NULL;
}

static void delayed_starts(void) {
    int64_t start = frond_now();
    frond_greenlet *g[] = {
        frond_spawn_later(HOUR_MS, starts, &start), frond_spawn_later(3, starts, &start),
        frond_spawn_later(0, starts, &start), frond_spawn_later(3, starts, &start)};
    CHECK_INT(frond_join(g[0], frond_in(HOUR_MS - 1)), FROND_ETIMEDOUT);
    CHECK_INT(ms_since(start), HOUR_MS - 1);
    CHECK_INT(frond_join(g[0], FROND_NEVER), 0);
    CHECK_TEXT(log_text(), "0 3 3 3600000");
    for (size_t i = 0; i < 4; i++)
        frond_release(g[i]);
}

/* ---- deadlines ---- */

static void *gives_up_the_lock(void *l) {
    CHECK_INT(frond_lock_acquire(l, FROND_NEVER), 0);
    frond_sleep(100);
    CHECK_INT(frond_lock_release(l), 0);
    return NULL;
}

static void deadlines_of_all_kinds(void) {
    int64_t start = frond_now();
    int item = 0;
    frond_queue *q = frond_queue_new(sizeof item, 1, NULL);
    CHECK_INT(frond_queue_get(q, &item, frond_in(20)), FROND_ETIMEDOUT);
    CHECK_INT(ms_since(start), 20);
    CHECK_INT(frond_queue_put(q, &item, frond_in(20)), 0);
    CHECK_INT(frond_queue_put(q, &item, frond_in(20)), FROND_ETIMEDOUT);
    CHECK_INT(ms_since(start), 40);
    frond_queue_free(q);
    frond_lock l = FROND_LOCK_INIT;
    frond_greenlet *g = frond_spawn(gives_up_the_lock, &l);
    frond_yield();
    CHECK_INT(frond_lock_acquire(&l, frond_in(99)), FROND_ETIMEDOUT);
    CHECK_INT(frond_join(g, FROND_NOW), FROND_ETIMEDOUT);
    CHECK_INT(ms_since(start), 139);
    /* What is due at one time is due before anybody runs: the lock comes too late. */
    CHECK_INT(frond_lock_acquire(&l, frond_in(1)), FROND_ETIMEDOUT);
    CHECK_INT(frond_lock_acquire(&l, frond_in(1)), 0);
    CHECK_INT(ms_since(start), 140);
    frond_lock_release(&l);
    CHECK_INT(frond_join(g, frond_in(HOUR_MS)), 0);
    CHECK_INT(ms_since(start), 140);
    frond_release(g);
}

static void scopes_and_shields(void) {
    frond_timeout outer, inner;
    int64_t start = frond_now();
    frond_timeout_start(&outer, 50);
    frond_timeout_start(&inner, 20);
    CHECK_INT(frond_sleep(1000), FROND_ETIMEDOUT);
    CHECK_INT(ms_since(start), 20);
    CHECK_INT(frond_timeout_stop(&inner), 1);
    CHECK_INT(frond_sleep(29), 0);
    CHECK_INT(frond_sleep(1), FROND_ETIMEDOUT);
    CHECK_INT(ms_since(start), 50);
    frond_shield_begin(10);
    CHECK_INT(frond_sleep(1000), FROND_ETIMEDOUT);
    CHECK_INT(ms_since(start), 60);
    frond_shield_end();
    CHECK_INT(frond_timeout_stop(&outer), 1);
}

static void *cleans_up(void *start) {
    CHECK_INT(frond_sleep(FROND_FOREVER), FROND_ECANCELED);
    frond_shield_begin(30);
    CHECK_INT(frond_sleep(20), 0);
    CHECK_INT(frond_sleep(20), FROND_ETIMEDOUT);
    CHECK_INT(ms_since(*(int64_t *)start), 35);
    frond_shield_end();
    return NULL;
}

static void killed(void) {
    int64_t start = frond_now();
    frond_greenlet *g = frond_spawn(cleans_up, &start);
    frond_sleep(5);
    CHECK_INT(frond_kill(g, FROND_EXIT, frond_in(10)), FROND_ETIMEDOUT);
    CHECK_INT(ms_since(start), 15);
    CHECK_INT(frond_join(g, FROND_NEVER), 0);
    CHECK_INT(ms_since(start), 35);
    frond_release(g);
}

/* ---- on, off, on ---- */

static void neither_jumps(void) {
    for (int i = 0; i < 3000; i++) {
        frond_clock_virtual(0);
        int64_t real = frond_now();
        CHECK_INT(frond_clock_virtual(1), 0);
        int64_t still = frond_now();
        CHECK(still >= real && still - real < 20000 * MS);
        frond_sleep(HOUR_MS);
        CHECK_INT(frond_now() - still, HOUR);
        CHECK_INT(frond_clock_virtual(0), 1);
        int64_t after = frond_now();
        CHECK(after >= still + HOUR && after < still + HOUR + 20000 * MS);
    }
    frond_clock_virtual(1);
}

static int inner_fixture(void) {
    int was = frond_clock_virtual(1);
    frond_sleep(1000);
    return frond_clock_virtual(was);
}

static void fixtures_nest(void) {
    CHECK_INT(inner_fixture(), 1);
    CHECK_INT(frond_clock_virtual(1), 1); /* it has put back what it had found */
    frond_clock_virtual(0);
    CHECK_INT(inner_fixture(), 1);
    CHECK_INT(frond_clock_virtual(0), 0);
    CHECK_INT(frond_clock_virtual(-7), 0); /* that is on */
    CHECK_INT(frond_clock_virtual(1), 1);
}

static void *notes_after(void *ms) {
    frond_deadline d = frond_in((uint64_t)(uintptr_t)ms);
    CHECK_INT(wait_forever(d), FROND_ETIMEDOUT);
    CHECK(frond_now() >= d.ns);
    log_add((uintptr_t)ms > 10 ? "late" : "soon");
    return NULL;
}

/* What was armed on one clock fires on the other, when it has waited its time on the two together. */
static void timers_outlast_a_change(void) {
    in_order(); /* both may be due at once, where the machine is slow */
    for (int to = 0; to < 2; to++) {
        log_clear();
        frond_clock_virtual(1 - to);
        frond_go(notes_after, (void *)2);
        frond_go(notes_after, (void *)(uintptr_t)(to ? 100000 : 15));
        frond_yield();
        frond_sleep(1); /* of a real clock the alarm is set */
        CHECK_INT(frond_clock_virtual(to), 1 - to);
        CHECK_INT(frond_hub_join(FROND_NEVER), 0);
        CHECK_TEXT(log_text(), "soon late");
    }
}

static void sets(void *e) {
    frond_event_set(e);
}

/* The loop has been told to wait for a hundred seconds that are over sooner. */
static void an_alarm_set_before(void) {
    frond_event e = FROND_EVENT_INIT;
    frond_clock_virtual(0);
    frond_go(notes_after, (void *)100000);
    frond_yield();
    frond_post(frond_hub_current(), sets, &e);
    CHECK_INT(frond_event_wait(&e, FROND_NEVER), 0);
    frond_clock_virtual(1);
    frond_sleep(99990);
    frond_clock_virtual(0);
    int64_t real = real_now();
    CHECK_INT(frond_hub_join(FROND_NEVER), 0);
    CHECK_TEXT(log_text(), "late");
    CHECK(real_now() - real < 50000 * MS);
}

/* Having been hours ahead, the real clock goes on in seconds that are real. */
static void real_afterwards(void) {
    frond_sleep(HOUR_MS);
    frond_clock_virtual(0);
    int64_t real = real_now(), start = frond_now();
    CHECK_INT(frond_sleep(10), 0);
    int64_t slept = frond_now() - start;
    CHECK(slept >= 10 * MS && slept <= real_now() - real);
}

static void outlives_its_hub(void) {
    int64_t start = frond_now();
    frond_sleep(HOUR_MS);
    CHECK_INT(frond_hub_close(FROND_NEVER), 0);
    CHECK_INT(frond_now() - start, HOUR);
    CHECK_INT(frond_sleep(1), 0);
    CHECK_INT(frond_now() - start, HOUR + MS);
}

static void switched_by_a_post(void *on) {
    frond_clock_virtual(on != NULL);
    frond_clock_virtual(on == NULL);
    frond_clock_virtual(on != NULL);
}

static void switched_in_a_callback(void) {
    int64_t start = frond_now();
    frond_post(frond_hub_current(), switched_by_a_post, NULL);
    CHECK_INT(frond_sleep(3), 0); /* begins on one and ends on the other */
    CHECK(frond_now() - start >= 3 * MS);
    frond_post(frond_hub_current(), switched_by_a_post, "on");
    CHECK_INT(frond_sleep(HOUR_MS), 0);
    CHECK(frond_now() - start >= HOUR);
}

/* ---- threads ---- */

static void other_thread(void *arg) {
    int64_t start = frond_now();
    CHECK_INT(frond_clock_virtual(0), 0);
    CHECK(start >= real_now() - 20000 * MS && start <= real_now());
    frond_sleep(5);
    CHECK(frond_now() - start >= 5 * MS);
    *(int *)arg = frond_clock_virtual(1);
    start = frond_now();
    frond_sleep(HOUR_MS);
    CHECK_INT(frond_now() - start, HOUR);
}

static void each_thread_its_own(void) {
    int was = -1;
    int64_t start = frond_now();
    frond_sleep(HOUR_MS);
    thread_run(other_thread, &was);
    CHECK_INT(was, 0);
    CHECK_INT(frond_now() - start, HOUR);
}

static int asks_in_a_job(void *arg) {
    *(int64_t *)arg = frond_now();
    return frond_clock_virtual(0);
}

static void refused_in_a_job(void) {
    int64_t there;
    frond_sleep(HOUR_MS);
    CHECK_INT(frond_threadpool_run(frond_threadpool_class(FROND_THREADS_FILE),
                                   asks_in_a_job, &there, NULL, NULL, FROND_NEVER),
              FROND_ETHREAD);
    CHECK(there <= real_now()); /* the real time is a job's */
    CHECK_INT(frond_clock_virtual(1), 1);
}

/* ---- who holds it ---- */

static int works(void *ms) {
    block_ms((uint64_t)(uintptr_t)ms);
    return 7;
}

static void *runs_a_job(void *arg) {
    frond_threadpool *pool = frond_threadpool_class(FROND_THREADS_CPU);
    CHECK_INT(frond_threadpool_run(pool, works, arg, NULL, NULL, frond_in(1)), 7);
    log_add("job");
    return NULL;
}

static void jobs_hold_it(void) {
    int64_t start = frond_now();
    for (int i = 0; i < 20; i++) /* more than there are threads */
        frond_go(runs_a_job, (void *)1);
    frond_go(notes_after, (void *)1);
    CHECK_INT(frond_hub_join(FROND_NEVER), 0);
    CHECK_INT(ms_since(start), 1);
    CHECK(strstr(log_text(), "job soon") != NULL);
    CHECK(strstr(log_text(), "soon job") == NULL);
}

static void jobs_with_handles_hold_it(void) {
    frond_threadpool *pool = frond_threadpool_new(NULL);
    int64_t start = frond_now();
    int result = 0;
    frond_job *j = frond_threadpool_spawn(pool, works, (void *)5, NULL);
    CHECK_INT(frond_job_get(j, &result, frond_in(1)), 0);
    CHECK_INT(result, 7);
    CHECK_INT(frond_now(), start);
    frond_job_free(j);
    frond_job_free(frond_threadpool_spawn(pool, works, (void *)5, NULL));
    CHECK_INT(frond_sleep(1), 0); /* though nobody waits for it */
    CHECK_INT(frond_threadpool_jobs(pool), 0);
    frond_threadpool_free(pool);
    CHECK_INT(ms_since(start), 1);
    CHECK_INT(frond_sleep(1), 0);
}

static int waits_at_gate(void *open) {
    while (!atomic_load((atomic_int *)open))
        block_ms(1);
    return 0;
}

/* No thread will come to it. */
static void jobs_without_threads_do_not(void) {
    frond_threadpool *pool = frond_threadpool_new(NULL);
    int64_t start = frond_now();
    CHECK_INT(frond_threadpool_resize(pool, 0), 0);
    frond_job *j = frond_threadpool_spawn(pool, works, NULL, NULL);
    CHECK_INT(frond_job_get(j, NULL, frond_in(10)), FROND_ETIMEDOUT);
    CHECK_INT(ms_since(start), 10);
    CHECK_INT(frond_threadpool_resize(pool, 1), 0);
    CHECK_INT(frond_job_get(j, NULL, frond_in(10)), 0);
    CHECK_INT(ms_since(start), 10);
    frond_job_free(j);
    atomic_int open = 0;
    j = frond_threadpool_spawn(pool, waits_at_gate, &open, NULL);
    frond_job *queued = frond_threadpool_spawn(pool, works, (void *)2, NULL);
    CHECK_INT(frond_threadpool_resize(pool, 0), 0);
    atomic_store(&open, 1);
    frond_job_get(j, NULL, frond_in(10)); /* a thread had begun it, or had not */
    CHECK_INT(frond_job_get(queued, NULL, frond_in(10)), FROND_ETIMEDOUT);
    CHECK_INT(frond_job_cancel(queued), 1);
    frond_job_free(j);
    frond_job_free(queued);
    frond_threadpool_free(pool);
    CHECK_INT(frond_sleep(1), 0);
}

static void files_hold_it(void) {
    int64_t start = frond_now();
    frond_file_info info;
    for (int i = 0; i < 20; i++)
        CHECK_INT(frond_fs_stat(".", &info, frond_in(1)), 0);
    CHECK_INT(frond_now(), start);
}

typedef struct {
    frond_hub *hub;
    frond_event came;
    bool holds; /* the clock, until it is there */
} message;

static void arrives(void *arg) {
    message *m = arg;
    if (m->holds)
        frond_clock_hold(-1);
    frond_event_set(&m->came);
}

static void posts_later(void *arg) {
    message *m = arg;
    block_ms(5);
    frond_post(m->hub, arrives, m);
    frond_hub_free(m->hub);
}

static void held_by_whoever_knows(void) {
    message m = {.hub = frond_hub_ref(frond_hub_current()), .holds = true};
    int64_t start = frond_now();
    test_thread *t = thread_start(posts_later, &m);
    frond_clock_hold(1);
    CHECK_INT(frond_event_wait(&m.came, frond_in(1)), 0);
    CHECK_INT(frond_now(), start);
    thread_join(t);
}

/* Whether somebody posts through an open door nobody knows. */
static void doors_do_not(void) {
    message m = {.hub = frond_hub_ref(frond_hub_current())};
    int64_t start = frond_now();
    CHECK_INT(wait_forever(frond_in(10)), FROND_ETIMEDOUT);
    CHECK_INT(ms_since(start), 10);
    frond_hub_free(m.hub);
}

/* ---- descriptors ---- */

static uv_os_sock_t ends[2];
static frond_fd *watch;

static void begin(void) {
    CHECK_INT(uv_socketpair(SOCK_STREAM, 0, ends, UV_NONBLOCK_PIPE, UV_NONBLOCK_PIPE), 0);
    socket_nonblocking(ends[0]);
    socket_nonblocking(ends[1]);
    watch = frond_fd_new(ends[0], NULL, NULL);
}

static void end(void) {
    frond_fd_close(watch);
    socket_close(ends[0]);
    socket_close(ends[1]);
}

static void *sends(void *ms) {
    frond_sleep((uint64_t)(uintptr_t)ms);
    CHECK_INT(socket_send(ends[1], "x", 1), 1);
    return NULL;
}

static void a_silent_peer_times_out(void) {
    begin();
    int64_t start = frond_now();
    CHECK_INT(frond_fd_wait(watch, FROND_FD_READ, frond_in(30000)), FROND_ETIMEDOUT);
    CHECK_INT(ms_since(start), 30000);
    frond_go(sends, (void *)10);
    CHECK_INT(frond_fd_wait(watch, FROND_FD_READ, frond_in(30000)), 0);
    CHECK_INT(ms_since(start), 30010);
    end();
}

/* What has been sent is seen before any time passes. */
static void data_wins(void) {
    char c;
    begin();
    for (int i = 0; i < 500; i++) {
        int64_t start = frond_now();
        frond_go(sends, NULL);
        int rc = frond_fd_wait(watch, FROND_FD_READ, (frond_deadline){start + 1});
        CHECK_INT(rc, 0);
        CHECK_INT(frond_now(), start);
        if (rc == 0)
            CHECK_INT(socket_receive(ends[0], &c, 1), 1);
    }
    frond_hub_join(FROND_NEVER);
    end();
}

static void passes_it_on(uv_poll_t *guest, int status, int events) {
    (void)status;
    (void)events;
    uv_poll_stop(guest);
    uv_close((uv_handle_t *)guest, NULL);
    CHECK_INT(socket_send(ends[1], "x", 1), 1);
}

/* Nor does any pass between what has come and what a guest makes of it. */
static void data_by_way_of_a_guest_wins(void) {
    static uv_poll_t guest;
    uv_os_sock_t pair[2];
    begin();
    CHECK_INT(uv_socketpair(SOCK_STREAM, 0, pair, UV_NONBLOCK_PIPE, UV_NONBLOCK_PIPE), 0);
    CHECK_INT(uv_poll_init_socket(frond_loop(), &guest, pair[0]), 0);
    CHECK_INT(uv_poll_start(&guest, UV_READABLE, passes_it_on), 0);
    CHECK_INT(socket_send(pair[1], "x", 1), 1);
    int64_t start = frond_now();
    CHECK_INT(frond_fd_wait(watch, FROND_FD_READ, (frond_deadline){start + 1}), 0);
    CHECK_INT(frond_now(), start);
    frond_sleep(1); /* the guest's handle has been closed */
    socket_close(pair[0]);
    socket_close(pair[1]);
    end();
}

/* A guest's timer counts real time, keeps no other from moving, and is waited for when there is no other. */
static void guest_rang(uv_timer_t *t) {
    frond_event_set(t->data);
    uv_close((uv_handle_t *)t, NULL);
}

static void a_guests_timer(void) {
    static uv_timer_t timer;
    frond_event e = FROND_EVENT_INIT;
    int64_t start = frond_now();
    uv_timer_init(frond_loop(), &timer);
    uv_timer_start(&timer, guest_rang, 3600000, 0);
    timer.data = &e;
    CHECK_INT(frond_event_wait(&e, frond_in(10000)), FROND_ETIMEDOUT);
    CHECK_INT(ms_since(start), 10000);
    uv_update_time(frond_loop()); /* what it is counted from */
    uv_timer_start(&timer, guest_rang, 20, 0);
    CHECK_INT(frond_event_wait(&e, FROND_NEVER), 0);
    CHECK_INT(ms_since(start), 10000);
}

/* ---- the hub ---- */

static void *waits_in_vain(void *e) {
    frond_event_wait(e, FROND_NEVER);
    return NULL;
}

static void a_deadlock_is_one(void) {
    frond_event e = FROND_EVENT_INIT;
    frond_greenlet *g = frond_spawn(waits_in_vain, &e);
    frond_sleep(HOUR_MS); /* while there is a timer it is none */
    capture_begin();
    CHECK_INT(wait_forever(FROND_NEVER), FROND_EDEADLK);
    CHECK_HAS(capture_end(), "deadlock");
    CHECK_INT(frond_join(g, frond_in(5)), FROND_ETIMEDOUT);
    frond_event_set(&e);
    CHECK_INT(frond_join(g, FROND_NEVER), 0);
    frond_release(g);
}

/* A start that is never due is no time to move to. */
static void never_is_never(void) {
    int64_t start = frond_now();
    frond_greenlet *g = frond_spawn_later(FROND_FOREVER, starts, &start);
    CHECK_INT(frond_sleep(HOUR_MS), 0);
    message m = {.hub = frond_hub_ref(frond_hub_current())};
    test_thread *t = thread_start(posts_later, &m);
    CHECK_INT(frond_event_wait(&m.came, FROND_NEVER), 0);
    thread_join(t);
    CHECK_INT(frond_now() - start, HOUR);
    CHECK_INT(frond_kill(g, FROND_EXIT, FROND_NEVER), 0);
    frond_release(g);
}

static void *sleeps_an_hour(void *arg) {
    frond_sleep(HOUR_MS);
    return arg;
}

static void joins_and_idles(void) {
    int64_t start = frond_now();
    frond_greenlet *g = frond_spawn(sleeps_an_hour, NULL);
    CHECK_INT(frond_idle(), 0); /* nothing to do is before any time passes */
    CHECK_INT(frond_now(), start);
    CHECK_INT(frond_hub_join(frond_in(1)), FROND_ETIMEDOUT);
    CHECK_INT(ms_since(start), 1);
    CHECK_INT(frond_hub_join(frond_in(HOUR_MS)), 0);
    CHECK_INT(ms_since(start), HOUR_MS);
    CHECK_INT(frond_hub_join(frond_in(HOUR_MS)), 0); /* and at once */
    CHECK_INT(ms_since(start), HOUR_MS);
    frond_release(g);
}

static void *yields_for_ever(void *arg) {
    frond_shield_begin(FROND_FOREVER);
    for (;;)
        frond_yield();
    return arg;
}

/* The real time bounds the end of a hub, too: one that goes on and on lets none pass. */
static void a_busy_hub_can_be_closed(void) {
    frond_go(yields_for_ever, NULL);
    frond_yield();
    CHECK_INT(frond_hub_close(frond_in(5)), FROND_ETIMEDOUT);
}

/* Turns are bounded by the real time: a busy greenlet keeps nobody from what has come. */
static int pieces;

static void *works_piece_by_piece(void *stop) {
    for (; !*(bool *)stop; pieces++) {
        int64_t end = real_now() + MS / 20;
        while (real_now() < end) {}
        frond_yield();
    }
    return NULL;
}

static void turns_are_real(void) {
    bool stop = false;
    begin();
    frond_greenlet *g = frond_spawn(works_piece_by_piece, &stop);
    frond_greenlet *other = frond_spawn(works_piece_by_piece, &stop);
    frond_yield();
    CHECK_INT(socket_send(ends[1], "x", 1), 1);
    pieces = 0;
    CHECK_INT(frond_fd_wait(watch, FROND_FD_READ, FROND_NEVER), 0);
    CHECK(pieces < 200); /* a millisecond is over long before 256 have run */
    stop = true;
    frond_join(g, FROND_NEVER);
    frond_join(other, FROND_NEVER);
    frond_release(g);
    frond_release(other);
    end();
}

static void naps_are_real(void) {
    int64_t start = frond_now(), real = real_now();
    for (int i = 0; i < 3; i++)
        CHECK_INT(frond_nap(1, FROND_NEVER), 0);
    frond_clock_hold(1);
    CHECK_INT(frond_nap(1, frond_in(1)), 0);
    frond_clock_hold(-1);
    CHECK_INT(frond_now(), start);
    CHECK(real_now() - real >= 2 * MS); /* the loop counts milliseconds */
    CHECK_INT(frond_nap(1, FROND_NOW), FROND_ETIMEDOUT);
    CHECK_INT(frond_nap(5000, frond_in(1)), FROND_ETIMEDOUT); /* as with a descriptor */
    CHECK_INT(ms_since(start), 1);
    frond_timeout t;
    frond_timeout_start(&t, 0);
    CHECK_INT(frond_nap(1, FROND_NEVER), FROND_ETIMEDOUT);
    frond_timeout_stop(&t);
    frond_clock_virtual(0);
    CHECK_INT(frond_nap(1, FROND_NEVER), 0);
    CHECK_INT(frond_nap(20000, frond_in(1)), FROND_ETIMEDOUT);
    CHECK_INT(frond_nap(1, frond_in(20000)), 0);
}

static void naps(void *rc) {
    *(int *)rc = frond_nap(1, FROND_NEVER);
}

static void *naps_on(void *arg) {
    while (frond_nap(1, FROND_NEVER) == 0) {}
    return arg;
}

static void naps_end(void) {
    int rc = 0;
    frond_greenlet *g = frond_spawn(naps_on, NULL);
    frond_sleep(10);
    CHECK_INT(frond_kill(g, FROND_EXIT, FROND_NEVER), 0);
    frond_release(g);
    frond_post(frond_hub_current(), naps, &rc);
    frond_sleep(1);
    CHECK_INT(rc, FROND_ENOSUSPEND);
    frond_go(naps_on, NULL);
    frond_yield(); /* and at the hub's end */
    CHECK_INT(frond_hub_close(FROND_NOW), FROND_ETIMEDOUT);
}

/* Whoever sleeps for ever in years does not come round to the beginning of time. */
static void at_the_end_of_time(void *arg) {
    frond_clock_virtual(1);
    frond_deadline d = {INT64_MAX - 5};
    *(int *)arg = wait_forever(d);
    CHECK_INT(frond_now(), d.ns);
    CHECK_INT(frond_in(1).ns, INT64_MAX);
    CHECK_INT(frond_remaining(d), 0);
    frond_clock_virtual(0);
    block_ms(1);
    CHECK_INT(frond_now(), INT64_MAX);
    CHECK_INT(frond_in(1).ns, INT64_MAX);
    CHECK_INT(frond_clock_virtual(1), 0);
    CHECK_INT(frond_sleep(0), 0);
}

static void the_end_of_time(void) {
    int rc = 0;
    thread_run(at_the_end_of_time, &rc); /* which is not needed any more then */
    CHECK_INT(rc, FROND_ETIMEDOUT);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"stands still", stands_still},
        {"hours in no time", hours_in_no_time},
        {"every nanosecond", every_nanosecond},
        {"many in order", many_in_order},
        {"two beats", two_beats},
        {"delayed starts", delayed_starts},
        {"deadlines of all kinds", deadlines_of_all_kinds},
        {"scopes and shields", scopes_and_shields},
        {"killed", killed},
        {"neither jumps", neither_jumps},
        {"fixtures nest", fixtures_nest},
        {"timers outlast a change", timers_outlast_a_change},
        {"an alarm set before", an_alarm_set_before},
        {"real afterwards", real_afterwards},
        {"outlives its hub", outlives_its_hub},
        {"switched in a callback", switched_in_a_callback},
        {"each thread its own", each_thread_its_own},
        {"refused in a job", refused_in_a_job},
        {"jobs hold it", jobs_hold_it},
        {"jobs with handles hold it", jobs_with_handles_hold_it},
        {"jobs without threads do not", jobs_without_threads_do_not},
        {"files hold it", files_hold_it},
        {"held by whoever knows", held_by_whoever_knows},
        {"doors do not", doors_do_not},
        {"a silent peer times out", a_silent_peer_times_out},
        {"data wins", data_wins},
        {"data by way of a guest wins", data_by_way_of_a_guest_wins},
        {"a guest's timer", a_guests_timer},
        {"a deadlock is one", a_deadlock_is_one},
        {"never is never", never_is_never},
        {"joins and idles", joins_and_idles},
        {"a busy hub can be closed", a_busy_hub_can_be_closed},
        {"turns are real", turns_are_real},
        {"naps are real", naps_are_real},
        {"naps end", naps_end},
        {"the end of time", the_end_of_time},
        {0}};
    test_clock_virtual();
    return test_main("clock", tests, argc, argv);
}
