/* SPDX-License-Identifier: MIT */
/* Single flight: one run for all, one outcome for all, nobody hurts the others. */
#include "support.h"

#include <stdlib.h>
#include <string.h>

static frond_single_flight *sf;
static int runs, drops, ended;

/* A value that is counted. */
typedef struct {
    int refs, n;
} counted;

static int values; /* that live */

static void keep(void *value) {
    counted *c = value;
    CHECK(c->refs > 0);
    c->refs++;
}

static void let_go(void *value) {
    counted *c = value;
    CHECK(c->refs > 0);
    if (--c->refs > 0)
        return;
    free(c);
    values--;
}

static const frond_single_flight_options counting = {.keep = keep, .drop = let_go};

static void begin(void) {
    sf = frond_single_flight_new(&counting);
    runs = drops = ended = 0;
}

static void finish(void) {
    frond_single_flight_free(sf);
    frond_hub_join(FROND_NEVER);
    CHECK_INT(values, 0);
}

static void drop(void *arg) {
    (void)arg;
    drops++;
}

static int makes(void *arg, void **value) {
    int n = ++runs;
    int rc = frond_sleep(arg ? (uint64_t)(uintptr_t)arg : 2);
    ended++;
    if (rc < 0)
        return rc;
    counted *c = malloc(sizeof *c);
    *c = (counted){1, n};
    values++;
    *value = c;
    return 7;
}

static int refuses(void *arg, void **value) {
    (void)value;
    runs++;
    frond_sleep(1);
    if (arg)
        frond_fail(FROND_ERANGE, "number %d is up", 5);
    frond_lock l = FROND_LOCK_INIT;
    return frond_lock_release(&l);
}

static int go(const char *key, int (*fn)(void *, void **), void *arg, void **value,
              int *shared, frond_deadline d) {
    return frond_single_flight_do(sf, key, strlen(key), fn, arg, drop, value, shared, d);
}

static void *calls(void *key) {
    void *value = NULL;
    int shared = -1;
    CHECK_INT(go(key, makes, NULL, &value, &shared, FROND_NEVER), 7);
    CHECK_INT(shared, 1);
    CHECK(value != NULL);
    frond_yield();
    log_add(key);
    let_go(value);
    return NULL;
}

static void one_run_for_all(void) {
    begin();
    for (int i = 0; i < 3; i++) {
        frond_go(calls, "a");
        frond_go(calls, "b");
    }
    frond_yield();
    CHECK_INT(frond_single_flight_count(sf), 2);
    CHECK_INT(drops, 4); /* those that only joined */
    frond_hub_join(FROND_NEVER);
    CHECK_TEXT(log_sorted(), "a a a b b b");
    CHECK_INT(runs, 2);
    CHECK_INT(drops, 6);
    CHECK_INT(frond_single_flight_count(sf), 0);
    int shared = -1;
    void *value;
    CHECK_INT(go("a", makes, NULL, &value, &shared, FROND_NEVER), 7);
    CHECK_INT(shared, 0);
    CHECK_INT(((counted *)value)->n, 3);
    let_go(value);
    finish();
}

static void *does_not_take(void *arg) {
    CHECK_INT(go("a", makes, NULL, NULL, NULL, FROND_NEVER), 7);
    return arg;
}

static void untaken_values_are_dropped(void) {
    begin();
    CHECK_INT(go("a", makes, NULL, NULL, NULL, FROND_NEVER), 7);
    CHECK_INT(values, 0);
    frond_go(calls, "a");
    frond_go(does_not_take, NULL);
    frond_go(does_not_take, NULL);
    frond_hub_join(FROND_NEVER);
    frond_go(does_not_take, NULL);
    frond_go(calls, "a");
    frond_hub_join(FROND_NEVER);
    CHECK_TEXT(log_text(), "a a");
    finish();
}

static void *lets_go_at_once(void *arg) {
    void *value = NULL;
    CHECK_INT(go("a", makes, NULL, &value, NULL, FROND_NEVER), 7);
    CHECK_INT(values, 1); /* the others' are still to come */
    let_go(value);
    return arg;
}

static void a_value_lasts_until_all_have_theirs(void) {
    begin();
    for (int i = 0; i < 3; i++)
        frond_go(lets_go_at_once, NULL);
    frond_hub_join(FROND_NEVER);
    CHECK_INT(runs, 1);
    finish();
}

static void *fails(void *arg) {
    void *value = &value;
    int rc = go("a", refuses, arg, &value, NULL, FROND_NEVER);
    CHECK_INT(rc, arg ? FROND_ERANGE : FROND_EPERM);
    CHECK_INT(frond_error_code(), rc);
    CHECK_TEXT(frond_error_text(),
               arg ? "number 5 is up" : "lock release: not permitted");
    CHECK(value == &value);
    return NULL;
}

