/* SPDX-License-Identifier: MIT */
/* spawn [SPAWNS [ROUNDS]]: starting greenlets and joining them in batches of 1000, in nanoseconds each:
 * whose function returns at once (spawn_join), and who all wait for an event first (spawn_park_join).
 * The raw counterpart does what any scheduler must: a stack from a free list, first in first out lists of
 * those ready and of those who wait, a switch in and one out. */
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

typedef struct {
    coroutine *first, *last;
} line;

static coroutine coroutines[BATCH];
static coroutine *unused;
static line ready, waiting;
static raw_context raw_main;

static void stand(line *l, coroutine *c) {
    c->next = NULL;
    if (l->first)
        l->last->next = c;
    else
        l->first = c;
    l->last = c;
}

static void raw_next(raw_context *from) {
    coroutine *c = ready.first;
    if (!c) {
        raw_switch(from, &raw_main);
        return;
    }
    ready.first = c->next;
    raw_switch(from, &c->context);
}

static void raw_body(void *arg) {
    coroutine *self = arg;
    self->next = unused;
    unused = self;
    raw_next(&self->context);
}

static void raw_body_that_waits(void *arg) {
    coroutine *self = arg;
    stand(&waiting, self);
    raw_next(&self->context);
    raw_body(self);
}

static void raw_spawn(void (*body)(void *)) {
    coroutine *c = unused;
    unused = c->next;
    raw_make(&c->context, c->top, body, c);
    stand(&ready, c);
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

static double time_raw(long n, void (*body)(void *)) {
    uint64_t start = bench_now();
    for (long i = 0; i < n; i += BATCH) {
        for (int j = 0; j < BATCH; j++)
            raw_spawn(body);
        raw_next(&raw_main);
        if (waiting.first) {
            ready = waiting;
            waiting = (line){NULL, NULL};
            raw_next(&raw_main);
        }
    }
    return (double)(bench_now() - start) / (double)n;
}

/* ---- frond ---- */

static frond_event gate = FROND_EVENT_INIT;

static void *body(void *arg) {
    return arg;
}

static void *body_that_waits(void *arg) {
    frond_event_wait(&gate, FROND_NEVER);
    return arg;
}

static double time_frond(long n, frond_fn run) {
    static frond_greenlet *batch[BATCH];
    uint64_t start = bench_now();
    for (long i = 0; i < n; i += BATCH) {
        for (int j = 0; j < BATCH; j++)
            if (!(batch[j] = frond_spawn(run, NULL)))
                bench_die(frond_error_text());
        if (run == body_that_waits) {
            frond_yield(); /* they all run, and wait */
            frond_event_set(&gate);
            frond_event_clear(&gate);
        }
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
    time_raw(n / 10, raw_body);
    time_frond(n / 10, body);
    for (long i = 0; i < rounds; i++) {
        bench_sample("spawn_join", "assembly", "time", time_raw(n, raw_body), "ns");
        bench_sample("spawn_join", "frond", "time", time_frond(n, body), "ns");
        bench_sample("spawn_park_join", "assembly", "time",
                     time_raw(n, raw_body_that_waits), "ns");
        bench_sample("spawn_park_join", "frond", "time", time_frond(n, body_that_waits),
                     "ns");
    }
    return 0;
}
