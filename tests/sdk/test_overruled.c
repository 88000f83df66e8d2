/* SPDX-License-Identifier: MIT */
/* Kills and expiries that come in the same moment as what was waited for, and loops that do not heed them. */
#include "support.h"

/* ---- who yields although killed, or beyond its time, starves nobody ---- */

static bool go_on;

static void *yields_until(void *arg) {
    while (!go_on)
        frond_yield();
    return arg;
}

static void *sleeps_until(void *arg) {
    while (!go_on)
        frond_sleep(0);
    return arg;
}

static void *lets_go_on(void *arg) {
    go_on = true;
    return arg;
}

static void a_loop_that_was_killed(void) {
    frond_fn loops[] = {yields_until, sleeps_until};
    for (int i = 0; i < 2; i++) {
        go_on = false;
        frond_greenlet *g = frond_spawn(loops[i], NULL);
        frond_yield();
        frond_kill(g, FROND_EXIT, FROND_NOW);
        frond_go(lets_go_on, NULL);
        CHECK_INT(frond_join(g, FROND_NEVER), 0);
        frond_release(g);
    }
}

static void a_loop_beyond_its_time(void) {
    frond_timeout t;
    go_on = false;
    frond_timeout_start(&t, 0);
    frond_go(lets_go_on, NULL);
    while (!go_on)
        frond_yield();
    CHECK_INT(frond_timeout_stop(&t), 1);
}

static void *never_goes(void *arg) {
    while (frond_yield() != FROND_ENOSUSPEND && !go_on) {}
    return arg;
}

static void the_hubs_end(void) {
    go_on = false;
    frond_go(never_goes, NULL);
    frond_yield();
    CHECK_INT(frond_hub_close(frond_in(50)), FROND_ETIMEDOUT);
}

static frond_greenlet *begin(frond_fn run, void *arg) {
    frond_greenlet *g = frond_spawn(run, arg);
    frond_yield(); /* it waits */
    return g;
}

/* ---- a kill of one wait is not lost ---- */

static void *yields_in_a_scope(void *arg) {
    frond_timeout t;
    frond_timeout_start(&t, 1000);
    log_add(frond_error_name(frond_yield()));
    log_add(frond_error_name(frond_yield()));
    frond_timeout_stop(&t);
    return arg;
}

static void in_a_scope(void) {
    frond_greenlet *g = frond_spawn(yields_in_a_scope, NULL);
    frond_yield();
    CHECK_INT(frond_kill_once(g), 0);
    CHECK_INT(frond_join(g, FROND_NEVER), 0);
    CHECK_TEXT(log_text(), "FROND_ECANCELED FROND_OK");
    frond_release(g);
}

static int canceled;

static void *acquires_often(void *arg) {
    for (int i = 0; i < 1000; i++)
        canceled += frond_semaphore_acquire(arg, FROND_NEVER) == FROND_ECANCELED;
    return arg;
}

/* The 256th call in a row gives way, and is killed there. */
static void while_it_gives_way(void) {
    frond_semaphore s = FROND_SEMAPHORE_INIT(2000);
    canceled = 0;
    frond_greenlet *g = frond_spawn(acquires_often, &s);
    frond_yield();
    CHECK(!frond_dead(g));
    CHECK_INT(frond_kill_once(g), 0);
    CHECK_INT(frond_join(g, FROND_NEVER), 0);
    CHECK_INT(canceled, 1);
    frond_release(g);
}

static frond_channel *c;

static void *selects(void *arg) {
    int item = 0;
    frond_select_case one = {.channel = c, .receive = &item};
    log_add(frond_error_name(frond_select(&one, 1, NULL, frond_in(1000))));
    log_add(frond_error_name(frond_select(&one, 1, NULL, frond_in(1000))));
    CHECK_INT(item, 7);
    return arg;
}

/* Who was killed is not served any more, and what it was to have is the next one's. */
static void in_a_select(void) {
    int item = 7;
    c = frond_channel_new(sizeof item, 0, NULL);
    frond_greenlet *g = frond_spawn(selects, NULL);
    frond_yield();
    CHECK_INT(frond_kill_once(g), 0);
    CHECK_INT(frond_channel_send(c, &item, FROND_NOW), FROND_ETIMEDOUT);
    CHECK_INT(frond_channel_send(c, &item, frond_in(1000)), 0);
    CHECK_INT(frond_join(g, FROND_NEVER), 0);
    CHECK_TEXT(log_text(), "FROND_ECANCELED FROND_OK");
    frond_release(g);
    frond_channel_free(c);
}

/* ---- an expiry that has ended no wait is none ---- */

static void *sends_at(void *arg) {
    int item = 7;
    frond_sleep(10);
    log_add(frond_error_name(frond_channel_send(c, &item, FROND_NOW)));
    return arg;
}

static void a_select_served_in_time(void) {
    int item = 0;
    frond_timeout t;
    in_order();
    c = frond_channel_new(sizeof item, 0, NULL);
    frond_greenlet *g = frond_spawn(sends_at, NULL);
    frond_yield(); /* its timer is first */
    frond_select_case one = {.channel = c, .receive = &item};
    frond_timeout_start(&t, 10);
    int rc = frond_select(&one, 1, NULL, FROND_NEVER);
    int fired = frond_timeout_stop(&t);
    CHECK_INT(frond_join(g, FROND_NEVER), 0);
    CHECK(rc == 0 ? item == 7 && !fired : rc == FROND_ETIMEDOUT && fired);
    CHECK_TEXT(log_text(), rc == 0 ? "FROND_OK" : "FROND_ETIMEDOUT");
    frond_release(g);
    frond_channel_free(c);
}

/* ---- once ---- */

static frond_once once = FROND_ONCE_INIT;
static int tried;

