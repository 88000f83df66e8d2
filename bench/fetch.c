/* SPDX-License-Identifier: MIT */
#include "fetch.h"

#include <stdio.h>

#include "bench.h"

#define BODY 1024

static uint64_t start;

void fetch_begin(fetch *f, const char *subject, int argc, char **argv) {
    if (argc < 5)
        bench_die("usage: fetch_* WORKLOAD BASE COUNT CONCURRENCY [CA_FILE]");
    *f = (fetch){.workload = argv[1],
                 .subject = subject,
                 .base = argv[2],
                 .count = bench_argument(argc, argv, 3, 0),
                 .concurrency = bench_argument(argc, argv, 4, 0),
                 .ca_file = argc > 5 ? argv[5] : NULL};
    start = bench_now();
}

int fetch_next(fetch *f, char *url, size_t cap) {
    if (f->next == f->count)
        return 0;
    snprintf(url, cap, "%s/%ld", f->base, ++f->next);
    return 1;
}

void fetch_answer(fetch *f, long status, size_t bytes) {
    if (status != 200 || bytes != BODY)
        bench_die("an answer is not what nginx serves");
    f->ok++;
}

int fetch_end(const fetch *f) {
    if (f->ok != f->count)
        bench_die("not all URLs were fetched");
    double n = (double)f->count;
    double seconds = (double)(bench_now() - start) / 1e9;
    bench_sample(f->workload, f->subject, "cpu", (double)bench_cpu() / 1e3 / n, "us");
    bench_sample(f->workload, f->subject, "rate", n / seconds, "/s");
    bench_sample(f->workload, f->subject, "memory",
                 (double)bench_status_kib("VmHWM") / 1024, "MiB");
    return 0;
}
