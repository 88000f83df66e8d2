/* SPDX-License-Identifier: MIT */
/* The calls of netdb.h with deadlines: what the system's answer, and by the same rules, for hosts and for
 * services.  In all of them r NULL is this hub's own resolver.  What suspends has a deadline; thread rules are
 * those of resolvers. */
#ifndef FROND_NETDB_H
#define FROND_NETDB_H

#include <frond/resolver.h>

FROND_BEGIN

/* Kinds of sockets, 0 for all; protocols are the system's numbers: 6 is TCP, 17 UDP. */
typedef enum {
    FROND_SOCK_STREAM = 1,
    FROND_SOCK_DGRAM = 2,
    FROND_SOCK_RAW = 3
} frond_socktype;

enum {
    FROND_AI_PASSIVE = 1,     /* no host: every interface rather than loopback */
    FROND_AI_CANONNAME = 2,   /* the first has the host's full name */
    FROND_AI_NUMERICHOST = 4, /* host is an address; no lookup */
    FROND_AI_V4MAPPED = 8,    /* IPv6 and there is none: IPv4 in its form */
    FROND_AI_ALL = 16,        /* with V4MAPPED: both */
    FROND_AI_ADDRCONFIG = 32, /* families that an interface has, loopback aside */
    FROND_AI_NUMERICSERV = 64 /* service is a number */
};

enum {
    FROND_NI_NUMERICHOST = 1, /* no lookup */
    FROND_NI_NUMERICSERV = 2, /* the port as a number */
    FROND_NI_NOFQDN = 4,      /* names of this host's domain without it */
    FROND_NI_NAMEREQD = 8,    /* an address without a name is an error */
    FROND_NI_DGRAM = 16       /* service of UDP */
};

typedef struct {
    int flags; /* FROND_AI_... */
    frond_family family;
    int socktype, protocol; /* 0: all */
    uintptr_t reserved[2];  /* zero */
} frond_addrinfo_hints;

typedef struct frond_addrinfo {
    struct frond_addrinfo *next;
    int socktype, protocol;
    frond_addr addr;
    const char *canonname; /* of the first, with FROND_AI_CANONNAME; else NULL */
} frond_addrinfo;

/* Host and service to addresses, as getaddrinfo does.  host NULL: this machine.  service NULL: port 0; else a
 * number or a name that the system's list of services has.  IPv4 addresses may have any form that inet_aton
 * takes ("127.1", "0x7f.1").  hints NULL: everything.
 * Suspends.  Returns 0 with *out owned by the caller (frond_addrinfo_free), or
 *   FROND_EDNS_NOTFOUND  no such name, or none is numeric (EAI_NONAME)
 *   FROND_EDNS_NODATA    no address of this family (EAI_NODATA, EAI_ADDRFAMILY)
 *   FROND_EDNS_NOSERVER  no server answered (EAI_AGAIN)
 *   FROND_EDNS_SERVFAIL, FROND_EDNS_REFUSED, FROND_EDNS_BADRESP  the servers (EAI_FAIL)
 *   FROND_EDNS_BADNAME   host is not a name         FROND_EDNS_SERVICE  unknown service (EAI_SERVICE)
 *   FROND_EINVAL         flags (EAI_BADFLAGS), a port above 65535, or the environment
 *   FROND_EAFNOSUPPORT   family (EAI_FAMILY)        FROND_ENOTSUP       socktype (EAI_SOCKTYPE)
 *   FROND_ETIMEDOUT      d passed                   FROND_ECANCELED     this greenlet was killed
 *   FROND_ETHREAD        r is of another thread     FROND_ECLOSED       r was freed meanwhile
 *   FROND_ENOSUSPEND     called in a hub callback   FROND_ENOMEM        no memory (EAI_MEMORY)
 * What is passed is borrowed until the call returns.  Since 0.1. */
FROND_API int frond_getaddrinfo(frond_resolver *r, const char *host, const char *service,
                                const frond_addrinfo_hints *hints, frond_addrinfo **out,
                                frond_deadline d);

/* Frees a list; NULL is allowed.  Does not suspend.  The caller's ownership ends.  Since 0.1. */
FROND_API void frond_addrinfo_free(frond_addrinfo *list);

