/* SPDX-License-Identifier: MIT */
/* getaddrinfo and its kin: without any server, the same answers as libc's on this machine. */
#include "support.h"

#include "libc.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A resolver whose server nobody is: every lookup that got out would fail. */
static frond_resolver *resolver(const char *hosts) {
    frond_resolver *r = NULL;
    frond_resolver_options o = {.servers = "127.0.0.1:1",
                                .timeout_ms = 50,
                                .tries = 1,
                                .hosts = hosts,
                                .search = ""};
    CHECK_INT(frond_resolver_new(&o, &r), 0);
    return r;
}

#ifdef __GLIBC__
static const question rows[] = {
    {"127.0.0.1", NULL, 0, 0, 0, 0},
    {"127.0.0.1", "80", 0, 0, 0, 0},
    {"127.0.0.1", "http", 0, 0, 0, 0},
    {"127.0.0.1", "http", 0, 0, 1, 0},
    {"127.0.0.1", "http", 0, 0, 2, 0},
    {"127.0.0.1", "domain", 0, 0, 0, 0},
    {"127.0.0.1", "domain", 0, 0, 0, 17},
    {"127.0.0.1", "no-such-service", 0, 0, 0, 0},
    {"127.0.0.1", "no-such-service", 0, 0, 1, 0},
    {"127.0.0.1", "http", FROND_AI_NUMERICSERV, 0, 1, 0},
    {"127.0.0.1", "80", FROND_AI_NUMERICSERV, 0, 1, 0},
    {"127.0.0.1", "0", 0, 0, 1, 0},
    {"127.0.0.1", "65535", 0, 0, 1, 0},
    {"127.0.0.1", "*", 0, 0, 1, 0},
    {"127.0.0.1", "80", 0, 0, 3, 0},
    {"127.0.0.1", NULL, 0, 0, 3, 0},
    {"127.0.0.1", NULL, 0, 0, 3, 1},
    {"127.0.0.1", NULL, 0, 0, 0, 6},
    {"127.0.0.1", NULL, 0, 0, 1, 17},
    {"127.0.0.1", NULL, 0, 0, 99, 0},
    {"127.0.0.1", "80", 0, FROND_IPV4, 1, 0},
    {"127.0.0.1", "80", 0, FROND_IPV6, 1, 0},
    {"127.0.0.1", "80", FROND_AI_V4MAPPED, FROND_IPV6, 1, 0},
    {"127.0.0.1", "80", FROND_AI_V4MAPPED | FROND_AI_ALL, FROND_IPV6, 1, 0},
    {"127.0.0.1", "80", 1 << 20, 0, 1, 0},
    {"127.0.0.1", "80", 0, 55, 1, 0},
    {"127.0.0.1", NULL, FROND_AI_CANONNAME, 0, 1, 0},
    {"127.1", NULL, 0, 0, 1, 0},
    {"127.1", NULL, FROND_AI_CANONNAME, 0, 1, 0},
    {"0x7f.1", NULL, 0, 0, 1, 0},
    {"0177.1", NULL, 0, 0, 1, 0},
    {"0x7f000001", NULL, 0, 0, 1, 0},
    {"2130706433", NULL, FROND_AI_NUMERICHOST, 0, 1, 0},
    {"1.2.3", NULL, 0, 0, 1, 0},
    {"1.2.65535", NULL, 0, 0, 1, 0},
    {"1.2.65536", NULL, FROND_AI_NUMERICHOST, 0, 1, 0},
    {"1.256.3", NULL, FROND_AI_NUMERICHOST, 0, 1, 0},
    {"1.2.3.4.5", NULL, FROND_AI_NUMERICHOST, 0, 1, 0},
    {"1.2.3.", NULL, FROND_AI_NUMERICHOST, 0, 1, 0},
    {"1..2", NULL, FROND_AI_NUMERICHOST, 0, 1, 0},
    {"08.1.1.1", NULL, FROND_AI_NUMERICHOST, 0, 1, 0},
    {"4294967296", NULL, FROND_AI_NUMERICHOST, 0, 1, 0},
    {"", NULL, FROND_AI_NUMERICHOST, 0, 1, 0},
    {"localhost", NULL, FROND_AI_NUMERICHOST, 0, 1, 0},
    {"[::1]", NULL, FROND_AI_NUMERICHOST, 0, 1, 0},
    {"::1", "443", 0, 0, 1, 0},
    {"::1", "443", 0, FROND_IPV4, 1, 0},
    {"::ffff:1.2.3.4", NULL, 0, 0, 1, 0},
    {"::ffff:1.2.3.4", NULL, 0, FROND_IPV4, 1, 0},
    {"2001:db8::1:", NULL, FROND_AI_NUMERICHOST, 0, 1, 0},
    {"fe80::1%lo", "80", 0, 0, 1, 0},
    {"fe80::1%1", "80", 0, 0, 1, 0},
    {"fe80::1%lo", NULL, FROND_AI_CANONNAME, FROND_IPV6, 1, 0},
    {"fe80::1%nosuchif", NULL, FROND_AI_NUMERICHOST, 0, 1, 0},
    {"ff02::1%lo", NULL, 0, 0, 1, 0},
    {"::1%lo", NULL, FROND_AI_NUMERICHOST, 0, 1, 0},
    {"::1%1", NULL, FROND_AI_NUMERICHOST, 0, 1, 0},
    {NULL, "80", 0, 0, 0, 0},
    {NULL, "80", 0, 0, 1, 0},
    {NULL, "80", FROND_AI_PASSIVE, 0, 1, 0},
    {NULL, "80", FROND_AI_PASSIVE, FROND_IPV4, 1, 0},
    {NULL, "80", FROND_AI_PASSIVE, FROND_IPV6, 1, 0},
    {NULL, "80", 0, FROND_IPV6, 1, 0},
    {NULL, "80", FROND_AI_CANONNAME, 0, 1, 0},
    {NULL, NULL, 0, 0, 1, 0},
    {"*", "80", 0, 0, 1, 0},
    {"*", "*", 0, 0, 1, 0},
    {"localhost", "80", 0, FROND_IPV4, 1, 0},
    {"LocalHost", "80", FROND_AI_CANONNAME, FROND_IPV4, 1, 0},
    {"localhost", "80", FROND_AI_ADDRCONFIG, FROND_IPV4, 1, 0},
    {"127.0.0.1", "80", FROND_AI_ADDRCONFIG, 0, 1, 0},
    {"::1", "80", FROND_AI_ADDRCONFIG, 0, 1, 0},
};

