/* SPDX-License-Identifier: MIT */
/* Nurseries: ends before the block, the first failure, kills, budgets. */
#include "support.h"

#include <string.h>

static void *says(void *word) {
    frond_yield();
    log_add(word);
    return NULL;
}

static void *fails(void *nothing) {
    (void)nothing;
    frond_sleep(1);
    return frond_failed(FROND_EIO, "on purpose");
}

static void *waits(void *word) {
    int rc = frond_sleep(10000);
    log_add(rc == FROND_ECANCELED ? word : "?");
    return rc < 0 ? frond_failed(rc, NULL) : NULL; /* as one does */
}

static void all_end_first(void) {
    frond_nursery n;
    char word[] = "frame"; /* of this block */
    CHECK_INT(frond_nursery_open(&n, NULL), 0);
    CHECK_INT(frond_nursery_spawn(&n, says, "a"), 0);
    CHECK_INT(frond_nursery_spawn(&n, says, word), 0);
    CHECK_INT(frond_nursery_count(&n), 2);
    CHECK_INT(frond_nursery_close(&n, FROND_NEVER), 0);
    CHECK_TEXT(log_sorted(), "a frame");
    CHECK_INT(frond_nursery_close(&n, FROND_NEVER), FROND_EINVAL);
    CHECK_INT(frond_nursery_spawn(&n, says, "b"), FROND_EINVAL);
    CHECK_INT(frond_nursery_open(&n, NULL), 0);
    CHECK_INT(frond_nursery_close(&n, FROND_NOW), 0);
}

static void the_first_failure_ends_the_others(void) {
    frond_nursery n;
    frond_nursery_open(&n, NULL);
    frond_nursery_spawn(&n, waits, "w1");
    frond_nursery_spawn(&n, fails, NULL);
    frond_nursery_spawn(&n, waits, "w2");
    capture_begin();
    CHECK_INT(frond_nursery_close(&n, FROND_NEVER), FROND_EIO);
    CHECK_TEXT(frond_error_text(), "on purpose");
    CHECK_TEXT(capture_end(), "");
    CHECK_TEXT(log_sorted(), "w1 w2");
}

static void *fails_too(void *nothing) {
    (void)nothing;
    frond_sleep(5);
    return frond_failed(FROND_EPIPE, "the second");
}

static void keep_going(void) {
    frond_nursery n;
    frond_nursery_options o = {.keep_going = 1};
    frond_nursery_open(&n, &o);
    frond_nursery_spawn(&n, fails, NULL);
    frond_nursery_spawn(&n, fails_too, NULL);
    frond_nursery_spawn(&n, says, "a");
    frond_sleep(2);
    CHECK_INT(frond_nursery_spawn(&n, says, "b"), 0);
    capture_begin();
    CHECK_INT(frond_nursery_close(&n, FROND_NEVER), FROND_EIO);
    CHECK_HAS(capture_end(), "failed: the second (FROND_EPIPE)");
    CHECK_TEXT(log_text(), "a b");
}

static void out_of_time(void) {
    frond_nursery n;
    frond_nursery_open(&n, NULL);
    frond_nursery_spawn(&n, waits, "w");
    frond_yield();
    CHECK_INT(frond_nursery_close(&n, frond_in(2)), FROND_ETIMEDOUT);
    CHECK_TEXT(log_text(), "w");
    CHECK_TEXT(frond_error_text(), "nursery close: timed out");
    frond_nursery_open(&n, NULL);
    frond_nursery_spawn(&n, says, "never runs");
    CHECK_INT(frond_nursery_close(&n, FROND_NOW), FROND_ETIMEDOUT);
    CHECK_TEXT(log_text(), "w");
    frond_timeout t;
    frond_nursery_open(&n, NULL);
    frond_nursery_spawn(&n, waits, "x");
    frond_yield();
    frond_timeout_start(&t, 2);
    CHECK_INT(frond_nursery_close(&n, FROND_NEVER), FROND_ETIMEDOUT);
    CHECK_INT(frond_timeout_stop(&t), 1);
    CHECK_TEXT(log_text(), "w x");
}

static void cancelled(void) {
    frond_nursery n;
    frond_nursery_open(&n, NULL);
    frond_nursery_spawn(&n, waits, "w");
    frond_yield();
    CHECK_INT(frond_nursery_cancel(&n), 0);
    CHECK_INT(frond_nursery_spawn(&n, says, "late"), FROND_ECLOSED);
    CHECK_INT(frond_nursery_close(&n, FROND_NEVER), 0);
    CHECK_TEXT(log_text(), "w");
}

/* ---- the owner's end ---- */

static void *owns(void *code) {
    frond_nursery n;
    frond_nursery_open(&n, NULL);
    frond_nursery_spawn(&n, waits, "child");
    *(int *)code = frond_nursery_close(&n, FROND_NEVER);
    log_add("owner");
    return NULL;
}

static void a_killed_owner_waits(void) {
    int code = 0;
    frond_greenlet *g = frond_spawn(owns, &code);
    frond_sleep(1);
    CHECK_INT(frond_kill(g, FROND_EXIT, FROND_NEVER), 0);
    CHECK_INT(code, FROND_ECANCELED);
    CHECK_TEXT(log_text(), "child owner");
    frond_release(g);
}

