/* SPDX-License-Identifier: MIT */
/* TCP: listening, accepting and connecting.  Listeners and streams belong to the thread that made
 * them (FROND_ETHREAD elsewhere).  What suspends has a deadline. */
#ifndef FROND_TCP_H
#define FROND_TCP_H

#include <frond/addr.h>
#include <frond/api.h>
#include <frond/deadline.h>
#include <frond/dns.h>
#include <frond/sockopt.h>
#include <frond/stream.h>

FROND_BEGIN

typedef struct frond_listener frond_listener;

/* All zero is the default. */
typedef struct {
    int backlog;   /* 0: the system's most */
    int reuseport; /* 1: several listeners share the address and the kernel deals out */
    int v6only;    /* 1: an IPv6 listener takes no IPv4 */
    int mode;      /* unix: of the socket's file, such as 0600; 0: as the umask says */
    int replace;   /* unix: 1: a file at which nobody listens any more is replaced */
    /* Set before it is bound: a list that ends with {0}; NULL: none. */
    const frond_sockopt *options;
    uintptr_t reserved[4]; /* zero */
} frond_listen_options;

typedef struct {
    frond_addr local; /* to connect from; family 0: the system's choice */
    int nagle; /* 1: small writes may be held back (TCP_NODELAY is on by default) */
    uint64_t attempt_ms; /* most for one address; 0: what the deadline leaves */
    /* Until the next address is tried beside one that has not answered; 0: 250. */
    uint64_t fallback_ms;
    /* For frond_tcp_connect: "http://host:8080" (CONNECT), "socks5h://user:password@host:1080", which are told the
     * name, in ASCII (xn--), or socks5://, which is told the addresses that the name has here, until it can connect to
     * one; NULL: none. */
    const char *proxy;
    /* Where to note when the first address was known (frond_now); NULL: nowhere. */
    int64_t *resolved_at;
    frond_resolver *resolver; /* for names; NULL: this hub's own */
    /* Set before it is bound and connects: a list that ends with {0}; NULL: none. */
    const frond_sockopt *options;
    uintptr_t reserved[4]; /* zero */
} frond_connect_options;

/* Listens at an address (port 0: any free one; frond_listener_addr tells; a unix address is fine, too: see
 * unix.h).  Does not suspend.
 * Returns 0 with *l owned by the caller (frond_listener_free), or
 *   FROND_EADDRINUSE  FROND_EADDRNOTAVAIL  FROND_EACCES  FROND_EAFNOSUPPORT  FROND_EMFILE
 *   FROND_EINVAL      FROND_ENOMEM
 * Addresses and options are copied.  Since 0.1. */
FROND_API int frond_tcp_listen(const frond_addr *where, const frond_listen_options *o,
                               frond_listener **l);

/* The same where a text says: "127.0.0.1:80", "[::1]:80", ":80" (every interface, by IPv4; "[::]:80": and IPv6),
 * "unix:/run/some.socket", "unix:@abstract", or "name:80", which is looked up: at the first of its addresses that
 * is one of this machine.
 * Suspends to look it up.  Returns 0 with *l owned by the caller, FROND_EINVAL when it is none of those, with a
 * text that says so, what frond_tcp_listen gives (FROND_EADDRINUSE, FROND_EACCES, FROND_EADDRNOTAVAIL,
 * FROND_ENAMETOOLONG ...) and what frond_resolve does (FROND_EDNS_NOTFOUND ...), FROND_ETIMEDOUT,
 * FROND_ECANCELED, FROND_ENOSUSPEND.  where is borrowed until it returns.  Since 0.1. */
FROND_API int frond_listen(const char *where, const frond_listen_options *o,
                           frond_listener **l, frond_deadline d);

/* Waits for a connection.  Suspends.  Returns 0 with *s owned by the caller, or
 *   FROND_ETIMEDOUT  d passed                       FROND_ECANCELED  this greenlet was killed
 *   FROND_ECLOSED    closed before or during it     FROND_EBUSY      another greenlet accepts
 *   FROND_EMFILE     no descriptor left; the        FROND_ENFILE     the same, in the system
 *                    connection stays queued        FROND_ENOMEM     no memory
 *   FROND_ETHREAD    l is of another thread         FROND_EINVAL     NULL
 *   FROND_EDEADLK    nothing can end the wait       FROND_ENOSUSPEND called in a hub callback
 * Since 0.1. */
FROND_API int frond_accept(frond_listener *l, frond_stream **s, frond_deadline d);

/* Does not suspend.  Returns 0 with the address it listens at in *a, or FROND_EINVAL, FROND_ECLOSED.
 * l stays owned by the caller.  Since 0.1. */
