/* SPDX-License-Identifier: MIT */
/* Tracers, spawn hooks, idling, calls with a limit. */
#include "support.h"

#include <stdio.h>
#include <string.h>

static int note(frond_trace_event event, frond_greenlet *from, frond_greenlet *to,
                void *prefix) {
    static const char *const names[] = {"spawn", "switch", "throw", "exit"};
    char word[60];
    snprintf(word, sizeof word, "%s%s:%llu>%llu", (char *)prefix, names[event],
             (unsigned long long)frond_id(from), (unsigned long long)frond_id(to));
    log_add(word);
    return 0;
}

static void *returns(void *value) {
    return value;
}

static void *switches_back(void *value) {
    int rc = frond_switch(frond_parent(frond_current()), value, &value);
    return rc < 0 ? frond_failed(rc, NULL) : value;
}

static void raw_switches(void) {
    CHECK_INT(frond_id(frond_current()), 1);
    CHECK_INT(frond_trace_set(note, "", NULL), 0);
    frond_greenlet *g = frond_greenlet_new(switches_back, NULL);
    frond_switch(g, "x", NULL);
    frond_switch(g, "x", NULL);
    frond_release(g);
    g = frond_greenlet_new(switches_back, NULL);
    frond_switch(g, NULL, NULL);
    frond_throw(g, FROND_EXIT, NULL);
    frond_release(g);
    CHECK_INT(frond_trace_set(NULL, NULL, NULL), 0);
    CHECK_TEXT(log_text(),
               "spawn:1>2 switch:1>2 switch:2>1 switch:1>2 exit:2>0 switch:2>1 "
               "spawn:1>3 switch:1>3 switch:3>1 throw:1>3 exit:3>0 switch:3>1");
}

static void scheduled_ones(void) {
    frond_yield();
    frond_trace_set(note, "", NULL);
    frond_greenlet *g = frond_spawn(returns, NULL);
    frond_join(g, FROND_NEVER);
    frond_trace_set(NULL, NULL, NULL);
    frond_release(g);
    CHECK_HAS(log_text(), "spawn:1>");
    CHECK_HAS(log_text(), "exit:");
}

static int fails_at_once(frond_trace_event event, frond_greenlet *from,
                         frond_greenlet *to, void *calls) {
    (void)event, (void)from, (void)to;
    return ++*(int *)calls;
}

static void a_failing_tracer_is_removed(void) {
    int calls = 0;
    frond_tracer before = {note, NULL};
    frond_trace_set(fails_at_once, &calls, NULL);
    frond_go(returns, NULL);
    frond_hub_join(FROND_NEVER);
    CHECK_INT(calls, 1);
    frond_trace_set(NULL, NULL, &before);
    CHECK(before.fn == NULL);
}

static frond_tracer inner;
static int chains(frond_trace_event event, frond_greenlet *from, frond_greenlet *to,
                  void *arg) {
    (void)arg;
    log_add("outer");
    CHECK_INT(frond_yield(), FROND_ENOSUSPEND);
    frond_greenlet *g = frond_spawn(returns, NULL); /* not told of */
    frond_kill(g, FROND_EXIT, FROND_NOW);
    frond_release(g);
    return inner.fn(event, from, to, inner.arg);
}

static void chained(void) {
    frond_greenlet *g = frond_greenlet_new(returns, NULL);
    frond_trace_set(note, "inner ", NULL);
    frond_trace_set(chains, NULL, &inner);
    frond_switch(g, NULL, NULL);
    frond_trace_set(inner.fn, inner.arg, NULL);
    frond_trace_set(NULL, NULL, NULL);
    CHECK_HAS(log_text(), "outer inner switch:1>2 outer inner exit:2>0");
    frond_release(g);
    frond_hub_join(FROND_NEVER);
}

/* ---- spawn hooks ---- */

