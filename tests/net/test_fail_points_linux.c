/* SPDX-License-Identifier: MIT */
/* Every system call of net fails once, in every scenario: no failure is mistaken for another, nothing hangs or
 * leaks, and what survives works. */
#include "fail_points.h"
#include "net.h"

#include <stdio.h>
#include <unistd.h>

static frond_listener *listen_to(frond_addr *at) {
    frond_addr where;
    frond_listener *l = NULL;
    frond_addr_loopback(&where, FROND_IPV4, 0);
    if (!WORKS(frond_tcp_listen(&where, NULL, &l)) || !WORKS(frond_listener_addr(l, at)))
        return NULL;
    return l;
}

/* Two ends; one that fails is NULL. */
static bool tcp_pair(frond_stream **a, frond_stream **b) {
    frond_addr at;
    frond_listener *l = listen_to(&at);
    *a = *b = NULL;
    bool both = l && WORKS(frond_tcp_connect_addr(&at, NULL, a, SOON)) &&
                WORKS(frond_accept(l, b, SOON));
    frond_listener_free(l);
    return both;
}

static void give_up(frond_stream *a, frond_stream *b) {
    frond_stream_free(a);
    frond_stream_free(b);
}

/* No failure any more: bytes go both ways, behind those that may have gone before. */
static void still_works(frond_stream *a, frond_stream *b) {
    char buf[256], all[256];
    size_t n = 0;
    fail_points_end();
    CHECK_INT(frond_write(a, "still", 5, NULL, SOON), 0);
    while (n < 5 || memcmp(all + n - 5, "still", 5) != 0) {
        int64_t got = frond_read(b, buf, sizeof all - n, SOON);
        CHECK(got > 0);
        if (got <= 0)
            return;
        memcpy(all + n, buf, (size_t)got);
        n += (size_t)got;
    }
    CHECK_INT(frond_write(b, "here", 4, NULL, SOON), 0);
    CHECK(frond_read(a, buf, sizeof buf, SOON) > 0);
}

/* ---- one connection ---- */

static void *answer(void *arg) {
    char buf[64];
    if (WORKS(frond_sleep(1)) && WORKS(frond_read(arg, buf, sizeof buf, SOON)))
        WORKS(frond_write(arg, buf, 5, NULL, SOON));
    return NULL;
}

static void one_connection(void) {
    frond_stream *a, *b, *twin = NULL;
    frond_addr name;
    frond_buf parts[2] = {{"he", 2}, {"llo", 3}};
    char buf[64];
    if (tcp_pair(&a, &b)) {
        frond_greenlet *g = frond_spawn(answer, b);
        bool all = WORKS(frond_writev(a, parts, 2, NULL, SOON));
        if (!all) /* else who answers would wait for ever */
            frond_kill(g, FROND_EXIT, FROND_NEVER);
        frond_join(g, SOON);
        frond_release(g);
        if (all && fail_points_harmless())
            WORKS(frond_read(a, buf, sizeof buf, SOON));
        WORKS(frond_stream_local(a, &name));
        if (WORKS(frond_stream_dup(a, &twin)))
            frond_stream_free(twin);
        still_works(a, b);
        CHECK_INT(frond_shutdown(a, SOON), 0);
        CHECK_INT(frond_read(b, buf, sizeof buf, SOON), 0);
    }
    give_up(a, b);
}

static void ends(void) {
    frond_stream *a, *b;
    char c;
    intptr_t fd;
    frond_stream *again = NULL;
    if (tcp_pair(&a, &b)) {
        if (WORKS(frond_shutdown(a, SOON)))
            WORKS(frond_read(b, &c, 1, SOON));
        if (WORKS(frond_stream_release(b, &fd)) && !WORKS(frond_stream_adopt(fd, &again)))
            frond_socket_close(fd);
    }
    frond_stream_free(again);
    give_up(a, b);
}

static void connections(void) {
    fail_points_sweep(one_connection);
    fail_points_sweep(ends);
}

/* ---- addresses in a race ---- */

