/* SPDX-License-Identifier: MIT */
/* The hub: posts, deadlocks, joining, closing, threads, callbacks. */
#include "support.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <support/os.h>
#include <uv.h>

static void *number(intptr_t n) {
    return (void *)n;
}

static void *nothing(void *arg) {
    return arg;
}

static void *sleeps_ms(void *ms) {
    frond_sleep((uint64_t)(uintptr_t)ms);
    return ms;
}

/* ---- posts ---- */

enum { POSTERS = 4, POSTS = 2000 };

static frond_hub *target;
static int seen[POSTERS], out_of_order;
static frond_event all_seen = FROND_EVENT_INIT;

static void receive(void *arg) {
    intptr_t code = (intptr_t)arg, who = code / POSTS, n = code % POSTS;
    if (seen[who]++ != n)
        out_of_order++;
    int sum = 0;
    for (int i = 0; i < POSTERS; i++)
        sum += seen[i];
    if (sum == POSTERS * POSTS)
        frond_event_set(&all_seen);
}

static void post_many(void *arg) {
    for (intptr_t i = 0; i < POSTS; i++)
        if (frond_post(target, receive, number((intptr_t)arg * POSTS + i)) < 0)
            abort();
}

static void posts_arrive_in_order(void) {
    test_thread *threads[POSTERS];
    target = frond_hub_ref(frond_hub_current());
    for (intptr_t i = 0; i < POSTERS; i++)
        threads[i] = thread_start(post_many, number(i));
    CHECK_INT(frond_event_wait(&all_seen, FROND_NEVER), 0);
    for (int i = 0; i < POSTERS; i++)
        thread_join(threads[i]);
    CHECK_INT(out_of_order, 0);
    frond_hub_free(target);
}

static void wake_with_event(void *e) {
    frond_event_set(e);
}

static void post_after_a_while(void *e) {
    block_ms(20);
    frond_post(target, wake_with_event, e);
    frond_hub_free(target);
}

static void an_open_door_is_no_deadlock(void) {
    frond_event e = FROND_EVENT_INIT;
    target = frond_hub_ref(frond_hub_current());
    test_thread *t = thread_start(post_after_a_while, &e);
    capture_begin();
    CHECK_INT(frond_event_wait(&e, FROND_NEVER), 0);
    CHECK_TEXT(capture_end(), "");
    thread_join(t);
}

static void close_door_after_a_while(void *arg) {
    (void)arg;
    block_ms(20);
    frond_hub_free(target);
}

static void the_last_door_closes(void) {
    frond_event e = FROND_EVENT_INIT;
    target = frond_hub_ref(frond_hub_current());
    test_thread *t = thread_start(close_door_after_a_while, NULL);
    capture_begin();
    CHECK_INT(frond_event_wait(&e, FROND_NEVER), FROND_EDEADLK);
    CHECK_HAS(capture_end(), "deadlock");
    thread_join(t);
}

static int callback_codes[1200];
static size_t n_codes;
static frond_event callback_event = FROND_EVENT_INIT;
static frond_semaphore callback_semaphore = FROND_SEMAPHORE_INIT(1);

static void note_code(int64_t rc) {
    callback_codes[n_codes++] = (int)rc;
}

static void suspend_in_callback(void *g) {
    n_codes = 0;
    note_code(frond_sleep(1));
    note_code(frond_sleep(0));
    note_code(frond_yield());
    note_code(frond_event_wait(&callback_event, FROND_NEVER));
    note_code(frond_semaphore_acquire(&callback_semaphore, FROND_NEVER));
    note_code(frond_join(g, FROND_NEVER));
    note_code(frond_get(g, NULL, FROND_NEVER));
    note_code(frond_hub_join(FROND_NEVER));
    note_code(frond_switch(g, NULL, NULL));
    note_code(frond_throw(g, FROND_EXIT, NULL));
    frond_event_set(&callback_event);
}

