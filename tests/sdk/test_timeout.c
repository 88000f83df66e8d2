/* SPDX-License-Identifier: MIT */
/* Deadlines and timeout scopes. */
#include "support.h"

#include <stdio.h>
#include <string.h>

static const int64_t MS = 1000000;

static int wait_forever(void) {
    frond_event e = FROND_EVENT_INIT;
    return frond_event_wait(&e, FROND_NEVER);
}

/* ---- deadlines ---- */

static void deadlines(void) {
    int64_t now = frond_now();
    frond_deadline d = frond_in(5);
    CHECK_INT(d.ns, now + 5 * MS);
    CHECK_INT(frond_in(FROND_FOREVER).ns, INT64_MAX);
    CHECK_INT(frond_in(UINT64_MAX / 2).ns, INT64_MAX);
    CHECK(frond_in((uint64_t)1 << 40).ns > now);
    CHECK_INT(frond_remaining(FROND_NEVER), INT64_MAX);
    CHECK_INT(frond_remaining(FROND_NOW), 0);
    CHECK_INT(frond_remaining(frond_in(100000)), 100000 * MS);
    CHECK_INT(frond_earlier(FROND_NOW, FROND_NEVER).ns, 0);
    CHECK_INT(frond_earlier(FROND_NEVER, d).ns, d.ns);
    CHECK_INT(frond_now(), now);
}

static void never_early(void) {
    test_clock_real();
    for (int64_t extra = 1; extra < 3 * MS; extra += 300007) {
        frond_deadline d = {frond_now() + extra};
        frond_event e = FROND_EVENT_INIT;
        CHECK_INT(frond_event_wait(&e, d), FROND_ETIMEDOUT);
        CHECK(frond_now() >= d.ns);
    }
}

static void *waits_until(void *d) {
    frond_event e = FROND_EVENT_INIT;
    CHECK_INT(frond_event_wait(&e, *(frond_deadline *)d), FROND_ETIMEDOUT);
    char word[16];
    snprintf(word, sizeof word, "%d", (int)frond_id(frond_current()) % 100);
    log_add(word);
    return NULL;
}

/* Equal times are served in the order in which they were asked for. */
static void equal_times(void) {
    in_order();
    frond_deadline d = frond_in(2);
    for (int i = 0; i < 9; i++)
        frond_go(waits_until, &d);
    frond_hub_join(FROND_NEVER);
    CHECK_TEXT(log_text(), "3 4 5 6 7 8 9 10 11");
}

static void no_needless_turns(void) {
    test_clock_real();
    frond_sleep(1);
    uint64_t before = frond_hub_switches();
    frond_sleep(20);
    CHECK(frond_hub_switches() - before <= 8); /* a timer that is cut spins at its end */
}

static frond_event rung = FROND_EVENT_INIT;

static void *rings(void *ms) {
    if (frond_sleep((uint64_t)(uintptr_t)ms) == 0)
        frond_event_set(&rung);
    return NULL;
}

static void spawn_one_that_rings(void *arg) {
    frond_go(rings, arg);
}

/* The loop is waiting for the later one already when it hears of the sooner. */
static void a_sooner_time_comes_later(void) {
    test_clock_real();
    int64_t start = frond_now();
    frond_event_clear(&rung);
    frond_greenlet *g = frond_spawn(rings, (void *)20000);
    frond_post(frond_hub_current(), spawn_one_that_rings, (void *)2);
    CHECK_INT(frond_event_wait(&rung, FROND_NEVER), 0);
    CHECK(frond_now() - start >= 2 * MS && frond_now() - start < 20000 * MS);
    CHECK_INT(frond_kill(g, FROND_EXIT, FROND_NEVER), 0);
    frond_release(g);
}

/* ---- scopes ---- */

static void expires_in_real_time(void) {
    test_clock_real();
    frond_timeout t;
    int64_t start = frond_now();
    frond_timeout_start(&t, 3);
    CHECK_INT(wait_forever(), FROND_ETIMEDOUT);
    CHECK_INT(frond_timeout_stop(&t), 1);
    CHECK(frond_now() - start >= 3 * MS);
}

