/* SPDX-License-Identifier: MIT */
/* Notices: who is told of what, on which thread, and what becomes of the report. */
#include "support.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

typedef struct {
    atomic_int n;
    frond_notice last;
    char text[2000];
    int answer;
} listener;

static int listens(const frond_notice *n, void *arg) {
    listener *l = arg;
    l->last = *n;
    snprintf(l->text, sizeof l->text, "%s", n->text);
    l->n++;
    return l->answer;
}

static void *fails(void *arg) {
    return frond_failed(FROND_EPROTO, "no %s", arg ? (const char *)arg : "colon");
}

static void fail_one(const char *what) {
    frond_go(fails, (void *)(uintptr_t)what);
    frond_hub_join(FROND_NEVER);
}

static void a_failed_greenlet(void) {
    listener l = {0};
    CHECK_INT(frond_notice_subscribe(FROND_NOTICE_FAILED, listens, &l), 0);
    capture_begin();
    fail_one("comma");
    const char *said = capture_end();
    CHECK_INT(l.n, 1);
    CHECK_INT(l.last.kind, FROND_NOTICE_FAILED);
    CHECK_INT(l.last.error, FROND_EPROTO);
    CHECK(l.last.greenlet > 1 && l.last.thread != 0);
    CHECK_HAS(l.text, " fails(0x");
    CHECK_HAS(l.text, " failed: no comma (FROND_EPROTO)\n    at fails (");
    CHECK_HAS(l.text, "spawned by greenlet 1 at ");
    CHECK_TEXT(said, l.text);
    l.answer = 1;
    capture_begin();
    fail_one("dot");
    CHECK_TEXT(capture_end(), ""); /* it has been seen to */
    CHECK_HAS(l.text, "failed: no dot");
    CHECK_INT(frond_notice_unsubscribe(listens, &l), 1);
    CHECK_INT(frond_notice_unsubscribe(listens, &l), 0);
    capture_begin();
    fail_one("dash");
    CHECK_HAS(capture_end(), "failed: no dash");
    CHECK_INT(l.n, 2);
}

static void only_what_is_asked_for(void) {
    listener l = {0}, other = {0};
    CHECK_INT(frond_notice_subscribe(FROND_NOTICE_ALL, listens, &l), 0);
    CHECK_INT(frond_notice_subscribe(FROND_NOTICE_DEADLOCK, listens, &l), 0); /* once */
    CHECK_INT(frond_notice_subscribe(FROND_NOTICE_FAILED, listens, &other), 0);
    capture_begin();
    fail_one(NULL);
    CHECK_INT(l.n, 0);
    CHECK_INT(other.n, 1);
    frond_event e = FROND_EVENT_INIT;
    CHECK_INT(frond_event_wait(&e, FROND_NEVER), FROND_EDEADLK);
    CHECK_INT(l.n, 1);
    CHECK_HAS(l.text, "frond: deadlock");
    CHECK_HAS(capture_end(), l.text);
    CHECK_INT(frond_notice_unsubscribe(listens, &l), 1);
    CHECK_INT(frond_notice_unsubscribe(listens, &other), 1);
}

static void use_a_hub(void *arg) {
    (void)arg;
    frond_sleep(0);
}

static void hubs_come_and_go(void) {
    frond_hub_close(FROND_NEVER);
    listener made = {0}, closed = {0};
    CHECK_INT(frond_notice_subscribe(FROND_NOTICE_HUB_MADE, listens, &made), 0);
    CHECK_INT(frond_notice_subscribe(FROND_NOTICE_HUB_CLOSED, listens, &closed), 0);
    thread_run(use_a_hub, NULL);
    CHECK_INT(made.n, 1);
    CHECK_INT(closed.n, 1);
    CHECK(made.last.thread == closed.last.thread && made.last.thread != 0);
    frond_sleep(0);
    CHECK_INT(made.n, 2);
    CHECK(made.last.thread != closed.last.thread);
    frond_hub_close(FROND_NEVER);
    CHECK_INT(closed.n, 2);
    frond_notice_unsubscribe(listens, &made);
    frond_notice_unsubscribe(listens, &closed);
}

/* ---- what they may do ---- */

static void *use_nothing(void *arg) {
    return arg;
}

static int codes[3];

static int asks_for_much(const frond_notice *n, void *arg) {
    (void)n;
    codes[0] = frond_sleep(1);
    codes[1] = frond_yield();
    frond_event_set(arg);
    codes[2] = frond_go(use_nothing, NULL);
    return 1;
}

static int gives_up(const frond_notice *n, void *arg) {
    ++*(int *)arg;
    frond_fail(FROND_EIO, "the log of %s is full", frond_error_name(n->error));
    return 1;
}

