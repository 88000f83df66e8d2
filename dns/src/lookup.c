/* SPDX-License-Identifier: MIT */
/* Lookups.  Each is a record of its own that questions are answered into: whoever asked may leave early, and
 * whoever asks the same meanwhile joins it.  Addresses are two questions at once, for each name that the domains
 * to append make of the one given, one name after the other.  Callbacks only store and wake. */
#include "inside.h"

#include "order.h"
#include "wire.h"
#include <frond/error.h>
#include <frond/impl/memory.h>
#include <frond/impl/waiter.h>
#include <stdio.h>
#include <string.h>

enum {
    SYSTEM_TTL_MS = 30 * 1000
}; /* what getaddrinfo says comes without a time to keep it */

struct frond__lookup {
    frond__lookup *next; /* in its bucket */
    frond_resolver *resolver;
    frond_waitlist waiters;
    frond__answer *answer; /* being made, then whole; NULL: none */
    frond__settings *settings;
    unsigned refs; /* itself while it is under way, and each who waits */
    int code;      /* 1: not answered */
    frond__key key;
    int64_t ttl_ns, negative_ns;
    frond__question questions[2];
    int codes[2];
    int pending;      /* questions */
    size_t candidate; /* which name is being asked for */
    int first;        /* the error of the name as it is given; 0: none yet */
    bool nodata;      /* some name exists */
    bool system;      /* the system is asked */
    char name[FROND__NAME_CAP];
    char asked[FROND__NAME_CAP];
};

static void describe(const void *object, char *out, size_t cap) {
    snprintf(out, cap, "%s", ((const frond__lookup *)object)->name);
}

static const frond_wait_kind addresses = {"address of", describe};
static const frond_wait_kind records = {"records of", describe};

static frond_family family_of(const frond__lookup *l) {
    return l->key.kind == -'4'   ? FROND_IPV4
           : l->key.kind == -'6' ? FROND_IPV6
                                 : FROND_UNSPEC;
}

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

static bool is_negative(int code) {
    return code == FROND_EDNS_NOTFOUND || code == FROND_EDNS_NODATA;
}

static bool is_failure(int code) {
    return code == FROND_EDNS_NOSERVER || code == FROND_EDNS_SERVFAIL ||
           code == FROND_EDNS_REFUSED || code == FROND_EDNS_BADRESP;
}

static int64_t at_most(int64_t a, int64_t b) {
    return a < b ? a : b;
}

