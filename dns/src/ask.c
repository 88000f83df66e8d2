/* SPDX-License-Identifier: MIT */
/* Asking, and reading the answers.  Addresses are two questions at once, for each name that the domains to append make
 * of the one given, one name after the other.  Callbacks only store and wake. */
#include "lookup.h"

#include "order.h"
#include "wire.h"
#include <frond/impl/memory.h>
#include <stdio.h>
#include <string.h>

/* ---- what one answer says ---- */

static void bound_ttl(frond__lookup *l, uint32_t seconds) {
    l->ttl_ns = frond__at_most(l->ttl_ns, (int64_t)seconds * 1000000000);
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

/* Every name on the way to the full one, for gethostbyname's list. */
static int take_alias(frond__lookup *l, const void *data, size_t n, size_t at) {
    char text[1100];
    if (!frond__wire_name(data, n, at, text, sizeof text, NULL))
        return FROND_EDNS_BADRESP;
    return frond__answer_add_alias(l->answer, text);
}

static int take_address(frond__lookup *l, int type, const frond__rr *rr, const void *data,
                        size_t n) {
    bound_ttl(l, rr->ttl);
    if (rr->type != type) /* an alias */
        return l->answer->canonical ? 0 : take_alias(l, data, n, rr->name);
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
    if (!l->answer->canonical)
        frond__answer_no_aliases(l->answer);
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

static void ask_candidate(frond__lookup *l);

/* Both families' answers as one. */
static int combined(const frond__lookup *l, int asked) {
    int code = l->codes[0], other = asked > 1 ? l->codes[1] : code;
    if (other == FROND_ECLOSED || other == FROND_ENOMEM)
        return other;
    if (frond__is_negative(code) && frond__is_negative(other))
        return code == FROND_EDNS_NODATA ? code : other;
    return frond__is_negative(code) || code == 0 ? other : code;
}

static void candidate_failed(frond__lookup *l, int code) {
    bool another = frond__is_negative(code) || code == FROND_EDNS_SERVFAIL;
    if (code == FROND_EDNS_NODATA)
        l->nodata = true;
    if (l->first == 0 || strcmp(l->asked, l->name) == 0)
        l->first = code;
    l->candidate++;
    if (another && l->candidate <= l->settings->n_domains)
        ask_candidate(l);
    else if (another)
        frond__lookup_end(l, l->nodata ? FROND_EDNS_NODATA : l->first);
    else
        frond__lookup_end(l, code);
}

/* One family that failed does not spoil the other, but what there is is kept for a moment only. */
static void settle_addresses(frond__lookup *l) {
    int asked = frond__family_of(l) == FROND_UNSPEC ? 2 : 1, code = combined(l, asked);
    if (l->answer->n == 0 || code == FROND_ECLOSED) {
        candidate_failed(l, code);
        return;
    }
    for (int i = 0; i < asked; i++)
        if (l->codes[i] < 0 && !frond__is_negative(l->codes[i]))
            l->ttl_ns = frond__at_most(l->ttl_ns, l->resolver->negative_ns);
    frond_addr_sort(l->answer->addrs, l->answer->n);
    frond__lookup_end(l, 0);
}

static void answered(frond__question *q, int code, const void *data, size_t n) {
    frond__lookup *l = q->lookup;
    bool addresses = frond__is_of_addresses(&l->key);
    if (code == 0)
        code = addresses ? take_addresses(l, q->type, data, n)
                         : take_records(l, q->type, data, n);
    if (frond__is_negative(code))
        note_negative(l, data, n);
    l->codes[q - l->questions] = code;
    if (--l->pending)
        return;
    if (addresses)
        settle_addresses(l);
    else
        frond__lookup_end(l, code);
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
    frond_family family = frond__family_of(l);
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

/* The name whose PTR records are an address's names (RFC 1035, RFC 3596). */
static void reverse_name(const char *ip, char *out, size_t cap) {
    static const char digits[] = "0123456789abcdef";
    frond_addr a;
    if (frond_addr_parse(&a, ip, 0) == 0 && a.family == FROND_IPV4) {
        snprintf(out, cap, "%u.%u.%u.%u.in-addr.arpa", a.ip[3], a.ip[2], a.ip[1],
                 a.ip[0]);
        return;
    }
    for (int i = 15; i >= 0; i--) {
        *out++ = digits[a.ip[i] & 15];
        *out++ = '.';
        *out++ = digits[a.ip[i] >> 4];
        *out++ = '.';
    }
    memcpy(out, "ip6.arpa", 9);
}

void frond__ask(frond__lookup *l) {
    bool names = l->key.kind == FROND__NAMES;
    if (frond__is_of_addresses(&l->key)) {
        ask_candidate(l);
        return;
    }
    if (names)
        reverse_name(l->name, l->asked, sizeof l->asked);
    else
        memcpy(l->asked, l->name, sizeof l->asked);
    l->pending = 1;
    ask(l, &l->questions[0], names ? FROND_DNS_PTR : l->key.kind);
}
