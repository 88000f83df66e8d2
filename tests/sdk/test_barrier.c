/* SPDX-License-Identifier: MIT */
/* Barriers, wait groups, once: all who meet go on, and those who leave are not counted. */
#include "support.h"

#include <stdio.h>

static void add_number(const char *what, int64_t n) {
    char word[40];
    snprintf(word, sizeof word, "%s%lld", what, (long long)n);
    log_add(word);
}

static uint32_t seed;

static uint32_t any(uint32_t below) {
    seed ^= seed << 13;
    seed ^= seed >> 17;
    seed ^= seed << 5;
    return seed % below;
}

/* ---- barriers ---- */

static frond_barrier b;

static void *meets(void *word) {
    for (int i = 0; i < 2; i++)
        add_number(word, frond_barrier_wait(&b, FROND_NEVER));
    return NULL;
}

static void rounds(void) {
    in_order();
    b = (frond_barrier)FROND_BARRIER_INIT(3);
    frond_go(meets, "a");
    frond_go(meets, "b");
    frond_yield();
    CHECK_TEXT(log_text(), "");
    frond_go(meets, "c");
    frond_hub_join(FROND_NEVER);
    CHECK_TEXT(log_text(), "c1 a0 b0 b1 c0 a0");
    CHECK(b.waiters.head == NULL);
    b = (frond_barrier)FROND_BARRIER_INIT(1);
    CHECK_INT(frond_barrier_wait(&b, FROND_NEVER), 1);
    CHECK_INT(frond_barrier_wait(&b, FROND_NOW), 1);
}

static void *meets_shortly(void *arg) {
    frond_timeout t;
    if (arg)
        frond_timeout_start(&t, 1);
    CHECK_INT(frond_barrier_wait(&b, arg ? FROND_NEVER : frond_in(1)), FROND_ETIMEDOUT);
    CHECK_HAS(frond_error_text(), arg ? "timed out" : "barrier wait: timed out");
    if (arg)
        CHECK_INT(frond_timeout_stop(&t), 1);
    return NULL;
}

static void *is_killed(void *arg) {
    CHECK_INT(frond_barrier_wait(&b, FROND_NEVER), FROND_ECANCELED);
    return arg;
}

static void who_leaves_is_not_counted(void) {
    b = (frond_barrier)FROND_BARRIER_INIT(4);
    frond_greenlet *shortly[] = {frond_spawn(meets_shortly, NULL),
                                 frond_spawn(meets_shortly, &b)};
    CHECK_INT(frond_joinall(shortly, 2, 0, 0, FROND_NEVER), 0);
    frond_release(shortly[0]);
    frond_release(shortly[1]);
    frond_greenlet *g = frond_spawn(is_killed, NULL);
    frond_go(meets, "a");
    frond_go(meets, "b");
    frond_yield();
    frond_kill(g, FROND_EXIT, FROND_NOW);
    /* the killed one has not run yet; two have come, not three */
    CHECK_INT(frond_barrier_wait(&b, FROND_NOW), FROND_ETIMEDOUT);
    frond_go(meets, "c");
    frond_yield();
    CHECK_TEXT(log_text(), "");
    CHECK_INT(frond_barrier_wait(&b, FROND_NEVER), 1);
    frond_sleep(1);
    CHECK_TEXT(log_sorted(), "a0 b0 c0");
    CHECK_INT(frond_barrier_wait(&b, FROND_NOW), 1);
    frond_hub_join(FROND_NEVER);
    CHECK_TEXT(log_sorted(), "a0 a0 b0 b0 c0 c0");
    frond_release(g);
}

static void *met_and_killed(void *arg) {
    CHECK_INT(frond_barrier_wait(&b, FROND_NEVER), 0);
    CHECK_INT(frond_barrier_wait(&b, FROND_NEVER), FROND_ECANCELED);
    return arg;
}

static void killed_after_the_round(void) {
    b = (frond_barrier)FROND_BARRIER_INIT(2);
    frond_greenlet *g = frond_spawn(met_and_killed, NULL);
    frond_yield();
    CHECK_INT(frond_barrier_wait(&b, FROND_NEVER), 1);
    frond_kill(g, FROND_EXIT, FROND_NEVER);
    CHECK(b.waiters.head == NULL);
    frond_release(g);
}

static int passed[10], lasts, alive;

