/* SPDX-License-Identifier: MIT */
/* Every allocation fails once: what was begun is undone, nothing is lost, nothing crashes. */
#include "support.h"
#include <support/os.h>

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
                                      {0}};
    return test_main("nomem", tests, argc, argv);
}
