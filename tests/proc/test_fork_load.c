/* SPDX-License-Identifier: MIT */
/* A thousand forks from among a thousand busy greenlets: streams, TLS, lookups, jobs on threads, timers (demand 1).
 * Nobody but who has forked runs in a child, and in the parent every sequence goes on without a gap. */
#include "proc/fork.h"
#include "proc/traffic.h"
#include "support/alone.h"

#include <stdio.h>
#include <unistd.h>

enum {
    FORKS = 1000,
    FORKERS = 4,
    TIMERS = 500,
    ECHOES = 200,
    TLS = 30,
    LOOKUPS = 20,
    JOBS = 20
};

static bool busy;
static int64_t latest; /* of all timers, in ns */
static long ticks, echoes, lookups, jobs_done;

static void *timer(void *arg) {
    while (busy) {
        frond_deadline d = frond_in(1 + (uint64_t)(uintptr_t)arg % 7);
        frond_event never = FROND_EVENT_INIT;
        frond_event_wait(&never, d);
        int64_t late = frond_now() - d.ns;
        if (late > latest)
            latest = late;
        ticks++;
    }
    return NULL;
}

static void *plain_echo(void *s) {
    char buf[256];
    int64_t n;
    while ((n = frond_read(s, buf, sizeof buf, FROND_NEVER)) > 0)
        frond_write(s, buf, (size_t)n, NULL, FROND_NEVER);
    frond_stream_free(s);
    return NULL;
}

static void *sequence(void *s) {
    for (uint32_t n = 0; busy; n++) {
        echo_once(s, n);
        echoes++;
        frond_sleep(1);
    }
    frond_stream_free(s);
    return NULL;
}

static void *keeps_looking(void *r) {
    while (busy) {
        frond_resolver_flush(r);
        looks_up(r);
        lookups++;
    }
    return NULL;
}

static int job(void *arg) {
    usleep(1000);
    return arg != NULL;
}

static void *keeps_working(void *arg) {
    while (busy) {
        CHECK_INT(frond_threadpool_run(frond_threadpool_class(FROND_THREADS_CPU), job,
                                       arg, NULL, NULL, FROND_NEVER),
                  0);
        jobs_done++;
    }
    return NULL;
}

/* ---- the children ---- */

static void look_around(void) {
    CHILD_CHECK(frond_hub_switches() == 0);
    CHILD_CHECK(alone_begin() == 0);
    for (int k = 0; k < 3; k++)
        CHILD_CHECK(frond_sleep(1) == 0);
    CHILD_CHECK(frond_hub_greenlets() == 0);
}

static void *forker(void *arg) {
    for (int i = 0; i < FORKS / FORKERS; i++) {
        frond_fork_options o = {.drop_stacks = i % 2};
        int64_t pid = frond_fork(&o, frond_in(60000));
        CHECK(pid >= 0);
        if (pid == 0) {
            look_around();
            return NULL;
        }
        CHECK_INT(reap(pid), 0);
    }
    return arg;
}

static void a_thousand_forks(void) {
    tls_setup t;
    tls_end ends[TLS];
    frond_greenlet *server, *echo;
    frond_udp *u = start_name_server(&server);
    frond_resolver *resolvers[LOOKUPS];
    frond_group *group = frond_group_new();
    busy = true;
    latest = 0;
    tls_open(&t);
    for (int i = 0; i < TLS; i++) {
        frond_stream *s = tls_connect(&t, &ends[i], &echo);
        frond_group_spawn(group, sequence, s);
        frond_release(echo);
    }
    for (int i = 0; i < ECHOES; i++) {
        frond_stream *a, *b;
        frond_stream_pair(&a, &b);
        frond_go(plain_echo, b);
        frond_group_spawn(group, sequence, a);
    }
    for (int i = 0; i < LOOKUPS; i++) {
        resolvers[i] = late_resolver();
        frond_group_spawn(group, keeps_looking, resolvers[i]);
    }
    for (int i = 0; i < JOBS; i++)
        frond_group_spawn(group, keeps_working, NULL);
    for (int i = 0; i < TIMERS; i++)
        frond_group_spawn(group, timer, (void *)(intptr_t)i);
    frond_sleep(20);
    latest = 0;
    frond_group *forkers = frond_group_new();
    for (int i = 0; i < FORKERS; i++)
        frond_group_spawn(forkers, forker, NULL);
    CHECK_INT(frond_group_join(forkers, FROND_NEVER), 0);
    frond_group_free(forkers);
    busy = false;
    CHECK_INT(frond_group_join(group, frond_in(60000)), 0);
    printf("latest timer %.1f ms; %ld ticks, %ld echoes, %ld lookups, %ld jobs\n",
           (double)latest / 1e6, ticks, echoes, lookups, jobs_done);
    CHECK(latest < (int64_t)5000 * 1000000); /* late by what machines are, not lost */
    CHECK(echoes > 100 && lookups > 10 && jobs_done > 10);
    for (int i = 0; i < LOOKUPS; i++)
        frond_resolver_free(resolvers[i]);
    frond_group_free(group);
    frond_kill(server, FROND_EXIT, FROND_NEVER);
    frond_release(server);
    frond_udp_free(u);
    tls_close(&t);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"case 112: demand 1: a thousand forks", a_thousand_forks}, {0}};
    return test_main("proc/fork_load", tests, argc, argv);
}
