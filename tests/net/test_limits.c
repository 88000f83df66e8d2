/* SPDX-License-Identifier: MIT */
/* Time limits and rates of streams, bytes put back, exact reads, twins. */
#include "net.h"

#include <frond/timeout.h>

static void time_limits(void) {
    frond_stream *a, *b;
    char buf[16];
    CHECK_INT(frond_stream_pair(&a, &b), 0);
    CHECK_INT(frond_stream_timeouts(a, 50, 30), 0);
    int64_t start = frond_now();
    CHECK_INT(frond_read(a, buf, 1, FROND_NEVER), FROND_ETIMEDOUT);
    CHECK_INT((frond_now() - start) / 1000000, 50);
    start = frond_now();
    CHECK_INT(frond_read(a, buf, 1, frond_in(10)),
              FROND_ETIMEDOUT); /* the nearest wins */
    CHECK_INT((frond_now() - start) / 1000000, 10);
    net_fill(a, 0);
    start = frond_now();
    CHECK_INT(frond_write(a, buf, sizeof buf, NULL, FROND_NEVER), FROND_ETIMEDOUT);
    CHECK_INT((frond_now() - start) / 1000000, 30);
    CHECK_INT(frond_write(b, "x", 1, NULL, FROND_NEVER), 0);
    CHECK_INT(frond_read(a, buf, 1, FROND_NEVER), 1);
    CHECK_INT(frond_stream_timeouts(a, 0, 0), 0);
    CHECK_INT(frond_read(a, buf, 1, frond_in(100)), FROND_ETIMEDOUT);
    frond_close(a);
    CHECK_INT(frond_stream_timeouts(a, 1, 1), FROND_ECLOSED);
    CHECK_INT(frond_stream_timeouts(NULL, 1, 1), FROND_EINVAL);
    frond_stream_free(a);
    frond_stream_free(b);
}

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

static void *write_bytes(void *stream) {
    static char data[30000];
    frond_write(stream, data, sizeof data, NULL, FROND_NEVER);
    return NULL;
}

/* 30,000 bytes at 10,000 a second, 5,000 of which may go at once: 2.5 seconds. */
static void writing_at_a_rate(void) {
    frond_stream *a, *b;
    CHECK_INT(frond_stream_pair(&a, &b), 0);
    frond_rate *r = frond_rate_new(10000, 5000);
    CHECK_INT(frond_stream_rates(a, NULL, r), 0);
    frond_rate_free(r); /* the stream keeps it */
    int64_t start = frond_now();
    frond_greenlet *g = frond_spawn(write_bytes, a);
    CHECK_INT(frond_join(g, FROND_NEVER), 0);
    int64_t ms = (frond_now() - start) / 1000000;
    CHECK(ms >= 1999 && ms <= 2501);
    frond_release(g);
    frond_stream_free(a);
    frond_stream_free(b);
}

static void reading_at_a_rate(void) {
    frond_stream *a, *b;
    static char buf[30000];
    CHECK_INT(frond_stream_pair(&a, &b), 0);
    write_bytes(a);
    frond_rate *r = frond_rate_new(10000, 1000);
    CHECK_INT(frond_stream_rates(b, r, NULL), 0);
    int64_t start = frond_now();
    CHECK_INT(frond_read_exact(b, buf, sizeof buf, NULL, FROND_NEVER), 0);
    int64_t ms = (frond_now() - start) / 1000000;
    CHECK(ms >= 2799 && ms <= 3001);
    write_bytes(a);
    CHECK_INT(frond_read(b, buf, sizeof buf, FROND_NOW),
              FROND_ETIMEDOUT); /* not yet its turn */
    CHECK_INT(frond_rate_set(r, 1000000000, 0), 0);
    CHECK_INT(frond_read_exact(b, buf, sizeof buf, NULL, FROND_NEVER), 0);
    CHECK_INT(frond_stream_rates(b, NULL, NULL), 0);
    frond_rate_free(r);
    frond_stream_free(a);
    frond_stream_free(b);
}

static int finished;
static void *finish(void *stream) {
    write_bytes(stream);
    finished++;
    return NULL;
}

/* Two that share a rate get about half each. */
static void shared_rate(void) {
    frond_stream *a, *b, *c, *e;
    CHECK_INT(frond_stream_pair(&a, &b), 0);
    CHECK_INT(frond_stream_pair(&c, &e), 0);
    frond_rate *r = frond_rate_new(10000, 1000);
    CHECK_INT(frond_stream_rates(a, NULL, r), 0);
    CHECK_INT(frond_stream_rates(c, NULL, r), 0);
    finished = 0;
    frond_greenlet *g = frond_spawn(finish, a), *h = frond_spawn(finish, c);
    frond_sleep(5000);
    CHECK_INT(finished, 0);
    frond_sleep(1500);
    CHECK_INT(finished, 2);
    frond_release(g);
    frond_release(h);
    frond_rate_free(r);
    frond_stream_free(a);
    frond_stream_free(b);
    frond_stream_free(c);
    frond_stream_free(e);
}