static void expires(void) {
    frond_timeout t;
    memset(&t, 0xa5, sizeof t); /* need not be initialised */
    frond_deadline d = frond_in(3);
    CHECK_INT(frond_timeout_start(&t, 3), 0);
    CHECK_INT(wait_forever(), FROND_ETIMEDOUT);
    CHECK_INT(frond_now(), d.ns);
    CHECK_INT(frond_timeout_fired(&t), 1);
    CHECK_INT(wait_forever(), FROND_ETIMEDOUT); /* stays in force */
    CHECK_INT(frond_sleep(1), FROND_ETIMEDOUT);
    CHECK_INT(frond_yield(), FROND_ETIMEDOUT);
    CHECK_INT(frond_timeout_stop(&t), 1);
    CHECK_INT(frond_timeout_fired(&t), 1);
    CHECK_INT(frond_timeout_stop(&t), 1);
    CHECK_INT(frond_sleep(1), 0);
}

static void does_not_expire(void) {
    frond_timeout t;
    frond_timeout_start(&t, 100000);
    CHECK_INT(frond_sleep(1), 0);
    CHECK_INT(frond_timeout_stop(&t), 0);
    CHECK_INT(frond_timeout_fired(&t), 0);
    CHECK_INT(frond_hub_join(FROND_NEVER), 0); /* and leaves no timer behind */
}

static void restarts(void) {
    frond_timeout t;
    for (int i = 0; i < 3; i++) {
        CHECK_INT(frond_timeout_start(&t, 1), 0);
        CHECK_INT(frond_timeout_fired(&t), 0);
        CHECK_INT(wait_forever(), FROND_ETIMEDOUT);
        CHECK_INT(frond_timeout_stop(&t), 1);
    }
    CHECK_INT(frond_timeout_start(&t, 100000), 0);
    CHECK_INT(frond_timeout_start(&t, 1), FROND_EBUSY);
    CHECK_INT(frond_timeout_stop(&t), 0);
}

static void zero_and_forever(void) {
    frond_timeout t;
    frond_event set = FROND_EVENT_INIT;
    frond_event_set(&set);
    frond_timeout_start(&t, 0);
    CHECK_INT(frond_event_wait(&set, FROND_NEVER), FROND_ETIMEDOUT); /* before anything */
    CHECK_INT(frond_timeout_stop(&t), 1);
    frond_timeout_start(&t, FROND_FOREVER);
    CHECK_INT(frond_sleep(2), 0);
    CHECK_INT(frond_timeout_stop(&t), 0);
    CHECK_INT(frond_timeout_start_at(&t, FROND_NEVER), 0);
    CHECK_INT(frond_event_wait(&set, FROND_NEVER), 0);
    CHECK_INT(frond_timeout_stop(&t), 0);
    CHECK_INT(frond_timeout_start_at(&t, FROND_NOW), 0);
    CHECK_INT(frond_yield(), FROND_ETIMEDOUT);
    CHECK_INT(frond_timeout_stop(&t), 1);
}

static void inner_wins(void) {
    frond_timeout outer, inner;
    frond_timeout_start(&outer, 100000);
    frond_timeout_start(&inner, 2);
    CHECK_INT(wait_forever(), FROND_ETIMEDOUT);
    CHECK_INT(frond_timeout_fired(&inner), 1);
    CHECK_INT(frond_timeout_fired(&outer), 0);
    CHECK_INT(frond_timeout_stop(&inner), 1);
    CHECK_INT(frond_sleep(1), 0);
    CHECK_INT(frond_timeout_stop(&outer), 0);
}

static void outer_goes_through_inner(void) {
    frond_timeout outer, inner;
    frond_timeout_start(&outer, 2);
    frond_timeout_start(&inner, 100000);
    CHECK_INT(wait_forever(), FROND_ETIMEDOUT);
    CHECK_INT(frond_timeout_fired(&inner), 0);
    CHECK_INT(frond_timeout_fired(&outer), 1);
    CHECK_INT(frond_timeout_stop(&inner), 0);
    CHECK_INT(wait_forever(), FROND_ETIMEDOUT);
    CHECK_INT(frond_timeout_stop(&outer), 1);
    CHECK_INT(frond_sleep(1), 0);
}

