/* SPDX-License-Identifier: MIT */
/* Records of every type, from a server that answers well or badly. */
#include "support.h"

#include "fake_server.h"
#include <frond/dns.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static fake_dns server;

static frond_resolver *resolver(frond_resolver_options o) {
    frond_resolver *r = NULL;
    o.servers = server.address;
    CHECK_INT(frond_resolver_new(&o, &r), 0);
    return r;
}

static frond_dns_records *query(frond_resolver *r, const char *name, int type) {
    frond_dns_records *found = NULL;
    CHECK_INT(frond_dns_query(r, name, type, &found, frond_in(20000)), 0);
    return found;
}

static int code_of(frond_resolver *r, const char *name, int type) {
    frond_dns_records *found = NULL;
    int rc = frond_dns_query(r, name, type, &found, frond_in(20000));
    frond_dns_records_free(found);
    return rc;
}

/* ---- types ---- */

static bool is(frond_dns_bytes b, const char *text) {
    return b.size == strlen(text) && memcmp(b.data, text, b.size) == 0 &&
           b.data[b.size] == '\0';
}

static void test_addresses_and_names(void) {
    char ip[FROND_ADDR_TEXT];
    fake_dns_start(&server);
    frond_resolver *r = resolver((frond_resolver_options){0});
    frond_dns_records *a = query(r, "rec.test", FROND_DNS_A);
    frond_dns_records *aaaa = query(r, "rec.test", FROND_DNS_AAAA);
    frond_dns_records *ns = query(r, "rec.test", FROND_DNS_NS);
    frond_dns_records *cname = query(r, "rec.test", FROND_DNS_CNAME);
    frond_dns_records *ptr = query(r, "Rec.Test.", FROND_DNS_PTR);
    const frond_dns_record *first = frond_dns_records_at(a, 0);
    CHECK_INT(frond_dns_records_count(a), 1);
    CHECK(frond_dns_records_at(a, 1) == NULL);
    CHECK_TEXT(first->name, "rec.test");
    CHECK_INT(first->ttl, 60);
    CHECK_INT(first->type, FROND_DNS_A);
    CHECK_INT(first->raw.size, 4);
    CHECK_TEXT(frond_addr_format_ip(&first->as.addr, ip, sizeof ip), "192.0.2.1");
    first = frond_dns_records_at(aaaa, 0);
    CHECK_TEXT(frond_addr_format_ip(&first->as.addr, ip, sizeof ip), "2001:db8::1");
    CHECK_INT(frond_dns_records_count(ns), 2);
    CHECK_TEXT(frond_dns_records_at(ns, 1)->as.target, "ns2.test");
    CHECK_TEXT(frond_dns_records_at(cname, 0)->as.target, "v4.test");
    CHECK_TEXT(frond_dns_records_at(ptr, 0)->as.target, "host.test");
    frond_dns_records_free(a);
    frond_dns_records_free(aaaa);
    frond_dns_records_free(ns);
    frond_dns_records_free(cname);
    frond_resolver_free(r);
    CHECK_TEXT(frond_dns_records_at(ptr, 0)->as.target, "host.test"); /* they are ours */
    frond_dns_records_free(ptr);
    frond_dns_records_free(NULL);
    fake_dns_stop(&server);
}

