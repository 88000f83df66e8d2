/* SPDX-License-Identifier: MIT */
/* Turns of the hub that somebody else asks for. */
#include "support.h"

#include <frond/embed.h>
#include <frond/impl/fd.h>
#include <frond/impl/loop.h>
#include <string.h>
#include <support/sockets.h>

static void *says(void *word) {
    log_add(word);
    frond_yield();
    log_add(word);
    return NULL;
}

static void once_around(void) {
    in_order();
    CHECK_INT(frond_run_once(FROND_NOW), 0);
    frond_go(says, "a");
    frond_go(says, "b");
    CHECK_INT(frond_run_once(FROND_NOW), 1);
    CHECK_TEXT(log_text(), "a b");
    CHECK_INT(frond_run_once(FROND_NEVER), 1);
    CHECK_TEXT(log_text(), "a b a b");
    CHECK_INT(frond_run_once(FROND_NOW), 0);
}

/* Nothing can ever happen: that is no deadlock. */
static void nothing_left(void) {
    CHECK_INT(frond_run_once(FROND_NEVER), 0);
    CHECK_INT(frond_backend_timeout(), INT64_MAX);
}

static void *sleeps(void *ms) {
    frond_sleep((uint64_t)(uintptr_t)ms);
    log_add("slept");
    return NULL;
}

static void waits_until_something_happens(void) {
    frond_greenlet *g = frond_spawn(sleeps, (void *)3600000);
    CHECK_INT(frond_run_once(FROND_NEVER), 1); /* it begins to sleep */
    CHECK_INT(frond_run_once(frond_in(1)), 0);
    frond_go(sleeps, (void *)20);
    int64_t start = frond_now();
    CHECK_INT(frond_run_once(FROND_NEVER), 1);
    CHECK_INT(frond_run_once(FROND_NEVER), 1);
    CHECK(frond_now() - start >= 20000000);
    CHECK_TEXT(log_text(), "slept");
    frond_kill(g, FROND_EXIT, FROND_NEVER);
    frond_release(g);
}

static void timeouts(void) {
    CHECK_INT(frond_backend_timeout(), INT64_MAX);
    frond_go(sleeps, (void *)40000);
    CHECK_INT(frond_backend_timeout(), 0); /* it is ready */
    CHECK_INT(frond_run_once(FROND_NOW), 1);
    int64_t left = frond_backend_timeout();
    CHECK(left > 20000000000 && left <= 40000000000);
    int was = frond_clock_virtual(1);
    CHECK_INT(frond_backend_timeout(), 0); /* time moves at once */
    CHECK_INT(frond_run_once(FROND_NEVER), 1);
    CHECK_TEXT(log_text(), "slept");
    frond_clock_virtual(was);
}

/* libuv's own timers, and what is idle in it, are heeded. */
static void guest_rang(uv_timer_t *t) {
    log_add("rang");
    uv_close((uv_handle_t *)t, NULL);
}

static void guests(void) {
    static uv_timer_t timer;
    uv_timer_init(frond_loop(), &timer);
    uv_timer_start(&timer, guest_rang, 40000, 0);
    CHECK_INT(frond_run_once(FROND_NOW), 0);
    int64_t left = frond_backend_timeout();
    CHECK(left > 0 && left <= 40000000000);
    uv_timer_start(&timer, guest_rang, 20, 0);
    while (strcmp(log_text(), "rang") != 0)
        CHECK(frond_run_once(frond_in(400)) >= 0);
}

static void *idles(void *unused) {
    CHECK_INT(frond_idle(), 0);
    log_add("idle");
    return unused;
}

static void *joins(void *unused) {
    CHECK_INT(frond_hub_join(FROND_NEVER), 0);
    log_add("joined");
    return unused;
}

static void idlers_and_joiners(void) {
    frond_go(joins, NULL);
    frond_go(idles, NULL);
    for (int i = 0; i < 10; i++)
        CHECK(frond_run_once(FROND_NEVER) >= 0);
    CHECK_TEXT(log_text(), "idle joined");
}

/* ---- misuse ---- */

static void *turns(void *rc) {
    *(int *)rc = frond_run_once(FROND_NEVER);
    return NULL;
}

static void in_a_callback(void *rc) {
    *(int *)rc = frond_run_once(FROND_NOW);
}

static void misuse(void) {
    int rc = 1;
    frond_post(frond_hub_current(), in_a_callback, &rc);
    frond_run_once(FROND_NOW);
    CHECK_INT(rc, FROND_ENOSUSPEND);
    frond_greenlet *g = frond_spawn(turns, &rc); /* any greenlet may */
    frond_go(sleeps, (void *)3600000);
    frond_yield(); /* it turns */
    frond_sleep(1);
    frond_kill(g, FROND_EXIT, FROND_NEVER);
    CHECK(rc == FROND_ECANCELED || rc == 1);
    frond_release(g);
    frond_timeout t;
    frond_timeout_start(&t, 1);
    CHECK_INT(frond_run_once(frond_in(20000)), FROND_ETIMEDOUT);
    frond_timeout_stop(&t);
    CHECK_INT(frond_backend_fd(NULL), FROND_EINVAL);
    frond_hub_close(FROND_NEVER);
}

