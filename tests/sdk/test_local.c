/* SPDX-License-Identifier: MIT */
/* Values of greenlets: their own, and handed down. */
#include "support.h"

#include <stdio.h>

static void drop(void *word) {
    log_add(word);
}

static frond_local own = FROND_LOCAL_INIT(drop), other = FROND_LOCAL_INIT(drop);

static void *sets(void *word) {
    CHECK(frond_local_get(&own) == NULL);
    CHECK_INT(frond_local_set(&own, word), 0);
    frond_yield();
    CHECK_TEXT(frond_local_get(&own), (char *)word);
    return NULL;
}

static void each_has_its_own(void) {
    CHECK(frond_local_get(&own) == NULL);
    CHECK_INT(frond_local_set(&own, "main"), 0);
    frond_go(sets, "a");
    frond_go(sets, "b");
    frond_hub_join(FROND_NEVER);
    CHECK_TEXT(log_sorted(), "a b");
    CHECK_TEXT(frond_local_get(&own), "main");
    frond_hub_close(FROND_NEVER);
    CHECK_TEXT(log_sorted(), "a b main");
    CHECK(frond_local_get(&own) == NULL);
}

/* Dropped at the end though somebody holds the greenlet. */
static void dropped_at_the_end(void) {
    frond_greenlet *g = frond_spawn(sets, "held");
    CHECK_INT(frond_join(g, FROND_NEVER), 0);
    CHECK_TEXT(log_text(), "held");
    frond_release(g);
    log_clear();
    g = frond_spawn(sets, "killed");
    frond_yield();
    frond_kill(g, FROND_EXIT, FROND_NEVER);
    CHECK_TEXT(log_text(), "killed");
    frond_release(g);
}

static void sets_again(void *word) {
    log_add(word);
    if (*(char *)word == 'x')
        frond_local_set(&own, "again");
}
static frond_local stubborn = FROND_LOCAL_INIT(sets_again);

static void deferred(void *nothing) {
    (void)nothing;
    log_add("deferred");
    CHECK_TEXT(frond_local_get(&own), "first");
}

static void *sets_three(void *nothing) {
    frond_defer(deferred, NULL);
    frond_local_set(&own, "first");
    frond_local_set(&other, "second");
    frond_local_set(&stubborn, "x");
    return nothing;
}

static void in_order_after_the_deferred(void) {
    frond_go(sets_three, NULL);
    frond_hub_join(FROND_NEVER);
    CHECK_TEXT(log_text(), "deferred first second x again");
}

static void many_keys(void) {
    static frond_local keys[40];
    static int values[40];
    for (int i = 0; i < 40; i++)
        CHECK_INT(frond_local_set(&keys[i], &values[i]), 0);
    for (int i = 0; i < 40; i++)
        CHECK(frond_local_get(&keys[i]) == &values[i]);
    CHECK_INT(frond_local_set(&keys[3], NULL), 0);
    CHECK(frond_local_get(&keys[3]) == NULL);
}

/* ---- handed down ---- */

static frond_inherited trace = FROND_INHERITED_INIT(drop),
                       user = FROND_INHERITED_INIT(NULL);

static void *tells(void *nothing) {
    const char *value = frond_inherited_get(&trace);
    log_add(value ? value : "none");
    return nothing;
}

static void *changes(void *nothing) {
    tells(NULL);
    CHECK_INT(frond_inherited_set(&trace, "child"), 0);
    frond_go(tells, NULL);
    frond_yield();
    tells(NULL);
    return nothing;
}

static void handed_down_at_the_spawn(void) {
    CHECK(frond_inherited_get(&trace) == NULL);
    frond_go(tells, NULL);
    CHECK_INT(frond_inherited_set(&trace, "main"), 0);
    CHECK_INT(frond_inherited_set(&user, "u"), 0);
    frond_go(changes, NULL);
    frond_hub_join(FROND_NEVER);
    CHECK_TEXT(log_sorted(), "child child child main none");
    CHECK_TEXT(frond_inherited_get(&trace), "main");
    CHECK_TEXT(frond_inherited_get(&user), "u");
}

static void *waits(void *nothing) {
    frond_sleep(1000);
    return nothing;
}