static void test_mail_and_text(void) {
    fake_dns_start(&server);
    frond_resolver *r = resolver((frond_resolver_options){0});
    frond_dns_records *mx = query(r, "rec.test", FROND_DNS_MX);
    frond_dns_records *txt = query(r, "rec.test", FROND_DNS_TXT);
    frond_dns_records *soa = query(r, "rec.test", FROND_DNS_SOA);
    CHECK_INT(frond_dns_records_count(mx), 2);
    CHECK_TEXT(frond_dns_records_at(mx, 0)->as.mx.host, "mx10.test");
    CHECK_INT(frond_dns_records_at(mx, 1)->as.mx.preference, 20);
    const frond_dns_record *t = frond_dns_records_at(txt, 0);
    CHECK_INT(t->as.txt.count, 3);
    CHECK(is(t->as.txt.strings[0], "hello"));
    CHECK_INT(t->as.txt.strings[1].size, 0);
    CHECK_INT(t->as.txt.strings[2].size, 5);
    CHECK(memcmp(t->as.txt.strings[2].data, "wor\0d", 6) == 0);
    const frond_dns_record *s = frond_dns_records_at(soa, 0);
    CHECK_TEXT(s->as.soa.primary, "ns.test");
    CHECK_TEXT(s->as.soa.mailbox, "mail.test");
    CHECK_INT(s->as.soa.serial, 1);
    CHECK_INT(s->as.soa.refresh, 2);
    CHECK_INT(s->as.soa.retry, 3);
    CHECK_INT(s->as.soa.expire, 4);
    CHECK_INT(s->as.soa.minimum, 5);
    frond_dns_records_free(mx);
    frond_dns_records_free(txt);
    frond_dns_records_free(soa);
    frond_resolver_free(r);
    fake_dns_stop(&server);
}

static void test_naptr_caa_uri_tlsa(void) {
    fake_dns_start(&server);
    frond_resolver *r = resolver((frond_resolver_options){0});
    frond_dns_records *naptr = query(r, "rec.test", FROND_DNS_NAPTR);
    frond_dns_records *caa = query(r, "rec.test", FROND_DNS_CAA);
    frond_dns_records *uri = query(r, "rec.test", FROND_DNS_URI);
    frond_dns_records *tlsa = query(r, "rec.test", FROND_DNS_TLSA);
    frond_dns_records *other = query(r, "rec.test", 99);
    const frond_dns_record *n = frond_dns_records_at(naptr, 0);
    CHECK_INT(n->as.naptr.order, 1);
    CHECK_TEXT(n->as.naptr.replacement, "_sip.test");
    CHECK(is(n->as.naptr.services, "SIP+D2U"));
    n = frond_dns_records_at(naptr, 1);
    CHECK(is(n->as.naptr.flags, "u"));
    CHECK(is(n->as.naptr.regexp, "!^.*$!sip:a@test!"));
    CHECK_TEXT(n->as.naptr.replacement, "");
    const frond_dns_record *c = frond_dns_records_at(caa, 0);
    CHECK_INT(c->as.caa.flags, 128);
    CHECK(is(c->as.caa.tag, "issue"));
    CHECK(is(c->as.caa.value, "ca.test"));
    CHECK(is(frond_dns_records_at(uri, 0)->as.uri.target, "ftp://ftp.test/pub"));
    const frond_dns_record *t = frond_dns_records_at(tlsa, 0);
    CHECK_INT(t->as.tlsa.usage, 3);
    CHECK_INT(t->as.tlsa.selector, 1);
    CHECK_INT(t->as.tlsa.matching, 1);
    CHECK(is(t->as.tlsa.data, "\252\273\314"));
    CHECK(is(frond_dns_records_at(other, 0)->raw, "raw"));
    frond_dns_records_free(naptr);
    frond_dns_records_free(caa);
    frond_dns_records_free(uri);
    frond_dns_records_free(tlsa);
    frond_dns_records_free(other);
    frond_resolver_free(r);
    fake_dns_stop(&server);
}

static void test_svcb_and_https(void) {
    fake_dns_start(&server);
    frond_resolver *r = resolver((frond_resolver_options){0});
    frond_dns_records *svcb = query(r, "rec.test", FROND_DNS_SVCB);
    frond_dns_records *https = query(r, "rec.test", FROND_DNS_HTTPS);
    CHECK_INT(frond_dns_records_at(svcb, 0)->as.svcb.priority, 0);
    CHECK_TEXT(frond_dns_records_at(svcb, 0)->as.svcb.target, "svc.test");
    CHECK_TEXT(frond_dns_records_at(https, 0)->as.svcb.target, "best.test");
    const frond_dns_record *h = frond_dns_records_at(https, 1);
    CHECK_TEXT(h->as.svcb.target, "");
    CHECK_INT(h->as.svcb.count, 2);
    CHECK_INT(h->as.svcb.params[0].key, 1);
    CHECK(is(h->as.svcb.params[0].value, "\2h2\2h3"));
    CHECK_INT(h->as.svcb.params[1].key, 3);
    CHECK_INT(h->as.svcb.params[1].value.size, 2);
    frond_dns_records_free(svcb);
    frond_dns_records_free(https);
    frond_resolver_free(r);
    fake_dns_stop(&server);
}

