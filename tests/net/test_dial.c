/* SPDX-License-Identifier: MIT */
/* Connecting by name: Happy Eyeballs (RFC 8305), against a name server whose answers come when a test wants, and
 * listeners that do not answer. */
#include "net.h"

#include <frond/timeout.h>
#include <stdio.h>

/* ---- a name server: what it says of A and AAAA, and after how long ---- */

enum { NEVER_MS = -1 };

typedef struct {
    const char *ip[3]; /* NULL: no more */
    int ms;
} reply;

static struct {
    frond_udp *udp;
    frond_greenlet *greenlet;
    frond_resolver *resolver;
    reply a, aaaa;
    int asked_a, asked_aaaa, late;
} names;

typedef struct {
    frond_addr to;
    size_t n;
    unsigned char data[512];
} answer;

static void *send_late(void *arg) {
    answer *p = arg;
    frond_udp_send(names.udp, p->data, p->n, &p->to, frond_in(1000));
    names.late--;
    return NULL;
}

static void add_record(answer *p, bool six, const char *ip) {
    frond_addr a;
    frond_addr_parse(&a, ip, 0);
    unsigned char n = six ? 16 : 4;
    unsigned char head[] = {0xc0, 12, 0, six ? 28 : 1, 0, 1, 0, 0, 0, 60, 0, n};
    memcpy(p->data + p->n, head, sizeof head);
    memcpy(p->data + p->n + sizeof head, a.ip, n);
    p->n += sizeof head + n;
    p->data[7]++;
}

static void *serve_names(void *arg) {
    (void)arg;
    static answer p;
    int64_t n;
    while ((n = frond_udp_receive(names.udp, p.data, 256, &p.to, FROND_NEVER)) > 12) {
        size_t end = 12;
        while (p.data[end])
            end += p.data[end] + 1u;
        bool six = p.data[end + 2] == 28;
        const reply *r = six ? &names.aaaa : &names.a;
        *(six ? &names.asked_aaaa : &names.asked_a) += 1;
        p.n = end + 5;
        p.data[2] = 0x84;
        p.data[3] = 0x80;
        memset(p.data + 6, 0, 6);
        for (int i = 0; i < 3 && r->ip[i]; i++)
            add_record(&p, six, r->ip[i]);
        if (r->ms == NEVER_MS)
            continue;
        answer *copy = malloc(sizeof *copy);
        *copy = p;
        frond_spawn_options o = {.drop = free, .delay_ms = (uint64_t)r->ms};
        names.late++;
        frond_release(frond_spawn_with(&o, send_late, copy));
    }
    return NULL;
}

static void names_start(reply a, reply aaaa) {
    frond_addr where;
    char text[FROND_ADDR_TEXT];
    memset(&names, 0, sizeof names);
    names.a = a;
    names.aaaa = aaaa;
    frond_addr_loopback(&where, FROND_IPV4, 0);
    CHECK_INT(frond_udp_open(&where, &names.udp), 0);
    frond_udp_addr(names.udp, &where);
    frond_resolver_options o = {.servers = frond_addr_format(&where, text, sizeof text),
                                .timeout_ms = 60000}; /* nothing is asked twice */
    CHECK_INT(frond_resolver_new(&o, &names.resolver), 0);
    names.greenlet = frond_spawn(serve_names, NULL);
}

/* Late answers come after the server has ended: it may have begun another when it was told to. */
static void names_stop(void) {
    frond_resolver_free(names.resolver);
    frond_kill(names.greenlet, FROND_EXIT, FROND_NEVER);
    frond_release(names.greenlet);
    while (names.late)
        frond_sleep(1);
    frond_udp_free(names.udp);
}

/* ---- listeners ---- */

static frond_listener *listen_at(const char *ip, int port, frond_addr *at) {
    frond_addr where;
    frond_listener *l = NULL;
    CHECK_INT(frond_addr_parse(&where, ip, port), 0);
    if (frond_tcp_listen(&where, NULL, &l) == 0)
        frond_listener_addr(l, at);
    return l;
}

