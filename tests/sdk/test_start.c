/* SPDX-License-Identifier: MIT */
/* Greenlets that are started by hand, or later than they were to. */
#include "support.h"

static void *says(void *word) {
    log_add(word);
    return word;
}

static int64_t at_ns; /* that it ran */

static void *notes_time(void *arg) {
    at_ns = frond_now();
    return arg;
}

static void by_hand(void) {
    static char word[] = "ran";
    frond_greenlet *g = frond_spawn_later(FROND_FOREVER, says, word);
    CHECK_INT(frond_greenlet_state(g), FROND_NEW);
    CHECK_INT(frond_sleep(1000), 0);
    CHECK_TEXT(log_text(), "");
    CHECK_INT(frond_start(g), 0);
    CHECK_INT(frond_start(g), 0); /* a second time is nothing */
    CHECK_INT(frond_greenlet_state(g), FROND_READY);
    void *value = NULL;
    CHECK_INT(frond_get(g, &value, FROND_NEVER), 0);
    CHECK(value == word);
    CHECK_INT(frond_start(g), 0); /* nor is one after its end */
    CHECK_INT(frond_start_later(g, 5), 0);
    CHECK_INT(frond_yield(), 0);
    CHECK_INT(frond_dead(g), 1);
    CHECK_TEXT(log_text(), "ran");
    frond_release(g);
}

static void sooner_and_later(void) {
    int64_t begun = frond_now();
    frond_greenlet *sooner = frond_spawn_later(1000, notes_time, NULL);
    CHECK_INT(frond_start_later(sooner, 10), 0);
    CHECK_INT(frond_join(sooner, FROND_NEVER), 0);
    CHECK_INT(at_ns - begun, 10000000);
    begun = frond_now();
    frond_greenlet *later = frond_spawn_later(10, notes_time, NULL);
    CHECK_INT(frond_start_later(later, FROND_FOREVER), 0);
    CHECK_INT(frond_join(later, frond_in(100)), FROND_ETIMEDOUT);
    CHECK_INT(frond_start_later(later, 50), 0);
    CHECK_INT(frond_join(later, FROND_NEVER), 0);
    CHECK_INT(at_ns - begun, 150000000);
    frond_release(sooner);
    frond_release(later);
}

/* What waits for one that nobody starts waits for ever. */
static void a_deadlock(void) {
    frond_greenlet *g = frond_spawn_later(FROND_FOREVER, says, NULL);
    capture_begin();
    CHECK_INT(frond_join(g, FROND_NEVER), FROND_EDEADLK);
    CHECK_HAS(capture_end(), "deadlock");
    CHECK_INT(frond_kill(g, FROND_EXIT, FROND_NEVER), 0);
    CHECK_TEXT(log_text(), "");
    frond_release(g);
}

static int dropped;

static void drop(void *arg) {
    (void)arg;
    dropped++;
}

/* Nobody can start it any more. */
static void let_go(void) {
    frond_spawn_options o = {.delay_ms = FROND_FOREVER, .drop = drop};
    dropped = 0;
    frond_release(frond_spawn_with(&o, says, NULL));
    CHECK_INT(frond_hub_join(FROND_NEVER), 0);
    CHECK_INT(dropped, 1);
    CHECK_TEXT(log_text(), "");
    CHECK_INT(frond_hub_greenlets(), 0);
}

static void at_the_hubs_end(void) {
    frond_greenlet *g = frond_spawn_later(FROND_FOREVER, says, NULL);
    CHECK_INT(frond_hub_close(frond_in(1000)), 0);
    CHECK_INT(frond_dead(g), 1);
    frond_release(g);
    CHECK_TEXT(log_text(), "");
}

static frond_greenlet *of_main;

static void starts_of_main(void *rc) {
    *(int *)rc = frond_start(of_main);
}

static void misuse(void) {
    int rc = 0;
    frond_greenlet *raw = frond_greenlet_new(says, NULL);
    CHECK_INT(frond_start(NULL), FROND_EINVAL);
    CHECK_INT(frond_start(raw), FROND_EINVAL);
    CHECK_INT(frond_start(frond_current()), FROND_EINVAL);
    CHECK_INT(frond_start_later(NULL, 1), FROND_EINVAL);
    of_main = frond_spawn_later(FROND_FOREVER, says, NULL);
    thread_run(starts_of_main, &rc);
    CHECK_INT(rc, FROND_ETHREAD);
    frond_release(of_main);
    frond_release(raw);
}

static void *background(void *arg) {
    while (frond_sleep_unref(10) == 0)
        log_add("tick");
    return arg;
}

/* A join of the hub does not wait for what sleeps in the background, but for all else. */
static void in_the_background(void) {
    frond_greenlet *g = frond_spawn(background, NULL);
    CHECK_INT(frond_hub_join(FROND_NEVER), 0);
    CHECK_TEXT(log_text(), "");
    frond_greenlet *other = frond_spawn_later(35, notes_time, NULL);
    CHECK_INT(frond_hub_join(FROND_NEVER), 0);
    CHECK_TEXT(log_text(), "tick tick tick");
    CHECK_INT(frond_sleep_unref(0), 0);
    CHECK_INT(frond_kill(g, FROND_EXIT, FROND_NEVER), 0);
    frond_release(g);
    frond_release(other);
}

static void *deep(void *arg) {
    volatile char big[700 * 1024];
    big[0] = 1;
    big[sizeof big - 1] = big[0];
    return arg;
}

static void raw_with_options(void) {
    frond_spawn_options o = {.name = "deep", .stack_size = 1024 * 1024};
    frond_greenlet *g = frond_greenlet_new_with(&o, deep, NULL);
    void *value = NULL;
    CHECK_TEXT(frond_name(g), "deep");
    CHECK_INT(frond_switch(g, &o, &value), 0);
    CHECK(value == &o);
    frond_release(g);
    g = frond_greenlet_new_with(NULL, says, NULL);
    CHECK(g != NULL);
    frond_release(g);
    o.delay_ms = 1;
    CHECK(frond_greenlet_new_with(&o, deep, NULL) == NULL);
    CHECK_INT(frond_error_code(), FROND_EINVAL);
    o = (frond_spawn_options){.stack_size = FROND_STACK_MAX + 1};
    CHECK(frond_greenlet_new_with(&o, deep, NULL) == NULL);
    CHECK_INT(frond_error_code(), FROND_EINVAL);
    o = (frond_spawn_options){.drop = drop};
    CHECK(frond_greenlet_new_with(&o, deep, NULL) == NULL);
    CHECK_INT(frond_error_code(), FROND_EINVAL);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"by hand", by_hand},
        {"sooner and later", sooner_and_later},
        {"a deadlock", a_deadlock},
        {"let go", let_go},
        {"at the hub's end", at_the_hubs_end},
        {"misuse", misuse},
        {"in the background", in_the_background},
        {"raw with options", raw_with_options},
        {0},
    };
    test_clock_virtual();
    return test_main("start", tests, argc, argv);
}