/* Dropped when the last that has it is gone. */
static void dropped_with_the_last(void) {
    frond_inherited_set(&trace, "one");
    frond_greenlet *a = frond_spawn(waits, NULL), *b = frond_spawn(waits, NULL);
    frond_yield();
    frond_inherited_set(&trace, "two");
    frond_inherited_set(&trace, "three");
    CHECK_TEXT(log_text(), "two"); /* nobody else had it */
    frond_kill(a, FROND_EXIT, FROND_NEVER);
    frond_kill(b, FROND_EXIT, FROND_NEVER);
    CHECK_TEXT(log_text(), "two one");
    frond_release(a);
    frond_release(b);
    CHECK_TEXT(frond_inherited_get(&trace), "three");
    frond_hub_close(FROND_NEVER);
    CHECK_TEXT(log_text(), "two one three");
}

/* A server that hands down a number of each request keeps none of the old ones. */
static void set_for_each_child(void) {
    static frond_inherited number = FROND_INHERITED_INIT(NULL);
    long blocks = 0;
    frond_inherited_set(&user, "u");
    for (int i = 0; i < 50; i++) {
        frond_inherited_set(&number, &blocks);
        frond_go(tells, NULL);
        frond_yield();
        frond_yield();
        if (i == 10)
            blocks = memory_live();
    }
    CHECK_INT(memory_live(), blocks);
    CHECK_TEXT(frond_inherited_get(&user), "u");
}

/* Nor does one who sets it often. */
static void set_often(void) {
    static frond_inherited plain = FROND_INHERITED_INIT(NULL);
    static int values[2];
    frond_inherited_set(&plain, &values[0]);
    long blocks = memory_live();
    for (int i = 0; i < 100; i++)
        frond_inherited_set(&plain, &values[i % 2]);
    CHECK_INT(memory_live(), blocks);
}

static void killed_unstarted(void) {
    frond_inherited_set(&trace, "x");
    frond_greenlet *g = frond_spawn_later(1000, waits, NULL);
    frond_kill(g, FROND_EXIT, FROND_NEVER);
    frond_release(g);
    CHECK_TEXT(log_text(), "");
}

static void in_a_callback(void *nothing) {
    (void)nothing;
    CHECK_INT(frond_local_set(&own, "callback's"), 0);
    CHECK_INT(frond_inherited_set(&trace, "its other"), 0);
}

/* What callbacks set is the hub's, and goes with it. */
static void set_in_a_callback(void) {
    frond_hub *h = frond_hub_ref(frond_hub_current());
    frond_post(h, in_a_callback, NULL);
    frond_sleep(1);
    CHECK(frond_local_get(&own) == NULL);
    frond_hub_free(h);
    frond_hub_close(FROND_NEVER);
    CHECK_TEXT(log_text(), "callback's its other");
}

static void misuse(void) {
    CHECK(frond_local_get(NULL) == NULL);
    CHECK_INT(frond_local_set(NULL, "x"), FROND_EINVAL);
    CHECK_INT(frond_inherited_set(NULL, "x"), FROND_EINVAL);
    CHECK(frond_inherited_get(NULL) == NULL);
}

static void sweep(void) {
    if (frond_local_set(&own, "own") == 0)
        CHECK_TEXT(frond_local_get(&own), "own");
    if (frond_inherited_set(&user, "user") == 0)
        CHECK_TEXT(frond_inherited_get(&user), "user");
}

static void without_memory(void) {
    memory_sweep(sweep);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"each has its own", each_has_its_own},
        {"dropped at the end", dropped_at_the_end},
        {"in order, after the deferred", in_order_after_the_deferred},
        {"many keys", many_keys},
        {"handed down at the spawn", handed_down_at_the_spawn},
        {"dropped with the last", dropped_with_the_last},
        {"set for each child", set_for_each_child},
        {"set often", set_often},
        {"killed unstarted", killed_unstarted},
        {"set in a callback", set_in_a_callback},
        {"misuse", misuse},
        {"without memory", without_memory},
        {0}};
    test_clock_virtual();
    return test_main("local", tests, argc, argv);
}
