/* SPDX-License-Identifier: MIT */
/* The clients of the soak.  A client that nobody disturbs must get all its bytes and succeed; of one that is
 * killed, runs out of time or is closed under its hands only the bytes that came are checked, and, at the end of
 * the soak, that nothing of it is left. */
#include "whole/soak.h"

#include <stdio.h>
#include <string.h>

soak_counts soak_count;

enum { MOST_DATA = 300000, MOST_SMALL = 2000, CLEANUP_MS = 5000 };

typedef struct {
    soak_dice dice;
    frond_deadline d;
    frond_stream *s; /* while it is open */
    unsigned char mode;
    bool small; /* reads a byte at a time */
    bool disturbed;
    size_t n, got;
    int rc;
} client;

uint64_t soak_draw(soak_dice *d, uint64_t below) { /* splitmix64 */
    uint64_t z = d->state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return (z ^ (z >> 31)) % below;
}

bool soak_chance(soak_dice *d, unsigned percent) {
    return soak_draw(d, 100) < percent;
}

/* ---- connecting ---- */

static int connect_by_name(client *c, int port) {
    frond_connect_options o = {.resolver = soak.resolver};
    char name[40];
    snprintf(name, sizeof name, "loop3.n%u.test", (unsigned)soak_draw(&c->dice, 20));
    return frond_tcp_connect(name, port, &o, &c->s, c->d);
}

static int connect_somehow(client *c) {
    switch (soak_draw(&c->dice, 4)) {
    case 0:
        return frond_tcp_connect_addr(&soak.at_forward, NULL, &c->s, c->d);
    case 1:
        return frond_tcp_connect_addr(&soak.at_local, NULL, &c->s, c->d);
    case 2:
        return connect_by_name(c, soak_chance(&c->dice, 50) ? soak.at_forward.port
                                                            : soak.at_tcp.port);
    default:
        return frond_tcp_connect_addr(&soak.at_tcp, NULL, &c->s, c->d);
    }
}

/* ---- transfers ---- */

static void *send_all(void *arg) {
    client *c = arg;
    char buf[4096];
    int rc = frond_write(c->s, &c->mode, 1, NULL, c->d);
    for (size_t at = 0; at < c->n && rc == 0;) {
        size_t part = c->n - at < sizeof buf ? c->n - at : sizeof buf;
        for (size_t i = 0; i < part; i++)
            buf[i] = (char)soak_byte(at + i);
        rc = frond_write(c->s, buf, part, NULL, c->d);
        at += part;
    }
    if (rc == 0)
        rc = frond_shutdown(c->s, c->d);
    if (!c->disturbed && !soak.out_of_ports)
        CHECK_INT(rc, 0);
    return NULL;
}

static int64_t check_some(client *c) {
    char buf[8192];
    int64_t n = frond_read(c->s, buf, c->small ? 1 : sizeof buf, c->d);
    size_t bad = 0;
    for (int64_t i = 0; i < n; i++)
        bad += (unsigned char)buf[i] != soak_byte(c->got + (size_t)i);
    CHECK_INT(bad, 0);
    c->got += n > 0 ? (size_t)n : 0;
    return n;
}

static void receive_all(client *c) {
    int64_t n;
    size_t most = c->small ? MOST_SMALL : MOST_DATA;
    while ((n = check_some(c)) > 0 && c->got < most) {}
    c->rc = n < 0 ? (int)n : 0;
}

/* What comes is checked while it sends, until the server ends it. */
static void transfer(client *c) {
    frond_greenlet *g = frond_spawn(send_all, c);
    if (!g) {
        c->rc = FROND_ENOMEM;
        return;
    }
    receive_all(c);
    frond_shield_begin(CLEANUP_MS); /* it uses our frame */
    if (c->rc < 0 || c->mode == SOAK_STREAM)
        frond_kill(g, FROND_EXIT, FROND_NEVER);
    CHECK_INT(frond_join(g, FROND_NEVER), 0);
    frond_shield_end();
    frond_release(g);
}

/* Waits for answers by frond_poll instead. */
static void ask_and_poll(client *c) {
    char buf[1001] = {SOAK_ECHO};
    for (size_t i = 0; i < c->n; i++)
        buf[i + 1] = (char)soak_byte(i);
    frond_pollfd p = {.events = FROND_POLL_IN};
    c->rc = frond_stream_fd(c->s, &p.fd);
    if (c->rc == 0)
        c->rc = frond_write(c->s, buf, c->n + 1, NULL, c->d);
    while (c->rc == 0 && c->got < c->n) {
        int n = frond_poll(&p, 1, c->d);
        int64_t got = n < 0 ? n : check_some(c);
        c->rc = got < 0 ? (int)got : got == 0 ? FROND_EOF : 0;
    }
}

static void never_read(client *c) {
    c->rc = frond_write(c->s, &c->mode, 1, NULL, c->d);
    frond_sleep(soak_draw(&c->dice, 20));
}

/* ---- without a stream ---- */

static void exchange_datagrams(client *c) {
    frond_udp *u;
    frond_addr any;
    enum { LONGEST = 22 /* 64 bits, a space and a digit */ };
    char sent[64], got[64];
    frond_addr_loopback(&any, FROND_IPV4, 0);
    if ((c->rc = frond_udp_open(&any, &u)) < 0)
        return;
    for (int i = 0; i < 10 && c->rc == 0; i++) {
        int len =
            snprintf(sent, sizeof sent, "%llu %d", (unsigned long long)c->dice.state, i);
        c->rc = frond_udp_send(u, sent, (size_t)len, &soak.at_udp, c->d);
        if (c->rc < 0)
            break;
        int64_t n = frond_udp_receive(u, got, sizeof got, NULL,
                                      frond_earlier(c->d, frond_in(2000)));
        if (n >= 0) /* one may be lost, or be the answer of one that came late */
            CHECK(n <= LONGEST);
        if (n == len && memcmp(sent, got, (size_t)len) == 0)
            soak_count.datagrams++;
        c->rc = n < 0 && n != FROND_ETIMEDOUT ? (int)n : 0;
    }
    frond_udp_free(u);
}

