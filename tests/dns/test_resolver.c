/* SPDX-License-Identifier: MIT */
/* The resolver against a name server that answers well, badly, late or never. */
#include "support.h"

#include "fake_server.h"
#include <frond/net.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static fake_dns server;

static frond_resolver *resolver(frond_resolver_options o) {
    frond_resolver *r = NULL;
    if (!o.servers)
        o.servers = server.address;
    CHECK_INT(frond_resolver_new(&o, &r), 0);
    return r;
}

/* The addresses as text, or the error. */
static int look_up(frond_resolver *r, const char *name, frond_family family, char *text,
                   frond_deadline d) {
    frond_addrs *found = NULL;
    char one[FROND_ADDR_TEXT];
    int rc = frond_resolver_resolve(r, name, 80, family, &found, d);
    text[0] = '\0';
    for (size_t i = 0; rc == 0 && i < frond_addrs_count(found) && i < 3; i++) {
        strcat(text, i ? " " : "");
        strcat(text, frond_addr_format(frond_addrs_at(found, i), one, sizeof one));
    }
    if (rc == 0)
        frond_addrs_free(found);
    return rc;
}

static int code_of(frond_resolver *r, const char *name) {
    char text[300];
    return look_up(r, name, FROND_UNSPEC, text, frond_in(20000));
}

/* ---- answers ---- */

static void test_families(void) {
    char text[300];
    fake_dns_start(&server);
    frond_resolver *r = resolver((frond_resolver_options){0});
    CHECK_INT(look_up(r, "v4.test.", FROND_UNSPEC, text, frond_in(20000)), 0);
    CHECK_TEXT(text, "192.0.2.1:80");
    CHECK_INT(look_up(r, "v6.test.", FROND_UNSPEC, text, frond_in(20000)), 0);
    CHECK_TEXT(text, "[2001:db8::1]:80");
    CHECK_INT(look_up(r, "both.test.", FROND_UNSPEC, text, frond_in(20000)), 0);
    CHECK_HAS(text, "192.0.2.1:80");
    CHECK_HAS(text, "[2001:db8::1]:80");
    int aaaa = server.aaaa;
    CHECK_INT(look_up(r, "both.test.", FROND_IPV4, text, frond_in(20000)), 0);
    CHECK_TEXT(text, "192.0.2.1:80");
    CHECK_INT(server.aaaa, aaaa);
    CHECK_INT(look_up(r, "both.test.", FROND_IPV6, text, frond_in(20000)), 0);
    CHECK_TEXT(text, "[2001:db8::1]:80");
    CHECK_INT(look_up(r, "v4.test.", FROND_IPV6, text, frond_in(20000)),
              FROND_EDNS_NODATA);
    CHECK_INT(look_up(r, "alias.test.", FROND_IPV4, text, frond_in(20000)), 0);
    CHECK_TEXT(text, "192.0.2.1:80");
    frond_resolver_free(r);
    fake_dns_stop(&server);
}

static void test_refusals(void) {
    static const struct {
        const char *name;
        int code;
        const char *text;
    } rows[] = {
        {"nx.test.", FROND_EDNS_NOTFOUND, "resolve nx.test.: name not found"},
        {"nodata.test.", FROND_EDNS_NODATA, "resolve nodata.test.: name has no address"},
        {"servfail.test.", FROND_EDNS_SERVFAIL,
         "resolve servfail.test.: name server failed"},
        {"notimp.test.", FROND_EDNS_SERVFAIL, "resolve notimp.test.: name server failed"},
        {"refused.test.", FROND_EDNS_REFUSED,
         "resolve refused.test.: name server refused"},
    };
    fake_dns_start(&server);
    frond_resolver *r =
        resolver((frond_resolver_options){.timeout_ms = 20000, .tries = 2});
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        CHECK_INT(code_of(r, rows[i].name), rows[i].code);
        CHECK_TEXT(frond_error_text(), rows[i].text);
        CHECK_INT(frond_error_code(), rows[i].code);
    }
    CHECK_INT(code_of(r, "v4.test."), 0);
    frond_resolver_free(r);
    fake_dns_stop(&server);
}