static void callbacks_may_not_suspend(void) {
    frond_greenlet *g = frond_greenlet_new(nothing, NULL);
    frond_hub *h = frond_hub_ref(frond_hub_current());
    CHECK_INT(frond_post(h, suspend_in_callback, g), 0);
    CHECK_INT(frond_event_wait(&callback_event, FROND_NEVER), 0);
    for (size_t i = 0; i < n_codes; i++)
        CHECK_INT(callback_codes[i], FROND_ENOSUSPEND);
    CHECK_INT(n_codes, 10);
    CHECK_INT(callback_semaphore.count, 1);
    frond_hub_free(h);
    frond_release(g);
}

/* What cannot wait may be called in a callback. */
static void try_in_callback(void *g) {
    n_codes = 0;
    note_code(frond_event_wait(&callback_event, FROND_NOW));
    note_code(frond_semaphore_acquire(&callback_semaphore, FROND_NOW));
    note_code(frond_semaphore_acquire(&callback_semaphore, FROND_NOW));
    note_code(frond_join(g, FROND_NOW));
    note_code(frond_get(g, NULL, FROND_NOW));
    note_code(frond_hub_join(FROND_NOW));
    for (int i = 0; i < 1000; i++) /* nor does the 256th of them give way */
        note_code(frond_event_wait(&callback_event, FROND_NOW));
    frond_event_set(&callback_event);
}

static void callbacks_may_try(void) {
    frond_greenlet *g = frond_spawn_later(10000, nothing, NULL);
    frond_hub *h = frond_hub_ref(frond_hub_current());
    frond_event_clear(&callback_event);
    callback_semaphore.count = 1;
    CHECK_INT(frond_post(h, try_in_callback, g), 0);
    CHECK_INT(frond_event_wait(&callback_event, FROND_NEVER), 0);
    CHECK_INT(callback_codes[1], 0);
    callback_codes[1] = FROND_ETIMEDOUT;
    CHECK_INT(n_codes, 1006);
    for (size_t i = 0; i < n_codes; i++)
        CHECK_INT(callback_codes[i], FROND_ETIMEDOUT);
    CHECK_INT(callback_semaphore.count, 0);
    frond_kill(g, FROND_EXIT, FROND_NOW);
    frond_hub_free(h);
    frond_release(g);
}

static frond_greenlet *posted_victim;

static void work_in_callback(void *arg) {
    (void)arg;
    frond_release(frond_spawn(sleeps_ms, number(1)));
    frond_go(nothing, NULL);
    frond_kill(posted_victim, FROND_EXIT, FROND_NOW);
    frond_event_set(&callback_event);
}

static void callbacks_may_spawn_and_kill(void) {
    frond_event_clear(&callback_event);
    posted_victim = frond_spawn(sleeps_ms, number(1000000));
    frond_yield();
    CHECK_INT(frond_post(frond_hub_current(), work_in_callback, NULL), 0);
    CHECK_INT(frond_event_wait(&callback_event, FROND_NEVER), 0);
    CHECK_INT(frond_join(posted_victim, FROND_NEVER), 0);
    frond_release(posted_victim);
    frond_hub_join(FROND_NEVER);
}

static void posts_again(void *count) {
    if (--*(int *)count > 0)
        frond_post(frond_hub_current(), posts_again, count);
}

static void a_post_that_posts(void) {
    int count = 100;
    frond_post(frond_hub_current(), posts_again, &count);
    CHECK_INT(frond_hub_join(FROND_NEVER), 0);
    CHECK_INT(count, 0);
    CHECK_INT(frond_post(NULL, posts_again, NULL), FROND_EINVAL);
    CHECK_INT(frond_post(frond_hub_current(), NULL, NULL), FROND_EINVAL);
}

/* ---- deadlock ---- */

static void *waits_for(void *e) {
    frond_event_wait(e, FROND_NEVER);
    return NULL;
}