static void the_parameter_wins(void) {
    frond_timeout t;
    frond_event e = FROND_EVENT_INIT;
    frond_timeout_start(&t, 100000);
    CHECK_INT(frond_event_wait(&e, frond_in(1)), FROND_ETIMEDOUT);
    CHECK_INT(frond_event_wait(&e, FROND_NOW), FROND_ETIMEDOUT);
    CHECK_INT(frond_timeout_stop(&t), 0);
    frond_timeout_start(&t, 1);
    CHECK_INT(frond_event_wait(&e, frond_in(100000)), FROND_ETIMEDOUT);
    CHECK_INT(frond_timeout_stop(&t), 1);
}

static void stop_takes_inner_ones_along(void) {
    frond_timeout a, b, c;
    frond_timeout_start(&a, 100000);
    frond_timeout_start(&b, 0);
    frond_shield_begin(0);
    frond_timeout_start(&c, 0);
    CHECK_INT(frond_timeout_stop(&a), 0);
    CHECK_INT(frond_sleep(1), 0);
    CHECK_INT(frond_shield_end(), FROND_EINVAL);
    CHECK_INT(frond_timeout_stop(&b), 0);
    CHECK_INT(frond_timeout_stop(&c), 0);
}

static void stop_out_of_order(void) {
    frond_timeout a, b;
    frond_timeout_start(&a, 1);
    frond_timeout_start(&b, 100000);
    CHECK_INT(frond_timeout_stop(&b), 0);
    CHECK_INT(wait_forever(), FROND_ETIMEDOUT);
    CHECK_INT(frond_timeout_stop(&a), 1);
}

static frond_timeout of_main;

static void *stops_anothers(void *arg) {
    CHECK_INT(frond_timeout_stop(&of_main), FROND_EINVAL);
    return arg;
}

