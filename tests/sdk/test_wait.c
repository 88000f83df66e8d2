/* SPDX-License-Identifier: MIT */
/* Waits on several things at once. */
#include "support.h"

#include <stdio.h>
#include <string.h>

static void *ends_after(void *ms) {
    frond_sleep((uint64_t)(intptr_t)ms);
    return ms;
}

static void *fails(void *arg) {
    (void)arg;
    return frond_failed(FROND_EIO, "on purpose");
}

static void *sets_later(void *e) {
    frond_yield();
    frond_event_set(e);
    return NULL;
}

/* ---- any ---- */

static void first_ready_of_each_kind(void) {
    frond_event e = FROND_EVENT_INIT;
    frond_result r = FROND_RESULT_INIT;
    frond_semaphore s = FROND_SEMAPHORE_INIT(0);
    frond_queue *q = frond_queue_new(sizeof(int), 1, NULL);
    frond_group *group = frond_group_new();
    frond_greenlet *g = frond_spawn(ends_after, (void *)1000);
    frond_group_add(group, g);
    frond_waitable w[] = {frond_event_waitable(&e),     frond_result_waitable(&r),
                          frond_semaphore_waitable(&s), frond_queue_waitable(q),
                          frond_greenlet_waitable(g),   frond_group_waitable(group)};
    size_t n = sizeof w / sizeof w[0], which = 99;
    int item = 7;
    CHECK_INT(frond_wait_any(w, n, &which, FROND_NOW), FROND_ETIMEDOUT);
    CHECK_TEXT(frond_error_text(), "wait: timed out");
    CHECK_INT(which, 99);

    frond_event_set(&e);
    CHECK_INT(frond_wait_any(w, n, &which, FROND_NOW), 0);
    CHECK_INT(which, 0);
    frond_event_clear(&e);

    frond_result_set_error(&r, FROND_EIO);
    CHECK_INT(frond_wait_any(w, n, &which, FROND_NOW), 0);
    CHECK_INT(which, 1);
    frond_result_clear(&r);

    frond_semaphore_release(&s);
    CHECK_INT(frond_wait_any(w, n, &which, FROND_NOW), 0);
    CHECK_INT(which, 2);
    CHECK_INT(frond_semaphore_acquire(&s, FROND_NOW), 0); /* nothing was taken */

    frond_queue_put(q, &item, FROND_NOW);
    CHECK_INT(frond_wait_any(w, n, &which, FROND_NOW), 0);
    CHECK_INT(which, 3);
    CHECK_INT(frond_queue_get(q, &item, FROND_NOW), 0);

    frond_kill(g, FROND_EXIT, FROND_NEVER);
    CHECK_INT(frond_wait_any(w, n, &which, FROND_NOW), 0);
    CHECK_INT(which, 4);
    CHECK_INT(frond_waitable_ready(&w[5]), 1);
    frond_release(g);
    frond_queue_free(q);
    frond_group_free(group);
}

static void *closes(void *q) {
    frond_queue_close(q);
    return NULL;
}

static void woken_by_each_kind(void) {
    frond_event e = FROND_EVENT_INIT, other = FROND_EVENT_INIT;
    frond_queue *q = frond_queue_new(sizeof(int), 1, NULL);
    frond_greenlet *g = frond_spawn(fails, NULL);
    size_t which = 99;
    frond_waitable w[] = {frond_event_waitable(&other), frond_event_waitable(&e),
                          frond_greenlet_waitable(g), frond_queue_waitable(q)};
    CHECK_INT(frond_wait_any(w, 4, &which, FROND_NEVER), 0); /* its failure is its own */
    CHECK_INT(which, 2);
    frond_go(sets_later, &e);
    CHECK_INT(frond_wait_any(w, 2, &which, FROND_NEVER), 0);
    CHECK_INT(which, 1);
    CHECK(!other.waiters.head && !e.waiters.head);
    w[0] = frond_queue_waitable(q);
    frond_event_clear(&e);
    frond_go(closes, q);
    CHECK_INT(frond_wait_any(w, 2, &which, FROND_NEVER), 0);
    CHECK_INT(which, 0);
    frond_release(g);
    frond_queue_free(q);
}

