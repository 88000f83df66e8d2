/* SPDX-License-Identifier: MIT */
/* Scheduled greenlets: starting, joining, results, links, states, failures, cleanups, order. */
#include "support.h"

#include <stdio.h>
#include <string.h>

static void *number(intptr_t n) {
    return (void *)n;
}

static void *returns_it(void *arg) {
    return arg;
}

static void *sleeps_ms(void *ms) {
    frond_sleep((uint64_t)(uintptr_t)ms);
    return ms;
}

static void *notes(void *word) {
    log_add(word);
    return NULL;
}

/* ---- starting and joining ---- */

static void spawn_and_get(void) {
    frond_greenlet *g = frond_spawn(returns_it, number(42));
    void *value = NULL;
    CHECK_INT(frond_get(g, &value, FROND_NEVER), 0);
    CHECK_INT((intptr_t)value, 42);
    CHECK_INT(frond_get(g, &value, FROND_NOW), 0); /* again */
    CHECK_INT(frond_join(g, FROND_NOW), 0);
    frond_release(g);
}

static void join_times_out(void) {
    frond_greenlet *g = frond_spawn(sleeps_ms, number(30));
    CHECK_INT(frond_join(g, FROND_NOW), FROND_ETIMEDOUT);
    frond_deadline d = frond_in(2);
    CHECK_INT(frond_join(g, d), FROND_ETIMEDOUT);
    CHECK_INT(frond_now(), d.ns);
    CHECK(!frond_dead(g));
    CHECK_INT(frond_join(g, FROND_NEVER), 0);
    frond_release(g);
}

static void spawn_later(void) {
    int64_t start = frond_now();
    frond_greenlet *later = frond_spawn_later(10, notes, "later");
    frond_greenlet *sooner = frond_spawn_later(2, notes, "sooner");
    frond_greenlet *now = frond_spawn_later(0, notes, "now");
    CHECK_INT(frond_greenlet_state(later), FROND_NEW);
    CHECK_INT(frond_greenlet_state(now), FROND_READY);
    CHECK_INT(frond_join(later, FROND_NEVER), 0);
    CHECK_INT(frond_now() - start, 10 * 1000000);
    CHECK_TEXT(log_text(), "now sooner later");
    frond_release(later);
    frond_release(sooner);
    frond_release(now);
}

static void many_later(void) {
    for (int i = 0; i < 1000; i++)
        frond_release(
            frond_spawn_later((uint64_t)(i * 7 % 11 + 1), sleeps_ms, number(1)));
    CHECK_INT(frond_hub_join(FROND_NEVER), 0);
    CHECK_INT(frond_hub_greenlets(), 0);
}

static void go(void) {
    CHECK_INT(frond_go(notes, "a"), 0);
    CHECK_INT(frond_go(notes, "b"), 0);
    CHECK_TEXT(log_text(), "");
    CHECK_INT(frond_hub_join(FROND_NEVER), 0);
    CHECK_TEXT(log_sorted(), "a b");
}

static void released_goes_on(void) {
    frond_release(frond_spawn(notes, "ran"));
    frond_hub_join(FROND_NEVER);
    CHECK_TEXT(log_text(), "ran");
}

static void *spawns_and_leaves(void *arg) {
    frond_release(frond_spawn_later(3, notes, arg));
    return NULL;
}

static void children_outlive_their_spawner(void) {
    frond_greenlet *g = frond_spawn(spawns_and_leaves, "child");
    frond_join(g, FROND_NEVER);
    CHECK_TEXT(log_text(), "");
    frond_hub_join(FROND_NEVER);
    CHECK_TEXT(log_text(), "child");
    frond_release(g);
}

static void *joins_it(void *g) {
    return number(frond_join(g, FROND_NEVER));
}