static bool has_ipv6(void) {
    frond_addr at;
    frond_listener *l = listen_at("::1", 0, &at);
    frond_listener_free(l);
    return l != NULL;
}

static int connect_name(int port, frond_stream **s, frond_deadline d) {
    frond_connect_options o = {.resolver = names.resolver};
    *s = NULL;
    return frond_tcp_connect("some.test.", port, &o, s, d);
}

static void check_peer(frond_stream *s, const char *ip) {
    frond_addr peer;
    char text[FROND_ADDR_TEXT];
    CHECK(s != NULL);
    if (!s)
        return;
    CHECK_INT(frond_stream_peer(s, &peer), 0);
    CHECK_TEXT(frond_addr_format_ip(&peer, text, sizeof text), ip);
}

/* ---- which lookups are waited for ---- */

/* Demand 29: a slow AAAA does not hold back a good A. */
static void demand_29_slow_aaaa_holds_back_nothing(void) {
    frond_addr at;
    frond_listener *l = net_listen(&at);
    frond_stream *s;
    names_start((reply){{"127.0.0.1"}, 0}, (reply){{"::1"}, NEVER_MS});
    int64_t start = frond_now();
    CHECK_INT(connect_name(at.port, &s, frond_in(10000)), 0);
    int64_t ms = (frond_now() - start) / 1000000;
    CHECK_INT(ms, 50);
    check_peer(s, "127.0.0.1");
    CHECK_INT(names.asked_a, 1);
    CHECK_INT(names.asked_aaaa, 1);
    frond_stream_free(s);
    frond_listener_free(l);
    names_stop();
}

/* Both sides: AAAA within the 50 ms comes first where both can be had. */
static void late_aaaa_is_waited_for(void) {
    frond_addr at4, at6;
    frond_listener *four = listen_at("127.0.0.1", 0, &at4);
    frond_listener *six = listen_at("::1", at4.port, &at6);
    frond_stream *s;
    if (six) {
        names_start((reply){{"127.0.0.1"}, 0}, (reply){{"::1"}, 10});
        CHECK_INT(connect_name(at4.port, &s, frond_in(10000)), 0);
        check_peer(s, "::1");
        frond_stream_free(s);
        names_stop();
    }
    frond_listener_free(six);
    frond_listener_free(four);
}

static void aaaa_alone(void) {
    frond_addr at;
    frond_listener *l = listen_at("::1", 0, &at);
    frond_stream *s;
    if (!l)
        return;
    names_start((reply){{NULL}, NEVER_MS}, (reply){{"::1"}, 0});
    CHECK_INT(connect_name(at.port, &s, frond_in(10000)), 0); /* A is not waited for */
    check_peer(s, "::1");
    frond_stream_free(s);
    names_stop();
    names_start((reply){{NULL}, 0}, (reply){{"::1"}, 0});
    CHECK_INT(connect_name(at.port, &s, frond_in(10000)), 0);
    check_peer(s, "::1");
    frond_stream_free(s);
    names_stop();
    frond_listener_free(l);
}

static void of_one_family(void) {
    frond_addr at;
    frond_listener *l = net_listen(&at);
    frond_stream *s;
    names_start((reply){{"127.0.0.1"}, 0}, (reply){{"::1"}, 0});
    frond_connect_options o = {.resolver = names.resolver};
    CHECK_INT(frond_addr_parse(&o.local, "127.0.0.1", 0), 0);
    CHECK_INT(frond_tcp_connect("some.test.", at.port, &o, &s, frond_in(10000)), 0);
    CHECK_INT(names.asked_aaaa, 0);
    frond_stream_free(s);
    frond_listener_free(l);
    names_stop();
}

/* ---- which address is tried when ---- */

static void refused_ones_are_passed_over(void) {
    frond_addr at;
    frond_listener *l = net_listen(&at);
    frond_stream *s;
    names_start((reply){{"127.0.0.1"}, 0},
                (reply){{"::1"}, 0}); /* nobody listens at ::1 */
    int64_t start = frond_now();
    CHECK_INT(connect_name(at.port, &s, frond_in(10000)), 0);
    CHECK(has_ipv6() ? (frond_now() - start) / 1000000 < 200 : true); /* at once */
    check_peer(s, "127.0.0.1");
    frond_stream_free(s);
    frond_listener_free(l);
    names_stop();
}

