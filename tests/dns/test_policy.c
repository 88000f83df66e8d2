/* SPDX-License-Identifier: MIT */
/* How a resolver comes by its answers: transports, the system, domains to append, stale answers, the environment. */
#include "support.h"

#include "fake_server.h"
#include "fake_system.h"
#include <frond/dns.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

static fake_dns server;

static frond_resolver *resolver(frond_resolver_options o) {
    frond_resolver *r = NULL;
    if (!o.servers)
        o.servers = server.address;
    CHECK_INT(frond_resolver_new(&o, &r), 0);
    return r;
}

static int look_up(frond_resolver *r, const char *name, frond_family family) {
    frond_addrs *found = NULL;
    int rc = frond_resolver_resolve(r, name, 80, family, &found, frond_in(20000));
    if (rc == 0)
        frond_addrs_free(found);
    return rc;
}

static bool has_address(frond_resolver *r, const char *name, frond_family family,
                        const char *ip) {
    frond_addrs *found = NULL;
    frond_addr wanted;
    bool has = false;
    frond_addr_parse(&wanted, ip, 80);
    if (frond_resolver_resolve(r, name, 80, family, &found, frond_in(20000)) < 0)
        return false;
    for (size_t i = 0; i < frond_addrs_count(found); i++)
        has = has || frond_addr_equal(frond_addrs_at(found, i), &wanted);
    frond_addrs_free(found);
    return has;
}

/* ---- localhost (RFC 6761) ---- */

static void test_localhost_is_never_asked_for(void) {
    static const char *const names[] = {"localhost", "LOCALHOST.", "a.localhost",
                                        "x.y.localhost."};
    fake_dns_start(&server);
    frond_resolver *r = resolver((frond_resolver_options){.no_hosts_file = 1});
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        CHECK(has_address(r, names[i], FROND_UNSPEC, "127.0.0.1"));
        CHECK(has_address(r, names[i], FROND_IPV4, "127.0.0.1"));
        CHECK(has_address(r, names[i], FROND_IPV6, "::1"));
    }
    CHECK_INT(look_up(r, "notlocalhost.", FROND_UNSPEC), FROND_EDNS_NODATA);
    CHECK_INT(server.queries, 2);
    frond_resolver_free(r);
    fake_dns_stop(&server);
}

/* ---- the hosts file ---- */

static const char *hosts_file(const char *text) {
    static char path[600];
    test_path(path, sizeof path, "hosts-policy");
    FILE *f = fopen(path, "wb");
    CHECK(f && fputs(text, f) >= 0 && fclose(f) == 0);
    return path;
}

/* gevent#21, eventlet#511: a name of the hosts file was asked for all the same, for its other family. */
static void test_demand_28_hosts_are_not_asked_for(void) {
    fake_dns_start(&server);
    frond_resolver *r = resolver((frond_resolver_options){
        .hosts = hosts_file("192.0.2.55 silent.test v4.test\n")});
    int64_t start = frond_now();
    CHECK(has_address(r, "silent.test", FROND_UNSPEC, "192.0.2.55"));
    CHECK(has_address(r, "silent.test.", FROND_IPV4, "192.0.2.55"));
    CHECK_INT(look_up(r, "silent.test", FROND_IPV6), FROND_EDNS_NODATA);
    CHECK(has_address(r, "V4.Test", FROND_UNSPEC, "192.0.2.55"));
    CHECK(frond_now() - start < INT64_C(2000000000));
    CHECK_INT(server.queries, 0);
    CHECK_INT(frond_resolver_queries(r), 0);
    frond_resolver_free(r);
    r = resolver((frond_resolver_options){.hosts = hosts_file("192.0.2.55 v4.test\n"),
                                          .no_hosts_file = 1});
    CHECK(has_address(r, "v4.test.", FROND_IPV4, "192.0.2.1"));
    frond_resolver_free(r);
    fake_dns_stop(&server);
}

