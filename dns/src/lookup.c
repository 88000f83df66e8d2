/* SPDX-License-Identifier: MIT */
/* Lookups.  Each is a record of its own that is answered into: whoever asked may leave early, and whoever asks the
 * same meanwhile joins it. */
#include "lookup.h"

#include "order.h"
#include <frond/impl/memory.h>
#include <frond/impl/figures.h>
#include <stdio.h>
#include <string.h>

enum {
    SYSTEM_TTL_MS = 30 * 1000
}; /* what getaddrinfo says comes without a time to keep it */

static void describe(const void *object, char *out, size_t cap) {
    snprintf(out, cap, "%s", ((const frond__lookup *)object)->name);
}

static const frond_wait_kind addresses = {"address of", describe, NULL};
static const frond_wait_kind records = {"records of", describe, NULL};
static const frond_wait_kind names = {"names of", describe, NULL};

static void lookup_unref(frond__lookup *l) {
    if (--l->refs)
        return;
    frond__answer_unref(l->answer);
    frond__settings_unref(l->settings);
    frond_free(l);
}

uint64_t frond__random(frond_resolver *r) {
    uint64_t z = r->random += 0x9e3779b97f4a7c15U;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9U;
    return z ^ z >> 29;
}

/* ---- the end of a lookup ---- */

static bool is_failure(int code) {
    return code == FROND_EDNS_NOSERVER || code == FROND_EDNS_SERVFAIL ||
           code == FROND_EDNS_REFUSED || code == FROND_EDNS_BADRESP;
}

static void keep(frond__lookup *l) {
    frond_resolver *r = l->resolver;
    int64_t now = frond_now();
    if (l->code == 0 && l->ttl_ns > 0) {
        int64_t until = now + frond__at_most(l->ttl_ns, r->most_ttl_ns);
        frond__cache_store(r->cache, &l->key, until, until + r->stale_ns, l->answer);
    } else if (frond__is_negative(l->code) && l->negative_ns != 0) {
        int64_t ns = l->negative_ns < 0 ? r->negative_ns
                                        : frond__at_most(l->negative_ns, r->most_ttl_ns);
        frond__answer_unref(l->answer);
        if ((l->answer = frond__answer_new(l->code)) != NULL)
            frond__cache_store(r->cache, &l->key, now + ns, now + ns, l->answer);
    }
}

/* Servers that fail are left alone for as long as a "no such name" is kept (RFC 8767). */
static void serve_stale(frond__lookup *l) {
    frond_resolver *r = l->resolver;
    int64_t now = frond_now();
    frond__answer *a = r->stale_ns && is_failure(l->code)
                           ? frond__cache_find(r->cache, &l->key, now, true)
                           : NULL;
    if (!a || a->code < 0)
        return;
    frond__answer_unref(l->answer);
    l->answer = frond__answer_ref(a);
    l->code = 0;
    r->stats.stale++;
    frond__cache_prolong(r->cache, &l->key, now + r->negative_ns);
}

static void finish(frond__lookup *l, int code) {
    frond_resolver *r = l->resolver;
    frond__lookup **link = &r->lookups[l->key.hash % FROND__LOOKUP_BUCKETS];
    while (*link != l)
        link = &(*link)->next;
    *link = l->next;
    l->code = code;
    if (code != 0 && code != FROND_ECLOSED && frond__is_of_addresses(&l->key) &&
        l->settings->hosts_last && l->answer &&
        frond__hosts_find(r->hosts, l->name, l->answer) > 0)
        l->code = 0;
    if (l->code != FROND_ECLOSED) {
        keep(l);
        serve_stale(l);
    }
    if (!frond_home_closed(&r->home))
        frond_wake_source(-1);
    frond_figure_add(FROND_FIGURE_DNS_FAILED, l->code < 0);
    frond_wake_all(&l->waiters, 0);
    lookup_unref(l);
}

void frond__lookup_found(frond__lookup *l, int code, frond__answer *a) {
    if (a) {
        frond__answer_unref(l->answer);
        l->answer = a;
    }
    l->ttl_ns = (int64_t)SYSTEM_TTL_MS * 1000000;
    l->negative_ns = -1;
    finish(l, code);
}

static void ask_system(frond__lookup *l) {
    l->system = true;
    frond__system_ask(l->resolver, &l->key, l);
}

void frond__lookup_end(frond__lookup *l, int code) {
    bool fails = code == FROND_EDNS_NOSERVER || code == FROND_EDNS_SERVFAIL;
    if (fails && l->key.kind < 0 && l->resolver->options.policy == FROND_DNS_ARES_SYSTEM)
        ask_system(l);
    else
        finish(l, code);
}

/* ---- beginning ---- */

static frond__lookup *lookup_new(frond_resolver *r, const frond__key *key) {
    frond__lookup *l = frond_calloc(1, sizeof *l);
    if (!l || !(l->answer = frond__answer_new(0))) {
        frond_free(l);
        return NULL;
    }
    memcpy(l->name, key->name, strlen(key->name) + 1);
    l->key = (frond__key){l->name, key->hash, key->kind};
    l->resolver = r;
    l->settings = r->settings;
    l->settings->refs++;
    l->refs = 2;
    l->code = 1;
    l->ttl_ns = r->most_ttl_ns;
    l->negative_ns = -1;
    frond_waitlist_own(&l->waiters);
    return l;
}

