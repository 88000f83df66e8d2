/* SPDX-License-Identifier: MIT */
/* A kill that ends one wait, and no more. */
#include "support.h"

static frond_event never = FROND_EVENT_INIT;

static void *waits_twice(void *arg) {
    log_add(frond_error_name(frond_event_wait(&never, frond_in(50))));
    log_add(frond_error_name(frond_event_wait(&never, frond_in(50))));
    return arg;
}

static void in_a_wait(void) {
    frond_greenlet *g = frond_spawn(waits_twice, &never);
    frond_yield();
    CHECK_INT(frond_kill_once(g), 0);
    CHECK_INT(frond_kill_once(g), 0); /* it has not noticed the first: still one */
    CHECK_INT(frond_join(g, FROND_NEVER), 0);
    CHECK_TEXT(log_text(), "FROND_ECANCELED FROND_ETIMEDOUT");
    frond_release(g);
}

static void one_of_two(void) {
    void *value = NULL;
    frond_greenlet *g = frond_spawn(waits_twice, &never);
    frond_yield();
    CHECK_INT(frond_kill_once(g), 0);
    CHECK_INT(frond_get(g, &value, FROND_NEVER), 0);
    CHECK_TEXT(log_text(), "FROND_ECANCELED FROND_ETIMEDOUT");
    CHECK(value == &never); /* it was not killed */
    CHECK_INT(frond_exited(g), 0);
    frond_release(g);
}

/* It runs, and its first wait is it. */
static void before_it_ran(void) {
    frond_greenlet *g = frond_spawn(waits_twice, NULL);
    CHECK_INT(frond_kill_once(g), 0);
    CHECK_INT(frond_kill_once(g), 0);
    CHECK_INT(frond_join(g, FROND_NEVER), 0);
    CHECK_TEXT(log_text(), "FROND_ECANCELED FROND_ETIMEDOUT");
    frond_release(g);
}

static void *kills_itself_once(void *arg) {
    CHECK_INT(frond_kill_once(frond_current()), 0);
    log_add(frond_error_name(frond_yield()));
    log_add(frond_error_name(frond_yield()));
    return arg;
}

static void itself(void) {
    frond_greenlet *g = frond_spawn(kills_itself_once, NULL);
    CHECK_INT(frond_join(g, FROND_NEVER), 0);
    CHECK_TEXT(log_text(), "FROND_ECANCELED FROND_OK");
    frond_release(g);
}

static void *yields_twice(void *arg) {
    log_add(frond_error_name(frond_yield()));
    log_add(frond_error_name(frond_yield()));
    return arg;
}

static void in_a_yield(void) {
    frond_greenlet *g = frond_spawn(yields_twice, NULL);
    frond_yield();
    CHECK_INT(frond_kill_once(g), 0);
    CHECK_INT(frond_join(g, FROND_NEVER), 0);
    CHECK_TEXT(log_text(), "FROND_ECANCELED FROND_OK");
    frond_release(g);
}

static void *waits_in_a_shield(void *arg) {
    frond_shield_begin(1000);
    log_add(frond_error_name(frond_sleep(20)));
    frond_shield_end();
    log_add(frond_error_name(frond_sleep(20)));
    log_add(frond_error_name(frond_sleep(20)));
    return arg;
}

static void in_a_shield(void) {
    frond_greenlet *g = frond_spawn(waits_in_a_shield, NULL);
    frond_yield();
    CHECK_INT(frond_kill_once(g), 0);
    CHECK_INT(frond_join(g, FROND_NEVER), 0);
    CHECK_TEXT(log_text(), "FROND_OK FROND_ECANCELED FROND_OK");
    frond_release(g);
}

static frond_queue *q;

static void *gets(void *arg) {
    int item = 0;
    log_add(frond_error_name(frond_queue_get(q, &item, FROND_NEVER)));
    CHECK_INT(item, 5);
    log_add(frond_error_name(frond_queue_get(q, &item, frond_in(10))));
    log_add(frond_error_name(frond_queue_get(q, &item, frond_in(10))));
    return arg;
}

/* What it was given before is not lost: the next wait is cancelled. */
static void after_it_was_woken(void) {
    int item = 5;
    q = frond_queue_new(sizeof item, 0, NULL);
    frond_greenlet *g = frond_spawn(gets, NULL);
    frond_yield();
    CHECK_INT(frond_queue_put(q, &item, FROND_NEVER), 0);
    CHECK_INT(frond_kill_once(g), 0);
    CHECK_INT(frond_join(g, FROND_NEVER), 0);
    CHECK_TEXT(log_text(), "FROND_OK FROND_ECANCELED FROND_ETIMEDOUT");
    frond_release(g);
    frond_queue_free(q);
}

static void *switches_back(void *parent) {
    log_add(frond_error_name(frond_switch(parent, NULL, NULL)));
    log_add(frond_error_name(frond_switch(parent, NULL, NULL)));
    return NULL;
}

static void a_raw_one(void) {
    frond_greenlet *g = frond_greenlet_new(switches_back, NULL);
    CHECK_INT(frond_switch(g, frond_current(), NULL), 0);
    CHECK_INT(frond_kill_once(g), 0);
    CHECK_INT(frond_switch(g, NULL, NULL), FROND_EINVALSWITCH); /* its turn comes */
    CHECK_TEXT(log_text(), "");
    CHECK_INT(frond_kill(g, FROND_EXIT, FROND_NEVER), 0);
    frond_release(g);
}

static void the_dead(void) {
    frond_greenlet *g = frond_spawn(yields_twice, NULL);
    CHECK_INT(frond_join(g, FROND_NEVER), 0);
    CHECK_INT(frond_kill_once(g), 0);
    CHECK_INT(frond_kill_once(NULL), FROND_EINVAL);
    CHECK_INT(frond_kill_once(frond_current()), FROND_EINVAL); /* main */
    CHECK_INT(frond_kill_once(frond_parent(g)), FROND_EINVAL); /* the hub */
    frond_release(g);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"in a wait", in_a_wait},
        {"one of two", one_of_two},
        {"before it ran", before_it_ran},
        {"itself", itself},
        {"in a yield", in_a_yield},
        {"in a shield", in_a_shield},
        {"after it was woken", after_it_was_woken},
        {"a raw one", a_raw_one},
        {"the dead", the_dead},
        {0},
    };
    test_clock_virtual();
    return test_main("kill_once", tests, argc, argv);
}
