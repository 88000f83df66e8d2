/* SPDX-License-Identifier: MIT */
/* Resolvers.  A lookup is a record of its own that c-ares answers into: whoever asked may leave early,
 * and whoever asks the same meanwhile joins it.  Callbacks only store and wake. */
#include "cache.h"
#include "channel.h"

#include <frond/error.h>
#include <frond/impl/address.h>
#include <frond/impl/fail.h>
#include <frond/impl/home.h>
#include <frond/impl/loop.h>
#include <frond/impl/memory.h>
#include <frond/impl/waiter.h>
#include <stdio.h>
#include <string.h>

enum { MOST_NAME = 253, TTL_MS = 3600 * 1000, NEGATIVE_MS = 5000, ENTRIES = 4096 };

typedef struct lookup {
    struct lookup *next;
    frond_resolver *resolver; /* NULL: freed meanwhile */
    frond_waitlist waiters;
    frond_addrs *addrs;
    int code;
    unsigned refs; /* c-ares, and each who waits */
    char key[MOST_NAME + 8];
} lookup;

struct frond_resolver {
    frond_home home;
    frond__channel *channel;
    frond__cache *cache;
    lookup *lookups; /* not answered */
    int64_t most_ttl_ns, negative_ns;
    uint64_t queries;
};

static void describe(const void *object, char *out, size_t cap) {
    snprintf(out, cap, "%s", ((const lookup *)object)->key + 2);
}

static const frond_wait_kind kind = {"address of", describe};

static int code_of(int status) {
    switch (status) {
    case ARES_SUCCESS:
        return 0;
    case ARES_ENOTFOUND:
        return FROND_EDNS_NOTFOUND;
    case ARES_ENODATA:
        return FROND_EDNS_NODATA;
    case ARES_ESERVFAIL:
    case ARES_ENOTIMP:
        return FROND_EDNS_SERVFAIL;
    case ARES_EREFUSED:
        return FROND_EDNS_REFUSED;
    case ARES_EBADNAME:
    case ARES_EBADQUERY:
    case ARES_EBADSTR:
        return FROND_EDNS_BADNAME;
    case ARES_EBADRESP:
    case ARES_EFORMERR:
        return FROND_EDNS_BADRESP;
    case ARES_ECONNREFUSED:
    case ARES_ETIMEOUT:
    case ARES_EOF:
        return FROND_EDNS_NOSERVER;
    case ARES_ENOMEM:
        return FROND_ENOMEM;
    case ARES_EDESTRUCTION:
    case ARES_ECANCELLED:
        return FROND_ECLOSED;
    default:
        return FROND_EDNS_SERVFAIL;
    }
}

static void lookup_unref(lookup *l) {
    if (--l->refs)
        return;
    frond_addrs_free(l->addrs);
    frond_free(l);
}

static frond_addrs *copy(const frond_addrs *from, int port) {
    frond_addrs *to = frond_addrs_new();
    for (size_t i = 0; to && i < frond_addrs_count(from); i++) {
        frond_addr a = *frond_addrs_at(from, i);
        a.port = (uint16_t)port;
        if (frond_addrs_add(to, &a) < 0) {
            frond_addrs_free(to);
            to = NULL;
        }
    }
    return to;
}

static int take_answer(lookup *l, const struct ares_addrinfo *info, int64_t *ttl_ns) {
    if (!(l->addrs = frond_addrs_new()))
        return FROND_ENOMEM;
    for (const struct ares_addrinfo_node *n = info->nodes; n; n = n->ai_next) {
        frond_addr a;
        if (frond_addr_from_system(&a, n->ai_addr, (unsigned)n->ai_addrlen) < 0)
            continue;
        if (frond_addrs_add(l->addrs, &a) < 0)
            return FROND_ENOMEM;
        if ((int64_t)n->ai_ttl * 1000000000 < *ttl_ns)
            *ttl_ns = (int64_t)n->ai_ttl * 1000000000;
    }
    return frond_addrs_count(l->addrs) ? 0 : FROND_EDNS_NODATA;
}

static void keep(lookup *l, int64_t ttl_ns) {
    frond_resolver *r = l->resolver;
    bool negative = l->code == FROND_EDNS_NOTFOUND || l->code == FROND_EDNS_NODATA;
    if (l->code == 0 && ttl_ns > 0) {
        frond_addrs *addrs = copy(l->addrs, 0);
        if (addrs)
            frond__cache_store(r->cache, l->key, frond_now() + ttl_ns, 0, addrs);
    } else if (negative) {
        frond__cache_store(r->cache, l->key, frond_now() + r->negative_ns, l->code, NULL);
    }
}