/* An address to names: of its host into host, which has room for host_cap characters and the NUL among them,
 * and of its port's service likewise; either may be NULL.  Without a name the address itself, or the port.
 * Suspends.  Returns 0, or
 *   FROND_EDNS_NOTFOUND  no name, and FROND_NI_NAMEREQD is set
 *   FROND_ENOBUFS        one does not fit (EAI_OVERFLOW)
 *   FROND_EAFNOSUPPORT   the family                 FROND_EINVAL        flags, a is NULL, both are
 *   FROND_ETIMEDOUT      d passed                   FROND_ECANCELED     this greenlet was killed
 *   FROND_ETHREAD        r is of another thread     FROND_ECLOSED       r was freed meanwhile
 *   FROND_ENOSUSPEND     called in a hub callback   FROND_ENOMEM        no memory
 * and, with FROND_NI_NAMEREQD, the errors of lookups.  All are borrowed.  Since 0.1. */
FROND_API int frond_getnameinfo(frond_resolver *r, const frond_addr *a, int flags,
                                char *host, size_t host_cap, char *service,
                                size_t service_cap, frond_deadline d);

/* A host: its name, other names, addresses. */
typedef struct {
    const char *name;
    const char *const *aliases; /* ends with NULL */
    const frond_addr *addrs;    /* ports are 0 */
    size_t n_addrs;
} frond_host;

/* The first IPv4 address of a host, which may be an address already.  Suspends.  Returns 0 with *a, which is
 * the caller's own, or the errors of frond_resolver_resolve, FROND_ETIMEDOUT and FROND_ECANCELED among them.
 * host is borrowed.  Since 0.1. */
FROND_API int frond_gethostbyname(frond_resolver *r, const char *host, frond_addr *a,
                                  frond_deadline d);

/* All about a host by its name, its IPv4 addresses among it.  Its aliases are the names on the way to its own (CNAME)
 * or those of the hosts file, as libc has them; with the system's policies what was asked for, if the host is called
 * otherwise.  Suspends.  Returns 0 with *out owned by the
 * caller (frond_host_free), or the errors of frond_resolver_resolve, FROND_ETIMEDOUT and FROND_ECANCELED
 * among them.  host is borrowed.  Since 0.1. */
FROND_API int frond_gethostbyname_ex(frond_resolver *r, const char *host,
                                     frond_host **out, frond_deadline d);

/* All about a host by its address: of the hosts file, or, as the resolver's policy has it, of its PTR record or of the
 * system (getnameinfo, which tells one name).  "::ffff:192.0.2.1" has the names of
 * 192.0.2.1, here and in frond_getnameinfo.  Suspends.  Returns 0 with *out owned by the caller (frond_host_free),
 * FROND_EAFNOSUPPORT, or the errors of frond_resolver_resolve, FROND_ETIMEDOUT and FROND_ECANCELED among them.  a is
 * borrowed.  Since 0.1. */
FROND_API int frond_gethostbyaddr(frond_resolver *r, const frond_addr *a,
                                  frond_host **out, frond_deadline d);

/* Frees a host; NULL is allowed.  Does not suspend.  The caller's ownership ends.  Since 0.1. */
FROND_API void frond_host_free(frond_host *host);

/* A host's full name: the first of its names and aliases, by its address, that has a dot, else its name.  host
 * NULL or "": this machine's.  When nothing is known of it, host itself.  Suspends.  Returns 0 with *out owned
 * by the caller (frond_free), or FROND_ETIMEDOUT, FROND_ECANCELED, FROND_EINVAL, FROND_ENOMEM, FROND_ETHREAD,
 * FROND_ECLOSED, FROND_ENOSUSPEND.  host is borrowed.  Since 0.1. */
FROND_API int frond_getfqdn(frond_resolver *r, const char *host, char **out,
                            frond_deadline d);

/* The port of a service, of "tcp", "udp" or (protocol NULL) either.  The system's list is read once, and again
 * when it has changed.  Does not suspend.  Returns the port, or FROND_EDNS_SERVICE, FROND_EINVAL,
 * FROND_ENOMEM, FROND_EMFILE, FROND_ENFILE, FROND_EIO.  Any thread.  Names are borrowed.  Since 0.1. */
FROND_API int frond_getservbyname(const char *name, const char *protocol);

/* The name of a port's service.  Does not suspend.  Returns 0 with it in name, FROND_EDNS_SERVICE, FROND_EINVAL,
 * FROND_ENOBUFS when it does not fit, or FROND_ENOMEM, FROND_EMFILE, FROND_ENFILE, FROND_EIO.  Any thread.  protocol
 * is borrowed.  Since 0.1. */
FROND_API int frond_getservbyport(int port, const char *protocol, char *name, size_t cap);

FROND_END

#endif