static void test_truncated(void) {
    frond_addrs *found = NULL;
    fake_dns_start(&server);
    frond_resolver *hasty =
        resolver((frond_resolver_options){.timeout_ms = 200, .tries = 2});
    frond_resolver *r = resolver((frond_resolver_options){.timeout_ms = 20000});
    CHECK_INT(
        frond_resolver_resolve(r, "big.test.", 9, FROND_IPV4, &found, frond_in(20000)),
        0);
    CHECK_INT(frond_addrs_count(found), 40);
    CHECK_INT(server.over_tcp, 1);
    frond_addrs_free(found);
    int code = code_of(hasty, "torn.test.");
    CHECK(code == FROND_EDNS_NOSERVER || code == FROND_EDNS_BADRESP);
    CHECK_INT(code_of(r, "v4.test."), 0);
    frond_resolver_free(hasty);
    frond_resolver_free(r);
    fake_dns_stop(&server);
}

static void test_malformed(void) {
    static const char *const names[] = {"garbage.test.", "short.test.", "pointer.test."};
    fake_dns_start(&server);
    frond_resolver *hasty =
        resolver((frond_resolver_options){.timeout_ms = 50, .tries = 2});
    frond_resolver *r = resolver((frond_resolver_options){.timeout_ms = 20000});
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        int code = code_of(hasty, names[i]);
        CHECK(code == FROND_EDNS_BADRESP || code == FROND_EDNS_NOSERVER ||
              code == FROND_EDNS_SERVFAIL);
        CHECK_HAS(frond_error_text(), names[i]);
        CHECK_INT(code_of(r, "v4.test."), 0);
        CHECK_INT(frond_resolver_flush(r), 0);
    }
    CHECK_INT(code_of(hasty, "wrongid.test."), FROND_EDNS_NOSERVER);
    frond_resolver_free(hasty);
    frond_resolver_free(r);
    fake_dns_stop(&server);
}

/* ---- without a server ---- */

static void test_numeric(void) {
    char text[300];
    fake_dns_start(&server);
    frond_resolver *r = resolver((frond_resolver_options){0});
    CHECK_INT(look_up(r, "127.0.0.1", FROND_UNSPEC, text, FROND_NOW), 0);
    CHECK_TEXT(text, "127.0.0.1:80");
    CHECK_INT(look_up(r, "::1", FROND_UNSPEC, text, FROND_NOW), 0);
    CHECK_TEXT(text, "[::1]:80");
    CHECK_INT(look_up(r, "[2001:DB8::2]", FROND_IPV6, text, FROND_NOW), 0);
    CHECK_TEXT(text, "[2001:db8::2]:80");
    CHECK_INT(look_up(r, "127.0.0.1", FROND_IPV6, text, FROND_NOW), FROND_EDNS_NODATA);
    CHECK_INT(look_up(r, "::1", FROND_IPV4, text, FROND_NOW), FROND_EDNS_NODATA);
    CHECK_INT(frond_resolver_queries(r), 0);
    CHECK_INT(server.queries, 0);
    frond_resolver_free(r);
    fake_dns_stop(&server);
}

static void test_ports(void) {
    frond_addrs *found = NULL;
    fake_dns_start(&server);
    frond_resolver *r = resolver((frond_resolver_options){0});
    static const int ports[] = {0, 1, 443, 65535};
    for (size_t i = 0; i < 4; i++) {
        CHECK_INT(frond_resolver_resolve(r, "v4.test.", ports[i], FROND_UNSPEC, &found,
                                         frond_in(20000)),
                  0);
        CHECK_INT(frond_addrs_at(found, 0)->port, ports[i]);
        frond_addrs_free(found);
    }
    CHECK_INT(frond_resolver_queries(r), 1);
    CHECK_INT(
        frond_resolver_resolve(r, "v4.test.", -1, FROND_UNSPEC, &found, FROND_NEVER),
        FROND_EINVAL);
    CHECK_INT(
        frond_resolver_resolve(r, "v4.test.", 65536, FROND_UNSPEC, &found, FROND_NEVER),
        FROND_EINVAL);
    frond_resolver_free(r);
    fake_dns_stop(&server);
}

static void test_bad_names(void) {
    char longest[400], label[80];
    memset(longest, 'a', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    memset(label, 'b', 64);
    strcpy(label + 64, ".test.");
    const char *const names[] = {"",  longest, label, "a..b", "a\nb",  ".a",
                                 ".", "a b",   "-a",  "a-.b", "a.b-.", "a.\xc3"};
    fake_dns_start(&server);
    frond_resolver *r = resolver((frond_resolver_options){.timeout_ms = 50, .tries = 1});
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        CHECK_INT(code_of(r, names[i]), FROND_EDNS_BADNAME);
        CHECK_HAS(frond_error_text(), "not a valid name");
    }
    CHECK_INT(server.queries, 0);
    frond_resolver_free(r);
    fake_dns_stop(&server);
}