static void race(void) {
    frond_addr at, six, nobody;
    frond_listener *l = listen_to(&at);
    frond_addrs *all = frond_addrs_new();
    frond_stream *a = NULL, *b = NULL;
    frond_addr_loopback(&nobody, FROND_IPV4, 1);
    frond_addr_loopback(&six, FROND_IPV6, 1);
    if (l && frond_addrs_add(all, &six) == 0 && frond_addrs_add(all, &nobody) == 0 &&
        frond_addrs_add(all, &at) == 0 &&
        WORKS(frond_tcp_connect_any(all, "some", NULL, &a, SOON)) &&
        WORKS(frond_accept(l, &b, SOON)))
        still_works(a, b);
    frond_addrs_free(all);
    frond_listener_free(l);
    give_up(a, b);
}

static void by_name(void) {
    frond_addr at;
    frond_listener *l = listen_to(&at);
    frond_stream *a = NULL, *b = NULL;
    if (l && WORKS(frond_tcp_connect("localhost", at.port, NULL, &a, SOON)) &&
        WORKS(frond_accept(l, &b, SOON)))
        still_works(a, b);
    frond_listener_free(l);
    give_up(a, b);
}

static void races(void) {
    fail_points_sweep(race);
    fail_points_sweep(by_name);
}

/* ---- unix sockets ---- */

static char folder[64], path[96];

/* A file that nobody listens at any more. */
static void leave_file(void) {
    char kept[110];
    frond_listener *l = NULL;
    snprintf(kept, sizeof kept, "%s2", path);
    unlink(path);
    if (frond_unix_listen(path, NULL, &l) == 0 && link(path, kept) == 0) {
        frond_listener_free(l);
        CHECK_INT(rename(kept, path), 0);
    } else {
        frond_listener_free(l);
    }
}

static void unix_part(void) {
    frond_listen_options o = {.replace = 1, .mode = 0600};
    frond_listener *l = NULL;
    frond_stream *a = NULL, *b = NULL;
    frond_credentials who;
    leave_file();
    if (WORKS(frond_unix_listen(path, &o, &l)) &&
        WORKS(frond_unix_connect(path, NULL, &a, SOON)) &&
        WORKS(frond_accept(l, &b, SOON))) {
        WORKS(frond_stream_credentials(b, &who));
        still_works(a, b);
    }
    frond_listener_free(l);
    give_up(a, b);
    fail_points_end();
    l = NULL; /* whatever is there now, one can listen there */
    CHECK_INT(frond_unix_listen(path, &o, &l), 0);
    frond_listener_free(l);
    CHECK_INT(access(path, F_OK), -1);
}

static void unix_sockets(void) {
    strcpy(folder, "/tmp/frond-fails-XXXXXX");
    CHECK(mkdtemp(folder) != NULL);
    snprintf(path, sizeof path, "%s/socket", folder);
    fail_points_sweep(unix_part);
    unlink(path);
    strcat(path, "2");
    unlink(path);
    CHECK_INT(rmdir(folder), 0);
}

/* ---- datagrams ---- */

static frond_udp *udp_at(frond_addr *at) {
    frond_udp *u = NULL;
    frond_addr any;
    frond_addr_loopback(&any, FROND_IPV4, 0);
    if (!WORKS(frond_udp_open(&any, &u)))
        return NULL;
    WORKS(frond_udp_addr(u, at));
    return u;
}

