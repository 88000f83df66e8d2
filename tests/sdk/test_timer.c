/* SPDX-License-Identifier: MIT */
/* Many timers, armed, disarmed and firing in every order. */
#include "support.h"

#include <stdlib.h>

enum { MANY = 3000 };

static uint32_t dice = 1;

static uint32_t roll(uint32_t sides) {
    dice = dice * 1664525 + 1013904223;
    return (dice >> 8) % sides;
}

typedef struct {
    frond_greenlet *greenlet;
    uint64_t ms;
    int64_t armed_ns;
    int number;
    bool killed;
} sleeper;

static sleeper sleepers[MANY];
static int woken[MANY], n_woken;

static void *sleeps(void *arg) {
    sleeper *s = arg;
    s->armed_ns = frond_now();
    int rc = frond_sleep(s->ms);
    CHECK_INT(rc, s->killed ? FROND_ECANCELED : 0);
    if (rc == 0) {
        CHECK_INT(frond_now(), s->armed_ns + (int64_t)s->ms * 1000000);
        woken[n_woken++] = s->number;
    }
    return NULL;
}

static int by_time(const void *a, const void *b) {
    const sleeper *x = &sleepers[*(const int *)a], *y = &sleepers[*(const int *)b];
    int64_t dx = x->armed_ns + (int64_t)x->ms * 1000000,
            dy = y->armed_ns + (int64_t)y->ms * 1000000;
    return dx != dy ? (dx > dy) - (dx < dy) : x->number - y->number;
}

/* They arm their timers in rounds, with time passing between; some are killed in between, too. */
static void begin_all(uint32_t longest) {
    n_woken = 0;
    for (int i = 0; i < MANY; i++) {
        sleepers[i] = (sleeper){.ms = 1 + roll(longest), .number = i};
        sleepers[i].greenlet = frond_spawn(sleeps, &sleepers[i]);
        if (roll(20) == 0)
            frond_sleep(roll(3));
        sleeper *victim = &sleepers[roll((uint32_t)i + 1)];
        if (roll(3) == 0 && !frond_dead(victim->greenlet) && victim->armed_ns) {
            victim->killed = true;
            frond_kill(victim->greenlet, FROND_EXIT, FROND_NOW);
        }
    }
}

static void in_the_order_of_time(uint32_t longest) {
    static int expected[MANY];
    begin_all(longest);
    CHECK_INT(frond_hub_join(FROND_NEVER), 0);
    int n = 0;
    for (int i = 0; i < MANY; i++) {
        if (!sleepers[i].killed)
            expected[n++] = i;
        frond_release(sleepers[i].greenlet);
    }
    qsort(expected, (size_t)n, sizeof expected[0], by_time);
    CHECK_INT(n_woken, n);
    int wrong = 0;
    for (int i = 0; i < n && i < n_woken; i++)
        wrong += woken[i] != expected[i];
    CHECK_INT(wrong, 0);
}

static void many(void) {
    in_order();
    in_the_order_of_time(2000);
}

/* Most are due at the time of others. */
static void at_the_same_times(void) {
    in_order();
    in_the_order_of_time(5);
}

static void ever_later(void) {
    in_order();
    for (int i = 0; i < MANY; i++) {
        sleepers[i] = (sleeper){.ms = (uint64_t)i + 1, .number = i};
        frond_go(sleeps, &sleepers[i]);
    }
    n_woken = 0;
    CHECK_INT(frond_hub_join(FROND_NEVER), 0);
    CHECK_INT(n_woken, MANY);
    for (int i = 0; i < MANY; i++)
        CHECK_INT(woken[i], i);
}

static void ever_sooner(void) {
    in_order();
    for (int i = 0; i < MANY; i++) {
        sleepers[i] = (sleeper){.ms = (uint64_t)(MANY - i), .number = i};
        frond_go(sleeps, &sleepers[i]);
    }
    n_woken = 0;
    CHECK_INT(frond_hub_join(FROND_NEVER), 0);
    CHECK_INT(n_woken, MANY);
    for (int i = 0; i < MANY; i++)
        CHECK_INT(woken[i], MANY - 1 - i);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"many", many},
        {"at the same times", at_the_same_times},
        {"ever later", ever_later},
        {"ever sooner", ever_sooner},
        {0},
    };
    test_clock_virtual();
    return test_main("timer", tests, argc, argv);
}
