/* SPDX-License-Identifier: MIT */
/* Every system call of dns fails once: a lookup answers right or says why not, nothing hangs or leaks, and the next
 * lookup is right.  The name server is on a thread of its own, whose calls do not fail. */
#include "fail_points.h"

#include "fake_server.h"
#include <frond/dns.h>
#include <frond/fs.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static fake_dns server;
static char hosts_path[600];

/* ---- the server's thread ---- */

static atomic_int state; /* 0: it starts, 1: it serves, 2: it is to end */

static void serve(void *arg) {
    fake_dns_start(arg);
    atomic_store(&state, 1);
    while (atomic_load(&state) == 1)
        frond_sleep(5);
    fake_dns_stop(arg);
    frond_hub_close(frond_in(20000));
}

static void with_server(void (*part)(void)) {
    atomic_store(&state, 0);
    test_thread *t = thread_start(serve, &server);
    while (atomic_load(&state) == 0)
        block_ms(1);
    fail_points_end();
    part(); /* once without: what the server needs only once it has then */
    frond_hub_close(frond_in(20000));
    block_ms(20);
    fail_points_sweep(part);
    atomic_store(&state, 2);
    thread_join(t);
}

/* ---- lookups ---- */

static void write_hosts(const char *text) {
    test_path(hosts_path, sizeof hosts_path, "hosts-fails");
    CHECK_INT(frond_fs_write_file(hosts_path, text, strlen(text), 0, SOON), 0);
}

/* How many addresses it has, or an error. */
static int look_up(frond_resolver *r, const char *name, frond_family family) {
    frond_addrs *found = NULL;
    int rc = frond_resolver_resolve(r, name, 0, family, &found, SOON);
    if (rc < 0)
        return rc;
    rc = (int)frond_addrs_count(found);
    frond_addrs_free(found);
    return rc;
}

static frond_resolver *resolver(frond_resolver_options o) {
    frond_resolver *r = NULL;
    o.servers = server.address;
    o.hosts = hosts_path;
    o.timeout_ms =
        100; /* for what is lost; and enough of them for a slow server's thread */
    o.tries = 4;
    return WORKS(frond_resolver_new(&o, &r)) ? r : NULL;
}

static void look_up_all(frond_resolver *r) {
    frond_dns_records *records = NULL;
    CHECK_INT(look_up(r, "file.test", FROND_IPV4), 1); /* demand 28: not asked for */
    int rc = look_up(r, "v4.test", FROND_IPV4);
    if (WORKS(rc))
        CHECK_INT(rc, 1);
    WORKS(look_up(r, "both.test", FROND_UNSPEC));
    WORKS(look_up(r, "big.test", FROND_IPV4));
    if (WORKS(frond_dns_query(r, "rec.test", FROND_DNS_MX, &records, SOON)))
        frond_dns_records_free(records);
}

static void look_up_by(frond_resolver_options o) {
    frond_resolver *r = resolver(o);
    if (!r)
        return;
    look_up_all(r);
    fail_points_end();
    CHECK_INT(frond_resolver_flush(r), 0);
    CHECK_INT(look_up(r, "v4.test", FROND_IPV4), 1);
    CHECK_INT(look_up(r, "both.test", FROND_UNSPEC), 2);
    CHECK_INT(look_up(r, "big.test", FROND_IPV4), 40);
    CHECK_INT(look_up(r, "file.test", FROND_UNSPEC), 1);
    frond_resolver_free(r);
}

static void by_udp(void) {
    look_up_by((frond_resolver_options){0});
}

static void by_tcp(void) {
    look_up_by((frond_resolver_options){.use_tcp = 1});
}

static void lookups(void) {
    write_hosts("192.0.2.77 file.test\n");
    with_server(by_udp);
    with_server(by_tcp);
}

/* ---- files that change (demand 26) ---- */

static void change(void) {
    frond_resolver *r;
    write_hosts("192.0.2.77 file.test\n");
    if (!(r = resolver((frond_resolver_options){0})))
        return;
    CHECK_INT(look_up(r, "file.test", FROND_UNSPEC), 1);
    write_hosts("192.0.2.77 file.test\n192.0.2.78 file.test\n");
    frond_sleep(10); /* for the loop to be told */
    WORKS(look_up(r, "file.test", FROND_UNSPEC));
    fail_points_end();
    int n = 0;
    for (int i = 0; i < 2000 && n != 2; i++) {
        n = look_up(r, "file.test", FROND_UNSPEC);
        frond_sleep(10); /* where nobody tells, it takes a second */
    }
    CHECK_INT(n, 2);
    frond_resolver_free(r);
}

static void changes(void) {
    with_server(change);
}

/* ---- the rest of the system's files ---- */

static void services_part(void) {
    char name[64];
    int port = frond_getservbyname("http", "tcp");
    if (WORKS(port))
        CHECK_INT(port, 80);
    WORKS(frond_getservbyport(80, "tcp", name, sizeof name));
    fail_points_end();
    CHECK_INT(frond_getservbyname("http", "tcp"), 80);
}

static void own_part(void) {
    frond_addrs *found = NULL;
    frond_addrinfo *list = NULL;
    if (WORKS(frond_resolve("localhost", 80, FROND_UNSPEC, &found, SOON)))
        frond_addrs_free(found);
    frond_addrinfo_hints hints = {.flags = FROND_AI_ADDRCONFIG};
    if (WORKS(frond_getaddrinfo(NULL, "localhost", "80", &hints, &list, SOON)))
        frond_addrinfo_free(list);
    fail_points_end();
    CHECK_INT(frond_resolve("localhost", 80, FROND_IPV4, &found, SOON), 0);
    frond_addrs_free(found);
}

static void files(void) {
    if (access("/etc/services", R_OK) == 0)
        fail_points_sweep(services_part);
    fail_points_sweep(own_part);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"lookups", lookups}, {"changes", changes}, {"files", files}, {NULL, NULL}};
    return test_main("fail_points", tests, argc, argv);
}
