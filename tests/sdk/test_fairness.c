/* SPDX-License-Identifier: MIT */
/* Fairness: whatever spins, everybody has a turn, timers and posts come, and who has nothing to do does nothing. */
#include "support.h"

#include <stdint.h>
#include <uv.h>

static bool stop;

static void *yields(void *arg) {
    while (!stop && frond_yield() == 0) {}
    return arg;
}

static void *spins_on_a_set_event(void *arg) {
    frond_event e = FROND_EVENT_INIT;
    frond_event_set(&e);
    frond_timeout t;
    if (arg)
        frond_timeout_start(&t, FROND_FOREVER);
    while (!stop && frond_event_wait(&e, FROND_NEVER) == 0) {}
    if (arg)
        frond_timeout_stop(&t);
    return NULL;
}

/* A loop that fails, or that only tries, is one too. */
static void *spins_on_an_error(void *arg) {
    frond_event e = FROND_EVENT_INIT;
    while (!stop) {
        int rc =
            arg ? frond_event_wait(&e, FROND_NOW) : frond_event_wait(NULL, FROND_NEVER);
        CHECK_INT(rc, arg ? FROND_ETIMEDOUT : FROND_EINVAL);
    }
    return NULL;
}

static void *stops_all(void *arg) {
    frond_sleep(2);
    stop = true;
    return arg;
}

static void starves_nobody(frond_fn spinner, void *arg) {
    test_clock_real();
    stop = false;
    frond_greenlet *g = frond_spawn(spinner, arg), *h = frond_spawn(spinner, arg);
    frond_greenlet *s = frond_spawn(stops_all, NULL);
    CHECK_INT(frond_join(g, FROND_NEVER), 0);
    CHECK_INT(frond_join(h, FROND_NEVER), 0);
    CHECK_INT(frond_join(s, FROND_NEVER), 0);
    frond_release(g);
    frond_release(h);
    frond_release(s);
}

static void yields_starve_no_timer(void) {
    starves_nobody(yields, NULL);
}

static void free_calls_starve_no_timer(void) {
    starves_nobody(spins_on_a_set_event, NULL);
}

static void free_calls_in_a_scope_starve_no_timer(void) {
    starves_nobody(spins_on_a_set_event, (void *)(intptr_t)1);
}

static void failing_calls_starve_no_timer(void) {
    starves_nobody(spins_on_an_error, NULL);
}

static void tries_starve_no_timer(void) {
    starves_nobody(spins_on_an_error, (void *)(intptr_t)1);
}

/* Each call finds its time gone before it can wait; the others' time passes, too. */
static void expired_calls_starve_no_timer(void) {
    test_clock_real();
    frond_event e = FROND_EVENT_INIT;
    stop = false;
    frond_go(stops_all, NULL);
    int calls = 0;
    while (!stop && calls < 100) {
        frond_deadline d = frond_in(1);
        busy_ms(2);
        CHECK_INT(frond_event_wait(&e, d), FROND_ETIMEDOUT);
        calls++;
    }
    CHECK(calls < 20);
    CHECK_INT(frond_hub_join(FROND_NEVER), 0);
}

static void stop_posted(void *arg) {
    (void)arg;
    stop = true;
}

static void post_stop(void *h) {
    block_ms(5);
    frond_post(h, stop_posted, NULL);
}

static void a_yield_loop_starves_no_post(void) {
    test_clock_real();
    frond_hub *h = frond_hub_ref(frond_hub_current());
    stop = false;
    test_thread *t = thread_start(post_stop, h);
    while (!stop)
        CHECK_INT(frond_yield(), 0);
    thread_join(t);
    frond_hub_free(h);
}

static long voluntary_switches(void) {
    uv_rusage_t r;
    uv_getrusage(&r);
    return (long)r.ru_nvcsw;
}

static void idle_makes_no_wakeups(void) {
    test_clock_real();
    frond_sleep(1);
    long before = voluntary_switches();
    uint64_t switches = frond_hub_switches();
    frond_sleep(1000);
    if (!under_thread_sanitizer()) /* which has a thread of its own */
        CHECK(voluntary_switches() - before <=
              30); /* a page may have to come from disk */
    CHECK(frond_hub_switches() - switches <= 10);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"demand 48: yields starve no timer", yields_starve_no_timer},
        {"free calls starve no timer", free_calls_starve_no_timer},
        {"failing calls starve no timer", failing_calls_starve_no_timer},
        {"tries starve no timer", tries_starve_no_timer},
        {"expired calls starve no timer", expired_calls_starve_no_timer},
        {"free calls in a scope starve no timer", free_calls_in_a_scope_starve_no_timer},
        {"a yield loop starves no post", a_yield_loop_starves_no_post},
        {"idle makes no wakeups", idle_makes_no_wakeups},
        {0}};
    return test_main("sdk/fairness", tests, argc, argv);
}