/* An address that cannot be connected to, or not from here, is no reason to give up the others: a name may have
 * one of a link without its interface, and a firewall may forbid a family. */
static void those_that_cannot_be_are_passed_over(void) {
    static const char *const ips[] = {"fe80::1", "::1"};
    frond_addr at, a;
    frond_listener *l = net_listen(&at);
    frond_stream *s;
    for (int i = 0; i < 2; i++) {
        frond_connect_options o = {.attempt_ms = 1000};
        frond_addrs *list = frond_addrs_new();
        frond_addr_parse(&a, ips[i], at.port);
        frond_addrs_add(list, &a);
        if (i == 1) /* it has no way to the first */
            frond_addr_loopback(&o.local, FROND_IPV4, 0);
        if (i == 1) {
            CHECK_INT(frond_tcp_connect_any(list, "six", &o, &s, frond_in(10000)),
                      FROND_EAFNOSUPPORT);
            CHECK_HAS(frond_error_text(), "six");
        }
        frond_addrs_add(list, &at);
        CHECK_INT(frond_tcp_connect_any(list, "two", &o, &s, frond_in(10000)), 0);
        check_peer(s, "127.0.0.1");
        frond_stream_free(s);
        frond_addrs_free(list);
    }
    frond_listener_free(l);
}

/* One that does not answer is joined by the next; the first to answer has won, the other is given up. */
static void silent_ones_are_joined(void) {
    frond_addr hang, good;
    frond_listener *l, *answers;
    frond_stream *fill[16], *s;
    frond_addrs *list = frond_addrs_new();
    int n = net_fill_backlog(&l, &hang, fill, 16);
    answers = listen_at("127.0.0.1", 0, &good);
    frond_connect_options o = {.fallback_ms = 30};
    frond_addrs_add(list, &hang);
    frond_addrs_add(list, &good);
    int before = descriptors_open();
    int64_t start = frond_now();
    CHECK_INT(frond_tcp_connect_any(list, "two", &o, &s, frond_in(10000)), 0);
    int64_t ms = (frond_now() - start) / 1000000;
    CHECK(n == 16 || ms == 30);
    frond_stream_free(s);
    CHECK(descriptors_open() <= before + 1); /* an epoll of the loop's, perhaps */
    frond_addrs_free(list);
    while (n > 0)
        frond_stream_free(fill[--n]);
    frond_listener_free(l);
    frond_listener_free(answers);
}

static void families_take_turns(void) {
    frond_stream *s;
    frond_addrs *list = frond_addrs_new();
    static const char *const ips[] = {"::1", "::1", "127.0.0.1", "127.0.0.1"};
    for (int i = 0; i < 4; i++) {
        frond_addr a;
        frond_addr_parse(&a, ips[i], 1); /* where nobody listens */
        frond_addrs_add(list, &a);
    }
    CHECK(frond_tcp_connect_any(list, "four", NULL, &s, frond_in(10000)) < 0);
    const char *text = frond_error_text(), *where = text;
    CHECK_HAS(text, "four: connect [::1]:");
    static const char *const order[] = {"[::1]:", "127.0.0.1:", "[::1]:", "127.0.0.1:"};
    for (int i = 0; i < 4 && where; i++) {
        where = strstr(where, order[i]);
        CHECK(where != NULL);
        where = where ? where + 1 : NULL;
    }
    frond_addrs_free(list);
}

/* ---- failures ---- */

static void errors_tell_of_every_attempt(void) {
    frond_stream *s;
    names_start((reply){{"127.0.0.1", "127.0.0.2"}, 0}, (reply){{NULL}, 0});
    CHECK(connect_name(1, &s, frond_in(10000)) < 0);
    CHECK_HAS(frond_error_text(), "some.test.: connect 127.0.0.");
    CHECK_HAS(frond_error_text(), "; connect 127.0.0.");
    names_stop();
    names_start((reply){{NULL}, 0}, (reply){{NULL}, 0});
    CHECK_INT(connect_name(1, &s, frond_in(10000)), FROND_EDNS_NODATA);
    CHECK_HAS(frond_error_text(), "some.test.");
    names_stop();
}

