/* SPDX-License-Identifier: MIT */
/* tls_echo_load KIND CONNECTIONS ROUNDS SIZE NAME:PORT:PID...: drives echo servers with TLS 1.3 and AES-128-GCM in
 * turns.  KIND is
 *   echo  each connection sends SIZE bytes, waits for the echo, and sends the next; CPU time of a request
 *   bulk  each connection sends SIZE MiB and reads them back meanwhile; CPU time of a GiB
 *   idle  each connection has SIZE bytes echoed once; resident memory of a connection
 * The servers share a CPU, but only one has anything to do. */
#include <fcntl.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "bench.h"
#include "connect.h"

#define WARM_UP 50000000u
#define TURN 250000000u
#define MEBI (1024 * 1024)

typedef struct {
    int fd;
    SSL *ssl;
    uint64_t sent, received; /* of what is under way */
} connection;

typedef struct {
    server_name is;
    int epoll;
    connection *connections;
    long requests;
} server;

static SSL_CTX *context;
static char workload[40], message[65536], echo[65536];
static size_t size;

static void open_connection(server *s, connection *c) {
    c->fd = connect_from(0, s->is.port);
    c->ssl = SSL_new(context);
    SSL_set_fd(c->ssl, c->fd);
    if (SSL_connect(c->ssl) != 1)
        bench_die("a handshake failed");
    fcntl(c->fd, F_SETFL, O_NONBLOCK);
    struct epoll_event e = {.events = EPOLLIN, .data.ptr = c};
    epoll_ctl(s->epoll, EPOLL_CTL_ADD, c->fd, &e);
}

static void open_server(server *s, const char *argument, long count) {
    server_parse(argument, &s->is);
    s->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (!(s->connections = calloc((size_t)count, sizeof *s->connections)))
        bench_die("no memory");
    for (long i = 0; i < count; i++)
        open_connection(s, &s->connections[i]);
}

static void send_next(connection *c) {
    c->received = 0;
    if (SSL_write(c->ssl, message, (int)size) != (int)size)
        bench_die("a send failed");
}

/* What is there.  Whether it is the end of all that is awaited. */
static int receive(connection *c, uint64_t awaited) {
    int n = 1;
    while (c->received < awaited && (n = SSL_read(c->ssl, echo, sizeof echo)) > 0)
        c->received += (uint64_t)n;
    if (n <= 0 && SSL_get_error(c->ssl, n) != SSL_ERROR_WANT_READ)
        bench_die("a server closed a connection");
    return c->received >= awaited;
}

static long drive(server *s, long count, uint64_t ns) {
    struct epoll_event events[512];
    uint64_t until = bench_now() + ns;
    long done = 0, in_flight = count;
    for (long i = 0; i < count; i++)
        send_next(&s->connections[i]);
    while (in_flight > 0) {
        int n = epoll_wait(s->epoll, events, 512, 5000);
        if (n == 0)
            bench_die("a server stalled");
        int go_on = bench_now() < until;
        for (int i = 0; i < n; i++) {
            connection *c = events[i].data.ptr;
            if (!receive(c, size))
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

static void measure_echo(server *s, long count) {
    drive(s, count, WARM_UP);
    uint64_t cpu = bench_cpu_of(s->is.pid);
    long done = drive(s, count, TURN);
    cpu = bench_cpu_of(s->is.pid) - cpu;
    bench_sample(workload, s->is.name, "cpu", (double)cpu / 1e3 / (double)done, "us");
}

/* Both ways at once, as much as each takes. */
static void pump(connection *c, int epoll, uint64_t total) {
    struct epoll_event e;
    c->sent = c->received = 0;
    while (c->received < total) {
        int n = 1;
        while (c->sent < total && (n = SSL_write(c->ssl, message, 16384)) > 0)
            c->sent += (uint64_t)n;
        if (n <= 0 && SSL_get_error(c->ssl, n) != SSL_ERROR_WANT_WRITE)
            bench_die("a send failed");
        struct epoll_event wanted = {.events = EPOLLIN | (n <= 0 ? EPOLLOUT : 0),
                                     .data.ptr = c};
        epoll_ctl(epoll, EPOLL_CTL_MOD, c->fd, &wanted);
        if (!receive(c, total) && epoll_wait(epoll, &e, 1, 5000) == 0)
            bench_die("a server stalled");
    }
    struct epoll_event wanted = {.events = EPOLLIN, .data.ptr = c};
    epoll_ctl(epoll, EPOLL_CTL_MOD, c->fd, &wanted);
}

static void measure_bulk(server *s, long count) {
    uint64_t cpu = bench_cpu_of(s->is.pid);
    for (long i = 0; i < count; i++)
        pump(&s->connections[i], s->epoll, (uint64_t)size * MEBI);
    cpu = bench_cpu_of(s->is.pid) - cpu;
    bench_sample(workload, s->is.name, "cpu",
                 (double)cpu / 1e6 / ((double)count * (double)size / 1024.0), "ms/GiB");
}

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
    return kib;
}

static void measure_idle(const char *argument, long count) {
    server s = {0}, first = {0};
    open_server(&first, argument, 1); /* what the first connection brings with it */
    drive(&first, 1, 0);
    long before = resident_kib(first.is.pid);
    open_server(&s, argument, count);
    drive(&s, count, 0);
    bench_sample("tls_idle", s.is.name, "memory",
                 (double)(resident_kib(s.is.pid) - before) / (double)count, "KiB");
}

int main(int argc, char **argv) {
    if (argc < 6)
        bench_die("usage: tls_echo_load KIND CONNECTIONS ROUNDS SIZE NAME:PORT:PID...");
    const char *kind = argv[1];
    long count = bench_argument(argc, argv, 2, 0),
         rounds = bench_argument(argc, argv, 3, 0);
    int n = argc - 5;
    size = (size_t)bench_argument(argc, argv, 4, 64);
    signal(SIGPIPE, SIG_IGN);
    memset(message, 'x', sizeof message);
    context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_ciphersuites(context, "TLS_AES_128_GCM_SHA256");
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                  SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_read_ahead(context, 1);
    if (strcmp(kind, "idle") == 0) {
        for (int i = 0; i < n; i++)
            measure_idle(argv[5 + i], count);
        return 0;
    }
    int bulk = strcmp(kind, "bulk") == 0;
    snprintf(workload, sizeof workload, bulk ? "tls_bulk" : "tls_echo_%ld_%zu", count,
             size);
    server *servers = calloc((size_t)n, sizeof *servers);
    for (int i = 0; i < n; i++)
        open_server(&servers[i], argv[5 + i], count);
    for (long round = 0; round < rounds; round++)
        for (int i = 0; i < n; i++)
            if (bulk)
                measure_bulk(&servers[i], count);
            else
                measure_echo(&servers[i], count);
    for (int i = 0; i < n && !bulk; i++)
        bench_sample(workload, servers[i].is.name, "requests",
                     (double)servers[i].requests, "total");
    free(servers);
    return 0;
}