static void test_case_84_same_as_libc(void) {
    static char ours[TEXT], theirs[TEXT];
    frond_resolver *r = resolver(NULL);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const question *q = &rows[i];
        if (q->service && !q->service[strspn(q->service, "abcdefghijklmnopqrstuvwxyz")] &&
            frond_getservbyname("http", NULL) < 0)
            continue; /* no list of services here */
        ask_libc(q, theirs);
        ask_frond(r, q, ours);
        CHECK_TEXT(ours, theirs);
        if (strcmp(ours, theirs) != 0)
            printf("  row %zu: host %s service %s flags %d family %d type %d\n", i,
                   q->host ? q->host : "(null)", q->service ? q->service : "(null)",
                   q->flags, q->family, q->socktype);
    }
    frond_resolver_free(r);
}
#endif

static void test_errors(void) {
    frond_addrinfo *list = NULL;
    frond_resolver *r = resolver(NULL);
    frond_addrinfo_hints strange = {.reserved = {1}};
    CHECK_INT(frond_getaddrinfo(r, "127.0.0.1", "65536", NULL, &list, FROND_NEVER),
              FROND_EINVAL);
    CHECK_HAS(frond_error_text(), "port is not 0 .. 65535");
    CHECK_INT(frond_getaddrinfo(r, "127.0.0.1", "99999999999999999999", NULL, &list,
                                FROND_NEVER),
              FROND_EINVAL);
    CHECK_INT(frond_getaddrinfo(r, "a b", "80", NULL, &list, FROND_NEVER),
              FROND_EDNS_BADNAME);
    CHECK_HAS(frond_error_text(), "not a valid name");
    CHECK_INT(frond_getaddrinfo(r, "127.0.0.1", "80", NULL, NULL, FROND_NEVER),
              FROND_EINVAL);
    CHECK_INT(frond_getaddrinfo(r, "127.0.0.1", "80", &strange, &list, FROND_NEVER),
              FROND_EINVAL);
    CHECK_INT(frond_getaddrinfo(r, "1.2.3.4.5", "80", NULL, &list, FROND_NEVER),
              FROND_EDNS_NOSERVER);
    CHECK_INT(frond_getaddrinfo(r, "somewhere.test", "80", NULL, &list, FROND_NOW),
              FROND_ETIMEDOUT);
    frond_addrinfo_free(NULL);
    frond_resolver_free(r);
}

/* ---- the hosts file ---- */

static const char *hosts_file(const char *text) {
    static char path[600];
    test_path(path, sizeof path, "hosts-netdb");
    FILE *f = fopen(path, "wb");
    CHECK(f && fputs(text, f) >= 0 && fclose(f) == 0);
    return path;
}

static const char hosts_text[] = "# comment\n"
                                 "192.0.2.7  full.example.test short other # more\r\n"
                                 "\t2001:db8::7 six.example.test\n"
                                 "192.0.2.8 BOTH.example.test\n"
                                 "2001:db8::8 both.example.test\n"
                                 "not-an-address x.example.test\n"
                                 "192.0.2.9\n"
                                 "192.0.2.10 last.example.test";

