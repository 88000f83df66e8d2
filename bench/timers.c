/* SPDX-License-Identifier: MIT */
/* timers [COUNT [ROUNDS]]: a timer started and cancelled while COUNT others are alive, in nanoseconds.
 * libuv: uv_timer_start and uv_timer_stop.  frond has timers where somebody waits: the wait for a queue's
 * item with a time limit, the switch to whoever puts it, and the switch back; COUNT greenlets sleep
 * meanwhile.  Those alive end within an hour or two, the others would within a minute. */
#include <frond/sdk.h>

#include <stdlib.h>
#include <uv.h>

#include "bench.h"

enum { PAIRS = 200000, HOUR = 3600000, MINUTE = 60000 };

static uint64_t random_state = 1;

static uint64_t random_below(uint64_t n) {
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (random_state >> 33) % n;
}

static void never(uv_timer_t *t) {
    (void)t;
    bench_die("a timer rang");
}

static uv_timer_t *libuv_alive(uv_loop_t *loop, long count) {
    uv_timer_t *all = calloc((size_t)count, sizeof *all);
    if (!all)
        bench_die("no memory for the timers");
    for (long i = 0; i < count; i++) {
        uv_timer_init(loop, &all[i]);
        uv_timer_start(&all[i], never, HOUR + random_below(HOUR), 0);
    }
    return all;
}

static double time_libuv(uv_timer_t *t) {
    uint64_t start = bench_now();
    for (long i = 0; i < PAIRS; i++) {
        uv_timer_start(t, never, 1000 + random_below(MINUTE), 0);
        uv_timer_stop(t);
    }
    return (double)(bench_now() - start) / PAIRS;
}

static void *sleep_long(void *arg) {
    frond_sleep(HOUR + random_below(HOUR));
    return arg;
}

static void frond_alive(long count) {
    const frond_spawn_options small = {.stack_size = 32768};
    for (long i = 0; i < count; i++) {
        frond_greenlet *g = frond_spawn_with(&small, sleep_long, NULL);
        if (!g)
            bench_die(frond_error_text());
        frond_release(g);
        frond_yield();
    }
}

static void *put_often(void *queue) {
    for (long i = 0; i < PAIRS; i++) {
        frond_queue_put(queue, &i, FROND_NEVER);
        frond_yield();
    }
    return NULL;
}

static double time_frond(frond_queue *q) {
    frond_greenlet *g = frond_spawn(put_often, q);
    if (!g)
        bench_die(frond_error_text());
    uint64_t start = bench_now();
    for (long i = 0, item; i < PAIRS; i++)
        if (frond_queue_get(q, &item, frond_in(1000 + random_below(MINUTE))) < 0)
            bench_die(frond_error_text());
    double ns = (double)(bench_now() - start) / PAIRS;
    frond_join(g, FROND_NEVER);
    frond_release(g);
    return ns;
}

int main(int argc, char **argv) {
    long count = bench_argument(argc, argv, 1, 1000000);
    long rounds = bench_argument(argc, argv, 2, 9);
    uv_loop_t loop;
    uv_timer_t one;
    if (uv_loop_init(&loop) < 0 || uv_timer_init(&loop, &one) < 0)
        bench_die("no loop");
    uv_timer_t *all = libuv_alive(&loop, count);
    frond_queue *q = frond_queue_new(sizeof(long), 1, NULL);
    if (!q)
        bench_die(frond_error_text());
    frond_alive(count);
    for (long i = 0; i < rounds; i++) {
        bench_sample("timer", "libuv", "time", time_libuv(&one), "ns");
        bench_sample("timer", "frond", "time", time_frond(q), "ns");
    }
    frond_queue_free(q);
    free(all); /* with the loop, and the sleepers, whom the process's end ends */
    _Exit(0);
}
