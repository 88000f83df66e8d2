/* SPDX-License-Identifier: MIT */
/* A machine of the test's own, as far as names go: a network with nothing but loopback, where the test is the name
 * server, and a folder /etc of its own.  So frond can be compared with libc about names, and the files changed.
 * Both need a kernel that lets us. */
#include "support.h"

#include "fake_server.h"
#include "libc.h"
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static fake_dns server;

/* ---- the machine ---- */

static void must(bool done, const char *what) {
    char said[200];
    snprintf(said, sizeof said, "%s: %s", what, strerror(errno));
    if (!done)
        test_skip(said);
}

static void loopback_up(void) {
    struct ifreq lo = {.ifr_name = "lo"};
    int s = socket(AF_INET, SOCK_DGRAM, 0);
    must(s >= 0 && ioctl(s, SIOCGIFFLAGS, &lo) == 0, "loopback");
    lo.ifr_flags |= IFF_UP;
    must(ioctl(s, SIOCSIFFLAGS, &lo) == 0, "loopback");
    close(s);
}

static void write_file(const char *name, const char *text) {
    char path[100];
    snprintf(path, sizeof path, "/etc/%s", name);
    FILE *f = fopen(path, "w");
    must(f && fputs(text, f) >= 0 && fclose(f) == 0, path);
}

static void copy_services(char *text, size_t cap) {
    FILE *f = fopen("/etc/services", "r");
    size_t n = f ? fread(text, 1, cap - 1, f) : 0;
    text[n] = '\0';
    if (f)
        fclose(f);
}

static const char hosts[] = "127.0.0.1 localhost\n"
                            "::1 localhost\n"
                            "192.0.2.20 one.hosts.test one\n"
                            "2001:db8::20 six.hosts.test\n"
                            "192.0.2.21 two.hosts.test\n"
                            "192.0.2.23 three.hosts.test three trois\n"
                            "192.0.2.24 drei.hosts.test three drei\n"
                            "2001:db8::21 two.hosts.test\n";

static void make_machine(void) {
    static char services[100000];
    copy_services(services, sizeof services);
    must(unshare(CLONE_NEWNS | CLONE_NEWNET) == 0, "unshare");
    must(mount("none", "/", "none", MS_REC | MS_PRIVATE, "") == 0, "private mounts");
    must(mount("none", "/etc", "tmpfs", 0, "") == 0, "mount over /etc");
    loopback_up();
    write_file("services", services);
    write_file("hosts", hosts);
    write_file("host.conf",
               "multi on\n"); /* libc takes more than one line, as Debian has it */
    write_file("nsswitch.conf", "hosts: files dns\n");
    write_file("resolv.conf", "nameserver 127.0.0.1\nsearch nx.test find.test\n"
                              "options timeout:20 attempts:1\n");
}

/* ---- the same as glibc; others have rules of their own ---- */

#ifdef __GLIBC__
static const question rows[] = {
    {"localhost", "80", 0, 0, 1, 0},
    {"localhost", "80", 0, FROND_IPV6, 1, 0},
    {"one", NULL, FROND_AI_CANONNAME, 0, 1, 0},
    {"ONE.hosts.test", NULL, FROND_AI_CANONNAME, FROND_IPV4, 1, 0},
    {"two.hosts.test", NULL, FROND_AI_CANONNAME, 0, 0, 0},
    {"two.hosts.test", NULL, 0, FROND_IPV6, 1, 0},
    {"two.hosts.test", NULL, FROND_AI_V4MAPPED | FROND_AI_ALL, FROND_IPV6, 1, 0},
    {"one.hosts.test", NULL, FROND_AI_V4MAPPED, FROND_IPV6, 1, 0},
    {"two.hosts.test", NULL, FROND_AI_ADDRCONFIG, 0, 1, 0},
    {"six.hosts.test", "domain", 0, 0, 0, 0},
    {"v4.x.test", "80", FROND_AI_CANONNAME, 0, 1, 0},
    {"v4.x.test.", "80", 0, 0, 1, 0},
    {"v4.x.test", "80", 0, FROND_IPV6, 1, 0},
    {"v4.x.test", "80", FROND_AI_V4MAPPED, FROND_IPV6, 1, 0},
    {"v6.x.test", "80", 0, 0, 1, 0},
    {"both.x.test", "80", 0, 0, 1, 0},
    {"both.x.test", "80", FROND_AI_V4MAPPED | FROND_AI_ALL, FROND_IPV6, 1, 0},
    {"alias.x.test", "80", FROND_AI_CANONNAME, FROND_IPV4, 1, 0},
    {"loop3.x.test", "80", 0, FROND_IPV4, 1, 0},
    {"v4", "80", FROND_AI_CANONNAME, FROND_IPV4, 1, 0},
    {"nx.x.test", "80", 0, 0, 1, 0},
    {"nx", "80", 0, 0, 1, 0},
    {"nodata.x.test", "80", 0, 0, 1, 0},
    {"servfail.x.test", "80", 0, FROND_IPV4, 1, 0},
    {"a b", "80", 0, 0, 1, 0},
    {"a..b", "80", 0, 0, 1, 0},
};