static void test_hosts_file(void) {
    char text[300];
    fake_dns_start(&server);
    frond_resolver *r = resolver((frond_resolver_options){0});
    CHECK_INT(look_up(r, "localhost", FROND_IPV4, text, frond_in(20000)), 0);
    CHECK_TEXT(text, "127.0.0.1:80");
    CHECK_INT(server.queries, 0);
    frond_resolver_free(r);
    fake_dns_stop(&server);
}

static void test_unreachable_server(void) {
    fake_dns_start(&server);
    fake_dns_stop(&server); /* nobody listens there now */
    frond_resolver *r = resolver((frond_resolver_options){.timeout_ms = 100, .tries = 2});
    int64_t start = frond_now();
    CHECK_INT(code_of(r, "v4.test."), FROND_EDNS_NOSERVER);
    CHECK(frond_now() - start < INT64_C(5000000000));
    frond_resolver_free(r);
}

static void test_second_server(void) {
    char both[2 * FROND_ADDR_TEXT];
    fake_dns_start(&server);
    snprintf(both, sizeof both, "127.0.0.1:1,%s", server.address);
    frond_resolver *r =
        resolver((frond_resolver_options){.servers = both, .timeout_ms = 200});
    CHECK_INT(code_of(r, "v4.test."), 0);
    frond_resolver_free(r);
    fake_dns_stop(&server);
}

static void test_bad_options(void) {
    static const char *const lists[] = {
        "nowhere", "127.0.0.1:port", "1.2.3.4,,x", "[::1",       "300.1.1.1",
        "",        "127.0.0.1,",     ":53",        "127.0.0.1:0"};
    frond_resolver *r = NULL;
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        frond_resolver_options o = {.servers = lists[i]};
        CHECK_INT(frond_resolver_new(&o, &r), FROND_EINVAL);
        CHECK_HAS(frond_error_text(), lists[i]);
    }
    static const char *const good[] = {"::1", "[::1]", "[::1]:53",
                                       "127.0.0.1,::1,1.2.3.4:5"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        frond_resolver_options o = {.servers = good[i]};
        CHECK_INT(frond_resolver_new(&o, &r), 0);
        frond_resolver_free(r);
    }
    frond_resolver_options reserved = {.reserved = {1}}, tries = {.tries = -1};
    CHECK_INT(frond_resolver_new(&reserved, &r), FROND_EINVAL);
    CHECK_INT(frond_resolver_new(&tries, &r), FROND_EINVAL);
    CHECK_INT(frond_resolver_new(NULL, NULL), FROND_EINVAL);
    CHECK_INT(frond_resolver_flush(NULL), FROND_EINVAL);
    CHECK_INT(frond_resolver_queries(NULL), 0);
    frond_resolver_free(NULL);
}

/* ---- the cache ---- */

static void test_ttl(void) {
    frond_clock_virtual(1);
    fake_dns_start(&server);
    frond_resolver *r = resolver((frond_resolver_options){0});
    for (int i = 0; i < 3; i++)
        CHECK_INT(code_of(r, i == 1 ? "TTL1.Test." : "ttl1.test."), 0);
    CHECK_INT(frond_resolver_queries(r), 1);
    frond_sleep(999);
    CHECK_INT(code_of(r, "ttl1.test."), 0);
    CHECK_INT(frond_resolver_queries(r), 1);
    frond_sleep(1);
    CHECK_INT(code_of(r, "ttl1.test."), 0);
    CHECK_INT(frond_resolver_queries(r), 2);
    CHECK_INT(code_of(r, "ttl0.test."), 0);
    CHECK_INT(code_of(r, "ttl0.test."), 0);
    CHECK_INT(frond_resolver_queries(r), 4);
    CHECK_INT(frond_resolver_flush(r), 0);
    CHECK_INT(code_of(r, "ttl1.test."), 0);
    CHECK_INT(frond_resolver_queries(r), 5);
    frond_resolver_free(r);
    fake_dns_stop(&server);
}

