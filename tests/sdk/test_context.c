/* SPDX-License-Identifier: MIT */
/* What a switch keeps: registers, floating-point control, alignment, deep stacks. */
#include "support.h"

#include <fenv.h>
#include <math.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static frond_greenlet *home;

static void *number(intptr_t n) {
    return (void *)n;
}

/* ---- registers ---- */

/* More live values across a switch than there are registers that a call keeps. */
static void *mixes(void *arg) {
    uint64_t seed = (uint64_t)(uintptr_t)arg;
    uint64_t a = seed, b = seed * 3, c = seed * 5, d = seed * 7, e = seed * 11,
             f = seed * 13;
    double x = (double)seed, y = x * 0.5, z = x * 0.25, u = x * 0.125;
    for (int i = 0; i < 500; i++) {
        a += b, b ^= c, c += d, d ^= e, e += f, f ^= a;
        x += y, y -= z, z += u, u -= x * 1e-3;
        frond_yield();
    }
    uint64_t *out = malloc(2 * sizeof *out);
    if (!out)
        abort();
    double sum = x + y + z + u;
    out[0] = a ^ b ^ c ^ d ^ e ^ f;
    memcpy(&out[1], &sum, sizeof sum);
    return out;
}

static void registers_survive(void) {
    frond_greenlet *all[20];
    uint64_t *alone[20], *together;
    for (intptr_t i = 0; i < 20; i++) {
        frond_greenlet *g = frond_spawn(mixes, number(i + 1));
        CHECK_INT(frond_get(g, (void **)&alone[i], FROND_NEVER), 0);
        frond_release(g);
    }
    for (intptr_t i = 0; i < 20; i++)
        all[i] = frond_spawn(mixes, number(i + 1));
    for (int i = 0; i < 20; i++) {
        CHECK_INT(frond_get(all[i], (void **)&together, FROND_NEVER), 0);
        CHECK(memcmp(alone[i], together, 2 * sizeof *together) == 0);
        free(alone[i]);
        free(together);
        frond_release(all[i]);
    }
}

/* ---- floating point ---- */

static const int modes[] = {FE_TONEAREST, FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO};

static volatile double one = 1.0, three = 3.0;
static volatile long double long_one = 1.0L, long_three = 3.0L;

static void *rounds(void *arg) {
    int mode = modes[(intptr_t)arg];
    CHECK_INT(fegetround(), FE_TONEAREST); /* as whoever made it had */
    fesetround(mode);
    volatile double third = one / three, minus = -one / three;
    long double long_third = long_one / long_three;
    for (int i = 0; i < 50; i++) {
        frond_yield();
        CHECK_INT(fegetround(), mode);
        volatile double again = one / three, minus_again = -one / three;
        CHECK(again == third && minus_again == minus); /* as stored: no wider register */
        CHECK(long_one / long_three == long_third);
    }
    return NULL;
}

static void rounding_modes_are_their_own(void) {
    volatile double nearest = one / three, again;
    frond_group *group = frond_group_new();
    for (intptr_t i = 0; i < 8; i++)
        frond_group_spawn(group, rounds, number(i % 4));
    CHECK_INT(frond_group_join(group, FROND_NEVER), 0);
    CHECK_INT(fegetround(), FE_TONEAREST);
    again = one / three;
    CHECK(again == nearest);
    frond_group_free(group);
}

static void *says_its_mode(void *arg) {
    (void)arg;
    return number(fegetround());
}

static void a_new_one_has_its_makers_mode(void) {
    fesetround(FE_UPWARD);
    frond_greenlet *g = frond_greenlet_new(says_its_mode, NULL);
    fesetround(FE_TONEAREST);
    void *mode = NULL;
    frond_switch(g, NULL, &mode);
    /* the portable fallback may take the mode of the first switch instead */
    CHECK((intptr_t)mode == FE_UPWARD || (intptr_t)mode == FE_TONEAREST);
    CHECK_INT(fegetround(), FE_TONEAREST);
    frond_release(g);
}