/* As editors write them, and as they are read elsewhere. */
static void test_hosts_of_all_kinds(void) {
    frond_addr a;
    char host[100];
    frond_addrs *found = NULL;
    fake_dns_start(&server);
    frond_resolver *r = resolver((frond_resolver_options){
        .search = "",
        .hosts = hosts_file("\xef\xbb\xbf"
                            "192.0.2.61 first.test\n"
                            "192.0.2.62 Dotted.test. other.\n"
                            "192.0.2.63 B\xc3\xbc"
                            "cher.test plain.test\n"
                            "192.0.2.64 bad.\xff.test good.test .\n")});
    CHECK(has_address(r, "first.test", FROND_UNSPEC, "192.0.2.61"));
    CHECK(has_address(r, "dotted.test", FROND_UNSPEC, "192.0.2.62"));
    CHECK(has_address(r, "dotted.test.", FROND_UNSPEC, "192.0.2.62"));
    CHECK(has_address(r, "other", FROND_UNSPEC, "192.0.2.62"));
    CHECK(has_address(r, "plain.test", FROND_UNSPEC, "192.0.2.63"));
    CHECK(has_address(r, "good.test", FROND_UNSPEC, "192.0.2.64"));
    int rc = frond_resolver_resolve(r,
                                    "b\xc3\xbc"
                                    "cher.test",
                                    80, FROND_UNSPEC, &found, frond_in(20000));
    if (rc != FROND_EDNS_BADNAME) { /* built without libidn2 */
        CHECK_INT(rc, 0);
        frond_addrs_free(found);
        CHECK(has_address(r, "xn--bcher-kva.test", FROND_UNSPEC, "192.0.2.63"));
        frond_addr_parse(&a, "192.0.2.63", 80);
        CHECK_INT(frond_getnameinfo(r, &a, 0, host, sizeof host, NULL, 0, FROND_NOW), 0);
        CHECK_TEXT(host, "xn--bcher-kva.test");
    }
    CHECK_INT(server.queries, 0);
    frond_resolver_free(r);
    fake_dns_stop(&server);
}

static bool has_moved(void *r) {
    return has_address(r, "moving.test", FROND_UNSPEC, "192.0.2.56");
}

/* c-ares#324, #301: changes were not noticed before a restart. */
static void test_demand_26_changed_hosts_file(void) {
    frond_dns_stats s;
    test_clock_real();
    fake_dns_start(&server);
    frond_resolver *r = resolver(
        (frond_resolver_options){.hosts = hosts_file("192.0.2.55 moving.test\n")});
    CHECK(has_address(r, "moving.test", FROND_UNSPEC, "192.0.2.55"));
    hosts_file("192.0.2.56 moving.test longer\n");
    CHECK(eventually(has_moved, r)); /* within a second where the system tells nothing */
    CHECK_INT(frond_resolver_stats(r, &s), 0);
    CHECK_INT(s.reloads, 1);
    frond_resolver_free(r);
    fake_dns_stop(&server);
}

/* ---- domains to append ---- */

static void test_search(void) {
    fake_dns_start(&server);
    frond_resolver *r = resolver((frond_resolver_options){.search = "nx.test,a.test"});
    CHECK_INT(look_up(r, "v4", FROND_IPV4), 0);
    CHECK_TEXT(server.last, "v4.nx.test");
    CHECK_INT(look_up(r, "nx", FROND_IPV4), FROND_EDNS_NOTFOUND);
    CHECK_TEXT(server.last, "nx"); /* as it is comes last */
    CHECK_INT(look_up(r, "v4.b", FROND_IPV4), 0);
    CHECK_TEXT(server.last, "v4.b"); /* dots enough: as it is */
    int before = server.queries;
    CHECK_INT(look_up(r, "nx.", FROND_IPV4), FROND_EDNS_NOTFOUND);
    CHECK_INT(server.queries, before + 1); /* a dot at the end: only as it is */
    CHECK_INT(look_up(r, "nodata", FROND_IPV4), FROND_EDNS_NODATA);
    frond_resolver_free(r);
    r = resolver(
        (frond_resolver_options){.search = "a.test", .has_ndots = 1, .ndots = 3});
    CHECK_INT(look_up(r, "v4.x.y", FROND_IPV4), 0);
    CHECK_TEXT(server.last, "v4.x.y.a.test");
    frond_resolver_free(r);
    r = resolver((frond_resolver_options){.search = "", .has_ndots = 1});
    CHECK_INT(look_up(r, "v4", FROND_IPV4), 0);
    CHECK_TEXT(server.last, "v4");
    frond_resolver_free(r);
    fake_dns_stop(&server);
}

