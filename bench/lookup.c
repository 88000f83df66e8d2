/* SPDX-License-Identifier: MIT */
/* See lookup.h. */
#include "lookup.h"

#include "bench.h"
#include <stdio.h>
#include <string.h>

void lookups_begin(lookups *l, const char *subject, int argc, char **argv) {
    *l = (lookups){.subject = subject,
                   .port = (int)bench_argument(argc, argv, 1, 53),
                   .count = bench_argument(argc, argv, 2, 50000),
                   .concurrency = bench_argument(argc, argv, 3, 100)};
    l->cpu = bench_cpu();
}

int lookups_next(lookups *l, char *name, size_t cap) {
    if (l->next == l->count)
        return 0;
    snprintf(name, cap, "n%ld.bench.test.", l->next++);
    return 1;
}

void lookups_answer(lookups *l, const void *ip, size_t n) {
    if (n != 4 || memcmp(ip, "\300\0\2\1", 4) != 0)
        bench_die("an answer is not as it must be");
    l->ok++;
}

int lookups_end(const lookups *l) {
    if (l->ok != l->count)
        bench_die("not every name was found");
    bench_sample("lookup", l->subject, "cpu",
                 (double)(bench_cpu() - l->cpu) / (double)l->count, "ns");
    return 0;
}
