/* SPDX-License-Identifier: MIT */
/* Time limits of datagram sockets and of accepting, and those that all new sockets have; twins of sockets. */
#include "net.h"

static int64_t since(int64_t start) {
    return (frond_now() - start) / 1000000;
}

static frond_udp *datagrams(frond_addr *at) {
    frond_udp *u = NULL;
    frond_addr_loopback(at, FROND_IPV4, 0);
    CHECK_INT(frond_udp_open(at, &u), 0);
    CHECK_INT(frond_udp_addr(u, at), 0);
    return u;
}

static void time_limits_of_datagrams(void) {
    frond_addr at;
    frond_udp *u = datagrams(&at);
    char buf[4];
    frond_part part = {buf, sizeof buf};
    frond_message m = {.parts = &part, .n_parts = 1};
    CHECK_INT(frond_udp_timeouts(u, 50, 20), 0);
    int64_t start = frond_now();
    CHECK_INT(frond_udp_receive(u, buf, 1, NULL, FROND_NEVER), FROND_ETIMEDOUT);
    CHECK_INT(since(start), 50);
    CHECK_INT(frond_udp_receive_message(u, &m, 0, FROND_NEVER), FROND_ETIMEDOUT);
    CHECK_INT(frond_udp_receive_many(u, &m, 1, FROND_NEVER), FROND_ETIMEDOUT);
    CHECK_INT(since(start), 150);
    CHECK_INT(frond_udp_receive(u, buf, 1, NULL, frond_in(10)), FROND_ETIMEDOUT);
    CHECK_INT(since(start), 160);
    CHECK_INT(frond_udp_send(u, "x", 1, &at, FROND_NEVER), 0);
    CHECK_INT(frond_udp_receive(u, buf, 1, NULL, FROND_NEVER), 1);
    CHECK_INT(frond_udp_timeouts(u, 0, 0), 0);
    CHECK_INT(frond_udp_receive(u, buf, 1, NULL, frond_in(100)), FROND_ETIMEDOUT);
    CHECK_INT(since(start), 260);
    frond_udp_close(u);
    CHECK_INT(frond_udp_timeouts(u, 1, 1), FROND_ECLOSED);
    CHECK_INT(frond_udp_timeouts(NULL, 1, 1), FROND_EINVAL);
    frond_udp_free(u);
}

static void time_limit_of_accepting(void) {
    frond_addr at;
    frond_listener *l = net_listen(&at);
    frond_stream *s, *t;
    CHECK_INT(frond_listener_timeout(l, 50), 0);
    int64_t start = frond_now();
    CHECK_INT(frond_accept(l, &s, FROND_NEVER), FROND_ETIMEDOUT);
    CHECK_INT(since(start), 50);
    CHECK_INT(frond_tcp_connect_addr(&at, NULL, &t, FROND_NEVER), 0);
    CHECK_INT(frond_accept(l, &s, FROND_NEVER), 0);
    frond_stream_free(s);
    frond_stream_free(t);
    frond_listener_close(l);
    CHECK_INT(frond_listener_timeout(l, 1), FROND_ECLOSED);
    CHECK_INT(frond_listener_timeout(NULL, 1), FROND_EINVAL);
    frond_listener_free(l);
}

static void *reads_once(frond_stream *s, void *arg) {
    char c;
    (void)arg;
    log_add(frond_error_name((int)frond_read(s, &c, 1, FROND_NEVER)));
    return NULL;
}

static void *takes_packets(const void *data, size_t len, const frond_addr *from,
                           frond_udp_server *server, void *arg) {
    (void)from;
    (void)server;
    CHECK_INT(len, 6);
    CHECK(memcmp(data, "packet", len) == 0);
    log_add("packet");
    return arg;
}

