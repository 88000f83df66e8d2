/* SPDX-License-Identifier: MIT */
/* What users of others' libraries asked for, and what gevent's own tests promise, by number where other tests do
 * not have it: demands (what went wrong elsewhere) and cases (of gevent's suite). */
#include "net.h"

/* ---- demands ---- */

/* gevent#1886: select said readable once more after all was read. */
static void demand_22_not_readable_any_more(void) {
    frond_stream *a, *b;
    intptr_t fd;
    char c;
    CHECK_INT(frond_stream_pair(&a, &b), 0);
    CHECK_INT(frond_stream_fd(b, &fd), 0);
    frond_pollfd p = {.fd = fd, .events = FROND_POLL_IN};
    frond_fds list = {&fd, 1};
    for (int i = 0; i < 10; i++) {
        CHECK_INT(frond_write(a, "x", 1, NULL, FROND_NEVER), 0);
        CHECK_INT(frond_poll(&p, 1, FROND_NEVER), 1);
        CHECK_INT(frond_read(b, &c, 1, FROND_NEVER), 1);
        CHECK_INT(frond_poll(&p, 1, FROND_NOW), FROND_ETIMEDOUT);
        CHECK_INT(frond_select_fds(&list, NULL, NULL, frond_in(2)), FROND_ETIMEDOUT);
        CHECK_INT(list.n, 1);
    }
    frond_stream_free(a);
    frond_stream_free(b);
}

static void *read_one(void *s) {
    char c;
    int64_t n = frond_read(s, &c, 1, FROND_NEVER);
    log_add(n < 0 ? frond_error_name((int)n) : "read");
    return NULL;
}

/* gevent#26, #34: who waited for a descriptor that was closed hung, or met its number's next owner. */
static void demand_37_close_wakes_and_reuse_is_safe(void) {
    frond_stream *a, *b, *c, *d;
    CHECK_INT(frond_stream_pair(&a, &b), 0);
    frond_greenlet *g = frond_spawn(read_one, a);
    frond_sleep(1);
    CHECK_INT(frond_close(a), 0);
    CHECK_INT(frond_stream_pair(&c, &d), 0); /* has the number, as a rule */
    CHECK_INT(frond_write(d, "for c", 5, NULL, FROND_NEVER), 0);
    CHECK_INT(frond_join(g, frond_in(20000)), 0);
    CHECK_TEXT(log_text(), "FROND_ECLOSED");
    frond_release(g);
    char buf[8];
    CHECK_INT(frond_read(c, buf, sizeof buf, frond_in(20000)), 5);
    frond_stream_free(a);
    frond_stream_free(b);
    frond_stream_free(c);
    frond_stream_free(d);
}

/* libmill#132: two that waited for one descriptor were a panic. */
static void demand_40_two_wait_for_one(void) {
    frond_stream *a, *b, *twin;
    char c;
    CHECK_INT(frond_stream_pair(&a, &b), 0);
    CHECK_INT(frond_stream_dup(b, &twin), 0);
    frond_greenlet *g = frond_spawn(read_one, b), *h = frond_spawn(read_one, twin);
    frond_sleep(1);
    CHECK_INT(frond_read(b, &c, 1, FROND_NEVER), FROND_EBUSY);
    CHECK_INT(frond_read(b, &c, 1, FROND_NOW), FROND_EBUSY);
    CHECK_INT(frond_write(a, "xy", 2, NULL, FROND_NEVER), 0);
    CHECK_INT(frond_join(g, frond_in(20000)), 0); /* a copy of it may wait, too */
    CHECK_INT(frond_join(h, frond_in(20000)), 0);
    CHECK_TEXT(log_text(), "read read");
    frond_release(g);
    frond_release(h);
    frond_stream_free(a);
    frond_stream_free(b);
    frond_stream_free(twin);
}

/* ---- cases: those of every kind of stream are in test_stream.c and test_transfer.c ---- */

