/* SPDX-License-Identifier: MIT */
/* Resolvers: making, settings that change, the verbs, and the end. */
#include "inside.h"

#include "order.h"
#include <frond/error.h>
#include <frond/impl/fail.h>
#include <frond/impl/loop.h>
#include <frond/impl/memory.h>
#include <frond/impl/waiter.h>
#include <string.h>

enum { TTL_MS = 3600 * 1000, NEGATIVE_MS = 5000, ENTRIES = 4096, PATH = 512 };

/* ---- settings ---- */

static const char *hosts_path(const frond_resolver *r, char *room) {
    if (r->hosts_path)
        return r->hosts_path;
    return frond__file_path(FROND__HOSTS, room, PATH) ? room : "";
}

static void watch(frond_resolver *r) {
    char room[FROND__WATCH_MOST][PATH];
    const char *paths[FROND__WATCH_MOST] = {hosts_path(r, room[0])};
    size_t n = 1;
    if (r->options.no_watch)
        return;
    for (frond__file f = FROND__RESOLV; f <= FROND__NSSWITCH; f++)
        if (frond__file_path(f, room[n], PATH)) {
            paths[n] = room[n];
            n++;
        }
    r->watch = frond__watch_new(paths, n); /* NULL: without */
}

/* A channel and the hosts file as they are to be now; c-ares 1.18 cannot read its settings again. */
static int load(frond_resolver *r) {
    char room[PATH];
    frond__hosts *hosts;
    frond__channel *channel;
    frond__settings *settings;
    int rc = frond__hosts_read(hosts_path(r, room), &hosts);
    if (rc < 0)
        return frond_fail_set(rc, "resolver");
    if ((rc = frond__channel_new(&r->options, &channel, &settings)) < 0) {
        frond__hosts_free(hosts);
        return rc;
    }
    if (r->channel)
        frond__channel_retire(r->channel, &r->retired);
    frond__hosts_free(r->hosts);
    frond__settings_unref(r->settings);
    r->channel = channel;
    r->hosts = hosts;
    r->settings = settings;
    return 0;
}

/* When memory or descriptors are short the settings stay what they were, until the next lookup. */
static void look_for_changes(frond_resolver *r) {
    if (!r->watch || (!frond__watch_changed(r->watch) && !r->outdated))
        return;
    r->outdated = load(r) < 0;
    if (r->outdated)
        return;
    frond__cache_flush(r->cache);
    r->stats.reloads++;
}

/* ---- this hub's own ---- */

static _Thread_local frond_resolver *own;

/* The resolver is handed over: at a thread's end its variables may be gone already. */
static void close_own(void *resolver, int child) {
    if (!child) /* c-ares would answer the parent's callers in the child */
        frond_resolver_free(resolver);
    own = NULL;
}

static int make_own(void) {
    frond_resolver_options o = {0};
    char room[1024];
    if (!frond_loop())
        return frond_fail_set(FROND_ENOMEM, "resolver");
    frond__environment(&o, room, sizeof room);
    int rc = frond_resolver_new(&o, &own);
    if (rc == 0 && (rc = frond_hub_at_close(close_own, own)) < 0) {
        frond_resolver_free(own);
        own = NULL;
        frond_fail_set(rc, "resolver");
    }
    return rc;
}

static int own_resolver(frond_resolver **r) {
    int rc = own ? 0 : make_own();
    *r = own;
    return rc;
}

int frond__resolver_enter(frond_resolver **r) {
    int rc = *r ? 0 : own_resolver(r);
    if (rc < 0)
        return rc;
    if ((rc = frond_home_check(&(*r)->home)) < 0)
        return frond_fail_set(rc, "resolver");
    look_for_changes(*r);
    return 0;
}

/* ---- making ---- */

