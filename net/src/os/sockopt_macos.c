/* SPDX-License-Identifier: MIT */
/* What macOS calls the options. */
#include "socket/sockopt.h"

#include <frond/error.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

const frond__sockopt_row frond__sockopt_table[FROND__SOCKOPTS] = {
    [FROND_SO_NODELAY] = {FROND__SO_FLAG, IPPROTO_TCP, TCP_NODELAY, 0, 0},
    [FROND_SO_CORK] = {FROND__SO_FLAG, IPPROTO_TCP, TCP_NOPUSH, 0, 0},
    [FROND_SO_KEEPALIVE] = {FROND__SO_FLAG, SOL_SOCKET, SO_KEEPALIVE, 0, 0},
    [FROND_SO_KEEPALIVE_IDLE] = {FROND__SO_INT, IPPROTO_TCP, TCP_KEEPALIVE, 0, 0},
    [FROND_SO_KEEPALIVE_INTERVAL] = {FROND__SO_INT, IPPROTO_TCP, TCP_KEEPINTVL, 0, 0},
    [FROND_SO_KEEPALIVE_COUNT] = {FROND__SO_INT, IPPROTO_TCP, TCP_KEEPCNT, 0, 0},
    [FROND_SO_REUSEADDR] = {FROND__SO_FLAG, SOL_SOCKET, SO_REUSEADDR, 0, 0},
    [FROND_SO_REUSEPORT] = {FROND__SO_FLAG, SOL_SOCKET, SO_REUSEPORT, 0, 0},
    [FROND_SO_V6ONLY] = {FROND__SO_FLAG, IPPROTO_IPV6, IPV6_V6ONLY, 0, 0},
    [FROND_SO_SEND_BUFFER] = {FROND__SO_INT, SOL_SOCKET, SO_SNDBUF, 0, 0},
    [FROND_SO_RECEIVE_BUFFER] = {FROND__SO_INT, SOL_SOCKET, SO_RCVBUF, 0, 0},
    [FROND_SO_LINGER] = {FROND__SO_LINGER, SOL_SOCKET, SO_LINGER_SEC, 0, 0},
    [FROND_SO_TOS] = {FROND__SO_INT, IPPROTO_IP, IP_TOS, IPPROTO_IPV6, IPV6_TCLASS},
    [FROND_SO_TTL] = {FROND__SO_INT, IPPROTO_IP, IP_TTL, IPPROTO_IPV6, IPV6_UNICAST_HOPS},
    [FROND_SO_MULTICAST_TTL] = {FROND__SO_INT, IPPROTO_IP, IP_MULTICAST_TTL, IPPROTO_IPV6,
                                IPV6_MULTICAST_HOPS},
    [FROND_SO_MULTICAST_LOOP] = {FROND__SO_FLAG, IPPROTO_IP, IP_MULTICAST_LOOP,
                                 IPPROTO_IPV6, IPV6_MULTICAST_LOOP},
    [FROND_SO_MULTICAST_INTERFACE] = {FROND__SO_INTERFACE, IPPROTO_IP, IP_MULTICAST_IF,
                                      IPPROTO_IPV6, IPV6_MULTICAST_IF},
    [FROND_SO_BROADCAST] = {FROND__SO_FLAG, SOL_SOCKET, SO_BROADCAST, 0, 0},
    [FROND_SO_FAST_OPEN] = {FROND__SO_INT, IPPROTO_TCP, TCP_FASTOPEN, 0, 0},
};

int frond__sockopt_interface(frond_os_fd fd, int index) {
    return frond__socket_set(fd, IPPROTO_IP, IP_MULTICAST_IFINDEX, &index, sizeof index);
}

int frond__sockopt_get_interface(frond_os_fd fd, int *index) {
    size_t len = sizeof *index;
    return frond__socket_get(fd, IPPROTO_IP, IP_MULTICAST_IFINDEX, index, &len);
}