/* A slow or failing AAAA holds nobody back who asks for A alone (demand 29); asked for together, the one that
 * failed does not spoil the other. */
static void test_demand_29_families_apart(void) {
    frond_dns_stats s;
    fake_dns_start(&server);
    frond_resolver *r = resolver((frond_resolver_options){0});
    CHECK_INT(look_up(r, "half.test.", FROND_IPV4), 0);
    CHECK_INT(server.aaaa, 0);
    CHECK_INT(look_up(r, "half.test.", FROND_IPV6), FROND_EDNS_SERVFAIL);
    CHECK(has_address(r, "half.test.", FROND_UNSPEC, "192.0.2.1"));
    CHECK_INT(look_up(r, "half.test.", FROND_UNSPEC), 0);
    CHECK_INT(frond_resolver_stats(r, &s), 0);
    CHECK_INT(s.queries, 3);
    frond_resolver_free(r);
    fake_dns_stop(&server);
}

/* ---- the cache ---- */

static void test_stale(void) {
    frond_dns_stats s;
    fake_dns_start(&server);
    frond_resolver *r =
        resolver((frond_resolver_options){.stale_ms = 60000, .negative_ms = 3000});
    CHECK_INT(look_up(r, "failing.test.", FROND_IPV4), 0);
    server.fails = true;
    frond_sleep(1000);
    CHECK_INT(look_up(r, "failing.test.", FROND_IPV4),
              0); /* out of date, and better than nothing */
    CHECK_INT(frond_resolver_queries(r), 2);
    CHECK_INT(look_up(r, "failing.test.", FROND_IPV4),
              0); /* servers have their peace meanwhile */
    CHECK_INT(frond_resolver_queries(r), 2);
    frond_sleep(3000);
    CHECK_INT(look_up(r, "failing.test.", FROND_IPV4), 0);
    CHECK_INT(frond_resolver_queries(r), 3);
    frond_sleep(60000);
    CHECK_INT(look_up(r, "failing.test.", FROND_IPV4), FROND_EDNS_SERVFAIL);
    CHECK_INT(frond_resolver_stats(r, &s), 0);
    CHECK_INT(s.stale, 2);
    server.fails = false;
    CHECK_INT(look_up(r, "failing.test.", FROND_IPV4), 0);
    frond_resolver_free(r);
    fake_dns_stop(&server);
}

static void *call(void *r) {
    CHECK_INT(look_up(r, "slow.test.", FROND_UNSPEC), 0);
    return NULL;
}

static void test_statistics(void) {
    frond_dns_stats s;
    fake_dns_start(&server);
    frond_resolver *r = resolver((frond_resolver_options){.cache_entries = 1});
    for (int i = 0; i < 5; i++)
        frond_go(call, r);
    frond_sleep(500);
    CHECK_INT(look_up(r, "slow.test.", FROND_UNSPEC), 0);
    CHECK_INT(look_up(r, "v4.test.", FROND_UNSPEC), 0);
    CHECK_INT(look_up(r, "nx.test.", FROND_UNSPEC), FROND_EDNS_NOTFOUND);
    CHECK_INT(look_up(r, "nx.test.", FROND_UNSPEC), FROND_EDNS_NOTFOUND);
    CHECK_INT(frond_resolver_stats(r, &s), 0);
    CHECK_INT(s.misses, 7);
    CHECK_INT(s.joined, 4);
    CHECK_INT(s.queries, 3);
    CHECK_INT(s.hits, 2);
    CHECK_INT(s.negative, 1);
    CHECK_INT(s.evicted, 2);
    CHECK_INT(s.entries, 1);
    frond_resolver_free(r);
    fake_dns_stop(&server);
}

/* ---- transports ---- */

typedef struct {
    int asked, dropped, mode;
    frond_event released;
} carrier;

enum { ANSWERS, WAITS, FAILS, LIES, TOO_LONG };

static int exchange(void *arg, const void *query, size_t n, void *answer, size_t cap,
                    size_t *got, frond_deadline d) {
    carrier *c = arg;
    c->asked++;
    if (c->mode == WAITS)
        return frond_event_wait(&c->released, d);
    if (c->mode == FAILS)
        return FROND_ECONNRESET;
    *got = fake_dns_answer(&server, query, n, true, answer, cap);
    if (c->mode == LIES)
        ((unsigned char *)answer)[0] ^= 1;
    if (c->mode == TOO_LONG)
        *got = cap + 1;
    return 0;
}

