/* SPDX-License-Identifier: MIT */
/* Signals received by greenlets. */
#include "support.h"

#include <signal.h>
#include <string.h>

static frond_signal *open_for(int a, int b) {
    const int numbers[] = {a, b};
    frond_signal *s = NULL;
    CHECK_INT(frond_signal_open(numbers, b ? 2 : 1, &s), 0);
    return s;
}

static void *raises(void *number) {
    if (frond_sleep(2) == 0)
        raise_signal((int)(intptr_t)number);
    return NULL;
}

static void wait_for_one(void) {
    frond_signal *s = open_for(SIGTERM, SIGINT);
    int number = 0;
    frond_go(raises, (void *)(intptr_t)SIGINT);
    CHECK_INT(frond_signal_wait(s, &number, FROND_NEVER), 0); /* and no deadlock */
    CHECK_INT(number, SIGINT);
    CHECK_INT(frond_signal_wait(s, &number, FROND_NOW), FROND_ETIMEDOUT);
    frond_signal_free(s);
}

static bool has_arrived(void *s) {
    return frond_signal_wait(s, NULL, FROND_NOW) == 0;
}

static void kept_until_waited_for(void) {
    frond_signal *s = open_for(SIGTERM, 0);
    raise_signal(SIGTERM);
    raise_signal(SIGTERM); /* counts once */
    CHECK(eventually(has_arrived, s));
    frond_sleep(5);
    CHECK_INT(frond_signal_wait(s, NULL, FROND_NOW), FROND_ETIMEDOUT);
    frond_signal_free(s);
}

static void two_receivers(void) {
    frond_signal *a = open_for(SIGTERM, 0), *b = open_for(SIGTERM, 0);
    raise_signal(SIGTERM);
    CHECK_INT(frond_signal_wait(a, NULL, FROND_NEVER), 0);
    CHECK_INT(frond_signal_wait(b, NULL, FROND_NEVER), 0);
    frond_signal_free(a);
    raise_signal(SIGTERM);
    CHECK_INT(frond_signal_wait(b, NULL, FROND_NEVER), 0);
    frond_signal_free(b);
}

static void given_twice(void) {
    frond_signal *s = open_for(SIGTERM, SIGTERM);
    raise_signal(SIGTERM);
    CHECK_INT(frond_signal_wait(s, NULL, FROND_NEVER), 0);
    CHECK_INT(frond_signal_wait(s, NULL, frond_in(2)), FROND_ETIMEDOUT);
    frond_signal_free(s);
}

static void *waits(void *s) {
    log_add(frond_error_name(frond_signal_wait(s, NULL, FROND_NEVER)));
    return NULL;
}

static void ends_of_a_wait(void) {
    frond_signal *s = open_for(SIGTERM, 0);
    CHECK_INT(frond_signal_wait(s, NULL, frond_in(2)), FROND_ETIMEDOUT);
    frond_greenlet *g = frond_spawn(waits, s);
    frond_yield();
    frond_kill(g, FROND_EXIT, FROND_NEVER);
    frond_release(g);
    g = frond_spawn(waits, s);
    frond_yield();
    frond_signal_free(s);
    frond_join(g, FROND_NEVER);
    frond_release(g);
    CHECK_TEXT(log_text(), "FROND_ECANCELED FROND_ECLOSED");
    frond_signal_free(NULL);
}

static void *sleeps_long(void *arg) {
    CHECK_INT(frond_sleep(10), 0);
    return arg;
}

static void sleeps_are_not_cut_short(void) {
    frond_signal *s = open_for(SIGTERM, 0);
    frond_greenlet *g = frond_spawn(sleeps_long, NULL);
    frond_go(raises, (void *)(intptr_t)SIGTERM);
    frond_deadline d = frond_in(10);
    frond_join(g, FROND_NEVER);
    CHECK(frond_now() >= d.ns);
    CHECK(eventually(has_arrived, s));
    frond_release(g);
    frond_signal_free(s);
}

/* ---- handlers ---- */