static void a_deadlock_is_told(void) {
    frond_event e = FROND_EVENT_INIT, other = FROND_EVENT_INIT;
    frond_spawn_options o = {.name = "the blocked one"};
    frond_greenlet *g = frond_spawn_with(&o, waits_for, &other);
    capture_begin();
    CHECK_INT(frond_event_wait(&e, FROND_NEVER), FROND_EDEADLK);
    const char *text = capture_end();
    CHECK_HAS(text, "frond: deadlock");
    CHECK_HAS(text, "\"the blocked one\" waits_for(");
    CHECK_HAS(text, "waiting for event 0x");
    CHECK_HAS(text, "(main)");
    CHECK_HAS(text, "a_deadlock_is_told");
    CHECK_HAS(text, "since ");
    CHECK_INT(frond_error_code(), FROND_EDEADLK);
    capture_begin();
    CHECK_INT(frond_join(g, FROND_NEVER), FROND_EDEADLK); /* again */
    CHECK_HAS(capture_end(), "end of greenlet");
    CHECK_INT(frond_event_wait(&e, frond_in(2)),
              FROND_ETIMEDOUT); /* a timer can wake it */
    CHECK_INT(frond_sleep(1), 0);
    frond_event_set(&other);
    CHECK_INT(frond_join(g, FROND_NEVER), 0);
    frond_release(g);
}

static void *main_is_suspended(void *arg) {
    (void)arg;
    frond_event e = FROND_EVENT_INIT;
    log_add(frond_error_name(frond_event_wait(&e, FROND_NEVER)));
    return NULL;
}

/* Main switched to a raw greenlet, and that one waits for ever. */
static void deadlock_behind_a_switch(void) {
    frond_greenlet *g = frond_greenlet_new(main_is_suspended, NULL);
    capture_begin();
    CHECK_INT(frond_switch(g, NULL, NULL), FROND_EDEADLK);
    CHECK_HAS(capture_end(), "main_is_suspended");
    CHECK_INT(frond_kill(g, FROND_EXIT, FROND_NEVER), 0);
    CHECK_TEXT(log_text(), "FROND_ECANCELED");
    frond_release(g);
}

/* ---- joining and closing ---- */

static void *calls(void *n) {
    ++*(int *)n;
    return NULL;
}

static void calls_later(void *n) {
    calls(n);
}

static void later_once_or_not(void *n) {
    int posted = 0, spawned = 0, taken_back = 0;
    *(int *)n += frond_post(frond_hub_current(), calls_later, &posted) != 0;
    frond_greenlet *g = frond_spawn(calls, &taken_back);
    *(int *)n += frond_go(calls, &spawned) != 0;
    *(int *)n += frond_kill(g, FROND_EXIT, FROND_NOW) != 0;
    *(int *)n += posted + spawned; /* not yet */
    *(int *)n += frond_hub_join(FROND_NEVER) != 0;
    *(int *)n += frond_hub_join(FROND_NEVER) != 0;
    *(int *)n += posted != 1 || spawned != 1 || taken_back != 0;
    frond_release(g);
}

static void case_50(void) {
    int problems = 0;
    later_once_or_not(&problems);
    CHECK_INT(problems, 0);
    thread_run(later_once_or_not, &problems);
    CHECK_INT(problems, 0);
}

static void join_again_and_again(void) {
    for (int i = 0; i < 5; i++) {
        CHECK_INT(frond_hub_join(FROND_NEVER), 0);
        frond_release(frond_spawn(sleeps_ms, number(2)));
        CHECK_INT(frond_hub_join(FROND_NEVER), 0);
        CHECK_INT(frond_hub_greenlets(), 0);
    }
    CHECK_INT(frond_hub_join(FROND_NOW), 0);
}

