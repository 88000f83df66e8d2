/* SPDX-License-Identifier: MIT */
/* Stream servers: accept, and handle each connection in a greenlet of a pool.  A full pool stops the
 * accepting until there is room; running out of descriptors slows it down; a handler that fails is
 * reported and stops nothing.  A server belongs to its listener's thread. */
#ifndef FROND_SERVER_H
#define FROND_SERVER_H

#include <frond/api.h>
#include <frond/deadline.h>
#include <frond/stream.h>
#include <frond/tcp.h>

FROND_BEGIN

typedef struct frond_server frond_server;

/* Serves one connection.  s is closed and freed when it returns, unless it took a reference
 * (frond_stream_ref): one is needed for each owner it gives s to, such as frond_tls_server.  The
 * result is as a greenlet's: NULL, or return frond_failed(...). */
typedef void *(*frond_handler)(frond_stream *s, void *arg);

typedef struct {
    size_t max_connections; /* handled at a time; 0: 10000 */
    size_t stack_size;      /* of the handlers; 0: the default */
    uint64_t min_delay_ms;  /* back-off when accepting fails; 0: 10 */
    uint64_t max_delay_ms;  /* it doubles up to this; 0: 1000 */
    uintptr_t reserved[4];  /* zero */
} frond_server_options;

/* Makes a server (o may be NULL) and starts accepting.  Does not suspend.  Returns 0 with *server
 * owned by the caller (frond_server_free), or FROND_EINVAL, FROND_ENOMEM, FROND_ETHREAD.  The listener
 * becomes the server's on success; arg is borrowed until it is freed.  Since 0.1. */
FROND_API int frond_server_start(frond_listener *l, frond_handler handle, void *arg,
                                 const frond_server_options *o, frond_server **server);

/* Stops: closes the listener at once, lets the handlers finish until d, then kills those left and
 * waits for them to clean up.  Stopping twice is harmless.  Suspends.  Returns 0 when all finished by
 * themselves, or
 *   FROND_ETIMEDOUT  some had to be killed          FROND_ECANCELED  this greenlet was killed
 *   FROND_ETHREAD    of another thread              FROND_EINVAL     NULL, or called by a handler
 *   FROND_EDEADLK    nothing can end the wait       FROND_ENOSUSPEND called in a hub callback
 * The caller still owns it.  Since 0.1. */
FROND_API int frond_server_stop(frond_server *server, frond_deadline d);

/* Waits until the server is stopped.  Suspends.  Returns 0, FROND_ETIMEDOUT, FROND_ECANCELED,
 * FROND_ETHREAD, FROND_EINVAL, FROND_EDEADLK, FROND_ENOSUSPEND.  The caller still owns it.
 * Since 0.1. */
FROND_API int frond_server_join(frond_server *server, frond_deadline d);

/* Does not suspend.  Returns 0 with the address it listens at in *a, or FROND_EINVAL.  The server stays
 * owned by the caller.  Since 0.1. */
FROND_API int frond_server_addr(const frond_server *server, frond_addr *a);

/* Does not suspend.  Cannot fail.  Returns how many connections are being handled.  It is borrowed.
 * Since 0.1. */
FROND_API size_t frond_server_connections(const frond_server *server);

/* Does not suspend.  Cannot fail.  Returns how many connections were accepted since the start.  It is
 * borrowed.  Since 0.1. */
FROND_API uint64_t frond_server_accepted(const frond_server *server);

/* Stops without waiting: handlers left are killed.  NULL is allowed.  Does not suspend.  The caller's
 * ownership ends.  Since 0.1. */
FROND_API void frond_server_free(frond_server *server);

FROND_END

#endif
