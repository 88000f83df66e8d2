/* SPDX-License-Identifier: MIT */
/* Stacks: how many, how large, how deep they were used, and what happens when there are no more. */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static frond_event gate;

static void *parks(void *arg) {
    return frond_event_wait(&gate, FROND_NEVER) == 0 ? arg : NULL;
}

static void a_hundred_thousand_parked(void) {
    size_t n = under_sanitizer() || under_valgrind() ? 2000
               : sizeof(void *) < 8                  ? 5000 /* the address space ends */
                                                     : 100000;
    frond_event_clear(&gate);
    size_t spawned = 0;
    for (size_t i = 0; i < n; i++)
        spawned += frond_go(parks, NULL) == 0;
    if (spawned < n) { /* guards by mprotect, and the kernel's limit on mappings */
        CHECK_HAS(frond_error_text(), "mappings");
        CHECK(spawned > 10000);
    }
    frond_yield();
    CHECK_INT(frond_hub_greenlets(), spawned);
    frond_event_set(&gate);
    CHECK_INT(frond_hub_join(FROND_NEVER), 0);
    CHECK_INT(frond_hub_greenlets(), 0);
}

static volatile uintptr_t deepest; /* the frames must be there, each of them */

static int use(size_t bytes) {
    volatile char block[1024];
    block[0] = (char)bytes;
    deepest = (uintptr_t)block;
    return bytes > sizeof block ? use(bytes - sizeof block) + block[0] : 1;
}

static void *uses(void *bytes) {
    volatile int sum = use((size_t)(uintptr_t)bytes);
    (void)sum;
    size_t used = frond_stack_used(frond_current());
    if (used) {
        CHECK(used >= (size_t)(uintptr_t)bytes);
        CHECK(used <= 2 * (size_t)(uintptr_t)bytes + 65536);
    }
    return bytes;
}

static void run_with(size_t stack, size_t bytes) {
    frond_spawn_options o = {.stack_size = stack};
    frond_greenlet *g = frond_spawn_with(&o, uses, (void *)(uintptr_t)bytes);
    CHECK(g != NULL);
    CHECK_INT(frond_join(g, FROND_NEVER), 0);
    frond_release(g);
}

static void high_water(void) {
    size_t factor = under_sanitizer() ? 4 : 1; /* frames are larger */
    run_with(0, 20000 / factor);
    run_with(0, FROND_STACK_SIZE / 2 / factor);
    CHECK_INT(frond_stack_used(frond_current()), 0);
    CHECK_INT(frond_stack_used(NULL), 0);
}

static void sizes(void) {
    static const size_t stacks[] = {1, 40000, 65536, 1 << 20, 16 << 20, 64 << 20};
    for (size_t i = 0; i < sizeof stacks / sizeof stacks[0]; i++)
        run_with(stacks[i],
                 stacks[i] < 65536 ? 2000 : stacks[i] / (under_sanitizer() ? 8 : 2));
}

static void *address_of_a_local(void *arg) {
    volatile char local = 0;
    *(uintptr_t *)arg = (uintptr_t)&local;
    return NULL;
}

static void used_again(void) {
    uintptr_t first = 0, again = 1;
    frond_greenlet *g = frond_spawn(address_of_a_local, &first);
    frond_join(g, FROND_NEVER);
    frond_release(g);
    g = frond_spawn(address_of_a_local, &again);
    frond_join(g, FROND_NEVER);
    frond_release(g);
    if (!under_sanitizer()) /* there locals may be elsewhere */
        CHECK(first == again);
}

/* Memory of stacks that were free for a while has gone back to the system meanwhile. */
static void used_after_idling(void) {
    size_t n = under_sanitizer() || under_valgrind() ? 50 : 500;
    for (int i = 0; i < 3; i++) {
        frond_event_clear(&gate);
        for (size_t k = 0; k < n; k++)
            CHECK_INT(frond_go(parks, NULL), 0);
        run_with(0, FROND_STACK_SIZE / 4);
        CHECK_INT(frond_hub_greenlets(), n);
        frond_event_set(&gate);
        CHECK_INT(frond_hub_join(FROND_NEVER), 0);
        if (i < 2)
            frond_sleep(
                2100); /* the second look gives back what the first one found free */
    }
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"a hundred thousand parked", a_hundred_thousand_parked},
        {"high water", high_water},
        {"sizes", sizes},
        {"used again", used_again},
        {"used after idling", used_after_idling},
        {0}};
    return test_main("stack", tests, argc, argv);
}