static void test_cache_limits(void) {
    frond_clock_virtual(1);
    fake_dns_start(&server);
    frond_resolver *r =
        resolver((frond_resolver_options){.most_ttl_ms = 50, .negative_ms = 50});
    CHECK_INT(code_of(r, "v4.test."), 0);
    CHECK_INT(code_of(r, "nx.test."), FROND_EDNS_NOTFOUND);
    CHECK_INT(code_of(r, "nodata.test."), FROND_EDNS_NODATA);
    uint64_t asked = frond_resolver_queries(r);
    CHECK_INT(asked, 3);
    frond_sleep(60);
    CHECK_INT(code_of(r, "v4.test."), 0);
    CHECK_INT(code_of(r, "nx.test."), FROND_EDNS_NOTFOUND);
    CHECK_INT(frond_resolver_queries(r), 5);
    frond_resolver_free(r);
    r = resolver((frond_resolver_options){.cache_entries = 2});
    static const char *const names[] = {"v4.a.", "v4.b.", "v4.c.", "v4.c.",
                                        "v4.b.", "v4.a.", "nx.a.", "nx.a."};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        code_of(r, names[i]);
    CHECK_INT(frond_resolver_queries(r), 5);
    frond_resolver_free(r);
    fake_dns_stop(&server);
}

static void test_failures_are_not_kept(void) {
    fake_dns_start(&server);
    frond_resolver *r =
        resolver((frond_resolver_options){.timeout_ms = 5000, .tries = 1});
    CHECK_INT(code_of(r, "servfail.test."), FROND_EDNS_SERVFAIL);
    CHECK_INT(code_of(r, "servfail.test."), FROND_EDNS_SERVFAIL);
    CHECK_INT(frond_resolver_queries(r), 2);
    frond_resolver_free(r);
    fake_dns_stop(&server);
}

/* ---- many at once ---- */

typedef struct {
    frond_resolver *resolver;
    const char *name;
    uint64_t ms;
    int code;
} caller;

static void *call(void *arg) {
    caller *c = arg;
    char text[300];
    c->code = look_up(c->resolver, c->name, FROND_UNSPEC, text, frond_in(c->ms));
    return NULL;
}

static void test_single_flight(void) {
    frond_clock_virtual(1);
    enum { N = 100 };
    static caller callers[N];
    frond_greenlet *g[N];
    fake_dns_start(&server);
    frond_resolver *r = resolver((frond_resolver_options){0});
    for (int i = 0; i < N; i++) {
        callers[i] = (caller){r, i % 2 ? "slow.test." : "SLOW.test.", 5000, 1};
        g[i] = frond_spawn(call, &callers[i]);
    }
    for (int i = 0; i < N; i++) {
        frond_join(g[i], FROND_NEVER);
        frond_release(g[i]);
        CHECK_INT(callers[i].code, 0);
    }
    CHECK_INT(frond_resolver_queries(r), 1);
    CHECK_INT(server.a, 1);
    CHECK_INT(server.aaaa, 1);
    frond_resolver_free(r);
    fake_dns_stop(&server);
}

static void test_many_names(void) {
    enum { N = 300 };
    static caller callers[N];
    static char names[N][32];
    frond_greenlet *g[N];
    fake_dns_start(&server);
    frond_resolver *r = resolver((frond_resolver_options){0});
    for (int i = 0; i < N; i++) {
        snprintf(names[i], sizeof names[i], "%s.n%d.test.", i % 3 ? "both" : "nx", i);
        callers[i] = (caller){r, names[i], 20000, 1};
        g[i] = frond_spawn(call, &callers[i]);
    }
    for (int i = 0; i < N; i++) {
        frond_join(g[i], FROND_NEVER);
        frond_release(g[i]);
        CHECK_INT(callers[i].code, i % 3 ? 0 : FROND_EDNS_NOTFOUND);
    }
    CHECK_INT(frond_resolver_queries(r), N);
    frond_resolver_free(r);
    fake_dns_stop(&server);
}

/* ---- those who leave early ---- */

static void test_timeout_and_late_answer(void) {
    frond_clock_virtual(1);
    char text[300];
    fake_dns_start(&server);
    frond_resolver *r = resolver((frond_resolver_options){0});
    int64_t start = frond_now();
    CHECK_INT(look_up(r, "silent.test.", FROND_UNSPEC, text, frond_in(50)),
              FROND_ETIMEDOUT);
    CHECK_INT(frond_now() - start, 50 * 1000000);
    CHECK_HAS(frond_error_text(), "silent.test.: timed out");
    CHECK_INT(look_up(r, "slow.test.", FROND_UNSPEC, text, frond_in(50)),
              FROND_ETIMEDOUT);
    CHECK_INT(look_up(r, "slow.test.", FROND_UNSPEC, text, FROND_NOW), FROND_ETIMEDOUT);
    frond_sleep(300);
    CHECK_INT(look_up(r, "slow.test.", FROND_UNSPEC, text, FROND_NOW), 0);
    CHECK_TEXT(text, "192.0.2.1:80");
    CHECK_INT(frond_resolver_queries(r), 2);
    frond_timeout t;
    frond_timeout_start(&t, 30);
    CHECK_INT(look_up(r, "silent.test.", FROND_UNSPEC, text, FROND_NEVER),
              FROND_ETIMEDOUT);
    CHECK_INT(frond_timeout_stop(&t), 1);
    frond_resolver_free(r);
    frond_sleep(250); /* an answer to nobody */
    fake_dns_stop(&server);
}