/* test_sendall_empty, _nonblocking, with flags. */
static void case_75_sending_with_flags(void) {
    frond_stream *a, *b;
    char c;
    net_tcp_pair(&a, &b);
    CHECK_INT(frond_send(a, "", 0, 0, FROND_NOW), 0);
    CHECK_INT(frond_read(b, &c, 1, FROND_NOW), FROND_ETIMEDOUT); /* nothing */
    size_t all = net_fill(a, 0);
    CHECK_INT(frond_send(a, "x", 1, 0, FROND_NOW), FROND_ETIMEDOUT);
    CHECK_INT(net_read_checked(b, 0, all), all);
    frond_stream_free(a);
    frond_stream_free(b);
}

/* test_connect_ex_nonblocking_bad_connection, _gaierror, _overflow */
static void case_78_connecting_to_nobody(void) {
    frond_stream *s = NULL;
    frond_addr at;
    frond_addr_loopback(&at, FROND_IPV4, 1); /* no port that others could be given */
    CHECK_INT(frond_tcp_connect_addr(&at, NULL, &s, frond_in(20000)), FROND_ECONNREFUSED);
    int rc = frond_tcp_connect_addr(&at, NULL, &s, FROND_NOW);
    CHECK(rc == FROND_ECONNREFUSED || rc == FROND_ETIMEDOUT);
    CHECK_INT(frond_tcp_connect("a..b", 80, NULL, &s, FROND_NEVER), FROND_EDNS_BADNAME);
    CHECK_INT(frond_tcp_connect("", 80, NULL, &s, FROND_NEVER), FROND_EDNS_BADNAME);
    CHECK_INT(frond_tcp_connect("127.0.0.1", 65536, NULL, &s, FROND_NEVER), FROND_EINVAL);
    CHECK_INT(frond_tcp_connect("127.0.0.1", -1, NULL, &s, FROND_NEVER), FROND_EINVAL);
    CHECK(s == NULL);
}

/* test_unregister_never_registered: what was never waited for is closed without harm.  (Many sockets:
 * test_poll.c, test_poll_posix.c.) */
static void case_79_closed_without_a_wait(void) {
    frond_stream *a, *b;
    frond_addr at;
    frond_udp *u = NULL;
    CHECK_INT(frond_stream_pair(&a, &b), 0);
    CHECK_INT(frond_close(a), 0);
    CHECK_INT(frond_close(a), 0);
    frond_stream_free(a);
    frond_stream_free(b);
    frond_listener_free(net_listen(&at));
    frond_addr_loopback(&at, FROND_IPV4, 0);
    CHECK_INT(frond_udp_open(&at, &u), 0);
    frond_udp_free(u);
    intptr_t gone = 1000000;
    frond_pollfd p = {.fd = gone, .events = FROND_POLL_IN};
    CHECK_INT(frond_poll(&p, 1, FROND_NEVER), 1);
    CHECK_INT(p.revents, FROND_POLL_NVAL);
}

/* test_resolve_ipv6_scope_id: an address with a scope is passed on as it is. */
static void case_85_scoped_addresses(void) {
    frond_addrs *found = NULL;
    frond_addr wanted;
    CHECK_INT(frond_addr_parse(&wanted, "fe80::1%1", 80), 0);
    CHECK(wanted.scope == 1);
    CHECK_INT(frond_resolve("fe80::1%1", 80, FROND_UNSPEC, &found, FROND_NEVER), 0);
    CHECK_INT(frond_addrs_count(found), 1);
    CHECK(frond_addr_equal(frond_addrs_at(found, 0), &wanted));
    CHECK(frond_addrs_at(found, 0)->scope == 1);
    frond_addrs_free(found);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"demand 22: not readable any more", demand_22_not_readable_any_more},
        {"demand 37: close wakes", demand_37_close_wakes_and_reuse_is_safe},
        {"demand 40: two wait for one", demand_40_two_wait_for_one},
        {"case 75: sending with flags", case_75_sending_with_flags},
        {"case 78: connecting to nobody", case_78_connecting_to_nobody},
        {"case 79: closed without a wait", case_79_closed_without_a_wait},
        {"case 85: scoped addresses", case_85_scoped_addresses},
        {NULL, NULL}};
    return test_main("promises", tests, argc, argv);
}