static void join_with_a_deadline(void) {
    int64_t start = frond_now();
    CHECK_INT(frond_hub_join(frond_in(30000)), 0); /* idle: at once */
    CHECK_INT(frond_now(), start);
    frond_greenlet *g = frond_spawn(sleeps_ms, number(5));
    CHECK_INT(frond_hub_join(FROND_NOW), FROND_ETIMEDOUT);
    CHECK_INT(frond_hub_join(frond_in(1)), FROND_ETIMEDOUT);
    CHECK_INT(frond_hub_join(frond_in(30000)), 0);
    CHECK(frond_dead(g));
    CHECK_INT(frond_now() - start, 5 * 1000000);
    frond_timeout t;
    frond_timeout_start(&t, 30000);
    CHECK_INT(frond_hub_join(FROND_NEVER), 0);
    frond_timeout_stop(&t);
    CHECK_INT(frond_now() - start, 5 * 1000000);
    frond_release(g);
}

static void *joins_the_hub(void *arg) {
    (void)arg;
    CHECK_INT(frond_hub_join(FROND_NEVER), 0);
    log_add("joined");
    return NULL;
}

static void join_by_several(void) {
    frond_greenlet *a = frond_spawn(joins_the_hub, NULL);
    frond_greenlet *b = frond_spawn(joins_the_hub, NULL);
    frond_release(frond_spawn(sleeps_ms, number(2)));
    CHECK_INT(frond_hub_join(FROND_NEVER), 0);
    frond_hub_join(FROND_NEVER);
    CHECK_TEXT(log_text(), "joined joined");
    frond_release(a);
    frond_release(b);
}

static void cleanup(void *word) {
    log_add(word);
}

static void *cleans_up_slowly(void *arg) {
    frond_defer(cleanup, "deferred");
    CHECK_INT(frond_sleep(FROND_FOREVER), FROND_ECANCELED);
    frond_shield_begin(20000);
    frond_sleep(3);
    frond_shield_end();
    log_add("clean");
    return arg;
}

static void close_and_use_again(void) {
    for (int i = 0; i < 3; i++) {
        log_clear();
        frond_greenlet *g = frond_spawn(cleans_up_slowly, NULL);
        frond_release(frond_spawn_later(100000, nothing, NULL));
        frond_yield();
        CHECK_INT(frond_hub_close(FROND_NEVER), 0);
        CHECK_TEXT(log_text(), "clean deferred");
        CHECK_INT(frond_hub_greenlets(), 0);
        CHECK(frond_dead(g));
        CHECK(frond_exited(g));
        frond_release(g); /* outlives its hub */
        CHECK_INT(frond_sleep(1), 0);
    }
    CHECK_INT(frond_hub_close(FROND_NOW), 0);
    CHECK_INT(frond_hub_close(FROND_NOW), 0); /* there is none */
}

static void *holds_out(void *arg) {
    frond_timeout t;
    frond_timeout_start(&t, 1000000);
    frond_shield_begin(1000000);
    frond_defer(cleanup, "deferred");
    frond_sleep(FROND_FOREVER);
    log_add("went on");
    return arg;
}

static void dropped(void *arg) {
    CHECK_INT(frond_sleep(1), FROND_ENOSUSPEND);
    log_add(arg);
}

static void told(frond_greenlet *g, void *arg) {
    (void)g;
    log_add(arg);
}

/* It never goes on, but what it holds is given back as if it had ended. */
static void close_drops_what_is_left(void) {
    frond_spawn_options o = {.name = "stubborn", .drop = dropped};
    frond_greenlet *g = frond_spawn_with(&o, holds_out, "dropped");
    frond_group *group = frond_group_new();
    frond_group_add(group, g);
    frond_link(g, told, "told"); /* would need a greenlet */
    frond_yield();
    CHECK_INT(frond_hub_close(frond_in(5)), FROND_ETIMEDOUT);
    CHECK_TEXT(log_text(), "deferred dropped");
    CHECK(frond_dead(g));
    CHECK(frond_exited(g));
    frond_release(g);
    CHECK_INT(frond_group_count(group), 0);
    frond_group_free(group);
    frond_go(holds_out, NULL);
    frond_yield();
    CHECK_INT(frond_hub_close(FROND_NOW), FROND_ETIMEDOUT);
}

