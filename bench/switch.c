/* SPDX-License-Identifier: MIT */
/* switch [SWITCHES [ROUNDS]]: one switch from a greenlet to another, in nanoseconds: by frond_switch
 * between two raw greenlets, by frond_yield between two scheduled ones, by plain assembly, and by
 * Boost's context library where that is there.  They take turns, so that whatever else the machine does meets them
 * alike. */
#include <frond/sdk.h>

#include "bench.h"
#if defined(BENCH_BOOST)
#include "boost_context.h"
#endif
#include "raw.h"

static _Alignas(16) char stack[65536];
static raw_context raw_main, raw_other;

static void raw_echo(void *arg) {
    (void)arg;
    for (;;)
        raw_switch(&raw_other, &raw_main);
}

static double time_raw(long n) {
    uint64_t start = bench_now();
    for (long i = 0; i < n / 2; i++)
        raw_switch(&raw_main, &raw_other);
    return (double)(bench_now() - start) / (double)n;
}

static void *echo(void *main_greenlet) {
    while (frond_switch(main_greenlet, NULL, NULL) == 0)
        continue;
    return NULL;
}

static double time_switch(frond_greenlet *other, long n) {
    frond_greenlet *self = frond_current();
    uint64_t start = bench_now();
    for (long i = 0; i < n / 2; i++)
        frond_switch(other, self, NULL);
    return (double)(bench_now() - start) / (double)n;
}

static void *yield_often(void *times) {
    for (long i = *(long *)times; i > 0; i--)
        frond_yield();
    return NULL;
}

static double time_yield(long n) {
    long each = n / 2;
    frond_greenlet *a = frond_spawn(yield_often, &each);
    frond_greenlet *b = frond_spawn(yield_often, &each);
    if (!a || !b)
        bench_die(frond_error_text());
    uint64_t start = bench_now();
    frond_join(a, FROND_NEVER);
    frond_join(b, FROND_NEVER);
    double ns = (double)(bench_now() - start) / (double)n;
    frond_release(a);
    frond_release(b);
    return ns;
}

int main(int argc, char **argv) {
    long n = bench_argument(argc, argv, 1, 4000000);
    long rounds = bench_argument(argc, argv, 2, 9);
    raw_make(&raw_other, stack + sizeof stack, raw_echo, NULL);
    frond_greenlet *other = frond_greenlet_new(echo, NULL);
    if (!other)
        bench_die(frond_error_text());
    time_raw(n / 10);
    time_switch(other, n / 10);
    time_yield(n / 10);
    for (long i = 0; i < rounds; i++) {
        bench_sample("switch", "assembly", "time", time_raw(n), "ns");
#if defined(BENCH_BOOST)
        bench_sample("switch", "boost", "time", boost_context_time(n), "ns");
#endif
        bench_sample("switch", "frond", "time", time_switch(other, n), "ns");
        bench_sample("yield", "assembly", "time", time_raw(n), "ns");
        bench_sample("yield", "frond", "time", time_yield(n), "ns");
    }
    frond_release(other);
    return 0;
}