static void test_hosts(void) {
    frond_addr a;
    frond_host *h = NULL;
    char text[FROND_ADDR_TEXT], *name = NULL, host[100], service[40];
    frond_resolver *r = resolver(hosts_file(hosts_text));
    CHECK_INT(frond_gethostbyname(r, "short", &a, FROND_NOW), 0);
    CHECK_TEXT(frond_addr_format_ip(&a, text, sizeof text), "192.0.2.7");
    CHECK_INT(frond_gethostbyname(r, "last.example.test.", &a, FROND_NOW), 0);
    CHECK_INT(frond_gethostbyname(r, "six.example.test", &a, FROND_NOW),
              FROND_EDNS_NODATA);
    CHECK_INT(frond_gethostbyname(r, "127.1", &a, FROND_NOW), 0);
    CHECK_INT(frond_gethostbyname(r, "::1", &a, FROND_NOW), FROND_EDNS_NODATA);
    CHECK_INT(frond_gethostbyname_ex(r, "other", &h, FROND_NOW), 0);
    CHECK_TEXT(h->name, "full.example.test");
    CHECK_TEXT(h->aliases[0], "short");
    CHECK_TEXT(h->aliases[1], "other");
    CHECK(h->aliases[2] == NULL);
    CHECK_INT(h->n_addrs, 1);
    frond_host_free(h);
    CHECK_INT(frond_gethostbyname_ex(r, "10.1", &h, FROND_NOW), 0);
    CHECK_TEXT(h->name, "10.1");
    CHECK_TEXT(frond_addr_format_ip(&h->addrs[0], text, sizeof text), "10.0.0.1");
    frond_host_free(h);
    frond_addr_parse(&a, "::ffff:192.0.2.7", 22);
    CHECK_INT(frond_gethostbyaddr(r, &a, &h, FROND_NOW), 0);
    CHECK_TEXT(h->name, "full.example.test");
    CHECK_INT(h->addrs[0].family, FROND_IPV6);
    frond_host_free(h);
    frond_addr_parse(&a, "2001:db8::8", 22);
    CHECK_INT(frond_gethostbyaddr(r, &a, &h, FROND_NOW), 0);
    CHECK_TEXT(h->name, "both.example.test");
    frond_host_free(h);
    CHECK_INT(frond_getnameinfo(r, &a, 0, host, sizeof host, service, sizeof service,
                                FROND_NOW),
              0);
    CHECK_TEXT(host, "both.example.test");
    CHECK_INT(frond_getnameinfo(r, &a, FROND_NI_NUMERICHOST | FROND_NI_NUMERICSERV, host,
                                sizeof host, service, sizeof service, FROND_NOW),
              0);
    CHECK_TEXT(host, "2001:db8::8");
    CHECK_TEXT(service, "22");
    CHECK_INT(frond_getfqdn(r, "short", &name, FROND_NOW), 0);
    CHECK_TEXT(name, "full.example.test");
    frond_free(name);
    frond_resolver_free(r);
}