static void many_join_one(void) {
    frond_greenlet *one = frond_spawn(sleeps_ms, number(3)), *joiners[50];
    for (int i = 0; i < 50; i++)
        joiners[i] = frond_spawn(joins_it, one);
    for (int i = 0; i < 50; i++) {
        void *rc = number(-1);
        CHECK_INT(frond_get(joiners[i], &rc, FROND_NEVER), 0);
        CHECK_INT((intptr_t)rc, 0);
        frond_release(joiners[i]);
    }
    frond_release(one);
}

static void *joins_with_deadline(void *g) {
    return number(frond_join(g, frond_in(3)));
}

/* A join whose time is up, and whose greenlet ends before the joiner has run. */
static void join_ends_twice(void) {
    test_clock_real();
    for (int order = 0; order < 2; order++) {
        frond_greenlet *one = frond_spawn(sleeps_ms, number(order ? 3 : 2));
        frond_greenlet *joiner = frond_spawn(joins_with_deadline, one);
        frond_yield();
        busy_ms(6);
        void *rc = number(-1);
        CHECK_INT(frond_get(joiner, &rc, FROND_NEVER), 0);
        CHECK((intptr_t)rc == 0 || (intptr_t)rc == FROND_ETIMEDOUT);
        CHECK_INT(frond_join(one, FROND_NEVER), 0);
        frond_release(one);
        frond_release(joiner);
    }
}

/* ---- order ---- */

static void *two_lines(void *name) {
    char word[32];
    for (int i = 1; i <= 2; i++) {
        snprintf(word, sizeof word, "%d%s", i, (char *)name);
        log_add(word);
        frond_sleep(0);
    }
    return NULL;
}

static void turns_alternate(void) {
    in_order();
    frond_go(two_lines, "A");
    frond_go(two_lines, "B");
    frond_hub_join(FROND_NEVER);
    CHECK_TEXT(log_text(), "1A 1B 2A 2B");
}

static void order_is_fifo(void) {
    in_order();
    static char names[100][12];
    char expected[600] = "";
    for (int i = 0; i < 100; i++) {
        snprintf(names[i], sizeof names[i], "%d", i);
        snprintf(expected + strlen(expected), sizeof expected - strlen(expected), "%s%d",
                 i ? " " : "", i);
        frond_go(notes, names[i]);
    }
    frond_hub_join(FROND_NEVER);
    CHECK_TEXT(log_text(), expected);
}

typedef struct {
    frond_deadline due;
    const char *name;
} timed;

static void *notes_when_due(void *arg) {
    const timed *t = arg;
    frond_event e = FROND_EVENT_INIT;
    CHECK_INT(frond_event_wait(&e, t->due), FROND_ETIMEDOUT);
    log_add(t->name);
    return NULL;
}

static void timers_fire_in_order(void) {
    in_order();
    test_clock_real();
    bool in_time = false;
    for (uint64_t ms = 4; !in_time; ms *= 2) { /* all must wait before the first is due */
        int64_t base = frond_in(ms).ns;
        timed all[] = {
            {{base + 2}, "4"}, {{base}, "1"}, {{base + 1}, "3"}, {{base}, "2"}};
        log_clear();
        for (size_t i = 0; i < 4; i++)
            frond_go(notes_when_due, &all[i]);
        frond_yield();
        in_time = frond_now() < base;
        busy_ms(ms);
        frond_hub_join(FROND_NEVER);
    }
    CHECK_TEXT(log_text(), "1 2 3 4");
}

static void sleep_is_never_short(void) {
    test_clock_real();
    for (uint64_t ms = 1; ms < 8; ms += 3) {
        int64_t start = frond_now();
        CHECK_INT(frond_sleep(ms), 0);
        CHECK(frond_now() - start >= (int64_t)ms * 1000000);
    }
}

static void a_busy_one_does_not_hasten_timers(void) {
    test_clock_real();
    frond_sleep(1);
    busy_ms(10);
    int64_t start = frond_now();
    CHECK_INT(frond_sleep(5), 0);
    CHECK(frond_now() - start >= 5 * 1000000);
}

