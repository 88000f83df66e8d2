/* SPDX-License-Identifier: MIT */
/* What the benchmarks share: a clock, this process's memory, and the one form of their output. */
#ifndef BENCH_H
#define BENCH_H

#include <stdint.h>

/* The monotonic clock in nanoseconds. */
uint64_t bench_now(void);

/* CPU time that this process has used, user and system, in nanoseconds. */
uint64_t bench_cpu(void);

/* CPU time of all threads of another process in nanoseconds; 0 when it cannot be read. */
uint64_t bench_cpu_of(long pid);

/* A figure of /proc/self/status in KiB ("VmHWM"); -1 when there is none. */
long bench_status_kib(const char *key);

/* Prints one sample: "workload subject metric value unit". */
void bench_sample(const char *workload, const char *subject, const char *metric,
                  double value, const char *unit);

/* Prints a sentence to standard error and ends the program. */
void bench_die(const char *what) __attribute__((noreturn));

/* The argument at position i as a positive number, or fallback when it is not given. */
long bench_argument(int argc, char **argv, int i, long fallback);

#endif
