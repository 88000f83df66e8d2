/* SPDX-License-Identifier: MIT */
/* children [COUNT [ROUNDS [MIB]]]: programs that only exit, started and waited for: one by one, eight at a time, and
 * one by one from a process that has touched MIB MiB of memory; children per second, beside posix_spawn and
 * waitpid. */
#include <frond/proc.h>
#include <frond/sdk.h>

#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "bench.h"

extern char **environ;
static const char *const argv[] = {"/bin/true", NULL};
enum { ABREAST = 8 };

static void raw_start(void) {
    pid_t pid;
    if (posix_spawn(&pid, argv[0], NULL, NULL, (char **)(uintptr_t)argv, environ))
        bench_die("posix_spawn failed");
}

static void raw_wait(void) {
    int status;
    if (wait(&status) < 0 || status)
        bench_die("a child failed");
}

static double rate(long count, uint64_t start) {
    return (double)count / ((double)(bench_now() - start) / 1e9);
}

static double time_raw(long count, long abreast) {
    uint64_t start = bench_now();
    for (long begun = 0, done = 0; done < count; done++) {
        while (begun < count && begun - done < abreast) {
            raw_start();
            begun++;
        }
        raw_wait();
    }
    return rate(count, start);
}

static void *starts(void *left) {
    for (long *n = left; (*n)-- > 0;) {
        frond_process *p;
        int status;
        if (frond_subprocess_start(argv, NULL, &p, FROND_NEVER) < 0 ||
            frond_process_join(p, &status, FROND_NEVER) < 0 || status)
            bench_die(frond_error_text());
        frond_process_free(p);
    }
    return NULL;
}

static double time_frond(long count, long abreast) {
    frond_nursery n;
    long left = count;
    uint64_t start = bench_now();
    frond_nursery_open(&n, NULL);
    for (long i = 0; i < abreast; i++)
        if (frond_nursery_spawn(&n, starts, &left) < 0)
            bench_die(frond_error_text());
    frond_nursery_close(&n, FROND_NEVER);
    return rate(count, start);
}

static void compare(const char *workload, long count, long abreast, long rounds) {
    for (long i = 0; i < rounds; i++) {
        bench_sample(workload, "posix_spawn", "rate", time_raw(count, abreast), "/s");
        bench_sample(workload, "frond", "rate", time_frond(count, abreast), "/s");
    }
}

int main(int argc, char **arguments) {
    long count = bench_argument(argc, arguments, 1, 200);
    long rounds = bench_argument(argc, arguments, 2, 9);
    long mib = bench_argument(argc, arguments, 3, 512);
    time_raw(20, 1);
    time_frond(20, 1);
    compare("children_1", count, 1, rounds);
    compare("children_8", count, ABREAST, rounds);
    char *ballast = malloc((size_t)mib << 20);
    if (!ballast)
        bench_die("no memory");
    memset(ballast, 1, (size_t)mib << 20);
    compare("children_large", count, 1, rounds);
    int wrong = ballast[mib] != 1;
    free(ballast);
    return wrong;
}
