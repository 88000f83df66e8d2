/* SPDX-License-Identifier: MIT */
/* Listening, accepting, connecting. */
#include "net.h"

#include <stdio.h>
#include <support/sockets.h>

static void *number(intptr_t n) {
    return (void *)n;
}

static void connect_and_accept(void) {
    frond_addr at, peer, local;
    frond_listener *l = net_listen(&at);
    frond_stream *c = NULL, *s = NULL;
    CHECK(at.port != 0);
    CHECK_INT(frond_tcp_connect_addr(&at, NULL, &c, FROND_NEVER), 0);
    CHECK_INT(frond_accept(l, &s, FROND_NEVER), 0);
    CHECK_INT(frond_stream_peer(c, &peer), 0);
    CHECK(frond_addr_equal(&peer, &at));
    CHECK_INT(frond_stream_local(c, &local), 0);
    CHECK_INT(frond_stream_peer(s, &peer), 0);
    CHECK(frond_addr_equal(&peer, &local));
    CHECK_INT(frond_write(c, "ping", 4, NULL, FROND_NEVER), 0);
    char buf[10];
    CHECK_INT(frond_read(s, buf, sizeof buf, FROND_NEVER), 4);
    CHECK(memcmp(buf, "ping", 4) == 0);
    frond_stream_free(c);
    CHECK_INT(frond_read(s, buf, sizeof buf, FROND_NEVER), 0);
    frond_stream_free(s);
    frond_listener_free(l);
}

static void over_ipv6(void) {
    frond_addr where, at;
    frond_listener *l;
    frond_addr_loopback(&where, FROND_IPV6, 0);
    if (frond_tcp_listen(&where, NULL, &l) < 0)
        return; /* a machine without it */
    frond_stream *c, *s;
    CHECK_INT(frond_listener_addr(l, &at), 0);
    CHECK_INT(frond_tcp_connect_addr(&at, NULL, &c, FROND_NEVER), 0);
    CHECK_INT(frond_accept(l, &s, FROND_NEVER), 0);
    frond_stream_free(c);
    frond_stream_free(s);
    frond_listener_free(l);
}

static void refused(void) {
    frond_addr at;
    frond_addr_loopback(&at, FROND_IPV4, 1); /* no port that others could be given */
    frond_stream *s = NULL;
    char expected[120], text[FROND_ADDR_TEXT];
    for (int i = 0; i < 3; i++) {
        CHECK_INT(frond_tcp_connect_addr(&at, NULL, &s, frond_in(100000)),
                  FROND_ECONNREFUSED);
        snprintf(expected, sizeof expected, "connect %s: connection refused",
                 frond_addr_format(&at, text, sizeof text));
        CHECK_TEXT(frond_error_text(), expected);
    }
    CHECK(s == NULL);
}

static void accept_times_out(void) {
    frond_addr at;
    frond_listener *l = net_listen(&at);
    frond_stream *s = NULL;
    CHECK_INT(frond_accept(l, &s, FROND_NOW), FROND_ETIMEDOUT);
    frond_deadline d = frond_in(2);
    CHECK_INT(frond_accept(l, &s, d), FROND_ETIMEDOUT);
    CHECK_INT(frond_now(), d.ns);
    CHECK_HAS(frond_error_text(), "accept at 127.0.0.1:");
    frond_stream *c;
    CHECK_INT(frond_tcp_connect_addr(&at, NULL, &c, FROND_NEVER), 0);
    CHECK_INT(frond_accept(l, &s, FROND_NEVER), 0); /* still usable */
    frond_stream_free(c);
    frond_stream_free(s);
    frond_listener_free(l);
}

static void *accepts(void *l) {
    frond_stream *s = NULL;
    log_add(frond_error_name(frond_accept(l, &s, FROND_NEVER)));
    frond_stream_free(s);
    return NULL;
}

static void one_accepts_at_a_time(void) {
    frond_addr at;
    frond_listener *l = net_listen(&at);
    frond_stream *s = NULL;
    frond_greenlet *g = frond_spawn(accepts, l);
    frond_yield();
    CHECK_INT(frond_accept(l, &s, FROND_NEVER), FROND_EBUSY);
    CHECK_INT(frond_kill(g, FROND_EXIT, FROND_NEVER), 0);
    CHECK_TEXT(log_text(), "FROND_ECANCELED");
    CHECK_INT(frond_accept(l, &s, FROND_NOW), FROND_ETIMEDOUT);
    frond_release(g);
    frond_listener_free(l);
}