/* The local link's names and addresses, which no server knows (RFC 6762). */
static bool is_local(const frond__lookup *l) {
    frond_addr a;
    if (l->key.kind != FROND__NAMES)
        return frond__name_ends_with(l->name, ".local");
    return frond_addr_parse(&a, l->name, 0) == 0 &&
           (a.family == FROND_IPV4 ? a.ip[0] == 169 && a.ip[1] == 254
                                   : a.ip[0] == 0xfe && (a.ip[1] & 0xc0) == 0x80);
}

static void begin(frond__lookup *l) {
    frond_resolver *r = l->resolver;
    frond_dns_policy policy = r->options.policy;
    frond__lookup **bucket = &r->lookups[l->key.hash % FROND__LOOKUP_BUCKETS];
    l->next = *bucket;
    *bucket = l;
    r->stats.queries++;
    frond_figure_add(FROND_FIGURE_DNS_QUERIES, 1);
    frond_wake_source(+1);
    if (l->key.kind >= 0) {
        frond__ask(l);
    } else if (policy == FROND_DNS_SYSTEM ||
               (policy == FROND_DNS_ARES_SYSTEM && is_local(l))) {
        ask_system(l);
    } else if (!l->settings->servers) {
        finish(l, FROND_EDNS_NOTFOUND);
    } else {
        frond__ask(l);
    }
}

static frond__lookup *join(frond_resolver *r, const frond__key *key) {
    frond__lookup *l = r->lookups[key->hash % FROND__LOOKUP_BUCKETS];
    while (l && (l->key.hash != key->hash || l->key.kind != key->kind ||
                 strcmp(l->name, key->name) != 0))
        l = l->next;
    if (l) {
        l->refs++;
        r->stats.joined++;
    }
    return l;
}

static int ask_and_wait(frond_resolver *r, const frond__key *key, frond__answer **a,
                        frond_deadline d) {
    frond__lookup *l = join(r, key);
    if (!l) {
        if (!(l = lookup_new(r, key)))
            return FROND_ENOMEM;
        begin(l);
    }
    frond_waiter w = {0};
    int rc = 0;
    const frond_wait_kind *kind = frond__is_of_addresses(key) ? &addresses
                                  : key->kind == FROND__NAMES ? &names
                                                              : &records;
    if (l->code == 1)
        rc = frond_wait(&w, &l->waiters, kind, l, d);
    if (rc == 0)
        rc = l->code;
    if (rc == 0)
        *a = frond__answer_ref(l->answer);
    lookup_unref(l);
    return rc;
}

static int add_loopback(frond__answer *a) {
    frond_addr one;
    if (frond_addr_loopback(&one, FROND_IPV6, 0) < 0 || frond__answer_add(a, &one) < 0 ||
        frond_addr_loopback(&one, FROND_IPV4, 0) < 0 || frond__answer_add(a, &one) < 0)
        return FROND_ENOMEM;
    return 0;
}

/* What is known without asking is kept like an answer, for as long as the settings are. */
static int find_here(frond_resolver *r, const frond__key *key, frond__answer **out) {
    bool in_hosts = r->settings->hosts_first && frond__hosts_has(r->hosts, key->name);
    if (!in_hosts && !frond__name_is_localhost(key->name))
        return 0;
    frond__answer *a = frond__answer_new(0);
    int rc = FROND_ENOMEM;
    if (a)
        rc = in_hosts ? frond__hosts_find(r->hosts, key->name, a) : add_loopback(a);
    if (rc < 0) {
        frond__answer_unref(a);
        return rc;
    }
    frond_addr_sort(a->addrs, a->n);
    frond__cache_store(r->cache, key, INT64_MAX, INT64_MAX, a);
    *out = a;
    return 1;
}

static int look_now(frond_resolver *r, const frond__key *key, frond__answer **out) {
    r->stats.queries++;
    frond_figure_add(FROND_FIGURE_DNS_QUERIES, 1);
    int rc = frond__system_now(key, out);
    frond_figure_add(FROND_FIGURE_DNS_FAILED, rc < 0);
    int64_t until = frond_now() + (int64_t)SYSTEM_TTL_MS * 1000000;
    if (rc == 0)
        frond__cache_store(r->cache, key, until, until, *out);
    return rc;
}

int frond__look_here(frond_resolver *r, const frond__name *name, int kind,
                     frond__answer **out) {
    frond__key key = {name->text, name->hash, kind};
    frond__answer *a = frond__cache_find(r->cache, &key, frond_now(), false);
    if (!a)
        return 0;
    r->stats.hits++;
    frond_figure_add(FROND_FIGURE_DNS_HITS, 1);
    r->stats.negative += a->code < 0;
    if (a->code < 0)
        return a->code;
    *out = frond__answer_ref(a);
    return 1;
}

int frond__look_up(frond_resolver *r, const frond__name *name, int kind,
                   frond__answer **out, frond_deadline d) {
    frond__key key = {name->text, name->hash, kind};
    int rc = frond__look_here(r, name, kind, out);
    if (rc == 0 && frond__is_of_addresses(&key))
        rc = find_here(r, &key, out);
    if (rc != 0)
        return rc < 0 ? rc : 0;
    r->stats.misses++;
    frond_figure_add(FROND_FIGURE_DNS_MISSES, 1);
    if (kind < 0 && r->options.policy == FROND_DNS_BLOCKING)
        return look_now(r, &key, out);
    return ask_and_wait(r, &key, out, d);
}