typedef struct {
    const question *q;
    char out[TEXT];
} asked;

static int run_libc(void *arg) {
    asked *a = arg;
    ask_libc(a->q, a->out);
    return 0;
}

static void compare(frond_resolver *r) {
    static asked theirs;
    static char ours[TEXT];
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int ran;
        theirs.q = &rows[i];
        frond_threadpool_run(frond_threadpool_class(FROND_THREADS_DNS), run_libc, &theirs,
                             NULL, &ran, frond_in(30000));
        ask_frond(r, &rows[i], ours);
        CHECK_TEXT(ours, theirs.out);
        if (strcmp(ours, theirs.out) != 0)
            printf("  row %zu: host %s flags %d family %d\n", i, rows[i].host,
                   rows[i].flags, rows[i].family);
    }
}

static void test_case_84_same_as_libc(void) {
    frond_resolver *r = NULL;
    fake_dns_start_at(&server, 53);
    CHECK_INT(frond_resolver_new(NULL, &r), 0);
    compare(r);
    frond_resolver_free(r);
    fake_dns_stop(&server);
}

/* Not localhost: glibc takes ::1 for 127.0.0.1 once more. */
static const char *const names[] = {"one",
                                    "one.hosts.test",
                                    "two.hosts.test",
                                    "three",
                                    "three.hosts.test",
                                    "drei",
                                    "six.hosts.test",
                                    "v4.x.test",
                                    "v4.x.test.",
                                    "alias.x.test",
                                    "loop3.x.test",
                                    "v4",
                                    "nx.x.test",
                                    "nodata.x.test",
                                    "192.0.2.5",
                                    "127.1",
                                    "cnames.x.test"};

typedef struct {
    const char *name;
    char out[TEXT];
} asked_host;

static int run_libc_host(void *arg) {
    asked_host *a = arg;
    ask_libc_host(a->name, a->out);
    return 0;
}

static void test_case_84_hosts_same_as_libc(void) {
    static asked_host theirs;
    static char ours[TEXT];
    frond_resolver *r = NULL;
    fake_dns_start_at(&server, 53);
    CHECK_INT(frond_resolver_new(NULL, &r), 0);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        int ran;
        theirs.name = names[i];
        frond_threadpool_run(frond_threadpool_class(FROND_THREADS_DNS), run_libc_host,
                             &theirs, NULL, &ran, frond_in(30000));
        ask_frond_host(r, names[i], ours);
        CHECK_TEXT(ours, theirs.out);
    }
    frond_resolver_free(r);
    fake_dns_stop(&server);
}

/* The policy `system` is libc, on a thread. */
static void test_system_is_libc(void) {
    frond_resolver *r = NULL;
    frond_resolver_options o = {.policy = FROND_DNS_SYSTEM};
    fake_dns_start_at(&server, 53);
    CHECK_INT(frond_resolver_new(&o, &r), 0);
    compare(r);
    frond_resolver_free(r);
    fake_dns_stop(&server);
}
#endif

