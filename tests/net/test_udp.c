/* SPDX-License-Identifier: MIT */
/* Datagrams. */
#include "net.h"

#include <stdio.h>
#include <support/sockets.h>

static frond_udp *open_one(frond_addr *at) {
    frond_addr where;
    frond_udp *u = NULL;
    frond_addr_loopback(&where, FROND_IPV4, 0);
    CHECK_INT(frond_udp_open(&where, &u), 0);
    CHECK_INT(frond_udp_addr(u, at), 0);
    CHECK(at->port != 0);
    return u;
}

static void send_and_receive(void) {
    frond_addr at_a, at_b, from;
    frond_udp *a = open_one(&at_a), *b = open_one(&at_b);
    char buf[100];
    CHECK_INT(frond_udp_send(a, "hello", 5, &at_b, FROND_NEVER), 0);
    CHECK_INT(frond_udp_send(a, "", 0, &at_b, FROND_NEVER), 0);
    CHECK_INT(frond_udp_receive(b, buf, sizeof buf, &from, FROND_NEVER), 5);
    CHECK(frond_addr_equal(&from, &at_a));
    CHECK(memcmp(buf, "hello", 5) == 0);
    CHECK_INT(frond_udp_receive(b, buf, sizeof buf, NULL, FROND_NEVER), 0); /* empty */
    CHECK_INT(frond_udp_receive(b, buf, sizeof buf, NULL, FROND_NOW), FROND_ETIMEDOUT);
    frond_udp_free(a);
    frond_udp_free(b);
}

static void sizes(void) {
    frond_addr at_a, at_b;
    frond_udp *a = open_one(&at_a), *b = open_one(&at_b);
    char *data = net_bytes(70000);
    char buf[100];
    CHECK_INT(frond_udp_send(a, data, 70000, &at_b, FROND_NEVER), FROND_EMSGSIZE);
    CHECK_HAS(frond_error_text(), "udp send to 127.0.0.1:");
    CHECK_INT(frond_udp_send(a, data, 1000, &at_b, FROND_NEVER), 0);
    CHECK_INT(frond_udp_send(a, "next", 4, &at_b, FROND_NEVER), 0);
    CHECK_INT(frond_udp_receive(b, buf, sizeof buf, NULL, FROND_NEVER), FROND_EMSGSIZE);
    CHECK(memcmp(buf, data, sizeof buf) == 0);
    CHECK_INT(frond_udp_receive(b, buf, sizeof buf, NULL, FROND_NEVER), 4);
    free(data);
    frond_udp_free(a);
    frond_udp_free(b);
}

static void connected(void) {
    frond_addr at_a, at_b, at_c, from;
    frond_udp *a = open_one(&at_a), *b = open_one(&at_b), *c = open_one(&at_c);
    char buf[16];
    CHECK_INT(frond_udp_send(a, "x", 1, NULL, FROND_NEVER), FROND_EINVAL);
    CHECK_INT(frond_udp_connect(a, &at_b), 0);
    CHECK_INT(frond_udp_send(a, "x", 1, NULL, FROND_NEVER), 0);
    CHECK_INT(frond_udp_receive(b, buf, sizeof buf, &from, FROND_NEVER), 1);
    CHECK_INT(frond_udp_send(c, "stranger", 8, &at_a, FROND_NEVER), 0);
    CHECK_INT(frond_udp_send(b, "yy", 2, &at_a, FROND_NEVER), 0);
    CHECK_INT(frond_udp_receive(a, buf, sizeof buf, NULL, FROND_NEVER), 2);
    CHECK_INT(frond_udp_receive(a, buf, sizeof buf, NULL, frond_in(2)), FROND_ETIMEDOUT);
    frond_udp_free(b);
    CHECK_INT(frond_udp_send(a, "x", 1, NULL, FROND_NEVER), 0); /* nobody there now */
    CHECK_INT(frond_udp_receive(a, buf, sizeof buf, NULL, FROND_NEVER),
              FROND_ECONNREFUSED);
    CHECK_INT(frond_udp_receive(a, buf, sizeof buf, NULL, frond_in(1)), FROND_ETIMEDOUT);
    frond_udp_free(a);
    frond_udp_free(c);
}

static void *receives(void *u) {
    char buf[16], word[32];
    int64_t n = frond_udp_receive(u, buf, sizeof buf, NULL, FROND_NEVER);
    snprintf(word, sizeof word, "got%d", (int)n);
    log_add(n < 0 ? frond_error_name((int)n) : word);
    return NULL;
}