/* ---- what is found at once is run at once, however much it is ---- */

static void *counts(void *n) {
    frond_sleep(1);
    ++*(int *)n;
    return NULL;
}

static void many(void) {
    enum { MANY = 2000 };
    int n = 0;
    for (int i = 0; i < MANY; i++)
        frond_go(counts, &n);
    CHECK_INT(frond_run_once(FROND_NOW), 1);
    block_ms(2);
    CHECK_INT(frond_run_once(FROND_NOW), 1);
    CHECK_INT(n, MANY);
    CHECK_INT(frond_run_once(FROND_NOW), 0);
}

static int busy;

static void *echoes(void *arg) {
    uv_os_sock_t s = *(uv_os_sock_t *)arg;
    frond_fd *watch = frond_fd_new(s, NULL, NULL);
    char c;
    CHECK_INT(frond_fd_wait(watch, FROND_FD_READ, FROND_NEVER), 0);
    CHECK_INT(socket_receive(s, &c, 1), 1);
    log_add("got");
    busy += frond_run_once(FROND_NOW) == FROND_EBUSY;
    frond_fd_close(watch);
    return NULL;
}

static void descriptors(void) {
    enum { PAIRS = 100 };
    uv_os_sock_t s[PAIRS][2];
    int ran = 0;
    in_order();
    for (int i = 0; i < PAIRS; i++) {
        CHECK_INT(uv_socketpair(SOCK_STREAM, 0, s[i], UV_NONBLOCK_PIPE, UV_NONBLOCK_PIPE),
                  0);
        frond_go(echoes, &s[i][0]);
    }
    CHECK_INT(frond_run_once(FROND_NOW), 1);
    for (int i = 0; i < PAIRS; i++)
        CHECK_INT(socket_send(s[i][1], "x", 1), 1);
    for (int turn = 0; turn < 1000 && frond_hub_greenlets(); turn++)
        ran += frond_run_once(frond_in(100));
    CHECK(ran >= 1 && ran <= PAIRS);
    CHECK(busy >= 1); /* they ran in a turn that had not ended */
    CHECK_INT(strlen(log_text()), 4 * PAIRS - 1);
    for (int i = 0; i < PAIRS; i++) {
        socket_close(s[i][0]);
        socket_close(s[i][1]);
    }
}

/* ---- idle, prepare, check: those of the loop ---- */

static uv_prepare_t prepare;
static uv_check_t check;
static uv_idle_t idle;

static void on_prepare(uv_prepare_t *p) {
    log_add("prepare");
    uv_prepare_stop(p);
}

static void on_check(uv_check_t *c) {
    log_add("check");
    uv_check_stop(c);
}

static int idle_turns;

static void on_idle(uv_idle_t *i) {
    if (++idle_turns == 3)
        uv_idle_stop(i);
}

static void idle_prepare_and_check(void) {
    uv_loop_t *loop = frond_loop();
    uv_prepare_init(loop, &prepare);
    uv_check_init(loop, &check);
    uv_idle_init(loop, &idle);
    uv_prepare_start(&prepare, on_prepare);
    uv_check_start(&check, on_check);
    uv_idle_start(&idle, on_idle);
    CHECK_INT(frond_hub_join(FROND_NEVER), 0); /* they are referenced, and end */
    CHECK_TEXT(log_text(), "prepare check");
    CHECK_INT(idle_turns, 3);
    uv_prepare_start(&prepare, on_prepare);
    uv_unref((uv_handle_t *)&prepare);
    CHECK_INT(frond_hub_join(FROND_NEVER), 0);
    uv_close((uv_handle_t *)&prepare, NULL);
    uv_close((uv_handle_t *)&check, NULL);
    uv_close((uv_handle_t *)&idle, NULL);
    frond_sleep(1);
}

/* ---- what is called at the end ---- */

static void says_so(void *word) {
    log_add(word);
    CHECK_INT(frond_sleep(1), FROND_ENOSUSPEND);
}

static void *ends_late(void *unused) {
    while (frond_sleep(1000) == 0) {}
    log_add("greenlet");
    return unused;
}

static void at_close(void) {
    CHECK_INT(frond_at_close(NULL, NULL), FROND_EINVAL);
    CHECK_INT(frond_at_close(says_so, "first"), 0);
    CHECK_INT(frond_at_close(says_so, "second"), 0);
    frond_go(ends_late, NULL);
    frond_yield();
    CHECK_INT(frond_hub_close(FROND_NEVER), 0);
    CHECK_TEXT(log_text(), "greenlet second first");
    CHECK_INT(frond_hub_close(FROND_NEVER), 0);
    CHECK_TEXT(log_text(), "greenlet second first");
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"once around", once_around},
        {"nothing left", nothing_left},
        {"waits until something happens", waits_until_something_happens},
        {"timeouts", timeouts},
        {"guests", guests},
        {"idlers and joiners", idlers_and_joiners},
        {"misuse", misuse},
        {"many", many},
        {"descriptors", descriptors},
        {"idle, prepare and check", idle_prepare_and_check},
        {"at close", at_close},
        {0}};
    return test_main("embed", tests, argc, argv);
}