static void test_nameinfo_errors(void) {
    frond_addr a, unix_addr = {.family = FROND_UNIX};
    frond_host *h = NULL;
    char host[100], service[40], tiny[4];
    frond_resolver *r = resolver(NULL);
    frond_addr_parse(&a, "192.0.2.77", 60999);
    CHECK_INT(frond_getnameinfo(r, &a, 0, host, sizeof host, service, sizeof service,
                                frond_in(20000)),
              0);
    CHECK_TEXT(host, "192.0.2.77");
    CHECK_TEXT(service, "60999");
    CHECK_INT(frond_getnameinfo(r, &a, FROND_NI_NAMEREQD, host, sizeof host, NULL, 0,
                                frond_in(20000)),
              FROND_EDNS_NOSERVER);
    CHECK_INT(frond_getnameinfo(r, &a, FROND_NI_NAMEREQD | FROND_NI_NUMERICHOST, host,
                                sizeof host, NULL, 0, FROND_NOW),
              FROND_EDNS_NOTFOUND);
    CHECK_INT(frond_getnameinfo(r, &a, FROND_NI_NUMERICHOST, tiny, sizeof tiny, NULL, 0,
                                FROND_NOW),
              FROND_ENOBUFS);
    CHECK_INT(frond_getnameinfo(r, &a, 0, NULL, 0, NULL, 0, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_getnameinfo(r, &a, 1 << 9, host, sizeof host, NULL, 0, FROND_NOW),
              FROND_EINVAL);
    CHECK_INT(frond_getnameinfo(r, NULL, 0, host, sizeof host, NULL, 0, FROND_NOW),
              FROND_EINVAL);
    CHECK_INT(frond_getnameinfo(r, &unix_addr, 0, host, sizeof host, NULL, 0, FROND_NOW),
              FROND_EAFNOSUPPORT);
    CHECK_INT(frond_gethostbyaddr(r, &unix_addr, &h, FROND_NOW), FROND_EAFNOSUPPORT);
    CHECK_INT(frond_gethostbyaddr(r, &a, NULL, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_gethostbyname(r, NULL, &a, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_gethostbyname_ex(r, NULL, &h, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_getfqdn(r, NULL, NULL, FROND_NOW), FROND_EINVAL);
    frond_addr_parse(&a, "127.0.0.1", 0);
    CHECK_INT(frond_getnameinfo(r, &a, FROND_NI_NAMEREQD, host, sizeof host, NULL, 0,
                                FROND_NOW),
              0);
    CHECK_TEXT(host, "localhost");
    frond_host_free(NULL);
    frond_resolver_free(r);
}

static void test_fqdn_of_nobody(void) {
    char *name = NULL;
    frond_resolver *r = resolver(NULL);
    CHECK_INT(frond_getfqdn(r, "nobody.frond.test", &name, frond_in(20000)), 0);
    CHECK_TEXT(name, "nobody.frond.test");
    frond_free(name);
    CHECK_INT(frond_getfqdn(r, NULL, &name, frond_in(20000)), 0);
    CHECK(name && name[0]);
    frond_free(name);
    frond_resolver_free(r);
}

/* ---- services: gevent#2084, the list is not parsed at each lookup ---- */

static void test_demand_27_services_are_read_once(void) {
    char name[40];
    int port = frond_getservbyname("http", "tcp");
    if (port == FROND_EDNS_SERVICE) {
        printf("no list of services: ");
        return;
    }
    CHECK_INT(port, 80);
    CHECK_INT(frond_getservbyname("www", NULL) == 80 ||
                  frond_error_code() == FROND_EDNS_SERVICE,
              1);
    CHECK_INT(frond_getservbyport(80, "tcp", name, sizeof name), 0);
    CHECK_TEXT(name, "http");
    CHECK_INT(frond_getservbyport(80, "tcp", name, 3), FROND_ENOBUFS);
    CHECK_INT(frond_getservbyname("http", "icmp"), FROND_EINVAL);
    CHECK_INT(frond_getservbyname(NULL, NULL), FROND_EINVAL);
    CHECK_INT(frond_getservbyport(80, NULL, NULL, 0), FROND_EINVAL);
    CHECK_INT(frond_getservbyport(1 << 20, NULL, name, sizeof name), FROND_EDNS_SERVICE);
    CHECK_INT(frond_getservbyname("no-such-service", NULL), FROND_EDNS_SERVICE);
    long blocks = memory_live();
    memory_fail_at(1);
    for (int i = 0; i < 1000; i++)
        frond_getservbyname("http", "tcp");
    CHECK(!memory_failed()); /* no text was read */
    memory_fail_at(0);
    CHECK_INT(memory_live(), blocks);
}

/* ---- memory ---- */

static void sweep_part(void) {
    frond_addrinfo *list = NULL;
    frond_host *h = NULL;
    frond_resolver *r = NULL;
    char *name = NULL, path[600];
    test_path(path, sizeof path, "hosts-netdb");
    frond_resolver_options o = {.servers = "127.0.0.1:1", .hosts = path, .search = "a,b"};
    if (frond_resolver_new(&o, &r) < 0)
        return;
    frond_addrinfo_hints hints = {.flags = FROND_AI_CANONNAME};
    int rc = frond_getaddrinfo(r, "both.example.test", "http", &hints, &list, FROND_NOW);
    CHECK(rc == 0 || rc == FROND_ENOMEM || rc == FROND_EDNS_SERVICE);
    frond_addrinfo_free(list);
    rc = frond_gethostbyname_ex(r, "other", &h, FROND_NOW);
    CHECK(rc == 0 || rc == FROND_ENOMEM);
    if (rc == 0)
        frond_host_free(h);
    rc = frond_getfqdn(r, "short", &name, FROND_NOW);
    CHECK(rc == 0 || rc == FROND_ENOMEM);
    frond_free(name);
    frond_resolver_free(r);
}

static void test_every_allocation_fails_once(void) {
    hosts_file(hosts_text);
    frond_hub_close(frond_in(20000));
    memory_sweep(sweep_part);
}

static const test_case tests[] = {
#ifdef __GLIBC__
    {"case 84 same as libc", test_case_84_same_as_libc},
#endif
    {"errors", test_errors},
    {"hosts", test_hosts},
    {"nameinfo errors", test_nameinfo_errors},
    {"fqdn of nobody", test_fqdn_of_nobody},
    {"demand 27 services are read once", test_demand_27_services_are_read_once},
    {"every allocation fails once", test_every_allocation_fails_once},
    {0}};

int main(int argc, char **argv) {
    return test_main("netdb", tests, argc, argv);
}