static void notes(frond_signal *s, const frond_news *news, void *arg) {
    CHECK(s != NULL);
    CHECK_INT(news->count, 1);
    CHECK_INT(news->what, SIGTERM);
    log_add("handled");
    CHECK_INT(frond_sleep(1), 0); /* it may wait */
    if (arg)
        frond_event_set(arg);
}

static void *raises_it(void *unused) {
    frond_sleep(2);
    raise_signal(SIGTERM);
    return unused;
}

/* A main that waits for what only a handler will do. */
static void demand_18(void) {
    frond_event e = FROND_EVENT_INIT;
    frond_signal *s = open_for(SIGTERM, 0);
    CHECK_INT(frond_watcher_handle(s, notes, &e), 0);
    frond_go(raises_it, NULL);
    CHECK_INT(frond_event_wait(&e, FROND_NEVER), 0);
    CHECK_TEXT(log_text(), "handled");
    frond_signal_free(s);
}

static bool logged(void *text) {
    return strcmp(log_text(), text) == 0;
}

static void case_54(void) {
    frond_signal *s = open_for(SIGTERM, 0);
    CHECK_INT(frond_watcher_handle(s, notes, NULL), 0);
    CHECK_INT(frond_watcher_ref(s, 1), 0);
    CHECK_INT(frond_hub_join(frond_in(5)), FROND_ETIMEDOUT); /* it keeps the hub */
    CHECK_INT(frond_watcher_ref(s, 0), 1);
    frond_go(raises_it, NULL);
    CHECK(eventually(logged, "handled")); /* while it sleeps */
    frond_go(raises_it, NULL);            /* and still there */
    CHECK(eventually(logged, "handled handled"));
    CHECK_INT(frond_hub_join(FROND_NEVER), 0);
    frond_signal_free(s);
}

static void *ends_soon(void *arg) {
    frond_sleep(5);
    return arg;
}

static void case_51(void) {
    CHECK_INT(frond_hub_join(FROND_NEVER), 0);
    CHECK_INT(frond_hub_join(FROND_NEVER), 0);
    int64_t start = frond_now();
    frond_go(ends_soon, NULL);
    CHECK_INT(frond_hub_join(FROND_NEVER), 0);
    CHECK(frond_now() - start >= 5000000);
    frond_signal *s = open_for(SIGTERM, 0);
    CHECK_INT(frond_hub_join(FROND_NEVER), 0);
    CHECK_INT(frond_watcher_handle(s, notes, NULL), 0);
    CHECK_INT(frond_hub_join(FROND_NEVER), 0);
    CHECK_INT(frond_hub_join(FROND_NEVER), 0);
    frond_signal_free(s);
}

static void beside_others(void) {
    frond_signal *s = open_for(SIGTERM, SIGINT);
    frond_event e = FROND_EVENT_INIT;
    frond_waitable w[] = {frond_event_waitable(&e), frond_watcher_waitable(s)};
    size_t which = 9;
    int number = 0;
    frond_go(raises_it, NULL);
    CHECK_INT(frond_wait_any(w, 2, &which, FROND_NEVER), 0); /* and no deadlock */
    CHECK_INT(which, 1);
    CHECK_INT(frond_signal_wait(s, &number, FROND_NOW), 0);
    CHECK_INT(number, SIGTERM);
    frond_signal_free(s);
}

/* ---- interrupted programs ---- */

static void cleanup(void *word) {
    log_add(word);
}

static void *works(void *word) {
    frond_defer(cleanup, word);
    while (frond_sleep(3600000) == 0) {}
    frond_shield_begin(20000);
    CHECK_INT(frond_sleep(1), 0);
    frond_shield_end();
    return NULL;
}

static void *whole_program(void *unused) {
    frond_go(works, "child");
    frond_spawn_options later = {.delay_ms = 3600000};
    frond_release(frond_spawn_with(&later, works, "never"));
    frond_yield(); /* the child is at work */
    frond_go(raises, (void *)(intptr_t)SIGINT);
    works("program");
    return unused;
}