static void answered(void *arg, int status, int timeouts, struct ares_addrinfo *info) {
    lookup *l = arg;
    frond_resolver *r = l->resolver;
    int64_t ttl_ns = r->most_ttl_ns;
    (void)timeouts;
    lookup **link = &r->lookups;
    while (*link != l)
        link = &(*link)->next;
    *link = l->next;
    l->code = code_of(status);
    if (l->code == 0)
        l->code = take_answer(l, info, &ttl_ns);
    if (info)
        ares_freeaddrinfo(info);
    if (l->code != FROND_ECLOSED)
        keep(l, ttl_ns);
    if (!frond_home_closed(&r->home))
        frond_wake_source(-1);
    frond_wake_all(&l->waiters, 0);
    lookup_unref(l);
}

static lookup *find_or_ask(frond_resolver *r, const char *key, const char *host,
                           int family) {
    for (lookup *l = r->lookups; l; l = l->next)
        if (strcmp(l->key, key) == 0) {
            l->refs++;
            return l;
        }
    lookup *l = frond_calloc(1, sizeof *l);
    if (!l)
        return NULL;
    snprintf(l->key, sizeof l->key, "%s", key);
    l->resolver = r;
    l->refs = 2;
    l->code = 1; /* no answer yet */
    frond_waitlist_own(&l->waiters);
    l->next = r->lookups;
    r->lookups = l;
    r->queries++;
    frond_wake_source(+1);
    frond__channel_ask(r->channel, host, family, answered, l);
    return l;
}

static int fail(int code, const char *host) {
    return frond_fail_text(code, "resolve %.255s: %s", host, frond_error_message(code));
}

static int look_up(frond_resolver *r, const char *key, const char *host, int port,
                   int family, frond_addrs **out, frond_deadline d) {
    lookup *l = find_or_ask(r, key, host, family);
    if (!l)
        return FROND_ENOMEM;
    frond_waiter w = {0};
    int rc = l->code == 1 ? frond_wait(&w, &l->waiters, &kind, l, d) : 0;
    if (rc == 0)
        rc = l->code;
    if (rc == 0 && !(*out = copy(l->addrs, port)))
        rc = FROND_ENOMEM;
    lookup_unref(l);
    return rc;
}

static int numeric(const char *host, int port, frond_family family, frond_addrs **out) {
    frond_addr a;
    if (frond_addr_parse(&a, host, port) < 0)
        return 1;
    if (family != FROND_UNSPEC && a.family != family)
        return FROND_EDNS_NODATA;
    if (!(*out = frond_addrs_new()))
        return FROND_ENOMEM;
    return frond_addrs_add(*out, &a);
}

/* Whether a host can have this name: labels of 1 to 63 letters, digits, hyphens within, and, since they
 * are in use, underscores; a dot at the end is allowed. */
static bool is_host_name(const char *host) {
    size_t all = strlen(host), label = 0;
    if (all && host[all - 1] == '.')
        all--;
    if (all == 0 || all > MOST_NAME)
        return false;
    for (size_t i = 0; i <= all; i++) {
        char c = i < all ? host[i] : '.';
        bool alphanumeric =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        bool ends = c == '.';
        if (!alphanumeric && c != '-' && c != '_' && !ends)
            return false;
        if (ends ? label == 0 || label > 63 || host[i - 1] == '-'
                 : label == 0 && c == '-')
            return false;
        label = ends ? 0 : label + 1;
    }
    return true;
}

/* Names are compared without case.  key has room for MOST_NAME + 8. */
static int make_key(const char *host, frond_family family, char *key) {
    if (!is_host_name(host))
        return FROND_EDNS_BADNAME;
    *key++ = family == FROND_IPV4 ? '4' : family == FROND_IPV6 ? '6' : '*';
    *key++ = ' ';
    for (; *host; host++)
        *key++ = *host >= 'A' && *host <= 'Z' ? (char)(*host + ('a' - 'A')) : *host;
    *key = '\0';
    return 0;
}

