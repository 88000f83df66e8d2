/* SPDX-License-Identifier: MIT */
/* dump [GREENLETS [ROUNDS]]: a dump of so many greenlets that wait, in a hundred families, with every stack,
 * to /dev/null: milliseconds for all. */
#include <frond/sdk.h>

#include <fcntl.h>

#include "bench.h"

enum { FAMILIES = 100 };

static frond_event gate = FROND_EVENT_INIT;

static void *wait_at_gate(void *arg) {
    frond_event_wait(&gate, FROND_NEVER);
    return arg;
}

static void *spawn_family(void *members) {
    for (long i = 1; i < (long)(intptr_t)members; i++)
        if (frond_go(wait_at_gate, NULL) < 0)
            bench_die(frond_error_text());
    return wait_at_gate(NULL);
}

int main(int argc, char **argv) {
    long count = bench_argument(argc, argv, 1, 10000);
    long rounds = bench_argument(argc, argv, 2, 9);
    int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
    for (int i = 0; i < FAMILIES; i++)
        if (frond_go(spawn_family, (void *)(intptr_t)(count / FAMILIES)) < 0)
            bench_die(frond_error_text());
    frond_sleep(1);
    for (long i = 0; i < rounds; i++) {
        uint64_t start = bench_now();
        if (frond_dump(fd) < 0)
            bench_die(frond_error_text());
        bench_sample("dump", "frond", "time", (double)(bench_now() - start) / 1e6, "ms");
    }
    frond_event_set(&gate);
    return frond_hub_join(FROND_NEVER) < 0;
}