static void dropped(void *arg) {
    ((carrier *)arg)->dropped++;
}

static void test_transport(void) {
    carrier c = {.released = FROND_EVENT_INIT};
    frond_dns_transport t = {exchange, dropped, &c, {0}};
    frond_dns_records *mx = NULL;
    memset(&server, 0, sizeof server);
    frond_resolver *r = resolver((frond_resolver_options){.servers = "127.0.0.1:1",
                                                          .transport = &t,
                                                          .timeout_ms = 100,
                                                          .tries = 2,
                                                          .edns_size = 1232});
    CHECK(has_address(r, "both.test.", FROND_UNSPEC, "192.0.2.1"));
    CHECK(has_address(r, "both.test.", FROND_UNSPEC, "2001:db8::1"));
    CHECK_INT(c.asked, 2);
    CHECK(server.edns);
    CHECK_INT(frond_dns_query(r, "rec.test", FROND_DNS_MX, &mx, frond_in(5000)), 0);
    CHECK_TEXT(frond_dns_records_at(mx, 0)->as.mx.host, "mx10.test");
    frond_dns_records_free(mx);
    CHECK_INT(look_up(r, "nx.test.", FROND_IPV4), FROND_EDNS_NOTFOUND);
    CHECK_INT(look_up(r, "refused.test.", FROND_IPV4), FROND_EDNS_REFUSED);
    CHECK_INT(look_up(r, "servfail.test.", FROND_IPV4), FROND_EDNS_SERVFAIL);
    c.mode = FAILS;
    CHECK_INT(look_up(r, "v4.a.", FROND_IPV4), FROND_EDNS_NOSERVER);
    c.mode = LIES;
    CHECK_INT(look_up(r, "v4.a.", FROND_IPV4), FROND_EDNS_BADRESP);
    c.mode = TOO_LONG;
    CHECK_INT(look_up(r, "v4.a.", FROND_IPV4), FROND_EDNS_BADRESP);
    c.mode = WAITS;
    c.asked = 0;
    CHECK_INT(look_up(r, "v4.a.", FROND_IPV4), FROND_EDNS_NOSERVER);
    CHECK_INT(c.asked, 2);
    c.mode = ANSWERS;
    CHECK_INT(look_up(r, "v4.a.", FROND_IPV4), 0);
    CHECK_INT(c.dropped, 0);
    frond_resolver_free(r);
    CHECK_INT(c.dropped, 1);
}

static int late_code;

static void *call_slow(void *r) {
    static int n;
    char name[40];
    snprintf(name, sizeof name, "slow%d.system", n++);
    look_up(r, name, FROND_UNSPEC);
    return NULL;
}

static void *call_late(void *r) {
    late_code = look_up(r, "v4.test.", FROND_UNSPEC);
    return NULL;
}

/* Freed while the transport is at work: whoever looks up is told, the exchange is killed, then it is dropped. */
static void test_transport_freed_meanwhile(void) {
    carrier c = {.mode = WAITS, .released = FROND_EVENT_INIT};
    frond_dns_transport t = {exchange, dropped, &c, {0}}, bad = {NULL, NULL, NULL, {0}};
    frond_resolver_options o = {.servers = "127.0.0.1:1", .transport = &t};
    frond_resolver *r = NULL;
    CHECK_INT(frond_resolver_new(&o, &r), 0);
    frond_greenlet *g = frond_spawn(call_late, r);
    frond_sleep(1);
    CHECK_INT(c.asked, 2);
    frond_resolver_free(r);
    CHECK_INT(c.dropped, 0);
    CHECK_INT(frond_join(g, frond_in(1000)), 0);
    CHECK_INT(late_code, FROND_ECLOSED);
    frond_release(g);
    frond_sleep(1);
    CHECK_INT(c.dropped, 1);
    o.transport = &bad;
    CHECK_INT(frond_resolver_new(&o, &r), FROND_EINVAL);
}

/* ---- the system ---- */

static frond_resolver *of_system(frond_dns_policy policy) {
    return resolver((frond_resolver_options){.servers = "127.0.0.1:1",
                                             .timeout_ms = 50,
                                             .tries = 1,
                                             .no_hosts_file = 1,
                                             .policy = policy});
}

