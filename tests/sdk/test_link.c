/* SPDX-License-Identifier: MIT */
/* Links by outcome, raw ones, to results and queues; taking them back. */
#include "support.h"

#include <string.h>

static void *succeeds(void *value) {
    return value;
}

static void *fails(void *nothing) {
    (void)nothing;
    return frond_failed(FROND_EIO, "on purpose");
}

static void *waits(void *nothing) {
    frond_sleep(10000);
    return nothing;
}

static void note(frond_greenlet *ended, void *word) {
    CHECK(frond_dead(ended));
    log_add(word);
}

static void link_three(frond_greenlet *g) {
    CHECK_INT(frond_link(g, note, "link"), 0);
    CHECK_INT(frond_link_value(g, note, "value"), 0);
    CHECK_INT(frond_link_error(g, note, "error"), 0);
    CHECK_INT(frond_link_raw(g, note, "raw"), 0);
    CHECK_INT(frond_links(g), 4);
}

/* The raw one first: on the spot. */
static void were_called(const char *sorted) {
    CHECK(strncmp(log_text(), "raw ", 4) == 0);
    CHECK_TEXT(log_sorted(), sorted);
}

static void by_outcome(void) {
    frond_greenlet *g = frond_spawn(succeeds, "x");
    link_three(g);
    frond_hub_join(FROND_NEVER);
    were_called("link raw value");
    CHECK_INT(frond_links(g), 0);
    frond_release(g);
    log_clear();
    g = frond_spawn(fails, NULL);
    link_three(g);
    capture_begin();
    frond_hub_join(FROND_NEVER);
    CHECK_TEXT(capture_end(), ""); /* somebody has seen to it */
    were_called("error link raw");
    frond_release(g);
    log_clear();
    g = frond_spawn(waits, NULL);
    link_three(g);
    frond_yield();
    frond_kill(g, FROND_EXIT, FROND_NEVER);
    frond_hub_join(FROND_NEVER);
    were_called("link raw value"); /* to exit is a success */
    frond_release(g);
    log_clear();
    g = frond_spawn(waits, NULL);
    link_three(g);
    frond_kill(g, FROND_EPIPE, FROND_NEVER); /* before it ran */
    frond_hub_join(FROND_NEVER);
    were_called("error link raw");
    frond_release(g);
}

static void after_the_end(void) {
    frond_greenlet *g = frond_spawn(fails, NULL);
    capture_begin();
    frond_join(g, FROND_NEVER);
    capture_end();
    CHECK_INT(frond_link_value(g, note, "value"), 0);
    CHECK_INT(frond_link_error(g, note, "error"), 0);
    CHECK_INT(frond_link_raw(g, note, "raw"), 0);
    CHECK_TEXT(log_text(), "raw");
    frond_hub_join(FROND_NEVER);
    CHECK_TEXT(log_text(), "raw error");
    frond_release(g);
}

/* Those who care for values only leave the failure to be reported. */
static void a_value_link_hides_no_failure(void) {
    frond_greenlet *g = frond_spawn(fails, NULL);
    frond_link_value(g, note, "value");
    capture_begin();
    frond_hub_join(FROND_NEVER);
    CHECK_HAS(capture_end(), "on purpose");
    CHECK_TEXT(log_text(), "");
    frond_release(g);
}

static void may_not_suspend(frond_greenlet *ended, void *codes) {
    (void)ended;
    ((int *)codes)[0] = frond_sleep(1);
    ((int *)codes)[1] = frond_yield();
}

static void raw_may_not_suspend(void) {
    int codes[2] = {0, 0};
    frond_greenlet *g = frond_spawn(succeeds, NULL);
    frond_link_raw(g, may_not_suspend, codes);
    CHECK_INT(frond_join(g, FROND_NEVER), 0);
    CHECK_INT(codes[0], FROND_ENOSUSPEND);
    CHECK_INT(codes[1], FROND_ENOSUSPEND);
    CHECK_INT(frond_sleep(1), 0);
    frond_release(g);
}

static void takes_back_the_next(frond_greenlet *g, void *nothing) {
    (void)nothing;
    CHECK_INT(frond_unlink(g, note, "b"), 1);
}

/* While links are being called, those taken back are not called any more. */
static void taken_back_during_the_calls(void) {
    frond_greenlet *g = frond_spawn(succeeds, NULL);
    frond_link_raw(g, note, "a");
    frond_link_raw(g, takes_back_the_next, NULL);
    frond_link_raw(g, note, "b");
    frond_link_raw(g, note, "c");
    frond_join(g, FROND_NEVER);
    CHECK_TEXT(log_text(), "a c");
    frond_release(g);
}

static void taken_back(void) {
    frond_greenlet *g = frond_spawn(succeeds, NULL);
    frond_result r = FROND_RESULT_INIT;
    frond_link(g, note, "a");
    frond_link_value(g, note, "a");
    frond_link_error(g, note, "b");
    frond_link_result(g, &r);
    CHECK_INT(frond_links(g), 4);
    CHECK_INT(frond_unlink(g, note, "a"), 1);
    CHECK_INT(frond_links(g), 3);
    CHECK_INT(frond_unlink_result(g, &r), 1);
    CHECK_INT(frond_unlink_result(g, &r), 0);
    CHECK_INT(frond_unlink_all(g), 2);
    CHECK_INT(frond_unlink_all(g), 0);
    CHECK_INT(frond_links(g), 0);
    frond_join(g, FROND_NEVER);
    frond_hub_join(FROND_NEVER);
    CHECK_TEXT(log_text(), "");
    CHECK_INT(frond_result_ready(&r), 0);
    frond_release(g);
}