/* What ends the wait for a turn leaves everything usable. */
static void given_up(void) {
    frond_stream *a, *b;
    static char data[30000];
    size_t written;
    CHECK_INT(frond_stream_pair(&a, &b), 0);
    frond_rate *r = frond_rate_new(10000, 5000);
    CHECK_INT(frond_stream_rates(a, NULL, r), 0);
    CHECK_INT(frond_write(a, data, sizeof data, &written, frond_in(600)),
              FROND_ETIMEDOUT);
    CHECK(written >= 10000 && written <= 15000);
    frond_greenlet *g = frond_spawn(write_bytes, a);
    frond_sleep(100);
    CHECK_INT(frond_kill(g, FROND_EXIT, FROND_NEVER), 0);
    frond_release(g);
    CHECK_INT(frond_stream_rates(a, NULL, NULL), 0);
    CHECK_INT(frond_write(a, data, 10, &written, FROND_NEVER), 0);
    g = frond_spawn(write_bytes, a);
    CHECK_INT(frond_stream_rates(a, NULL, r), 0);
    frond_sleep(1);
    frond_close(a);
    CHECK_INT(frond_join(g, FROND_NEVER), 0);
    frond_release(g);
    frond_rate_free(r);
    frond_stream_free(a);
    frond_stream_free(b);
}

static void bytes_put_back(void) {
    frond_stream *a, *b;
    char buf[16];
    CHECK_INT(frond_stream_pair(&a, &b), 0);
    CHECK_INT(frond_write(a, "world", 5, NULL, FROND_NEVER), 0);
    CHECK_INT(frond_unread(b, "o ", 2), 0);
    CHECK_INT(frond_unread(b, "hell", 4), 0);
    CHECK_INT(frond_unread(b, NULL, 0), 0);
    CHECK_INT(frond_unread(b, NULL, 1), FROND_EINVAL);
    CHECK_INT(frond_unread(NULL, "x", 1), FROND_EINVAL);
    CHECK_INT(frond_read(b, buf, 3, FROND_NOW), 3);
    CHECK(memcmp(buf, "hel", 3) == 0);
    CHECK_INT(frond_read_exact(b, buf, 8, NULL, FROND_NEVER), 0);
    CHECK(memcmp(buf, "lo world", 8) == 0);
    CHECK_INT(frond_unread(b, "kept", 4), 0); /* and freed with the stream */
    frond_stream_free(a);
    frond_stream_free(b);
}

static void exactly(void) {
    frond_stream *a, *b;
    char buf[16];
    size_t got;
    CHECK_INT(frond_stream_pair(&a, &b), 0);
    CHECK_INT(frond_write(a, "abc", 3, NULL, FROND_NEVER), 0);
    CHECK_INT(frond_read_exact(b, buf, 5, &got, frond_in(5)), FROND_ETIMEDOUT);
    CHECK_INT(got, 3);
    CHECK_INT(frond_write(a, "de", 2, NULL, FROND_NEVER), 0);
    CHECK_INT(frond_read_exact(b, buf + got, 5 - got, &got, FROND_NEVER), 0);
    CHECK(memcmp(buf, "abcde", 5) == 0);
    CHECK_INT(frond_read_exact(b, buf, 0, &got, FROND_NOW), 0);
    CHECK_INT(frond_read_exact(b, NULL, 1, &got, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_write(a, "f", 1, NULL, FROND_NEVER), 0);
    frond_close(a);
    CHECK_INT(frond_read_exact(b, buf, 2, &got, FROND_NEVER), FROND_EOF);
    CHECK_INT(got, 1);
    frond_stream_free(a);
    frond_stream_free(b);
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
    char c;
    if (frond_stream_pair(&a, &b) < 0)
        return;
    frond_rate *r = frond_rate_new(1000, 0);
    frond_stream_timeouts(a, 1000, 1000);
    frond_stream_rates(b, r, r);
    if (frond_unread(b, "x", 1) == 0)
        CHECK_INT(frond_read(b, &c, 1, FROND_NEVER), 1);
    if (frond_stream_dup(a, &twin) == 0)
        frond_stream_free(twin);
    frond_rate_free(r);
    frond_stream_free(a);
    frond_stream_free(b);
}

static void sweep(void) {
    memory_sweep(without_memory);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"time limits", time_limits},
        {"time limits of datagrams", time_limits_of_datagrams},
        {"time limit of accepting", time_limit_of_accepting},
        {"time limits by default", time_limits_by_default},
        {"writing at a rate", writing_at_a_rate},
        {"reading at a rate", reading_at_a_rate},
        {"shared rate", shared_rate},
        {"given up", given_up},
        {"bytes put back", bytes_put_back},
        {"exactly", exactly},
        {"twins", twins},
        {"without memory", sweep},
        {NULL, NULL}};
    test_clock_virtual();
    return test_main("limits", tests, argc, argv);
}