static void *runs_rounds(void *arg) {
    int *mine = arg;
    for (int i = 0; i < 30; i++) {
        frond_deadline d[] = {FROND_NEVER, FROND_NOW, frond_in(any(3))};
        int rc;
        while ((rc = frond_barrier_wait(&b, d[any(3)])) == FROND_ETIMEDOUT)
            frond_yield();
        CHECK(rc >= 0);
        ++*mine;
        lasts += rc;
        for (int k = 0; k < 10; k++) /* nobody is more than a round ahead */
            CHECK(passed[k] - *mine <= 1 && *mine - passed[k] <= 1);
        for (uint32_t n = any(3); n > 0; n--)
            frond_yield();
    }
    alive--;
    return NULL;
}

static void barrier_at_random(void) {
    for (uint32_t i = 1; i <= 20; i++) {
        seed = i * 2654435761U;
        b = (frond_barrier)FROND_BARRIER_INIT(10);
        lasts = 0;
        alive = 10;
        for (int k = 0; k < 10; k++) {
            passed[k] = 0;
            frond_go(runs_rounds, &passed[k]);
        }
        while (alive) {
            for (uint32_t n = any(10); n > 0; n--)
                frond_yield();
            frond_greenlet *g = frond_spawn(is_killed, NULL);
            frond_kill(g, FROND_EXIT, FROND_NEVER);
            frond_release(g);
        }
        CHECK_INT(lasts, 30);
    }
}

/* ---- wait groups ---- */

static frond_wait_group w;

static void *waits(void *word) {
    add_number(word, frond_wait_group_wait(&w, FROND_NEVER));
    return NULL;
}

static void group_counts(void) {
    CHECK_INT(frond_wait_group_wait(&w, FROND_NEVER), 0);
    CHECK_INT(frond_wait_group_add(&w, 2), 0);
    CHECK_INT(frond_wait_group_wait(&w, FROND_NOW), FROND_ETIMEDOUT);
    CHECK_INT(frond_wait_group_wait(&w, frond_in(1)), FROND_ETIMEDOUT);
    frond_go(waits, "a");
    frond_go(waits, "b");
    frond_yield();
    CHECK_INT(frond_wait_group_done(&w), 0);
    frond_yield();
    CHECK_TEXT(log_text(), "");
    CHECK_INT(frond_wait_group_add(&w, -1), 0);
    CHECK_INT(frond_wait_group_add(&w, 1), 0); /* raised again before they run */
    frond_yield();
    CHECK_TEXT(log_sorted(), "a0 b0");
    CHECK_INT(frond_wait_group_done(&w), 0);
    CHECK_INT(frond_wait_group_add(&w, INT64_MAX), 0);
    CHECK_INT(frond_wait_group_add(&w, 1), FROND_ELIMIT);
    CHECK_INT(frond_wait_group_add(&w, INT64_MIN), FROND_EINVAL);
    CHECK_INT(frond_wait_group_add(&w, -INT64_MAX), 0);
    CHECK_INT(frond_wait_group_done(&w), FROND_EINVAL);
    CHECK_INT(w.count, 0);
}

static void *group_killed(void *arg) {
    CHECK_INT(frond_wait_group_wait(&w, FROND_NEVER), FROND_ECANCELED);
    return arg;
}

static void group_kill_and_scope(void) {
    frond_timeout t;
    CHECK_INT(frond_wait_group_add(&w, 1), 0);
    frond_greenlet *g = frond_spawn(group_killed, NULL);
    frond_yield();
    frond_kill(g, FROND_EXIT, FROND_NEVER);
    frond_timeout_start(&t, 1);
    CHECK_INT(frond_wait_group_wait(&w, FROND_NEVER), FROND_ETIMEDOUT);
    CHECK_INT(frond_timeout_stop(&t), 1);
    CHECK(w.waiters.head == NULL);
    CHECK_INT(frond_wait_group_done(&w), 0);
    CHECK_INT(frond_wait_group_wait(&w, FROND_NOW), 0);
    frond_release(g);
}

static void *does_some(void *left) {
    for (uint32_t n = any(5); n > 0; n--)
        frond_yield();
    --*(int *)left;
    CHECK_INT(frond_wait_group_done(&w), 0);
    return NULL;
}

static void group_at_random(void) {
    for (uint32_t i = 1; i <= 50; i++) {
        seed = i * 2654435761U;
        int left = 0;
        for (uint32_t n = any(20); n > 0; n--) {
            left++;
            CHECK_INT(frond_wait_group_add(&w, 1), 0);
            frond_go(does_some, &left);
        }
        CHECK_INT(frond_wait_group_wait(&w, FROND_NEVER), 0);
        CHECK_INT(left, 0);
    }
}