static void look_up(client *c) {
    static const char *const names[] = {"slow.test", "nx.test", "lost.test", "both.test"};
    frond_addrs *addrs = NULL;
    c->rc = frond_resolver_resolve(soak.resolver, names[soak_draw(&c->dice, 4)], 1,
                                   FROND_UNSPEC, &addrs, c->d);
    if (c->rc == 0)
        frond_addrs_free(addrs);
    else if (c->rc == FROND_EDNS_NOTFOUND || c->rc == FROND_EDNS_NOSERVER)
        c->rc = 0; /* "lost" is answered as luck has it */
}

/* A server of its own, which is stopped or freed with a connection in the middle of something. */
static void run_server(client *c) {
    frond_listener *l;
    frond_server *server;
    frond_addr at;
    frond_addr_loopback(&at, FROND_IPV4, 0);
    if ((c->rc = frond_tcp_listen(&at, NULL, &l)) < 0)
        return;
    if ((c->rc = frond_server_start(l, soak_handle, NULL, NULL, &server)) < 0) {
        frond_listener_free(l);
        return;
    }
    frond_server_addr(server, &at);
    c->mode = SOAK_STREAM;
    c->rc = frond_tcp_connect_addr(&at, NULL, &c->s, c->d);
    if (c->rc == 0)
        never_read(c);
    if (soak_chance(&c->dice, 50))
        frond_server_stop(server, frond_in(soak_draw(&c->dice, 5)));
    frond_server_free(server);
}

/* ---- one client ---- */

static void over_stream(client *c, uint64_t what) {
    static const unsigned char modes[] = {SOAK_ECHO,  SOAK_ECHO,   SOAK_ECHO, SOAK_BYTES,
                                          SOAK_NEVER, SOAK_STREAM, SOAK_RESET};
    c->mode = modes[soak_draw(&c->dice, sizeof modes)];
    c->small = soak_chance(&c->dice, 10);
    c->n = (size_t)soak_draw(&c->dice, c->small || c->mode == SOAK_BYTES ? 1000
                                       : soak_chance(&c->dice, 20)       ? MOST_DATA
                                                                         : 5000);
    bool orderly = c->mode == SOAK_ECHO || c->mode == SOAK_BYTES;
    c->disturbed |= what == 0 && !orderly;
    if ((c->rc = connect_somehow(c)) < 0)
        return;
    if (what == 1)
        c->n %= 1000, ask_and_poll(c);
    else if (what == 2)
        never_read(c);
    else
        transfer(c);
    if (!c->disturbed && what < 2 && !soak.out_of_ports)
        CHECK_INT(c->got, c->n);
}

static void *run_client(void *arg) {
    client *c = arg;
    uint64_t what = soak_draw(&c->dice, 20);
    switch (what) {
    case 17:
        exchange_datagrams(c);
        break;
    case 18:
        look_up(c);
        break;
    case 19:
        run_server(c);
        break;
    default:
        over_stream(c, what < 12 ? 0 : what < 15 ? 1 : 2);
    }
    frond_stream *s = c->s;
    c->s = NULL;
    if (s && soak_chance(&c->dice, 20))
        soak_make_reset(s);
    frond_stream_free(s);
    return NULL;
}

/* After a while, somebody else's doing. */
static void disturb(client *c, frond_greenlet *g, soak_dice *d) {
    frond_sleep(soak_draw(d, 20));
    switch (soak_draw(d, 4)) {
    case 0:
        CHECK_INT(frond_kill(g, FROND_EXIT, FROND_NEVER), 0);
        break;
    case 1:
        frond_kill_once(g);
        break;
    case 2:
        if (c->s)
            soak_make_reset(c->s);
        /* fall through */
    default:
        if (c->s)
            frond_close(c->s);
    }
}

/* Ports that the system has not given back yet, of so many connections, are no fault of ours. */
static bool is_well(int rc) {
    return rc == 0 || rc == FROND_EADDRNOTAVAIL || soak.out_of_ports;
}

void soak_client(soak_dice *d) {
    bool disturbed = soak_chance(d, 30), hasty = soak_chance(d, 10);
    client c = {.dice = {soak_draw(d, UINT64_MAX)}, .disturbed = disturbed || hasty};
    c.d = frond_in(hasty ? soak_draw(d, 30) : SOAK_UNDISTURBED_MS);
    frond_greenlet *g = frond_spawn(run_client, &c);
    CHECK(g != NULL);
    if (!g)
        return;
    if (disturbed)
        disturb(&c, g, d);
    CHECK_INT(frond_join(g, frond_in(2 * SOAK_UNDISTURBED_MS)), 0);
    if (!c.disturbed && !is_well(c.rc))
        CHECK_INT(c.rc, 0);
    soak_count.clients++;
    soak_count.disturbed += c.disturbed;
    soak_count.whole += c.rc == 0 && !c.disturbed;
    soak_count.failed += c.rc < 0;
    soak_count.bytes += c.got;
    frond_release(g);
}