static void sleep0_loop_is_interrupted(void) {
    test_clock_real();
    frond_timeout t;
    frond_timeout_start(&t, 10);
    int rc;
    do
        rc = frond_sleep(0);
    while (rc == 0);
    CHECK_INT(rc, FROND_ETIMEDOUT);
    CHECK_INT(frond_timeout_stop(&t), 1);
}

/* ---- links ---- */

static char link_names[1000][12];

static void note_link(frond_greenlet *ended, void *arg) {
    CHECK(frond_dead(ended));
    log_add(arg);
}

static void links_run_in_order(void) {
    in_order();
    static const int counts[] = {2, 3, 4, 1000};
    for (size_t c = 0; c < sizeof counts / sizeof counts[0]; c++) {
        char expected[6000] = "";
        size_t used = 0;
        frond_greenlet *g = frond_spawn(returns_it, NULL);
        for (int i = 0; i < counts[c]; i++) {
            snprintf(link_names[i], sizeof link_names[i], "%d", i);
            used += (size_t)snprintf(expected + used, sizeof expected - used, "%s%d",
                                     i ? " " : "", i);
            CHECK_INT(frond_link(g, note_link, link_names[i]), 0);
        }
        log_clear();
        frond_hub_join(FROND_NEVER);
        CHECK_TEXT(log_text(), expected);
        frond_release(g);
    }
}

static void link_after_death(void) {
    frond_greenlet *g = frond_spawn(returns_it, NULL);
    frond_join(g, FROND_NEVER);
    for (int i = 0; i < 3; i++) {
        CHECK_INT(frond_link(g, note_link, "late"), 0);
        frond_yield();
    }
    frond_release(g);
    frond_hub_join(FROND_NEVER);
    CHECK_TEXT(log_text(), "late late late");
}

static void unlink_takes_back(void) {
    frond_greenlet *g = frond_spawn(returns_it, NULL);
    frond_link(g, note_link, "a");
    frond_link(g, note_link, "b");
    frond_link(g, note_link, "c");
    CHECK_INT(frond_unlink(g, note_link, "b"), 1);
    CHECK_INT(frond_unlink(g, note_link, "b"), 0);
    CHECK_INT(frond_unlink(g, note_link, "c"), 1); /* the last: the tail moves */
    frond_link(g, note_link, "d");
    frond_hub_join(FROND_NEVER);
    CHECK_TEXT(log_sorted(), "a d");
    CHECK_INT(frond_unlink(g, note_link, "a"), 0);
    frond_release(g);
}

static void link_fails(frond_greenlet *ended, void *arg) {
    (void)ended;
    (void)arg;
    frond_fail(FROND_EPROTO, "the link itself");
}

static void a_failing_link_stops_no_other(void) {
    frond_greenlet *g = frond_spawn(returns_it, NULL);
    frond_link(g, note_link, "1");
    frond_link(g, link_fails, NULL);
    frond_link(g, note_link, "2");
    capture_begin();
    frond_hub_join(FROND_NEVER);
    CHECK_HAS(capture_end(), "the link itself");
    CHECK_TEXT(log_sorted(), "1 2");
    frond_release(g);
}

static void link_keeps_it_alive(void) {
    frond_greenlet *g = frond_spawn(returns_it, NULL);
    frond_link(g, note_link, "alive");
    frond_release(g);
    frond_hub_join(FROND_NEVER);
    CHECK_TEXT(log_text(), "alive");
}

/* ---- states ---- */

static void *looks_at_itself(void *arg) {
    frond_greenlet *g = frond_current();
    CHECK_INT(frond_greenlet_state(g), FROND_RUNNING);
    CHECK(!frond_dead(g) && !frond_successful(g) && !frond_exited(g));
    frond_sleep(2);
    return arg;
}

static void *fails_after_a_while(void *arg) {
    (void)arg;
    frond_sleep(2);
    return frond_failed(FROND_EPROTO, "late failure");
}