/* ---- once ---- */

static frond_once o;
static int runs, answer;

static int slow(void *arg) {
    runs++;
    int rc = frond_sleep(arg ? 1000 : 2);
    return rc < 0 ? rc : answer;
}

static void *does(void *arg) {
    add_number(arg ? arg : "", frond_once_do(&o, slow, NULL, FROND_NEVER));
    return NULL;
}

static void fresh(void) {
    o = (frond_once)FROND_ONCE_INIT;
    runs = 0;
    answer = 0;
    log_clear();
}

static void once_for_all(void) {
    fresh();
    answer = 7;
    frond_go(does, "a");
    frond_go(does, "b");
    frond_go(does, "c");
    frond_yield();
    CHECK_INT(frond_once_done(&o), 0);
    CHECK_INT(frond_once_do(&o, slow, NULL, FROND_NOW), FROND_ETIMEDOUT);
    frond_hub_join(FROND_NEVER);
    CHECK_TEXT(log_sorted(), "a0 b0 c0");
    CHECK_INT(runs, 1);
    CHECK_INT(frond_once_done(&o), 1);
    CHECK_INT(frond_once_do(&o, slow, NULL, FROND_NOW), 0);
    CHECK_INT(runs, 1);
}

static void once_fails(void) {
    fresh();
    answer = FROND_EOWNERDEAD; /* fn's own, not that of its caller's end */
    frond_go(does, "a");
    frond_go(does, "b");
    frond_hub_join(FROND_NEVER);
    CHECK_TEXT(log_sorted(), "a-18 b-18");
    CHECK_INT(runs, 1);
    CHECK_INT(frond_once_done(&o), 0);
    answer = FROND_EPROTO;
    CHECK_INT(frond_once_do(&o, slow, NULL, FROND_NEVER), FROND_EPROTO);
    CHECK_TEXT(frond_error_text(), "once: protocol error");
    answer = 0;
    CHECK_INT(frond_once_do(&o, slow, NULL, FROND_NEVER), 0);
    CHECK_INT(runs, 3);
}

static void *does_until(void *arg) {
    frond_deadline d = arg ? frond_in(1) : FROND_NEVER;
    int rc = frond_once_do(&o, slow, arg, d);
    CHECK_INT(rc, arg ? FROND_ETIMEDOUT : FROND_ECANCELED);
    return NULL;
}

static void *ends_in_it(void *arg);

/* Its first caller is killed, runs out of time, or ends: the next who waits does it. */
static void once_interrupted(void) {
    for (int way = 0; way < 3; way++) {
        fresh();
        frond_greenlet *g =
            frond_spawn(way == 2 ? ends_in_it : does_until, way == 1 ? &o : NULL);
        frond_yield();
        frond_go(does, "b");
        frond_go(does, "c");
        frond_yield();
        if (way == 0)
            frond_kill(g, FROND_EXIT, FROND_NOW);
        capture_begin();
        frond_hub_join(FROND_NEVER);
        CHECK_HAS(capture_end(), way == 2 ? "failed: not today" : "");
        CHECK_TEXT(log_sorted(), "b0 c0");
        CHECK_INT(runs, 2);
        CHECK_INT(frond_once_done(&o), 1);
        frond_release(g);
    }
}

static int ends(void *arg) {
    (void)arg;
    runs++;
    frond_sleep(1);
    frond_fail(FROND_EPROTO, "not today");
    return 0;
}

static void *ends_in_it(void *arg) {
    (void)arg;
    frond_greenlet *g = frond_current();
    frond_once_do(&o, ends, g, FROND_NEVER);
    CHECK(false);
    return NULL;
}

static void *gets_killed(void *arg) {
    (void)arg;
    CHECK_INT(frond_once_do(&o, slow, NULL, FROND_NEVER), FROND_ECANCELED);
    return NULL;
}

static void once_waiters_leave(void) {
    fresh();
    frond_go(does, "a");
    frond_yield();
    frond_greenlet *g = frond_spawn(gets_killed, NULL);
    frond_go(does, "c");
    frond_yield();
    frond_kill(g, FROND_EXIT, FROND_NOW);
    CHECK_INT(frond_once_do(&o, slow, NULL, frond_in(1)), FROND_ETIMEDOUT);
    frond_hub_join(FROND_NEVER);
    CHECK_TEXT(log_sorted(), "a0 c0");
    CHECK_INT(runs, 1);
    frond_release(g);
}

