/* SPDX-License-Identifier: MIT */
/* state_threads spawn|queue [COUNT [ROUNDS]]: what those measure, with State Threads: threads started and
 * joined in batches of 1000, at once or after all have waited for a condition; items through a ring of 128, or
 * of one place, with a condition variable at each end, which is what its programs use for a queue. */
#include "bench.h"

#include <st.h>
#include <stddef.h>
#include <string.h>

enum { BATCH = 1000, PLACES = 128 };

static st_cond_t gate;

static void *body(void *arg) {
    return arg;
}

static void *body_that_waits(void *arg) {
    st_cond_wait(gate);
    return arg;
}

static double time_spawn(long n, void *(*run)(void *)) {
    static st_thread_t batch[BATCH];
    uint64_t start = bench_now();
    for (long i = 0; i < n; i += BATCH) {
        for (int j = 0; j < BATCH; j++)
            if (!(batch[j] = st_thread_create(run, NULL, 1, 0)))
                bench_die("State Threads starts no thread");
        if (run == body_that_waits) {
            st_usleep(0);
            st_cond_broadcast(gate);
        }
        for (int j = 0; j < BATCH; j++)
            st_thread_join(batch[j], NULL);
    }
    return (double)(bench_now() - start) / (double)n;
}

static long ring[PLACES], items;
static unsigned long head, tail, places;
static st_cond_t not_full, not_empty;

static void *put(void *arg) {
    for (long i = 0; i < items; i++) {
        while (tail - head == places)
            st_cond_wait(not_full);
        ring[tail++ % PLACES] = i;
        st_cond_signal(not_empty);
    }
    return arg;
}

static double time_queue(long n, unsigned long size) {
    long sum = 0;
    items = n;
    places = size;
    uint64_t start = bench_now();
    st_thread_t putter = st_thread_create(put, NULL, 1, 0);
    for (long i = 0; i < n; i++) {
        while (tail == head)
            st_cond_wait(not_empty);
        sum += ring[head++ % PLACES];
        st_cond_signal(not_full);
    }
    double ns = (double)(bench_now() - start) / (double)n;
    st_thread_join(putter, NULL);
    if (sum != n * (n - 1) / 2)
        bench_die("items were lost");
    return ns;
}

static void spawn(long n) {
    bench_sample("spawn_join", "state_threads", "time", time_spawn(n, body), "ns");
    bench_sample("spawn_park_join", "state_threads", "time",
                 time_spawn(n, body_that_waits), "ns");
}

static void queue(long n) {
    bench_sample("queue_128", "state_threads", "time", time_queue(n, PLACES), "ns");
    bench_sample("rendezvous", "state_threads", "time", time_queue(n, 1), "ns");
}

int main(int argc, char **argv) {
    if (argc < 2 || (strcmp(argv[1], "spawn") != 0 && strcmp(argv[1], "queue") != 0))
        bench_die("usage: state_threads spawn|queue [COUNT [ROUNDS]]");
    long n = bench_argument(argc, argv, 2, 500000);
    long rounds = bench_argument(argc, argv, 3, 9);
    st_set_eventsys(ST_EVENTSYS_ALT);
    if (st_init() < 0)
        bench_die("State Threads does not start");
    gate = st_cond_new();
    not_full = st_cond_new();
    not_empty = st_cond_new();
    for (long i = 0; i < rounds; i++)
        (strcmp(argv[1], "spawn") == 0 ? spawn : queue)(n);
    return 0;
}