static void anothers_scope(void) {
    frond_timeout_start(&of_main, 100000);
    frond_greenlet *g = frond_spawn(stops_anothers, NULL);
    frond_join(g, FROND_NEVER);
    CHECK_INT(frond_timeout_stop(&of_main), 0);
    CHECK_INT(frond_timeout_start(NULL, 1), FROND_EINVAL);
    CHECK_INT(frond_timeout_start_at(NULL, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_timeout_stop(NULL), FROND_EINVAL);
    CHECK_INT(frond_timeout_fired(NULL), 0);
    frond_release(g);
}

static void *fails_inside_of_scopes(void *arg) {
    frond_timeout t[10];
    (void)arg;
    for (int i = 0; i < 10; i++)
        frond_timeout_start(&t[i], 100000);
    frond_shield_begin(1000);
    frond_sleep(1);
    frond_fail(FROND_EPROTO, "in the middle");
}

static void abandoned_by_a_failure(void) {
    frond_greenlet *g = frond_spawn(fails_inside_of_scopes, NULL);
    CHECK_INT(frond_get(g, NULL, FROND_NEVER), FROND_EPROTO);
    CHECK_INT(frond_hub_join(FROND_NEVER), 0);
    frond_release(g);
}

static void waits_a_turn(void *arg) {
    CHECK_INT(frond_sleep(1), 0);
    log_add(arg);
}

static __attribute__((noinline)) void leave_running(void) {
    frond_timeout scopes[8];
    for (size_t i = 0; i < 8; i++)
        frond_timeout_start(&scopes[i], i);
}

static void *leaves_scopes_running(void *arg) {
    frond_defer(waits_a_turn, "deferred");
    frond_timeout outer;
    frond_timeout_start(&outer, FROND_FOREVER);
    if (arg)
        frond_shield_begin(0);
    leave_running();
    return "value";
}

/* The frames are gone; what lay in them must not be looked at, and nothing is held back. */
static void left_running(void) {
    for (int shield = 0; shield < 2; shield++) {
        frond_greenlet *g = frond_spawn(leaves_scopes_running, shield ? &shield : NULL);
        frond_name_set(g, "careless");
        void *value = NULL;
        capture_begin();
        CHECK_INT(frond_get(g, &value, FROND_NEVER), 0);
        const char *told = capture_end();
        CHECK_TEXT(value, "value");
        CHECK_HAS(told, "\"careless\"");
        CHECK_HAS(told, "without stopping a timeout scope");
        frond_release(g);
    }
    CHECK_TEXT(log_text(), "deferred deferred");
}

static void fails_in_scopes(void) {
    frond_timeout t;
    frond_timeout_start(&t, 0);
    frond_shield_begin(0);
    frond_fail(FROND_EIO, "in a scope");
}

static void *fails_in_a_scope(void *arg) {
    frond_defer(waits_a_turn, "deferred");
    fails_in_scopes();
    return arg;
}

/* Its cleanups are not those of what it timed. */
static void failed_inside(void) {
    frond_greenlet *g = frond_spawn(fails_in_a_scope, NULL);
    CHECK_INT(frond_get(g, NULL, FROND_NEVER), FROND_EIO);
    CHECK_TEXT(log_text(), "deferred");
    frond_release(g);
}

static void thread_leaves_scopes_running(void *arg) {
    (void)arg;
    frond_sleep(1);
    leave_running();
}

static void left_running_by_a_thread(void) {
    capture_begin();
    thread_run(thread_leaves_scopes_running, NULL);
    CHECK_HAS(capture_end(), "without stopping a timeout scope");
}

static void shield_hides_scopes(void) {
    frond_timeout t;
    frond_timeout_start(&t, 0);
    CHECK_INT(frond_yield(), FROND_ETIMEDOUT);
    frond_shield_begin(10000);
    CHECK_INT(frond_sleep(1), 0);
    frond_timeout inner;
    frond_timeout_start(&inner, 1);
    CHECK_INT(wait_forever(), FROND_ETIMEDOUT);
    CHECK_INT(frond_timeout_stop(&inner), 1);
    CHECK_INT(frond_sleep(1), 0);
    frond_shield_end();
    CHECK_INT(frond_yield(), FROND_ETIMEDOUT);
    frond_timeout_stop(&t);
}

static void *in_its_own_scope(void *arg) {
    frond_timeout t;
    frond_timeout_start(&t, (uint64_t)(uintptr_t)arg);
    int rc = frond_sleep(FROND_FOREVER);
    CHECK_INT(rc, FROND_ETIMEDOUT);
    CHECK_INT(frond_timeout_stop(&t), 1);
    return NULL;
}

static void many_at_once(void) {
    frond_group *group = frond_group_new();
    for (uintptr_t i = 0; i < 2000; i++)
        frond_group_spawn(group, in_its_own_scope, (void *)(i % 20));
    CHECK_INT(frond_group_join(group, FROND_NEVER), 0);
    frond_group_free(group);
}

/* Both the scope's time and the event: whoever came first, one wake and no harm. */
static void *wait_scoped(void *e) {
    frond_timeout t;
    frond_timeout_start(&t, 2);
    int rc = frond_event_wait(e, FROND_NEVER);
    CHECK(rc == 0 || rc == FROND_ETIMEDOUT);
    CHECK_INT(frond_timeout_stop(&t), rc == FROND_ETIMEDOUT);
    return NULL;
}

static void event_and_expiry_together(void) {
    test_clock_real();
    for (int i = 0; i < 3; i++) {
        frond_event e = FROND_EVENT_INIT;
        frond_greenlet *g = frond_spawn(wait_scoped, &e);
        frond_yield();
        busy_ms(4);
        frond_event_set(&e);
        CHECK_INT(frond_join(g, FROND_NEVER), 0);
        frond_release(g);
    }
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"deadlines", deadlines},
        {"never early", never_early},
        {"equal times", equal_times},
        {"no needless turns", no_needless_turns},
        {"a sooner time comes later", a_sooner_time_comes_later},
        {"case 37: an expired scope says so", expires},
        {"expires in real time", expires_in_real_time},
        {"does not expire", does_not_expire},
        {"case 36: fires, starts again, is stopped", restarts},
        {"case 39: zero is at once, for ever is never", zero_and_forever},
        {"inner wins", inner_wins},
        {"outer goes through inner", outer_goes_through_inner},
        {"the parameter wins", the_parameter_wins},
        {"stop takes inner ones along", stop_takes_inner_ones_along},
        {"stop out of order", stop_out_of_order},
        {"another's scope", anothers_scope},
        {"abandoned by a failure", abandoned_by_a_failure},
        {"demand 47: left running", left_running},
        {"failed inside", failed_inside},
        {"left running by a thread", left_running_by_a_thread},
        {"shield hides scopes", shield_hides_scopes},
        {"many at once", many_at_once},
        {"event and expiry together", event_and_expiry_together},
        {0}};
    test_clock_virtual();
    return test_main("timeout", tests, argc, argv);
}