static void pools_and_wait_groups(void) {
    frond_pool *pool = frond_pool_new(2);
    frond_wait_group left = FROND_WAIT_GROUP_INIT;
    frond_waitable w[] = {frond_pool_waitable(pool), frond_wait_group_waitable(&left)};
    size_t which = 9;
    CHECK_INT(frond_wait_all(w, 2, NULL, FROND_NOW), 0);
    frond_pool_spawn(pool, ends_after, (void *)2, FROND_NEVER);
    frond_wait_group_add(&left, 1);
    CHECK_INT(frond_wait_any(w, 2, &which, FROND_NOW), FROND_ETIMEDOUT);
    CHECK_INT(frond_wait_any(w, 2, &which, FROND_NEVER), 0);
    CHECK_INT(which, 0);
    frond_wait_group_done(&left);
    CHECK_INT(frond_wait_all(w, 2, NULL, FROND_NOW), 0);
    frond_waitable none = frond_pool_waitable(NULL);
    CHECK_INT(frond_wait_any(&none, 1, NULL, FROND_NOW), FROND_EINVAL);
    frond_pool_free(pool);
}

static void *takes(void *q) {
    int item = 0;
    frond_queue_get(q, &item, FROND_NEVER);
    return (void *)(intptr_t)item;
}

/* Who watches takes nothing from who waits. */
static void watching_takes_nothing(void) {
    frond_queue *q = frond_queue_new(sizeof(int), 0, NULL);
    frond_semaphore s = FROND_SEMAPHORE_INIT(0);
    frond_waitable w[] = {frond_queue_waitable(q), frond_semaphore_waitable(&s)};
    frond_iwait it;
    int item = 5;
    void *got = NULL;
    CHECK_INT(frond_iwait_begin(&it, w, 2), 0);
    frond_greenlet *g = frond_spawn(takes, q);
    frond_yield();
    frond_queue_put(q, &item, FROND_NOW);
    CHECK_INT(frond_get(g, &got, FROND_NEVER), 0);
    CHECK_INT((intptr_t)got, 5);
    frond_semaphore_release(&s);
    CHECK_INT(s.count, 1);
    frond_iwait_end(&it);
    frond_release(g);
    frond_queue_free(q);
}

/* ---- all, some ---- */

static void all_and_some(void) {
    frond_greenlet *g[3];
    frond_waitable w[4];
    frond_event never = FROND_EVENT_INIT;
    size_t ready = 9;
    for (int i = 0; i < 3; i++) {
        g[i] = frond_spawn(ends_after, (void *)(intptr_t)(2 * i));
        w[i] = frond_greenlet_waitable(g[i]);
    }
    w[3] = frond_event_waitable(&never);
    CHECK_INT(frond_wait_some(w, 4, 1, &ready, FROND_NEVER), 0);
    CHECK_INT(ready, 1);
    CHECK(frond_dead(g[0]) && !frond_dead(g[2]));
    CHECK_INT(frond_wait_all(w, 3, &ready, FROND_NEVER), 0);
    CHECK_INT(ready, 3);
    CHECK_INT(frond_wait_all(w, 4, &ready, frond_in(2)), FROND_ETIMEDOUT);
    CHECK_INT(ready, 3);
    CHECK_INT(frond_wait_all(NULL, 0, &ready, FROND_NOW), 0);
    CHECK_INT(ready, 0);
    for (int i = 0; i < 3; i++)
        frond_release(g[i]);
}

static void the_same_twice(void) {
    frond_greenlet *g = frond_spawn(ends_after, (void *)1);
    frond_waitable w[] = {frond_greenlet_waitable(g), frond_greenlet_waitable(g)};
    CHECK_INT(frond_wait_all(w, 2, NULL, FROND_NEVER), 0);
    frond_release(g);
}

/* ---- the iterator ---- */

static void in_the_order_of_completion(void) {
    static const intptr_t ms[] = {9, 1, 5};
    frond_greenlet *g[3];
    frond_waitable w[3];
    frond_iwait it;
    size_t which;
    for (int i = 0; i < 3; i++) {
        g[i] = frond_spawn(ends_after, (void *)ms[i]);
        w[i] = frond_greenlet_waitable(g[i]);
    }
    CHECK_INT(frond_iwait_begin(&it, w, 3), 0);
    while (frond_iwait_next(&it, &which, FROND_NEVER) == 0) {
        char word[2] = {(char)('0' + which), 0};
        log_add(word);
    }
    CHECK_INT(frond_error_code(), FROND_EOF);
    frond_iwait_end(&it);
    frond_iwait_end(&it);
    CHECK_TEXT(log_text(), "1 2 0");
    for (int i = 0; i < 3; i++)
        frond_release(g[i]);
}