/* gevent's tests link_to_asyncresult and link_to_queue. */
static void to_results(void) {
    frond_result value = FROND_RESULT_INIT, error = FROND_RESULT_INIT,
                 again = FROND_RESULT_INIT;
    frond_greenlet *good = frond_spawn(succeeds, "x"), *bad = frond_spawn(fails, NULL);
    void *got = NULL;
    CHECK_INT(frond_link_result(good, &value), 0);
    CHECK_INT(frond_link_result(bad, &error), 0);
    CHECK_INT(frond_result_get(&value, &got, FROND_NEVER), 0);
    CHECK_TEXT(got, "x");
    CHECK_INT(frond_result_get(&error, &got, FROND_NEVER), FROND_EIO);
    CHECK_INT(frond_link_result(good, &again), 0);
    CHECK_INT(frond_result_get(&again, &got, FROND_NOW), 0);
    CHECK_TEXT(got, "x");
    frond_release(good);
    frond_release(bad);
}

static void to_queue(frond_greenlet *ended, void *q) {
    CHECK_INT(frond_queue_put(q, &ended, FROND_NOW), 0);
}

static void *sleeps(void *ms) {
    frond_sleep((uint64_t)(intptr_t)ms);
    return ms;
}

static void to_a_queue(void) {
    frond_queue *q = frond_queue_new(sizeof(frond_greenlet *), 0, NULL);
    static const intptr_t ms[] = {6, 1, 3};
    frond_greenlet *g[3], *next;
    for (int i = 0; i < 3; i++) {
        g[i] = frond_spawn(sleeps, (void *)ms[i]);
        frond_link_raw(g[i], to_queue, q);
    }
    static const int order[] = {1, 2, 0};
    for (int i = 0; i < 3; i++) {
        CHECK_INT(frond_queue_get(q, &next, FROND_NEVER), 0);
        CHECK(next == g[order[i]]);
        frond_release(next);
    }
    frond_queue_free(q);
}

static int called;

static void in_turn(frond_greenlet *ended, void *place) {
    (void)ended;
    CHECK_INT((intptr_t)place, called);
    called++;
}

static void thousand_in_order(void) {
    in_order();
    frond_greenlet *g = frond_spawn(succeeds, NULL);
    for (intptr_t i = 0; i < 1000; i++)
        frond_link(g, in_turn, (void *)i);
    frond_hub_join(FROND_NEVER);
    CHECK_INT(called, 1000);
    frond_release(g);
}

static void *never_runs(void *arg) {
    log_add("ran");
    return arg;
}

static void kills_the_runner(frond_greenlet *ended, void *arg) {
    (void)ended;
    (void)arg;
    frond_kill(frond_current(), FROND_EXIT, FROND_NOW);
}

static void *ends_another(void *arg) {
    (void)arg;
    frond_greenlet *g = frond_greenlet_new(never_runs, NULL);
    frond_link_raw(g, kills_the_runner, NULL);
    frond_kill(g, FROND_EXIT, FROND_NOW); /* it never ran: it ends here */
    log_add(frond_error_name(frond_yield()));
    frond_release(g);
    return NULL;
}

/* Whose stack a raw link runs on may be killed by it, like by anything else. */
static void killed_by_a_link(void) {
    frond_greenlet *g = frond_spawn(ends_another, NULL);
    CHECK_INT(frond_join(g, FROND_NEVER), 0);
    CHECK_TEXT(log_text(), "FROND_ECANCELED");
    frond_release(g);
}

static void misuse(void) {
    frond_greenlet *g = frond_spawn(succeeds, NULL);
    CHECK_INT(frond_link_value(NULL, note, NULL), FROND_EINVAL);
    CHECK_INT(frond_link_error(g, NULL, NULL), FROND_EINVAL);
    CHECK_INT(frond_link_raw(NULL, note, NULL), FROND_EINVAL);
    CHECK_INT(frond_link_result(g, NULL), FROND_EINVAL);
    CHECK_INT(frond_unlink_result(g, NULL), FROND_EINVAL);
    CHECK_INT(frond_unlink_all(NULL), FROND_EINVAL);
    CHECK_INT(frond_links(NULL), 0);
    frond_join(g, FROND_NEVER);
    frond_release(g);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"by outcome", by_outcome},
        {"after the end", after_the_end},
        {"a value link hides no failure", a_value_link_hides_no_failure},
        {"raw may not suspend", raw_may_not_suspend},
        {"taken back during the calls", taken_back_during_the_calls},
        {"taken back", taken_back},
        {"to results", to_results},
        {"to a queue", to_a_queue},
        {"a thousand in order", thousand_in_order},
        {"killed by a link", killed_by_a_link},
        {"misuse", misuse},
        {0}};
    test_clock_virtual();
    return test_main("link", tests, argc, argv);
}
