/* SPDX-License-Identifier: MIT */
/* Timers and wall clocks that greenlets wait for. */
#include "support.h"

#include <stdio.h>
#include <string.h>

#define MS INT64_C(1000000)
#define HOUR (3600000 * MS)
#define HOUR_MS UINT64_C(3600000)

static frond_news news;

static int64_t ms_since(int64_t start) {
    return (frond_now() - start) / MS;
}

/* ---- timers ---- */

static void ticks_in_rhythm(void) {
    frond_watcher *t;
    int64_t start = frond_now();
    CHECK_INT(frond_timer_open(10, 30, &t), 0);
    for (int i = 0; i < 4; i++) {
        CHECK_INT(frond_watcher_wait(t, &news, FROND_NEVER), 0);
        CHECK_INT(news.count, 1);
        CHECK_INT(ms_since(start), 10 + 30 * i);
    }
    frond_watcher_free(t);
}

static void ticks_do_not_pile_up(void) {
    frond_watcher *t;
    int64_t start = frond_now();
    CHECK_INT(frond_timer_open(10, 10, &t), 0);
    frond_sleep(55);
    CHECK_INT(frond_watcher_wait(t, &news, FROND_NOW), 0);
    CHECK_INT(news.count, 5); /* four were missed */
    CHECK_INT(frond_watcher_wait(t, &news, FROND_NOW), FROND_ETIMEDOUT);
    CHECK_INT(frond_watcher_wait(t, &news, FROND_NEVER), 0);
    CHECK_INT(news.count, 1);
    CHECK_INT(ms_since(start), 60); /* the rhythm is kept */
    frond_sleep(1000 * HOUR_MS);
    CHECK_INT(frond_watcher_wait(t, &news, FROND_NOW), 0);
    CHECK_INT(news.count, 1000 * HOUR_MS / 10);
    frond_watcher_free(t);
}

static void *stops_later(void *t) {
    frond_sleep(5);
    CHECK_INT(frond_timer_stop(t), 0);
    frond_sleep(100);
    CHECK_INT(frond_timer_set(t, 1, 0), 0);
    return NULL;
}

static void set_again_and_stopped(void) {
    frond_watcher *t;
    int64_t start = frond_now();
    CHECK_INT(frond_timer_open(FROND_FOREVER, 20, &t), 0);
    CHECK_INT(frond_watcher_wait(t, NULL, frond_in(100)), FROND_ETIMEDOUT);
    for (int i = 0; i < 5; i++) { /* something happens in time */
        CHECK_INT(frond_timer_again(t), 0);
        frond_sleep(15);
        CHECK_INT(frond_watcher_wait(t, NULL, FROND_NOW), FROND_ETIMEDOUT);
    }
    CHECK_INT(frond_watcher_wait(t, &news, FROND_NEVER), 0); /* and not any more */
    CHECK_INT(ms_since(start), 100 + 5 * 15 + 5);
    CHECK_INT(frond_timer_set(t, 50, 0), 0);
    frond_go(stops_later, t);
    start = frond_now();
    CHECK_INT(frond_watcher_wait(t, NULL, FROND_NEVER), 0);
    CHECK_INT(ms_since(start), 106);
    CHECK_INT(frond_timer_again(t), 0); /* it has no repeat: stopped */
    CHECK_INT(frond_watcher_wait(t, NULL, frond_in(HOUR_MS)), FROND_ETIMEDOUT);
    capture_begin();
    CHECK_INT(frond_watcher_wait(t, NULL, FROND_NEVER), FROND_EDEADLK);
    CHECK_HAS(capture_end(), "timer");
    frond_watcher_free(t);
}

static void *takes(void *arg) {
    frond_watcher *t = ((void **)arg)[0];
    while (frond_watcher_wait(t, NULL, FROND_NEVER) == 0)
        log_add(((void **)arg)[1]);
    return NULL;
}

static void one_tick_one_greenlet(void) {
    frond_watcher *t;
    in_order();
    CHECK_INT(frond_timer_open(10, 10, &t), 0);
    void *a[] = {t, "a"}, *b[] = {t, "b"};
    frond_go(takes, a);
    frond_go(takes, b);
    frond_sleep(45);
    CHECK_TEXT(log_text(), "a b a b");
    frond_watcher_free(t);
    CHECK_INT(frond_hub_join(FROND_NEVER), 0);
}

