/* SPDX-License-Identifier: MIT */
/* What watchers of every kind have in common, and calls from anywhere. */
#include "support.h"

#include <frond/timer.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <support/sockets.h>

/* ---- one of each kind, which has no news ---- */

static uv_os_sock_t ends[2];
static char path[1024];

static void begin(void) {
    CHECK_INT(uv_socketpair(SOCK_STREAM, 0, ends, UV_NONBLOCK_PIPE, UV_NONBLOCK_PIPE), 0);
}

static void end(void) {
    socket_close(ends[0]);
    socket_close(ends[1]);
}

static int open_io(frond_watcher **w) {
    return frond_io_open((intptr_t)ends[0], FROND_IO_READ, w);
}

static int open_timer(frond_watcher **w) {
    return frond_timer_open(3600000, 0, w);
}

static int open_at(frond_watcher **w) {
    return frond_at_open(frond_wall_now() + INT64_C(3600000000000), w);
}

static int open_cron(frond_watcher **w) {
    return frond_cron_open(UINT64_C(86400000) * 3660, 0, w);
}

static int open_signal(frond_watcher **w) {
    const int number = SIGTERM;
    return frond_signal_open(&number, 1, w);
}

static int open_fs(frond_watcher **w) {
    return frond_fs_watch_open(path, w);
}

static int open_stat(frond_watcher **w) {
    return frond_stat_watch_open(path, 0, w, FROND_NEVER);
}

static const struct {
    const char *name;
    int (*open)(frond_watcher **w);
} kinds[] = {{"io", open_io},       {"timer", open_timer},    {"at", open_at},
             {"cron", open_cron},   {"signal", open_signal},  {"async", frond_async_open},
             {"fs_watch", open_fs}, {"stat_watch", open_stat}};

enum { KINDS = sizeof kinds / sizeof kinds[0] };

static frond_watcher *open_kind(size_t i) {
    frond_watcher *w = NULL;
    int rc = kinds[i].open(&w);
    if (rc < 0)
        log_add(kinds[i].name);
    CHECK_INT(rc, 0);
    return w;
}

static void each_kind(void (*part)(frond_watcher *w)) {
    test_path(path, sizeof path, "watched");
    make_folder(path);
    begin();
    for (size_t i = 0; i < KINDS; i++) {
        frond_watcher *w = open_kind(i);
        if (w)
            part(w);
    }
    frond_sleep(1); /* what was closed is closed */
    end();
}

/* ---- the end of waits ---- */

static int answers[3];

typedef struct {
    frond_watcher *w;
    int which;
} waiting;

static void *waits(void *arg) {
    const waiting *one = arg;
    answers[one->which] = frond_watcher_wait(one->w, NULL, FROND_NEVER);
    return NULL;
}

static void *waits_beside(void *arg) {
    const waiting *one = arg;
    frond_event never = FROND_EVENT_INIT;
    frond_waitable both[2] = {frond_event_waitable(&never),
                              frond_watcher_waitable(one->w)};
    size_t which = 9;
    answers[one->which] = frond_wait_any(both, 2, &which, FROND_NEVER);
    CHECK_INT(which, 1);
    return NULL;
}

static void wait_in_all_ways(frond_watcher *w, void (*release)(frond_watcher *)) {
    waiting two[3] = {{w, 0}, {w, 1}, {w, 2}};
    answers[0] = answers[1] = answers[2] = 1;
    frond_greenlet *g[] = {frond_spawn(waits, &two[0]), frond_spawn(waits, &two[1]),
                           frond_spawn(waits_beside, &two[2])};
    frond_yield(); /* all wait */
    frond_sleep(2);
    CHECK_INT(answers[0] + answers[1] + answers[2], 3);
    release(w);
    CHECK_INT(frond_joinall(g, 3, 0, 0, frond_in(20000)), 0);
    CHECK_INT(answers[0], FROND_ECLOSED);
    CHECK_INT(answers[1], FROND_ECLOSED);
    CHECK_INT(answers[2], 0);
    for (int i = 0; i < 3; i++)
        frond_release(g[i]);
}