static void exchange_datagrams(frond_udp *a, frond_udp *b, const frond_addr *to) {
    char buf[3][64];
    frond_part out[3] = {{"one", 3}, {"two", 3}, {"three", 5}};
    frond_part in[3] = {{buf[0], 64}, {buf[1], 64}, {buf[2], 64}};
    frond_message send[3] = {{0}}, take[3] = {{0}}, segments = {0};
    size_t sent = 0;
    for (int i = 0; i < 3; i++) {
        send[i] = (frond_message){.parts = &out[i], .n_parts = 1, .addr = *to};
        take[i] = (frond_message){.parts = &in[i], .n_parts = 1};
    }
    if (WORKS(frond_udp_send(a, "hello", 5, to, SOON)))
        WORKS(frond_udp_receive(b, buf[0], 64, NULL, SOON));
    WORKS(frond_udp_send_many(a, send, 3, &sent, SOON));
    for (size_t got = 0; got < sent;) {
        int64_t n = frond_udp_receive_many(b, take, 3, SOON);
        if (!WORKS(n))
            break;
        got += (size_t)n;
    }
    segments = (frond_message){.parts = out, .n_parts = 2, .addr = *to, .segment = 3};
    if (WORKS(frond_udp_send_message(a, &segments, 0, SOON)) && segments.len == 6 &&
        WORKS(frond_udp_receive_message(b, take, 0, SOON)))
        WORKS(frond_udp_receive_message(b, take, 0, SOON));
}

static void datagrams_part(void) {
    frond_addr to, from;
    frond_udp *a = udp_at(&from), *b = udp_at(&to);
    char c[8];
    if (a && b) {
        exchange_datagrams(a, b, &to);
        WORKS(frond_udp_connect(a, &to));
        fail_points_end();
        while (frond_udp_receive(b, c, sizeof c, NULL, FROND_NOW) >= 0) {}
        CHECK_INT(frond_udp_send(a, "still", 5, &to, SOON), 0);
        CHECK_INT(frond_udp_receive(b, c, sizeof c, NULL, SOON), 5);
    }
    frond_udp_free(a);
    frond_udp_free(b);
}

static void datagram_pair(void) {
    frond_udp *a = NULL, *b = NULL;
    char c[8];
    if (WORKS(frond_udp_pair(&a, &b))) {
        if (WORKS(frond_udp_send(a, "x", 1, NULL, SOON)))
            WORKS(frond_udp_receive(b, c, sizeof c, NULL, SOON));
    }
    frond_udp_free(a);
    frond_udp_free(b);
}

static void datagrams(void) {
    fail_points_sweep(datagrams_part);
    fail_points_sweep(datagram_pair);
}

/* ---- messages ---- */

static void descriptors_part(void) {
    frond_stream *a = NULL, *b = NULL;
    intptr_t fd, got[2];
    size_t n = 2;
    char buf[8];
    if (WORKS(frond_stream_pair(&a, &b))) {
        CHECK_INT(frond_stream_fd(a, &fd), 0);
        if (WORKS(frond_send_fds(a, "take", 4, &fd, 1, NULL, SOON)) &&
            WORKS(frond_receive_fds(b, buf, sizeof buf, got, &n, SOON))) {
            CHECK_INT(n, 1);
            WORKS(frond_inheritable_set(got[0], 1));
            CHECK_INT(frond_socket_close(got[0]), 0);
        }
        WORKS(frond_send(a, "peek", 4, FROND_MSG_DONTROUTE, SOON));
        if (fail_points_harmless())
            WORKS(frond_receive(b, buf, sizeof buf, FROND_MSG_PEEK, SOON));
        still_works(a, b);
    }
    give_up(a, b);
}

static void messages(void) {
    fail_points_sweep(descriptors_part);
}

/* ---- copies ---- */

enum { MUCH = 400000 };

typedef struct {
    frond_stream *from, *to;
    uint64_t limit, copied;
    int rc;
} copying;

static void *send_much(void *arg) {
    char *all = net_bytes(MUCH);
    if (frond_write(arg, all, MUCH, NULL, SOON) < 0)
        frond_close(arg);
    free(all);
    return NULL;
}

static void *copy_much(void *arg) {
    copying *c = arg;
    c->rc = frond_copy(c->from, c->to, c->limit, &c->copied, SOON);
    frond_close(c->to);
    return NULL;
}

