/* SPDX-License-Identifier: MIT */
/* queue [ITEMS [ROUNDS]]: passing one item from a greenlet to another, in nanoseconds: through a queue of
 * 128 (queue_128) and through a channel that keeps none (rendezvous).  The raw counterpart is a ring of as
 * many places, or of one, and a plain switch when it is full or empty. */
#include <frond/sdk.h>

#include "bench.h"
#include "raw.h"

enum { PLACES = 128 };

/* ---- raw ---- */

static _Alignas(16) char stacks[2][65536];
static raw_context raw_main, raw_putter, raw_getter;
static volatile unsigned raw_head, raw_tail;
static unsigned raw_places;
static long ring[PLACES], raw_items, sum;

static void raw_put(void *arg) {
    (void)arg;
    for (long i = 0; i < raw_items; i++) {
        while (raw_tail - raw_head == raw_places)
            raw_switch(&raw_putter, &raw_getter);
        ring[raw_tail % PLACES] = i;
        raw_tail++;
    }
    for (;;)
        raw_switch(&raw_putter, &raw_getter);
}

static void raw_get(void *arg) {
    (void)arg;
    for (long i = 0; i < raw_items; i++) {
        while (raw_tail == raw_head)
            raw_switch(&raw_getter, &raw_putter);
        sum += ring[raw_head % PLACES];
        raw_head++;
    }
    raw_switch(&raw_getter, &raw_main);
}

static double time_raw(long n, unsigned places) {
    raw_head = raw_tail = 0;
    raw_places = places;
    raw_items = n;
    sum = 0;
    raw_make(&raw_putter, stacks[0] + sizeof stacks[0], raw_put, NULL);
    raw_make(&raw_getter, stacks[1] + sizeof stacks[1], raw_get, NULL);
    uint64_t start = bench_now();
    raw_switch(&raw_main, &raw_getter);
    double ns = (double)(bench_now() - start) / (double)n;
    if (sum != n * (n - 1) / 2)
        bench_die("items were lost");
    return ns;
}

/* ---- frond ---- */

typedef struct {
    frond_queue *queue;
    frond_channel *channel;
    long items;
} work;

static void *put(void *arg) {
    work *w = arg;
    for (long i = 0; i < w->items; i++)
        if (frond_queue_put(w->queue, &i, FROND_NEVER) < 0)
            bench_die(frond_error_text());
    return NULL;
}

static void *send_all(void *arg) {
    work *w = arg;
    for (long i = 0; i < w->items; i++)
        if (frond_channel_send(w->channel, &i, FROND_NEVER) < 0)
            bench_die(frond_error_text());
    return NULL;
}

static double time_frond(work *w, frond_fn putter) {
    sum = 0;
    uint64_t start = bench_now();
    frond_greenlet *g = frond_spawn(putter, w);
    if (!g)
        bench_die(frond_error_text());
    for (long i = 0, item; i < w->items; i++) {
        int rc = putter == put ? frond_queue_get(w->queue, &item, FROND_NEVER)
                               : frond_channel_receive(w->channel, &item, FROND_NEVER);
        if (rc < 0)
            bench_die(frond_error_text());
        sum += item;
    }
    double ns = (double)(bench_now() - start) / (double)w->items;
    frond_join(g, FROND_NEVER);
    frond_release(g);
    if (sum != w->items * (w->items - 1) / 2)
        bench_die("items were lost");
    return ns;
}

int main(int argc, char **argv) {
    long n = bench_argument(argc, argv, 1, 1000000);
    long rounds = bench_argument(argc, argv, 2, 9);
    work w = {frond_queue_new(sizeof(long), PLACES, NULL),
              frond_channel_new(sizeof(long), 0, NULL), n};
    if (!w.queue || !w.channel)
        bench_die(frond_error_text());
    for (long i = 0; i < rounds; i++) {
        bench_sample("queue_128", "assembly", "time", time_raw(n, PLACES), "ns");
        bench_sample("queue_128", "frond", "time", time_frond(&w, put), "ns");
        bench_sample("rendezvous", "assembly", "time", time_raw(n, 1), "ns");
        bench_sample("rendezvous", "frond", "time", time_frond(&w, send_all), "ns");
    }
    frond_queue_free(w.queue);
    frond_channel_free(w.channel);
    return 0;
}
