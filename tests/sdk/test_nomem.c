/* SPDX-License-Identifier: MIT */
/* Every allocation fails once: what was begun is undone, nothing is lost, nothing crashes. */
#include "support.h"
#include <support/os.h>
#include <support/sockets.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

static void *nothing(void *arg) {
    return arg;
}

static int drops;

static void count_drop(void *arg) {
    (void)arg;
    drops++;
}

static void wait_all(void) {
    while (frond_hub_greenlets() && frond_sleep(1) == 0) {}
}

static void spawns(void) {
    frond_spawn_options o = {.name = "named", .drop = count_drop, .delay_ms = 1};
    if (!frond_hub_current()) /* nobody there to keep an error code */
        return;
    drops = 0;
    int spawned = 0;
    frond_greenlet *a = frond_spawn(nothing, NULL);
    frond_greenlet *b = frond_spawn_with(&o, nothing, NULL);
    frond_greenlet *c = frond_greenlet_new(nothing, NULL);
    spawned += b != NULL;
    CHECK(a || frond_error_code() == FROND_ENOMEM);
    CHECK(b || frond_error_code() == FROND_ENOMEM);
    CHECK(c || frond_error_code() == FROND_ENOMEM);
    int rc = frond_go(nothing, NULL);
    CHECK(rc == 0 || rc == FROND_ENOMEM);
    if (a)
        CHECK_INT(frond_join(a, FROND_NEVER), 0);
    if (b)
        CHECK_INT(frond_join(b, FROND_NEVER), 0);
    CHECK_INT(drops, spawned);
    frond_release(a);
    frond_release(b);
    frond_release(c);
    wait_all();
}

static void *fails(void *arg) {
    (void)arg;
    frond_defer(count_drop, NULL);
    return frond_failed(FROND_EPROTO, "failing %d", 1);
}

static void note(frond_greenlet *g, void *arg) {
    (void)g;
    (void)arg;
}

static void failures_and_links(void) {
    frond_greenlet *g = frond_spawn(fails, NULL);
    if (!g)
        return;
    int rc = frond_link(g, note, NULL);
    CHECK(rc == 0 || rc == FROND_ENOMEM);
    CHECK_INT(frond_get(g, NULL, FROND_NEVER), FROND_EPROTO);
    CHECK(frond_error_text() != NULL);
    CHECK_INT(frond_error_code(), FROND_EPROTO);
    rc = frond_name_set(g, "name");
    CHECK(rc == 0 || rc == FROND_ENOMEM);
    rc = frond_shield_begin(1);
    CHECK(rc == 0 || rc == FROND_ENOMEM);
    if (rc == 0)
        frond_shield_end();
    frond_release(g);
    wait_all();
}

static void reported_failures(void) {
    frond_go(fails, NULL);
    wait_all();
    FILE *sink = temporary_file();
    if (sink) {
        int rc = frond_dump(fileno(sink));
        CHECK(rc == 0 || rc == FROND_ENOMEM);
        fclose(sink);
    }
}

static void queues(void) {
    frond_queue *q = frond_queue_new(sizeof(int), 0, NULL);
    if (!q) {
        CHECK_INT(frond_error_code(), FROND_ENOMEM);
        return;
    }
    int in = 0, out = 0, lost = 0;
    for (int i = 0; i < 40; i++) {
        int rc = frond_queue_put(q, &i, FROND_NEVER);
        CHECK(rc == 0 || rc == FROND_ENOMEM);
        in += rc == 0;
    }
    int item, last = -1;
    while (frond_queue_get(q, &item, FROND_NOW) == 0) {
        out++;
        lost += item <= last;
        last = item;
    }
    CHECK_INT(out, in);
    CHECK_INT(lost, 0);
    frond_queue_free(q);
}

static void groups_and_pools(void) {
    frond_pool *pool = frond_pool_new(2);
    if (!pool)
        return;
    void *in[4] = {NULL}, *out[4];
    int errors[4];
    for (int i = 0; i < 3; i++) {
        int rc = frond_pool_spawn(pool, nothing, NULL, FROND_NEVER);
        CHECK(rc == 0 || rc == FROND_ENOMEM);
    }
    int rc = frond_pool_map(pool, nothing, in, 4, out, errors, FROND_NEVER);
    CHECK(rc == 0 || rc == FROND_ENOMEM);
    rc = frond_pool_join(pool, FROND_NEVER);
    CHECK(rc == 0 || rc == FROND_ENOMEM);
    CHECK_INT(frond_pool_free_count(pool), 2);
    frond_pool_free(pool);
}

static int job(void *arg) {
    return arg ? 5 : 6;
}

static void threadpools(void) {
    frond_threadpool *pool = frond_threadpool_new(NULL);
    if (!pool)
        return;
    int ran = 0;
    drops = 0;
    int rc = frond_threadpool_run(pool, job, &drops, count_drop, &ran, FROND_NEVER);
    CHECK(ran ? rc == 5 && drops == 0 : rc == FROND_ENOMEM && drops == 1);
    frond_threadpool_free(pool);
    rc = frond_threadpool_run(frond_threadpool_class(FROND_THREADS_CPU), job, NULL, NULL,
                              &ran, FROND_NEVER);
    CHECK(ran ? rc == 6 : rc == FROND_ENOMEM || rc == FROND_EINVAL);
}