static void an_error_for_all(void) {
    for (int way = 0; way < 2; way++) {
        begin();
        frond_go(fails, way ? &sf : NULL);
        frond_go(fails, way ? &sf : NULL);
        frond_go(fails, way ? &sf : NULL);
        capture_begin();
        frond_hub_join(FROND_NEVER);
        CHECK_TEXT(capture_end(), ""); /* it is told to them, and not reported */
        CHECK_INT(runs, 1);
        CHECK_INT(drops, 3);
        finish();
    }
}

/* ---- leaving ---- */

static uintptr_t run_ms = 20;

static void *leaves(void *arg) {
    void *value = &value;
    frond_deadline d = arg ? frond_in(1) : FROND_NEVER;
    CHECK_INT(go("a", makes, (void *)run_ms, &value, NULL, d),
              arg ? FROND_ETIMEDOUT : FROND_ECANCELED);
    CHECK(value == &value);
    return NULL;
}

static void the_leader_leaves(void) {
    for (int way = 0; way < 2; way++) {
        begin();
        frond_greenlet *g = frond_spawn(leaves, way ? &sf : NULL);
        frond_go(calls, "a");
        frond_yield();
        if (!way)
            frond_kill(g, FROND_EXIT, FROND_NEVER);
        frond_hub_join(FROND_NEVER);
        CHECK_INT(runs, 1);
        CHECK_HAS(log_text(), "a");
        frond_release(g);
        finish();
    }
}

static void the_last_leaves(void) {
    in_order();
    begin();
    run_ms = 60000; /* it is killed */
    frond_greenlet *g = frond_spawn(leaves, NULL);
    frond_go(leaves, &sf);
    frond_sleep(5);
    CHECK_INT(frond_single_flight_count(sf), 1);
    frond_kill(g, FROND_EXIT, FROND_NOW);
    frond_yield();
    CHECK_INT(frond_single_flight_count(sf), 0);
    void *value; /* a new run, though the old one has not ended */
    CHECK_INT(ended, 0);
    CHECK_INT(go("a", makes, NULL, &value, NULL, FROND_NEVER), 7);
    CHECK_INT(ended, 2);
    CHECK_INT(((counted *)value)->n, 2);
    CHECK_INT(drops, 3);
    let_go(value);
    frond_release(g);
    finish();
    run_ms = 20;
}

static void before_it_starts(void) {
    begin();
    frond_greenlet *g = frond_spawn(leaves, NULL);
    frond_yield();
    frond_kill(g, FROND_EXIT, FROND_NOW);
    frond_hub_join(FROND_NEVER);
    CHECK(runs <= 1);
    CHECK_INT(drops, 1);
    frond_release(g);
    finish();
}

static void scopes(void) {
    frond_timeout t;
    begin();
    frond_timeout_start(&t, 1);
    CHECK_INT(go("a", makes, (void *)1000, NULL, NULL, FROND_NEVER), FROND_ETIMEDOUT);
    CHECK_INT(go("a", makes, NULL, NULL, NULL, FROND_NEVER), FROND_ETIMEDOUT);
    CHECK_INT(frond_timeout_stop(&t), 1);
    CHECK_INT(go("a", makes, (void *)1000, NULL, NULL, frond_in(1)), FROND_ETIMEDOUT);
    CHECK_TEXT(frond_error_text(), "single flight: timed out");
    finish();
    CHECK_INT(drops, 3);
    CHECK(runs <= 2);
}

static void *takes_all_the_same(void *arg) {
    void *value = NULL;
    CHECK_INT(go("a", makes, NULL, &value, NULL, FROND_NEVER), 7);
    CHECK_INT(frond_yield(), FROND_ECANCELED);
    let_go(value);
    return arg;
}

static int tells_its_end(void *arg, void **value) {
    int rc = makes(NULL, value);
    frond_event_set(arg);
    return rc;
}

static void *sees_the_end(void *e) {
    CHECK_INT(frond_single_flight_do(sf, "a", 1, tells_its_end, e, NULL, NULL, NULL,
                                     FROND_NEVER),
              7);
    return NULL;
}

static void killed_after_being_woken(void) {
    frond_event e = FROND_EVENT_INIT;
    begin();
    go_now(sees_the_end, &e);
    frond_greenlet *victim = frond_spawn(takes_all_the_same, NULL);
    frond_event_wait(&e, FROND_NEVER);
    frond_kill(victim, FROND_EXIT, FROND_NOW);
    frond_hub_join(FROND_NEVER);
    frond_release(victim);
    finish();
}