static int to_system(frond_family family) {
    return family == FROND_IPV4 ? AF_INET : family == FROND_IPV6 ? AF_INET6 : AF_UNSPEC;
}

/* ---- this hub's own ---- */

static _Thread_local frond_resolver *own;

/* The resolver is handed over: at a thread's end its variables may be gone already. */
static void close_own(void *resolver, int child) {
    if (!child) /* c-ares would answer the parent's callers in the child */
        frond_resolver_free(resolver);
    own = NULL;
}

static frond_resolver *own_resolver(void) {
    if (own || frond_resolver_new(NULL, &own) < 0)
        return own;
    if (frond_hub_at_close(close_own, own) < 0) {
        frond_resolver_free(own);
        own = NULL;
    }
    return own;
}

/* ---- the verbs ---- */

static void release(frond_resolver *r) {
    frond_home home = r->home;
    frond_free(r);
    frond_home_leave(&home);
}

int frond_resolver_new(const frond_resolver_options *o, frond_resolver **out) {
    static const frond_resolver_options none;
    o = o ? o : &none;
    bool valid = out != NULL && o->tries >= 0 && o->timeout_ms < 3600 * 1000;
    for (size_t i = 0; i < sizeof o->reserved / sizeof o->reserved[0]; i++)
        valid = valid && !o->reserved[i];
    if (!valid)
        return frond_fail_set(FROND_EINVAL, "resolver new");
    frond_resolver *r = frond_calloc(1, sizeof *r);
    int rc = FROND_ENOMEM;
    if (!r || frond_home_enter(&r->home) < 0)
        goto free_resolver;
    if (!(r->cache = frond__cache_new(o->cache_entries ? o->cache_entries : ENTRIES)))
        goto free_resolver;
    r->most_ttl_ns = (int64_t)(o->most_ttl_ms ? o->most_ttl_ms : TTL_MS) * 1000000;
    r->negative_ns = (int64_t)(o->negative_ms ? o->negative_ms : NEGATIVE_MS) * 1000000;
    if ((rc = frond__channel_new(o, &r->channel)) < 0) {
        frond__cache_free(r->cache);
        release(r);
        return rc;
    }
    *out = r;
    return 0;

free_resolver:
    if (r)
        release(r);
    return frond_fail_set(rc, "resolver new");
}

int frond_resolver_resolve(frond_resolver *r, const char *host, int port,
                           frond_family family, frond_addrs **out, frond_deadline d) {
    int rc = frond_wait_enter(d);
    if (rc < 0)
        return rc;
    if (!host || !out || port < 0 || port > 65535)
        return frond_fail_set(FROND_EINVAL, "resolve");
    if ((rc = numeric(host, port, family, out)) <= 0)
        return rc < 0 ? fail(rc, host) : 0;
    if (!r && !(r = own_resolver()))
        return frond_error_code();
    if ((rc = frond_home_check(&r->home)) < 0)
        return frond_fail_set(rc, "resolve");
    char key[MOST_NAME + 8];
    const frond_addrs *kept;
    if ((rc = make_key(host, family, key)) < 0)
        return fail(rc, host);
    if (!frond__cache_find(r->cache, key, frond_now(), &rc, &kept))
        rc = look_up(r, key, host, port, to_system(family), out, d);
    else if (rc == 0 && !(*out = copy(kept, port)))
        rc = FROND_ENOMEM;
    return rc < 0 ? fail(rc, host) : 0;
}

int frond_resolve(const char *host, int port, frond_family family, frond_addrs **out,
                  frond_deadline d) {
    return frond_resolver_resolve(NULL, host, port, family, out, d);
}

int frond_resolver_flush(frond_resolver *r) {
    if (!r)
        return frond_fail_set(FROND_EINVAL, "resolver flush");
    int rc = frond_home_check(&r->home);
    if (rc < 0)
        return frond_fail_set(rc, "resolver flush");
    frond__cache_flush(r->cache);
    return 0;
}

uint64_t frond_resolver_queries(const frond_resolver *r) {
    return r ? r->queries : 0;
}

static void free_here(void *resolver) {
    frond_resolver *r = resolver;
    frond__channel_free(r->channel,
                        frond_home_closed(&r->home)); /* answers every lookup */
    frond__cache_free(r->cache);
    release(r);
}

void frond_resolver_free(frond_resolver *r) {
    if (r)
        frond_home_send(&r->home, free_here, r);
}
