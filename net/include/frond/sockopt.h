/* SPDX-License-Identifier: MIT */
/* Options of sockets, under one naming on every system: of streams, listeners, datagram sockets, and of
 * any other socket.  What a system does not have answers FROND_ENOTSUP and says which option it was.
 * Nothing here suspends; a socket is used by one thread at a time. */
#ifndef FROND_SOCKOPT_H
#define FROND_SOCKOPT_H

#include <frond/addr.h>
#include <frond/api.h>

FROND_BEGIN

/* name, number, what the value is */
#define FROND_SOCKOPTS(X)                                                                \
    X(NODELAY, 1, "1: small writes are sent at once")                                    \
    X(CORK, 2, "1: only full packets are sent, until it is 0 again (not Windows)")       \
    X(KEEPALIVE, 3, "1: a silent peer is probed")                                        \
    X(KEEPALIVE_IDLE, 4, "seconds of silence until the first probe")                     \
    X(KEEPALIVE_INTERVAL, 5, "seconds between probes")                                   \
    X(KEEPALIVE_COUNT, 6, "probes without answer until the connection fails")            \
    X(USER_TIMEOUT, 7, "milliseconds that what was sent may go unanswered (Linux)")      \
    X(REUSEADDR, 8, "1: an address may be bound while old connections use it")           \
    X(REUSEPORT, 9, "1: several sockets share an address (not Windows)")                 \
    X(V6ONLY, 10, "1: an IPv6 socket takes no IPv4")                                     \
    X(SEND_BUFFER, 11, "bytes; the system may round, Linux answers twice as many")       \
    X(RECEIVE_BUFFER, 12, "bytes; the system may round, Linux answers twice as many")    \
    X(LINGER, 13, "seconds; 0: closing resets the connection; -1: off")                  \
    X(TOS, 14, "type of service or traffic class")                                       \
    X(TTL, 15, "hops of what is sent to one")                                            \
    X(MULTICAST_TTL, 16, "hops of what is sent to a group")                              \
    X(MULTICAST_LOOP, 17, "1: what is sent to a group comes to this machine, too")       \
    X(MULTICAST_INTERFACE, 18,                                                           \
      "number of the interface that sends to groups; Linux does "                        \
      "not tell it of IPv4")                                                             \
    X(BROADCAST, 19, "1: sending to broadcast addresses is allowed")                     \
    X(BIND_DEVICE, 20, "text: the interface to be used, \"eth0\"")                       \
    X(FAST_OPEN, 21, "of a listener: how many connections may wait with data")           \
    X(FAST_OPEN_CONNECT, 22, "1: the first write travels with the connect (Linux)")      \
    X(DEFER_ACCEPT, 23,                                                                  \
      "seconds to wait for data before a connection is accepted "                        \
      "(Linux)")                                                                         \
    X(INCOMING_CPU, 24, "processor whose packets this socket serves (Linux)")            \
    X(MARK, 25, "mark for routing and filters (Linux, privileged)")                      \
    X(PRIORITY, 26, "0 .. 6: priority of what is sent (Linux)")                          \
    X(QUICK_ACK, 27, "1: receipts are sent at once (Linux)")                             \
    X(CONGESTION, 28, "text: congestion control, \"cubic\" (Linux)")                     \
    X(DATAGRAM_RECEIVE_OFFLOAD, 29,                                                      \
      "1: datagrams of one size may arrive as one: see "                                 \
      "frond_datagram (Linux)")

typedef enum {
    FROND_SO_END = 0, /* of a list of frond_sockopt */
#define FROND_SOCKOPT_NUMBER(name, number, value) FROND_SO_##name = number,
    FROND_SOCKOPTS(FROND_SOCKOPT_NUMBER)
#undef FROND_SOCKOPT_NUMBER
} frond_sockopt_name;

/* One of a list that ends with {0}: {{FROND_SO_REUSEPORT, 1}, {FROND_SO_BIND_DEVICE, 0, "eth0"}, {0}}. */
typedef struct {
    int name; /* frond_sockopt_name */
    int value;
    const char *text; /* for those whose value is text */
} frond_sockopt;

/* Sets an option.  fd: frond_stream_fd, frond_listener_fd, frond_udp_fd, or a socket from elsewhere.
 * Returns 0, or
 *   FROND_ENOTSUP  no such option on this system or for this kind of socket
 *   FROND_EINVAL   a value that cannot be, or an option whose value is text
 *   FROND_EPERM    FROND_EACCES  a privilege is missing   FROND_EBADF  FROND_ENOTSOCK  no socket
 * Does not suspend.  The socket stays the caller's.  Since 0.1. */
