/* SPDX-License-Identifier: MIT */
/* 20,000 connections to one hub.  Each asks and is answered within its deadline while 100 others are streamed to
 * without end, and some read little, nothing, or are reset or half closed.  What is asserted are counts, and
 * deadlines that a busy machine meets, too.  The clients are another process of the same program: the ends of
 * both would be more descriptors than most systems allow one. */
#include "net.h"

#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    CONNECTIONS = 20000,
    FEWEST = 5000,   /* below it is no load */
    SPARE = 100,     /* descriptors for all the rest */
    LISTENERS = 4,   /* one address has too few ports for so many, on macOS */
    CONNECTING = 64, /* at a time, so that no queue of connections overflows */
    STREAMED = 100,
    ODD = 100, /* each of those that read little, read nothing, reset, half close */
    ROUNDS = 2,
    LONG_MS = 60000
};

static int connections; /* all of them */

static frond_deadline before_long(void) {
    return frond_in(LONG_MS);
}

/* How many connections a process may have here; the limit is raised as far as it goes. */
static int most_connections(void) {
    struct rlimit limit = {CONNECTIONS + SPARE, CONNECTIONS + SPARE}, now;
    if (getrlimit(RLIMIT_NOFILE, &now) < 0)
        return 0;
    if (now.rlim_cur >= limit.rlim_cur || setrlimit(RLIMIT_NOFILE, &limit) == 0)
        return CONNECTIONS;
    now.rlim_cur = now.rlim_max;
    setrlimit(RLIMIT_NOFILE, &now);
    return now.rlim_max > SPARE ? (int)(now.rlim_max - SPARE) : 0;
}

/* ---- the server ---- */

static struct {
    int open, most, answers, streams, half_closed;
    uint64_t streamed;
} served;

static void serve_stream(frond_stream *s) {
    static const char buf[4096];
    served.streams++;
    while (frond_write(s, buf, sizeof buf, NULL, before_long()) == 0)
        served.streamed += sizeof buf;
}

/* 's' asks for a stream; anything else is sent back. */
static void *serve(frond_stream *s, void *arg) {
    char c[16];
    int64_t n;
    served.open++;
    served.most = served.open > served.most ? served.open : served.most;
    while ((n = frond_read(s, c, sizeof c, FROND_NEVER)) > 0 && c[0] != 's')
        if (frond_write(s, c, (size_t)n, NULL, before_long()) == 0)
            served.answers++;
    if (n > 0)
        serve_stream(s);
    else if (n == 0 && frond_write(s, "bye", 3, NULL, before_long()) == 0)
        served.half_closed++;
    served.open--;
    return arg;
}

/* ---- the clients, in a process of their own: it answers with its exit status ---- */

static struct {
    int port[LISTENERS];
    frond_semaphore connecting;
    frond_event all_here, over;
    int here, failed;
    int64_t slowest; /* answer, in ns */
    uint64_t streamed;
} clients;

static void expect(bool holds, const char *what, int i) {
    if (!holds && clients.failed++ < 10)
        printf("\nclient %d: %s: %s\n", i, what, frond_error_text());
}

static bool asks(frond_stream *s, int i) {
    char out[16], in[16];
    int64_t start = frond_now();
    snprintf(out, sizeof out, "q%014d", i);
    bool well = frond_write(s, out, sizeof out, NULL, before_long()) == 0 &&
                frond_read_exact(s, in, sizeof in, NULL, before_long()) == 0 &&
                memcmp(in, out, sizeof out) == 0;
    int64_t took = frond_now() - start;
    clients.slowest = took > clients.slowest ? took : clients.slowest;
    return well;
}

static void be_ordinary(frond_stream *s, int i) {
    for (int round = 0; round < ROUNDS; round++) {
        expect(asks(s, i), "an answer", i);
        frond_sleep((uint64_t)(i * 7 % 500)); /* not all at once */
    }
}

static void be_streamed_to(frond_stream *s, int i) {
    static char buf[65536]; /* nobody looks at it */
    int64_t n;
    expect(frond_write(s, "s", 1, NULL, before_long()) == 0, "ask for a stream", i);
    while (!frond_event_is_set(&clients.over) &&
           (n = frond_read(s, buf, sizeof buf, before_long())) > 0) {
        clients.streamed += (uint64_t)n;
        frond_sleep(5); /* a hundred of them have the processor already */
    }
    expect(frond_event_is_set(&clients.over), "a stream that ended", i);
}

static void read_little(frond_stream *s, int i) {
    char c;
    expect(frond_write(s, "s", 1, NULL, before_long()) == 0, "ask for a stream", i);
    while (!frond_event_is_set(&clients.over)) {
        expect(frond_read(s, &c, 1, before_long()) == 1, "a byte", i);
        frond_sleep(20);
    }
}

static void read_nothing(frond_stream *s, int i) {
    expect(frond_write(s, "s", 1, NULL, before_long()) == 0, "ask for a stream", i);
    frond_event_wait(&clients.over, before_long());
}

static void reset(frond_stream *s, int i) {
    intptr_t fd;
    expect(asks(s, i), "an answer before a reset", i);
    expect(frond_stream_fd(s, &fd) == 0 && frond_sockopt_set(fd, FROND_SO_LINGER, 0) == 0,
           "linger", i);
}

