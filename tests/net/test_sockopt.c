/* SPDX-License-Identifier: MIT */
/* Options of sockets. */
#include "net.h"

#include <frond/impl/address.h> /* SOL_SOCKET, SO_TYPE */

/* Set, it is what was set; where a system does not have it, it says so by name. */
static void there_and_back(intptr_t fd, frond_sockopt_name name, int value,
                           const char *text) {
    int now = -100, rc = frond_sockopt_set(fd, name, value);
    if (rc == FROND_ENOTSUP || rc == FROND_EPERM) {
        CHECK_HAS(frond_error_text(), text);
        return;
    }
    CHECK_INT(rc, 0);
    CHECK_INT(frond_sockopt_get(fd, name, &now), 0);
    CHECK_INT(now, value);
}

static void of_tcp(void) {
    static const struct {
        frond_sockopt_name name;
        int value;
        const char *text;
    } table[] = {{FROND_SO_NODELAY, 0, "NODELAY"},
                 {FROND_SO_NODELAY, 1, "NODELAY"},
                 {FROND_SO_CORK, 1, "CORK"},
                 {FROND_SO_CORK, 0, "CORK"},
                 {FROND_SO_KEEPALIVE, 1, "KEEPALIVE"},
                 {FROND_SO_KEEPALIVE_IDLE, 77, "KEEPALIVE_IDLE"},
                 {FROND_SO_KEEPALIVE_INTERVAL, 7, "KEEPALIVE_INTERVAL"},
                 {FROND_SO_KEEPALIVE_COUNT, 5, "KEEPALIVE_COUNT"},
                 {FROND_SO_USER_TIMEOUT, 9000, "USER_TIMEOUT"},
                 {FROND_SO_LINGER, 3, "LINGER"},
                 {FROND_SO_LINGER, 0, "LINGER"},
                 {FROND_SO_LINGER, -1, "LINGER"},
                 {FROND_SO_TTL, 9, "TTL"},
                 {FROND_SO_TOS, 0x10, "TOS"},
                 {FROND_SO_PRIORITY, 4, "PRIORITY"},
                 {FROND_SO_QUICK_ACK, 1, "QUICK_ACK"},
                 {FROND_SO_MARK, 3, "MARK"}};
    frond_stream *a, *b;
    intptr_t fd;
    int size;
    net_tcp_pair(&a, &b);
    CHECK_INT(frond_stream_fd(a, &fd), 0);
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        there_and_back(fd, table[i].name, table[i].value, table[i].text);
    CHECK_INT(frond_sockopt_set(fd, FROND_SO_RECEIVE_BUFFER, 50000), 0);
    CHECK_INT(frond_sockopt_get(fd, FROND_SO_RECEIVE_BUFFER, &size), 0);
    CHECK(size >= 50000);
    CHECK_INT(frond_sockopt_set(fd, FROND_SO_SEND_BUFFER, 50000), 0);
    CHECK_INT(frond_sockopt_get(fd, FROND_SO_SEND_BUFFER, &size), 0);
    CHECK(size >= 50000);
    frond_stream_free(a);
    frond_stream_free(b);
}

static void of_datagrams(frond_family family) {
    frond_addr where;
    frond_udp *u;
    intptr_t fd;
    frond_addr_loopback(&where, family, 0);
    if (frond_udp_open(&where, &u) < 0)
        return; /* a machine without IPv6 */
    CHECK_INT(frond_udp_fd(u, &fd), 0);
    there_and_back(fd, FROND_SO_TTL, 33, "TTL");
    there_and_back(fd, FROND_SO_TOS, 0x20, "TOS");
    there_and_back(fd, FROND_SO_MULTICAST_TTL, 5, "MULTICAST_TTL");
    there_and_back(fd, FROND_SO_MULTICAST_LOOP, 0, "MULTICAST_LOOP");
    there_and_back(fd, FROND_SO_MULTICAST_LOOP, 1, "MULTICAST_LOOP");
    there_and_back(fd, FROND_SO_BROADCAST, 1, "BROADCAST");
    there_and_back(fd, FROND_SO_DATAGRAM_RECEIVE_OFFLOAD, 1, "DATAGRAM_RECEIVE_OFFLOAD");
    frond_udp_free(u);
}

