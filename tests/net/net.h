/* SPDX-License-Identifier: MIT */
/* What several tests of net need: listeners, connected pairs, bytes that can be checked. */
#ifndef FROND_TESTS_NET_H
#define FROND_TESTS_NET_H

#include "support.h"
#include <frond/net.h>
#include <stdlib.h>
#include <string.h>

static inline frond_listener *net_listen(frond_addr *at) {
    frond_addr where;
    frond_listener *l = NULL;
    frond_addr_loopback(&where, FROND_IPV4, 0);
    CHECK_INT(frond_tcp_listen(&where, NULL, &l), 0);
    CHECK_INT(frond_listener_addr(l, at), 0);
    return l;
}

/* Two ends of a TCP connection. */
static inline void net_tcp_pair(frond_stream **a, frond_stream **b) {
    frond_addr at;
    frond_listener *l = net_listen(&at);
    *a = *b = NULL;
    CHECK_INT(frond_tcp_connect_addr(&at, NULL, a, FROND_NEVER), 0);
    CHECK_INT(frond_accept(l, b, FROND_NEVER), 0);
    frond_listener_free(l);
}

/* An address whose queue of connections is full: connecting takes long. */
static inline int net_fill_backlog(frond_listener **l, frond_addr *at, frond_stream **s,
                                   int most) {
    frond_addr where;
    frond_listen_options o = {.backlog = 1};
    frond_addr_loopback(&where, FROND_IPV4, 0);
    CHECK_INT(frond_tcp_listen(&where, &o, l), 0);
    frond_listener_addr(*l, at);
    int n = 0;
    while (n < most && frond_tcp_connect_addr(at, NULL, &s[n], frond_in(50)) == 0)
        n++;
    return n;
}

static inline unsigned char net_byte(size_t i) {
    return (unsigned char)((i * 2654435761u) >> 13);
}

static inline char *net_bytes(size_t n) {
    char *p = malloc(n ? n : 1);
    if (!p)
        abort();
    for (size_t i = 0; i < n; i++)
        p[i] = (char)net_byte(i);
    return p;
}

/* Reads to the end of the stream, checking bytes from `from` on; how many, or an error. */
static inline int64_t net_read_checked(frond_stream *s, size_t from, size_t most) {
    static char buf[70000];
    size_t at = from, bad = 0;
    while (at - from < most) {
        size_t want = most - (at - from) < sizeof buf ? most - (at - from) : sizeof buf;
        int64_t n = frond_read(s, buf, want, FROND_NEVER);
        if (n < 0)
            return n;
        if (n == 0)
            break;
        for (int64_t i = 0; i < n; i++)
            bad += (unsigned char)buf[i] != net_byte(at + (size_t)i);
        at += (size_t)n;
    }
    CHECK_INT(bad, 0);
    return (int64_t)(at - from);
}

/* Writes without end until the transport takes no more; how much it took. */
static inline size_t net_fill_at_once(frond_stream *s, size_t from) {
    size_t total = 0, n = 0;
    char part[4096];
    int rc;
    do {
        for (size_t i = 0; i < sizeof part; i++)
            part[i] = (char)net_byte(from + total + i);
        rc = frond_write(s, part, sizeof part, &n, FROND_NOW);
        total += n;
    } while (rc == 0);
    CHECK_INT(rc, FROND_ETIMEDOUT);
    return total;
}

/* And so that it stays full: what TCP has taken it may pass on a little later, and then it takes more. */
static inline size_t net_fill(frond_stream *s, size_t from) {
    size_t total = 0, n;
    while ((n = net_fill_at_once(s, from + total)) > 0) {
        total += n;
        block_ms(50);
    }
    return total;
}

#endif