static bool valid(const frond_resolver_options *o) {
    bool fine = o->tries >= 0 && o->tries <= 100 && o->timeout_ms < 3600 * 1000;
    fine = fine && o->policy >= FROND_DNS_ARES && o->policy <= FROND_DNS_BLOCKING;
    fine = fine && o->port >= 0 && o->port <= 65535 && o->ndots >= 0 && o->ndots <= 15;
    fine = fine && (!o->edns_size || (o->edns_size >= 512 && o->edns_size <= 65535));
    for (size_t i = 0; i < sizeof o->reserved / sizeof o->reserved[0]; i++)
        fine = fine && !o->reserved[i];
    return fine &&
           (!o->transport || (o->transport->exchange && !o->transport->reserved[0] &&
                              !o->transport->reserved[1]));
}

static int copy_text(const char *text, char **out, const char **in_options) {
    if (!text)
        return 0;
    if (!(*out = frond_strndup(text, strlen(text))))
        return FROND_ENOMEM;
    *in_options = *out;
    return 0;
}

static int copy_options(frond_resolver *r, const frond_resolver_options *o) {
    r->options = *o;
    if (copy_text(o->servers, &r->servers, &r->options.servers) < 0 ||
        copy_text(o->search, &r->search, &r->options.search) < 0 ||
        copy_text(o->hosts, &r->hosts_path, &r->options.hosts) < 0)
        return FROND_ENOMEM;
    r->most_ttl_ns = (int64_t)(o->most_ttl_ms ? o->most_ttl_ms : TTL_MS) * 1000000;
    r->negative_ns = (int64_t)(o->negative_ms ? o->negative_ms : NEGATIVE_MS) * 1000000;
    r->stale_ns = (int64_t)o->stale_ms * 1000000;
    r->random = uv_hrtime() ^ (uint64_t)(uintptr_t)r;
    return 0;
}

static void release(frond_resolver *r) {
    frond_home home = r->home;
    frond__cache_free(r->cache);
    frond__hosts_free(r->hosts);
    frond__settings_unref(r->settings);
    frond_free(r->servers);
    frond_free(r->search);
    frond_free(r->hosts_path);
    frond_free(r);
    frond_home_leave(&home);
}

/* What is called many times in a row gives way to others here, who may free r. */
int frond__enter(frond_resolver *r, frond_deadline d) {
    if (!r || frond_home_check(&r->home) < 0)
        return frond_wait_enter(d);
    r->entering++;
    int rc = frond_wait_enter(d);
    r->entering--;
    if (!r->freed)
        return rc;
    if (!r->entering)
        release(r);
    return rc < 0 ? rc : frond_fail_set(FROND_ECLOSED, "resolve");
}

int frond_resolver_new(const frond_resolver_options *o, frond_resolver **out) {
    static const frond_resolver_options none;
    o = o ? o : &none;
    if (!out || !valid(o))
        return frond_fail_set(FROND_EINVAL, "resolver new");
    frond_resolver *r = frond_calloc(1, sizeof *r);
    int rc = FROND_ENOMEM;
    if (!r || frond_home_enter(&r->home) < 0 || copy_options(r, o) < 0)
        goto free_resolver;
    if (!(r->cache = frond__cache_new(o->cache_entries ? o->cache_entries : ENTRIES)))
        goto free_resolver;
    if ((rc = load(r)) < 0) {
        release(r);
        return rc;
    }
    if (o->transport && (rc = frond__carrier_new(o->transport, &r->carrier)) < 0)
        goto free_channel;
    watch(r);
    *out = r;
    return 0;

free_channel:
    frond__channel_free(r->channel, false);
free_resolver:
    if (r)
        release(r);
    return frond_fail_set(rc, "resolver new");
}

int frond_resolver_own(frond_resolver **r) {
    return r ? own_resolver(r) : frond_fail_set(FROND_EINVAL, "resolver");
}

/* ---- the verbs ---- */

int frond__lookup_failed(int code, const char *host) {
    return frond_fail_text(code, "resolve %.255s: %s", host, frond_error_message(code));
}

/* An address as it is, whatever its family. */
static int numeric(const char *host, frond__answer **out) {
    frond_addr a;
    if (frond_addr_parse(&a, host, 0) < 0)
        return 0;
    frond__answer *answer = frond__answer_new(0);
    if (!answer || frond__answer_add(answer, &a) < 0) {
        frond__answer_unref(answer);
        return FROND_ENOMEM;
    }
    *out = answer;
    return 1;
}

