/* SPDX-License-Identifier: MIT */
/* Connecting to one address. */
#include "stream/socket.h"
#include "socket/timeouts.h"
#include <frond/error.h>
#include <frond/impl/fail.h>
#include <frond/impl/waiter.h>
#include <frond/tcp.h>

enum { MOST_NAP_MS = 64 };

static void describe(const void *object, char *out, size_t cap) {
    frond_addr_format(object, out, cap);
}

static bool options_valid(const frond_connect_options *o) {
    for (size_t i = 0; i < sizeof o->reserved / sizeof o->reserved[0]; i++)
        if (o->reserved[i])
            return false;
    return true;
}

/* Readiness alone does not tell: libuv wakes us for errors of other kinds too. */
static int await_connected(frond__sockio *io, frond_deadline d) {
    for (;;) {
        frond_addr peer;
        int rc = frond__sockio_wait(io, FROND_FD_WRITE, d);
        if (rc < 0 || (rc = frond__socket_error(io->fd)) < 0)
            return rc;
        if (frond__socket_name(io->fd, true, &peer) != FROND_ENOTCONN)
            return 0;
    }
}

static int connect_socket(frond__sockio *io, const frond_addr *to,
                          const frond_connect_options *o, frond_deadline d) {
    if (!o->nagle && to->family != FROND_UNIX)
        frond__socket_nodelay(io->fd, true);
    int rc = frond_sockopt_set_all((intptr_t)io->fd, o->options);
    if (rc == 0 && o->local.family) /* by the options: an address may be in use */
        rc = frond__socket_bind(io->fd, &o->local);
    if (rc == 0)
        rc = frond__socket_connect(io->fd, to);
    for (uint64_t ms = 1; rc == FROND__FULL; ms = ms < MOST_NAP_MS ? ms * 2 : ms) {
        if ((rc = frond_nap(ms, d)) == 0)
            rc = frond__socket_connect(io->fd, to);
    }
    return rc == FROND__AGAIN ? await_connected(io, d) : rc;
}

/* The system may choose, to connect from, the very port that is connected to, when nobody listens there: TCP then
 * connects the socket to itself. */
static bool is_its_own_peer(frond_os_fd fd, const frond_addr *to,
                            const frond_connect_options *o) {
    frond_addr local, peer;
    return !o->local.port && frond__socket_name(fd, false, &local) == 0 &&
           local.port == to->port && local.family != FROND_UNIX &&
           frond__socket_name(fd, true, &peer) == 0 && frond_addr_equal(&local, &peer);
}

/* Nobody listens; and the port must not stay taken, for whoever wants to. */
static int refuse_itself(frond_os_fd fd) {
    frond_sockopt_set((intptr_t)fd, FROND_SO_LINGER, 0);
    return FROND_ECONNREFUSED;
}

int frond_tcp_connect_addr(const frond_addr *to, const frond_connect_options *o,
                           frond_stream **s, frond_deadline d) {
    static const frond_connect_options none;
    o = o ? o : &none;
    int rc = frond_wait_enter(d);
    if (rc < 0)
        return rc;
    if (!to || !s || !options_valid(o))
        return frond_fail_set(FROND_EINVAL, "connect");
    if (o->attempt_ms)
        d = frond_earlier(d, frond_in(o->attempt_ms));
    frond__sockio io = {.describe = describe, .object = to};
    if ((rc = frond__socket_open(to, true, &io.fd)) < 0)
        return frond_fail_addr(rc, "connect", to);
    rc = connect_socket(&io, to, o, d);
    if (rc == 0 && is_its_own_peer(io.fd, to, o))
        rc = refuse_itself(io.fd);
    if (rc < 0) {
        frond__sockio_close(&io);
        return frond_fail_addr(rc, "connect", to);
    }
    rc = frond__socket_stream(&io, to, s);
    return rc < 0 ? rc : frond__timeouts_give(*s);
}