static void beside_others(void) {
    frond_watcher *t, *late;
    size_t which = 9;
    CHECK_INT(frond_timer_open(10, 10, &t), 0);
    CHECK_INT(frond_timer_open(25, 0, &late), 0);
    frond_waitable w[] = {frond_watcher_waitable(late), frond_watcher_waitable(t)};
    int64_t start = frond_now();
    CHECK_INT(frond_wait_any(w, 2, &which, FROND_NEVER), 0);
    CHECK_INT(which, 1);
    CHECK_INT(ms_since(start), 10);
    CHECK_INT(frond_watcher_wait(t, NULL, FROND_NOW), 0);
    CHECK_INT(frond_watcher_wait(t, NULL, FROND_NEVER), 0);
    CHECK_INT(frond_wait_any(w, 2, &which, FROND_NEVER), 0);
    CHECK_INT(which, 0);
    CHECK_INT(ms_since(start), 25);
    CHECK_INT(frond_wait_all(w, 2, NULL, FROND_NEVER), 0);
    CHECK_INT(ms_since(start), 30);
    frond_watcher_free(t);
    frond_watcher_free(late);
}

static void beats(frond_watcher *w, const frond_news *n, void *arg) {
    char text[32];
    snprintf(text, sizeof text, "%llu", (unsigned long long)n->count);
    log_add(text);
    if (*(int *)arg)
        frond_sleep(25);
    CHECK(w != NULL);
}

static void handled(void) {
    frond_watcher *t;
    int slow = 0;
    CHECK_INT(frond_timer_open(10, 10, &t), 0);
    CHECK_INT(frond_watcher_handle(t, beats, &slow), 0);
    frond_sleep(35);
    CHECK_TEXT(log_text(), "1 1 1");
    slow = 1;
    frond_sleep(60);
    CHECK_TEXT(log_text(), "1 1 1 1 2 3"); /* 40, 65 (50 60), 90 (70 80 90) */
    CHECK_INT(frond_watcher_ref(t, 1), 0);
    frond_watcher_free(t);
    CHECK_INT(frond_hub_join(FROND_NEVER), 0);
}

/* A timer that is late keeps its rhythm in real time too, and never ticks early. */
static void in_real_time(void) {
    test_clock_real();
    frond_watcher *t;
    int64_t start = frond_now();
    uint64_t n = 0;
    CHECK_INT(frond_timer_open(2, 2, &t), 0);
    for (int i = 0; i < 5; i++) {
        CHECK_INT(frond_watcher_wait(t, &news, FROND_NEVER), 0);
        n += news.count;
        CHECK(frond_now() - start >= (int64_t)n * 2 * MS);
        if (i == 2)
            block_ms(7);
    }
    CHECK(n >= 7);
    frond_watcher_free(t);
}

/* ---- the wall clock ---- */

static void wall_goes_with_the_clock(void) {
    int64_t wall = frond_wall_now(), start = frond_now();
    CHECK(wall > INT64_C(1600000000000000000));
    frond_sleep(HOUR_MS);
    int64_t went = frond_wall_now() - wall, slept = frond_now() - start;
    CHECK_INT(went, slept);
}

static void at_a_time(void) {
    int64_t at = frond_wall_now() + 3 * HOUR;
    CHECK_INT(frond_at(at, frond_in(HOUR_MS)), FROND_ETIMEDOUT);
    CHECK_INT(frond_at(at, FROND_NEVER), 0);
    CHECK_INT(frond_wall_now(), at);
    CHECK_INT(frond_at(at, FROND_NEVER), 0); /* it is past */
    CHECK_INT(frond_at(0, FROND_NOW), 0);
    CHECK_INT(frond_at(INT64_MIN, FROND_NOW), 0);
    CHECK_INT(frond_at(at + HOUR, FROND_NOW), FROND_ETIMEDOUT);
    frond_watcher *w;
    CHECK_INT(frond_at_open(at + HOUR, &w), 0);
    CHECK_INT(frond_watcher_wait(w, &news, FROND_NEVER), 0);
    CHECK_INT(news.count, 1);
    CHECK_INT(frond_wall_now(), at + HOUR);
    CHECK_INT(frond_watcher_wait(w, NULL, frond_in(HOUR_MS)), FROND_ETIMEDOUT); /* once */
    frond_watcher_free(w);
}

