/* SPDX-License-Identifier: MIT */
/* spawn [SPAWNS [ROUNDS]]: starting a greenlet whose function returns at once and joining it, in
 * batches of 1000, in nanoseconds.  The raw counterpart does what any scheduler must: a stack from a
 * free list, a first in first out list of those ready, a switch in and one out. */
#include <frond/sdk.h>

#include <sys/mman.h>

#include "bench.h"
#include "raw.h"

#define BATCH 1000
#define STACK 65536

/* ---- raw ---- */

typedef struct coroutine {
    raw_context context;
    struct coroutine *next; /* in the free list, or among those ready */
    char *top;
} coroutine;

static coroutine coroutines[BATCH];
static coroutine *unused, *ready_first, *ready_last;
static raw_context raw_main;

static void raw_next(raw_context *from) {
    coroutine *c = ready_first;
    if (!c) {
        raw_switch(from, &raw_main);
        return;
    }
    ready_first = c->next;
    raw_switch(from, &c->context);
}

static void raw_body(void *arg) {
    coroutine *self = arg;
    self->next = unused;
    unused = self;
    raw_next(&self->context);
}

static void raw_spawn(void) {
    coroutine *c = unused;
    unused = c->next;
    raw_make(&c->context, c->top, raw_body, c);
    c->next = NULL;
    if (ready_first)
        ready_last->next = c;
    else
        ready_first = c;
    ready_last = c;
}

static void raw_prepare(void) {
    char *stacks = mmap(NULL, (size_t)BATCH * STACK, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (stacks == MAP_FAILED)
        bench_die("no memory for the stacks");
    for (int i = BATCH - 1; i >= 0; i--) {
        coroutines[i].top = stacks + (size_t)(i + 1) * STACK;
        coroutines[i].next = unused;
        unused = &coroutines[i];
    }
}

static double time_raw(long n) {
    uint64_t start = bench_now();
    for (long i = 0; i < n; i += BATCH) {
        for (int j = 0; j < BATCH; j++)
            raw_spawn();
        raw_next(&raw_main);
    }
    return (double)(bench_now() - start) / (double)n;
}

/* ---- frond ---- */

static void *body(void *arg) {
    return arg;
}

static double time_frond(long n) {
    static frond_greenlet *batch[BATCH];
    uint64_t start = bench_now();
    for (long i = 0; i < n; i += BATCH) {
        for (int j = 0; j < BATCH; j++)
            if (!(batch[j] = frond_spawn(body, NULL)))
                bench_die(frond_error_text());
        for (int j = 0; j < BATCH; j++) {
            frond_join(batch[j], FROND_NEVER);
            frond_release(batch[j]);
        }
    }
    return (double)(bench_now() - start) / (double)n;
}

int main(int argc, char **argv) {
    long n = bench_argument(argc, argv, 1, 500000);
    long rounds = bench_argument(argc, argv, 2, 9);
    raw_prepare();
    time_raw(n / 10);
    time_frond(n / 10);
    for (long i = 0; i < rounds; i++) {
        bench_sample("spawn_join", "assembly", "time", time_raw(n), "ns");
        bench_sample("spawn_join", "frond", "time", time_frond(n), "ns");
    }
    return 0;
}
