/* SPDX-License-Identifier: MIT */
/* parked frond|by_hand|assembly [COUNT]: what COUNT greenlets cost that have run once and wait: peak resident
 * memory each, the kernel's page tables apart, and the CPU time to start one and have it wait.  frond's
 * stacks have guards, those of the raw counterpart have none.  by_hand only does what the kernel must do in any
 * case: a guard below each stack, and its uppermost page touched. */
#include <frond/sdk.h>

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "bench.h"
#include "raw.h"

#define STACK 65536

static frond_event gate = FROND_EVENT_INIT;

static void *wait_at_gate(void *arg) {
    frond_event_wait(&gate, FROND_NEVER);
    return arg;
}

static void park_frond(long count) {
    for (long i = 0; i < count; i++) {
        if (frond_go(wait_at_gate, NULL) < 0)
            bench_die(frond_error_text());
        frond_yield();
    }
}

static raw_context raw_main;

static void raw_wait(void *self) {
    raw_switch(self, &raw_main);
}

static void park_raw(long count) {
    size_t size = (size_t)count * STACK;
    char *stacks = mmap(NULL, size, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    raw_context *contexts = calloc((size_t)count, sizeof *contexts);
    if (stacks == MAP_FAILED || !contexts)
        bench_die("no memory for the stacks");
    madvise(stacks, size, MADV_NOHUGEPAGE);
    for (long i = 0; i < count; i++) {
        raw_make(&contexts[i], stacks + (size_t)(i + 1) * STACK, raw_wait, &contexts[i]);
        raw_switch(&raw_main, &contexts[i]);
    }
}

enum { SLAB = 16384, FROND_STRIDE = (256 + 64) * 1024, GUARD = 64 * 1024 };

static void guard(char *bottom) {
    if (madvise(bottom, GUARD, 102 /* MADV_GUARD_INSTALL */) != 0 &&
        mprotect(bottom, GUARD, PROT_NONE) != 0)
        bench_die("no more guards");
}

static void touch_by_hand(long count) {
    char *slab = NULL;
    for (long i = 0; i < count; i++) {
        if (i % SLAB == 0) {
            size_t size = (size_t)SLAB * FROND_STRIDE;
            slab = mmap(NULL, size, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
            if (slab == MAP_FAILED)
                bench_die("no memory for the stacks");
            madvise(slab, size, MADV_NOHUGEPAGE);
        }
        char *bottom = slab + (size_t)(i % SLAB) * FROND_STRIDE;
        guard(bottom);
        bottom[FROND_STRIDE - 1] = 1;
    }
}

int main(int argc, char **argv) {
    if (argc < 2)
        bench_die("usage: parked frond|by_hand|assembly [COUNT]");
    const char *subject = argv[1];
    long count = bench_argument(argc, argv, 2, 100000);
    long rss = bench_status_kib("VmRSS"), tables = bench_status_kib("VmPTE");
    uint64_t start = bench_cpu();
    if (strcmp(subject, "frond") == 0)
        park_frond(count);
    else if (strcmp(subject, "by_hand") == 0)
        touch_by_hand(count);
    else
        park_raw(count);
    double each = (double)(bench_cpu() - start) / (double)count;
    double peak = (double)(bench_status_kib("VmHWM") - rss) / (double)count;
    bench_sample("parked", subject, "memory", peak, "KiB");
    bench_sample("parked", subject, "page_tables",
                 (double)(bench_status_kib("VmPTE") - tables) / (double)count, "KiB");
    bench_sample("parked", subject, "cpu", each, "ns");
    return 0;
}
