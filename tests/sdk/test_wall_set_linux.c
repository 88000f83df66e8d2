/* SPDX-License-Identifier: MIT */
/* The system's clock is set, really: in the emulated machine of ci/cross/machine.sh, whose clock is nobody else's, and
 * which says so (FROND_TEST_OWN_CLOCK).  Elsewhere no clock is touched. */
#include "support.h"

#include <stdlib.h>
#include <time.h>

#define SECOND INT64_C(1000000000)
#define HOUR (3600 * SECOND)

enum { HOUR_MS = 3600000 };

static frond_news news;

static void set_clock(int64_t by) {
    struct timespec now;
    CHECK_INT(clock_gettime(CLOCK_REALTIME, &now), 0);
    int64_t to = now.tv_sec * SECOND + now.tv_nsec + by;
    now.tv_sec = (time_t)(to / SECOND);
    now.tv_nsec = (long)(to % SECOND);
    CHECK_INT(clock_settime(CLOCK_REALTIME, &now), 0);
}

static void *sets(void *by) {
    frond_sleep(20);
    set_clock(*(int64_t *)by);
    return NULL;
}

static void set_soon(int64_t by) {
    static int64_t last;
    last = by;
    CHECK_INT(frond_go(sets, &last), 0);
}

/* Long before its time by any other clock. */
static void forwards_over_a_time(void) {
    int64_t start = frond_now(), at = frond_wall_now() + 10 * HOUR;
    set_soon(11 * HOUR);
    CHECK_INT(frond_at(at, frond_in(60000)), 0);
    CHECK(frond_now() - start < 60 * SECOND);
    CHECK(frond_wall_now() >= at);
    set_clock(-11 * HOUR);
}

static void back_before_a_time(void) {
    int64_t at = frond_wall_now() + SECOND;
    set_soon(-HOUR);
    CHECK_INT(frond_at(at, frond_in(2000)), FROND_ETIMEDOUT);
    CHECK(frond_wall_now() < at);
    set_soon(HOUR);
    CHECK_INT(frond_at(at, frond_in(60000)), 0);
    CHECK(frond_wall_now() >= at);
}

/* Half past an hour, as far from all ticks as can be. */
static void to_half_past(void) {
    set_clock(HOUR / 2 - frond_wall_now() % HOUR);
}

static void forwards_over_ticks(void) {
    frond_watcher *w;
    to_half_past();
    CHECK_INT(frond_cron_open(HOUR_MS, 0, &w), 0);
    for (uint64_t hours = 1; hours < 4; hours++) {
        set_soon((int64_t)hours * HOUR);
        CHECK_INT(frond_watcher_wait(w, &news, frond_in(60000)), 0);
        CHECK_INT(news.count, hours);
        CHECK_INT(frond_watcher_wait(w, &news, frond_in(100)), FROND_ETIMEDOUT);
    }
    frond_watcher_free(w);
}

/* Times that come again are told again, at their time. */
static void back_before_ticks(void) {
    frond_watcher *w;
    to_half_past();
    CHECK_INT(frond_cron_open(HOUR_MS, 0, &w), 0);
    set_soon(HOUR);
    CHECK_INT(frond_watcher_wait(w, &news, frond_in(60000)), 0);
    for (int i = 0; i < 2; i++) {
        set_soon(-HOUR / 2 - 2 * SECOND); /* a little before it */
        CHECK_INT(frond_watcher_wait(w, &news, frond_in(60000)), 0);
        CHECK_INT(news.count, 1);
        CHECK(frond_wall_now() % HOUR < HOUR / 4);
        to_half_past();
    }
    frond_watcher_free(w);
}

static void counts(frond_watcher *w, const frond_news *n, void *sum) {
    (void)w;
    *(uint64_t *)sum += n->count;
}

/* Handlers that wait alone are told, too, all of them. */
static void several_at_once(void) {
    enum { N = 5 };
    frond_watcher *w[N];
    uint64_t told[N] = {0};
    to_half_past();
    for (uint64_t i = 0; i < N; i++) {
        CHECK_INT(frond_cron_open(HOUR_MS, i * 60000, &w[i]), 0);
        CHECK_INT(frond_watcher_handle(w[i], counts, &told[i]), 0);
    }
    frond_sleep(20);
    for (uint64_t times = 1; times < 4; times++) {
        set_clock(HOUR);
        frond_sleep(2000);
        for (int i = 0; i < N; i++)
            CHECK_INT(told[i], times);
    }
    for (int i = 0; i < N; i++)
        frond_watcher_free(w[i]);
    CHECK_INT(frond_hub_join(FROND_NEVER), 0);
}

static void timers_do_not_care(void) {
    int64_t start = frond_now();
    set_soon(5 * HOUR);
    CHECK_INT(frond_sleep(500), 0);
    CHECK(frond_now() - start >= SECOND / 2);
    set_soon(-5 * HOUR);
    CHECK_INT(frond_sleep(500), 0);
    CHECK(frond_now() - start < 60 * SECOND);
}

int main(int argc, char **argv) {
    if (!getenv("FROND_TEST_OWN_CLOCK"))
        test_skip("the clock is not this test's to set");
    static const test_case tests[] = {{"forwards over a time", forwards_over_a_time},
                                      {"back before a time", back_before_a_time},
                                      {"forwards over ticks", forwards_over_ticks},
                                      {"back before ticks", back_before_ticks},
                                      {"several at once", several_at_once},
                                      {"timers do not care", timers_do_not_care},
                                      {0}};
    return test_main("wall clock, set", tests, argc, argv);
}
