/* SPDX-License-Identifier: MIT */
/* forward_load ROUNDS NAME:PORT:PID...: sends half a GiB through forwarders, in turns, and prints what a GiB costs
 * each in CPU time.  A forwarder joins each connection with the next: both ends are here. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"
#include "connect.h"

enum { CHUNK = 256 * 1024, STALLED_MS = 5000 };

#define GIB (1024.0 * 1024 * 1024)
#define WARM_UP (64ll * 1024 * 1024)
#define TURN (512ll * 1024 * 1024)

static char chunk[CHUNK];

/* How many bytes moved; a socket that is not ready moves none. */
static long long moved(ssize_t n) {
    if (n < 0 && errno != EAGAIN && errno != EINTR)
        bench_die("a forwarder broke a connection");
    return n < 0 ? 0 : n;
}

static void pump(int in, int out, long long bytes) {
    long long sent = 0, received = 0;
    struct pollfd ends[2] = {{.fd = in, .events = POLLOUT},
                             {.fd = out, .events = POLLIN}};
    while (received < bytes) {
        if (poll(ends, 2, STALLED_MS) == 0)
            bench_die("a forwarder stalled");
        size_t left = bytes - sent < CHUNK ? (size_t)(bytes - sent) : CHUNK;
        if (ends[0].revents)
            sent += moved(send(in, chunk, left, MSG_NOSIGNAL));
        if (sent == bytes)
            ends[0].fd = -1;
        if (ends[1].revents) { /* TRUNC: nobody needs to see them */
            ssize_t n = recv(out, chunk, CHUNK * 4, MSG_TRUNC);
            if (n == 0)
                bench_die("a forwarder lost bytes");
            received += moved(n);
        }
    }
}

static void measure(const server_name *s) {
    int in = connect_from(0, s->port), out = connect_from(0, s->port);
    fcntl(in, F_SETFL, O_NONBLOCK);
    fcntl(out, F_SETFL, O_NONBLOCK);
    pump(in, out, WARM_UP);
    uint64_t cpu = bench_cpu_of(s->pid), start = bench_now();
    pump(in, out, TURN);
    uint64_t took = bench_now() - start;
    cpu = bench_cpu_of(s->pid) - cpu;
    close(in);
    close(out);
    bench_sample("forward", s->name, "cpu", (double)cpu / 1e6 * (GIB / TURN), "ms/GiB");
    bench_sample("forward", s->name, "rate", (double)TURN / GIB / ((double)took / 1e9),
                 "GiB/s");
}

int main(int argc, char **argv) {
    if (argc < 3)
        bench_die("usage: forward_load ROUNDS NAME:PORT:PID...");
    long rounds = bench_argument(argc, argv, 1, 0);
    server_name s;
    for (long round = 0; round < rounds; round++)
        for (int i = 2; i < argc; i++) {
            server_parse(argv[i], &s);
            measure(&s);
        }
    return 0;
}
