/* SPDX-License-Identifier: MIT */
/* Stream servers: accept, and handle each connection in a greenlet.  As many are handled at a time as the
 * options say, and no more are accepted until there is room; running out of descriptors slows a server
 * down; a handler that fails is reported and stops nothing.
 *
 * A server ends in phases, each with a deadline of its own: frond_server_stop_accepting, frond_server_drain
 * (the handlers are told, and finish), frond_server_kill; frond_server_stop is all of them.  A server belongs
 * to its listener's thread (FROND_ETHREAD elsewhere).  What suspends has a deadline. */
#ifndef FROND_SERVER_H
#define FROND_SERVER_H

#include <frond/api.h>
#include <frond/deadline.h>
#include <frond/stream.h>
#include <frond/tcp.h>
#include <frond/wait.h>

FROND_BEGIN

typedef struct frond_server frond_server;

/* Serves one connection.  s is closed and freed when it returns, unless it took a reference
 * (frond_stream_ref): one is needed for each owner it gives s to, such as frond_tls_server.  The
 * result is as a greenlet's: NULL, or return frond_failed(...). */
typedef void *(*frond_handler)(frond_stream *s, void *arg);

typedef enum {
    FROND_SERVE_POOL = 0,  /* at most max_connections at a time */
    FROND_SERVE_UNLIMITED, /* as many as come */
    FROND_SERVE_INLINE     /* one after the other */
} frond_serve_mode;

/* All zero is the default. */
typedef struct {
    frond_serve_mode mode;
    size_t max_connections; /* handled at a time; 0: 10000 */
    size_t
        max_per_peer; /* of one IP address (not of unix sockets); more are closed at once; 0: no limit */
    size_t stack_size; /* of the handlers; 0: the default */
    size_t max_accept; /* before the others run; 0: 100, or 1 when shared */
    int shared;        /* 1: other processes or hubs accept at the same socket */
    int no_reserve; /* 1: without a descriptor connections wait in the system's queue; else one is
                              * kept for accepting those, and closing them at once */
    uint64_t min_delay_ms; /* back-off when accepting fails; 0: 10 */
    uint64_t max_delay_ms; /* it doubles up to this; 0: 1000 */
    uint64_t cleanup_ms;   /* for handlers that frond_server_stop kills; 0: 5000 */
    const int *
        fatal_errors; /* of accepting, which end the server, 0 at the end; NULL: FROND_EBADF,
                              * FROND_EINVAL, FROND_ENOTSOCK, FROND_ENOTSUP.  Borrowed as arg is */
    /* Called once when the end is near, by who stops it, perhaps in a hub callback: must not suspend. */
    void (*on_drain)(frond_server *server, void *arg);
    void (*drop)(void *arg); /* called once nothing uses arg any more */
    uintptr_t reserved[4];   /* zero */
} frond_server_options;

typedef struct {
    uint64_t accepted;            /* and handed to handlers */
    uint64_t refused_peer;        /* closed at once: over max_per_peer */
    uint64_t refused_descriptors; /* closed at once: no descriptor was left */
    uint64_t failed_accepts;      /* attempts, each followed by a delay */
    uint64_t failed_spawns;       /* closed at once: no memory for a handler */
    uint64_t failed_handlers;     /* those that failed, not those that were killed */
    uint64_t failed_handshakes;   /* of TLS: frond_tls_serve */
    size_t current, most;         /* handled now, and at most at a time */
    uintptr_t reserved[4];
} frond_server_stats;

/* ---- start ---- */

/* Makes a server (o may be NULL) that does not accept yet: frond_server_start_accepting.  Does not suspend.
 * Returns 0 with *server owned by the caller (frond_server_free), or FROND_EINVAL, FROND_ENOMEM,
 * FROND_ETHREAD, FROND_ECLOSED.  The listener becomes the server's on success; options are copied, arg is
 * borrowed until it is freed.  Since 0.1. */
FROND_API int frond_server_new(frond_listener *l, frond_handler handle, void *arg,
                               const frond_server_options *o, frond_server **server);

/* The same, accepting already.  Does not suspend.  Returns 0 with *server owned by the caller, or
 * FROND_EINVAL, FROND_ENOMEM, FROND_ETHREAD, FROND_ECLOSED.  The listener becomes the server's on success;
 * arg is borrowed until it is freed.  Since 0.1. */