static void test_no_answer(void) {
    fake_dns_start(&server);
    frond_resolver *r = resolver((frond_resolver_options){.timeout_ms = 30, .tries = 2});
    CHECK_INT(code_of(r, "silent.test."), FROND_EDNS_NOSERVER);
    CHECK(server.a >= 2);
    frond_resolver_free(r);
    fake_dns_stop(&server);
}

static void test_killed(void) {
    frond_clock_virtual(1);
    fake_dns_start(&server);
    frond_resolver *r = resolver((frond_resolver_options){0});
    caller c[3] = {{r, "slow.test.", 5000, 1},
                   {r, "slow.test.", 5000, 1},
                   {r, "silent.test.", 5000, 1}};
    frond_greenlet *g[3];
    for (int i = 0; i < 3; i++)
        g[i] = frond_spawn(call, &c[i]);
    frond_sleep(20);
    CHECK_INT(frond_kill(g[0], FROND_EXIT, frond_in(1000)), 0);
    CHECK_INT(frond_kill(g[2], FROND_EXIT, frond_in(1000)), 0);
    CHECK_INT(c[0].code, FROND_ECANCELED);
    CHECK_INT(c[2].code, FROND_ECANCELED);
    CHECK_INT(frond_join(g[1], FROND_NEVER), 0);
    CHECK_INT(c[1].code, 0);
    for (int i = 0; i < 3; i++)
        frond_release(g[i]);
    frond_resolver_free(r);
    fake_dns_stop(&server);
}

static void test_freed_during_lookups(void) {
    frond_clock_virtual(1);
    fake_dns_start(&server);
    frond_resolver *r = resolver((frond_resolver_options){0});
    caller c[3] = {{r, "slow.test.", 5000, 1},
                   {r, "slow.test.", 5000, 1},
                   {r, "silent.test.", 5000, 1}};
    frond_greenlet *g[3];
    for (int i = 0; i < 3; i++)
        g[i] = frond_spawn(call, &c[i]);
    frond_sleep(20);
    frond_resolver_free(r);
    for (int i = 0; i < 3; i++) {
        CHECK_INT(frond_join(g[i], frond_in(1000)), 0);
        CHECK_INT(c[i].code, FROND_ECLOSED);
        frond_release(g[i]);
    }
    fake_dns_stop(&server);
}

static int ended_with;

static void *look_up_often(void *r) {
    frond_addrs *found;
    while ((ended_with = frond_resolver_resolve(r, "localhost", 1, FROND_UNSPEC, &found,
                                                FROND_NOW)) == 0)
        frond_addrs_free(found);
    return NULL;
}

/* Between lookups that need not wait others run all the same, and may free it. */
static void test_freed_while_a_call_gives_way(void) {
    frond_resolver *r = NULL;
    CHECK_INT(frond_resolver_new(NULL, &r), 0);
    frond_greenlet *g = frond_spawn(look_up_often, r);
    CHECK_INT(frond_yield(), 0);
    frond_resolver_free(r);
    CHECK_INT(frond_join(g, frond_in(20000)), 0);
    CHECK_INT(ended_with, FROND_ECLOSED);
    frond_release(g);
}

static void test_hub_closed_during_lookup(void) {
    frond_clock_virtual(1);
    frond_addrs *found = NULL;
    fake_dns_start(&server);
    frond_resolver *r = resolver((frond_resolver_options){0});
    CHECK_INT(
        frond_resolver_resolve(r, "silent.test.", 0, FROND_UNSPEC, &found, frond_in(20)),
        FROND_ETIMEDOUT);
    CHECK_INT(frond_resolve("localhost", 1, FROND_IPV4, &found, frond_in(20000)), 0);
    frond_addrs_free(found); /* the hub's own resolver goes with the hub */
    frond_resolver_free(r);
    fake_dns_stop(&server);
}

/* ---- connecting by name ---- */