static int does(void *arg) {
    (void)arg;
    tried++;
    return frond_sleep(10);
}

static void *does_once(void *arg) {
    log_add(frond_error_name(frond_once_do(&once, does, NULL, FROND_NEVER)));
    return arg;
}

/* It is told to the one it was meant for; the other does it. */
static void in_a_once(void) {
    tried = 0;
    frond_greenlet *a = begin(does_once, NULL), *b = begin(does_once, NULL);
    CHECK_INT(frond_kill_once(a), 0);
    CHECK_INT(frond_join(b, FROND_NEVER), 0);
    CHECK_TEXT(log_text(), "FROND_ECANCELED FROND_OK");
    CHECK_INT(tried, 2);
    frond_release(a);
    frond_release(b);
}

/* ---- what could not be done was not done ---- */

static void *parked(void *arg) {
    frond_greenlet **raw = arg;
    *raw = frond_greenlet_new(parked, NULL);
    frond_sleep(10);
    return NULL;
}

static void a_throw_that_cannot_be(void) {
    frond_greenlet *raw = NULL;
    frond_greenlet *g = begin(parked, &raw);
    CHECK_INT(frond_throw(raw, FROND_EIO, NULL), FROND_EINVALSWITCH);
    CHECK_INT(frond_greenlet_state(raw), FROND_NEW);
    CHECK_INT(frond_join(g, FROND_NEVER), 0);
    frond_release(raw);
    frond_release(g);
}

static void *switches_back(void *to) {
    log_add(frond_error_name(frond_switch(to, NULL, NULL)));
    return NULL;
}

static void kills_it(frond_greenlet *ended, void *target) {
    (void)ended;
    CHECK_INT(frond_kill(target, FROND_EXIT, FROND_NOW), 0);
}

/* The error was to go on to one whom the end on the way has killed: it has its turn already. */
static void a_throw_that_a_link_stops(void) {
    frond_greenlet *target = frond_greenlet_new(switches_back, NULL);
    CHECK_INT(frond_switch(target, frond_current(), NULL), 0);
    frond_greenlet *unstarted = frond_greenlet_new(switches_back, target);
    CHECK_INT(frond_link_raw(unstarted, kills_it, target), 0);
    CHECK_INT(frond_throw(unstarted, FROND_EIO, NULL), FROND_EINVALSWITCH);
    CHECK_TEXT(log_text(), "");
    CHECK_INT(frond_join(target, FROND_NEVER), 0);
    CHECK_TEXT(log_text(), "FROND_ECANCELED");
    frond_release(unstarted);
    frond_release(target);
}

static void *returns_it(void *arg) {
    return arg;
}

static void spawns_in_a_nursery(void) {
    frond_nursery n;
    if (frond_nursery_open(&n, NULL) < 0)
        return;
    int rc = frond_nursery_spawn(&n, returns_it, NULL);
    CHECK(rc == 0 || rc == FROND_ENOMEM);
    CHECK_INT(frond_nursery_count(&n), rc == 0);
    rc = frond_nursery_close(&n, FROND_NEVER);
    CHECK(rc == 0 || rc == FROND_ENOMEM);
}

static void a_nursery_without_memory(void) {
    memory_sweep(spawns_in_a_nursery);
}

static int released;

static void release(void *stack) {
    (void)stack;
    released++;
}

static void makes_raw(void) {
    static _Alignas(64) char memory[65536];
    frond_spawn_options o = {.name = "raw",
                             .stack = memory,
                             .stack_size = sizeof memory,
                             .stack_release = release};
    released = 0;
    frond_greenlet *g = frond_greenlet_new_with(&o, returns_it, NULL);
    CHECK_INT(released, 0);
    frond_release(g);
    CHECK_INT(released, g != NULL);
}

static void a_stack_without_memory(void) {
    memory_sweep(makes_raw);
}

static void *works(void *arg) {
    frond_sleep(30);
    log_add("done");
    return arg;
}

static void *sleeps_very_long(void *arg) {
    frond_sleep_unref(UINT64_MAX - 1);
    return arg;
}

static void *sleeps_in_a_scope(void *arg) {
    frond_timeout t;
    frond_timeout_start(&t, 300);
    frond_sleep_unref(FROND_FOREVER);
    frond_timeout_stop(&t);
    return arg;
}

static void background_sleeps_are_counted(void) {
    int64_t start = frond_now();
    frond_greenlet *a = begin(sleeps_very_long, NULL), *b = begin(works, NULL),
                   *d = begin(sleeps_in_a_scope, NULL);
    CHECK_INT(frond_hub_join(FROND_NEVER), 0);
    CHECK_TEXT(log_text(), "done");
    CHECK_INT(frond_now() - start, 30000000);
    frond_kill(a, FROND_EXIT, FROND_NEVER);
    frond_kill(d, FROND_EXIT, FROND_NEVER);
    frond_release(a);
    frond_release(b);
    frond_release(d);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"a loop that was killed", a_loop_that_was_killed},
        {"a loop beyond its time", a_loop_beyond_its_time},
        {"the hub's end", the_hubs_end},
        {"in a scope", in_a_scope},
        {"while it gives way", while_it_gives_way},
        {"in a select", in_a_select},
        {"a select served in time", a_select_served_in_time},
        {"in a once", in_a_once},
        {"a throw that cannot be", a_throw_that_cannot_be},
        {"a throw that a link stops", a_throw_that_a_link_stops},
        {"a nursery without memory", a_nursery_without_memory},
        {"a stack without memory", a_stack_without_memory},
        {"background sleeps are counted", background_sleeps_are_counted},
        {0},
    };
    test_clock_virtual();
    return test_main("overruled", tests, argc, argv);
}