static void close_wakes_accept(void) {
    for (int how = 0; how < 2; how++) {
        frond_addr at;
        log_clear();
        frond_listener *l = net_listen(&at);
        frond_greenlet *g = frond_spawn(accepts, l);
        frond_yield();
        if (how) {
            frond_listener_free(l);
        } else {
            CHECK_INT(frond_listener_close(l), 0);
            CHECK_INT(frond_listener_close(l), 0);
        }
        CHECK_INT(frond_join(g, FROND_NEVER), 0);
        CHECK_TEXT(log_text(), "FROND_ECLOSED");
        frond_release(g);
        if (!how) {
            frond_stream *s;
            CHECK_INT(frond_accept(l, &s, FROND_NEVER), FROND_ECLOSED);
            CHECK_INT(frond_listener_addr(l, &at), FROND_ECLOSED);
            frond_listener_free(l);
        }
    }
    frond_listener_free(NULL);
}

static void *accepts_then_close(void *l) {
    frond_stream *s = NULL;
    int rc = frond_accept(l, &s, FROND_NEVER);
    CHECK(rc == 0 || rc == FROND_ECLOSED);
    log_add(rc == 0 ? "got" : "closed");
    frond_stream_free(s);
    return NULL;
}

static frond_listener *to_close;

static void *closes_after_a_datum(void *s) {
    char c;
    CHECK_INT(frond_read(s, &c, 1, FROND_NEVER), 1);
    frond_listener_close(to_close);
    return NULL;
}

/* The loop has found a connection, and before the acceptor runs its listener is closed. */
static void closed_when_ready(void) {
    for (int order = 0; order < 2; order++) {
        frond_addr at;
        frond_stream *a, *b, *c = NULL;
        to_close = net_listen(&at);
        CHECK_INT(frond_stream_pair(&a, &b), 0);
        frond_greenlet *first = NULL, *second = NULL;
        if (order)
            first = frond_spawn(accepts_then_close, to_close);
        second = frond_spawn(closes_after_a_datum, a);
        if (!order)
            first = frond_spawn(accepts_then_close, to_close);
        frond_yield();
        uv_os_sock_t fd = socket(AF_INET, SOCK_STREAM, 0);
        struct sockaddr_in sin = {.sin_family = AF_INET, .sin_port = htons(at.port)};
        memcpy(&sin.sin_addr, at.ip, 4);
        if (order)
            CHECK_INT(connect(fd, (struct sockaddr *)&sin, sizeof sin), 0);
        CHECK_INT(frond_write(b, "x", 1, NULL, FROND_NOW), 0);
        if (!order)
            CHECK_INT(connect(fd, (struct sockaddr *)&sin, sizeof sin), 0);
        CHECK_INT(frond_join(first, FROND_NEVER), 0);
        CHECK_INT(frond_join(second, FROND_NEVER), 0);
        socket_close(fd);
        frond_release(first);
        frond_release(second);
        frond_stream_free(a);
        frond_stream_free(b);
        frond_stream_free(c);
        frond_listener_free(to_close);
    }
}

static void *connects(void *at) {
    frond_stream *s = NULL;
    log_add(frond_error_name(frond_tcp_connect_addr(at, NULL, &s, FROND_NEVER)));
    frond_stream_free(s);
    return NULL;
}

static void connect_times_out_and_is_killed(void) {
    frond_listener *l;
    frond_addr at;
    frond_stream *s[16], *late = NULL;
    int n = net_fill_backlog(&l, &at, s, 16);
    CHECK(n < 16);
    if (n < 16) {
        frond_deadline d = frond_in(3);
        CHECK_INT(frond_tcp_connect_addr(&at, NULL, &late, d), FROND_ETIMEDOUT);
        CHECK_INT(frond_now(), d.ns);
        frond_connect_options o = {.attempt_ms = 3};
        CHECK_INT(frond_tcp_connect_addr(&at, &o, &late, FROND_NEVER), FROND_ETIMEDOUT);
        frond_greenlet *g = frond_spawn(connects, &at);
        frond_yield();
        CHECK_INT(frond_kill(g, FROND_EXIT, FROND_NEVER), 0);
        CHECK_TEXT(log_text(), "FROND_ECANCELED");
        frond_release(g);
    }
    while (n > 0)
        frond_stream_free(s[--n]);
    frond_listener_free(l);
}

static void bind_before_connect(void) {
    frond_addr at, local;
    frond_listener *l = net_listen(&at);
    frond_connect_options o = {.nagle = 1};
    frond_stream *c, *s;
    CHECK_INT(frond_addr_parse(&o.local, "127.0.0.1", 0), 0);
    CHECK_INT(frond_tcp_connect_addr(&at, &o, &c, FROND_NEVER), 0);
    CHECK_INT(frond_stream_local(c, &local), 0);
    CHECK_INT(frond_accept(l, &s, FROND_NEVER), 0);
    frond_stream_free(c);
    frond_stream_free(s);
    CHECK_INT(frond_addr_parse(&o.local, "203.0.113.7", 0), 0);
    CHECK_INT(frond_tcp_connect_addr(&at, &o, &c, FROND_NEVER), FROND_EADDRNOTAVAIL);
    frond_listener_free(l);
}