/* ---- freeing ---- */

static void *is_closed(void *arg) {
    CHECK_INT(go("a", makes, (void *)1000, NULL, NULL, FROND_NEVER), FROND_ECLOSED);
    return arg;
}

static void freed_during_a_run(void) {
    begin();
    frond_go(is_closed, NULL);
    frond_go(is_closed, NULL);
    frond_yield();
    frond_yield();
    finish();
    CHECK_INT(drops, 2);
    CHECK_INT(ended, runs);
}

static void free_it(void *arg) {
    (void)arg;
    frond_single_flight_free(sf);
}

static void freed_elsewhere(void) {
    begin();
    frond_go(is_closed, NULL);
    frond_yield();
    frond_hub *h = frond_hub_ref(frond_hub_current());
    thread_run(free_it, NULL);
    frond_hub_free(h);
    frond_hub_join(FROND_NEVER);
    CHECK_INT(drops, 1);
}

static void hub_ends(void) {
    begin();
    frond_go(leaves, NULL);
    frond_yield();
    frond_hub_close(frond_in(1000));
    CHECK_INT(go("a", makes, NULL, NULL, NULL, FROND_NEVER), FROND_ECLOSED);
    CHECK_INT(drops, 2);
    frond_single_flight_free(sf);
    frond_hub_close(FROND_NOW);
}

static int stays(void *arg, void **value) {
    (void)arg;
    (void)value;
    frond_shield_begin(FROND_FOREVER);
    return frond_sleep(FROND_FOREVER);
}

static void *calls_what_stays(void *arg) {
    CHECK_INT(go("a", stays, NULL, NULL, NULL, FROND_NEVER), FROND_ECANCELED);
    return arg;
}

static void hub_ends_a_run(void) {
    begin();
    frond_go(calls_what_stays, NULL);
    frond_yield();
    frond_yield();
    CHECK_INT(frond_hub_close(frond_in(5)), FROND_ETIMEDOUT);
    CHECK_INT(drops, 1);
    frond_single_flight_free(sf);
}

/* ---- where it is not allowed ---- */

static int recurses(void *arg, void **value) {
    CHECK_INT(go("a", makes, arg, value, NULL, FROND_NEVER), FROND_EDEADLK);
    return go("b", makes, arg, value, NULL, FROND_NEVER);
}

static void misuse(void) {
    static const frond_single_flight_options bad = {.reserved = {0, 0, 1}};
    void *value;
    begin();
    CHECK(frond_single_flight_new(&bad) == NULL);
    CHECK_INT(frond_error_code(), FROND_EINVAL);
    CHECK_INT(
        frond_single_flight_do(NULL, "a", 1, makes, NULL, drop, NULL, NULL, FROND_NEVER),
        FROND_EINVAL);
    CHECK_INT(
        frond_single_flight_do(sf, NULL, 1, makes, NULL, drop, NULL, NULL, FROND_NEVER),
        FROND_EINVAL);
    CHECK_INT(
        frond_single_flight_do(sf, "a", 1, NULL, NULL, drop, NULL, NULL, FROND_NEVER),
        FROND_EINVAL);
    CHECK_INT(go("a", makes, NULL, NULL, NULL, FROND_NOW), FROND_ETIMEDOUT);
    CHECK_INT(drops, 4);
    CHECK_INT(runs, 0);
    CHECK_INT(go("a", recurses, NULL, &value, NULL, FROND_NEVER), 7);
    let_go(value);
    CHECK_INT(drops, 7);
    CHECK_INT(frond_single_flight_count(NULL), 0);
    frond_single_flight_free(NULL);
    finish();
}

static void use_elsewhere(void *arg) {
    *(int *)arg = go("a", makes, NULL, NULL, NULL, FROND_NEVER);
}

static void other_thread(void) {
    int rc;
    begin();
    thread_run(use_elsewhere, &rc);
    CHECK_INT(rc, FROND_ETHREAD);
    CHECK_INT(drops, 1);
    finish();
}

static void in_callback(void *arg) {
    (void)arg;
    CHECK_INT(go("a", makes, NULL, NULL, NULL, FROND_NEVER), FROND_ENOSUSPEND);
    CHECK_INT(go("a", makes, NULL, NULL, NULL, FROND_NOW), FROND_ETIMEDOUT);
}

static void in_hub_callbacks(void) {
    begin();
    frond_go(does_not_take, NULL);
    frond_yield();
    frond_post(frond_hub_current(), in_callback, NULL);
    frond_hub_join(FROND_NEVER);
    CHECK_INT(drops, 3);
    finish();
}

