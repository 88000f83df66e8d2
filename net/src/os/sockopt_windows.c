/* SPDX-License-Identifier: MIT */
/* What Windows calls the options. */
#include "os/socket_windows.h"
#include "socket/sockopt.h"

#include <frond/error.h>
#include <frond/impl/address.h>
#include <frond/impl/fail.h>
#include <limits.h>

/* Newer than some headers. */
enum { KEEPALIVE_IDLE = 3, KEEPALIVE_COUNT = 16, KEEPALIVE_INTERVAL = 17, FASTOPEN = 15 };

const frond__sockopt_row frond__sockopt_table[FROND__SOCKOPTS] = {
    [FROND_SO_NODELAY] = {FROND__SO_FLAG, IPPROTO_TCP, TCP_NODELAY, 0, 0},
    [FROND_SO_KEEPALIVE] = {FROND__SO_FLAG, SOL_SOCKET, SO_KEEPALIVE, 0, 0},
    [FROND_SO_KEEPALIVE_IDLE] = {FROND__SO_INT, IPPROTO_TCP, KEEPALIVE_IDLE, 0, 0},
    [FROND_SO_KEEPALIVE_INTERVAL] = {FROND__SO_INT, IPPROTO_TCP, KEEPALIVE_INTERVAL, 0,
                                     0},
    [FROND_SO_KEEPALIVE_COUNT] = {FROND__SO_INT, IPPROTO_TCP, KEEPALIVE_COUNT, 0, 0},
    [FROND_SO_REUSEADDR] = {FROND__SO_FLAG, SOL_SOCKET, SO_REUSEADDR, 0, 0},
    [FROND_SO_V6ONLY] = {FROND__SO_FLAG, IPPROTO_IPV6, IPV6_V6ONLY, 0, 0},
    [FROND_SO_SEND_BUFFER] = {FROND__SO_INT, SOL_SOCKET, SO_SNDBUF, 0, 0},
    [FROND_SO_RECEIVE_BUFFER] = {FROND__SO_INT, SOL_SOCKET, SO_RCVBUF, 0, 0},
    [FROND_SO_LINGER] = {FROND__SO_LINGER, SOL_SOCKET, SO_LINGER, 0, 0},
    [FROND_SO_TOS] = {FROND__SO_INT, IPPROTO_IP, IP_TOS, IPPROTO_IPV6, IPV6_TCLASS},
    [FROND_SO_TTL] = {FROND__SO_INT, IPPROTO_IP, IP_TTL, IPPROTO_IPV6, IPV6_UNICAST_HOPS},
    [FROND_SO_MULTICAST_TTL] = {FROND__SO_INT, IPPROTO_IP, IP_MULTICAST_TTL, IPPROTO_IPV6,
                                IPV6_MULTICAST_HOPS},
    [FROND_SO_MULTICAST_LOOP] = {FROND__SO_FLAG, IPPROTO_IP, IP_MULTICAST_LOOP,
                                 IPPROTO_IPV6, IPV6_MULTICAST_LOOP},
    [FROND_SO_MULTICAST_INTERFACE] = {FROND__SO_INTERFACE, IPPROTO_IP, IP_MULTICAST_IF,
                                      IPPROTO_IPV6, IPV6_MULTICAST_IF},
    [FROND_SO_BROADCAST] = {FROND__SO_FLAG, SOL_SOCKET, SO_BROADCAST, 0, 0},
    [FROND_SO_FAST_OPEN] = {FROND__SO_INT, IPPROTO_TCP, FASTOPEN, 0, 0},
};

int frond__socket_set(frond_os_fd fd, int level, int name, const void *data, size_t len) {
    return setsockopt(fd, level, name, data, (int)len) != 0 ? frond__socket_code() : 0;
}

int frond__socket_get(frond_os_fd fd, int level, int name, void *data, size_t *len) {
    int n = (int)*len;
    if (getsockopt(fd, level, name, data, &n) != 0)
        return frond__socket_code();
    *len = (size_t)n;
    return 0;
}

int frond__sockopt_linger(frond_os_fd fd, int seconds) {
    struct linger l = {seconds >= 0, seconds > 0 ? (u_short)seconds : 0};
    if (seconds > USHRT_MAX)
        l.l_linger = USHRT_MAX;
    return frond__socket_set(fd, SOL_SOCKET, SO_LINGER, &l, sizeof l);
}

int frond__sockopt_get_linger(frond_os_fd fd, int *seconds) {
    struct linger l = {0, 0};
    size_t len = sizeof l;
    int rc = frond__socket_get(fd, SOL_SOCKET, SO_LINGER, &l, &len);
    *seconds = l.l_onoff ? l.l_linger : -1;
    return rc;
}

/* A number below 2^24, in network order, stands for an interface where else an address would. */
int frond__sockopt_interface(frond_os_fd fd, int index) {
    DWORD form = htonl((DWORD)index);
    return frond__socket_set(fd, IPPROTO_IP, IP_MULTICAST_IF, &form, sizeof form);
}

int frond__sockopt_get_interface(frond_os_fd fd, int *index) {
    DWORD form = 0;
    size_t len = sizeof form;
    int rc = frond__socket_get(fd, IPPROTO_IP, IP_MULTICAST_IF, &form, &len);
    *index = (int)ntohl(form);
    return rc;
}

int frond_inheritable_set(intptr_t fd, int on) {
    DWORD flag = on ? HANDLE_FLAG_INHERIT : 0;
    if (!SetHandleInformation((HANDLE)fd, HANDLE_FLAG_INHERIT, flag))
        return frond_fail_set(FROND_EBADF, "set inheritable");
    return 0;
}

int frond_inheritable(intptr_t fd) {
    DWORD flags;
    if (!GetHandleInformation((HANDLE)fd, &flags))
        return frond_fail_set(FROND_EBADF, "inheritable");
    return (flags & HANDLE_FLAG_INHERIT) != 0;
}