static void *forgets(void *fail) {
    frond_nursery n;
    frond_nursery_open(&n, NULL);
    frond_nursery_spawn(&n, waits, "child");
    frond_yield();
    if (fail)
        frond_fail(FROND_EIO, "in the middle");
    return NULL;
}

static void left_open(void) {
    frond_greenlet *g = frond_spawn(forgets, NULL);
    CHECK_INT(frond_join(g, FROND_NEVER), 0);
    CHECK_TEXT(log_text(), "child");
    frond_release(g);
    g = frond_spawn(forgets, "x");
    CHECK_INT(frond_get(g, NULL, FROND_NEVER), FROND_EIO);
    CHECK_TEXT(log_text(), "child child");
    frond_release(g);
}

static void left_open_at_the_hubs_end(void) {
    int code = 0;
    frond_go(owns, &code);
    frond_sleep(1);
    frond_hub_close(FROND_NOW); /* nobody can wait any more */
}

/* ---- budgets ---- */

static void *cleans_up(void *word) {
    frond_sleep(10000);
    frond_shield_begin(60000);
    int rc = frond_sleep(60000);
    log_add(rc == FROND_ETIMEDOUT ? word : "?");
    frond_shield_end();
    return NULL;
}

static void cleanup_is_bounded(void) {
    frond_nursery n;
    frond_nursery_options o = {.cleanup_ms = 3};
    frond_nursery_open(&n, &o);
    frond_nursery_spawn(&n, cleans_up, "a");
    frond_nursery_spawn(&n, cleans_up, "b");
    frond_yield();
    int64_t before = frond_now();
    CHECK_INT(frond_nursery_close(&n, frond_in(1)), FROND_ETIMEDOUT);
    CHECK_INT(frond_now() - before, (1 + 3) * 1000000);
    CHECK_TEXT(log_sorted(), "a b");
}

/* ---- nested ---- */

static void *outer(void *nothing) {
    frond_nursery n;
    frond_nursery_open(&n, NULL);
    frond_nursery_spawn(&n, waits, "inner");
    frond_nursery_close(&n, FROND_NEVER);
    log_add("outer");
    return nothing;
}

static void nested(void) {
    frond_nursery n;
    frond_nursery_open(&n, NULL);
    frond_nursery_spawn(&n, outer, NULL);
    frond_nursery_spawn(&n, fails, NULL);
    CHECK_INT(frond_nursery_close(&n, FROND_NEVER), FROND_EIO);
    CHECK_TEXT(log_text(), "inner outer");
}

static void *spawns_more(void *n) {
    CHECK_INT(frond_nursery_spawn(n, says, "grandchild"), 0);
    return NULL;
}

static void children_spawn_too(void) {
    frond_nursery n;
    frond_nursery_open(&n, NULL);
    frond_nursery_spawn(&n, spawns_more, &n);
    CHECK_INT(frond_nursery_close(&n, FROND_NEVER), FROND_OK);
    CHECK_TEXT(log_text(), "grandchild");
}

/* ---- misuse ---- */

static void *closes(void *n) {
    CHECK_INT(frond_nursery_close(n, FROND_NEVER), FROND_EPERM);
    return NULL;
}

static void misuse(void) {
    frond_nursery n;
    frond_nursery_options bad = {.reserved = {1}};
    CHECK_INT(frond_nursery_open(NULL, NULL), FROND_EINVAL);
    CHECK_INT(frond_nursery_open(&n, &bad), FROND_EINVAL);
    CHECK_INT(frond_nursery_close(NULL, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_nursery_cancel(NULL), FROND_EINVAL);
    CHECK_INT(frond_nursery_count(NULL), 0);
    CHECK_INT(frond_nursery_open(&n, NULL), 0);
    CHECK_INT(frond_nursery_spawn(&n, NULL, NULL), FROND_EINVAL);
    frond_go(closes, &n);
    frond_yield();
    CHECK_INT(frond_nursery_close(&n, FROND_NOW), 0);
}

static void part(void) {
    frond_nursery n;
    if (frond_nursery_open(&n, NULL) < 0)
        return;
    frond_nursery_spawn(&n, says, "a");
    frond_nursery_spawn(&n, says, "b");
    frond_nursery_close(&n, FROND_NEVER);
}

static void without_memory(void) {
    memory_sweep(part);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"all end first", all_end_first},
        {"the first failure ends the others", the_first_failure_ends_the_others},
        {"keep going", keep_going},
        {"out of time", out_of_time},
        {"cancelled", cancelled},
        {"a killed owner waits", a_killed_owner_waits},
        {"left open", left_open},
        {"left open at the hub's end", left_open_at_the_hubs_end},
        {"cleanup is bounded", cleanup_is_bounded},
        {"nested", nested},
        {"children spawn too", children_spawn_too},
        {"misuse", misuse},
        {"without memory", without_memory},
        {0}};
    test_clock_virtual();
    return test_main("nursery", tests, argc, argv);
}
