/* SPDX-License-Identifier: MIT */
/* lookup_frond PORT COUNT CONCURRENCY: see lookup.h; and the CPU time of a lookup whose answer is kept. */
#include <frond/dns.h>
#include <frond/sdk.h>

#include <stdio.h>

#include "bench.h"
#include "lookup.h"

static lookups work;
static frond_resolver *resolver;

static void *look_up(void *arg) {
    char name[64];
    frond_addrs *found;
    while (lookups_next(&work, name, sizeof name)) {
        if (frond_resolver_resolve(resolver, name, 80, FROND_IPV4, &found,
                                   frond_in(10000)) < 0)
            bench_die(frond_error_text());
        lookups_answer(&work, frond_addrs_at(found, 0)->ip, 4);
        frond_addrs_free(found);
    }
    return arg;
}

static double cached(void) {
    enum { TIMES = 1000000 };
    frond_addrs *found;
    frond_deadline d = frond_in(60000);
    uint64_t start = bench_cpu();
    for (int i = 0; i < TIMES; i++) {
        if (frond_resolver_resolve(resolver, "www.bench.test", 80, FROND_IPV4, &found,
                                   d) < 0)
            bench_die(frond_error_text());
        frond_addrs_free(found);
    }
    return (double)(bench_cpu() - start) / TIMES;
}

int main(int argc, char **argv) {
    char server[40];
    lookups_begin(&work, "frond", argc, argv);
    snprintf(server, sizeof server, "127.0.0.1:%d", work.port);
    frond_resolver_options o = {.servers = server};
    if (frond_resolver_new(&o, &resolver) < 0)
        bench_die(frond_error_text());
    frond_group *group = frond_group_new();
    for (long i = 0; i < work.concurrency; i++)
        if (frond_group_spawn(group, look_up, NULL) < 0)
            bench_die(frond_error_text());
    frond_group_join(group, FROND_NEVER);
    frond_group_free(group);
    int status = lookups_end(&work);
    bench_sample("lookup_cached", "frond", "cpu", cached(), "ns");
    frond_resolver_free(resolver);
    return status;
}