static void test_system(void) {
    static const frond_dns_policy policies[] = {FROND_DNS_SYSTEM, FROND_DNS_BLOCKING};
    test_clock_real();
    for (int i = 0; i < 2; i++) {
        frond_resolver *r = of_system(policies[i]);
        frond_host *h = NULL;
        CHECK(has_address(r, "localhost", FROND_IPV4, "127.0.0.1"));
        CHECK_INT(frond_resolver_queries(r), 0);
        CHECK(has_address(r, "known.system", FROND_UNSPEC, "192.0.2.77"));
        CHECK(has_address(r, "Known.System", FROND_UNSPEC, "2001:db8::77"));
        CHECK_INT(frond_resolver_queries(r), 1);
        CHECK_INT(look_up(r, "no-such-host.system", FROND_IPV4), FROND_EDNS_NOTFOUND);
        CHECK_INT(look_up(r, "failing.system", FROND_IPV4), FROND_EDNS_NOSERVER);
        CHECK_INT(frond_gethostbyname_ex(r, "known.system", &h, frond_in(20000)), 0);
        CHECK_TEXT(h->name, "full.known.system");
        CHECK_TEXT(h->aliases[0], "known.system");
        CHECK(!h->aliases[1]);
        frond_host_free(h);
        frond_resolver_free(r);
    }
}

static const char *name_of(frond_resolver *r, const char *ip) {
    static char host[300];
    frond_addr a;
    frond_addr_parse(&a, ip, 80);
    int rc = frond_getnameinfo(r, &a, FROND_NI_NAMEREQD, host, sizeof host, NULL, 0,
                               frond_in(20000));
    return rc < 0 ? frond_error_name(rc) : host;
}

/* The way back is by the policy, too. */
static void test_names_of_addresses(void) {
    static const frond_dns_policy policies[] = {FROND_DNS_SYSTEM, FROND_DNS_BLOCKING};
    test_clock_real();
    fake_dns_start(&server);
    for (int i = 0; i < 2; i++) {
        frond_resolver *r = of_system(policies[i]);
        CHECK_TEXT(name_of(r, "192.0.2.77"), "known.system");
        CHECK_TEXT(name_of(r, "::ffff:192.0.2.77"), "known.system"); /* kept */
        CHECK_INT(frond_resolver_queries(r), 1);
        CHECK_TEXT(name_of(r, "192.0.2.78"), "FROND_EDNS_NOTFOUND");
        CHECK_TEXT(name_of(r, "2001:db8::78"), "FROND_EDNS_NOTFOUND");
        CHECK_TEXT(name_of(r, "192.0.2.79"), "FROND_EDNS_NOSERVER");
        CHECK_TEXT(name_of(r, "127.0.0.1"), "localhost");
        frond_resolver_free(r);
    }
    frond_resolver *r = of_system(FROND_DNS_ARES_SYSTEM); /* nobody is at its server */
    CHECK_TEXT(name_of(r, "192.0.2.77"), "known.system");
    CHECK_TEXT(name_of(r, "192.0.2.78"), "FROND_EDNS_NOTFOUND");
    frond_resolver_free(r);
    r = resolver((frond_resolver_options){
        .policy = FROND_DNS_ARES_SYSTEM, .timeout_ms = 20000, .tries = 1});
    int asked = fake_system_asked;
    CHECK_TEXT(name_of(r, "192.0.2.1"), "ptr.test");
    CHECK_INT(fake_system_asked, asked);
    int queries = server.queries;
    CHECK_TEXT(name_of(r, "169.254.7.7"), "link.local"); /* the link's are the system's */
    CHECK_INT(server.queries, queries);
    frond_resolver_free(r);
    fake_dns_stop(&server);
}

static void *call_now_and_then(void *r) {
    frond_addrs *found = NULL;
    late_code =
        frond_resolver_resolve(r, "slow.system", 1, FROND_IPV4, &found, frond_in(1));
    return NULL;
}

/* tencent/libco#122: a lookup by the system cannot be stopped, so nothing of it lies in a frame: whoever leaves
 * early, and a resolver that goes meanwhile, leave the job its own. */
