/* SPDX-License-Identifier: MIT */
#include "bench.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

uint64_t bench_now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static uint64_t nanoseconds(struct timeval t) {
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_usec * 1000u;
}

uint64_t bench_cpu(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return nanoseconds(usage.ru_utime) + nanoseconds(usage.ru_stime);
}

/* schedstat counts in nanoseconds; utime and stime of stat only in ticks of 10 ms. */
static uint64_t thread_cpu(const char *path) {
    FILE *file = fopen(path, "r");
    if (!file)
        return 0;
    unsigned long long on_cpu = 0;
    if (fscanf(file, "%llu", &on_cpu) != 1)
        on_cpu = 0;
    fclose(file);
    return on_cpu;
}

uint64_t bench_cpu_of(long pid) {
    char folder[64];
    snprintf(folder, sizeof folder, "/proc/%ld/task", pid);
    DIR *tasks = opendir(folder);
    if (!tasks)
        return 0;
    uint64_t sum = 0;
    struct dirent *entry;
    while ((entry = readdir(tasks))) {
        char path[384];
        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "%s/%s/schedstat", folder, entry->d_name);
        sum += thread_cpu(path);
    }
    closedir(tasks);
    return sum;
}

long bench_status_kib(const char *key) {
    FILE *file = fopen("/proc/self/status", "r");
    if (!file)
        return -1;
    char line[256];
    size_t n = strlen(key);
    long value = -1;
    while (value < 0 && fgets(line, sizeof line, file))
        if (strncmp(line, key, n) == 0 && line[n] == ':')
            value = atol(line + n + 1);
    fclose(file);
    return value;
}

void bench_sample(const char *workload, const char *subject, const char *metric,
                  double value, const char *unit) {
    printf("%s %s %s %.6g %s\n", workload, subject, metric, value, unit);
    fflush(stdout);
}

void bench_die(const char *what) {
    fprintf(stderr, "bench: %s\n", what);
    exit(1);
}

long bench_argument(int argc, char **argv, int i, long fallback) {
    if (i >= argc)
        return fallback;
    long value = atol(argv[i]);
    if (value <= 0)
        bench_die("an argument is not a positive number");
    return value;
}
