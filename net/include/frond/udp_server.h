/* SPDX-License-Identifier: MIT */
/* Datagram servers: each packet is handled in a greenlet of a pool.  A handler that fails is reported and
 * stops nothing.  Memory is bounded: when the pool is full nothing more is received (and what the system's
 * buffer cannot take it drops), or, by an option, what comes is dropped at once.  A server ends in phases as
 * those of streams do (frond/server.h), and belongs to its socket's thread (FROND_ETHREAD elsewhere).  What
 * suspends has a deadline. */
#ifndef FROND_UDP_SERVER_H
#define FROND_UDP_SERVER_H

#include <frond/api.h>
#include <frond/deadline.h>
#include <frond/udp.h>
#include <frond/wait.h>

FROND_BEGIN

typedef struct frond_udp_server frond_udp_server;

/* Handles one packet, which belongs to the server and is there until the handler returns, as is *from.  The
 * result is as a greenlet's: NULL, or return frond_failed(...). */
typedef void *(*frond_udp_handler)(const void *data, size_t len, const frond_addr *from,
                                   frond_udp_server *server, void *arg);

/* All zero is the default. */
typedef struct {
    size_t max_handlers; /* packets handled at a time; 0: 1000 */
    size_t max_packet;   /* bytes; longer ones are dropped; 0: 65535 */
    size_t stack_size;   /* of the handlers; 0: the default */
    int drop_when_full; /* 1: what comes while the pool is full is dropped; 0: it waits */
    uint64_t cleanup_ms;   /* for handlers that frond_udp_server_stop kills; 0: 5000 */
    uintptr_t reserved[4]; /* zero */
} frond_udp_server_options;

typedef struct {
    uint64_t received;        /* and handed to handlers */
    uint64_t dropped_full;    /* only with drop_when_full */
    uint64_t dropped_long;    /* longer than max_packet */
    uint64_t failed_spawns;   /* dropped: no memory for a handler */
    uint64_t failed_handlers; /* those that failed, not those that were killed */
    size_t current, most;     /* handled now, and at most at a time */
    uintptr_t reserved[4];
} frond_udp_server_stats;

/* Makes a server (o may be NULL) that does not receive yet: frond_udp_server_start_receiving.  Does not suspend.
 * Returns 0 with *server owned by the caller (frond_udp_server_free), or FROND_EINVAL, FROND_ENOMEM,
 * FROND_ETHREAD, FROND_ECLOSED.  The socket becomes the server's on success; options are copied, arg is borrowed
 * until it is freed.  Since 0.1. */
FROND_API int frond_udp_server_new(frond_udp *u, frond_udp_handler handle, void *arg,
                                   const frond_udp_server_options *o,
                                   frond_udp_server **server);

/* The same, receiving already.  Does not suspend.  Returns 0 with *server owned by the caller, or FROND_EINVAL,
 * FROND_ENOMEM, FROND_ETHREAD, FROND_ECLOSED.  The socket becomes the server's on success; arg is borrowed until it
 * is freed.  Since 0.1. */
FROND_API int frond_udp_server_start(frond_udp *u, frond_udp_handler handle, void *arg,
                                     const frond_udp_server_options *o,
                                     frond_udp_server **server);

/* Begins to receive, or goes on with it; harmless when it does already.  Does not suspend.  Returns 0, or
 * FROND_EINVAL, FROND_ENOMEM, FROND_ETHREAD, FROND_ECLOSED once it is drained or stopped.  The caller still
 * owns it.  Since 0.1. */
FROND_API int frond_udp_server_start_receiving(frond_udp_server *server);

/* Receives no more for now; packets wait in the system's buffer, as many as it has room for.  Does not suspend.
 * Returns 0, FROND_EINVAL, FROND_ETHREAD.  The caller still owns it.  Since 0.1. */
FROND_API int frond_udp_server_stop_receiving(frond_udp_server *server);

/* Receives, and waits until the server is stopped, by another greenlet or a signal.  When d passes it goes on
 * without the caller.  Suspends.  Returns as frond_udp_server_join does: 0, FROND_ETIMEDOUT, FROND_ECANCELED,
 * FROND_ETHREAD, FROND_EINVAL, FROND_EDEADLK, FROND_ENOSUSPEND; FROND_ENOMEM; FROND_ECLOSED when it was
 * stopped before.  The caller still owns it.  Since 0.1. */
FROND_API int frond_udp_server_serve(frond_udp_server *server, frond_deadline d);

/* Has packets that are received from now on handled otherwise.  Does not suspend.  Returns 0, FROND_EINVAL,
 * FROND_ETHREAD.  arg is borrowed until the server is freed.  Since 0.1. */
FROND_API int frond_udp_server_set_handler(frond_udp_server *server,
                                           frond_udp_handler handle, void *arg);

