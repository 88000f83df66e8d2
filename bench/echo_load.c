/* SPDX-License-Identifier: MIT */
/* echo_load CONNECTIONS ROUNDS BYTES NAME:PORT:PID...: drives echo servers in turns and prints what a
 * request costs each of them in CPU time, and how many requests there were, warming up included.
 *
 * Every server gets CONNECTIONS connections, which stay open.  A turn drives one of them: each
 * connection sends BYTES bytes, waits for the echo, checks it, and sends the next.  A turn ends when its
 * time is up and all echoes are there, so that no work of one server falls into another's turn.  The
 * servers share a CPU, but only one has anything to do. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "bench.h"
#include "connect.h"

#define WARM_UP 50000000u
#define TURN 250000000u
#define STALLED_MS 5000

typedef struct {
    int fd;
    uint64_t sequence;
    size_t received;
    char *message;
} connection;

typedef struct {
    server_name is;
    int epoll;
    connection *connections;
    long requests;
} server;

static char workload[32];
static size_t message; /* bytes */

static void open_server(server *s, const char *argument, long count) {
    server_parse(argument, &s->is);
    s->epoll = epoll_create1(EPOLL_CLOEXEC);
    s->connections = calloc((size_t)count, sizeof *s->connections);
    if (s->epoll < 0 || !s->connections)
        bench_die("no memory");
    for (long i = 0; i < count; i++) {
        connection *c = &s->connections[i];
        c->fd = connect_from(0, s->is.port);
        if (!(c->message = malloc(message)))
            bench_die("no memory");
        memset(c->message, (int)('a' + i % 26), message);
        struct epoll_event e = {.events = EPOLLIN, .data.ptr = c};
        if (epoll_ctl(s->epoll, EPOLL_CTL_ADD, c->fd, &e))
            bench_die("epoll_ctl failed");
    }
}

static void send_next(connection *c) {
    c->sequence++;
    c->received = 0;
    memcpy(c->message, &c->sequence, sizeof c->sequence);
    if (send(c->fd, c->message, message, MSG_NOSIGNAL) != (ssize_t)message)
        bench_die("a send failed");
}

/* Whether the echo is complete. */
static int receive(connection *c) {
    static char echo[65536];
    ssize_t n = recv(c->fd, echo, message - c->received, MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return 0;
    if (n <= 0)
        bench_die("a server closed a connection");
    if (memcmp(echo, c->message + c->received, (size_t)n))
        bench_die("a server sent back something else");
    c->received += (size_t)n;
    return c->received == message;
}

/* Drives s for so many nanoseconds.  Returns how many requests it answered. */
static long drive(server *s, long count, uint64_t ns) {
    struct epoll_event events[512];
    uint64_t end = bench_now() + ns;
    long done = 0, in_flight = count;
    for (long i = 0; i < count; i++)
        send_next(&s->connections[i]);
    while (in_flight > 0) {
        int n = epoll_wait(s->epoll, events, 512, STALLED_MS);
        if (n == 0)
            bench_die("a server stalled");
        int go_on = bench_now() < end;
        for (int i = 0; i < n; i++) {
            connection *c = events[i].data.ptr;
            if (!receive(c))
                continue;
            done++;
            if (go_on)
                send_next(c);
            else
                in_flight--;
        }
    }
    s->requests += done;
    return done;
}

static void measure(server *s, long count) {
    drive(s, count, WARM_UP);
    uint64_t cpu = bench_cpu_of(s->is.pid), start = bench_now();
    long done = drive(s, count, TURN);
    uint64_t took = bench_now() - start;
    cpu = bench_cpu_of(s->is.pid) - cpu;
    bench_sample(workload, s->is.name, "cpu", (double)cpu / 1e3 / (double)done, "us");
    bench_sample(workload, s->is.name, "rate", (double)done / ((double)took / 1e9), "/s");
}

int main(int argc, char **argv) {
    if (argc < 5)
        bench_die("usage: echo_load CONNECTIONS ROUNDS BYTES NAME:PORT:PID...");
    long count = bench_argument(argc, argv, 1, 0);
    long rounds = bench_argument(argc, argv, 2, 0);
    message = (size_t)bench_argument(argc, argv, 3, 64);
    if (message < sizeof(uint64_t) || message > 65536)
        bench_die("a message has 8 to 65536 bytes");
    int n = argc - 4;
    server *servers = calloc((size_t)n, sizeof *servers);
    if (!servers)
        bench_die("no memory");
    if (message == 64)
        snprintf(workload, sizeof workload, "echo_%ld", count);
    else
        snprintf(workload, sizeof workload, "echo_%ld_%zu", count, message);
    for (int i = 0; i < n; i++)
        open_server(&servers[i], argv[4 + i], count);
    for (int i = 0; i < n; i++)
        drive(&servers[i], count, WARM_UP);
    for (long round = 0; round < rounds; round++)
        for (int i = 0; i < n; i++)
            measure(&servers[i], count);
    for (int i = 0; i < n; i++)
        bench_sample(workload, servers[i].is.name, "requests",
                     (double)servers[i].requests, "total");
    free(servers);
    return 0;
}