static void state_table(void) {
    frond_greenlet *g = frond_spawn(looks_at_itself, number(3));
    CHECK_INT(frond_greenlet_state(g), FROND_READY);
    CHECK(!frond_dead(g) && !frond_successful(g) && !frond_exited(g));
    CHECK_INT(frond_greenlet_error(g), 0);
    frond_yield();
    CHECK_INT(frond_greenlet_state(g), FROND_WAITING);
    CHECK(!frond_dead(g) && !frond_successful(g));
    frond_join(g, FROND_NEVER);
    CHECK_INT(frond_greenlet_state(g), FROND_DEAD);
    CHECK(frond_dead(g) && frond_successful(g) && !frond_exited(g));
    CHECK_INT(frond_greenlet_error(g), 0);
    frond_release(g);

    g = frond_spawn(fails_after_a_while, NULL);
    frond_yield();
    CHECK_INT(frond_greenlet_error(g), 0);
    CHECK_INT(frond_join(g, FROND_NEVER), 0);
    CHECK(frond_dead(g) && !frond_successful(g) && !frond_exited(g));
    CHECK_INT(frond_greenlet_error(g), FROND_EPROTO);
    CHECK_INT(frond_get(g, NULL, FROND_NOW), FROND_EPROTO);
    CHECK_TEXT(frond_error_text(), "late failure");
    frond_release(g);
}