FROND_API int frond_sockopt_set(intptr_t fd, frond_sockopt_name name, int value);

/* Sets an option whose value is text; NULL or "" takes it back.  Returns as frond_sockopt_set does: 0,
 * FROND_ENOTSUP, FROND_EINVAL, FROND_EPERM, FROND_EACCES, FROND_EBADF, FROND_ENOTSOCK, and FROND_ENODEV or
 * FROND_ENOENT when what it names is not there.  Does not suspend.  Text is borrowed.  Since 0.1. */
FROND_API int frond_sockopt_set_text(intptr_t fd, frond_sockopt_name name,
                                     const char *text);

/* Asks for one.  Returns 0 with *value, or FROND_ENOTSUP, FROND_EINVAL, FROND_EBADF, FROND_ENOTSOCK.  Does
 * not suspend.  The socket stays the caller's.  Since 0.1. */
FROND_API int frond_sockopt_get(intptr_t fd, frond_sockopt_name name, int *value);

/* Sets all of a list, which may be NULL, in its order, up to the first that fails.  Returns as
 * frond_sockopt_set does: 0, FROND_ENOTSUP, FROND_EINVAL, FROND_EPERM, FROND_EACCES, FROND_EBADF,
 * FROND_ENOTSOCK, FROND_ENODEV, FROND_ENOENT.  Does not suspend.  The list is borrowed.  Since 0.1. */
FROND_API int frond_sockopt_set_all(intptr_t fd, const frond_sockopt *list);

/* setsockopt(2), for what has no name above.  level and name are the system's.  Returns 0 or what the system
 * says, such as FROND_ENOTSUP, FROND_EINVAL, FROND_EPERM, FROND_EBADF, FROND_ENOTSOCK.  Does not suspend.
 * data is borrowed.  Since 0.1. */
FROND_API int frond_sockopt_set_raw(intptr_t fd, int level, int name, const void *data,
                                    size_t len);

/* getsockopt(2).  *len: how much room there is in data, and then how much was written.  Returns as
 * frond_sockopt_set_raw does: 0, FROND_ENOTSUP, FROND_EINVAL, FROND_EPERM, FROND_EBADF, FROND_ENOTSOCK.
 * Does not suspend.  data is borrowed.  Since 0.1. */
FROND_API int frond_sockopt_get_raw(intptr_t fd, int level, int name, void *data,
                                    size_t *len);

/* Joins a group, so that what is sent to it arrives.  device: the number of an interface (frond_interface_index), 0 for
 * the system's choice.  source: only what this one sends; NULL: everybody.  Returns 0, or
 *   FROND_EADDRINUSE     joined already              FROND_ENODEV   no such interface
 *   FROND_EADDRNOTAVAIL  no such interface, or no route to the group
 *   FROND_EINVAL         no group's address, or a source of another family
 *   FROND_ENOBUFS        too many groups             FROND_EBADF    FROND_ENOTSOCK  no socket
 * Does not suspend.  The addresses are borrowed.  Since 0.1. */
FROND_API int frond_multicast_join(intptr_t fd, const frond_addr *group, unsigned device,
                                   const frond_addr *source);

/* Leaves a group that was joined with the same arguments.  Returns 0, FROND_EADDRNOTAVAIL when it was not,
 * FROND_EINVAL, FROND_ENODEV, FROND_EBADF, FROND_ENOTSOCK.  Does not suspend.  The addresses are borrowed.
 * Since 0.1. */
FROND_API int frond_multicast_leave(intptr_t fd, const frond_addr *group, unsigned device,
                                    const frond_addr *source);

/* The number of an interface by its name ("eth0").  Returns it, or FROND_ENODEV, FROND_EINVAL.  Does not
 * suspend.  The name is borrowed.  Since 0.1. */
FROND_API int frond_interface_index(const char *name);

/* Whether processes that this one starts by other means than frond's inherit the descriptor: nothing
 * frond opens is inherited unless it says so here.  Returns 0 or FROND_EBADF.  Does not suspend.  The
 * descriptor stays the caller's.  Since 0.1. */
FROND_API int frond_inheritable_set(intptr_t fd, int on);

/* Returns 1 when it is inherited, 0 when it is not, or FROND_EBADF.  Does not suspend.  The descriptor
 * stays the caller's.  Since 0.1. */
FROND_API int frond_inheritable(intptr_t fd);

FROND_END

#endif
