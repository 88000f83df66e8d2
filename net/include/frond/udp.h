/* SPDX-License-Identifier: MIT */
/* Datagrams: UDP, and unix datagram sockets.  A socket belongs to the thread that made it (FROND_ETHREAD elsewhere);
 * one greenlet may receive while another sends.  What suspends has a deadline. */
#ifndef FROND_UDP_H
#define FROND_UDP_H

#include <frond/addr.h>
#include <frond/api.h>
#include <frond/deadline.h>
#include <frond/sockopt.h>

FROND_BEGIN

typedef struct frond_udp frond_udp;

/* Opens a socket bound to an address (port 0: any free one).  A unix address makes a unix datagram socket
 * (not on Windows), whose file is removed when it closes.  One of IPv6 takes IPv4, too, at "::" (senders are
 * "::ffff:192.0.2.1" then: frond_addr_unmap) and sends to it, on every system and by every call, unless
 * FROND_SO_V6ONLY is set.  Does not suspend.  Returns 0 with *u owned by the
 * caller (frond_udp_free), or FROND_EADDRINUSE, FROND_EADDRNOTAVAIL, FROND_EACCES,
 * FROND_EAFNOSUPPORT, FROND_EMFILE, FROND_EINVAL, FROND_ENOMEM.  Since 0.1. */
FROND_API int frond_udp_open(const frond_addr *local, frond_udp **u);

/* The same with options (sockopt.h) that are set before it is bound: NULL or a list that ends with {0}.
 * Does not suspend.  Returns 0 with *u owned by the caller (frond_udp_free), as frond_udp_open does
 * (FROND_EADDRINUSE, FROND_EADDRNOTAVAIL, FROND_EACCES, FROND_EAFNOSUPPORT, FROND_EMFILE, FROND_EINVAL,
 * FROND_ENOMEM) or as frond_sockopt_set_all (FROND_ENOTSUP, FROND_EPERM, FROND_ENODEV).  Both are
 * borrowed until it returns.  Since 0.1. */
FROND_API int frond_udp_open_with(const frond_addr *local, const frond_sockopt *options,
                                  frond_udp **u);

/* Two datagram sockets that are connected to each other: unix sockets, on Windows UDP on loopback.  Does not
 * suspend.  Returns 0 with *a and *b owned by the caller, or FROND_EINVAL, FROND_ENOMEM, FROND_EMFILE.
 * Since 0.1. */
FROND_API int frond_udp_pair(frond_udp **a, frond_udp **b);

/* Makes `to` the only peer: sends need no address, datagrams of others are not received, and a peer
 * that nobody listens at is FROND_ECONNREFUSED.  Does not suspend.  Returns 0, FROND_EINVAL,
 * FROND_ECLOSED, FROND_ETHREAD, FROND_ENETUNREACH, FROND_EAFNOSUPPORT.  *to is copied.  Since 0.1. */
FROND_API int frond_udp_connect(frond_udp *u, const frond_addr *to);

/* Sends one datagram; `to` is NULL on a connected socket.  Suspends while the system's buffer is full.
 * Returns 0, or
 *   FROND_EMSGSIZE   too long for a datagram        FROND_ECONNREFUSED  nobody is there (connected)
 *   FROND_ETIMEDOUT  d passed; nothing was sent     FROND_ECANCELED  this greenlet was killed
 *   FROND_ECLOSED    closed before or during it     FROND_EBUSY      another greenlet is sending
 *   FROND_ETHREAD    u is of another thread         FROND_EINVAL     NULL, or no address
 *   FROND_ENETUNREACH FROND_EHOSTUNREACH FROND_EACCES FROND_ENOBUFS FROND_EAFNOSUPPORT
 *   FROND_EDEADLK    nothing can end the wait       FROND_ENOSUSPEND called in a hub callback
 * buf is borrowed until the call returns.  Since 0.1. */
FROND_API int frond_udp_send(frond_udp *u, const void *buf, size_t len,
                             const frond_addr *to, frond_deadline d);

/* Receives one datagram into buf and, if from is not NULL, its sender.  Suspends.  Returns its length,
 * which may be 0, or
 *   FROND_EMSGSIZE   it was longer than cap and is gone; buf has its beginning
 *   FROND_ECONNREFUSED  nobody is there (connected) FROND_ETIMEDOUT  d passed
 *   FROND_ECANCELED  this greenlet was killed       FROND_ECLOSED    closed before or during it
 *   FROND_EBUSY      another greenlet is receiving  FROND_ETHREAD    u is of another thread
 *   FROND_EINVAL     NULL                           FROND_EDEADLK    nothing can end the wait
 *   FROND_ENOSUSPEND called in a hub callback
 * buf is borrowed until the call returns.  Since 0.1. */
FROND_API int64_t frond_udp_receive(frond_udp *u, void *buf, size_t cap, frond_addr *from,
                                    frond_deadline d);

/* Does not suspend.  Returns 0 with the address it is bound to in *a, or FROND_EINVAL, FROND_ECLOSED.
 * u stays owned by the caller.  Since 0.1. */
FROND_API int frond_udp_addr(const frond_udp *u, frond_addr *a);

/* The socket: for options (sockopt.h), or for frond_poll.  Does not suspend.  Returns 0 with *fd, which stays
 * u's, or FROND_EINVAL, FROND_ECLOSED.  u stays owned by the caller.  Since 0.1. */
FROND_API int frond_udp_fd(const frond_udp *u, intptr_t *fd);

/* Closes: wakes who sends and receives with FROND_ECLOSED.  Closing twice is harmless.  Does not
 * suspend.  Returns 0, FROND_EINVAL, FROND_ETHREAD.  The caller still owns u.  Since 0.1. */
FROND_API int frond_udp_close(frond_udp *u);

/* Closes and frees; NULL is allowed.  Does not suspend.  The caller's ownership ends.  Since 0.1. */
FROND_API void frond_udp_free(frond_udp *u);

FROND_END

#endif