/* Leaving early leaves nothing behind. */
static void early_exit_unlinks(void) {
    frond_event e[2] = {FROND_EVENT_INIT, FROND_EVENT_INIT};
    frond_greenlet *g = frond_spawn(ends_after, (void *)1);
    frond_waitable w[] = {frond_event_waitable(&e[0]), frond_event_waitable(&e[1]),
                          frond_greenlet_waitable(g)};
    frond_iwait it;
    size_t which = 9;
    CHECK_INT(frond_iwait_begin(&it, w, 3), 0);
    frond_event_set(&e[1]);
    CHECK_INT(frond_iwait_next(&it, &which, FROND_NOW), 0);
    CHECK_INT(which, 1);
    CHECK(e[0].waiters.head != NULL);
    frond_iwait_end(&it);
    CHECK(!e[0].waiters.head && !e[1].waiters.head);
    CHECK_INT(frond_join(g, FROND_NEVER), 0);
    frond_release(g);
}

/* What was ready for a moment between two calls is not missed. */
static void ready_for_a_moment(void) {
    frond_event e[2] = {FROND_EVENT_INIT, FROND_EVENT_INIT};
    frond_waitable w[] = {frond_event_waitable(&e[0]), frond_event_waitable(&e[1])};
    frond_iwait it;
    size_t which = 9;
    CHECK_INT(frond_iwait_begin(&it, w, 2), 0);
    frond_event_set(&e[1]);
    frond_event_clear(&e[1]);
    CHECK_INT(frond_iwait_next(&it, &which, FROND_NOW), 0);
    CHECK_INT(which, 1);
    CHECK_INT(frond_iwait_next(&it, &which, FROND_NOW), FROND_ETIMEDOUT);
    CHECK_INT(frond_iwait_next(&it, &which, frond_in(1)), FROND_ETIMEDOUT);
    frond_event_set(&e[0]);
    CHECK_INT(frond_iwait_next(&it, &which, FROND_NOW), 0);
    CHECK_INT(which, 0);
    CHECK_INT(frond_iwait_next(&it, &which, FROND_NOW), FROND_EOF);
    frond_iwait_end(&it);
}

/* ---- kill, deadlock, misuse ---- */

static frond_event shared;

static void *waits(void *rc) {
    frond_event other = FROND_EVENT_INIT;
    frond_waitable w[] = {frond_event_waitable(&shared), frond_event_waitable(&other)};
    *(int *)rc = frond_wait_any(w, 2, NULL, FROND_NEVER);
    return NULL;
}

static void killed(void) {
    int rc = 1;
    frond_greenlet *g = frond_spawn(waits, &rc);
    frond_yield();
    CHECK(shared.waiters.head != NULL);
    CHECK_INT(frond_kill(g, FROND_EXIT, FROND_NEVER), 0);
    CHECK_INT(rc, FROND_ECANCELED);
    CHECK(shared.waiters.head == NULL);
    frond_release(g);
    g = frond_spawn(waits, &rc);
    frond_yield();
    frond_event_set(&shared);
    CHECK_INT(frond_join(g, FROND_NEVER), 0);
    CHECK_INT(rc, 0);
    frond_event_clear(&shared);
    frond_release(g);
}

static void deadlock_is_told(void) {
    frond_event e = FROND_EVENT_INIT;
    frond_waitable w[] = {frond_event_waitable(&e), frond_event_waitable(&shared)};
    capture_begin();
    CHECK_INT(frond_wait_any(w, 2, NULL, FROND_NEVER), FROND_EDEADLK);
    CHECK_HAS(capture_end(), "one of 2 things, the first: event");
}

static void in_a_callback(void *rc) {
    frond_waitable w = frond_event_waitable(&shared);
    ((int *)rc)[0] = frond_wait_any(&w, 1, NULL, FROND_NOW);
    ((int *)rc)[1] = frond_wait_any(&w, 1, NULL, FROND_NEVER);
}