static void waits_end(void) {
    frond_addr at;
    char buf[4];
    frond_udp *u = open_one(&at);
    frond_greenlet *g = frond_spawn(receives, u);
    frond_yield();
    CHECK_INT(frond_udp_receive(u, buf, sizeof buf, NULL, FROND_NEVER), FROND_EBUSY);
    CHECK_INT(frond_udp_send(u, "self", 4, &at, FROND_NEVER), 0); /* meanwhile */
    CHECK_INT(frond_join(g, FROND_NEVER), 0);
    frond_release(g);
    g = frond_spawn(receives, u);
    frond_yield();
    CHECK_INT(frond_kill(g, FROND_EXIT, FROND_NEVER), 0);
    frond_release(g);
    g = frond_spawn(receives, u);
    frond_yield();
    CHECK_INT(frond_udp_close(u), 0);
    CHECK_INT(frond_udp_close(u), 0);
    CHECK_INT(frond_join(g, FROND_NEVER), 0);
    frond_release(g);
    CHECK_INT(frond_udp_send(u, "x", 1, &at, FROND_NEVER), FROND_ECLOSED);
    CHECK_INT(frond_udp_addr(u, &at), FROND_ECLOSED);
    frond_udp_free(u);
    u = open_one(&at);
    g = frond_spawn(receives, u);
    frond_yield();
    frond_udp_free(u); /* under its receiver */
    CHECK_INT(frond_join(g, FROND_NEVER), 0);
    frond_release(g);
    CHECK_TEXT(log_text(), "got4 FROND_ECANCELED FROND_ECLOSED FROND_ECLOSED");
    frond_udp_free(NULL);
}

static void *echoes(void *u) {
    char buf[64];
    frond_addr from;
    int64_t n;
    while ((n = frond_udp_receive(u, buf, sizeof buf, &from, FROND_NEVER)) >= 0)
        CHECK_INT(frond_udp_send(u, buf, (size_t)n, &from, FROND_NEVER), 0);
    CHECK_INT(n, FROND_ECLOSED);
    return NULL;
}

static void ping_pong(void) {
    frond_addr at_a, at_b;
    frond_udp *a = open_one(&at_a), *b = open_one(&at_b);
    frond_greenlet *g = frond_spawn(echoes, b);
    char out[16], in[16];
    for (int i = 0; i < 200; i++) {
        int n = snprintf(out, sizeof out, "%d", i);
        CHECK_INT(frond_udp_send(a, out, (size_t)n, &at_b, FROND_NEVER), 0);
        CHECK_INT(frond_udp_receive(a, in, sizeof in, NULL, FROND_NEVER), n);
        CHECK(memcmp(in, out, (size_t)n) == 0);
    }
    frond_udp_free(b);
    CHECK_INT(frond_join(g, FROND_NEVER), 0);
    frond_release(g);
    frond_udp_free(a);
}

static int foreign[3];

static void use_from_afar(void *u) {
    char c;
    foreign[0] = (int)frond_udp_receive(u, &c, 1, NULL, FROND_NOW);
    foreign[1] = frond_udp_send(u, &c, 1, NULL, FROND_NOW);
    foreign[2] = frond_udp_close(u);
}