static void hook(frond_greenlet *g, void *word) {
    CHECK_INT(frond_greenlet_state(g) == FROND_NEW ||
                  frond_greenlet_state(g) == FROND_READY,
              1);
    log_add(word);
}

static void spawn_hooks(void) {
    CHECK_INT(frond_spawn_hook_add(hook, "a"), 0);
    CHECK_INT(frond_spawn_hook_add(hook, "b"), 0);
    CHECK_INT(frond_spawn_hook_add(hook, "a"), 0);
    frond_go(returns, NULL);
    frond_release(frond_greenlet_new(returns, NULL));
    frond_release(frond_spawn_later(1, returns, NULL));
    CHECK_INT(frond_spawn_hook_remove(hook, "a"), 1);
    CHECK_INT(frond_spawn_hook_remove(hook, "a"), 0);
    frond_release(frond_spawn(returns, NULL));
    CHECK_INT(frond_spawn_hook_remove(hook, "b"), 1);
    frond_go(returns, NULL);
    CHECK_HAS(log_text(), "a b a b a b b");
    CHECK_INT(frond_spawn_hook_add(NULL, NULL), FROND_EINVAL);
    frond_hub_join(FROND_NEVER);
}

/* ---- idle ---- */

static void *idles(void *word) {
    CHECK_INT(frond_idle(), 0);
    log_add(word);
    return NULL;
}

static void *works(void *word) {
    for (int i = 0; i < 3; i++)
        frond_yield();
    log_add(word);
    return NULL;
}

static void idle_comes_last(void) {
    frond_go(idles, "i");
    frond_go(idles, "i");
    frond_go(works, "w");
    frond_go(works, "w");
    CHECK_INT(frond_idle(), 0);
    log_add("main");
    frond_hub_join(FROND_NEVER);
    CHECK_TEXT(log_text(), "w w main i i");
    log_clear();
    CHECK_INT(frond_idle(), 0); /* alone */
    frond_greenlet *g = frond_spawn(idles, "no");
    frond_timeout t;
    frond_timeout_start(&t, 0);
    CHECK_INT(frond_idle(), FROND_ETIMEDOUT);
    frond_timeout_stop(&t);
    frond_join(g, FROND_NEVER);
    frond_release(g);
}

/* ---- calls with a limit ---- */

static void *slow(void *value) {
    return frond_sleep(50) == 0 ? value : NULL;
}

static void *slow_but_has_it(void *value) {
    frond_sleep(50);
    return value;
}

static void call_timeout(void) {
    void *value = NULL;
    CHECK_INT(frond_call_timeout(returns, "x", "fallback", &value, frond_in(1000)), 0);
    CHECK_TEXT(value, "x");
    CHECK_INT(frond_call_timeout(slow, "x", "fallback", &value, frond_in(1)), 1);
    CHECK_TEXT(value, "fallback");
    CHECK_INT(frond_call_timeout(slow_but_has_it, "x", "fallback", &value, frond_in(1)),
              0);
    CHECK_TEXT(value, "x");
    CHECK_INT(frond_call_timeout(slow, NULL, "fallback", NULL, frond_in(1)), 1);
    CHECK_INT(frond_call_timeout(NULL, NULL, NULL, NULL, FROND_NEVER), FROND_EINVAL);
    frond_timeout outer; /* whose expiry is not the call's */
    frond_timeout_start(&outer, 1);
    CHECK_INT(frond_call_timeout(slow, "x", "fallback", &value, frond_in(1000)), 0);
    CHECK(value == NULL);
    CHECK_INT(frond_timeout_stop(&outer), 1);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"raw switches", raw_switches},
        {"scheduled ones", scheduled_ones},
        {"a failing tracer is removed", a_failing_tracer_is_removed},
        {"chained", chained},
        {"spawn hooks", spawn_hooks},
        {"idle comes last", idle_comes_last},
        {"case 38: call timeout", call_timeout},
        {0}};
    test_clock_virtual();
    return test_main("trace", tests, argc, argv);
}
