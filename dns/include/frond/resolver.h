/* SPDX-License-Identifier: MIT */
/* Resolvers: names to addresses on the hub's loop, a deadline on every lookup, equal lookups made
 * once, answers kept for as long as they say.  The hosts file comes first, then c-ares, the system's own
 * getaddrinfo on threads, or a transport of the program's.  Changes of the system's files are noticed.
 * A resolver belongs to the thread that made it (FROND_ETHREAD elsewhere).  What suspends has a deadline. */
#ifndef FROND_RESOLVER_H
#define FROND_RESOLVER_H

#include <frond/addr.h>
#include <frond/api.h>
#include <frond/deadline.h>

FROND_BEGIN

typedef struct frond_resolver frond_resolver;

/* How names become addresses, and addresses names. */
typedef enum {
    FROND_DNS_ARES = 0, /* by c-ares: any number at a time, no thread */
    FROND_DNS_SYSTEM, /* by getaddrinfo and getnameinfo on the hub's threads for it: what nsswitch.conf says */
    /* c-ares; the system when its servers fail or are silent, and for .local and addresses of the local link */
    FROND_DNS_ARES_SYSTEM,
    FROND_DNS_BLOCKING /* by the same here and now, every greenlet waits: for debugging */
} frond_dns_policy;

/* Carries queries another way than c-ares does, such as over TLS.  exchange sends the n bytes of one query
 * and writes the answer to it into answer, which has room for cap bytes; it suspends, and returns 0 with the
 * answer's length in *got, or an error.  It runs in a greenlet of the resolver's, which is killed when the
 * resolver is freed.  drop(arg) (NULL is allowed) is called once, when nothing uses arg any more. */
typedef struct {
    int (*exchange)(void *arg, const void *query, size_t n, void *answer, size_t cap,
                    size_t *got, frond_deadline d);
    void (*drop)(void *arg);
    void *arg;
    uintptr_t reserved[2]; /* zero */
} frond_dns_transport;

/* All zero is the default. */
typedef struct {
    const char *servers;  /* "10.0.0.1,10.0.0.2:5353,[::1]:53"; NULL: the system's */
    uint64_t timeout_ms;  /* of the first try at a server; 0: 2000 */
    int tries;            /* at each server; 0: 3 */
    int no_hosts_file;    /* 1: ask the servers only */
    uint64_t most_ttl_ms; /* answers are kept no longer; 0: 1 hour */
    uint64_t
        negative_ms; /* "no such name" is kept so long when it does not say; 0: 5 s */
    size_t cache_entries; /* 0: 4096 */
    uint64_t
        stale_ms; /* answers out of date serve so long when servers fail; 0: not at all */
    const char *
        search; /* domains to append, "a.example,b.example", "" for none; NULL: the system's */
    const char *hosts; /* path of the hosts file; NULL: the system's */
    frond_dns_policy policy;
    int has_ndots,
        ndots; /* names with fewer dots are tried with the domains first; the system's, or 1 */
    int rotate;  /* 1: servers take turns */
    int use_tcp; /* 1: never UDP */
    int port;    /* of servers that have none of their own; 0: 53 */
    int edns_size; /* bytes of an answer that EDNS allows by UDP, 512 .. 65535; 0: no EDNS */
    int no_watch;  /* 1: changes of the system's files are not looked for */
    uint64_t seed; /* of the order of SRV records of equal priority; 0: drawn */
    const frond_dns_transport *transport; /* NULL: c-ares */
    uintptr_t reserved[4];                /* zero */
} frond_resolver_options;

/* What a resolver has done since it was made. */
typedef struct {
    uint64_t hits;     /* answered from what was kept */
    uint64_t negative; /* of these: that there is no such name, or no such record */
    uint64_t stale;    /* answered by what is out of date, as servers failed */
    uint64_t misses;   /* not answered from what was kept */
    uint64_t joined;   /* of these: the same was being asked already */
    uint64_t queries;  /* of these: asked */
    uint64_t evicted;  /* answers that others took the place of */
    uint64_t entries;  /* answers kept now */
    uint64_t reloads;  /* changes of the system's settings that were taken over */
} frond_dns_stats;

/* Makes a resolver (o may be NULL).  Does not suspend.  Returns 0 with *r owned by the caller
 * (frond_resolver_free), or FROND_EINVAL (the text says what of the options is wrong), FROND_ENOMEM,
 * or FROND_EMFILE, FROND_ENFILE, FROND_EIO when the hosts file could not be read.
 * Options are copied; a transport's arg is owned by the resolver when this returns 0.  Since 0.1. */