static void of_both_families(void) {
    of_datagrams(FROND_IPV4);
    of_datagrams(FROND_IPV6);
}

static void in_lists(void) {
    static const frond_sockopt before[] = {{FROND_SO_RECEIVE_BUFFER, 60000, NULL},
                                           {FROND_SO_KEEPALIVE, 1, NULL},
                                           {0, 0, NULL}};
    static const frond_sockopt wrong[] = {{4711, 1, NULL}, {0, 0, NULL}};
    frond_listen_options listening = {.options = before};
    frond_connect_options connecting = {.options = before};
    frond_addr where;
    frond_listener *l;
    frond_stream *a, *b;
    frond_udp *u;
    intptr_t fd;
    int on = 0;
    frond_addr_loopback(&where, FROND_IPV4, 0);
    CHECK_INT(frond_tcp_listen(&where, &listening, &l), 0);
    CHECK_INT(frond_listener_addr(l, &where), 0);
    CHECK_INT(frond_tcp_connect_addr(&where, &connecting, &a, FROND_NEVER), 0);
    CHECK_INT(frond_accept(l, &b, FROND_NEVER), 0);
    CHECK_INT(frond_stream_fd(a, &fd), 0);
    CHECK_INT(frond_sockopt_get(fd, FROND_SO_KEEPALIVE, &on), 0);
    CHECK_INT(on, 1);
    CHECK_INT(frond_listener_fd(l, &fd), 0);
    CHECK_INT(frond_sockopt_get(fd, FROND_SO_RECEIVE_BUFFER, &on), 0);
    CHECK(on >= 60000);
    frond_stream_free(a);
    frond_stream_free(b);
    connecting.options = listening.options = wrong;
    CHECK_INT(frond_tcp_connect_addr(&where, &connecting, &a, FROND_NEVER), FROND_EINVAL);
    where.port = 0;
    frond_listener_free(l);
    CHECK_INT(frond_tcp_listen(&where, &listening, &l), FROND_EINVAL);
    CHECK_INT(frond_udp_open_with(&where, wrong, &u), FROND_EINVAL);
}

static void wrong_use(void) {
    frond_stream *a, *b;
    intptr_t fd;
    int value;
    net_tcp_pair(&a, &b);
    CHECK_INT(frond_stream_fd(a, &fd), 0);
    CHECK_INT(frond_stream_fd(NULL, &fd), FROND_EINVAL);
    CHECK_INT(frond_stream_fd(a, NULL), FROND_EINVAL);
    CHECK_INT(frond_sockopt_set(fd, (frond_sockopt_name)0, 1), FROND_EINVAL);
    CHECK_INT(frond_sockopt_set(fd, (frond_sockopt_name)-5, 1), FROND_EINVAL);
    CHECK_INT(frond_sockopt_set(fd, (frond_sockopt_name)4711, 1), FROND_EINVAL);
    CHECK_HAS(frond_error_text(), "4711");
    CHECK_INT(frond_sockopt_set(fd, FROND_SO_LINGER, -2), FROND_EINVAL);
    CHECK_INT(frond_sockopt_get(fd, FROND_SO_NODELAY, NULL), FROND_EINVAL);
    CHECK_INT(frond_sockopt_get(fd, (frond_sockopt_name)4711, &value), FROND_EINVAL);
    CHECK_INT(frond_sockopt_set_text(fd, FROND_SO_NODELAY, "yes"), FROND_EINVAL);
    CHECK_INT(frond_sockopt_set_raw(fd, 1, 1, NULL, 4), FROND_EINVAL);
    CHECK_INT(frond_sockopt_get_raw(fd, 1, 1, NULL, NULL), FROND_EINVAL);
    CHECK_INT(frond_sockopt_set_all(fd, NULL), 0);
    CHECK_INT(frond_interface_index(NULL), FROND_EINVAL);
    CHECK_INT(frond_interface_index("no such interface"), FROND_ENODEV);
    CHECK_HAS(frond_error_text(), "no such interface");
    frond_stream_free(b);
    CHECK_INT(frond_close(a), 0);
    CHECK_INT(frond_stream_fd(a, &fd), FROND_ECLOSED);
    frond_stream_free(a);
}

