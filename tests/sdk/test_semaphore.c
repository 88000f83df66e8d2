/* SPDX-License-Identifier: MIT */
/* Semaphores: strict order, nothing lost, limits. */
#include "support.h"

#include <string.h>

static frond_semaphore s;

static void *acquires(void *word) {
    int rc = frond_semaphore_acquire(&s, FROND_NEVER);
    if (rc == 0)
        log_add(word);
    return NULL;
}

static void in_order_of_arrival(void) {
    s = (frond_semaphore)FROND_SEMAPHORE_INIT(1);
    go_now(acquires, "a");
    go_now(acquires, "b");
    go_now(acquires, "c");
    CHECK_TEXT(log_text(), "a");
    frond_semaphore_release(&s);
    frond_yield();
    CHECK_TEXT(log_text(), "a b");
    frond_semaphore_release(&s);
    frond_semaphore_release(&s);
    frond_hub_join(FROND_NEVER);
    CHECK_TEXT(log_text(), "a b c");
    CHECK_INT(s.count, 1);
}

static void nobody_overtakes(void) {
    s = (frond_semaphore)FROND_SEMAPHORE_INIT(0);
    frond_go(acquires, "first");
    frond_yield();
    frond_semaphore_release(&s); /* handed over: "first" is ready and has it */
    CHECK_INT(frond_semaphore_acquire(&s, FROND_NOW), FROND_ETIMEDOUT);
    frond_yield();
    CHECK_TEXT(log_text(), "first");
}

static int turns[2];

static void *takes_turns(void *arg) {
    for (int i = 0; i < 100; i++) {
        CHECK_INT(frond_semaphore_acquire(&s, FROND_NEVER), 0);
        turns[(intptr_t)arg]++;
        CHECK(turns[0] - turns[1] <= 2 && turns[1] - turns[0] <= 2);
        frond_yield();
        frond_semaphore_release(&s);
    }
    return NULL;
}

static void fair(void) {
    s = (frond_semaphore)FROND_SEMAPHORE_INIT(1);
    frond_go(takes_turns, (void *)0);
    frond_go(takes_turns, (void *)1);
    frond_hub_join(FROND_NEVER);
    CHECK_INT(turns[0] + turns[1], 200);
}

static void a_killed_waiter_loses_nothing(void) {
    s = (frond_semaphore)FROND_SEMAPHORE_INIT(0);
    frond_greenlet *a = frond_spawn(acquires, "a"), *b = frond_spawn(acquires, "b");
    frond_yield();
    frond_kill(a, FROND_EXIT, FROND_NOW);
    frond_semaphore_release(&s);
    frond_hub_join(FROND_NEVER);
    CHECK_TEXT(log_text(), "b");
    CHECK_INT(s.count, 0);
    frond_release(a);
    frond_release(b);
}

static void times_out(void) {
    s = (frond_semaphore)FROND_SEMAPHORE_INIT(0);
    CHECK_INT(frond_semaphore_acquire(&s, FROND_NOW), FROND_ETIMEDOUT);
    CHECK_INT(frond_semaphore_acquire(&s, frond_in(1)), FROND_ETIMEDOUT);
    frond_semaphore_release(&s);
    CHECK_INT(s.count, 1);
    CHECK_INT(frond_semaphore_acquire(&s, FROND_NOW), 0);
    CHECK_INT(s.count, 0);
}

static void *acquires_shortly(void *got) {
    int rc = frond_semaphore_acquire(&s, frond_in(1));
    CHECK(rc == 0 || rc == FROND_ETIMEDOUT);
    *(int *)got += rc == 0;
    return NULL;
}

/* Released while a waiter's time is up: either it has the unit or the semaphore has. */
static void release_and_expiry_together(void) {
    test_clock_real();
    s = (frond_semaphore)FROND_SEMAPHORE_INIT(0);
    int got = 0;
    for (int i = 0; i < 5; i++) {
        frond_go(acquires_shortly, &got);
        frond_yield();
        busy_ms(3);
        frond_semaphore_release(&s);
        frond_hub_join(FROND_NEVER);
    }
    CHECK_INT((uint64_t)got + s.count, 5);
}

static void bounded(void) {
    s = (frond_semaphore)FROND_SEMAPHORE_BOUNDED_INIT(2);
    CHECK_INT(frond_semaphore_release(&s), FROND_ELIMIT);
    CHECK_INT(frond_semaphore_acquire(&s, FROND_NOW), 0);
    CHECK_INT(frond_semaphore_release(&s), 0);
    CHECK_INT(frond_semaphore_release(&s), FROND_ELIMIT);
    CHECK_INT(s.count, 2);
}

static void misuse(void) {
    CHECK_INT(frond_semaphore_acquire(NULL, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_semaphore_release(NULL), FROND_EINVAL);
    s = (frond_semaphore)FROND_SEMAPHORE_INIT(UINT64_MAX);
    CHECK_INT(frond_semaphore_release(&s), FROND_ELIMIT);
}

static void left_over_is_a_deadlock(void) {
    s = (frond_semaphore)FROND_SEMAPHORE_INIT(0);
    capture_begin();
    CHECK_INT(frond_semaphore_acquire(&s, FROND_NEVER), FROND_EDEADLK);
    CHECK_HAS(capture_end(), "for semaphore 0x");
    CHECK(s.waiters.head == NULL);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"in order of arrival", in_order_of_arrival},
        {"nobody overtakes", nobody_overtakes},
        {"fair", fair},
        {"a killed waiter loses nothing", a_killed_waiter_loses_nothing},
        {"times out", times_out},
        {"release and expiry together", release_and_expiry_together},
        {"bounded", bounded},
        {"misuse", misuse},
        {"left over is a deadlock", left_over_is_a_deadlock},
        {0}};
    test_clock_virtual();
    return test_main("semaphore", tests, argc, argv);
}