static void *closes(void *arg) {
    (void)arg;
    CHECK_INT(frond_hub_close(FROND_NEVER), FROND_EBUSY);
    return NULL;
}

static void close_by_another(void) {
    frond_greenlet *g = frond_spawn(closes, NULL);
    frond_join(g, FROND_NEVER);
    frond_release(g);
}

/* ---- threads ---- */

static atomic_int thread_problems;

static void *adds(void *arg) {
    frond_sleep(1);
    return number((intptr_t)arg + 1);
}

static void own_hub(void *arg) {
    (void)arg;
    frond_clock_virtual(1); /* and their clocks */
    for (intptr_t i = 0; i < 50; i++) {
        frond_greenlet *g = frond_spawn(adds, number(i));
        void *value = NULL;
        if (frond_get(g, &value, FROND_NEVER) < 0 || (intptr_t)value != i + 1)
            atomic_fetch_add(&thread_problems, 1);
        frond_release(g);
    }
    frond_go(sleeps_ms, number(1000000)); /* the thread's end kills it */
    frond_yield();
}

static void each_thread_its_hub(void) {
    long blocks = memory_live();
    for (int round = 0; round < 3; round++) {
        test_thread *threads[8];
        for (int i = 0; i < 8; i++)
            threads[i] = thread_start(own_hub, NULL);
        for (int i = 0; i < 8; i++)
            thread_join(threads[i]);
    }
    CHECK_INT(thread_problems, 0);
    CHECK_INT(memory_live(), blocks);
}

static frond_greenlet *handed[3];
static atomic_int stage;

static void make_handles(void *arg) {
    (void)arg;
    for (int i = 0; i < 3; i++) {
        handed[i] = frond_spawn(sleeps_ms, number(1));
        frond_name_set(handed[i], "handed over");
        frond_ref(handed[i]);
    }
    frond_hub_join(FROND_NEVER);
    atomic_store(&stage, 1);
    frond_hub *h = frond_hub_ref(frond_hub_current()); /* wait for the post */
    while (atomic_load(&stage) < 2)
        frond_sleep(1);
    frond_hub_free(h);
    frond_release(handed[0]);
    frond_release(handed[1]);
}

static void release_from_another_thread(void) {
    test_clock_real();
    atomic_store(&stage, 0);
    test_thread *t = thread_start(make_handles, NULL);
    while (atomic_load(&stage) < 1)
        frond_sleep(1);
    frond_release(handed[0]); /* while its thread runs */
    frond_ref(handed[2]);
    atomic_store(&stage, 2);
    thread_join(t);
    frond_release(handed[1]); /* and after it has ended */
    frond_release(handed[2]);
    frond_release(handed[2]);
    frond_release(handed[2]);
}

static struct {
    frond_event e;
    frond_result r;
    frond_semaphore s;
    frond_queue *q;
    frond_group *group;
    frond_pool *pool;
    int codes[24];
    size_t n;
} mine;

static void note(int rc) {
    mine.codes[mine.n++] = rc;
}

static void use_whats_not_its_own(void *arg) {
    (void)arg;
    int item = 0;
    mine.n = 0;
    note(frond_event_set(&mine.e));
    note(frond_event_clear(&mine.e));
    note(frond_event_wait(&mine.e, FROND_NOW));
    note(frond_result_set(&mine.r, NULL));
    note(frond_result_set_error(&mine.r, FROND_EIO));
    note(frond_result_clear(&mine.r));
    note(frond_result_get(&mine.r, NULL, FROND_NOW));
    note(frond_semaphore_release(&mine.s));
    note(frond_semaphore_acquire(&mine.s, FROND_NOW));
    note(frond_queue_put(mine.q, &item, FROND_NOW));
    note(frond_queue_get(mine.q, &item, FROND_NOW));
    note(frond_queue_peek(mine.q, &item, FROND_NOW));
    note(frond_queue_close(mine.q));
    note(frond_group_spawn(mine.group, nothing, NULL));
    note(frond_group_join(mine.group, FROND_NOW));
    note(frond_group_kill(mine.group, FROND_EXIT, FROND_NOW));
    note(frond_pool_spawn(mine.pool, nothing, NULL, FROND_NOW));
    note(frond_pool_join(mine.pool, FROND_NOW));
    note(frond_pool_kill(mine.pool, FROND_EXIT, FROND_NOW));
    note(frond_pool_wait_available(mine.pool, FROND_NOW));
}