static void test_demand_30_the_system_is_left_early(void) {
    test_clock_real();
    fake_system_holds = true;
    for (int i = 0; i < 3; i++) {
        frond_resolver *r = resolver((frond_resolver_options){
            .servers = "127.0.0.1:1", .policy = FROND_DNS_SYSTEM, .no_hosts_file = 1});
        frond_greenlet *g = frond_spawn(call_now_and_then, r);
        if (i == 1)
            frond_yield();
        if (i == 1)
            frond_kill(g, FROND_EXIT, frond_in(5000));
        if (i == 2)
            frond_yield();
        if (i == 2)
            frond_resolver_free(r);
        CHECK_INT(frond_join(g, frond_in(20000)), 0);
        CHECK(late_code < 0);
        frond_release(g);
        if (i != 2)
            frond_resolver_free(r);
    }
    fake_system_holds = false;
}

/* libuv#28, nodejs/node#8436: slow lookups by the system hold up neither files nor lookups by c-ares. */
static void test_demand_25_slow_lookups_hold_up_nothing(void) {
    test_clock_real();
    fake_system_holds = true;
    fake_dns_start(&server);
    frond_resolver *slow = resolver((frond_resolver_options){
        .servers = "127.0.0.1:1", .policy = FROND_DNS_SYSTEM, .no_hosts_file = 1});
    frond_resolver *fast = resolver((frond_resolver_options){0});
    frond_greenlet *g[20];
    for (int i = 0; i < 20; i++)
        g[i] = frond_spawn(call_slow, slow);
    frond_yield(); /* their threads have begun */
    CHECK_INT(look_up(fast, "v4.test.", FROND_IPV4), 0);
    const char *path = hosts_file("");
    CHECK_INT(frond_fs_write_file(path, "", 0, 0, frond_in(20000)), 0);
    fake_system_holds = false;
    for (int i = 0; i < 20; i++) {
        frond_kill(g[i], FROND_EXIT, frond_in(20000));
        frond_release(g[i]);
    }
    frond_resolver_free(fast);
    frond_resolver_free(slow);
    fake_dns_stop(&server);
}

/* c-ares first; then the system. */
static void test_system_after_ares(void) {
    frond_dns_stats s;
    int asked = fake_system_asked;
    test_clock_real();
    fake_dns_start(&server);
    frond_resolver *r = resolver((frond_resolver_options){.policy = FROND_DNS_ARES_SYSTEM,
                                                          .timeout_ms = 20000,
                                                          .tries = 1,
                                                          .no_hosts_file = 1});
    CHECK_INT(look_up(r, "v4.test.", FROND_IPV4), 0);
    CHECK_INT(look_up(r, "nx.test.", FROND_IPV4), FROND_EDNS_NOTFOUND);
    int queries = server.queries;
    CHECK_INT(fake_system_asked, asked);
    CHECK_INT(look_up(r, "v4.local", FROND_IPV4), FROND_EDNS_NOSERVER);
    CHECK_INT(server.queries, queries); /* .local is the system's (RFC 6762) */
    CHECK_INT(look_up(r, "servfail.system.", FROND_IPV4), FROND_EDNS_NOTFOUND);
    CHECK_INT(server.queries, queries + 1);
    CHECK_INT(fake_system_asked, asked + 2);
    CHECK_INT(frond_resolver_stats(r, &s), 0);
    CHECK_INT(s.queries, 4);
    frond_resolver_free(r);
    fake_dns_stop(&server);
}

/* ---- the environment ---- */