static void test_connect_by_name(void) {
    frond_clock_virtual(1);
    frond_addr second, bound;
    frond_listener *l = NULL;
    frond_stream *s = NULL;
    fake_dns_start(&server);
    frond_resolver *r = resolver((frond_resolver_options){0});
    frond_connect_options o = {.resolver = r};
    frond_addr_parse(&second, "127.0.0.2", 0);
    CHECK_INT(frond_tcp_listen(&second, NULL, &l), 0);
    frond_listener_addr(l, &bound);
    CHECK_INT(frond_tcp_connect("loop3.test.", bound.port, &o, &s, frond_in(20000)), 0);
    CHECK_INT(frond_stream_peer(s, &second), 0);
    CHECK(frond_addr_equal(&second, &bound));
    frond_stream_free(s);
    frond_listener_free(l);
    CHECK_INT(frond_tcp_connect("loop3.test.", bound.port, &o, &s, frond_in(20000)),
              FROND_ECONNREFUSED);
    for (int i = 1; i <= 3; i++) {
        char attempt[80];
        snprintf(attempt, sizeof attempt, "connect 127.0.0.%d:%d: connection refused", i,
                 bound.port);
        CHECK_HAS(frond_error_text(), attempt);
    }
    CHECK_HAS(frond_error_text(), "loop3.test.: ");
    CHECK_INT(frond_tcp_connect("nx.test.", 80, &o, &s, frond_in(20000)),
              FROND_EDNS_NOTFOUND);
    CHECK_INT(frond_tcp_connect("silent.test.", 80, &o, &s, frond_in(50)),
              FROND_ETIMEDOUT);
    frond_resolver_free(r);
    fake_dns_stop(&server);
}

/* ---- misuse ---- */

static void in_callback(void *arg) {
    frond_addrs *found;
    *(int *)arg = frond_resolve("127.0.0.1", 1, FROND_UNSPEC, &found, FROND_NEVER);
}

typedef struct {
    frond_resolver *resolver;
    int resolve, flush;
} foreign;

static void in_thread(void *arg) {
    foreign *f = arg;
    frond_addrs *found;
    f->resolve = frond_resolver_resolve(f->resolver, "v4.test.", 1, FROND_UNSPEC, &found,
                                        FROND_NOW);
    f->flush = frond_resolver_flush(f->resolver);
    frond_resolver_free(f->resolver); /* goes through its hub */
}

static void test_misuse(void) {
    frond_addrs *found;
    int code = 0;
    fake_dns_start(&server);
    frond_resolver *r = resolver((frond_resolver_options){0});
    CHECK_INT(frond_resolver_resolve(r, NULL, 1, FROND_UNSPEC, &found, FROND_NOW),
              FROND_EINVAL);
    CHECK_INT(frond_resolver_resolve(r, "v4.test.", 1, FROND_UNSPEC, NULL, FROND_NOW),
              FROND_EINVAL);
    frond_post(frond_hub_current(), in_callback, &code);
    frond_sleep(5);
    CHECK_INT(code, FROND_ENOSUSPEND);
    foreign f = {r, 0, 0};
    frond_hub *door = frond_hub_ref(frond_hub_current());
    thread_run(in_thread, &f);
    CHECK_INT(f.resolve, FROND_ETHREAD);
    CHECK_INT(f.flush, FROND_ETHREAD);
    frond_sleep(5);
    frond_hub_free(door);
    fake_dns_stop(&server);
}

static const test_case tests[] = {
    {"families", test_families},
    {"refusals", test_refusals},
    {"truncated", test_truncated},
    {"malformed", test_malformed},
    {"numeric", test_numeric},
    {"ports", test_ports},
    {"bad names", test_bad_names},
    {"hosts file", test_hosts_file},
    {"unreachable server", test_unreachable_server},
    {"second server", test_second_server},
    {"bad options", test_bad_options},
    {"ttl", test_ttl},
    {"cache limits", test_cache_limits},
    {"failures are not kept", test_failures_are_not_kept},
    {"single flight", test_single_flight},
    {"many names", test_many_names},
    {"timeout and late answer", test_timeout_and_late_answer},
    {"no answer", test_no_answer},
    {"killed", test_killed},
    {"freed during lookups", test_freed_during_lookups},
    {"freed while a call gives way", test_freed_while_a_call_gives_way},
    {"hub closed during lookup", test_hub_closed_during_lookup},
    {"connect by name", test_connect_by_name},
    {"misuse", test_misuse},
    {0}};

int main(int argc, char **argv) {
    return test_main("resolver", tests, argc, argv);
}