/* The turn came to one that was killed before it could take it. */
static void once_turn_and_kill(void) {
    fresh();
    frond_greenlet *a = frond_spawn(gets_killed, NULL);
    frond_yield();
    frond_greenlet *c = frond_spawn(gets_killed, NULL);
    frond_yield();
    go_now(does, "d");
    frond_kill(a, FROND_EXIT, FROND_NEVER);
    frond_kill(c, FROND_EXIT, FROND_NOW);
    frond_hub_join(FROND_NEVER);
    CHECK_TEXT(log_text(), "d0");
    CHECK_INT(runs, 3);
    frond_release(a);
    frond_release(c);
}

static int again(void *arg) {
    (void)arg;
    return frond_once_do(&o, again, NULL, FROND_NEVER);
}

static void once_inside_itself(void) {
    fresh();
    CHECK_INT(frond_once_do(&o, again, NULL, FROND_NEVER), FROND_EDEADLK);
    CHECK_TEXT(frond_error_text(), "once: from inside it: would wait forever");
    CHECK_INT(frond_once_done(&o), 0);
}

static int doing, outcomes;

static int random_work(void *arg) {
    (void)arg;
    CHECK_INT(++doing, 1);
    int rc = 0;
    for (uint32_t n = any(4); n > 0 && rc == 0; n--)
        rc = frond_yield();
    doing--;
    if (rc == 0)
        rc = any(8) ? FROND_EPROTO : 0;
    outcomes += rc == 0;
    return rc;
}

static void *does_at_random(void *arg) {
    int rc;
    do {
        frond_deadline d[] = {FROND_NEVER, FROND_NOW, frond_in(any(3))};
        rc = frond_once_do(&o, random_work, NULL, d[any(3)]);
        CHECK(rc == 0 || rc == FROND_EPROTO || rc == FROND_ETIMEDOUT ||
              rc == FROND_ECANCELED);
        if (rc == FROND_ETIMEDOUT)
            frond_yield();
    } while (rc < 0 && rc != FROND_ECANCELED);
    return arg;
}

static void once_at_random(void) {
    for (uint32_t i = 1; i <= 50; i++) {
        frond_greenlet *g[10];
        fresh();
        seed = i * 2654435761U;
        outcomes = 0;
        for (int k = 0; k < 10; k++)
            g[k] = frond_spawn(does_at_random, NULL);
        for (int k = 0; k < 5; k++) {
            for (uint32_t n = any(5); n > 0; n--)
                frond_yield();
            frond_kill(g[any(9)], FROND_EXIT, FROND_NOW);
        }
        frond_hub_join(FROND_NEVER);
        CHECK_INT(outcomes, 1);
        CHECK_INT(frond_once_done(&o), 1);
        CHECK(o.owned.holder == NULL && o.owned.waiters.head == NULL);
        for (int k = 0; k < 10; k++)
            frond_release(g[k]);
    }
}

/* ---- where it is not allowed ---- */

static void misuse(void) {
    b = (frond_barrier)FROND_BARRIER_INIT(0);
    fresh();
    CHECK_INT(frond_barrier_wait(NULL, FROND_NEVER), FROND_EINVAL);
    CHECK_INT(frond_barrier_wait(&b, FROND_NEVER), FROND_EINVAL);
    CHECK_INT(frond_wait_group_add(NULL, 1), FROND_EINVAL);
    CHECK_INT(frond_wait_group_done(NULL), FROND_EINVAL);
    CHECK_INT(frond_wait_group_wait(NULL, FROND_NEVER), FROND_EINVAL);
    CHECK_INT(frond_wait_group_done(&w), FROND_EINVAL);
    CHECK_TEXT(frond_error_text(), "wait group done: invalid argument");
    CHECK_INT(frond_once_do(NULL, slow, NULL, FROND_NEVER), FROND_EINVAL);
    CHECK_INT(frond_once_do(&o, NULL, NULL, FROND_NEVER), FROND_EINVAL);
    CHECK_INT(frond_once_done(NULL), 0);
}

static void use_elsewhere(void *arg) {
    int *rc = arg;
    rc[0] = frond_barrier_wait(&b, FROND_NOW);
    rc[1] = frond_wait_group_add(&w, 1);
    rc[2] = frond_wait_group_wait(&w, FROND_NOW);
    rc[3] = frond_once_do(&o, slow, NULL, FROND_NOW);
}