static void test_environment(void) {
    static const struct {
        const char *name, *value;
    } bad[] = {
        {"FROND_DNS_SERVERS", "nowhere"},   {"FROND_DNS_TIMEOUT_MS", "soon"},
        {"FROND_DNS_TIMEOUT_MS", "0"},      {"FROND_DNS_TRIES", "101"},
        {"FROND_DNS_POLICY", "guess"},      {"FROND_DNS_NDOTS", "-1"},
        {"FROND_DNS_ROTATE", "2"},          {"FROND_DNS_CACHE", "0"},
        {"FROND_DNS_EDNS", "100"},          {"FROND_DNS_PORT", "99999999999999999999"},
        {"FROND_DNS_STALE_MS", "1 minute"}, {"FROND_DNS_MOST_TTL_MS", "1e3"}};
    frond_addrs *found = NULL;
    frond_resolver *r = NULL;
    char said[100];
    CHECK_INT(frond_hub_close(FROND_NOW), 0);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        uv_os_setenv(bad[i].name, bad[i].value);
        capture_begin();
        CHECK_INT(frond_resolve("v4.test.", 1, FROND_IPV4, &found, frond_in(5000)),
                  FROND_EINVAL);
        snprintf(said, sizeof said, "%s=%s: must be ", bad[i].name, bad[i].value);
        CHECK_HAS(frond_error_text(), said);
        CHECK_INT(frond_resolver_own(&r), FROND_EINVAL);
        CHECK_HAS(capture_end(), said);
        uv_os_unsetenv(bad[i].name);
    }
    CHECK_INT(frond_resolver_own(NULL), FROND_EINVAL);
    fake_dns_start(&server); /* once more below, when there are settings that name it */
    fake_dns_stop(&server);
    CHECK_INT(frond_hub_close(frond_in(20000)), 0);
    static const char *const good[][2] = {
        {"FROND_DNS_TIMEOUT_MS", "20000"}, {"FROND_DNS_TRIES", "2"},
        {"FROND_DNS_POLICY", "ares"},      {"FROND_DNS_NDOTS", "0"},
        {"FROND_DNS_ROTATE", "1"},         {"FROND_DNS_CACHE", "2"},
        {"FROND_DNS_SEARCH", "x.test"},    {"FROND_DNS_EDNS", "1232"},
        {"FROND_DNS_STALE_MS", "1000"},    {"FROND_DNS_MOST_TTL_MS", "1000"},
        {"FROND_DNS_NEGATIVE_MS", "1000"}, {"FROND_DNS_TCP", "1"}};
    uv_os_setenv("FROND_DNS_SERVERS", server.address);
    uv_os_setenv("FROND_DNS_HOSTS", hosts_file("192.0.2.66 of.the.file\n"));
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        uv_os_setenv(good[i][0], good[i][1]);
    fake_dns_start_at(&server, server.port);
    CHECK_INT(frond_resolve("v4", 1, FROND_IPV4, &found, frond_in(5000)), 0);
    frond_addrs_free(found);
    CHECK_TEXT(server.last, "v4"); /* no dots needed */
    CHECK_INT(server.over_tcp, 1);
    CHECK_INT(frond_resolver_own(&r), 0);
    CHECK_INT(frond_resolver_queries(r), 1);
    CHECK(has_address(NULL, "of.the.file", FROND_IPV4, "192.0.2.66"));
    uv_os_unsetenv("FROND_DNS_SERVERS");
    uv_os_unsetenv("FROND_DNS_HOSTS");
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        uv_os_unsetenv(good[i][0]);
    fake_dns_stop(&server);
}

/* c-ares's own name of the hosts file counts where ours is not set. */
static void test_cares_hosts(void) {
    static const char *const names[] = {"CARES_HOSTS", "FROND_DNS_HOSTS"};
    char first[600];
    test_path(first, sizeof first, "hosts-of-cares");
    CHECK_INT(frond_fs_write_file(first, "192.0.2.67 v4.test\n", 19, 0, frond_in(20000)),
              0);
    CHECK_INT(frond_hub_close(frond_in(20000)), 0);
    uv_os_setenv("FROND_DNS_SERVERS", "127.0.0.1:1");
    uv_os_setenv(names[0], first);
    CHECK(has_address(NULL, "v4.test", FROND_IPV4, "192.0.2.67"));
    CHECK_INT(frond_hub_close(frond_in(20000)), 0); /* with its resolver */
    uv_os_setenv(names[1], hosts_file("192.0.2.68 v4.test\n"));
    CHECK(has_address(NULL, "v4.test", FROND_IPV4, "192.0.2.68"));
    uv_os_unsetenv("FROND_DNS_SERVERS");
    for (int i = 0; i < 2; i++)
        uv_os_unsetenv(names[i]);
}