static void test_reverse(void) {
    frond_addr a;
    frond_host *h = NULL;
    frond_resolver *r = NULL;
    char host[100], *name = NULL;
    fake_dns_start_at(&server, 53);
    CHECK_INT(frond_resolver_new(NULL, &r), 0);
    frond_addr_parse(&a, "::ffff:192.0.2.1",
                     80); /* as a listener of both families has it */
    CHECK_INT(frond_getnameinfo(r, &a, FROND_NI_NAMEREQD, host, sizeof host, NULL, 0,
                                frond_in(20000)),
              0);
    CHECK_TEXT(host, "ptr.test");
    CHECK_TEXT(server.last, "1.2.0.192.in-addr.arpa");
    CHECK_INT(frond_gethostbyaddr(r, &a, &h, frond_in(20000)), 0);
    CHECK_TEXT(h->name, "ptr.test");
    CHECK(frond_addr_equal(
        &h->addrs[0],
        &(frond_addr){.family = FROND_IPV6, .ip = {[10] = 255, 255, 192, 0, 2, 1}}));
    frond_host_free(h);
    frond_addr_parse(&a, "192.0.2.1", 80);
    CHECK_INT(frond_getnameinfo(r, &a, FROND_NI_NAMEREQD, host, sizeof host, NULL, 0,
                                frond_in(20000)),
              0);
    CHECK_TEXT(host, "ptr.test");
    CHECK_TEXT(server.last, "1.2.0.192.in-addr.arpa");
    CHECK_INT(frond_gethostbyaddr(r, &a, &h, frond_in(20000)), 0);
    CHECK_TEXT(h->name, "ptr.test");
    frond_host_free(h);
    frond_addr_parse(&a, "2001:db8::9", 80);
    CHECK_INT(frond_gethostbyaddr(r, &a, &h, frond_in(20000)), FROND_EDNS_NOTFOUND);
    CHECK_TEXT(
        server.last,
        "9.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa");
    CHECK_INT(frond_getfqdn(r, "v4.x.test", &name, frond_in(20000)), 0);
    CHECK_TEXT(name, "ptr.test");
    frond_free(name);
    frond_resolver_free(r);
    fake_dns_stop(&server);
}

/* ---- changes ---- */

typedef struct {
    frond_resolver *resolver;
    const char *name, *ip; /* ip NULL: none */
} expected;

static bool is_so(void *arg) {
    expected *e = arg;
    frond_addr a;
    char ip[FROND_ADDR_TEXT];
    int rc = frond_gethostbyname(e->resolver, e->name, &a, frond_in(20000));
    if (!e->ip)
        return rc < 0;
    return rc == 0 && strcmp(frond_addr_format_ip(&a, ip, sizeof ip), e->ip) == 0;
}

static void becomes(frond_resolver *r, const char *name, const char *ip) {
    expected e = {r, name, ip};
    CHECK(eventually(is_so, &e));
}