FROND_API int frond_resolver_new(const frond_resolver_options *o, frond_resolver **r);

/* Resolves host to addresses in the order in which to try them (RFC 6724); a numeric address, as
 * frond_addr_parse takes it, needs no lookup (frond_getaddrinfo takes "127.1" and the like, too), and "localhost" and
 * names below it are loopback whatever any server says (RFC 6761).  A name that the hosts file has is not asked for.
 * r NULL: this hub's own, made as the settings say (FROND_DNS_SERVERS and others: docs/guide/configuration.md).
 * family: FROND_UNSPEC for both.  Suspends.  Returns 0 with *out owned by the caller (frond_addrs_free), or
 *   FROND_EDNS_NOTFOUND  no such name               FROND_EDNS_NODATA   no address of this family
 *   FROND_EDNS_NOSERVER  no server answered         FROND_EDNS_SERVFAIL FROND_EDNS_REFUSED
 *   FROND_EDNS_BADNAME   host is not a name         FROND_EDNS_BADRESP  a malformed answer
 *   FROND_ETIMEDOUT      d passed                   FROND_ECANCELED     this greenlet was killed
 *   FROND_EINVAL  NULL, port not 0 .. 65535,                      FROND_ENOMEM  no memory
 *   FROND_ETHREAD r is of another thread            FROND_ECLOSED       r was freed meanwhile
 *   FROND_ENOSUSPEND  called in a hub callback      FROND_EMFILE, FROND_ENFILE, FROND_EIO  as frond_resolver_new
 * host is borrowed until the call returns.  Since 0.1. */
FROND_API int frond_resolver_resolve(frond_resolver *r, const char *host, int port,
                                     frond_family family, frond_addrs **out,
                                     frond_deadline d);

/* The same with this hub's own resolver.  Suspends.  Returns as frond_resolver_resolve does: 0 with
 * *out owned by the caller, FROND_EDNS_NOTFOUND, FROND_EDNS_NODATA, FROND_EDNS_NOSERVER,
 * FROND_EDNS_SERVFAIL, FROND_EDNS_REFUSED, FROND_EDNS_BADNAME, FROND_EDNS_BADRESP, FROND_ETIMEDOUT,
 * FROND_ECANCELED, FROND_EINVAL, FROND_ENOMEM, FROND_ENOSUSPEND.  Since 0.1. */
FROND_API int frond_resolve(const char *host, int port, frond_family family,
                            frond_addrs **out, frond_deadline d);

/* This hub's own resolver, made when it is first asked for, as the settings say.  Does not suspend.
 * Returns 0 with *r borrowed until the hub is closed, or FROND_EINVAL (what a setting names cannot be used),
 * FROND_ENOMEM, FROND_EMFILE, FROND_ENFILE, FROND_EIO.  Since 0.1. */
FROND_API int frond_resolver_own(frond_resolver **r);

/* Forgets all answers kept.  Does not suspend.  Returns 0, FROND_EINVAL, FROND_ETHREAD.  r stays owned
 * by the caller.  Since 0.1. */
FROND_API int frond_resolver_flush(frond_resolver *r);

/* Forgets the answers kept about one name.  Does not suspend.  Returns how many there were, or FROND_EINVAL,
 * FROND_ETHREAD, FROND_EDNS_BADNAME.  r stays owned by the caller, name is borrowed.  Since 0.1. */
FROND_API int frond_resolver_flush_name(frond_resolver *r, const char *name);

/* Does not suspend.  Returns 0 with what r has done so far in *s, or FROND_EINVAL, FROND_ETHREAD.  r stays
 * owned by the caller.  Since 0.1. */
FROND_API int frond_resolver_stats(const frond_resolver *r, frond_dns_stats *s);

/* Does not suspend.  Cannot fail.  Returns how many lookups were asked for rather than being answered
 * from the cache, joined to another, or numeric.  r is borrowed.  Since 0.1. */
FROND_API uint64_t frond_resolver_queries(const frond_resolver *r);

/* Frees a resolver; lookups under way answer FROND_ECLOSED.  NULL is allowed.  From another thread it
 * goes through the owner's hub.  Does not suspend.  The caller's ownership ends.  Since 0.1. */
FROND_API void frond_resolver_free(frond_resolver *r);

/* Puts addresses into the order in which to try them (RFC 6724), as far as one can see from here: the source that
 * the system would use for each counts; equal ones keep their order, and without memory all do.  What a resolver
 * answers is in it already.  Does not suspend.  Cannot fail.  The list stays owned by the caller.  Since 0.1. */
FROND_API void frond_addr_sort(frond_addr *list, size_t n);

FROND_END

#endif