static void demand_19(void) {
    frond_greenlet *before = frond_spawn(works, "before");
    int value = 0;
    void *result = &value;
    frond_yield();
    CHECK_INT(frond_run(whole_program, NULL, &result, FROND_NEVER), SIGINT);
    CHECK_TEXT(log_sorted(), "child program"); /* all that it has begun */
    CHECK(result == NULL);
    CHECK_INT(frond_hub_greenlets(), 1);
    CHECK_INT(frond_kill(before, FROND_EXIT, FROND_NEVER), 0);
    frond_release(before);
}

static void *returns(void *value) {
    frond_go(works, "left over");
    frond_yield(); /* it is at work */
    frond_sleep(1);
    return value;
}

static void *fails(void *unused) {
    (void)unused;
    return frond_failed(FROND_EPROTO, "bad reply");
}

static void *runs(void *rc) {
    *(int *)rc = frond_run(works, "killed", NULL, FROND_NEVER);
    return NULL;
}

static void not_interrupted(void) {
    int value = 0, rc = 0;
    void *result = NULL;
    CHECK_INT(frond_run(returns, &value, &result, FROND_NEVER), 0);
    CHECK(result == &value);
    CHECK_TEXT(log_text(), "left over");
    CHECK_INT(frond_run(fails, NULL, NULL, FROND_NEVER), FROND_EPROTO);
    int was = frond_clock_virtual(1); /* it has begun by then */
    CHECK_INT(frond_run(works, "in time", NULL, frond_in(5)), FROND_ETIMEDOUT);
    frond_clock_virtual(was);
    CHECK_TEXT(log_text(), "left over in time");
    CHECK_INT(frond_run(NULL, NULL, NULL, FROND_NEVER), FROND_EINVAL);
    CHECK_INT(frond_hub_greenlets(), 0);
    log_clear();
    frond_greenlet *g = frond_spawn(runs, &rc);
    frond_yield();
    frond_kill(g, FROND_EXIT, FROND_NEVER);
    CHECK_INT(rc, FROND_ECANCELED);
    frond_release(g);
    CHECK_INT(frond_hub_greenlets(), 0);
}

static int foreign;

static void wait_from_afar(void *s) {
    foreign = frond_signal_wait(s, NULL, FROND_NOW);
}

static void misuse(void) {
    frond_signal *s = NULL;
    const int none = 0, kill_it = 9;
    CHECK_INT(frond_signal_open(NULL, 1, &s), FROND_EINVAL);
    CHECK_INT(frond_signal_open(&kill_it, 0, &s), FROND_EINVAL);
    CHECK_INT(frond_signal_open(&kill_it, 1, NULL), FROND_EINVAL);
    CHECK_INT(frond_signal_open(&none, 1, &s), FROND_EINVAL);
    CHECK_INT(frond_signal_open(&kill_it, 1, &s), FROND_EINVAL);
    CHECK_HAS(frond_error_text(), "signal open 9");
    CHECK(s == NULL);
    CHECK_INT(frond_signal_wait(NULL, NULL, FROND_NOW), FROND_EINVAL);
    s = open_for(SIGTERM, 0);
    thread_run(wait_from_afar, s);
    CHECK_INT(foreign, FROND_ETHREAD);
    frond_signal_free(s);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"wait for one", wait_for_one},
        {"kept until waited for", kept_until_waited_for},
        {"two receivers", two_receivers},
        {"given twice", given_twice},
        {"ends of a wait", ends_of_a_wait},
        {"sleeps are not cut short", sleeps_are_not_cut_short},
        {"demand 18: who waits for a handler's work is in no deadlock", demand_18},
        {"case 54: a handler runs while main sleeps, and stays", case_54},
        {"case 51: joins end at once, after timers, beside handlers", case_51},
        {"beside others", beside_others},
        {"demand 19: interrupted, all clean up", demand_19},
        {"not interrupted", not_interrupted},
        {"misuse", misuse},
        {0}};
    return test_main("signal", tests, argc, argv);
}