static void keep(frond__lookup *l) {
    frond_resolver *r = l->resolver;
    int64_t now = frond_now();
    if (l->code == 0 && l->ttl_ns > 0) {
        int64_t until = now + at_most(l->ttl_ns, r->most_ttl_ns);
        frond__cache_store(r->cache, &l->key, until, until + r->stale_ns, l->answer);
    } else if (is_negative(l->code) && l->negative_ns != 0) {
        int64_t ns =
            l->negative_ns < 0 ? r->negative_ns : at_most(l->negative_ns, r->most_ttl_ns);
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
    if (code != 0 && code != FROND_ECLOSED && l->key.kind < 0 &&
        l->settings->hosts_last && l->answer &&
        frond__hosts_find(r->hosts, l->name, l->answer) > 0)
        l->code = 0;
    if (l->code != FROND_ECLOSED) {
        keep(l);
        serve_stale(l);
    }
    if (!frond_home_closed(&r->home))
        frond_wake_source(-1);
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
    frond__system_ask(l->resolver, l->name, family_of(l), l);
}

static void finish_or_ask_system(frond__lookup *l, int code) {
    bool fails = code == FROND_EDNS_NOSERVER || code == FROND_EDNS_SERVFAIL;
    if (fails && l->key.kind < 0 && l->resolver->options.policy == FROND_DNS_ARES_SYSTEM)
        ask_system(l);
    else
        finish(l, code);
}

/* ---- what one answer says ---- */

static void bound_ttl(frond__lookup *l, uint32_t seconds) {
    l->ttl_ns = at_most(l->ttl_ns, (int64_t)seconds * 1000000000);
}

/* The full name is the one that has the addresses: the question's own most often, which is a pointer to it. */
static int take_canonical(frond__lookup *l, const void *data, size_t n, size_t at) {
    const uint8_t *bytes = data;
    char text[1100];
    const char *full = l->asked;
    if (l->answer->canonical)
        return 0;
    if (bytes[at] != 0xc0 || bytes[at + 1] != FROND__HEADER) {
        if (!frond__wire_name(data, n, at, text, sizeof text, NULL))
            return FROND_EDNS_BADRESP;
        full = text;
    }
    size_t length = strlen(full);
    if (length && full[length - 1] == '.')
        length--;
    l->answer->canonical = frond_strndup(full, length);
    return l->answer->canonical ? 0 : FROND_ENOMEM;
}

static int take_address(frond__lookup *l, int type, const frond__rr *rr, const void *data,
                        size_t n) {
    bound_ttl(l, rr->ttl);
    if (rr->type != type)
        return 0;
    frond_addr a = {.family = rr->size == 4 ? FROND_IPV4 : FROND_IPV6};
    memcpy(a.ip, (const uint8_t *)data + rr->data, rr->size);
    int rc = frond__answer_add(l->answer, &a);
    return rc < 0 ? rc : take_canonical(l, data, n, rr->name);
}

static int take_addresses(frond__lookup *l, int type, const void *data, size_t n) {
    frond__header h;
    frond__wire w;
    frond__rr rr;
    size_t before = l->answer->n, size = type == FROND_DNS_A ? 4 : 16;
    int rc = frond__wire_begin(&w, data, n, &h) ? 0 : FROND_EDNS_BADRESP;
    for (unsigned i = 0; rc == 0 && i < h.counts[1]; i++) {
        bool whole = frond__wire_record(&w, &rr);
        bool ours = whole && rr.class == FROND__CLASS_IN;
        if (!whole || (ours && rr.type == type && rr.size != size))
            rc = FROND_EDNS_BADRESP;
        else if (ours && (rr.type == type || rr.type == FROND_DNS_CNAME))
            rc = take_address(l, type, &rr, data, n);
    }
    if (rc < 0)
        l->answer->n = before;
    return rc < 0 || l->answer->n > before ? rc : FROND_EDNS_NODATA;
}

static int take_records(frond__lookup *l, int type, const void *data, size_t n) {
    frond_resolver *r = l->resolver;
    uint64_t seed = r->options.seed ? r->options.seed : frond__random(r);
    int rc = frond_dns_parse(data, n, type, seed, &l->answer->records);
    for (size_t i = 0; rc == 0 && i < frond_dns_records_count(l->answer->records); i++)
        bound_ttl(l, frond_dns_records_at(l->answer->records, i)->ttl);
    return rc;
}

static void note_negative(frond__lookup *l, const void *data, size_t n) {
    int64_t seconds = data ? frond__wire_negative_ttl(data, n) : -1;
    int64_t ns = seconds * 1000000000;
    if (seconds >= 0 && (l->negative_ns < 0 || ns < l->negative_ns))
        l->negative_ns = ns;
}

/* ---- one name after the other ---- */

static void ask(frond__lookup *l, frond__question *q, int type);
static void ask_candidate(frond__lookup *l);

/* Both families' answers as one. */
static int combined(const frond__lookup *l, int asked) {
    int code = l->codes[0], other = asked > 1 ? l->codes[1] : code;
    if (other == FROND_ECLOSED || other == FROND_ENOMEM)
        return other;
    if (is_negative(code) && is_negative(other))
        return code == FROND_EDNS_NODATA ? code : other;
    return is_negative(code) || code == 0 ? other : code;
}

static void candidate_failed(frond__lookup *l, int code) {
    bool another = is_negative(code) || code == FROND_EDNS_SERVFAIL;
    if (code == FROND_EDNS_NODATA)
        l->nodata = true;
    if (l->first == 0 || strcmp(l->asked, l->name) == 0)
        l->first = code;
    l->candidate++;
    if (another && l->candidate <= l->settings->n_domains)
        ask_candidate(l);
    else if (another)
        finish_or_ask_system(l, l->nodata ? FROND_EDNS_NODATA : l->first);
    else
        finish_or_ask_system(l, code);
}

/* One family that failed does not spoil the other, but what there is is kept for a moment only. */
static void settle_addresses(frond__lookup *l) {
    int asked = family_of(l) == FROND_UNSPEC ? 2 : 1, code = combined(l, asked);
    if (l->answer->n == 0 || code == FROND_ECLOSED) {
        candidate_failed(l, code);
        return;
    }
    for (int i = 0; i < asked; i++)
        if (l->codes[i] < 0 && !is_negative(l->codes[i]))
            l->ttl_ns = at_most(l->ttl_ns, l->resolver->negative_ns);
    frond__sort(l->answer->addrs, l->answer->n);
    finish(l, 0);
}

static void answered(frond__question *q, int code, const void *data, size_t n) {
    frond__lookup *l = q->lookup;
    if (code == 0)
        code = l->key.kind < 0 ? take_addresses(l, q->type, data, n)
                               : take_records(l, q->type, data, n);
    if (is_negative(code))
        note_negative(l, data, n);
    l->codes[q - l->questions] = code;
    if (--l->pending)
        return;
    if (l->key.kind < 0)
        settle_addresses(l);
    else
        finish(l, code);
}

static void ask(frond__lookup *l, frond__question *q, int type) {
    frond_resolver *r = l->resolver;
    *q = (frond__question){.done = answered, .lookup = l, .type = type};
    if (r->carrier)
        frond__carrier_ask(r, l->asked, type, q);
    else
        frond__channel_ask(r->channel, l->asked, type, q);
}

/* The name as it is comes first when it has dots enough, else last; with a dot at its end it is the only one. */
static bool make_candidate(frond__lookup *l) {
    const char *name = l->name;
    size_t n = strlen(name), domains = l->settings->n_domains, i = l->candidate;
    int dots = 0;
    for (const char *c = name; *c; c++)
        dots += *c == '.';
    bool as_is_first = dots >= l->settings->ndots;
    bool only = n && name[n - 1] == '.';
    if (only)
        l->candidate = domains;
    if (only || i == (as_is_first ? 0 : domains)) {
        memcpy(l->asked, name, n + 1);
        return true;
    }
    int used = snprintf(l->asked, sizeof l->asked, "%s.%s", name,
                        l->settings->domains[as_is_first ? i - 1 : i]);
    return used > 0 && used <= FROND__MOST_NAME;
}

static void ask_candidate(frond__lookup *l) {
    frond_family family = family_of(l);
    if (!make_candidate(l)) {
        candidate_failed(l, FROND_EDNS_NOTFOUND);
        return;
    }
    l->pending = family == FROND_UNSPEC ? 2 : 1;
    frond__question *second = family == FROND_UNSPEC ? &l->questions[1] : l->questions;
    if (family != FROND_IPV6)
        ask(l, &l->questions[0], FROND_DNS_A);
    if (family != FROND_IPV4)
        ask(l, second, FROND_DNS_AAAA);
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

static void begin(frond__lookup *l) {
    frond_resolver *r = l->resolver;
    frond_dns_policy policy = r->options.policy;
    frond__lookup **bucket = &r->lookups[l->key.hash % FROND__LOOKUP_BUCKETS];
    bool local =
        policy == FROND_DNS_ARES_SYSTEM && frond__name_ends_with(l->name, ".local");
    l->next = *bucket;
    *bucket = l;
    r->stats.queries++;
    frond_wake_source(+1);
    if (l->key.kind >= 0) {
        memcpy(l->asked, l->name, sizeof l->asked);
        l->pending = 1;
        ask(l, &l->questions[0], l->key.kind);
    } else if (policy == FROND_DNS_SYSTEM || local) {
        ask_system(l);
    } else if (!l->settings->servers) {
        finish(l, FROND_EDNS_NOTFOUND);
    } else {
        ask_candidate(l);
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
    if (l->code == 1)
        rc = frond_wait(&w, &l->waiters, key->kind < 0 ? &addresses : &records, l, d);
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
    frond__sort(a->addrs, a->n);
    frond__cache_store(r->cache, key, INT64_MAX, INT64_MAX, a);
    *out = a;
    return 1;
}

static int look_now(frond_resolver *r, const frond__key *key, frond__answer **out) {
    frond_family family = key->kind == -'4'   ? FROND_IPV4
                          : key->kind == -'6' ? FROND_IPV6
                                              : FROND_UNSPEC;
    r->stats.queries++;
    int rc = frond__system_now(key->name, family, out);
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
    if (rc == 0 && kind < 0)
        rc = find_here(r, &key, out);
    if (rc != 0)
        return rc < 0 ? rc : 0;
    r->stats.misses++;
    if (kind < 0 && r->options.policy == FROND_DNS_BLOCKING)
        return look_now(r, &key, out);
    return ask_and_wait(r, &key, out, d);
}