static void time_is_over(void) {
    frond_stream *s, *fill[16];
    frond_addr hang;
    frond_listener *l;
    names_start((reply){{NULL}, NEVER_MS}, (reply){{NULL}, NEVER_MS});
    frond_deadline d = frond_in(60);
    CHECK_INT(connect_name(80, &s, d), FROND_ETIMEDOUT);
    CHECK_HAS(frond_error_text(), "some.test.");
    CHECK(frond_now() >= d.ns);
    CHECK_INT(connect_name(80, &s, FROND_NOW), FROND_ETIMEDOUT);
    names_stop();
    int n = net_fill_backlog(&l, &hang, fill, 16);
    frond_addrs *list = frond_addrs_new();
    frond_addrs_add(list, &hang);
    frond_addrs_add(list, &hang);
    if (n < 16) {
        CHECK_INT(frond_tcp_connect_any(list, "x", NULL, &s, frond_in(30)),
                  FROND_ETIMEDOUT);
        CHECK(
            strstr(frond_error_text(), "no answer yet") || /* an attempt's own time is */
            strstr(frond_error_text(), "timed out"));      /* over at the same moment */
    }
    frond_addrs_free(list);
    while (n > 0)
        frond_stream_free(fill[--n]);
    frond_listener_free(l);
}

static void *connect_and_say(void *arg) {
    frond_stream *s;
    int rc = connect_name(*(int *)arg, &s, FROND_NEVER);
    frond_stream_free(s);
    log_add(frond_error_name(rc));
    return NULL;
}

/* Killed at every moment between the question and the connection. */
static void killed_at_any_time(void) {
    frond_addr at;
    frond_listener *l = net_listen(&at);
    int port = at.port;
    for (int turns = 0; turns < 40; turns++) {
        names_start((reply){{"127.0.0.1", "127.0.0.2"}, 0}, (reply){{"::1"}, turns % 3});
        frond_greenlet *g = frond_spawn(connect_and_say, &port);
        for (int i = 0; i < turns; i++)
            frond_yield();
        log_clear();
        frond_kill(g, FROND_EXIT, FROND_NEVER);
        frond_release(g);
        names_stop();
    }
    frond_stream *s;
    while (frond_accept(l, &s, FROND_NOW) == 0)
        frond_stream_free(s);
    frond_listener_free(l);
}

static void without_memory(void) {
    frond_addr at, other;
    frond_stream *s = NULL;
    frond_addr_parse(&at, "127.0.0.1", 9);
    frond_addr_parse(&other, "::1", 9);
    frond_addrs *list = frond_addrs_new();
    if (list && frond_addrs_add(list, &at) == 0 && frond_addrs_add(list, &other) == 0)
        CHECK(frond_tcp_connect_any(list, "x", NULL, &s, frond_in(5000)) < 0 || s);
    frond_stream_free(s);
    frond_addrs_free(list);
}

static void sweep(void) {
    memory_sweep(without_memory);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"demand 29: slow AAAA does not hold back a good A",
         demand_29_slow_aaaa_holds_back_nothing},
        {"late AAAA is waited for", late_aaaa_is_waited_for},
        {"AAAA alone", aaaa_alone},
        {"of one family", of_one_family},
        {"refused ones are passed over", refused_ones_are_passed_over},
        {"those that cannot be are passed over", those_that_cannot_be_are_passed_over},
        {"silent ones are joined", silent_ones_are_joined},
        {"families take turns", families_take_turns},
        {"errors tell of every attempt", errors_tell_of_every_attempt},
        {"time is over", time_is_over},
        {"killed at any time", killed_at_any_time},
        {"without memory", sweep},
        {NULL, NULL}};
    test_clock_virtual();
    return test_main("dial", tests, argc, argv);
}
