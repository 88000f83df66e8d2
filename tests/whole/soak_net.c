/* SPDX-License-Identifier: MIT */
/* soak_net [SECONDS [SEED]]: servers and clients of every kind, drawn from the seed, for so long (5).  After the
 * first tenth, and again at the end, all clients are let finish: there must be as many greenlets, descriptors and
 * blocks of frond's then as the first time, and as much memory, about.  The seed is printed, and says what each
 * client does; when it does so, the machine has a say in. */
#include "whole/soak.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <uv.h>

enum {
    SLOTS = 48,
    SLABS =
        8, /* of stacks: each has a block, and is kept or given back as the hub sees fit */
    LONG = 30, /* seconds; before, an emulator or an allocator may still be warming up */
    FRAGMENTS = 6 * 1024 * 1024, /* what leaks adds up to more in a long run */
    FRAGMENTS_SHORT = 32 * 1024 * 1024
};

typedef struct {
    size_t greenlets, resident;
    long blocks;
    int descriptors;
} level;

static uint64_t seconds = 5, seed;
static int64_t until;
static level warm;
static size_t resting; /* greenlets of the servers, with no client */

static level level_now(void) {
    level l = {.greenlets = frond_hub_greenlets(),
               .blocks = memory_live(),
               .descriptors = descriptors_open()};
    uv_resident_set_memory(&l.resident);
    return l;
}

static void *run_slot(void *arg) {
    soak_dice *d = arg;
    while (frond_now() < until) {
        soak_client(d);
        frond_sleep(soak_draw(d, 10));
    }
    return NULL;
}

static void mix(uint64_t ms, uint64_t part) {
    soak_dice dice[SLOTS];
    frond_greenlet *slots[SLOTS];
    until = frond_now() + (int64_t)ms * 1000000;
    for (uint64_t i = 0; i < SLOTS; i++) {
        dice[i].state = seed * 1000003 + part * SLOTS + i;
        slots[i] = frond_spawn(run_slot, &dice[i]);
    }
    CHECK_INT(frond_joinall(slots, SLOTS, SLOTS, 0, FROND_NEVER), 0);
    for (int i = 0; i < SLOTS; i++)
        frond_release(slots[i]);
}

static bool is_quiet(void *arg) {
    (void)arg;
    return soak_connections() == 0 && soak.dns.late == 0 &&
           frond_hub_greenlets() == resting;
}

/* Nothing is being answered, and no query waits for its time to be over, any more. */
static void settle(void) {
    CHECK(eventually(is_quiet, NULL));
    frond_resolver_flush(soak.resolver);
    frond_sleep(300);
}

static bool is_level(void *arg) {
    level now = level_now();
    (void)arg;
    return now.greenlets == warm.greenlets && now.blocks <= warm.blocks + SLABS &&
           now.descriptors <= warm.descriptors;
}

static void say_level(const char *when, level l) {
    printf("%s: %zu greenlets, %ld blocks, %d descriptors, %zu KiB resident\n", when,
           l.greenlets, l.blocks, l.descriptors, l.resident / 1024);
}

static void compare(void) {
    eventually(is_level, NULL);
    level now = level_now();
    say_level("at the end", now);
    CHECK_INT(now.greenlets, warm.greenlets);
    CHECK(now.blocks <= warm.blocks + SLABS);
    CHECK(now.descriptors <= warm.descriptors);
    if (!under_sanitizer() && !under_valgrind()) /* they keep what was freed */
        CHECK(now.resident <=
              warm.resident + (seconds < LONG ? FRAGMENTS_SHORT : FRAGMENTS));
}

static void soak_it(void) {
    soak_world_start();
    CHECK_INT(frond_idle(), 0);
    resting = frond_hub_greenlets();
    mix(seconds * 100, 0);
    settle();
    warm = level_now();
    say_level("\nwarm", warm);
    mix(seconds * 900, 1);
    settle();
    compare();
    soak_world_stop();
    printf("%llu clients, %llu undisturbed and whole, %llu disturbed, %llu failed, %llu "
           "datagrams, %llu KiB\n",
           (unsigned long long)soak_count.clients, (unsigned long long)soak_count.whole,
           (unsigned long long)soak_count.disturbed,
           (unsigned long long)soak_count.failed,
           (unsigned long long)soak_count.datagrams,
           (unsigned long long)soak_count.bytes / 1024);
    if (soak.out_of_ports)
        printf("there was no port %u times: not all was checked\n", soak.out_of_ports);
    CHECK(soak_count.whole > 0);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {{"everything at once", soak_it}, {0}};
    if (argc > 1)
        seconds = strtoull(argv[1], NULL, 10);
    seed = argc > 2 ? strtoull(argv[2], NULL, 10) : (uint64_t)time(NULL);
    if (!seconds) {
        fprintf(stderr, "usage: soak_net [SECONDS [SEED]]\n");
        return 2;
    }
    printf("seed %llu\n", (unsigned long long)seed);
    int status = test_main("soak", tests, 1, argv);
    if (status)
        printf("failed: again by %s %llu %llu\n", argv[0], (unsigned long long)seconds,
               (unsigned long long)seed);
    return status;
}
