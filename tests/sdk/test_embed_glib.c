/* SPDX-License-Identifier: MIT */
/* A main loop of GLib's that drives the hub, by a source of its own. */
#include "support.h"

#include <frond/embed.h>
#include <glib-unix.h>
#include <glib.h>

/* ---- the source ---- */

static gboolean prepare(GSource *source, gint *timeout) {
    (void)source;
    int64_t ns = frond_backend_timeout();
    *timeout = ns > INT64_C(1000000) * G_MAXINT ? -1 : (gint)((ns + 999999) / 1000000);
    return ns == 0;
}

typedef struct {
    GSource source;
    gpointer backend;
} hub_source;

static gboolean check(GSource *source) {
    return g_source_query_unix_fd(source, ((hub_source *)(void *)source)->backend) != 0 ||
           frond_backend_timeout() == 0;
}

static gboolean dispatch(GSource *source, GSourceFunc unused, gpointer arg) {
    (void)source;
    (void)unused;
    (void)arg;
    CHECK(frond_run_once(FROND_NOW) >= 0);
    return G_SOURCE_CONTINUE;
}

static GSourceFuncs functions = {
    .prepare = prepare, .check = check, .dispatch = dispatch};
static GMainLoop *loop;
static GSource *source;
static int timed_out;

static gboolean give_up(gpointer unused) {
    (void)unused;
    timed_out = 1;
    g_main_loop_quit(loop);
    return G_SOURCE_CONTINUE;
}

static guint limit;

static void begin(void) {
    intptr_t backend = -1;
    CHECK_INT(frond_backend_fd(&backend), 0);
    loop = g_main_loop_new(NULL, FALSE);
    source = g_source_new(&functions, sizeof(hub_source));
    ((hub_source *)(void *)source)->backend =
        g_source_add_unix_fd(source, (gint)backend, G_IO_IN);
    g_source_attach(source, NULL);
    limit = g_timeout_add(20000, give_up, NULL);
}

static void end(void) {
    CHECK_INT(timed_out, 0);
    g_source_remove(limit);
    g_source_destroy(source);
    g_source_unref(source);
    g_main_loop_unref(loop);
}

/* ---- what the two have to do with each other ---- */

static frond_queue *queue;

static void *sleeps_and_quits(void *arg) {
    for (int i = 0; i < 5; i++)
        CHECK_INT(frond_sleep(4), 0);
    log_add("slept");
    g_main_loop_quit(loop);
    return arg;
}

static void timers(void) {
    begin();
    int64_t start = frond_now();
    frond_go(sleeps_and_quits, NULL);
    g_main_loop_run(loop);
    CHECK(frond_now() - start >= 20000000);
    CHECK_TEXT(log_text(), "slept");
    end();
}

static gboolean puts_one(gpointer left) {
    int item = (*(int *)left)--;
    CHECK_INT(frond_queue_put(queue, &item, FROND_NOW), 0);
    return item > 1;
}

static void *gets_all(void *arg) {
    int item;
    do {
        CHECK_INT(frond_queue_get(queue, &item, FROND_NEVER), 0);
        log_add("got");
    } while (item > 1);
    g_main_loop_quit(loop);
    return arg;
}

/* Its callbacks hand work to greenlets. */
static void callbacks(void) {
    int left = 3;
    begin();
    queue = frond_queue_new(sizeof(int), 4, NULL);
    g_timeout_add(2, puts_one, &left);
    frond_go(gets_all, NULL);
    g_main_loop_run(loop);
    CHECK_TEXT(log_text(), "got got got");
    CHECK_INT(frond_hub_join(FROND_NEVER), 0);
    frond_queue_free(queue);
    end();
}

static frond_watcher *async;
static _Atomic int has_waited;

static void sends(void *unused) {
    (void)unused;
    while (!has_waited)
        block_ms(1);
    CHECK_INT(frond_async_send(async), 0);
}

static void *waits_and_quits(void *arg) {
    CHECK_INT(frond_watcher_wait(async, NULL, FROND_NEVER), 0);
    g_main_loop_quit(loop);
    return arg;
}

static gboolean waits_itself(gpointer unused) {
    (void)unused;
    CHECK_INT(frond_sleep(2), 0); /* greenlets go on, GLib does not */
    log_add("waited");
    has_waited = 1;
    return G_SOURCE_REMOVE;
}

static void threads(void) {
    begin();
    has_waited = 0;
    CHECK_INT(frond_async_open(&async), 0);
    frond_go(waits_and_quits, NULL);
    g_timeout_add(1, waits_itself, NULL);
    test_thread *t = thread_start(sends, NULL);
    g_main_loop_run(loop);
    thread_join(t);
    CHECK_TEXT(log_text(), "waited");
    frond_watcher_free(async);
    CHECK_INT(frond_hub_join(FROND_NEVER), 0);
    end();
}

/* The descriptors that GLib keeps for itself are there before the first test. */
static void warm_up(void) {
    g_main_context_iteration(NULL, FALSE);
}

static void nothing(void) {
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"timers", timers}, {"callbacks", callbacks}, {"threads", threads}, {0}};
    test_around(warm_up, nothing);
    return test_main("embed in GLib", tests, argc, argv);
}
