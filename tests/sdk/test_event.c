/* SPDX-License-Identifier: MIT */
/* Events and results. */
#include "support.h"

static frond_event e;

static void *number(intptr_t n) {
    return (void *)n;
}

static void *waits(void *word) {
    CHECK_INT(frond_event_wait(&e, FROND_NEVER), 0);
    log_add(word);
    return NULL;
}

static void set_wakes_all_in_order(void) {
    in_order();
    frond_go(waits, "a");
    frond_go(waits, "b");
    frond_go(waits, "c");
    frond_yield();
    CHECK_INT(frond_event_is_set(&e), 0);
    CHECK_INT(frond_event_set(&e), 0);
    CHECK_INT(frond_event_is_set(&e), 1);
    CHECK_INT(frond_event_set(&e), 0);
    CHECK_INT(frond_event_wait(&e, FROND_NOW), 0);
    frond_hub_join(FROND_NEVER);
    CHECK_TEXT(log_text(), "a b c");
    CHECK_INT(frond_event_clear(&e), 0);
    CHECK_INT(frond_event_is_set(&e), 0);
}

/* The wake carries the news, not the flag. */
static void cleared_at_once(void) {
    frond_event_clear(&e);
    frond_go(waits, "a");
    frond_go(waits, "b");
    frond_yield();
    frond_event_set(&e);
    frond_event_clear(&e);
    frond_hub_join(FROND_NEVER);
    CHECK_TEXT(log_sorted(), "a b");
    CHECK_INT(frond_event_wait(&e, FROND_NOW), FROND_ETIMEDOUT);
}

static void times_out(void) {
    frond_deadline d = frond_in(2);
    CHECK_INT(frond_event_wait(&e, d), FROND_ETIMEDOUT);
    CHECK_INT(frond_now(), d.ns);
    CHECK_TEXT(frond_error_text(), "event wait: timed out");
    CHECK_INT(frond_event_wait(&e, FROND_NOW), FROND_ETIMEDOUT);
    CHECK_INT(frond_event_wait(&e, (frond_deadline){-5}), FROND_ETIMEDOUT);
}

static void *waits_shortly(void *arg) {
    int rc = frond_event_wait(&e, frond_in(1));
    CHECK_INT(rc, arg ? FROND_ECANCELED : FROND_ETIMEDOUT);
    return arg;
}

static void those_who_left_are_gone(void) {
    frond_greenlet *all[20];
    for (int i = 0; i < 20; i++)
        all[i] = frond_spawn(waits_shortly, number(i % 3 == 0));
    frond_yield();
    for (int i = 0; i < 20; i += 3)
        frond_kill(all[i], FROND_EXIT, FROND_NOW);
    frond_hub_join(FROND_NEVER);
    CHECK(e.waiters.head == NULL && e.waiters.tail == NULL);
    frond_event_set(&e);
    frond_event_clear(&e);
    for (int i = 0; i < 20; i++)
        frond_release(all[i]);
}

static void misuse(void) {
    CHECK_INT(frond_event_set(NULL), FROND_EINVAL);
    CHECK_INT(frond_event_clear(NULL), FROND_EINVAL);
    CHECK_INT(frond_event_wait(NULL, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_event_is_set(NULL), 0);
    CHECK_INT(frond_result_set(NULL, NULL), FROND_EINVAL);
    CHECK_INT(frond_result_set_error(NULL, FROND_EIO), FROND_EINVAL);
    CHECK_INT(frond_result_clear(NULL), FROND_EINVAL);
    CHECK_INT(frond_result_get(NULL, NULL, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_result_ready(NULL), 0);
}

/* ---- results ---- */

static frond_result r;

static void *gets(void *arg) {
    void *value = NULL;
    int rc = frond_result_get(&r, &value, FROND_NEVER);
    CHECK_INT(rc < 0 ? rc : (intptr_t)value, (intptr_t)arg);
    log_add("got");
    return NULL;
}

static void result_value(void) {
    frond_go(gets, number(7));
    frond_go(gets, number(7));
    frond_yield();
    CHECK_INT(frond_result_ready(&r), 0);
    CHECK_INT(frond_result_get(&r, NULL, FROND_NOW), FROND_ETIMEDOUT);
    CHECK_INT(frond_result_set(&r, number(7)), 0);
    CHECK_INT(frond_result_ready(&r), 1);
    frond_hub_join(FROND_NEVER);
    CHECK_TEXT(log_text(), "got got");
    CHECK_INT(frond_result_set(&r, number(8)), 0); /* replaces it for later readers */
    void *value = NULL;
    CHECK_INT(frond_result_get(&r, &value, FROND_NOW), 0);
    CHECK_INT((intptr_t)value, 8);
    CHECK_INT(frond_result_clear(&r), 0);
}

static void result_error(void) {
    frond_go(gets, number(FROND_EPROTO));
    frond_yield();
    CHECK_INT(frond_result_set_error(&r, 1), FROND_EINVAL);
    CHECK_INT(frond_result_set_error(&r, 0), FROND_EINVAL);
    CHECK_INT(frond_result_set_error(&r, FROND_EPROTO), 0);
    frond_hub_join(FROND_NEVER);
    CHECK_INT(frond_result_get(&r, NULL, FROND_NOW), FROND_EPROTO);
    CHECK_HAS(frond_error_text(), "protocol error");
    frond_result_clear(&r);
}

static void result_cleared_before_they_run(void) {
    frond_go(gets, number(2));
    frond_yield();
    frond_result_set(&r, number(1));
    frond_result_clear(&r);
    frond_yield();
    CHECK_TEXT(log_text(), ""); /* waits for the next */
    frond_result_set(&r, number(2));
    frond_hub_join(FROND_NEVER);
    CHECK_TEXT(log_text(), "got");
    frond_result_clear(&r);
}

static void link_sets(frond_greenlet *g, void *result) {
    void *value = NULL;
    int rc = frond_get(g, &value, FROND_NOW);
    if (rc < 0)
        frond_result_set_error(result, rc);
    else
        frond_result_set(result, value);
}

static void *fails_or_not(void *arg) {
    return arg ? arg : frond_failed(FROND_ERANGE, "no");
}

static void result_by_link(void) {
    for (int ok = 0; ok < 2; ok++) {
        frond_result got = FROND_RESULT_INIT;
        frond_greenlet *g = frond_spawn(fails_or_not, number(ok));
        frond_link(g, link_sets, &got);
        void *value = NULL;
        CHECK_INT(frond_result_get(&got, &value, FROND_NEVER), ok ? 0 : FROND_ERANGE);
        CHECK_INT((intptr_t)value, ok);
        frond_release(g);
    }
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"set wakes all in order", set_wakes_all_in_order},
        {"cleared at once", cleared_at_once},
        {"times out", times_out},
        {"those who left are gone", those_who_left_are_gone},
        {"misuse", misuse},
        {"result: value", result_value},
        {"result: error", result_error},
        {"result: cleared before they run", result_cleared_before_they_run},
        {"result: by link", result_by_link},
        {0}};
    test_clock_virtual();
    return test_main("event", tests, argc, argv);
}
