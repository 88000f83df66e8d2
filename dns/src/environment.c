/* SPDX-License-Identifier: MIT */
/* The hub's own resolver as FROND_DNS_... want it.  A value that is none is an error at the first lookup, not a
 * default that nobody asked for. */
#include "inside.h"

#include <frond/error.h>
#include <frond/impl/fail.h>
#include <frond/impl/loop.h>
#include <string.h>

static int bad(const char *variable, const char *value, const char *wanted) {
    return frond_fail_text(FROND_EINVAL, "%s=%.200s: must be %s", variable, value,
                           wanted);
}

/* By libuv: on Windows the C library has a copy of its own.  NULL: it is not set, or empty. */
static const char *get(const char *variable, char *room, size_t cap) {
    return uv_os_getenv(variable, room, &cap) == 0 && room[0] ? room : NULL;
}

/* 1 when it is set, 0 when not, or an error. */
static int number(const char *variable, uint64_t least, uint64_t most, uint64_t *value) {
    char room[64];
    const char *text = get(variable, room, sizeof room);
    uint64_t n = 0;
    if (!text)
        return 0;
    for (const char *c = text; *c; c++) {
        if (*c < '0' || *c > '9' || n > most)
            return bad(variable, text, "a number in range");
        n = n * 10 + (uint64_t)(*c - '0');
    }
    if (n < least || n > most)
        return bad(variable, text, "a number in range");
    *value = n;
    return 1;
}

static int policy(frond_resolver_options *o) {
    static const struct {
        const char *word;
        frond_dns_policy policy;
    } words[] = {{"ares", FROND_DNS_ARES},
                 {"system", FROND_DNS_SYSTEM},
                 {"ares,system", FROND_DNS_ARES_SYSTEM},
                 {"blocking", FROND_DNS_BLOCKING}};
    char room[64];
    const char *text = get("FROND_DNS_POLICY", room, sizeof room);
    if (!text)
        return 0;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(text, words[i].word) == 0) {
            o->policy = words[i].policy;
            return 0;
        }
    return bad("FROND_DNS_POLICY", text, "ares, system, blocking, or ares,system");
}

static int servers(frond_resolver_options *o, frond__words *room) {
    o->servers = get("FROND_DNS_SERVERS", room->servers, sizeof room->servers);
    if (o->servers && !frond__servers_valid(o->servers))
        return bad("FROND_DNS_SERVERS", o->servers,
                   "a list of addresses, as 10.0.0.1,[::1]:53");
    return 0;
}

static int numbers(frond_resolver_options *o) {
    const uint64_t year_ms = UINT64_C(31536000000);
    uint64_t n;
    int rc;
    struct {
        const char *variable;
        uint64_t least, most;
        uint64_t *ms;
        int *value;
    } rows[] = {{"FROND_DNS_TIMEOUT_MS", 1, 3600 * 1000 - 1, &o->timeout_ms, NULL},
                {"FROND_DNS_MOST_TTL_MS", 1, year_ms, &o->most_ttl_ms, NULL},
                {"FROND_DNS_NEGATIVE_MS", 1, year_ms, &o->negative_ms, NULL},
                {"FROND_DNS_STALE_MS", 0, year_ms, &o->stale_ms, NULL},
                {"FROND_DNS_TRIES", 1, 100, NULL, &o->tries},
                {"FROND_DNS_ROTATE", 0, 1, NULL, &o->rotate},
                {"FROND_DNS_TCP", 0, 1, NULL, &o->use_tcp},
                {"FROND_DNS_PORT", 1, 65535, NULL, &o->port},
                {"FROND_DNS_EDNS", 512, 65535, NULL, &o->edns_size}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if ((rc = number(rows[i].variable, rows[i].least, rows[i].most, &n)) < 0)
            return rc;
        if (rc && rows[i].ms)
            *rows[i].ms = n;
        else if (rc)
            *rows[i].value = (int)n;
    }
    if ((rc = number("FROND_DNS_NDOTS", 0, 15, &n)) > 0) {
        o->has_ndots = 1;
        o->ndots = (int)n;
    }
    if (rc >= 0 && (rc = number("FROND_DNS_CACHE", 1, 10000000, &n)) > 0)
        o->cache_entries = (size_t)n;
    return rc < 0 ? rc : 0;
}

int frond__environment(frond_resolver_options *o, frond__words *room) {
    size_t n = sizeof room->search;
    int rc = servers(o, room);
    if (rc == 0)
        rc = policy(o);
    if (uv_os_getenv("FROND_DNS_SEARCH", room->search, &n) == 0) /* empty: no domains */
        o->search = room->search;
    o->hosts = get("FROND_DNS_HOSTS", room->hosts, sizeof room->hosts);
    if (!o->hosts) /* c-ares's own name for it, by ARES_AI_ENVHOSTS */
        o->hosts = get("CARES_HOSTS", room->hosts, sizeof room->hosts);
    return rc < 0 ? rc : numbers(o);
}