static void names_and_ids(void) {
    frond_spawn_options o = {.name = "alpha"};
    frond_greenlet *a = frond_spawn_with(&o, returns_it, NULL);
    frond_greenlet *b = frond_spawn(returns_it, NULL);
    CHECK_TEXT(frond_name(a), "alpha");
    CHECK_TEXT(frond_name(b), "");
    CHECK_INT(frond_name_set(b, "beta"), 0);
    CHECK_INT(frond_name_set(b, "gamma"), 0);
    CHECK_TEXT(frond_name(b), "gamma");
    CHECK_INT(frond_id(frond_current()), 1);
    CHECK(frond_id(b) == frond_id(a) + 1);
    char longest[400];
    memset(longest, 'x', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    CHECK_INT(frond_name_set(b, longest), 0);
    CHECK_INT(strlen(frond_name(b)), 255);
    frond_join(b, FROND_NEVER);
    frond_join(a, FROND_NEVER);
    frond_release(a);
    frond_release(b);
}

static void bad_options(void) {
    frond_spawn_options o = {.reserved = {0, 1}};
    CHECK(frond_spawn_with(&o, returns_it, NULL) == NULL);
    CHECK_INT(frond_error_code(), FROND_EINVAL);
    o = (frond_spawn_options){.stack_size = FROND_STACK_MAX + 1};
    CHECK(frond_spawn_with(&o, returns_it, NULL) == NULL);
    CHECK_INT(frond_error_code(), FROND_EINVAL);
    CHECK(frond_spawn(NULL, NULL) == NULL);
    CHECK_INT(frond_error_code(), FROND_EINVAL);
    CHECK_INT(frond_go(NULL, NULL), FROND_EINVAL);
    CHECK(frond_spawn_later(1, NULL, NULL) == NULL);
    CHECK_INT(frond_error_code(), FROND_EINVAL);
    CHECK_INT(frond_hub_greenlets(), 0);
}

/* ---- cleanup ---- */

static void cleanup(void *word) {
    log_add(word);
}

static void *defers(void *arg) {
    frond_defer(cleanup, "1");
    frond_defer(cleanup, "2");
    frond_defer(cleanup, "3");
    log_add("run");
    if (arg)
        frond_fail(FROND_EPROTO, "on purpose");
    return NULL;
}

static void defers_run_last_first(void) {
    frond_greenlet *g = frond_spawn(defers, NULL);
    frond_join(g, FROND_NEVER);
    CHECK_TEXT(log_text(), "run 3 2 1");
    frond_release(g);
    log_clear();
    g = frond_spawn(defers, number(1));
    CHECK_INT(frond_get(g, NULL, FROND_NEVER), FROND_EPROTO);
    CHECK_TEXT(log_text(), "run 3 2 1");
    frond_release(g);
    CHECK_INT(frond_defer(cleanup, NULL), FROND_EINVAL); /* main */
}

static void cleanup_that_defers(void *word) {
    frond_defer(cleanup, "nested");
    log_add(word);
}

static void *defers_in_cleanup(void *arg) {
    CHECK_INT(frond_defer(NULL, NULL), FROND_EINVAL);
    frond_defer(cleanup, "first");
    frond_defer(cleanup_that_defers, arg);
    return NULL;
}

static void defer_in_a_cleanup(void) {
    frond_greenlet *g = frond_spawn(defers_in_cleanup, "outer");
    frond_join(g, FROND_NEVER);
    CHECK_TEXT(log_text(), "outer nested first");
    frond_release(g);
}

static int dropped;

static void count_drop(void *arg) {
    CHECK_INT((intptr_t)arg, 5);
    dropped++;
}

static void *forever(void *arg) {
    frond_sleep(FROND_FOREVER);
    return arg;
}

static void drop_is_called_once(void) {
    frond_spawn_options o = {.drop = count_drop};
    dropped = 0;
    frond_greenlet *g = frond_spawn_with(&o, returns_it, number(5));
    CHECK_INT(dropped, 0);
    frond_join(g, FROND_NEVER);
    CHECK_INT(dropped, 1);
    frond_release(g);
    g = frond_spawn_with(&o, returns_it, number(5));
    frond_kill(g, FROND_EXIT, FROND_NEVER); /* before it ran */
    CHECK_INT(dropped, 2);
    frond_release(g);
    g = frond_spawn_with(&o, forever, number(5));
    frond_yield();
    frond_kill(g, FROND_EXIT, FROND_NEVER);
    CHECK_INT(dropped, 3);
    frond_release(g);
    o.delay_ms = 100000;
    g = frond_spawn_with(&o, forever, number(5));
    frond_kill(g, FROND_EXIT, FROND_NEVER);
    CHECK_INT(dropped, 4);
    frond_release(g);
    o.reserved[0] = 1;
    CHECK(frond_spawn_with(&o, forever, number(5)) == NULL);
    CHECK_INT(dropped, 4);
}

/* ---- failures ---- */

static void *fails_unseen(void *arg) {
    (void)arg;
    return frond_failed(FROND_EPROTO, "bad reply %d", 12);
}

static void *fails_by_call(void *arg) {
    (void)arg;
    frond_fail(FROND_ECONNRESET, "peer %s", "gone");
}

static void failure_is_reported(void) {
    frond_spawn_options o = {.name = "worker"};
    capture_begin();
    frond_release(frond_spawn_with(&o, fails_unseen, number(0xabc)));
    frond_hub_join(FROND_NEVER);
    const char *text = capture_end();
    CHECK_HAS(text, "\"worker\"");
    CHECK_HAS(text, "fails_unseen(0xabc)");
    CHECK_HAS(text, "bad reply 12");
    CHECK_HAS(text, "FROND_EPROTO");
    CHECK_HAS(text, "spawned by greenlet 1 at ");
    CHECK_HAS(text, "failure_is_reported");
    CHECK_HAS(text, "#0 ");
    CHECK_HAS(text, "    at fails_unseen (");
    CHECK_HAS(text, "test_spawn.c:");
    CHECK(!strstr(text, "frond_failed_at"));
    CHECK(strstr(text, "failed:") && strstr(text, "failed:") == strstr(text, "failed: "));
}

static void failure_by_call_is_reported(void) {
    capture_begin();
    frond_go(fails_by_call, NULL);
    frond_hub_join(FROND_NEVER);
    const char *text = capture_end();
    CHECK_HAS(text, "peer gone (FROND_ECONNRESET)");
    CHECK_HAS(text, "    at fails_by_call (");
    CHECK(!strstr(text, "frond_fail_at"));
}

static void watched_failure_is_not_reported(void) {
    capture_begin();
    frond_greenlet *g = frond_spawn(fails_unseen, NULL);
    CHECK_INT(frond_get(g, NULL, FROND_NEVER), FROND_EPROTO);
    CHECK_TEXT(frond_error_text(), "bad reply 12");
    frond_release(g);
    g = frond_spawn(fails_unseen, NULL);
    frond_link(g, note_link, "l");
    frond_hub_join(FROND_NEVER);
    frond_release(g);
    CHECK_TEXT(capture_end(), "");
    CHECK_TEXT(log_text(), "l");
}

static void *fails_with_the_last(void *arg) {
    (void)arg;
    frond_name_set(NULL, "x");
    return frond_failed(frond_error_code(), NULL);
}

static void failed_with_the_last_failure(void) {
    frond_greenlet *g = frond_spawn(fails_with_the_last, NULL);
    CHECK_INT(frond_get(g, NULL, FROND_NEVER), FROND_EINVAL);
    CHECK_HAS(frond_error_text(), "invalid argument");
    frond_release(g);
}

static void told(frond_greenlet *g, void *arg) {
    CHECK_INT(frond_sleep(1), 0); /* it may wait */
    CHECK_INT(frond_dead(g), 1);
    int rc = frond_get(g, NULL, FROND_NEVER);
    CHECK_INT(rc, frond_greenlet_error(g));
    CHECK(rc == FROND_EPROTO || rc == FROND_ECONNRESET);
    CHECK(memory_failed() || strcmp(frond_error_text(), "bad reply 12") == 0 ||
          strcmp(frond_error_text(), "peer gone") == 0);
    log_add(arg);
}

static void fails_itself(frond_greenlet *g, void *arg) {
    (void)g;
    log_add(arg);
    frond_fail(FROND_EIO, "no log to write to");
}

static void case_44(void) {
    capture_begin();
    CHECK_INT(frond_on_error(told, "told"), 0);
    frond_go(fails_unseen, NULL);
    frond_go(fails_by_call, NULL);
    CHECK_INT(frond_hub_join(FROND_NEVER), 0);
    CHECK_TEXT(log_text(), "told told");
    CHECK_TEXT(capture_end(), "");
    capture_begin();
    CHECK_INT(frond_on_error(fails_itself, "failing"), 0);
    frond_go(fails_unseen, NULL);
    CHECK_INT(frond_hub_join(FROND_NEVER), 0);
    const char *text = capture_end();
    CHECK_HAS(text, "no log to write to");
    CHECK(strstr(text, "bad reply") == NULL);
    CHECK_TEXT(log_text(), "told told failing");
    capture_begin();
    CHECK_INT(frond_on_error(NULL, NULL), 0);
    frond_go(fails_unseen, NULL);
    CHECK_INT(frond_hub_join(FROND_NEVER), 0);
    CHECK_HAS(capture_end(), "bad reply");
}

static void fails_and_is_told(void) {
    if (frond_on_error(told, "told") < 0 || frond_go(fails_unseen, NULL) < 0)
        return;
    log_clear();
    capture_begin();
    CHECK_INT(frond_hub_join(FROND_NEVER), 0);
    bool reported = strstr(capture_end(), "FROND_EPROTO") != NULL;
    CHECK(reported || memory_failed() || strcmp(log_text(), "told") == 0);
}

static void on_error_without_memory(void) {
    memory_sweep(fails_and_is_told);
}

static void children_do_not_stop_the_hub(void) {
    capture_begin();
    for (int i = 0; i < 20; i++)
        frond_go(i % 2 ? fails_unseen : fails_by_call, NULL);
    int64_t start = frond_now();
    CHECK_INT(frond_sleep(5), 0);
    CHECK_INT(frond_now() - start, 5 * 1000000);
    capture_end();
    frond_greenlet *g = frond_spawn(returns_it, number(1));
    CHECK_INT(frond_get(g, NULL, FROND_NEVER), 0);
    frond_release(g);
}

static void *checks_own_errors(void *arg) {
    CHECK_INT(frond_error_code(), 0);
    CHECK_TEXT(frond_error_text(), "success");
    frond_name_set(NULL, "x");
    frond_sleep(2);
    CHECK_INT(frond_error_code(), FROND_EINVAL); /* others failed meanwhile */
    return arg;
}

static void errors_are_greenlet_local(void) {
    frond_greenlet *g = frond_spawn(checks_own_errors, NULL);
    frond_yield();
    CHECK_INT(frond_join(g, FROND_NOW), FROND_ETIMEDOUT);
    CHECK_INT(frond_error_code(), FROND_ETIMEDOUT);
    CHECK_TEXT(frond_error_text(), "join: timed out");
    frond_join(g, FROND_NEVER);
    frond_release(g);
}

static void error_tables(void) {
#define ROW(name, number, text, who)                                                     \
    CHECK_TEXT(frond_error_name(number), "FROND_" #name);                                \
    CHECK_TEXT(frond_error_message(number), text);                                       \
    CHECK_INT(FROND_##name, number);
    FROND_ERRORS(ROW)
    CHECK_TEXT(frond_error_name(0), "FROND_OK");
    CHECK(frond_error_name(-12345) != NULL);
    CHECK(frond_error_message(-12345) != NULL);
}

static void a_hundred_thousand_in_turn(void) {
    for (int i = 0; i < 100000; i++) {
        frond_greenlet *g = frond_spawn(returns_it, NULL);
        if (frond_join(g, FROND_NEVER) < 0)
            CHECK(false && "join");
        frond_release(g);
    }
    CHECK_INT(frond_hub_greenlets(), 0);
}

static void detached_in_turn(void) {
    for (int i = 0; i < 100000; i++)
        if (frond_go(returns_it, NULL) < 0 || frond_yield() < 0)
            CHECK(false && "go");
    CHECK_INT(frond_hub_greenlets(), 0);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"spawn and get", spawn_and_get},
        {"join times out", join_times_out},
        {"spawn later", spawn_later},
        {"many later", many_later},
        {"go", go},
        {"released goes on", released_goes_on},
        {"children outlive their spawner", children_outlive_their_spawner},
        {"many join one", many_join_one},
        {"join ends twice", join_ends_twice},
        {"case 42: turns alternate", turns_alternate},
        {"order is fifo", order_is_fifo},
        {"timers fire in order", timers_fire_in_order},
        {"sleep is never short", sleep_is_never_short},
        {"case 40: a busy one does not hasten timers", a_busy_one_does_not_hasten_timers},
        {"case 41: a sleep(0) loop is interrupted", sleep0_loop_is_interrupted},
        {"links run in order", links_run_in_order},
        {"link after death", link_after_death},
        {"unlink takes back", unlink_takes_back},
        {"a failing link stops no other", a_failing_link_stops_no_other},
        {"link keeps it alive", link_keeps_it_alive},
        {"state table", state_table},
        {"names and ids", names_and_ids},
        {"bad options", bad_options},
        {"defers run last first", defers_run_last_first},
        {"defer in a cleanup", defer_in_a_cleanup},
        {"drop is called once", drop_is_called_once},
        {"failure is reported", failure_is_reported},
        {"failure by call is reported", failure_by_call_is_reported},
        {"watched failure is not reported", watched_failure_is_not_reported},
        {"case 44: failures are told to the program, which may fail", case_44},
        {"on error, without memory", on_error_without_memory},
        {"failed with the last failure", failed_with_the_last_failure},
        {"case 43: children that fail do not stop the hub", children_do_not_stop_the_hub},
        {"errors are greenlet-local", errors_are_greenlet_local},
        {"error tables", error_tables},
        {"a hundred thousand in turn", a_hundred_thousand_in_turn},
        {"detached, in turn", detached_in_turn},
        {0}};
    test_clock_virtual();
    return test_main("spawn", tests, argc, argv);
}