static void posted(void *arg) {
    *(int *)arg = 1;
}

static void posts_and_signals(void) {
    int done = 0;
    frond_hub *h = frond_hub_current();
    if (!h)
        return;
    int rc = frond_post(h, posted, &done);
    CHECK(rc == 0 || rc == FROND_ENOMEM);
    CHECK_INT(frond_hub_join(FROND_NEVER), 0);
    CHECK_INT(done, rc == 0);
    const int number = SIGTERM;
    frond_signal *s = NULL;
    rc = frond_signal_open(&number, 1, &s);
    CHECK(rc == 0 || rc == FROND_ENOMEM);
    frond_signal_free(s);
    frond_addrs *list = frond_addrs_new();
    if (list) {
        frond_addr a = {.family = FROND_IPV4};
        for (int i = 0; i < 9; i++) {
            rc = frond_addrs_add(list, &a);
            CHECK(rc == 0 || rc == FROND_ENOMEM);
        }
        frond_addrs_free(list);
    }
}

static bool opened(int rc, frond_watcher **w) {
    CHECK(rc == 0 || rc == FROND_ENOMEM);
    if (rc < 0)
        CHECK(*w == NULL);
    return rc == 0;
}

static void ignore(frond_watcher *w, const frond_news *news, void *arg) {
    (void)w;
    (void)news;
    (void)arg;
}

static void wait_a_little(frond_watcher *w) {
    int rc = frond_watcher_handle(w, ignore, NULL);
    CHECK(rc == 0 || rc == FROND_ENOMEM);
    rc = frond_watcher_wait(w, NULL, frond_in(2));
    CHECK(rc == 0 || rc == FROND_ETIMEDOUT || rc == FROND_ENOMEM);
}

static void watchers(void) {
    const int number = SIGTERM;
    frond_watcher *w[6] = {NULL};
    if (opened(frond_timer_open(1, 1, &w[0]), &w[0]))
        wait_a_little(w[0]);
    if (opened(frond_cron_open(3600000, 0, &w[1]), &w[1]))
        wait_a_little(w[1]);
    if (opened(frond_signal_open(&number, 1, &w[2]), &w[2]))
        wait_a_little(w[2]);
    if (opened(frond_async_open(&w[3]), &w[3]))
        wait_a_little(w[3]);
    if (opened(frond_fs_watch_open(".", &w[4]), &w[4]))
        wait_a_little(w[4]);
    if (opened(frond_stat_watch_open(".", 1, &w[5], FROND_NEVER), &w[5]))
        wait_a_little(w[5]);
    int rc = frond_at(frond_wall_now() + 1000000, FROND_NEVER);
    CHECK(rc == 0 || rc == FROND_ENOMEM);
    rc = frond_at_close(free, NULL);
    CHECK(rc == 0 || rc == FROND_ENOMEM);
    for (int i = 0; i < 6; i++)
        frond_watcher_free(w[i]);
    frond_hub_close(FROND_NEVER);
}

static void *nothing_more(void *arg) {
    return arg;
}

static void interrupted(void) {
    int rc = frond_run(nothing_more, NULL, NULL, FROND_NEVER);
    CHECK(rc == 0 || rc == FROND_ENOMEM);
    rc = frond_run_once(FROND_NOW);
    CHECK(rc == 0 || rc == 1 || rc == FROND_ENOMEM);
}

static void descriptors(void) {
    uv_os_sock_t ends[2];
    CHECK_INT(uv_socketpair(SOCK_STREAM, 0, ends, UV_NONBLOCK_PIPE, UV_NONBLOCK_PIPE), 0);
    frond_watcher *w = NULL;
    if (opened(frond_io_open((intptr_t)ends[0], FROND_IO_READ, &w), &w))
        wait_a_little(w);
    frond_watcher_free(w);
    frond_sleep(1);
    socket_close(ends[0]);
    socket_close(ends[1]);
}

static void sweep_watchers(void) {
    memory_sweep(watchers);
}
static void sweep_runs(void) {
    memory_sweep(interrupted);
}
static void sweep_descriptors(void) {
    memory_sweep(descriptors);
}

static void sweep_spawns(void) {
    memory_sweep(spawns);
}
static void sweep_failures(void) {
    capture_begin();
    memory_sweep(failures_and_links);
    capture_end();
}
static void sweep_reports(void) {
    capture_begin();
    memory_sweep(reported_failures);
    capture_end();
}
static void sweep_queues(void) {
    memory_sweep(queues);
}
static void sweep_pools(void) {
    memory_sweep(groups_and_pools);
}
static void sweep_threadpools(void) {
    memory_sweep(threadpools);
}
static void sweep_posts(void) {
    memory_sweep(posts_and_signals);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {{"spawns", sweep_spawns},
                                      {"failures and links", sweep_failures},
                                      {"reports and dumps", sweep_reports},
                                      {"queues", sweep_queues},
                                      {"groups and pools", sweep_pools},
                                      {"thread pools", sweep_threadpools},
                                      {"posts, signals, addresses", sweep_posts},
                                      {"watchers", sweep_watchers},
                                      {"interrupted programs", sweep_runs},
                                      {"descriptors", sweep_descriptors},
                                      {0}};
    return test_main("nomem", tests, argc, argv);
}
