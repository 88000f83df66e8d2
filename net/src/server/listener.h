/* SPDX-License-Identifier: MIT */
/* Listeners and their sockets, for those that come from elsewhere. */
#ifndef FROND_NET_LISTENER_H
#define FROND_NET_LISTENER_H

#include "os/os_socket.h"
#include <frond/listener.h>

/* A listener of a non-blocking socket, which is the listener's on success.  0 or FROND_ENOMEM. */
int frond__listener_of(frond_os_fd fd, const frond_addr *a, frond_listener **l);

/* Another at the address that l is or was at, with its options.  As frond_tcp_listen. */
int frond__listener_again(const frond_listener *l, frond_listener **again);

/* Its socket, for what doing says.  0, FROND_EINVAL, FROND_ETHREAD, FROND_ECLOSED. */
int frond__listener_fd(const frond_listener *l, const char *doing, frond_os_fd *fd);

/* Stops watching and gives the socket up.  0 or FROND_EBUSY. */
int frond__listener_give(frond_listener *l);

/* The system's: whether a socket listens.  0, FROND_EINVAL, FROND_EBADF, FROND_ENOTSOCK. */
int frond__listener_check(frond_os_fd fd);

#endif