/* ---- the order of services ---- */

static char first_of(uint64_t seed) {
    frond_resolver *r = resolver((frond_resolver_options){.seed = seed});
    frond_dns_records *srv = query(r, "rec.test", FROND_DNS_SRV);
    CHECK_INT(frond_dns_records_count(srv), 4);
    CHECK_TEXT(frond_dns_records_at(srv, 3)->as.srv.target, "last.test");
    CHECK_INT(frond_dns_records_at(srv, 3)->as.srv.port, 80);
    for (size_t i = 0; i < 3; i++)
        CHECK_INT(frond_dns_records_at(srv, i)->as.srv.priority, 1);
    char first = frond_dns_records_at(srv, 0)->as.srv.target[0];
    frond_dns_records_free(srv);
    frond_resolver_free(r);
    return first;
}

/* Weights 10, 30 and 0: a is first a quarter of the time, b three quarters, c hardly ever. */
static void test_srv_by_weight(void) {
    int count[3] = {0};
    fake_dns_start(&server);
    for (uint64_t seed = 1; seed <= 400; seed++) {
        char first = first_of(seed);
        CHECK(first >= 'a' && first <= 'c');
        count[(first - 'a') % 3]++;
    }
    CHECK_INT(first_of(7), first_of(7));
    CHECK(count[0] > 60 && count[0] < 140);
    CHECK(count[1] > 240 && count[1] < 340);
    CHECK(count[2] < 40);
    fake_dns_stop(&server);
}

/* ---- refusals, and answers of no sense ---- */

static void test_errors(void) {
    static const struct {
        const char *name;
        int type, code;
    } rows[] = {{"nx.test", FROND_DNS_MX, FROND_EDNS_NOTFOUND},
                {"nodata.test", FROND_DNS_MX, FROND_EDNS_NODATA},
                {"servfail.test", FROND_DNS_MX, FROND_EDNS_SERVFAIL},
                {"refused.test", FROND_DNS_MX, FROND_EDNS_REFUSED},
                {"short.test", FROND_DNS_A, FROND_EDNS_BADRESP},
                {"notype.test", FROND_DNS_A, FROND_EDNS_BADRESP},
                {"notype.test", FROND_DNS_SOA, FROND_EDNS_BADRESP},
                {"notype.test", FROND_DNS_SRV, FROND_EDNS_BADRESP},
                {"cnameloop.test", FROND_DNS_A, FROND_EDNS_NODATA},
                {"silent.test", FROND_DNS_A, FROND_EDNS_NOSERVER},
                {"wrongid.test", FROND_DNS_A, FROND_EDNS_NOSERVER},
                {"wrongq.test", FROND_DNS_A, FROND_EDNS_NOSERVER},
                {"lost.test", FROND_DNS_A, 0},
                {"a..b", FROND_DNS_A, FROND_EDNS_BADNAME},
                {"", FROND_DNS_A, FROND_EDNS_BADNAME},
                {"a b", FROND_DNS_A, FROND_EDNS_BADNAME},
                {".", FROND_DNS_NS, FROND_EDNS_NODATA},
                {"_x._y.nodata.test", 0x1234, FROND_EDNS_NODATA},
                {"rec.test", 0, FROND_EINVAL},
                {"rec.test", 65536, FROND_EINVAL},
                {NULL, 1, FROND_EINVAL}};
    fake_dns_start(&server);
    frond_resolver *hasty =
        resolver((frond_resolver_options){.timeout_ms = 100, .tries = 2});
    frond_resolver *r = resolver((frond_resolver_options){.timeout_ms = 300, .tries = 8});
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        bool in_vain = rows[i].code == FROND_EDNS_NOSERVER;
        CHECK_INT(code_of(in_vain ? hasty : r, rows[i].name, rows[i].type), rows[i].code);
        if (rows[i].name && rows[i].name[0] && rows[i].code < FROND_EINVAL)
            CHECK_HAS(frond_error_text(), rows[i].name);
    }
    CHECK_INT(code_of(r, "nodata.test", FROND_DNS_MX), FROND_EDNS_NODATA);
    CHECK_HAS(frond_error_text(), "no such record");
    int code = code_of(hasty, "garbage.test", FROND_DNS_A);
    CHECK(code == FROND_EDNS_BADRESP || code == FROND_EDNS_NOSERVER ||
          code == FROND_EDNS_SERVFAIL);
    CHECK_INT(code_of(r, "rec.test", FROND_DNS_MX), 0);
    CHECK_INT(frond_dns_query(r, "rec.test", 1, NULL, FROND_NOW), FROND_EINVAL);
    frond_resolver_free(hasty);
    frond_resolver_free(r);
    fake_dns_stop(&server);
}