/* ---- stacks ---- */

static void *aligned(void *arg) {
    _Alignas(16) volatile char block[64];
    long double x = long_one / long_three;
    block[0] = 1;
    CHECK_INT((uintptr_t)block % 16, 0);
    char text[64];
    double parts[4] = {one, three, (double)x, 0};
    for (int i = 0; i < 4;
         i++) /* variadic calls save vector registers by aligned moves */
        CHECK(snprintf(text, sizeof text, "%f %Lf", parts[i], x) > 0);
    return arg;
}

static void entry_is_aligned(void) {
    for (int i = 0; i < 40; i++) { /* every colour of a stack's top */
        frond_greenlet *g = frond_spawn(aligned, NULL);
        frond_join(g, FROND_NEVER);
        frond_release(g);
        frond_greenlet *raw = frond_greenlet_new(aligned, NULL);
        frond_switch(raw, NULL, NULL);
        frond_release(raw);
    }
}

static volatile uintptr_t deepest; /* the frames must be there, each of them */

static int64_t sum_down(int64_t n) {
    volatile char frame[200];
    deepest = (uintptr_t)frame;
    frame[n % 200] = (char)n;
    if (n % 50 == 0)
        frond_yield();
    int64_t rest = n ? sum_down(n - 1) : 0;
    return rest + n + frame[n % 200] - (char)n;
}

static void *goes_deep(void *arg) {
    int64_t n = (int64_t)(intptr_t)arg;
    CHECK_INT(sum_down(n), n * (n + 1) / 2);
    return arg;
}

static void deep_recursion(void) {
    frond_group *group = frond_group_new();
    for (int i = 0; i < 10; i++)
        frond_group_spawn(group, goes_deep, number(100 + i * 20));
    CHECK_INT(frond_group_join(group, FROND_NEVER), 0);
    frond_group_free(group);
}

static void *jumps(void *arg) {
    jmp_buf here;
    volatile int count = 0;
    if (setjmp(here) < 5) {
        frond_yield();
        longjmp(here, ++count);
    }
    CHECK_INT(count, 5);
    return arg;
}

static void longjmp_inside(void) {
    frond_group *group = frond_group_new();
    for (int i = 0; i < 5; i++)
        frond_group_spawn(group, jumps, NULL);
    CHECK_INT(frond_group_join(group, FROND_NEVER), 0);
    frond_group_free(group);
}

static void *ping(void *arg) {
    intptr_t n = (intptr_t)arg;
    for (;;) {
        void *next = NULL;
        if (frond_switch(home, number(n + 1), &next) < 0)
            return NULL;
        n = (intptr_t)next;
    }
}

static void a_million_switches(void) {
    home = frond_current();
    frond_greenlet *g = frond_greenlet_new(ping, NULL);
    intptr_t bad = 0;
    for (intptr_t i = 0; i < (under_valgrind() ? 10000 : 1000000); i++) {
        void *next = NULL;
        bad += frond_switch(g, number(i), &next) < 0 || (intptr_t)next != i + 1;
    }
    CHECK_INT(bad, 0);
    frond_release(g);
}

static void on_another_thread(void *arg) {
    (void)arg;
    home = frond_current();
    frond_greenlet *g = frond_greenlet_new(ping, NULL);
    for (intptr_t i = 0; i < 1000; i++)
        frond_switch(g, number(i), NULL);
    frond_release(g);
}

static void threads(void) {
    for (int i = 0; i < 3; i++)
        thread_run(on_another_thread, NULL);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"registers survive", registers_survive},
        {"rounding modes are their own", rounding_modes_are_their_own},
        {"a new one has its maker's mode", a_new_one_has_its_makers_mode},
        {"entry is aligned", entry_is_aligned},
        {"demand 44: deep recursion", deep_recursion},
        {"demand 44: longjmp inside", longjmp_inside},
        {"a million switches", a_million_switches},
        {"demand 44: threads", threads},
        {0}};
    return test_main("context", tests, argc, argv);
}