static void freed_meanwhile(frond_watcher *w) {
    wait_in_all_ways(w, frond_watcher_free);
}

static void close_it(frond_watcher *w) {
    CHECK_INT(frond_watcher_close(w), 0);
}

static void closed_meanwhile(frond_watcher *w) {
    wait_in_all_ways(w, close_it);
    CHECK_INT(frond_watcher_wait(w, NULL, FROND_NOW), FROND_ECLOSED);
    CHECK_INT(frond_watcher_handle(w, NULL, NULL), FROND_ECLOSED);
    CHECK_INT(frond_watcher_ref(w, 1), FROND_ECLOSED);
    CHECK_INT(frond_watcher_close(w), 0);
    frond_waitable closed = frond_watcher_waitable(w);
    CHECK_INT(frond_waitable_ready(&closed), 1);
    frond_watcher_free(w);
}

static void closing_wakes_on_every_kind(void) {
    each_kind(closed_meanwhile);
    each_kind(freed_meanwhile);
}

static void ends_by_time_and_kill(frond_watcher *w) {
    CHECK_INT(frond_watcher_wait(w, NULL, FROND_NOW), FROND_ETIMEDOUT);
    CHECK_INT(frond_watcher_wait(w, NULL, frond_in(1)), FROND_ETIMEDOUT);
    frond_waitable one = frond_watcher_waitable(w);
    CHECK_INT(frond_waitable_ready(&one), 0);
    CHECK_INT(frond_wait_any(&one, 1, NULL, frond_in(1)), FROND_ETIMEDOUT);
    waiting first = {w, 0};
    frond_greenlet *g = frond_spawn(waits, &first);
    frond_yield(); /* it waits */
    frond_sleep(1);
    CHECK_INT(frond_kill(g, FROND_EXIT, FROND_NEVER), 0);
    CHECK_INT(answers[0], FROND_ECANCELED);
    frond_release(g);
    CHECK_INT(frond_watcher_wait(w, NULL, frond_in(1)), FROND_ETIMEDOUT);
    frond_watcher_free(w);
}

static void time_and_kill(void) {
    each_kind(ends_by_time_and_kill);
}

/* ---- the end of the hub, and other threads ---- */

static void the_hub_goes_first(void) {
    frond_watcher *w[KINDS];
    test_path(path, sizeof path, "watched");
    make_folder(path);
    begin();
    for (size_t i = 0; i < KINDS; i++) {
        waiting one = {w[i] = open_kind(i), 0};
        frond_greenlet *g = frond_spawn(waits, &one);
        frond_yield();
        frond_sleep(1);
        frond_kill(g, FROND_EXIT, FROND_NEVER);
        frond_release(g);
    }
    CHECK_INT(frond_hub_close(FROND_NEVER), 0);
    for (size_t i = 0; i < KINDS; i++) {
        CHECK_INT(frond_watcher_wait(w[i], NULL, FROND_NOW), FROND_ECLOSED);
        CHECK_INT(frond_watcher_close(w[i]), 0);
        frond_watcher_free(w[i]);
    }
    end();
}

/* Greenlets that are waiting as the hub is closed are killed. */
static void the_hub_ends_waits(void) {
    frond_watcher *w[KINDS];
    waiting all[KINDS];
    test_path(path, sizeof path, "watched");
    make_folder(path);
    begin();
    for (size_t i = 0; i < KINDS; i++) {
        w[i] = open_kind(i);
        all[i] = (waiting){w[i], 0};
        frond_go(waits, &all[i]);
        CHECK_INT(frond_watcher_handle(w[i], (frond_watch_fn)abort, NULL), 0);
    }
    frond_yield();
    frond_sleep(1);
    CHECK_INT(frond_hub_close(FROND_NEVER), 0);
    for (size_t i = 0; i < KINDS; i++)
        frond_watcher_free(w[i]);
    end();
}

static int foreign[3];

static void use_from_afar(void *w) {
    foreign[0] = frond_watcher_wait(w, NULL, FROND_NOW);
    foreign[1] = frond_watcher_close(w);
    frond_waitable one = frond_watcher_waitable(w);
    foreign[2] = frond_waitable_ready(&one);
}