static void misuse(void) {
    frond_waitable none = frond_event_waitable(NULL), w = frond_event_waitable(&shared),
                   me = frond_greenlet_waitable(frond_current());
    frond_iwait it;
    size_t ready = 3;
    CHECK_INT(frond_wait_any(&w, 0, NULL, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_wait_any(NULL, 1, NULL, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_wait_any(&none, 1, NULL, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_wait_any(&me, 1, NULL, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_wait_some(&w, 1, 2, &ready, FROND_NOW), FROND_EINVAL);
    CHECK_INT(ready, 0);
    CHECK_INT(frond_waitable_ready(NULL), FROND_EINVAL);
    CHECK_INT(frond_iwait_begin(NULL, &w, 1), FROND_EINVAL);
    CHECK_INT(frond_iwait_begin(&it, NULL, 1), FROND_EINVAL);
    frond_iwait_end(&it);
    frond_iwait_end(NULL);
    CHECK_INT(frond_iwait_next(NULL, NULL, FROND_NOW), FROND_EINVAL);
    int rc[2] = {1, 1};
    frond_hub *h = frond_hub_ref(frond_hub_current());
    frond_post(h, in_a_callback, rc);
    frond_sleep(1);
    CHECK_INT(rc[0], FROND_ETIMEDOUT);
    CHECK_INT(rc[1], FROND_ENOSUSPEND);
    frond_hub_free(h);
}

/* ---- arrays of greenlets ---- */

static void joinall(void) {
    frond_greenlet *g[4];
    for (int i = 0; i < 4; i++)
        g[i] = frond_spawn(ends_after, (void *)(intptr_t)(i == 3 ? 50 : i));
    CHECK_INT(frond_joinall(g, 4, 1, 0, FROND_NEVER), 0);
    CHECK(frond_dead(g[0]) && !frond_dead(g[3]));
    CHECK_INT(frond_joinall(g, 4, 0, 0, frond_in(5)), FROND_ETIMEDOUT);
    CHECK(frond_dead(g[2]) && !frond_dead(g[3]));
    CHECK_INT(frond_killall(g, 4, FROND_EXIT, FROND_NEVER), 0);
    CHECK_INT(frond_joinall(g, 4, 0, 0, FROND_NOW), 0);
    CHECK_INT(frond_joinall(NULL, 0, 0, 1, FROND_NEVER), 0);
    for (int i = 0; i < 4; i++)
        frond_release(g[i]);
}

static void joinall_raises_the_first_failure(void) {
    frond_greenlet *slow = frond_spawn(ends_after, (void *)1000),
                   *bad = frond_spawn(fails, NULL);
    frond_greenlet *g[] = {slow, bad, bad, slow};
    CHECK_INT(frond_joinall(g, 4, 0, 1, FROND_NEVER), FROND_EIO);
    CHECK_TEXT(frond_error_text(), "on purpose");
    CHECK(!frond_dead(slow));
    CHECK_INT(frond_joinall(g, 4, 1, 0, FROND_NEVER), 0);
    CHECK_INT(frond_killall(g, 4, FROND_EXIT, FROND_NEVER), 0);
    frond_release(slow);
    frond_release(bad);
}

static void killall(void) {
    frond_greenlet *g[3] = {frond_spawn(ends_after, (void *)1000),
                            frond_spawn_later(1000, ends_after, NULL),
                            frond_spawn(ends_after, (void *)1000)};
    CHECK_INT(frond_killall(g, 3, FROND_EIO, FROND_NOW), 0);
    CHECK(!frond_dead(g[0]));
    CHECK_INT(frond_killall(g, 3, FROND_EIO, FROND_NEVER), 0);
    for (int i = 0; i < 3; i++) {
        CHECK_INT(frond_greenlet_error(g[i]), FROND_EIO);
        frond_release(g[i]);
    }
}

static void arrays_misused(void) {
    frond_greenlet *g = frond_spawn(ends_after, (void *)1), *with_none[] = {g, NULL};
    CHECK_INT(frond_joinall(with_none, 2, 0, 0, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_joinall(&g, 1, 2, 0, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_joinall(NULL, 1, 0, 0, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_killall(with_none, 2, FROND_EXIT, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_killall(NULL, 1, FROND_EXIT, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_killall(&g, 1, 5, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_join(g, FROND_NEVER), 0);
    CHECK(!frond_exited(g));
    frond_release(g);
}

static void *kills_all(void *g) {
    CHECK_INT(frond_killall(g, 2, FROND_EXIT, FROND_NEVER), FROND_ECANCELED);
    return NULL;
}

static void killall_with_oneself(void) {
    frond_greenlet *g[2];
    g[0] = frond_spawn(kills_all, g);
    g[1] = frond_spawn(ends_after, (void *)1000);
    CHECK_INT(frond_joinall(g, 2, 0, 0, FROND_NEVER), 0);
    frond_release(g[0]);
    frond_release(g[1]);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"first ready of each kind", first_ready_of_each_kind},
        {"woken by each kind", woken_by_each_kind},
        {"pools and wait groups", pools_and_wait_groups},
        {"watching takes nothing", watching_takes_nothing},
        {"all and some", all_and_some},
        {"the same twice", the_same_twice},
        {"in the order of completion", in_the_order_of_completion},
        {"early exit unlinks", early_exit_unlinks},
        {"ready for a moment", ready_for_a_moment},
        {"killed", killed},
        {"deadlock is told", deadlock_is_told},
        {"misuse", misuse},
        {"joinall", joinall},
        {"joinall raises the first failure", joinall_raises_the_first_failure},
        {"killall", killall},
        {"killall with oneself", killall_with_oneself},
        {"arrays misused", arrays_misused},
        {0}};
    test_clock_virtual();
    return test_main("wait", tests, argc, argv);
}
