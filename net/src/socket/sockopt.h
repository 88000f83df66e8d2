/* SPDX-License-Identifier: MIT */
/* What the options are called here; sockopt_linux.c, sockopt_macos.c and sockopt_windows.c are tables. */
#ifndef FROND_NET_SOCKOPT_H
#define FROND_NET_SOCKOPT_H

#include "os/os_socket.h"
#include <frond/sockopt.h>

typedef enum {
    FROND__SO_NONE = 0, /* this system has no such option */
    FROND__SO_INT,
    FROND__SO_FLAG, /* 0 or 1 */
    FROND__SO_TEXT,
    FROND__SO_LINGER,   /* a struct of its own */
    FROND__SO_INTERFACE /* IPv4 takes it in another form: frond__sockopt_interface */
} frond__sockopt_kind;

typedef struct {
    frond__sockopt_kind kind;
    int level, name;
    int level6, name6; /* of IPv6 sockets, where it is another; else 0 */
} frond__sockopt_row;

enum { FROND__SOCKOPTS = FROND_SO_DATAGRAM_RECEIVE_OFFLOAD + 1 };
extern const frond__sockopt_row frond__sockopt_table[FROND__SOCKOPTS];

/* setsockopt and getsockopt as they are. */
int frond__socket_set(frond_os_fd fd, int level, int name, const void *data, size_t len);
int frond__socket_get(frond_os_fd fd, int level, int name, void *data, size_t *len);

/* A copy of a list, in one block (frond_free); NULL of none.  0 or FROND_ENOMEM. */
int frond__sockopts_copy(const frond_sockopt *list, frond_sockopt **copy);

int frond__sockopt_linger(frond_os_fd fd, int seconds);
int frond__sockopt_get_linger(frond_os_fd fd, int *seconds);
/* The interface that IPv4 sends to groups through. */
int frond__sockopt_interface(frond_os_fd fd, int index);
int frond__sockopt_get_interface(frond_os_fd fd, int *index);

#endif