int frond__resolve(frond_resolver *r, const char *host, frond_family family,
                   frond__answer **a, frond_deadline d) {
    frond__name name;
    const char *why;
    int kind = family == FROND_IPV4 ? -'4' : family == FROND_IPV6 ? -'6' : -'*', rc = 0;
    frond__name_fold(host, &name);
    if (name.may_be_address && (rc = numeric(host, a)) > 0)
        return 0;
    if (rc == 0 && (rc = frond__resolver_enter(&r)) < 0)
        return rc;
    if (rc == 0 && !name.too_long && (rc = frond__look_here(r, &name, kind, a)) > 0)
        return 0;
    if (rc == 0 && (rc = frond__name_check(&name, false, &why)) == FROND_EDNS_BADNAME)
        return frond_fail_text(rc, "resolve %.255s: %s", host, why);
    if (rc == 0)
        rc = frond__look_up(r, &name, kind, a, d);
    return rc < 0 ? frond__lookup_failed(rc, host) : 0;
}

int frond_resolver_resolve(frond_resolver *r, const char *host, int port,
                           frond_family family, frond_addrs **out, frond_deadline d) {
    frond__answer *a;
    int rc = frond__enter(r, d);
    if (rc < 0)
        return rc;
    if (!host || !out || port < 0 || port > 65535)
        return frond_fail_set(FROND_EINVAL, "resolve");
    if ((rc = frond__resolve(r, host, family, &a, d)) < 0)
        return rc;
    rc = frond__answer_addrs(a, port, family, out);
    frond__answer_unref(a);
    return rc < 0 ? frond__lookup_failed(rc, host) : 0;
}

int frond_resolve(const char *host, int port, frond_family family, frond_addrs **out,
                  frond_deadline d) {
    return frond_resolver_resolve(NULL, host, port, family, out, d);
}

static int check(const frond_resolver *r, const char *doing) {
    int rc = r ? frond_home_check(&r->home) : FROND_EINVAL;
    return rc < 0 ? frond_fail_set(rc, doing) : 0;
}

int frond_resolver_flush(frond_resolver *r) {
    int rc = check(r, "resolver flush");
    if (rc == 0)
        frond__cache_flush(r->cache);
    return rc;
}

int frond_resolver_flush_name(frond_resolver *r, const char *name) {
    frond__name folded;
    const char *why;
    int rc = name ? check(r, "resolver flush") : frond_fail_set(FROND_EINVAL, "flush");
    if (rc < 0)
        return rc;
    frond__name_fold(name, &folded);
    if ((rc = frond__name_check(&folded, true, &why)) < 0)
        return frond_fail_text(rc, "flush %.255s: %s", name, why);
    return frond__cache_flush_name(r->cache, folded.text);
}

int frond_resolver_stats(const frond_resolver *r, frond_dns_stats *s) {
    int rc =
        s ? check(r, "resolver stats") : frond_fail_set(FROND_EINVAL, "resolver stats");
    if (rc < 0)
        return rc;
    *s = r->stats;
    s->entries = frond__cache_count(r->cache);
    s->evicted = frond__cache_evicted(r->cache);
    return 0;
}

uint64_t frond_resolver_queries(const frond_resolver *r) {
    return r ? r->stats.queries : 0;
}

/* ---- the end ---- */

/* Every lookup is answered first, by those who were to answer it. */
static void free_here(void *resolver) {
    frond_resolver *r = resolver;
    bool gone = frond_home_closed(&r->home);
    frond__tasks_end(r);
    while (r->retired)
        frond__channel_free(r->retired, gone);
    frond__channel_free(r->channel, gone);
    frond__carrier_unref(r->carrier);
    frond__watch_free(r->watch, gone);
    r->freed = true;
    if (!r->entering)
        release(r);
}

void frond_resolver_free(frond_resolver *r) {
    if (r)
        frond_home_send(&r->home, free_here, r);
}
