/* SPDX-License-Identifier: MIT */
/* idle_load CONNECTIONS NAME:PORT:PID...: opens so many connections to echo servers, one after the other, has
 * each echo 64 bytes once, and prints how much resident memory an idle connection takes of each server. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"
#include "connect.h"

static long resident_kib(long pid) {
    char path[64], line[256];
    long kib = -1;
    snprintf(path, sizeof path, "/proc/%ld/status", pid);
    FILE *file = fopen(path, "r");
    while (file && kib < 0 && fgets(line, sizeof line, file))
        if (strncmp(line, "VmRSS:", 6) == 0)
            kib = atol(line + 6);
    if (file)
        fclose(file);
    if (kib < 0)
        bench_die("a server's memory cannot be read");
    return kib;
}

static int open_one(int port) {
    char message[64] = "idle", echo[64];
    int fd = connect_from(0, port);
    if (send(fd, message, sizeof message, MSG_NOSIGNAL) != sizeof message ||
        recv(fd, echo, sizeof echo, MSG_WAITALL) != sizeof echo)
        bench_die("no echo");
    return fd;
}

static void measure(const server_name *s, long count) {
    int *fds = calloc((size_t)count, sizeof *fds);
    if (!fds)
        bench_die("no memory");
    close(open_one(s->port)); /* what the first connection brings with it */
    long before = resident_kib(s->pid);
    for (long i = 0; i < count; i++)
        fds[i] = open_one(s->port);
    bench_sample("idle", s->name, "memory",
                 (double)(resident_kib(s->pid) - before) / (double)count, "KiB");
    for (long i = 0; i < count; i++)
        close(fds[i]);
    free(fds);
}

int main(int argc, char **argv) {
    if (argc < 3)
        bench_die("usage: idle_load CONNECTIONS NAME:PORT:PID...");
    long count = bench_argument(argc, argv, 1, 0);
    for (int i = 2; i < argc; i++) {
        server_name s;
        server_parse(argv[i], &s);
        measure(&s, count);
    }
    return 0;
}