static void test_cname_loops_end(void) {
    frond_addrs *found = NULL;
    fake_dns_start(&server);
    frond_resolver *r = resolver((frond_resolver_options){.search = ""});
    CHECK_INT(frond_resolver_resolve(r, "cnameloop.test", 1, FROND_UNSPEC, &found,
                                     frond_in(20000)),
              FROND_EDNS_NODATA);
    frond_resolver_free(r);
    fake_dns_stop(&server);
}

static void test_edns_and_tcp(void) {
    fake_dns_start(&server);
    frond_resolver *r = resolver((frond_resolver_options){.edns_size = 1232});
    CHECK_INT(code_of(r, "rec.test", FROND_DNS_MX), 0);
    CHECK(server.edns);
    frond_dns_records *a =
        query(r, "big.test", FROND_DNS_A); /* truncated: asked again by TCP */
    CHECK_INT(frond_dns_records_count(a), 40);
    CHECK_INT(server.over_tcp, 1);
    frond_dns_records_free(a);
    frond_resolver_free(r);
    r = resolver((frond_resolver_options){.use_tcp = 1});
    CHECK_INT(code_of(r, "rec.test", FROND_DNS_MX), 0);
    CHECK(!server.edns);
    CHECK_INT(server.over_tcp, 2);
    frond_resolver_free(r);
    fake_dns_stop(&server);
}

/* ---- the cache ---- */

static void test_kept(void) {
    frond_clock_virtual(1);
    frond_dns_stats s;
    fake_dns_start(&server);
    frond_resolver *r = resolver((frond_resolver_options){0});
    frond_dns_records *one = query(r, "rec.test", FROND_DNS_MX);
    frond_dns_records *two = query(r, "REC.test", FROND_DNS_MX);
    CHECK(one == two); /* the same ones, without a copy */
    frond_dns_records_free(one);
    frond_dns_records_free(two);
    CHECK_INT(code_of(r, "nxsoa.test", FROND_DNS_MX), FROND_EDNS_NOTFOUND);
    CHECK_INT(code_of(r, "nodatasoa.test", FROND_DNS_MX), FROND_EDNS_NODATA);
    frond_sleep(6999);
    CHECK_INT(code_of(r, "nxsoa.test", FROND_DNS_MX), FROND_EDNS_NOTFOUND);
    CHECK_INT(code_of(r, "nodatasoa.test", FROND_DNS_MX), FROND_EDNS_NODATA);
    CHECK_INT(frond_resolver_queries(r), 3);
    frond_sleep(1);
    CHECK_INT(code_of(r, "nxsoa.test", FROND_DNS_MX), FROND_EDNS_NOTFOUND);
    CHECK_INT(frond_resolver_queries(r), 4);
    CHECK_INT(frond_resolver_stats(r, &s), 0);
    CHECK_INT(s.hits, 3);
    CHECK_INT(s.negative, 2);
    CHECK_INT(s.misses, 4);
    CHECK_INT(s.entries, 3);
    CHECK_INT(frond_resolver_flush_name(r, "Rec.TEST"), 1);
    CHECK_INT(frond_resolver_flush_name(r, "rec.test"), 0);
    CHECK_INT(code_of(r, "rec.test", FROND_DNS_MX), 0);
    CHECK_INT(frond_resolver_queries(r), 5);
    CHECK_INT(frond_resolver_flush_name(r, "a..b"), FROND_EDNS_BADNAME);
    CHECK_INT(frond_resolver_flush_name(r, NULL), FROND_EINVAL);
    CHECK_INT(frond_resolver_flush_name(NULL, "a"), FROND_EINVAL);
    CHECK_INT(frond_resolver_stats(r, NULL), FROND_EINVAL);
    CHECK_INT(frond_resolver_stats(NULL, &s), FROND_EINVAL);
    frond_resolver_free(r);
    fake_dns_stop(&server);
}