static void objects_of_another_thread(void) {
    memset(&mine, 0, sizeof mine);
    mine.q = frond_queue_new(sizeof(int), 1, NULL);
    mine.group = frond_group_new();
    mine.pool = frond_pool_new(1);
    frond_event_clear(&mine.e);
    frond_result_clear(&mine.r);
    CHECK_INT(frond_semaphore_release(&mine.s), 0);
    CHECK_INT(frond_pool_wait_available(mine.pool, FROND_NOW), 0);
    thread_run(use_whats_not_its_own, NULL);
    for (size_t i = 0; i < mine.n; i++)
        if (mine.codes[i] != FROND_ETHREAD) {
            char said[40];
            snprintf(said, sizeof said, "code %zu: %s", i,
                     frond_error_name(mine.codes[i]));
            CHECK_TEXT(said, "FROND_ETHREAD");
        }
    CHECK_INT(mine.n, 20);
    CHECK_INT(mine.s.count, 1);
    CHECK(!frond_event_is_set(&mine.e));
    frond_queue_free(mine.q);
    frond_group_free(mine.group);
    frond_pool_free(mine.pool);
}

static void use_event(void *arg) {
    (void)arg;
    frond_event_set(&mine.e);
}

/* A list whose hub is gone is empty, and anybody's. */
static void objects_of_a_thread_that_ended(void) {
    memset(&mine, 0, sizeof mine);
    thread_run(use_event, NULL);
    CHECK_INT(frond_event_wait(&mine.e, FROND_NEVER), 0);
    CHECK_INT(frond_event_clear(&mine.e), 0);
    CHECK_INT(frond_event_wait(&mine.e, FROND_NOW), FROND_ETIMEDOUT);
}

static void counts(void) {
    CHECK_INT(frond_hub_greenlets(), 0);
    uint64_t before = frond_hub_switches();
    frond_greenlet *g = frond_spawn(nothing, NULL);
    CHECK_INT(frond_hub_greenlets(), 1);
    frond_join(g, FROND_NEVER);
    CHECK_INT(frond_hub_greenlets(), 0);
    CHECK(frond_hub_switches() > before);
    frond_release(g);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"posts arrive in order", posts_arrive_in_order},
        {"an open door is no deadlock", an_open_door_is_no_deadlock},
        {"the last door closes", the_last_door_closes},
        {"callbacks may not suspend", callbacks_may_not_suspend},
        {"callbacks may try", callbacks_may_try},
        {"callbacks may spawn and kill", callbacks_may_spawn_and_kill},
        {"a post that posts", a_post_that_posts},
        {"case 50: called later, once, or taken back, on every hub", case_50},
        {"a deadlock is told", a_deadlock_is_told},
        {"deadlock behind a switch", deadlock_behind_a_switch},
        {"case 46: join again and again", join_again_and_again},
        {"join with a deadline", join_with_a_deadline},
        {"join by several", join_by_several},
        {"case 48: close and use again", close_and_use_again},
        {"close drops what is left", close_drops_what_is_left},
        {"close by another", close_by_another},
        {"case 47: each thread its hub", each_thread_its_hub},
        {"release from another thread", release_from_another_thread},
        {"objects of another thread", objects_of_another_thread},
        {"objects of a thread that ended", objects_of_a_thread_that_ended},
        {"counts", counts},
        {0}};
    test_clock_virtual();
    return test_main("hub", tests, argc, argv);
}