FROND_API int frond_listener_addr(const frond_listener *l, frond_addr *a);

/* The socket: for options (sockopt.h), or for frond_poll.  Does not suspend.  Returns 0 with *fd, which stays
 * the listener's, or FROND_EINVAL, FROND_ECLOSED.  l stays owned by the caller.  Since 0.1. */
FROND_API int frond_listener_fd(const frond_listener *l, intptr_t *fd);

/* Stops listening and wakes who accepts with FROND_ECLOSED.  Closing twice is harmless.  Does not
 * suspend.  Returns 0, FROND_EINVAL, FROND_ETHREAD.  The caller still owns l.  Since 0.1. */
FROND_API int frond_listener_close(frond_listener *l);

/* Closes and frees; NULL is allowed.  Does not suspend.  The caller's ownership ends.  Since 0.1. */
FROND_API void frond_listener_free(frond_listener *l);

/* Connects to an address (o may be NULL).  A connection of a socket to itself, which TCP makes when the system chooses
 * the port that is connected to for the local one, is FROND_ECONNREFUSED, unless o->local has a port.  Suspends.
 * Returns 0 with *s owned by the caller, or
 *   FROND_ETIMEDOUT  d passed                       FROND_ECANCELED  this greenlet was killed
 *   FROND_ECONNREFUSED  FROND_EHOSTUNREACH  FROND_ENETUNREACH  FROND_ECONNRESET  FROND_EADDRNOTAVAIL
 *   FROND_EAFNOSUPPORT  FROND_EACCES        FROND_EMFILE       FROND_ENOMEM      FROND_EADDRINUSE
 *   FROND_EINVAL     bad address or options         FROND_ENOSUSPEND called in a hub callback
 * Since 0.1. */
FROND_API int frond_tcp_connect_addr(const frond_addr *to, const frond_connect_options *o,
                                     frond_stream **s, frond_deadline d);

/* Connects to host, a name or a numeric address, as RFC 8305 says (Happy Eyeballs): A and AAAA are looked up at
 * once, AAAA is waited for 50 ms longer, the families take turns, another address is tried when one has failed or
 * not answered for fallback_ms, and the first to answer has won; the others are given up.  The error text lists
 * every attempt.  Through a proxy (o->proxy) its answers are errors, too: FROND_EACCES, FROND_EPROTO,
 * FROND_ENOTSUP and those below.  o may be NULL.  Suspends.  Returns 0 with *s owned by the caller, or the
 * errors of frond_resolver_resolve (FROND_EDNS_NOTFOUND and so on) and of the last attempt, as
 * frond_tcp_connect_addr gives them: FROND_ECONNREFUSED, FROND_EHOSTUNREACH, FROND_ENETUNREACH,
 * FROND_EMFILE, FROND_ENOMEM, FROND_ETIMEDOUT, FROND_ECANCELED, FROND_EINVAL, FROND_ENOSUSPEND.
 * host is borrowed until it returns.  Since 0.1. */
FROND_API int frond_tcp_connect(const char *host, int port,
                                const frond_connect_options *o, frond_stream **s,
                                frond_deadline d);

/* The same where a text says, as for frond_listen; ":80" is this machine.  Suspends.  Returns 0 with *s owned by
 * the caller, FROND_EINVAL when it is none of those, with a text that says so, or as frond_tcp_connect and, for
 * unix sockets, frond_tcp_connect_addr do: FROND_ECONNREFUSED, FROND_EDNS_NOTFOUND, FROND_ENOENT,
 * FROND_ETIMEDOUT, FROND_ECANCELED, FROND_ENOSUSPEND and so on.  where is borrowed until it returns.
 * Since 0.1. */
FROND_API int frond_dial(const char *where, const frond_connect_options *o,
                         frond_stream **s, frond_deadline d);

/* The same as frond_tcp_connect for addresses that were looked up before, in their order, the families taking turns;
 * name (may be NULL) is what they are called in errors.  Those of another family than o->local's are left out.
 * Without a proxy.  Suspends.  Returns 0 with *s owned by the caller, FROND_EINVAL for an empty list,
 * FROND_EAFNOSUPPORT when all are left out, or as frond_tcp_connect does: FROND_ECONNREFUSED, FROND_EHOSTUNREACH,
 * FROND_ENETUNREACH, FROND_EMFILE, FROND_ENOMEM, FROND_ETIMEDOUT, FROND_ECANCELED, FROND_ENOSUSPEND.  The list is
 * borrowed until it returns.  Since 0.1. */
FROND_API int frond_tcp_connect_any(const frond_addrs *addrs, const char *name,
                                    const frond_connect_options *o, frond_stream **s,
                                    frond_deadline d);

FROND_END

#endif