static void other_thread(void) {
    int rc[4];
    fresh();
    b = (frond_barrier)FROND_BARRIER_INIT(2);
    CHECK_INT(frond_barrier_wait(&b, FROND_NOW), FROND_ETIMEDOUT);
    CHECK_INT(frond_wait_group_wait(&w, FROND_NOW), 0);
    CHECK_INT(frond_once_do(&o, slow, NULL, FROND_NOW), FROND_ETIMEDOUT);
    thread_run(use_elsewhere, rc);
    for (int i = 0; i < 4; i++)
        CHECK_INT(rc[i], FROND_ETHREAD);
}

static int quick(void *arg) {
    (void)arg;
    return 0;
}

static void in_callback(void *arg) {
    (void)arg;
    CHECK_INT(frond_barrier_wait(&b, frond_in(1)), FROND_ENOSUSPEND);
    CHECK_INT(frond_barrier_wait(&b, FROND_NOW), 1);
    CHECK_INT(frond_wait_group_wait(&w, FROND_NEVER), FROND_ENOSUSPEND);
    CHECK_INT(frond_wait_group_wait(&w, FROND_NOW), FROND_ETIMEDOUT);
    CHECK_INT(frond_wait_group_done(&w), 0);
    CHECK_INT(frond_once_do(&o, quick, NULL, frond_in(1)), FROND_ENOSUSPEND);
    CHECK_INT(frond_once_do(&o, slow, NULL, FROND_NOW), FROND_ENOSUSPEND);
    CHECK_INT(frond_once_do(&o, quick, NULL, FROND_NOW), 0);
}

static void in_hub_callbacks(void) {
    fresh();
    b = (frond_barrier)FROND_BARRIER_INIT(2);
    CHECK_INT(frond_wait_group_add(&w, 1), 0);
    frond_post(frond_hub_current(), in_callback, NULL);
    CHECK_INT(frond_barrier_wait(&b, FROND_NEVER), 0);
    CHECK_INT(frond_wait_group_wait(&w, FROND_NEVER), 0);
    CHECK_INT(frond_once_done(&o), 1);
}

static int blocks(void *e) {
    return frond_event_wait(e, FROND_NEVER);
}

static void *does_and_blocks(void *e) {
    CHECK_INT(frond_once_do(&o, blocks, e, FROND_NEVER), 0);
    return NULL;
}

static void deadlocks(void) {
    frond_event e = FROND_EVENT_INIT;
    fresh();
    b = (frond_barrier)FROND_BARRIER_INIT(2);
    CHECK_INT(frond_wait_group_add(&w, 1), 0);
    frond_go(does_and_blocks, &e);
    frond_yield();
    capture_begin();
    CHECK_INT(frond_barrier_wait(&b, FROND_NEVER), FROND_EDEADLK);
    CHECK_INT(frond_wait_group_wait(&w, FROND_NEVER), FROND_EDEADLK);
    CHECK_INT(frond_once_do(&o, slow, NULL, FROND_NEVER), FROND_EDEADLK);
    const char *report = capture_end();
    CHECK_HAS(report, "for barrier 0x");
    CHECK_HAS(report, "for wait group 0x");
    CHECK_HAS(report, "for once 0x");
    CHECK_INT(frond_wait_group_done(&w), 0);
    frond_event_set(&e);
    frond_hub_join(FROND_NEVER);
    CHECK_INT(frond_once_done(&o), 1);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"barrier: rounds", rounds},
        {"barrier: who leaves is not counted", who_leaves_is_not_counted},
        {"barrier: killed after the round", killed_after_the_round},
        {"barrier: at random", barrier_at_random},
        {"wait group: counts", group_counts},
        {"wait group: kill and scope", group_kill_and_scope},
        {"wait group: at random", group_at_random},
        {"once: for all", once_for_all},
        {"once: fails", once_fails},
        {"once: interrupted", once_interrupted},
        {"once: waiters leave", once_waiters_leave},
        {"once: turn and kill", once_turn_and_kill},
        {"once: inside itself", once_inside_itself},
        {"once: at random", once_at_random},
        {"misuse", misuse},
        {"other thread", other_thread},
        {"in hub callbacks", in_hub_callbacks},
        {"deadlocks", deadlocks},
        {0}};
    test_clock_virtual();
    return test_main("barrier", tests, argc, argv);
}