static void free_from_afar(void *w) {
    frond_watcher_free(w);
}

static void used_from_afar(frond_watcher *w) {
    thread_run(use_from_afar, w);
    for (int i = 0; i < 3; i++)
        CHECK_INT(foreign[i], FROND_ETHREAD);
    waiting one = {w, 0};
    frond_greenlet *g = frond_spawn(waits, &one);
    frond_yield();
    frond_sleep(1);
    test_thread *t = thread_start(free_from_afar, w);
    CHECK_INT(frond_join(g, frond_in(20000)), 0);
    CHECK_INT(answers[0], FROND_ECLOSED);
    frond_release(g);
    thread_join(t);
}

static void other_threads(void) {
    each_kind(used_from_afar);
}

/* ---- freed before who was woken has run ---- */

static int first_answer;

static void *waits_until_closed(void *w) {
    int rc = first_answer = frond_watcher_wait(w, NULL, FROND_NEVER);
    while (rc == 0)
        rc = frond_watcher_wait(w, NULL, FROND_NEVER);
    CHECK_INT(rc, FROND_ECLOSED);
    return NULL;
}

/* The sleep was begun first, so it ends first, and the tick wakes the greenlet in the same pass. */
static void freed_after_its_news(void) {
    frond_watcher *w;
    int was = frond_clock_virtual(1);
    CHECK_INT(frond_timer_open(10, 10, &w), 0);
    frond_greenlet *g = frond_spawn(waits_until_closed, w);
    frond_sleep(10);
    frond_watcher_free(w);
    CHECK_INT(frond_join(g, FROND_NEVER), 0);
    frond_release(g);
    frond_clock_virtual(was);
    if (!getenv("FROND_SHUFFLE")) /* which lets it run before */
        CHECK_INT(first_answer, FROND_ECLOSED);
}

/* ---- handlers ---- */

static frond_event goes_on = FROND_EVENT_INIT;

static void notes(frond_watcher *w, const frond_news *news, void *arg) {
    char text[64];
    snprintf(text, sizeof text, "%s%llu", (const char *)arg,
             (unsigned long long)news->count);
    log_add(text);
    CHECK(w != NULL);
    frond_event_wait(&goes_on, FROND_NEVER); /* it may wait */
    log_add("done");
}

static bool logged(void *text) {
    return strcmp(log_text(), text) == 0;
}

static void handlers_may_wait(void) {
    frond_watcher *w;
    frond_event_clear(&goes_on);
    CHECK_INT(frond_async_open(&w), 0);
    CHECK_INT(frond_watcher_handle(w, notes, "a"), 0);
    CHECK_INT(frond_watcher_handle(w, notes, "b"), FROND_EBUSY);
    CHECK_INT(frond_async_send(w), 0);
    CHECK(eventually(logged, "a1"));
    for (int i = 0; i < 3; i++)
        CHECK_INT(frond_async_send(w), 0); /* told together, afterwards */
    frond_sleep(1);
    CHECK_TEXT(log_text(), "a1");
    frond_event_set(&goes_on);
    CHECK(eventually(logged, "a1 done a3 done"));
    frond_watcher_free(w);
}

static void frees(frond_watcher *w, const frond_news *news, void *arg) {
    (void)news;
    frond_watcher_free(w);
    *(int *)arg = 1;
}

static bool is_set(void *flag) {
    return *(int *)flag;
}

static void a_handler_frees_its_watcher(void) {
    frond_watcher *w;
    int done = 0;
    CHECK_INT(frond_async_open(&w), 0);
    CHECK_INT(frond_watcher_handle(w, frees, &done), 0);
    CHECK_INT(frond_async_send(w), 0);
    CHECK(eventually(is_set, &done));
}

static void fails(frond_watcher *w, const frond_news *news, void *arg) {
    (void)w;
    (void)news;
    *(int *)arg = 1;
    frond_fail(FROND_EPROTO, "no use");
}