static void they_may_not_suspend(void) {
    frond_event e = FROND_EVENT_INIT;
    CHECK_INT(frond_notice_subscribe(FROND_NOTICE_FAILED, asks_for_much, &e), 0);
    fail_one(NULL);
    CHECK_INT(codes[0], FROND_ENOSUSPEND);
    CHECK_INT(codes[1], FROND_ENOSUSPEND);
    CHECK_INT(codes[2], 0);
    CHECK_INT(frond_event_wait(&e, FROND_NOW), 0);
    CHECK_INT(frond_hub_join(FROND_NEVER), 0);
    CHECK_INT(frond_notice_unsubscribe(asks_for_much, &e), 1);
}

/* gevent's test_exception_in_custom_handle_error_does_not_crash. */
static void one_that_fails(void) {
    int calls = 0;
    listener after = {0};
    CHECK_INT(frond_notice_subscribe(FROND_NOTICE_FAILED, gives_up, &calls), 0);
    CHECK_INT(frond_notice_subscribe(FROND_NOTICE_FAILED, listens, &after), 0);
    for (int i = 1; i <= 3; i++) {
        capture_begin();
        fail_one("semicolon");
        const char *said = capture_end();
        CHECK_HAS(said, "frond: a function that was told of a notice failed: "
                        "the log of FROND_EPROTO is full\n");
        CHECK_HAS(said, "failed: no semicolon (FROND_EPROTO)\n"); /* nobody saw to it */
        CHECK_INT(calls, i);
        CHECK_INT(after.n, i);
    }
    frond_greenlet *g = frond_spawn(fails, NULL); /* all goes on as before */
    CHECK_INT(frond_get(g, NULL, FROND_NEVER), FROND_EPROTO);
    frond_release(g);
    CHECK_INT(frond_sleep(1), 0);
    frond_notice_unsubscribe(gives_up, &calls);
    frond_notice_unsubscribe(listens, &after);
}

static int goes_away(const frond_notice *n, void *arg) {
    (void)n;
    ++*(int *)arg;
    CHECK_INT(frond_notice_unsubscribe(goes_away, arg), 1);
    CHECK_INT(frond_notice_unsubscribe(goes_away, arg), 0);
    return 1;
}

static void one_that_goes_away(void) {
    int calls = 0;
    listener after = {.answer = 1};
    CHECK_INT(frond_notice_subscribe(FROND_NOTICE_FAILED, goes_away, &calls), 0);
    CHECK_INT(frond_notice_subscribe(FROND_NOTICE_FAILED, listens, &after), 0);
    fail_one(NULL);
    fail_one(NULL);
    CHECK_INT(calls, 1);
    CHECK_INT(after.n, 2);
    frond_notice_unsubscribe(listens, &after);
}

static atomic_int inside, let_go, over;

static int takes_its_time(const frond_notice *n, void *arg) {
    (void)n;
    (void)arg;
    atomic_store(&inside, 1);
    while (!atomic_load(&let_go))
        block_ms(1);
    block_ms(20);
    atomic_store(&over, 1);
    return 1;
}

static void fail_elsewhere(void *arg) {
    (void)arg;
    fail_one(NULL);
}

/* Once it is taken back nothing of it runs any more. */
static void taken_back_meanwhile(void) {
    CHECK_INT(frond_notice_subscribe(FROND_NOTICE_FAILED, takes_its_time, NULL), 0);
    test_thread *t = thread_start(fail_elsewhere, NULL);
    while (!atomic_load(&inside))
        block_ms(1);
    atomic_store(&let_go, 1);
    CHECK_INT(frond_notice_unsubscribe(takes_its_time, NULL), 1);
    CHECK_INT(over, 1);
    thread_join(t);
}

static void misuse(void) {
    listener l = {0};
    CHECK_INT(frond_notice_subscribe(0, listens, &l), FROND_EINVAL);
    CHECK_INT(frond_notice_subscribe(FROND_NOTICE_ALL + 1, listens, &l), FROND_EINVAL);
    CHECK_INT(frond_notice_subscribe(FROND_NOTICE_ALL, NULL, &l), FROND_EINVAL);
    CHECK_INT(frond_notice_unsubscribe(NULL, &l), 0);
}

static void without_memory(void) {
    listener l = {.answer = 1};
    int rc = frond_notice_subscribe(FROND_NOTICE_FAILED, listens, &l);
    CHECK(rc == 0 || rc == FROND_ENOMEM);
    fail_one(NULL);
    CHECK_INT(frond_notice_unsubscribe(listens, &l), rc == 0);
}

static void nomem(void) {
    capture_begin();
    memory_sweep(without_memory);
    capture_end();
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"a failed greenlet", a_failed_greenlet},
        {"only what is asked for", only_what_is_asked_for},
        {"hubs come and go", hubs_come_and_go},
        {"they may not suspend", they_may_not_suspend},
        {"case 44: one that fails", one_that_fails},
        {"one that goes away", one_that_goes_away},
        {"taken back meanwhile", taken_back_meanwhile},
        {"misuse", misuse},
        {"nomem", nomem},
        {0},
    };
    return test_main("notice", tests, argc, argv);
}
