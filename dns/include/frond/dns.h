/* SPDX-License-Identifier: MIT */
/* Names to addresses, by c-ares on the hub's loop: no thread, a deadline on every lookup, equal
 * lookups made once, answers kept for as long as they say.  A resolver belongs to the thread that
 * made it (FROND_ETHREAD elsewhere).  What suspends has a deadline. */
#ifndef FROND_DNS_H
#define FROND_DNS_H

#include <frond/about.h>
#include <frond/addr.h>
#include <frond/api.h>
#include <frond/deadline.h>

FROND_BEGIN

typedef struct frond_resolver frond_resolver;

/* All zero is the default. */
typedef struct {
    const char *servers;   /* "10.0.0.1,10.0.0.2:5353,[::1]:53"; NULL: the system's */
    uint64_t timeout_ms;   /* of the first try at a server; 0: 2000 */
    int tries;             /* at each server; 0: 3 */
    int no_hosts_file;     /* 1: ask the servers only */
    uint64_t most_ttl_ms;  /* answers are kept no longer; 0: 1 hour */
    uint64_t negative_ms;  /* "no such name" is kept so long; 0: 5 s */
    size_t cache_entries;  /* 0: 4096 */
    uintptr_t reserved[4]; /* zero */
} frond_resolver_options;

/* Makes a resolver (o may be NULL).  Does not suspend.  Returns 0 with *r owned by the caller
 * (frond_resolver_free), or FROND_EINVAL (servers: the text says which), FROND_ENOMEM.  Options are
 * copied.  Since 0.1. */
FROND_API int frond_resolver_new(const frond_resolver_options *o, frond_resolver **r);

/* Resolves host to addresses in the order in which to try them (RFC 6724); a numeric address needs no
 * lookup.  r NULL: this hub's own, with the system's settings.  family: FROND_UNSPEC for both.
 * Suspends.  Returns 0 with *out owned by the caller (frond_addrs_free), or
 *   FROND_EDNS_NOTFOUND  no such name               FROND_EDNS_NODATA   no address of this family
 *   FROND_EDNS_NOSERVER  no server answered         FROND_EDNS_SERVFAIL FROND_EDNS_REFUSED
 *   FROND_EDNS_BADNAME   host is not a name         FROND_EDNS_BADRESP  a malformed answer
 *   FROND_ETIMEDOUT      d passed                   FROND_ECANCELED     this greenlet was killed
 *   FROND_EINVAL  NULL, or port not 0 .. 65535      FROND_ENOMEM        no memory
 *   FROND_ETHREAD r is of another thread            FROND_ECLOSED       r was freed meanwhile
 *   FROND_ENOSUSPEND  called in a hub callback
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

/* Forgets all answers kept.  Does not suspend.  Returns 0, FROND_EINVAL, FROND_ETHREAD.  r stays owned
 * by the caller.  Since 0.1. */
FROND_API int frond_resolver_flush(frond_resolver *r);

/* Does not suspend.  Cannot fail.  Returns how many lookups went to c-ares rather than being answered
 * from the cache, joined to another, or numeric.  r is borrowed.  Since 0.1. */
FROND_API uint64_t frond_resolver_queries(const frond_resolver *r);

/* Frees a resolver; lookups under way answer FROND_ECLOSED.  NULL is allowed.  From another thread it
 * goes through the owner's hub.  Does not suspend.  The caller's ownership ends.  Since 0.1. */
FROND_API void frond_resolver_free(frond_resolver *r);

/* Calls fact with what dns stands on: c-ares.  Any thread.  Does not suspend.  Cannot fail.  arg is
 * borrowed until it returns.  Since 0.1. */
FROND_API void frond_dns_about(frond_fact_fn fact, void *arg);

FROND_END

#endif