static void misuse(void) {
    frond_addr at, bad = {.family = 99};
    frond_udp *u = open_one(&at), *v = NULL;
    char c;
    CHECK_INT(frond_udp_open(NULL, &v), FROND_EINVAL);
    CHECK_INT(frond_udp_open(&at, NULL), FROND_EINVAL);
    CHECK_INT(frond_udp_open(&bad, &v), FROND_EAFNOSUPPORT);
    CHECK_INT(frond_udp_open(&at, &v), FROND_EADDRINUSE);
    CHECK_INT(frond_udp_send(NULL, "x", 1, &at, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_udp_send(u, NULL, 1, &at, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_udp_receive(NULL, &c, 1, NULL, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_udp_receive(u, NULL, 1, NULL, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_udp_connect(u, NULL), FROND_EINVAL);
    CHECK_INT(frond_udp_connect(NULL, &at), FROND_EINVAL);
    CHECK_INT(frond_udp_addr(NULL, &at), FROND_EINVAL);
    CHECK_INT(frond_udp_close(NULL), FROND_EINVAL);
    thread_run(use_from_afar, u);
    for (int i = 0; i < 3; i++)
        CHECK_INT(foreign[i], FROND_ETHREAD);
    frond_udp_free(u);
}

static void *is_refused(void *u) {
    char c;
    CHECK_INT(frond_udp_receive(u, &c, 1, NULL, frond_in(20000)), FROND_ECONNREFUSED);
    return NULL;
}

static void *receives_y(void *u) {
    char c = 0;
    CHECK_INT(frond_udp_receive(u, &c, 1, NULL, frond_in(20000)), 1);
    CHECK_INT(c, 'y');
    return NULL;
}

/* An error stops the loop's watch; the next wait begins it anew. */
static void receives_after_a_refusal(void) {
    struct sockaddr_in at = {.sin_family = AF_INET};
    socklen_t len = sizeof at;
    frond_addr to, from;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    uv_os_sock_t peer = socket(AF_INET, SOCK_DGRAM, 0);
    CHECK_INT(bind(peer, (struct sockaddr *)&at, sizeof at), 0);
    getsockname(peer, (struct sockaddr *)&at, &len);
    /* connected to itself it takes nothing from others: they are refused */
    CHECK_INT(connect(peer, (struct sockaddr *)&at, sizeof at), 0);
    frond_addr_loopback(&to, FROND_IPV4, ntohs(at.sin_port));
    frond_udp *u = open_one(&from);
    CHECK_INT(frond_udp_connect(u, &to), 0);
    frond_greenlet *g = frond_spawn(is_refused, u);
    frond_sleep(1); /* it waits */
    CHECK_INT(frond_udp_send(u, "x", 1, NULL, FROND_NEVER), 0);
    CHECK_INT(frond_join(g, FROND_NEVER), 0);
    frond_release(g);
    g = frond_spawn(receives_y, u);
    frond_sleep(1); /* it waits */
    CHECK_INT(frond_udp_addr(u, &from), 0);
    at.sin_port = htons((uint16_t)from.port);
    CHECK_INT(connect(peer, (struct sockaddr *)&at, sizeof at), 0);
    CHECK_INT(socket_send(peer, "y", 1), 1);
    CHECK_INT(frond_join(g, FROND_NEVER), 0);
    frond_release(g);
    socket_close(peer);
    frond_udp_free(u);
}

/* At every address of IPv6 it takes IPv4 as well, on all systems, as a listener does. */
static void of_both_families(void) {
    static const frond_sockopt one[] = {{FROND_SO_V6ONLY, 1, NULL}, {0, 0, NULL}};
    frond_addr any, to, from;
    frond_udp *u, *four;
    intptr_t fd;
    int value = -1;
    char c;
    CHECK_INT(frond_addr_parse(&any, "::", 0), 0);
    if (frond_udp_open(&any, &u) < 0)
        return; /* a machine without IPv6 */
    CHECK_INT(frond_udp_fd(u, &fd), 0);
    CHECK_INT(frond_sockopt_get(fd, FROND_SO_V6ONLY, &value), 0);
    CHECK_INT(value, 0);
    CHECK_INT(frond_udp_addr(u, &to), 0);
    frond_addr_loopback(&to, FROND_IPV4, to.port);
    four = open_one(&from);
    CHECK_INT(frond_udp_send(four, "x", 1, &to, FROND_NEVER), 0);
    CHECK_INT(frond_udp_receive(u, &c, 1, &from, FROND_NEVER), 1);
    CHECK_INT(frond_udp_send(u, "y", 1, &from, FROND_NEVER), 0);
    CHECK_INT(frond_udp_receive(four, &c, 1, NULL, FROND_NEVER), 1);
    frond_udp_free(four);
    frond_udp_free(u);
    CHECK_INT(frond_udp_open_with(&any, one, &u), 0);
    CHECK_INT(frond_udp_fd(u, &fd), 0);
    CHECK_INT(frond_sockopt_get(fd, FROND_SO_V6ONLY, &value), 0);
    CHECK_INT(value, 1);
    frond_udp_free(u);
}

static void is_from(frond_udp *u, const char *what, const frond_addr *sender) {
    char buf[16];
    frond_addr from;
    CHECK_INT(frond_udp_receive(u, buf, sizeof buf, &from, frond_in(20000)),
              (int)strlen(what));
    CHECK(memcmp(buf, what, strlen(what)) == 0);
    CHECK_INT(from.family, FROND_IPV4);
    CHECK_INT(from.port, sender->port);
}

/* Every way of sending takes addresses of IPv4 as they are. */
static void to_ipv4_from_both_families(void) {
    frond_addr any, at, to;
    frond_udp *u, *four = open_one(&to);
    CHECK_INT(frond_addr_parse(&any, "::", 0), 0);
    if (frond_udp_open(&any, &u) < 0) {
        frond_udp_free(four);
        return; /* a machine without IPv6 */
    }
    CHECK_INT(frond_udp_addr(u, &at), 0);
    frond_part part = {"abcd", 4};
    frond_message m[2] = {{.parts = &part, .n_parts = 1, .addr = to},
                          {.parts = &part, .n_parts = 1, .addr = to}};
    CHECK_INT(frond_udp_send(u, "x", 1, &to, FROND_NEVER), 0);
    is_from(four, "x", &at);
    CHECK_INT(frond_udp_send_message(u, m, 0, FROND_NEVER), 4);
    is_from(four, "abcd", &at);
    CHECK_INT(frond_udp_send_many(u, m, 2, NULL, FROND_NEVER), 0);
    CHECK_INT(m[1].len, 4);
    m[0].segment = 2;
    CHECK_INT(frond_udp_send_message(u, m, 0, FROND_NEVER), 4);
    for (int i = 0; i < 4; i++)
        is_from(four, i < 2 ? "abcd" : i == 2 ? "ab" : "cd", &at);
    CHECK(frond_addr_equal(&m[0].addr, &to)); /* as it was */
    CHECK_INT(frond_udp_connect(u, &to), 0);
    CHECK_INT(frond_udp_send(u, "y", 1, NULL, FROND_NEVER), 0);
    is_from(four, "y", &at);
    frond_udp_free(u);
    frond_udp_free(four);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"send and receive", send_and_receive},
        {"sizes", sizes},
        {"connected", connected},
        {"waits end", waits_end},
        {"ping pong", ping_pong},
        {"of both families", of_both_families},
        {"to IPv4 from both families", to_ipv4_from_both_families},
        {"misuse", misuse},
        {"receives after a refusal", receives_after_a_refusal},
        {0}};
    test_clock_virtual();
    return test_main("udp", tests, argc, argv);
}