/* Accepted, connected and datagrams; servers wait for longer. */
static void time_limits_by_default(void) {
    frond_addr at, there;
    frond_stream *s, *before = NULL, *other;
    frond_server *server;
    frond_udp_server *packets;
    char c;
    CHECK_INT(frond_stream_pair(&before, &other), 0);
    frond_default_timeouts(50, 20);
    CHECK_INT(frond_server_start(net_listen(&at), reads_once, NULL, NULL, &server), 0);
    frond_udp *u = datagrams(&there), *v = datagrams(&there);
    CHECK_INT(frond_udp_server_start(v, takes_packets, NULL, NULL, &packets), 0);
    int64_t start = frond_now();
    CHECK_INT(frond_udp_receive(u, &c, 1, NULL, FROND_NEVER), FROND_ETIMEDOUT);
    CHECK_INT(since(start), 50);
    frond_sleep(1000);
    CHECK_INT(frond_tcp_connect_addr(&at, NULL, &s, FROND_NEVER), 0);
    start = frond_now();
    frond_yield();
    CHECK_INT(frond_read(s, &c, 1, frond_in(40)), FROND_ETIMEDOUT);
    CHECK_INT(frond_read(s, &c, 1, FROND_NEVER), 0); /* the handler has ended */
    CHECK(since(start) <= 90);
    CHECK_INT(frond_udp_send(u, "packet", 6, &there, FROND_NEVER), 0);
    frond_sleep(5);
    frond_default_timeouts(0, 0);
    start = frond_now();
    CHECK_INT(frond_read(before, &c, 1, frond_in(200)), FROND_ETIMEDOUT);
    CHECK_INT(since(start), 200);
    frond_server_stats stats;
    CHECK_INT(frond_server_get_stats(server, &stats), 0);
    CHECK_INT(stats.failed_accepts, 0);
    CHECK_INT(frond_server_stop(server, FROND_NEVER), 0);
    CHECK_INT(frond_udp_server_stop(packets, FROND_NEVER), 0);
    frond_server_free(server);
    frond_udp_server_free(packets);
    frond_udp_free(u);
    frond_stream_free(s);
    frond_stream_free(before);
    frond_stream_free(other);
    CHECK_TEXT(log_text(), "FROND_ETIMEDOUT packet");
}

static void twins(void) {
    frond_stream *a, *b, *twin, *none;
    char buf[16];
    net_tcp_pair(&a, &b);
    CHECK_INT(frond_stream_dup(a, &twin), 0);
    CHECK_INT(frond_write(a, "1", 1, NULL, FROND_NEVER), 0);
    CHECK_INT(frond_close(a), 0);
    CHECK_INT(frond_write(twin, "2", 1, NULL, FROND_NEVER), 0);
    CHECK_INT(frond_read_exact(b, buf, 2, NULL, FROND_NEVER), 0);
    CHECK_INT(frond_write(b, "3", 1, NULL, FROND_NEVER), 0);
    CHECK_INT(frond_read(twin, buf, 1, FROND_NEVER), 1);
    CHECK_INT(frond_stream_dup(a, &none), FROND_ECLOSED);
    CHECK_INT(frond_stream_dup(NULL, &none), FROND_EINVAL);
    frond_stream_free(twin);
    CHECK_INT(frond_read(b, buf, 1, FROND_NEVER), 0);
    frond_stream_free(a);
    frond_stream_free(b);
}

static void without_memory(void) {
    frond_stream *a = NULL, *b = NULL, *twin = NULL;
    if (frond_stream_pair(&a, &b) < 0)
        return;
    if (frond_stream_dup(a, &twin) == 0)
        frond_stream_free(twin);
    frond_stream_free(a);
    frond_stream_free(b);
}

static void sweep(void) {
    memory_sweep(without_memory);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"time limits of datagrams", time_limits_of_datagrams},
        {"time limit of accepting", time_limit_of_accepting},
        {"time limits by default", time_limits_by_default},
        {"twins", twins},
        {"without memory", sweep},
        {NULL, NULL}};
    test_clock_virtual();
    return test_main("socket limits", tests, argc, argv);
}