/* What comes a byte now and then is sent back, and after the half close there is a last word. */
static void half_close(frond_stream *s, int i) {
    char c[4];
    for (int k = 0; k < 5; k++) {
        expect(frond_write(s, "x", 1, NULL, before_long()) == 0 &&
                   frond_read(s, c, 1, before_long()) == 1,
               "a byte sent back", i);
        frond_sleep(50);
    }
    expect(frond_shutdown(s, before_long()) == 0, "half close", i);
    expect(frond_read_exact(s, c, 3, NULL, before_long()) == 0 &&
               frond_read(s, c + 3, 1, before_long()) == 0,
           "the last word", i);
}

static void behave(frond_stream *s, int i) {
    static void (*const odd[])(frond_stream *, int) = {be_streamed_to, read_little,
                                                       read_nothing, reset, half_close};
    size_t kind = (size_t)i / ODD;
    (kind < sizeof odd / sizeof odd[0] ? odd[kind] : be_ordinary)(s, i);
}

static void *client(void *arg) {
    int i = (int)(intptr_t)arg;
    frond_stream *s;
    frond_addr at;
    frond_addr_loopback(&at, FROND_IPV4, clients.port[i % LISTENERS]);
    frond_semaphore_acquire(&clients.connecting, before_long());
    int rc = frond_tcp_connect_addr(&at, NULL, &s, before_long());
    expect(rc == 0, "connect", i);
    expect(rc < 0 || asks(s, i), "a first answer", i); /* so it has been accepted */
    frond_semaphore_release(&clients.connecting);
    if (++clients.here == connections)
        frond_event_set(&clients.all_here);
    if (rc < 0)
        return NULL;
    frond_event_wait(&clients.all_here, before_long());
    behave(s, i);
    frond_stream_free(s);
    return NULL;
}

/* Those without an end of their own are told when the others have come to theirs. */
static int run_clients(void) {
    frond_greenlet **g = calloc((size_t)connections, sizeof(frond_greenlet *));
    clients.connecting = (frond_semaphore)FROND_SEMAPHORE_INIT(CONNECTING);
    if (!g)
        return 3;
    for (int i = 0; i < connections; i++)
        g[i] = frond_spawn(client, (void *)(intptr_t)i);
    int endless = 3 * ODD;
    frond_joinall(g + endless, (size_t)(connections - endless), 0, 0, FROND_NEVER);
    frond_event_set(&clients.over);
    frond_joinall(g, (size_t)endless, 0, 0, FROND_NEVER);
    expect(clients.streamed > 0, "bytes of the streams", 0);
    printf("\n%d connections, slowest answer %lld ms, %llu KiB streamed\n", connections,
           (long long)clients.slowest / 1000000,
           (unsigned long long)clients.streamed / 1024);
    return clients.failed ? 1 : 0;
}

static int client_main(char **argv) {
    connections = atoi(argv[0]);
    most_connections();
    for (int i = 0; i < LISTENERS; i++)
        clients.port[i] = atoi(argv[1 + i]);
    return run_clients();
}

/* At once: leak checkers look through each stack of a process that returns from main, which takes minutes. */
static void end_clients(int status) {
    fflush(stdout);
    _exit(status);
}

/* ---- both ---- */

static pid_t start_clients(const frond_addr *at) {
    char text[LISTENERS + 1][16];
    char *argv[LISTENERS + 4] = {(char *)(uintptr_t)this_program(), "clients"};
    snprintf(text[0], sizeof text[0], "%d", connections);
    for (int i = 0; i < LISTENERS; i++)
        snprintf(text[i + 1], sizeof text[0], "%d", at[i].port);
    for (int i = 0; i <= LISTENERS; i++)
        argv[i + 2] = text[i];
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        execv(argv[0], argv);
        _exit(127);
    }
    return child;
}

static bool has_ended(void *arg) {
    int *status = arg;
    return waitpid(-1, status, WNOHANG) > 0;
}

static int await_clients(void) {
    int status = -1;
    for (int i = 0; i < 6; i++) /* of 20 s each */
        if (eventually(has_ended, &status))
            return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
    return -1;
}

static void many(void) {
    frond_server_options o = {.mode = FROND_SERVE_UNLIMITED};
    frond_server *server[LISTENERS];
    frond_addr at[LISTENERS];
    for (int i = 0; i < LISTENERS; i++)
        CHECK_INT(frond_server_start(net_listen(&at[i]), serve, NULL, &o, &server[i]), 0);
    pid_t child = start_clients(at);
    CHECK(child > 0);
    CHECK_INT(await_clients(), 0);
    uint64_t accepted = 0;
    for (int i = 0; i < LISTENERS; i++) {
        CHECK_INT(frond_server_stop(server[i], before_long()), 0);
        accepted += frond_server_accepted(server[i]);
        frond_server_free(server[i]);
    }
    CHECK_INT(accepted, connections);
    CHECK_INT(served.most, connections); /* all at a time */
    CHECK_INT(served.open, 0);
    CHECK_INT(served.streams, 3 * ODD);
    CHECK_INT(served.half_closed, connections - 4 * ODD);
    CHECK(served.answers >= (connections - 5 * ODD) * ROUNDS);
    CHECK(served.streamed > 0);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {{"many", many}, {NULL, NULL}};
    if (argc == 3 + LISTENERS && strcmp(argv[1], "clients") == 0)
        end_clients(client_main(argv + 2));
    if (under_valgrind())
        test_skip("Valgrind takes minutes for so many stacks");
    connections = most_connections();
    if (connections < FEWEST)
        test_skip("a process may have too few descriptors here (ulimit -n)");
    if (under_sanitizer() ||
        sizeof(void *) < 8) /* stacks take more there, or find less */
        connections = FEWEST;
    return test_main("load", tests, argc, argv);
}
