/* SPDX-License-Identifier: MIT */
/* The seeded order of ready greenlets. */
#include "support.h"

#include <stdio.h>
#include <string.h>
#include <uv.h>

enum { MANY = 12 };

static char names[MANY][12];

static void *says(void *name) {
    log_add(name);
    return NULL;
}

/* The order in which MANY greenlets run that were spawned one after the other. */
static const char *order_of_many(void) {
    log_clear();
    for (int i = 0; i < MANY; i++) {
        snprintf(names[i], sizeof names[i], "%d", i);
        CHECK_INT(frond_go(says, names[i]), 0);
    }
    frond_hub_join(FROND_NEVER);
    return log_text();
}

static void orders_of(uint64_t seed, char *first, char *second, size_t cap) {
    CHECK_INT(frond_shuffle(seed, NULL), 0);
    snprintf(first, cap, "%s", order_of_many());
    snprintf(second, cap, "%s", order_of_many());
}

static void same_seed_same_order(void) {
    char a[2][100], b[2][100], c[2][100];
    orders_of(7, a[0], a[1], sizeof a[0]);
    orders_of(7, b[0], b[1], sizeof b[0]);
    orders_of(8, c[0], c[1], sizeof c[0]);
    CHECK_TEXT(b[0], a[0]);
    CHECK_TEXT(b[1], a[1]);
    CHECK(strcmp(a[0], a[1]) != 0);
    CHECK(strcmp(a[0], c[0]) != 0);
    CHECK_INT(frond_shuffle(0, NULL), 0);
}

static void none_is_in_order(void) {
    uint64_t before = 1;
    CHECK_INT(frond_shuffle(3, NULL), 0);
    CHECK_INT(frond_shuffle(0, &before), 0);
    CHECK_INT(before, 3);
    CHECK_TEXT(order_of_many(), "0 1 2 3 4 5 6 7 8 9 10 11");
}

/* What *before gives takes up where it was. */
static void taken_up(void) {
    char whole[2][100];
    uint64_t at;
    orders_of(5, whole[0], whole[1], sizeof whole[0]);
    CHECK_INT(frond_shuffle(5, NULL), 0);
    order_of_many();
    CHECK_INT(frond_shuffle(0, &at), 0);
    order_of_many();
    CHECK_INT(frond_shuffle(at, NULL), 0);
    CHECK_TEXT(order_of_many(), whole[1]);
    frond_shuffle(0, NULL);
}

static int counted;

static void *counts(void *arg) {
    counted++;
    return arg;
}

static void yield_lets_all_run(void) {
    for (uint64_t seed = 1; seed <= 50; seed++) {
        CHECK_INT(frond_shuffle(seed, NULL), 0);
        counted = 0;
        for (int i = 0; i < 40; i++)
            CHECK_INT(frond_go(counts, NULL), 0);
        CHECK_INT(frond_yield(), 0);
        CHECK_INT(counted, 40);
    }
    frond_shuffle(0, NULL);
}

static void *yields_often(void *arg) {
    for (int i = 0; i < 20; i++) {
        CHECK_INT(frond_yield(), 0);
        counted++;
    }
    return arg;
}

static void all_who_yield_go_on(void) {
    counted = 0;
    CHECK_INT(frond_shuffle(9, NULL), 0);
    for (int i = 0; i < 100; i++)
        CHECK_INT(frond_go(yields_often, NULL), 0);
    CHECK_INT(frond_hub_join(FROND_NEVER), 0);
    CHECK_INT(counted, 2000);
    frond_shuffle(0, NULL);
}

static frond_semaphore turns = FROND_SEMAPHORE_INIT(0);

static void *takes_a_turn(void *name) {
    CHECK_INT(frond_semaphore_acquire(&turns, FROND_NEVER), 0);
    log_add(name);
    return NULL;
}

/* Who waits at an object is served in the order of arrival. */
static void waiters_keep_theirs(void) {
    char order[100] = "";
    CHECK_INT(frond_shuffle(11, NULL), 0);
    static char name[4][2] = {"a", "b", "c", "d"};
    for (int i = 0; i < 4; i++) {
        CHECK_INT(frond_go(takes_a_turn, name[i]), 0);
        frond_yield(); /* it waits */
    }
    for (int i = 0; i < 4; i++) {
        frond_semaphore_release(&turns);
        frond_yield();
    }
    snprintf(order, sizeof order, "%s", log_text());
    CHECK_TEXT(order, "a b c d");
    frond_shuffle(0, NULL);
}

static void seed_of_this_thread(void *seed) {
    if (frond_shuffle(0, seed) < 0)
        *(uint64_t *)seed = UINT64_MAX;
}

/* No thread has a hub before. */
static uint64_t seed_with(const char *value) {
    uint64_t seed = 0;
    uv_os_setenv("FROND_SHUFFLE", value);
    thread_run(seed_of_this_thread, &seed);
    return seed;
}

static void from_the_environment(void) {
    char value[64];
    size_t n = sizeof value;
    bool was = uv_os_getenv("FROND_SHUFFLE", value, &n) == 0;
    frond_hub_close(FROND_NEVER);
    CHECK_INT(seed_with("12345"), 12345);
    CHECK_INT(seed_with("0"), 0);
    CHECK_INT(seed_with(""), 0);
    capture_begin();
    CHECK_INT(seed_with("12x"), UINT64_MAX);
    CHECK_INT(seed_with("-1"), UINT64_MAX);
    const char *said = capture_end();
    CHECK_HAS(said, "frond: FROND_SHUFFLE=12x: must be a number from 0\n");
    CHECK_HAS(said, "frond: FROND_SHUFFLE=-1: must be a number from 0\n");
    if (was)
        uv_os_setenv("FROND_SHUFFLE", value);
    else
        uv_os_unsetenv("FROND_SHUFFLE");
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"same seed, same order", same_seed_same_order},
        {"none is in order", none_is_in_order},
        {"taken up", taken_up},
        {"yield lets all run", yield_lets_all_run},
        {"all who yield go on", all_who_yield_go_on},
        {"waiters keep theirs", waiters_keep_theirs},
        {"from the environment", from_the_environment},
        {0},
    };
    return test_main("shuffle", tests, argc, argv);
}