/* Not a byte more than the limit goes, whatever way it goes. */
static void copy_part(void) {
    frond_stream *a, *b, *x = NULL, *y = NULL;
    enum { LIMIT = 300000 };
    if (tcp_pair(&a, &b) && tcp_pair(&x, &y)) {
        copying c = {b, x, LIMIT, 0, 0};
        frond_greenlet *g[2] = {frond_spawn(send_much, a), frond_spawn(copy_much, &c)};
        WORKS(net_read_checked(y, 0, MUCH));
        frond_join(g[1], SOON);
        WORKS(c.rc);
        CHECK(c.copied <= LIMIT);
        if (c.rc == 0 && fail_points_harmless()) {
            CHECK_INT(c.copied, LIMIT);
            WORKS(net_read_checked(b, LIMIT, MUCH - LIMIT));
        }
        frond_kill(g[0], FROND_EXIT, FROND_NEVER);
        for (int i = 0; i < 2; i++)
            frond_release(g[i]);
    }
    give_up(a, b);
    give_up(x, y);
}

static void *say_and_end(void *arg) {
    frond_write(arg, "there", 5, NULL, SOON);
    if (frond_shutdown(arg, SOON) < 0)
        frond_close(arg);
    return NULL;
}

static void relay_part(void) {
    frond_stream *a = NULL, *b = NULL, *x = NULL, *y = NULL;
    uint64_t there, back;
    if (WORKS(frond_stream_pair(&a, &b)) && WORKS(frond_stream_pair(&x, &y))) {
        frond_greenlet *g[2] = {frond_spawn(say_and_end, a), frond_spawn(say_and_end, y)};
        WORKS(frond_relay(b, x, &there, &back, SOON));
        for (int i = 0; i < 2; i++) {
            frond_kill(g[i], FROND_EXIT, FROND_NEVER);
            frond_release(g[i]);
        }
    }
    give_up(a, b);
    give_up(x, y);
}

static char file_name[96];

typedef struct {
    frond_stream *s;
    int64_t got;
} taking;

static void *take_file(void *arg) {
    taking *t = arg;
    t->got = net_read_checked(t->s, 0, MUCH);
    return NULL;
}

static void file_part(void) {
    frond_stream *a, *b;
    frond_file *f = NULL;
    int64_t sent = 0;
    if (tcp_pair(&a, &b) &&
        WORKS(frond_file_open(file_name, FROND_FILE_READ, 0, &f, SOON))) {
        taking t = {b, 0};
        frond_greenlet *g = frond_spawn(take_file, &t);
        int rc = frond_send_file(a, f, 0, -1, &sent, SOON);
        if (WORKS(rc))
            CHECK_INT(sent, MUCH);
        frond_close(a);
        frond_join(g, SOON);
        frond_release(g);
        if (t.got >= 0)
            CHECK_INT(t.got, sent);
    }
    frond_file_free(f);
    give_up(a, b);
}

static void copies(void) {
    char *all = net_bytes(MUCH);
    snprintf(file_name, sizeof file_name, "/tmp/frond-fails-%ld", (long)getpid());
    CHECK_INT(frond_fs_write_file(file_name, all, MUCH, 0, FROND_NEVER), 0);
    free(all);
    frond_hub_close(SOON);
    fail_points_sweep(copy_part);
    fail_points_sweep(relay_part);
    fail_points_sweep(file_part);
    CHECK_INT(unlink(file_name), 0);
}

/* ---- servers ---- */

static void *echo_one(frond_stream *s, void *arg) {
    char buf[16];
    int64_t n = frond_read(s, buf, sizeof buf, SOON);
    if (n > 0)
        frond_write(s, buf, (size_t)n, NULL, SOON);
    return arg;
}

/* Whether it answers: one connection may be lost to a failure, but not the next. */
static bool is_served(const frond_addr *at) {
    frond_stream *s = NULL;
    char c = 'q';
    bool served = frond_tcp_connect_addr(at, NULL, &s, SOON) == 0 &&
                  frond_write(s, &c, 1, NULL, SOON) == 0 &&
                  frond_read(s, &c, 1, SOON) == 1;
    frond_stream_free(s);
    return served;
}