static void raw(void) {
    frond_stream *a, *b;
    intptr_t fd;
    int type = 0;
    size_t len = sizeof type;
    net_tcp_pair(&a, &b);
    CHECK_INT(frond_stream_fd(a, &fd), 0);
    CHECK_INT(frond_sockopt_get_raw(fd, SOL_SOCKET, SO_TYPE, &type, &len), 0);
    CHECK_INT(len, sizeof type);
    CHECK_INT(type, 1); /* SOCK_STREAM, everywhere */
    frond_stream_free(a);
    frond_stream_free(b);
}

static void groups(void) {
    frond_addr where, group, from;
    frond_udp *receiver, *sender;
    intptr_t fd;
    char buf[16];
    static const frond_sockopt shared[] = {{FROND_SO_REUSEADDR, 1, NULL}, {0, 0, NULL}};
    CHECK_INT(frond_addr_parse(&where, "0.0.0.0", 0), 0);
    CHECK_INT(frond_udp_open_with(&where, shared, &receiver), 0);
    CHECK_INT(frond_udp_addr(receiver, &where), 0);
    CHECK_INT(frond_addr_parse(&group, "239.255.77.1", where.port), 0);
    CHECK_INT(frond_udp_fd(receiver, &fd), 0);
    int lo = frond_interface_index("lo");
    unsigned device = lo > 0 ? (unsigned)lo : 0;
    CHECK_INT(frond_multicast_join(fd, NULL, 0, NULL), FROND_EINVAL);
    int rc = frond_multicast_join(fd, &group, device, NULL);
    frond_addr_loopback(&where, FROND_IPV4, 0);
    CHECK_INT(frond_udp_open(&where, &sender), 0);
    if (rc == 0 && lo > 0) { /* else the system's choice may be no way to itself */
        CHECK_INT(frond_multicast_join(fd, &group, device, NULL), FROND_EADDRINUSE);
        intptr_t out;
        int index;
        CHECK_INT(frond_udp_fd(sender, &out), 0);
        CHECK_INT(frond_sockopt_set(out, FROND_SO_MULTICAST_INTERFACE, lo), 0);
        int got = frond_sockopt_get(out, FROND_SO_MULTICAST_INTERFACE, &index);
        CHECK(got == FROND_ENOTSUP || (got == 0 && index == lo));
        CHECK_INT(frond_udp_send(sender, "all", 3, &group, FROND_NEVER), 0);
        CHECK_INT(frond_udp_receive(receiver, buf, sizeof buf, &from, FROND_NEVER), 3);
        CHECK_INT(frond_multicast_leave(fd, &group, device, NULL), 0);
        CHECK_INT(frond_multicast_leave(fd, &group, device, NULL), FROND_EADDRNOTAVAIL);
    }
    frond_addr_parse(&from, "::1", 0);
    CHECK_INT(frond_multicast_join(fd, &group, device, &from), FROND_EINVAL);
    frond_udp_free(sender);
    frond_udp_free(receiver);
}

static void inheritance(void) {
    frond_stream *a, *b;
    intptr_t fd;
    net_tcp_pair(&a, &b);
    CHECK_INT(frond_stream_fd(a, &fd), 0);
    CHECK_INT(frond_inheritable(fd), 0);
    CHECK_INT(frond_inheritable_set(fd, 1), 0);
    CHECK_INT(frond_inheritable(fd), 1);
    CHECK_INT(frond_inheritable_set(fd, 0), 0);
    CHECK_INT(frond_inheritable(fd), 0);
    CHECK_INT(frond_inheritable(1000000), FROND_EBADF);
    CHECK_INT(frond_inheritable_set(1000000, 1), FROND_EBADF);
    frond_stream_free(a);
    frond_stream_free(b);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {{"of TCP", of_tcp},
                                      {"of both families", of_both_families},
                                      {"in lists", in_lists},
                                      {"wrong use", wrong_use},
                                      {"raw", raw},
                                      {"groups", groups},
                                      {"inheritance", inheritance},
                                      {NULL, NULL}};
    return test_main("sockopt", tests, argc, argv);
}