FROND_API int frond_server_start(frond_listener *l, frond_handler handle, void *arg,
                                 const frond_server_options *o, frond_server **server);

/* The same where a text says, as for frond_listen: "host:port", ":port", "unix:path".  Listens by lo and serves by o
 * (each may be NULL).  Suspends to look a name up.  Returns 0 with *server owned by the caller, as frond_listen does
 * (FROND_EINVAL, FROND_EADDRINUSE, FROND_EACCES, FROND_EDNS_NOTFOUND, FROND_ETIMEDOUT, FROND_ECANCELED,
 * FROND_ENOSUSPEND and so on), or FROND_ENOMEM.  where and options are borrowed until it returns, arg until the
 * server is freed.  Since 0.1. */
FROND_API int frond_server_listen(const char *where, const frond_listen_options *lo,
                                  frond_handler handle, void *arg,
                                  const frond_server_options *o, frond_server **server,
                                  frond_deadline d);

/* Begins to accept, or goes on with it; harmless when it does already.  Does not suspend.  Returns 0, or
 * FROND_EINVAL, FROND_ENOMEM, FROND_ETHREAD, FROND_ECLOSED once it is drained or stopped.  The caller still
 * owns it.  Since 0.1. */
FROND_API int frond_server_start_accepting(frond_server *server);

/* Accepts no more for now; connections wait in the system's queue.  Does not suspend.  Returns 0,
 * FROND_EINVAL, FROND_ETHREAD.  The caller still owns it.  Since 0.1. */
FROND_API int frond_server_stop_accepting(frond_server *server);

/* Accepts, and waits until the server is stopped, by another greenlet or a signal.  When d passes it goes on
 * without the caller.  Suspends.  Returns as frond_server_join does: 0, FROND_ETIMEDOUT, FROND_ECANCELED,
 * FROND_ETHREAD, FROND_EINVAL, FROND_EDEADLK, FROND_ENOSUSPEND; FROND_ENOMEM; FROND_ECLOSED when it was
 * stopped before.  The caller still owns it.  Since 0.1. */
FROND_API int frond_server_serve(frond_server *server, frond_deadline d);

/* Has connections that are accepted from now on handled otherwise.  Does not suspend.  Returns 0,
 * FROND_EINVAL, FROND_ETHREAD, or FROND_ENOTSUP for a server with .drop, whose arg is its own.  arg is
 * borrowed until the server is freed.  Since 0.1. */
FROND_API int frond_server_set_handler(frond_server *server, frond_handler handle,
                                       void *arg);

/* ---- the end ---- */

/* Closes the listener at once, gives notice to the handlers (frond_server_draining and so on) and waits until
 * they have finished.  When d passes they go on; it can be called again.  Suspends.  Returns 0, or
 *   FROND_ETIMEDOUT  some are not done yet          FROND_ECANCELED  this greenlet was killed
 *   FROND_ETHREAD    of another thread              FROND_EINVAL     NULL, or called by a handler
 *   FROND_EDEADLK    nothing can end the wait       FROND_ENOSUSPEND called in a hub callback
 * The caller still owns it.  Since 0.1. */
FROND_API int frond_server_drain(frond_server *server, frond_deadline d);

/* The same, but the handlers are killed, and it waits for their cleaning up.  Suspends, unless d is
 * FROND_NOW.  Returns as frond_server_drain does: 0, FROND_ETIMEDOUT, FROND_ECANCELED, FROND_ETHREAD,
 * FROND_EINVAL, FROND_EDEADLK, FROND_ENOSUSPEND.  The caller still owns it.  Since 0.1. */
FROND_API int frond_server_kill(frond_server *server, frond_deadline d);

/* Stops: drains until d, then kills those left and waits for them to clean up, cleanup_ms at most.  Stopping
 * twice is harmless.  Suspends.  Returns 0 when all finished by themselves, or
 *   FROND_ETIMEDOUT  some had to be killed          FROND_ECANCELED  this greenlet was killed
 *   FROND_ETHREAD    of another thread              FROND_EINVAL     NULL, or called by a handler
 *   FROND_EDEADLK    nothing can end the wait       FROND_ENOSUSPEND called in a hub callback
 * The caller still owns it.  Since 0.1. */
FROND_API int frond_server_stop(frond_server *server, frond_deadline d);