static void test_names_in_other_scripts(void) {
    fake_dns_start(&server);
    frond_resolver *r = resolver((frond_resolver_options){0});
    int code = code_of(r,
                       "b\xc3\xbc"
                       "cher.test",
                       FROND_DNS_A);
    if (code == FROND_EDNS_BADNAME)
        CHECK_HAS(frond_error_text(), "without libidn2");
    else
        CHECK_TEXT(server.last, "xn--bcher-kva.test");
    frond_resolver_free(r);
    fake_dns_stop(&server);
}

static void test_parse_misuse(void) {
    frond_dns_records *found = NULL;
    CHECK_INT(frond_dns_parse(NULL, 0, 1, 0, &found), FROND_EINVAL);
    CHECK_INT(frond_dns_parse("", 0, 1, 0, &found), FROND_EDNS_BADRESP);
    CHECK_INT(frond_dns_parse("", 0, 0, 0, &found), FROND_EINVAL);
    CHECK_INT(frond_dns_parse("", 0, 1, 0, NULL), FROND_EINVAL);
    CHECK_INT(frond_dns_records_count(NULL), 0);
    CHECK(frond_dns_records_at(NULL, 0) == NULL);
}

/* ---- memory: the nth allocation fails, and the answer is an error or whole ---- */

static void sweep_part(void) {
    static const int types[] = {FROND_DNS_TXT, FROND_DNS_NAPTR, FROND_DNS_HTTPS};
    frond_resolver *r = NULL;
    frond_resolver_options o = {.servers = server.address, .search = "x"};
    if (frond_resolver_new(&o, &r) < 0)
        return;
    for (size_t i = 0; i < 3; i++) {
        unsigned char ask[] = {0,
                               1,
                               1,
                               0,
                               0,
                               1,
                               0,
                               0,
                               0,
                               0,
                               0,
                               0,
                               3,
                               'r',
                               'e',
                               'c',
                               0,
                               0,
                               (unsigned char)types[i],
                               0,
                               1};
        unsigned char answer[1500];
        frond_dns_records *found = NULL;
        size_t n =
            fake_dns_answer(&server, ask, sizeof ask, false, answer, sizeof answer);
        int rc = frond_dns_parse(answer, n, types[i], 1, &found);
        CHECK(rc == 0 || rc == FROND_ENOMEM || rc == FROND_EDNS_NODATA);
        if (rc == 0)
            frond_dns_records_free(found);
    }
    frond_resolver_free(r);
}

static void test_every_allocation_fails_once(void) {
    memset(&server, 0, sizeof server);
    strcpy(server.address, "127.0.0.1:1");
    memory_sweep(sweep_part);
}

static const test_case tests[] = {
    {"addresses and names", test_addresses_and_names},
    {"mail and text", test_mail_and_text},
    {"naptr, caa, uri, tlsa", test_naptr_caa_uri_tlsa},
    {"svcb and https", test_svcb_and_https},
    {"srv by weight", test_srv_by_weight},
    {"errors", test_errors},
    {"cname loops end", test_cname_loops_end},
    {"edns and tcp", test_edns_and_tcp},
    {"kept", test_kept},
    {"names in other scripts", test_names_in_other_scripts},
    {"parse misuse", test_parse_misuse},
    {"every allocation fails once", test_every_allocation_fails_once},
    {0}};

int main(int argc, char **argv) {
    return test_main("record", tests, argc, argv);
}
