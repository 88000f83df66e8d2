/* SPDX-License-Identifier: MIT */
/* Stacks in memory of the caller's. */
#include "support.h"

#include <stdlib.h>
#include <string.h>

enum { SIZE = 256 * 1024 };

static int released;
static void *released_what;

static void release(void *stack) {
    released++;
    released_what = stack;
    memset(stack, 0xA5, SIZE); /* nobody may use it any more */
    free(stack);
}

static frond_spawn_options given(void) {
    released = 0;
    released_what = NULL;
    return (frond_spawn_options){.name = "given",
                                 .stack = malloc(SIZE),
                                 .stack_size = SIZE,
                                 .stack_release = release};
}

static void *sleeps_twice(void *arg) {
    volatile char own[64 * 1024];
    own[0] = own[sizeof own - 1] = 7;
    frond_sleep(1);
    frond_sleep(1);
    return own[0] == 7 && own[sizeof own - 1] == 7 ? arg : NULL;
}

static bool lies_in(const void *p, const void *memory) {
    uintptr_t at = (uintptr_t)p, from = (uintptr_t)memory;
    return at >= from && at < from + SIZE;
}

static void *where_it_is(void *memory) {
    char here = 1;
    bool elsewhere = frond_stack_used(frond_current()) == 0; /* fibers have their own */
    return elsewhere || lies_in(&here, memory) ? memory : NULL;
}

static void scheduled(void) {
    frond_spawn_options o = given();
    void *value = NULL;
    frond_greenlet *g = frond_spawn_with(&o, sleeps_twice, &o);
    CHECK(lies_in(g, o.stack));
    CHECK_TEXT(frond_name(g), "given");
    CHECK_INT(frond_get(g, &value, FROND_NEVER), 0);
    CHECK(value == &o);
    CHECK_INT(frond_sleep(1), 0);
    CHECK_INT(released, 0); /* the handle is in it */
    frond_release(g);
    CHECK_INT(released, 1);
    CHECK(released_what == o.stack);
}

static void runs_in_it(void) {
    frond_spawn_options o = given();
    void *value = NULL;
    frond_greenlet *g = frond_spawn_with(&o, where_it_is, o.stack);
    CHECK_INT(frond_get(g, &value, FROND_NEVER), 0);
    CHECK(value == o.stack || under_sanitizer()); /* whose frames may be elsewhere */
    frond_release(g);
}

/* It ends while it runs on it: the memory goes once somebody else does. */
static void nobody_holds_it(void) {
    frond_spawn_options o = given();
    frond_release(frond_spawn_with(&o, sleeps_twice, NULL));
    CHECK_INT(frond_hub_join(FROND_NEVER), 0);
    CHECK_INT(frond_sleep(1), 0);
    CHECK_INT(released, 1);
}

static void killed_before_it_ran(void) {
    frond_spawn_options o = given();
    frond_greenlet *g = frond_spawn_with(&o, sleeps_twice, NULL);
    CHECK_INT(frond_kill(g, FROND_EXIT, FROND_NEVER), 0);
    frond_release(g);
    CHECK_INT(frond_sleep(1), 0);
    CHECK_INT(released, 1);
}

static void *switches_back(void *parent) {
    void *value = NULL;
    frond_switch(parent, NULL, &value);
    return value;
}

static void raw(void) {
    frond_spawn_options o = given();
    void *value = NULL;
    frond_greenlet *g = frond_greenlet_new_with(&o, switches_back, NULL);
    CHECK_INT(frond_switch(g, frond_current(), NULL), 0);
    CHECK_INT(frond_switch(g, &o, &value), 0);
    CHECK(value == &o);
    frond_release(g);
    CHECK_INT(released, 1);
    o = given();
    frond_release(frond_greenlet_new_with(&o, switches_back, NULL)); /* never ran */
    CHECK_INT(released, 1);
}

static void at_the_hubs_end(void) {
    frond_spawn_options o = given();
    frond_greenlet *g = frond_spawn_with(&o, sleeps_twice, NULL);
    frond_yield();
    CHECK_INT(frond_hub_close(frond_in(1000)), 0);
    CHECK_INT(frond_dead(g), 1);
    CHECK_INT(released, 0);
    frond_release(g);
    CHECK_INT(released, 1);
}

static void many(void) {
    int sum = 0;
    for (int i = 0; i < 100; i++) {
        frond_spawn_options o = given();
        frond_release(frond_spawn_with(&o, sleeps_twice, NULL));
        frond_sleep((uint64_t)i % 3);
        sum += released;
        released = 0;
    }
    frond_hub_join(FROND_NEVER);
    frond_sleep(1);
    CHECK(sum + released <= 100);
    CHECK_INT(frond_hub_greenlets(), 0);
}

/* Without a function to call it is the caller's again when the greenlet is gone. */
static void kept(void) {
    static _Alignas(64) char memory[64 * 1024 + 3];
    frond_spawn_options o = {.stack = memory + 3, .stack_size = sizeof memory - 3};
    for (int i = 0; i < 3; i++) {
        frond_greenlet *g = frond_spawn_with(&o, switches_back, frond_current());
        CHECK_INT(frond_kill(g, FROND_EXIT, FROND_NEVER), 0);
        frond_release(g);
        CHECK_INT(frond_sleep(1), 0);
    }
}

static void misuse(void) {
    frond_spawn_options o = {.stack = &o, .stack_size = FROND_STACK_LEAST - 1};
    CHECK(frond_spawn_with(&o, sleeps_twice, NULL) == NULL);
    CHECK_INT(frond_error_code(), FROND_EINVAL);
    CHECK(frond_greenlet_new_with(&o, sleeps_twice, NULL) == NULL);
    CHECK_INT(frond_error_code(), FROND_EINVAL);
    o = (frond_spawn_options){.stack_release = release};
    CHECK(frond_spawn_with(&o, sleeps_twice, NULL) == NULL);
    CHECK_INT(frond_error_code(), FROND_EINVAL);
}

static void spawn_and_join(void) {
    static _Alignas(64) char memory[SIZE];
    frond_spawn_options o = {.stack = memory, .stack_size = sizeof memory};
    frond_greenlet *g = frond_spawn_with(&o, where_it_is, NULL);
    if (g)
        frond_join(g, FROND_NEVER);
    frond_release(g);
    frond_sleep(1);
}

static void without_memory(void) {
    memory_sweep(spawn_and_join);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"scheduled", scheduled},
        {"runs in it", runs_in_it},
        {"nobody holds it", nobody_holds_it},
        {"killed before it ran", killed_before_it_ran},
        {"raw", raw},
        {"at the hub's end", at_the_hubs_end},
        {"many", many},
        {"kept", kept},
        {"misuse", misuse},
        {"without memory", without_memory},
        {0},
    };
    test_clock_virtual();
    return test_main("given", tests, argc, argv);
}
