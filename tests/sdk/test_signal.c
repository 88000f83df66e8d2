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
    frond_sleep(2);
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
        {"ends of a wait", ends_of_a_wait},
        {"sleeps are not cut short", sleeps_are_not_cut_short},
        {"misuse", misuse},
        {0}};
    return test_main("signal", tests, argc, argv);
}
