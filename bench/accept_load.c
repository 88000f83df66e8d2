/* SPDX-License-Identifier: MIT */
/* accept_load ROUNDS NAME:PORT:PID...: has echo servers accept connections, echo 64 bytes in each, and close
 * it, in turns, and prints what one such connection costs each server in CPU time, and how many a second
 * of it suffices for.  So many are open at a time that the server never has none to accept. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"
#include "connect.h"

enum { OPEN = 64, MESSAGE = 64, HOSTS = 200, STALLED_MS = 5000 };

#define WARM_UP 50000000u
#define TURN 250000000u

static int set;
static unsigned started;

static void start_one(const server_name *s) {
    char message[MESSAGE];
    int fd = connect_from(1 + started++ % HOSTS, s->port);
    struct epoll_event e = {.events = EPOLLIN, .data.fd = fd};
    memset(message, 'm', sizeof message);
    if (send(fd, message, MESSAGE, MSG_NOSIGNAL) != MESSAGE ||
        epoll_ctl(set, EPOLL_CTL_ADD, fd, &e))
        bench_die("a send failed");
}

static void end_one(int fd) {
    char echo[MESSAGE];
    if (recv(fd, echo, sizeof echo, MSG_WAITALL) != MESSAGE || echo[MESSAGE - 1] != 'm')
        bench_die("a server closed a connection, or sent something else");
    close(fd);
}

/* How many connections were served. */
static long drive(const server_name *s, uint64_t ns) {
    struct epoll_event events[OPEN];
    uint64_t end = bench_now() + ns;
    long done = 0;
    int open = 0;
    for (; open < OPEN; open++)
        start_one(s);
    while (open) {
        int n = epoll_wait(set, events, OPEN, STALLED_MS);
        if (n == 0)
            bench_die("a server stalled");
        for (int i = 0; i < n; i++, done++) {
            end_one(events[i].data.fd);
            if (bench_now() < end)
                start_one(s);
            else
                open--;
        }
    }
    return done;
}

static void measure(const server_name *s) {
    drive(s, WARM_UP);
    uint64_t cpu = bench_cpu_of(s->pid);
    long done = drive(s, TURN);
    usleep(2000); /* the last ones are being closed */
    cpu = bench_cpu_of(s->pid) - cpu;
    bench_sample("accept", s->name, "cpu", (double)cpu / 1e3 / (double)done, "us");
    bench_sample("accept", s->name, "rate", (double)done / ((double)cpu / 1e9), "/s");
}

int main(int argc, char **argv) {
    if (argc < 3)
        bench_die("usage: accept_load ROUNDS NAME:PORT:PID...");
    long rounds = bench_argument(argc, argv, 1, 0);
    server_name s;
    set = epoll_create1(EPOLL_CLOEXEC);
    for (long round = 0; round < rounds; round++)
        for (int i = 2; i < argc; i++) {
            server_parse(argv[i], &s);
            measure(&s);
        }
    return 0;
}
