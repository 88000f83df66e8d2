/* SPDX-License-Identifier: MIT */
/* The system's clock is set, as far as frond can tell: what it asks the system for the time, and what tells it of a
 * change, are ours here (the program is linked with --wrap).  The machine's own clock is nobody's to set, and time
 * namespaces have none of their own; test_wall_set_linux.c sets that of an emulated machine. */
#include "support.h"

#include <errno.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>
#include <uv.h>

#define HOUR INT64_C(3600000000000)

int __real_uv_gettimeofday(uv_timeval64_t *tv);
int __wrap_uv_gettimeofday(uv_timeval64_t *tv);
int __wrap_timerfd_create(int clock, int flags);
int __wrap_timerfd_settime(int fd, int flags, const struct itimerspec *value,
                           struct itimerspec *old);

static int64_t set_by;      /* seconds */
static int told = -1;       /* what stands for the timerfd */
static int made, set_again; /* how often */
static bool none_left;

int __wrap_uv_gettimeofday(uv_timeval64_t *tv) {
    int rc = __real_uv_gettimeofday(tv);
    tv->tv_sec += set_by;
    return rc;
}

int __wrap_timerfd_create(int clock, int flags) {
    (void)flags;
    CHECK_INT(clock, CLOCK_REALTIME);
    if (none_left) {
        errno = EMFILE;
        return -1;
    }
    made++;
    return told = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
}

int __wrap_timerfd_settime(int fd, int flags, const struct itimerspec *value,
                           struct itimerspec *old) {
    CHECK_INT(fd, told);
    CHECK_INT(flags, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET);
    CHECK(value->it_value.tv_sec >= INT32_MAX);
    CHECK(old == NULL);
    set_again++;
    return 0;
}

static void set_clock(int64_t seconds) {
    const uint64_t one = 1;
    set_by += seconds;
    CHECK_INT(write(told, &one, sizeof one), (int)sizeof one);
}

static void *sets(void *seconds) {
    frond_sleep(5);
    set_clock((intptr_t)seconds);
    return NULL;
}

static void set_forwards(void) {
    int64_t start = frond_now(), at = frond_wall_now() + 10 * HOUR;
    frond_go(sets, (void *)(intptr_t)36000);
    CHECK_INT(frond_at(at, frond_in(20000)), 0);
    CHECK(frond_now() - start < HOUR / 4);
    CHECK(frond_wall_now() >= at);
}

static void set_back(void) {
    int64_t at = frond_wall_now() + 2000000000;
    frond_go(sets, (void *)(intptr_t)-3600);
    CHECK_INT(frond_at(at, frond_in(2200)), FROND_ETIMEDOUT); /* it is not that late */
    CHECK(frond_wall_now() < at);
}

/* Once for each time that the clock is set, and while somebody waits for it.  It begins half past an hour, as far
 * from all ticks as can be. */
static void set_often(void) {
    frond_watcher *w;
    frond_news news;
    set_by += (HOUR / 2 - frond_wall_now() % HOUR) / 1000000000;
    CHECK_INT(frond_cron_open(3600000, 0, &w), 0);
    int before = made;
    for (int i = 0; i < 3; i++) {
        frond_go(sets, (void *)(intptr_t)3600);
        CHECK_INT(frond_watcher_wait(w, &news, frond_in(20000)), 0);
        CHECK_INT(news.count, 1);
    }
    CHECK_INT(made - before, 3);
    frond_watcher_free(w);
    frond_at_open(frond_wall_now() + 3 * HOUR, &w);
    frond_go(sets, (void *)(intptr_t)3600);
    CHECK_INT(frond_watcher_wait(w, NULL, frond_in(20)), FROND_ETIMEDOUT);
    before = set_again;
    frond_go(sets, (void *)(intptr_t)3600);
    frond_go(sets, (void *)(intptr_t)3600);
    CHECK_INT(frond_watcher_wait(w, NULL, frond_in(20000)), 0);
    CHECK(set_again - before >= 2);
    frond_watcher_free(w);
}

/* Nothing tells then, and times come all the same. */
static void no_descriptor_left(void) {
    none_left = true;
    CHECK_INT(frond_at(frond_wall_now() + 5000000, FROND_NEVER), 0);
    none_left = false;
}

/* It was set on without a word: what is too early is armed for the rest, and is not told. */
static void set_without_a_word(void) {
    frond_watcher *w;
    int64_t at = frond_wall_now() + 1000000000;
    CHECK_INT(frond_at_open(at, &w), 0);
    CHECK_INT(frond_watcher_wait(w, NULL, frond_in(1)), FROND_ETIMEDOUT);
    set_by -= 3600;
    CHECK_INT(frond_watcher_wait(w, NULL, frond_in(1)), FROND_ETIMEDOUT);
    set_by += 3601;
    CHECK_INT(frond_watcher_wait(w, NULL, frond_in(1)), 0);
    CHECK(frond_wall_now() >= at);
    frond_watcher_free(w);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {{"set forwards", set_forwards},
                                      {"set back", set_back},
                                      {"set often", set_often},
                                      {"no descriptor left", no_descriptor_left},
                                      {"set without a word", set_without_a_word},
                                      {0}};
    return test_main("wall clock on Linux", tests, argc, argv);
}