static void test_more_bad_options(void) {
    static const frond_resolver_options bad[] = {{.tries = 101},
                                                 {.port = 65536},
                                                 {.port = -1},
                                                 {.ndots = 16},
                                                 {.edns_size = 100},
                                                 {.edns_size = 70000},
                                                 {.timeout_ms = 3600000},
                                                 {.policy = (frond_dns_policy)9}};
    frond_resolver *r = NULL;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        CHECK_INT(frond_resolver_new(&bad[i], &r), FROND_EINVAL);
    frond_resolver_options port = {.servers = "127.0.0.1,::1", .port = 5353, .rotate = 1};
    CHECK_INT(frond_resolver_new(&port, &r), 0);
    frond_resolver_free(r);
}

/* ---- leaving at any moment ---- */

/* After a kill or a timeout, whenever it comes, nothing that an answer is written to is gone, and the next lookup
 * works. */
static void test_left_at_any_moment(void) {
    fake_dns_start(&server);
    frond_resolver *r = resolver((frond_resolver_options){.cache_entries = 1});
    for (uint64_t ms = 0; ms < 12; ms++) {
        frond_addrs *found = NULL;
        frond_greenlet *g = frond_spawn(call_late, r);
        for (uint64_t i = 0; i < ms; i++)
            frond_yield();
        frond_kill(g, FROND_EXIT, frond_in(5000));
        frond_release(g);
        int rc = frond_resolver_resolve(r, ms % 2 ? "slow.test." : "both.test.", 1,
                                        FROND_UNSPEC, &found, frond_in(ms * 25));
        CHECK(rc == 0 || rc == FROND_ETIMEDOUT);
        if (rc == 0)
            frond_addrs_free(found);
        CHECK_INT(look_up(r, "v4.test.", FROND_IPV4), 0);
        frond_resolver_flush(r);
    }
    frond_resolver_free(r);
    frond_sleep(300);
    fake_dns_stop(&server);
}

/* ---- memory ---- */

static carrier swept;

static void sweep_part(void) {
    frond_dns_transport t = {exchange, NULL, &swept, {0}};
    frond_resolver_options o = {
        .servers = "127.0.0.1:1", .transport = &t, .search = "nx.test,a"};
    frond_resolver *r = NULL;
    frond_dns_records *mx = NULL;
    if (frond_resolver_new(&o, &r) < 0) {
        CHECK(!frond_hub_current() || frond_error_code() == FROND_ENOMEM);
        return;
    }
    static const char *const names[] = {"both.test.", "v4", "nxsoa.test.", "alias.test.",
                                        "127.0.0.1"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        int rc = look_up(r, names[i], i == 1 ? FROND_IPV4 : FROND_UNSPEC);
        CHECK(rc == 0 || rc == FROND_ENOMEM || rc == FROND_EDNS_NOTFOUND);
    }
    int rc = frond_dns_query(r, "rec.test", FROND_DNS_MX, &mx, frond_in(5000));
    CHECK(rc == 0 || rc == FROND_ENOMEM);
    if (rc == 0)
        frond_dns_records_free(mx);
    frond_resolver_free(r);
}

static void test_every_allocation_fails_once(void) {
    frond_hub_close(frond_in(5000));
    memset(&server, 0, sizeof server);
    memory_sweep(sweep_part);
}

static const test_case tests[] = {
    {"localhost is never asked for", test_localhost_is_never_asked_for},
    {"demand 28 hosts are not asked for", test_demand_28_hosts_are_not_asked_for},
    {"hosts of all kinds", test_hosts_of_all_kinds},
    {"demand 26 changed hosts file", test_demand_26_changed_hosts_file},
    {"search", test_search},
    {"demand 29 families apart", test_demand_29_families_apart},
    {"stale", test_stale},
    {"statistics", test_statistics},
    {"transport", test_transport},
    {"transport freed meanwhile", test_transport_freed_meanwhile},
    {"system", test_system},
    {"names of addresses", test_names_of_addresses},
    {"demand 30 the system is left early", test_demand_30_the_system_is_left_early},
    {"demand 25 slow lookups hold up nothing",
     test_demand_25_slow_lookups_hold_up_nothing},
    {"system after ares", test_system_after_ares},
    {"environment", test_environment},
    {"hosts file of CARES_HOSTS", test_cares_hosts},
    {"more bad options", test_more_bad_options},
    {"left at any moment", test_left_at_any_moment},
    {"every allocation fails once", test_every_allocation_fails_once},
    {0}};

int main(int argc, char **argv) {
    test_clock_virtual();
    return test_main("policy", tests, argc, argv);
}
