/* SPDX-License-Identifier: MIT */
/* forks [COUNT [ROUNDS [GREENLETS]]]: a frond_fork whose child leaves at once and is waited for, beside nobody and
 * beside parked greenlets whose stacks are not copied; and a worker process started until it is ready, beside
 * posix_spawn and waitpid of a program that only exits. */
#include <frond/proc.h>
#include <frond/sdk.h>

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

extern char **environ;

static void await(pid_t pid) {
    int status;
    if (waitpid(pid, &status, 0) != pid || status)
        bench_die("a child failed");
}

static double each_us(long count, uint64_t start) {
    return (double)(bench_now() - start) / 1e3 / (double)count;
}

static double time_forks(long count) {
    frond_fork_options o = {.drop_stacks = 1};
    uint64_t start = bench_now();
    for (long i = 0; i < count; i++) {
        int64_t pid = frond_fork(&o, FROND_NEVER);
        if (pid == 0)
            _exit(0);
        if (pid < 0)
            bench_die(frond_error_text());
        await((pid_t)pid);
    }
    return each_us(count, start);
}

static double time_spawns(long count) {
    char *argv[] = {(char[]){"/bin/true"}, NULL};
    uint64_t start = bench_now();
    for (long i = 0; i < count; i++) {
        pid_t pid;
        if (posix_spawn(&pid, argv[0], NULL, NULL, argv, environ))
            bench_die("posix_spawn failed");
        await(pid);
    }
    return each_us(count, start);
}

static int ends(frond_child *self) {
    (void)self;
    return 0;
}

/* Until it is ready; its end is not counted. */
static double time_starts(long count) {
    uint64_t spent = 0;
    for (long i = 0; i < count; i++) {
        frond_process *p;
        uint64_t start = bench_now();
        if (frond_process_start("ends", NULL, &p, FROND_NEVER) < 0)
            bench_die(frond_error_text());
        spent += bench_now() - start;
        if (frond_process_join(p, NULL, FROND_NEVER) < 0)
            bench_die(frond_error_text());
        frond_process_free(p);
    }
    return (double)spent / 1e3 / (double)count;
}

static frond_event gate = FROND_EVENT_INIT;

static void *wait_at_gate(void *arg) {
    frond_event_wait(&gate, FROND_NEVER);
    return arg;
}

static void park(long count) {
    for (long i = 0; i < count; i++)
        if (frond_go(wait_at_gate, NULL) < 0)
            bench_die(frond_error_text());
    frond_yield();
}

int main(int argc, char **argv) {
    static const frond_entry entries[] = {{"ends", ends}, {0}};
    if (frond_init(&argc, &argv, entries) < 0)
        return 1;
    long count = bench_argument(argc, argv, 1, 100);
    long rounds = bench_argument(argc, argv, 2, 9);
    long greenlets = bench_argument(argc, argv, 3, 100000);
    time_forks(10);
    time_starts(10);
    for (long i = 0; i < rounds; i++) {
        bench_sample("start", "posix_spawn", "time", time_spawns(count), "us");
        bench_sample("start", "frond", "time", time_starts(count), "us");
    }
    for (long i = 0; i < rounds; i++) /* before there has been any stack */
        bench_sample("fork", "alone", "time", time_forks(count), "us");
    park(greenlets);
    for (long i = 0; i < rounds; i++)
        bench_sample("fork", "beside", "time", time_forks(count), "us");
    return 0;
}