static void test_demand_26_files_change(void) {
    frond_resolver *r = NULL;
    frond_dns_stats s;
    fake_dns other;
    fake_dns_start_at(&server, 53);
    fake_dns_start(&other);
    CHECK_INT(frond_resolver_new(NULL, &r), 0);
    becomes(r, "v4.x.test", "192.0.2.1");
    write_file("hosts", "192.0.2.99 v4.x.test\n"); /* written in place */
    becomes(r, "v4.x.test", "192.0.2.99");
    write_file("hosts.new", "192.0.2.98 v4.x.test\n");
    CHECK_INT(rename("/etc/hosts.new", "/etc/hosts"), 0); /* another in its place */
    becomes(r, "v4.x.test", "192.0.2.98");
    CHECK_INT(unlink("/etc/hosts"), 0);
    becomes(r, "v4.x.test", "192.0.2.1");
    write_file("hosts", "192.0.2.97 v4.x.test\n"); /* there was none */
    becomes(r, "v4.x.test", "192.0.2.97");
    write_file("hosts", hosts);
    write_file("resolv.conf", "nameserver 127.0.0.7\noptions timeout:1 attempts:1\n");
    becomes(r, "v4.y.test", NULL); /* nobody is there */
    write_file("real.conf", "nameserver 127.0.0.1\n");
    CHECK_INT(unlink("/etc/resolv.conf"), 0);
    CHECK_INT(symlink("real.conf", "/etc/resolv.conf"), 0); /* by a link */
    becomes(r, "v4.y.test", "192.0.2.1");
    write_file("nsswitch.conf", "hosts: files\n");
    becomes(r, "v4.z.test", NULL);
    write_file("nsswitch.conf", "hosts: dns files\n"); /* servers first */
    write_file("hosts", "192.0.2.96 v4.w.test nx.w.test\n");
    becomes(r, "v4.w.test", "192.0.2.1");
    becomes(r, "nx.w.test", "192.0.2.96");
    CHECK_INT(frond_resolver_stats(r, &s), 0);
    CHECK(s.reloads >= 8);
    frond_resolver_free(r);
    CHECK_INT(unlink("/etc/resolv.conf"), 0);
    write_file("nsswitch.conf", "hosts: files dns\n");
    write_file("hosts", hosts);
    write_file("resolv.conf", "nameserver 127.0.0.1\nsearch nx.test find.test\n"
                              "options timeout:20 attempts:1\n");
    fake_dns_stop(&other);
    fake_dns_stop(&server);
}

static const char *call_name;
static int call_code;

static void *call(void *r) {
    frond_addr a;
    call_code = frond_gethostbyname(r, call_name, &a, frond_in(20000));
    return NULL;
}

/* The settings change while lookups are under way: those are answered by the channel of before, which then goes. */
static void test_settings_change_during_lookups(void) {
    frond_resolver *r = NULL;
    fake_dns_start_at(&server, 53);
    for (int i = 0; i < 3; i++) {
        CHECK_INT(frond_resolver_new(NULL, &r), 0);
        call_name = i == 2 ? "silent.x.test" : "slow.x.test";
        frond_greenlet *g = frond_spawn(call, r);
        frond_sleep(20);
        char changed[sizeof hosts + 40];
        snprintf(changed, sizeof changed, "%s192.0.2.%d changed.test\n", hosts, 30 + i);
        char ip[40];
        snprintf(ip, sizeof ip, "192.0.2.%d", 30 + i);
        write_file("hosts", changed);
        becomes(r, "changed.test", ip);
        if (i == 2) { /* freed, too, before the answer */
            frond_kill(g, FROND_EXIT, frond_in(20000));
            frond_resolver_free(r);
        }
        CHECK_INT(frond_join(g, frond_in(20000)), 0);
        CHECK_INT(call_code, i == 2 ? FROND_ECANCELED : 0);
        frond_release(g);
        if (i != 2)
            frond_resolver_free(r);
    }
    write_file("hosts", hosts);
    fake_dns_stop(&server);
}

/* A watch keeps no hub: with nothing else to come, a wait for ever is still seen to be one. */
static void test_watch_keeps_no_hub(void) {
    frond_resolver *r = NULL;
    frond_event never = FROND_EVENT_INIT;
    CHECK_INT(frond_resolver_new(NULL, &r), 0);
    capture_begin();
    CHECK_INT(frond_event_wait(&never, FROND_NEVER), FROND_EDEADLK);
    capture_end();
    CHECK_INT(frond_hub_join(FROND_NEVER), 0);
    frond_resolver_free(r);
}

static const test_case tests[] = {
#ifdef __GLIBC__
    {"case 84 same as libc", test_case_84_same_as_libc},
    {"case 84 hosts same as libc", test_case_84_hosts_same_as_libc},
    {"system is libc", test_system_is_libc},
#endif
    {"reverse", test_reverse},
    {"demand 26 files change", test_demand_26_files_change},
    {"settings change during lookups", test_settings_change_during_lookups},
    {"watch keeps no hub", test_watch_keeps_no_hub},
    {0}};

int main(int argc, char **argv) {
    make_machine();
    return test_main("system", tests, argc, argv);
}