/* Has a signal (a number of <signal.h>, see frond_signal_open) stop the server, letting its handlers finish
 * for drain_ms.  One after the other, any number of signals.  Until the server is stopped they do not do
 * their default action.  Does not suspend.  Returns 0, FROND_EINVAL, FROND_ENOMEM, FROND_ETHREAD, or
 * FROND_ECLOSED once it is drained or stopped.  The caller still owns it.  Since 0.1. */
FROND_API int frond_server_stop_on_signal(frond_server *server, int number,
                                          uint64_t drain_ms);

/* Waits until the server is stopped.  Suspends.  Returns 0, or the error of accepting that ended it, as
 * FROND_EBADF; or FROND_ETIMEDOUT, FROND_ECANCELED, FROND_ETHREAD, FROND_EINVAL, FROND_EDEADLK,
 * FROND_ENOSUSPEND.  The caller still owns it.  Since 0.1. */
FROND_API int frond_server_join(frond_server *server, frond_deadline d);

/* Begins again after a stop, with a listener, which becomes the server's, or with NULL where it was, by the
 * options of the listener it had (of one that was adopted, none).  Does not suspend.  Returns 0, FROND_EBUSY when it
 * is not stopped, FROND_EINVAL, FROND_ETHREAD, FROND_ENOMEM, and as frond_tcp_listen FROND_EADDRINUSE, FROND_EMFILE
 * and so on.  The caller still owns it.  Since 0.1. */
FROND_API int frond_server_restart(frond_server *server, frond_listener *l);

/* ---- for handlers ---- */

/* Whether the end has begun: time to finish what is in hand.  Does not suspend.  Cannot fail.  Returns 1 or
 * 0.  It is borrowed.  Since 0.1. */
FROND_API int frond_server_draining(const frond_server *server);

/* The same as something to wait for (frond/wait.h).  Does not suspend.  Cannot fail.  Returns a value.
 * server is borrowed as long as it is used.  Since 0.1. */
FROND_API frond_waitable frond_server_drain_waitable(frond_server *server);

/* A connection that waits for its next request.  Its fields are frond's own. */
typedef struct frond_server_idle {
    struct frond_server_idle *next, *prev;
    frond_stream *stream;
} frond_server_idle;

/* From here to frond_server_idle_end s may be closed at once by the server's end: whoever reads it gets
 * FROND_ECLOSED.  When the end has begun it is closed now.  Does not suspend.  Cannot fail.  All are borrowed
 * until frond_server_idle_end.  Since 0.1. */
FROND_API void frond_server_idle_begin(frond_server *server, frond_server_idle *idle,
                                       frond_stream *s);

/* Does not suspend.  Cannot fail.  idle is the caller's again.  Since 0.1. */
FROND_API void frond_server_idle_end(frond_server_idle *idle);

/* ---- inspection ---- */

/* Does not suspend.  Returns 0 with the address it listens at in *a, or FROND_EINVAL.  The server stays
 * owned by the caller.  Since 0.1. */
FROND_API int frond_server_addr(const frond_server *server, frond_addr *a);

/* Does not suspend.  Cannot fail.  Returns 1 while it accepts, or would with room in the pool; else 0.  It is
 * borrowed.  Since 0.1. */
FROND_API int frond_server_started(const frond_server *server);

/* Does not suspend.  Cannot fail.  Returns 1 once its listener is closed, else 0.  It is borrowed.
 * Since 0.1. */
FROND_API int frond_server_closed(const frond_server *server);

/* Does not suspend.  Cannot fail.  Returns 1 while there is no room for one more connection, else 0.  It is
 * borrowed.  Since 0.1. */
FROND_API int frond_server_full(const frond_server *server);

/* Does not suspend.  Cannot fail.  Returns how many connections are being handled.  It is borrowed.
 * Since 0.1. */
FROND_API size_t frond_server_connections(const frond_server *server);

/* Does not suspend.  Cannot fail.  Returns how many connections were accepted since the start.  It is
 * borrowed.  Since 0.1. */
FROND_API uint64_t frond_server_accepted(const frond_server *server);

/* Does not suspend.  Returns 0 with what was counted since the start in *stats, or FROND_EINVAL.  The server
 * stays owned by the caller.  Since 0.1. */
FROND_API int frond_server_get_stats(const frond_server *server,
                                     frond_server_stats *stats);

/* Stops without waiting: handlers left are killed.  NULL is allowed.  Does not suspend.  The caller's
 * ownership ends.  Since 0.1. */
FROND_API void frond_server_free(frond_server *server);

FROND_END

#endif