typedef struct {
    int64_t by;
    uint64_t after_ms;
} jump;

static void *jumps(void *arg) {
    const jump *j = arg;
    frond_sleep(j->after_ms);
    CHECK_INT(frond_wall_jump(j->by), 0);
    return NULL;
}

static void set_forwards(void) {
    int64_t start = frond_now(), at = frond_wall_now() + 10 * HOUR;
    jump j = {10 * HOUR, 60000};
    frond_go(jumps, &j);
    CHECK_INT(frond_at(at, FROND_NEVER), 0);
    CHECK_INT(ms_since(start), 60000); /* as soon as it was set */
    CHECK_INT(frond_wall_jump(-10 * HOUR), 0);
}

static void set_back(void) {
    int64_t start = frond_now(), at = frond_wall_now() + HOUR;
    jump j = {-5 * HOUR, 60000};
    frond_go(jumps, &j);
    CHECK_INT(frond_at(at, FROND_NEVER), 0);
    CHECK_INT(frond_wall_now(), at);
    CHECK_INT((frond_now() - start) / HOUR, 6);
    CHECK_INT(frond_wall_jump(5 * HOUR), 0);
}

static void cron(void) {
    frond_watcher *w;
    CHECK_INT(frond_cron_open(HOUR_MS, 300000, &w), 0);
    for (int i = 0; i < 5; i++) {
        CHECK_INT(frond_watcher_wait(w, &news, FROND_NEVER), 0);
        CHECK_INT(news.count, 1);
        CHECK_INT(frond_wall_now() % HOUR, 300000 * MS);
    }
    frond_sleep(3 * HOUR_MS + 1000);
    CHECK_INT(frond_watcher_wait(w, &news, FROND_NOW), 0);
    CHECK_INT(news.count, 3);
    CHECK_INT(frond_watcher_wait(w, NULL, FROND_NOW), FROND_ETIMEDOUT);
    frond_watcher_free(w);
}

/* One tick for those that were jumped over, and the next at its time. */
static void cron_jumps_forwards(void) {
    frond_watcher *w;
    CHECK_INT(frond_cron_open(HOUR_MS, 0, &w), 0);
    CHECK_INT(frond_watcher_wait(w, NULL, FROND_NEVER), 0);
    int64_t start = frond_now();
    jump j = {5 * HOUR, 600000};
    frond_go(jumps, &j);
    CHECK_INT(frond_watcher_wait(w, &news, FROND_NEVER), 0);
    CHECK_INT(news.count, 5);
    CHECK_INT(ms_since(start) / 1000, 600);
    CHECK_INT(frond_watcher_wait(w, &news, FROND_NEVER), 0);
    CHECK_INT(news.count, 1);
    CHECK_INT(frond_wall_now() % HOUR, 0);
    CHECK_INT(frond_wall_jump(-5 * HOUR), 0);
    frond_watcher_free(w);
}

/* Times that come again are told again, while somebody waits and while nobody does. */
static void cron_jumps_back(void) {
    frond_watcher *w;
    CHECK_INT(frond_cron_open(HOUR_MS, 0, &w), 0);
    CHECK_INT(frond_watcher_wait(w, NULL, FROND_NEVER), 0);
    for (int waiting = 0; waiting < 2; waiting++) {
        int64_t wall = frond_wall_now();
        jump j = {-5 * HOUR, 600000};
        if (waiting)
            frond_go(jumps, &j);
        else
            CHECK_INT(frond_wall_jump(j.by), 0);
        CHECK_INT(frond_watcher_wait(w, &news, FROND_NEVER), 0);
        CHECK_INT(news.count, 1);
        CHECK_INT(frond_wall_now() % HOUR, 0);
        CHECK_INT((wall - frond_wall_now()) / HOUR, 4);
        CHECK_INT(frond_wall_jump(5 * HOUR), 0);
        CHECK_INT(frond_watcher_wait(w, &news, FROND_NOW), 0);
        CHECK_INT(news.count, 5);
    }
    frond_watcher_free(w);
}