static void server_part(void) {
    frond_server_options o = {.min_delay_ms = 1, .max_delay_ms = 2};
    frond_server *server = NULL;
    frond_addr at;
    frond_listener *l = listen_to(&at);
    if (!l || !WORKS(frond_server_start(l, echo_one, NULL, &o, &server))) {
        frond_listener_free(l);
        return;
    }
    for (int i = 0; i < 3; i++)
        is_served(&at);
    fail_points_end();
    CHECK(is_served(&at));
    CHECK_INT(frond_server_drain(server, SOON), 0);
    CHECK_INT(frond_server_stop(server, SOON), 0);
    if (WORKS(frond_server_restart(server, NULL)))
        CHECK(is_served(&at));
    CHECK_INT(frond_server_stop(server, SOON), 0);
    frond_server_free(server);
}

static void restart_part(void) {
    frond_server *server = NULL;
    frond_addr at;
    frond_listener *l = listen_to(&at);
    if (!l || !WORKS(frond_server_start(l, echo_one, NULL, NULL, &server))) {
        frond_listener_free(l);
        return;
    }
    CHECK_INT(frond_server_stop(server, SOON), 0);
    bool again = WORKS(frond_server_restart(server, NULL));
    fail_points_end();
    if (!again)
        CHECK_INT(frond_server_restart(server, NULL), 0);
    CHECK(is_served(&at));
    frond_server_free(server);
}

static void *echo_packet(const void *data, size_t n, const frond_addr *from,
                         frond_udp_server *server, void *arg) {
    frond_udp_server_send(server, data, n, from, SOON);
    return arg;
}

/* What is lost is asked again, as over any network. */
static void udp_server_part(void) {
    frond_udp_server *server = NULL;
    frond_addr at, mine;
    frond_udp *u = udp_at(&at), *client = udp_at(&mine);
    char c = 'q';
    bool got = false;
    if (u && client &&
        WORKS(frond_udp_server_start(u, echo_packet, NULL, NULL, &server))) {
        u = NULL;
        for (int i = 0; i < 50 && !got; i++) {
            WORKS(frond_udp_send(client, &c, 1, &at, SOON));
            got = frond_udp_receive(client, &c, 1, NULL, frond_in(100)) == 1;
        }
        CHECK(got);
        CHECK_INT(frond_udp_server_stop(server, SOON), 0);
    }
    frond_udp_server_free(server);
    frond_udp_free(u);
    frond_udp_free(client);
}

static void servers(void) {
    fail_points_sweep(server_part);
    fail_points_sweep(restart_part);
    fail_points_sweep(udp_server_part);
}

/* ---- polls ---- */

static void *write_later(void *arg) {
    frond_sleep(2);
    while (frond_write(arg, "x", 1, NULL, SOON) < 0) {}
    return NULL;
}

static void poll_part(void) {
    frond_stream *a = NULL, *b = NULL;
    intptr_t fd;
    if (WORKS(frond_stream_pair(&a, &b))) {
        CHECK_INT(frond_stream_fd(b, &fd), 0);
        frond_pollfd p = {.fd = fd, .events = FROND_POLL_IN};
        frond_greenlet *g = frond_spawn(write_later, a);
        int rc = frond_poll(&p, 1, SOON);
        if (WORKS(rc)) {
            CHECK_INT(rc, 1);
            CHECK_INT(p.revents, FROND_POLL_IN);
        }
        frond_join(g, SOON);
        frond_release(g);
        fail_points_end();
        CHECK_INT(frond_poll(&p, 1, SOON), 1);
    }
    give_up(a, b);
}

static void polls(void) {
    fail_points_sweep(poll_part);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {{"connections", connections},
                                      {"races", races},
                                      {"unix sockets", unix_sockets},
                                      {"datagrams", datagrams},
                                      {"messages", messages},
                                      {"copies", copies},
                                      {"servers", servers},
                                      {"polls", polls},
                                      {NULL, NULL}};
    return test_main("fail_points", tests, argc, argv);
}