/* It is reported, and another may take its place. */
static void a_handler_that_fails(void) {
    frond_watcher *w;
    int done = 0;
    CHECK_INT(frond_async_open(&w), 0);
    CHECK_INT(frond_watcher_handle(w, fails, &done), 0);
    CHECK_INT(frond_async_send(w), 0);
    capture_begin();
    CHECK(eventually(is_set, &done));
    CHECK_HAS(capture_end(), "no use");
    done = 0;
    CHECK_INT(frond_watcher_handle(w, frees, &done), 0);
    CHECK_INT(frond_async_send(w), 0);
    CHECK(eventually(is_set, &done));
}

/* ---- what keeps the hub ---- */

static void counts(frond_watcher *w, const frond_news *news, void *arg) {
    (void)w;
    *(uint64_t *)arg += news->count;
}

/* No handler keeps a join waiting, of whatever kind, unless it is told to. */
static void handled(frond_watcher *w) {
    uint64_t n = 0;
    CHECK_INT(frond_watcher_handle(w, counts, &n), 0);
    CHECK_INT(frond_hub_join(FROND_NEVER), 0);
    CHECK_INT(frond_watcher_ref(w, 1), 0);
    CHECK_INT(frond_hub_join(frond_in(5)), FROND_ETIMEDOUT);
    CHECK_INT(frond_watcher_ref(w, 0), 1);
    CHECK_INT(frond_hub_join(FROND_NEVER), 0);
    CHECK_INT(frond_watcher_ref(w, 1), 0);
    frond_watcher_free(w);
    CHECK_INT(frond_hub_join(FROND_NEVER), 0);
}

static void references(void) {
    each_kind(handled);
}

static void opened(frond_watcher *w) {
    CHECK_INT(frond_hub_join(FROND_NEVER), 0);
    capture_begin();
    frond_event never = FROND_EVENT_INIT;
    CHECK_INT(frond_event_wait(&never, FROND_NEVER), FROND_EDEADLK);
    CHECK_HAS(capture_end(), "deadlock");
    frond_watcher_free(w);
}

static void watched_by_nobody(void) {
    each_kind(opened);
}

/* ---- calls from anywhere ---- */

static void sends(void *w) {
    block_ms(5);
    CHECK_INT(frond_async_send(w), 0);
}

static void sends_often(void *w) {
    for (int i = 0; i < 1000; i++)
        frond_async_send(w);
}

static void case_49(void) {
    frond_watcher *w;
    frond_news news;
    CHECK_INT(frond_async_open(&w), 0);
    test_thread *t = thread_start(sends, w);
    CHECK_INT(frond_watcher_wait(w, &news, FROND_NEVER), 0); /* and no deadlock */
    CHECK_INT(news.count, 1);
    thread_join(t);
    frond_watcher_free(w);
}

static void sends_are_counted(void) {
    enum { THREADS = 4 };
    frond_watcher *w;
    frond_news news;
    test_thread *t[THREADS];
    uint64_t n = 0;
    CHECK_INT(frond_async_open(&w), 0);
    for (int i = 0; i < THREADS; i++)
        t[i] = thread_start(sends_often, w);
    while (n < (uint64_t)1000 * THREADS &&
           frond_watcher_wait(w, &news, frond_in(20000)) == 0)
        n += news.count;
    CHECK_INT(n, 1000 * THREADS);
    for (int i = 0; i < THREADS; i++)
        thread_join(t[i]);
    CHECK_INT(frond_watcher_wait(w, NULL, FROND_NOW), FROND_ETIMEDOUT);
    frond_watcher_free(w);
}

static frond_watcher *from_handler;

static void on_signal(int number) {
    (void)number;
    frond_async_send(from_handler);
}

/* A handler of the program's own, not of the loop's. */
static void sent_by_a_signal_handler(void) {
    frond_news news;
    CHECK_INT(frond_async_open(&from_handler), 0);
    void (*before)(int) = signal(SIGINT, on_signal);
    CHECK_INT(raise(SIGINT), 0);
    CHECK_INT(frond_watcher_wait(from_handler, &news, FROND_NEVER), 0);
    CHECK_INT(news.count, 1);
    signal(SIGINT, before);
    frond_watcher_free(from_handler);
}