static void address_in_use(void) {
    frond_addr at;
    frond_listener *l = net_listen(&at), *other = NULL;
    CHECK_INT(frond_tcp_listen(&at, NULL, &other), FROND_EADDRINUSE);
    CHECK_HAS(frond_error_text(), "listen 127.0.0.1:");
    CHECK(other == NULL);
    frond_addr away;
    frond_addr_parse(&away, "203.0.113.7", 0);
    CHECK_INT(frond_tcp_listen(&away, NULL, &other), FROND_EADDRNOTAVAIL);
    frond_listener_free(l);
}

static void *echoes(void *arg) {
    frond_stream *s = arg;
    char buf[64];
    int64_t n;
    while ((n = frond_read(s, buf, sizeof buf, FROND_NEVER)) > 0)
        if (frond_write(s, buf, (size_t)n, NULL, FROND_NEVER) < 0)
            break;
    frond_stream_free(s);
    return NULL;
}

static void *accepts_all(void *l) {
    frond_stream *s;
    while (frond_accept(l, &s, FROND_NEVER) == 0)
        frond_go(echoes, s);
    return NULL;
}

static frond_addr target;

static void *client(void *arg) {
    frond_stream *s;
    int rc = frond_tcp_connect_addr(&target, NULL, &s, FROND_NEVER);
    CHECK_INT(rc, 0);
    if (rc < 0)
        return NULL;
    int bad = 0;
    for (int i = 0; i < 20; i++) {
        char out[16], in[16];
        int n = snprintf(out, sizeof out, "%d %d", (int)(intptr_t)arg, i);
        bad += frond_write(s, out, (size_t)n, NULL, FROND_NEVER) != 0;
        bad +=
            frond_read(s, in, sizeof in, FROND_NEVER) != n || memcmp(in, out, (size_t)n);
    }
    CHECK_INT(bad, 0);
    frond_stream_free(s);
    return NULL;
}

static void many_connections(void) {
    frond_listener *l = net_listen(&target);
    frond_greenlet *a = frond_spawn(accepts_all, l);
    frond_group *group = frond_group_new();
    for (intptr_t i = 0; i < 300; i++)
        frond_group_spawn(group, client, number(i));
    CHECK_INT(frond_group_join(group, FROND_NEVER), 0);
    frond_listener_free(l);
    CHECK_INT(frond_join(a, FROND_NEVER), 0);
    frond_release(a);
    frond_group_free(group);
}

static void by_name_and_by_list(void) {
    frond_listener *l = net_listen(&target);
    frond_stream *c = NULL, *s = NULL;
    CHECK_INT(frond_tcp_connect("127.0.0.1", target.port, NULL, &c, FROND_NEVER), 0);
    CHECK_INT(frond_accept(l, &s, FROND_NEVER), 0);
    frond_stream_free(c);
    frond_stream_free(s);
    frond_addrs *list = frond_addrs_new();
    frond_addr dead;
    frond_addr_loopback(&dead, FROND_IPV4, 1);
    CHECK_INT(frond_tcp_connect_any(list, "x", NULL, &c, FROND_NEVER), FROND_EINVAL);
    frond_addrs_add(list, &dead);
    CHECK_INT(frond_tcp_connect_any(list, "x", NULL, &c, FROND_NEVER),
              FROND_ECONNREFUSED);
    frond_addrs_add(list, &target);
    CHECK_INT(frond_tcp_connect_any(list, "x", NULL, &c, FROND_NEVER), 0);
    CHECK_INT(frond_accept(l, &s, FROND_NEVER), 0);
    frond_stream_free(c);
    frond_stream_free(s);
    frond_addrs_free(list);
    frond_listener_free(l);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"connect and accept", connect_and_accept},
        {"over IPv6", over_ipv6},
        {"refused", refused},
        {"accept times out", accept_times_out},
        {"one accepts at a time", one_accepts_at_a_time},
        {"close wakes accept", close_wakes_accept},
        {"closed when ready", closed_when_ready},
        {"connect times out and is killed", connect_times_out_and_is_killed},
        {"bind before connect", bind_before_connect},
        {"address in use", address_in_use},
        {"many connections", many_connections},
        {"by name and by list", by_name_and_by_list},
        {0}};
    test_clock_virtual();
    return test_main("tcp", tests, argc, argv);
}