static int blocks(void *e, void **value) {
    (void)value;
    return frond_event_wait(e, FROND_NEVER);
}

static void a_deadlock(void) {
    frond_event e = FROND_EVENT_INIT;
    begin();
    capture_begin();
    CHECK_INT(
        frond_single_flight_do(sf, "key\n", 4, blocks, &e, NULL, NULL, NULL, FROND_NEVER),
        FROND_EDEADLK);
    CHECK_HAS(capture_end(), "for single flight \"key\"");
    finish();
    CHECK(e.waiters.head == NULL);
}

static void uses(void) {
    drops = 0;
    if (!(sf = frond_single_flight_new(&counting)))
        return;
    int asked = 0;
    for (int i = 0; i < 3; i++) {
        void *value = NULL;
        int rc = go("a", makes, NULL, &value, NULL, FROND_NEVER);
        CHECK(rc == 7 || rc == FROND_ENOMEM || rc == FROND_EDEADLK);
        if (rc == 7)
            let_go(value);
        asked++;
    }
    CHECK_INT(drops, asked);
    frond_single_flight_free(sf);
    CHECK_INT(values, 0);
}

static void out_of_memory(void) {
    memory_sweep(uses);
}

/* ---- at random ---- */

static uint32_t seed;
static int on[40], asked;

static uint32_t any(uint32_t below) {
    seed ^= seed << 13;
    seed ^= seed >> 17;
    seed ^= seed << 5;
    return seed % below;
}

static int random_run(void *arg, void **value) {
    int *here = arg, rc = 0;
    ++*here;
    for (uint32_t n = any(6); n > 0 && rc == 0; n--)
        rc = frond_yield();
    --*here;
    if (rc == 0 && any(4) == 0)
        rc = FROND_EPROTO;
    return rc < 0 ? rc : makes((void *)1, value);
}

static void *random_caller(void *arg) {
    for (int i = 0; i < 20; i++) {
        frond_deadline d[] = {FROND_NEVER, FROND_NEVER, frond_in(any(3))};
        int key = (int)any(40);
        void *value = NULL;
        asked++;
        int rc = frond_single_flight_do(sf, &key, sizeof key, random_run, &on[key], drop,
                                        any(4) ? &value : NULL, NULL, d[any(3)]);
        CHECK(rc == 7 || rc == FROND_EPROTO || rc == FROND_ETIMEDOUT ||
              rc == FROND_ECANCELED);
        if (rc == 7 && value) {
            frond_yield();
            let_go(value);
        }
        if (rc == FROND_ECANCELED)
            break;
    }
    return arg;
}

static void at_random(void) {
    for (uint32_t i = 1; i <= 20; i++) {
        frond_greenlet *g[60];
        begin();
        asked = 0;
        seed = i * 2654435761U;
        for (int k = 0; k < 60; k++)
            g[k] = frond_spawn(random_caller, NULL);
        for (int k = 0; k < 30; k++) {
            for (uint32_t n = any(10); n > 0; n--)
                frond_yield();
            frond_kill(g[any(60)], FROND_EXIT, FROND_NOW);
        }
        for (int k = 0; k < 60; k++) {
            frond_join(g[k], FROND_NEVER);
            frond_release(g[k]);
        }
        frond_hub_join(FROND_NEVER);
        CHECK_INT(frond_single_flight_count(sf), 0);
        CHECK_INT(drops, asked);
        finish();
    }
    for (int k = 0; k < 40; k++)
        CHECK_INT(on[k], 0);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"one run for all", one_run_for_all},
        {"untaken values are dropped", untaken_values_are_dropped},
        {"a value lasts until all have theirs", a_value_lasts_until_all_have_theirs},
        {"an error for all", an_error_for_all},
        {"the leader leaves", the_leader_leaves},
        {"the last leaves", the_last_leaves},
        {"before it starts", before_it_starts},
        {"scopes", scopes},
        {"killed after being woken", killed_after_being_woken},
        {"freed during a run", freed_during_a_run},
        {"freed elsewhere", freed_elsewhere},
        {"hub ends", hub_ends},
        {"hub ends a run", hub_ends_a_run},
        {"misuse", misuse},
        {"other thread", other_thread},
        {"in hub callbacks", in_hub_callbacks},
        {"a deadlock", a_deadlock},
        {"out of memory", out_of_memory},
        {"at random", at_random},
        {0}};
    test_clock_virtual();
    return test_main("single flight", tests, argc, argv);
}