/* Sends a datagram from the server's socket, after those that other handlers are sending.  Suspends while
 * the system's buffer is full.  Returns as frond_udp_send does: 0, FROND_ETIMEDOUT, FROND_ECANCELED,
 * FROND_ECLOSED, FROND_EMSGSIZE, FROND_EINVAL, FROND_ETHREAD, FROND_ENETUNREACH, FROND_EDEADLK,
 * FROND_ENOSUSPEND and so on.  buf is borrowed until it returns.  Since 0.1. */
FROND_API int frond_udp_server_send(frond_udp_server *server, const void *buf, size_t len,
                                    const frond_addr *to, frond_deadline d);

/* Receives no more, gives notice (frond_udp_server_draining) and waits until the handlers have finished; the
 * socket is open until then, for their answers.  Suspends.  Returns 0, or
 *   FROND_ETIMEDOUT  some are not done yet          FROND_ECANCELED  this greenlet was killed
 *   FROND_ETHREAD    of another thread              FROND_EINVAL     NULL, or called by a handler
 *   FROND_EDEADLK    nothing can end the wait       FROND_ENOSUSPEND called in a hub callback
 * The caller still owns it.  Since 0.1. */
FROND_API int frond_udp_server_drain(frond_udp_server *server, frond_deadline d);

/* The same, but the handlers are killed, and it waits for their cleaning up.  Suspends, unless d is
 * FROND_NOW.  Returns 0, FROND_ETIMEDOUT, FROND_ECANCELED, FROND_ETHREAD, FROND_EINVAL, FROND_EDEADLK,
 * FROND_ENOSUSPEND as frond_udp_server_drain.  The caller still owns it.  Since 0.1. */
FROND_API int frond_udp_server_kill(frond_udp_server *server, frond_deadline d);

/* Stops: drains until d, then kills those left, and closes the socket.  Stopping twice is harmless.  Suspends.
 * Returns 0 when all finished by themselves, FROND_ETIMEDOUT when some had to be killed, FROND_ECANCELED,
 * FROND_ETHREAD, FROND_EINVAL, FROND_EDEADLK, FROND_ENOSUSPEND.  The caller still owns it.  Since 0.1. */
FROND_API int frond_udp_server_stop(frond_udp_server *server, frond_deadline d);

/* As frond_server_stop_on_signal.  Does not suspend.  Returns 0, FROND_EINVAL, FROND_ENOMEM, FROND_ETHREAD,
 * FROND_ECLOSED.  The caller still owns it.  Since 0.1. */
FROND_API int frond_udp_server_stop_on_signal(frond_udp_server *server, int number,
                                              uint64_t drain_ms);

/* Waits until the server is stopped.  Suspends.  Returns 0, or the error of receiving that ended it;
 * FROND_ETIMEDOUT, FROND_ECANCELED, FROND_ETHREAD, FROND_EINVAL, FROND_EDEADLK, FROND_ENOSUSPEND.  The caller
 * still owns it.  Since 0.1. */
FROND_API int frond_udp_server_join(frond_udp_server *server, frond_deadline d);

/* Begins again after a stop, with a socket, which becomes the server's, or with NULL where it was, by the options
 * of the socket it had.  Does not suspend.  Returns 0, FROND_EBUSY when it is not stopped, FROND_EINVAL,
 * FROND_ETHREAD, FROND_ENOMEM, and as frond_udp_open_with FROND_EADDRINUSE, FROND_EMFILE and so on.  The caller
 * still owns it.  Since 0.1. */
FROND_API int frond_udp_server_restart(frond_udp_server *server, frond_udp *u);

/* Does not suspend.  Cannot fail.  Returns 1 while it receives, else 0.  It is borrowed.  Since 0.1. */
FROND_API int frond_udp_server_started(const frond_udp_server *server);

/* Whether the end has begun.  Does not suspend.  Cannot fail.  Returns 1 or 0.  It is borrowed.  Since 0.1. */
FROND_API int frond_udp_server_draining(const frond_udp_server *server);

/* The same as something to wait for (frond/wait.h).  Does not suspend.  Cannot fail.  Returns a value.
 * server is borrowed as long as it is used.  Since 0.1. */
FROND_API frond_waitable frond_udp_server_drain_waitable(frond_udp_server *server);

/* Does not suspend.  Returns 0 with the address it receives at in *a, or FROND_EINVAL.  The server stays
 * owned by the caller.  Since 0.1. */
FROND_API int frond_udp_server_addr(const frond_udp_server *server, frond_addr *a);

/* Does not suspend.  Returns 0 with what was counted since the start in *stats, or FROND_EINVAL.  The server
 * stays owned by the caller.  Since 0.1. */
FROND_API int frond_udp_server_get_stats(const frond_udp_server *server,
                                         frond_udp_server_stats *stats);

/* Stops without waiting: handlers left are killed.  NULL is allowed.  Does not suspend.  The caller's
 * ownership ends.  Since 0.1. */
FROND_API void frond_udp_server_free(frond_udp_server *server);

FROND_END

#endif
