/* SPDX-License-Identifier: MIT */
/* The hub's own resolver as the settings want it.  Each of them is what it may be: else there were no hub. */
#include "inside.h"

#include <frond/impl/loop.h>
#include <frond/impl/settings.h>

static void numbers(frond_resolver_options *o) {
    const struct {
        frond_setting setting;
        uint64_t *ms;
        int *value;
    } rows[] = {{FROND_SETTING_DNS_TIMEOUT_MS, &o->timeout_ms, NULL},
                {FROND_SETTING_DNS_MOST_TTL_MS, &o->most_ttl_ms, NULL},
                {FROND_SETTING_DNS_NEGATIVE_MS, &o->negative_ms, NULL},
                {FROND_SETTING_DNS_STALE_MS, &o->stale_ms, NULL},
                {FROND_SETTING_DNS_TRIES, NULL, &o->tries},
                {FROND_SETTING_DNS_ROTATE, NULL, &o->rotate},
                {FROND_SETTING_DNS_TCP, NULL, &o->use_tcp},
                {FROND_SETTING_DNS_PORT, NULL, &o->port},
                {FROND_SETTING_DNS_EDNS, NULL, &o->edns_size}};
    uint64_t n;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        frond_config_number(rows[i].setting, &n);
        if (rows[i].ms)
            *rows[i].ms = n;
        else
            *rows[i].value = (int)n;
    }
    o->has_ndots = frond_config_number(FROND_SETTING_DNS_NDOTS, &n);
    o->ndots = (int)n;
    frond_config_number(FROND_SETTING_DNS_CACHE, &n);
    o->cache_entries = (size_t)n;
    frond_config_number(FROND_SETTING_DNS_POLICY, &n);
    o->policy = (frond_dns_policy)n;
}

_Static_assert(FROND_DNS_ARES == 0 && FROND_DNS_SYSTEM == 1 &&
                   FROND_DNS_ARES_SYSTEM == 2 && FROND_DNS_BLOCKING == 3,
               "the words of FROND_DNS_POLICY are in this order");

void frond__environment(frond_resolver_options *o, char *room, size_t cap) {
    o->servers = frond_config_text(FROND_SETTING_DNS_SERVERS);
    o->search = frond_config_text(FROND_SETTING_DNS_SEARCH);
    o->hosts = frond_config_text(FROND_SETTING_DNS_HOSTS);
    if (!o->hosts && uv_os_getenv("CARES_HOSTS", room, &cap) == 0 && room[0])
        o->hosts = room; /* c-ares's own name for it, by ARES_AI_ENVHOSTS */
    numbers(o);
}