static void *ticks(void *w) {
    while (frond_watcher_wait(w, NULL, FROND_NEVER) == 0)
        log_add("t");
    return NULL;
}

static void many_at_once(void) {
    frond_watcher *w[5];
    for (size_t i = 0; i < 5; i++) {
        CHECK_INT(frond_cron_open(HOUR_MS, i * 60000, &w[i]), 0);
        frond_go(ticks, w[i]);
    }
    frond_sleep(HOUR_MS + 1);
    CHECK_TEXT(log_text(), "t t t t t");
    CHECK_INT(frond_wall_jump(2 * HOUR), 0);
    frond_sleep(1000);
    CHECK_TEXT(log_text(), "t t t t t t t t t t");
    for (size_t i = 0; i < 5; i++)
        frond_watcher_free(w[i]);
    CHECK_INT(frond_hub_join(FROND_NEVER), 0);
    CHECK_INT(frond_wall_jump(-2 * HOUR), 0);
}

/* What 63 bits cannot tell never comes. */
static void ends_of_time(void) {
    uint64_t longest = (uint64_t)250 * 365 * 24 * HOUR_MS;
    uint64_t offsets[] = {0, (uint64_t)(frond_wall_now() / MS) - 5000, longest - 1};
    frond_watcher *w;
    for (size_t i = 0; i < 3; i++) {
        CHECK_INT(frond_cron_open(longest, offsets[i], &w), 0);
        CHECK_INT(frond_watcher_wait(w, &news, frond_in(1000)), FROND_ETIMEDOUT);
        frond_watcher_free(w);
    }
    CHECK_INT(frond_cron_open(HOUR_MS, 0, &w), 0);
    CHECK_INT(frond_wall_jump(INT64_MAX), 0);
    CHECK_INT(frond_wall_jump(1), FROND_EINVAL);
    CHECK_INT(frond_wall_now(), INT64_MAX);
    CHECK_INT(frond_at(INT64_MAX - 1, FROND_NOW), 0);
    CHECK_INT(frond_watcher_wait(w, &news, FROND_NOW), 0);
    CHECK_INT(frond_wall_jump(-INT64_MAX), 0);
    CHECK_INT(frond_wall_jump(INT64_MIN), 0);
    CHECK_INT(frond_wall_jump(-1), FROND_EINVAL);
    CHECK_INT(frond_at(INT64_MAX - 1, frond_in(1000)), FROND_ETIMEDOUT);
    CHECK_INT(frond_watcher_wait(w, &news, FROND_NEVER), 0);
    CHECK_INT(news.count, 1);
    CHECK_INT(frond_wall_now() % HOUR, 0);
    CHECK_INT(frond_wall_jump(INT64_MAX), 0);
    CHECK_INT(frond_wall_jump(1), 0);
    frond_watcher_free(w);
}

static void *waits_at(void *at) {
    CHECK_INT(frond_at(*(int64_t *)at, FROND_NEVER), FROND_ECANCELED);
    return NULL;
}

static void killed(void) {
    int64_t at = frond_wall_now() + HOUR;
    frond_greenlet *g = frond_spawn(waits_at, &at);
    frond_sleep(1);
    CHECK_INT(frond_kill(g, FROND_EXIT, FROND_NEVER), 0);
    frond_release(g);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"ticks in rhythm", ticks_in_rhythm},
        {"ticks do not pile up", ticks_do_not_pile_up},
        {"set, again, stopped", set_again_and_stopped},
        {"one tick, one greenlet", one_tick_one_greenlet},
        {"beside others", beside_others},
        {"handled", handled},
        {"in real time", in_real_time},
        {"the wall clock goes with the clock", wall_goes_with_the_clock},
        {"at a time", at_a_time},
        {"set forwards", set_forwards},
        {"set back", set_back},
        {"cron", cron},
        {"cron: set forwards", cron_jumps_forwards},
        {"cron: set back", cron_jumps_back},
        {"many at once", many_at_once},
        {"the ends of time", ends_of_time},
        {"killed", killed},
        {0}};
    test_clock_virtual();
    return test_main("ticks", tests, argc, argv);
}