static void closed_while_sent_to(void) {
    for (int i = 0; i < 20; i++) {
        frond_watcher *w;
        CHECK_INT(frond_async_open(&w), 0);
        test_thread *t = thread_start(sends_often, w);
        if (i % 2)
            CHECK_INT(frond_watcher_close(w), 0);
        else
            CHECK_INT(frond_hub_close(FROND_NEVER), 0);
        thread_join(t);
        CHECK_INT(frond_async_send(w), FROND_ECLOSED);
        frond_watcher_free(w);
    }
}

/* ---- misuse ---- */

static void in_a_callback(void *w) {
    answers[0] = frond_watcher_wait(w, NULL, FROND_NEVER);
}

static void misuse(void) {
    frond_watcher *w = NULL;
    CHECK_INT(frond_async_open(NULL), FROND_EINVAL);
    CHECK_INT(frond_timer_open(1, 1, NULL), FROND_EINVAL);
    CHECK_INT(frond_at_open(1, NULL), FROND_EINVAL);
    CHECK_INT(frond_cron_open(1, 0, NULL), FROND_EINVAL);
    CHECK_INT(frond_cron_open(0, 0, &w), FROND_EINVAL);
    CHECK_INT(frond_cron_open(10, 10, &w), FROND_EINVAL);
    CHECK_INT(frond_cron_open(UINT64_MAX, 10, &w), FROND_EINVAL);
    CHECK_INT(frond_fs_watch_open(NULL, &w), FROND_EINVAL);
    CHECK_INT(frond_fs_watch_open(".", NULL), FROND_EINVAL);
    CHECK_INT(frond_stat_watch_open(NULL, 1, &w, FROND_NEVER), FROND_EINVAL);
    CHECK_INT(frond_stat_watch_open(".", 1, NULL, FROND_NEVER), FROND_EINVAL);
    CHECK_INT(frond_watcher_wait(NULL, NULL, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_watcher_handle(NULL, counts, NULL), FROND_EINVAL);
    CHECK_INT(frond_watcher_ref(NULL, 1), FROND_EINVAL);
    CHECK_INT(frond_watcher_close(NULL), FROND_EINVAL);
    frond_watcher_free(NULL);
    CHECK(w == NULL);
    CHECK_INT(frond_async_open(&w), 0);
    CHECK_INT(frond_watcher_handle(w, NULL, NULL), FROND_EINVAL);
    CHECK_INT(frond_signal_wait(w, NULL, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_timer_set(w, 1, 1), FROND_EINVAL);
    CHECK_INT(frond_timer_again(w), FROND_EINVAL);
    CHECK_INT(frond_timer_stop(w), FROND_EINVAL);
    CHECK_INT(frond_io_wait(w, FROND_IO_READ, NULL, FROND_NOW), FROND_EINVAL);
    frond_post(frond_hub_current(), in_a_callback, w);
    frond_sleep(1);
    CHECK_INT(answers[0], FROND_ENOSUSPEND);
    frond_watcher_free(w);
    CHECK_INT(open_timer(&w), 0);
    CHECK_INT(frond_async_send(w), FROND_EINVAL);
    CHECK_INT(frond_async_send(NULL), FROND_EINVAL);
    frond_watcher_free(w);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"closing wakes on every kind", closing_wakes_on_every_kind},
        {"time and kill", time_and_kill},
        {"the hub goes first", the_hub_goes_first},
        {"the hub ends waits", the_hub_ends_waits},
        {"other threads", other_threads},
        {"freed after its news", freed_after_its_news},
        {"handlers may wait", handlers_may_wait},
        {"a handler frees its watcher", a_handler_frees_its_watcher},
        {"a handler that fails", a_handler_that_fails},
        {"references", references},
        {"watched by nobody", watched_by_nobody},
        {"case 49: an async send from another thread wakes a waiter", case_49},
        {"sends are counted", sends_are_counted},
        {"sent by a signal handler", sent_by_a_signal_handler},
        {"closed while sent to", closed_while_sent_to},
        {"misuse", misuse},
        {0}};
    return test_main("watcher", tests, argc, argv);
}
