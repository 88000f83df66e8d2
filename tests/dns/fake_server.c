/* SPDX-License-Identifier: MIT */
#include "fake_server.h"

#include "fake_records.h"
#include "support.h"
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { HEADER = 12, A = 1, CNAME = 5, AAAA = 28, MOST = 1500 };

typedef struct {
    unsigned char data[MOST];
    size_t n;
} packet;

typedef struct {
    fake_dns *server;
    frond_addr to;
    packet answer;
} late;

static void put(packet *p, const void *bytes, size_t n) {
    if (p->n + n <= MOST) {
        memcpy(p->data + p->n, bytes, n);
        p->n += n;
    }
}

static void record(packet *p, unsigned type, unsigned ttl, const void *data, size_t n) {
    unsigned char head[] = {0xc0, HEADER, 0, (unsigned char)type, 0, 1,
                            0,    0,      0, (unsigned char)ttl,  0, (unsigned char)n};
    put(p, head, sizeof head);
    put(p, data, n);
    p->data[7]++;
}

static void address(packet *p, unsigned type, unsigned ttl, unsigned last) {
    unsigned char four[] = {192, 0, 2, (unsigned char)last};
    unsigned char six[16] = {0x20, 1, 0x0d, 0xb8, [15] = (unsigned char)last};
    record(p, type, ttl, type == A ? four : six, type == A ? 4 : 16);
}

static void loopbacks(packet *p) {
    for (unsigned char i = 1; i <= 3; i++) {
        unsigned char ip[] = {127, 0, 0, i};
        record(p, A, 60, ip, 4);
    }
}

static bool is(const char *name, const char *label) {
    size_t n = strlen(label);
    for (size_t i = 0; i < n; i++)
        if (tolower((unsigned char)name[i]) != tolower((unsigned char)label[i]))
            return false;
    return (name[n] == '.' || name[n] == '\0');
}

static size_t read_name(const unsigned char *query, size_t n, char *out, size_t cap) {
    size_t at = HEADER, used = 0;
    while (at < n && query[at]) {
        size_t label = query[at++];
        for (size_t i = 0; i < label && at < n && used + 2 < cap; i++)
            out[used++] = (char)query[at++];
        out[used++] = '.';
    }
    out[used ? used - 1 : 0] = '\0';
    return at + 1;
}

static void alias(packet *p) {
    static const unsigned char target[] = "\2v4\5alias\4test";
    record(p, CNAME, 60, target, sizeof target);
    unsigned char four[] = {2,   'v', '4', 5,   'a', 'l', 'i', 'a', 's', 4,
                            't', 'e', 's', 't', 0,   0,   A,   0,   1,   0,
                            0,   0,   60,  0,   4,   192, 0,   2,   1};
    put(p, four, sizeof four);
    p->data[7]++;
}

/* CNAME b, which is c, which has an address. */
static void cname_chain(packet *p) {
    static const unsigned char b[] = "\1b\2cn\4test", c[] = "\1c\2cn\4test";
    static const unsigned char head[] = {0, CNAME, 0, 1, 0, 0, 0, 60, 0, sizeof c};
    static const unsigned char four[] = {0, A, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 1};
    record(p, CNAME, 60, b, sizeof b);
    put(p, b, sizeof b);
    put(p, head, sizeof head);
    put(p, c, sizeof c);
    put(p, c, sizeof c);
    put(p, four, sizeof four);
    p->data[7] = (unsigned char)(p->data[7] + 2);
}

/* CNAME a of b and b of a. */
static void cname_loop(packet *p) {
    static const unsigned char b[] = "\1b\4loop\4test", a[] = "\1a\4loop\4test";
    static const unsigned char head[] = {0, CNAME, 0, 1, 0, 0, 0, 60, 0, sizeof a};
    record(p, CNAME, 60, b, sizeof b);
    put(p, b, sizeof b);
    put(p, head, sizeof head);
    put(p, a, sizeof a);
    p->data[7]++;
}

/* The SOA of refusals, in the third section: to be kept for 7 seconds. */
static void soa(packet *p) {
    static const unsigned char data[] = "\2ns\4test\0\2me\4test\0"
                                        "\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0\7";
    record(p, 6, 60, data, sizeof data - 1);
    p->data[7]--;
    p->data[9]++;
}

static void known(packet *p, unsigned type) {
    for (const fake_record *r = fake_records; r->type; r++)
        if (r->type == type) {
            record(p, type & 255, 60, r->data, r->n);
            p->data[p->n - r->n - 10] = (unsigned char)(type >> 8);
        }
}

/* Those beyond addresses; false: none of these. */
static bool special(fake_dns *f, packet *p, const char *name, unsigned type) {
    static const unsigned char three[] = {1, 2, 3}, ptr[] = "\3ptr\4test";
    if (is(name, "nxsoa") || is(name, "nodatasoa")) {
        p->data[3] |= is(name, "nxsoa") ? 3 : 0;
        soa(p);
    } else if (is(name, "cnameloop")) {
        cname_loop(p);
    } else if (is(name, "cnames")) {
        type == A ? cname_chain(p) : (void)0;
    } else if (is(name, "rec")) {
        known(p, type);
    } else if (is(name, "notype")) {
        record(p, type, 60, three, sizeof three);
    } else if (is(name, "half") && type == AAAA) {
        p->data[3] |= 2;
    } else if (is(name, "failing") && f->fails) {
        p->data[3] |= 2;
    } else if (is(name, "half") || is(name, "failing") || is(name, "lost") ||
               is(name, "wrongq")) {
        type == A ? address(p, A, is(name, "failing") ? 1 : 60, 1) : (void)0;
    } else if (is(name, "1") && type == 12) {
        record(p, 12, 60, ptr, sizeof ptr);
    } else {
        return false;
    }
    if (is(name, "wrongq"))
        p->data[HEADER + 1] ^= 1;
    return true;
}

static void records(packet *p, const char *name, unsigned type, bool tcp) {
    if (is(name, "v4") || is(name, "slow") || is(name, "wrongid"))
        type == A ? address(p, A, 60, 1) : (void)0;
    else if (is(name, "v6"))
        type == AAAA ? address(p, AAAA, 60, 1) : (void)0;
    else if (is(name, "both"))
        address(p, type, 60, 1);
    else if (is(name, "loop3"))
        type == A ? loopbacks(p) : (void)0;
    else if (is(name, "ttl0") || is(name, "ttl1"))
        type == A ? address(p, A, (unsigned)(name[3] - '0'), 1) : (void)0;
    else if (is(name, "alias"))
        type == A ? alias(p) : (void)0;
    else if (is(name, "nx"))
        p->data[3] |= 3;
    else if (is(name, "servfail"))
        p->data[3] |= 2;
    else if (is(name, "notimp"))
        p->data[3] |= 4;
    else if (is(name, "refused"))
        p->data[3] |= 5;
    else if ((is(name, "big") || is(name, "torn")) && !tcp)
        p->data[2] |= 2; /* TC */
    else if (is(name, "big"))
        for (unsigned i = 1; type == A && i <= 40; i++)
            address(p, A, 60, i);
    else if (is(name, "short"))
        p->data[7] = 1;
    else if (is(name, "pointer")) {
        unsigned char self[] = {
            0xc0, (unsigned char)p->n, 0, A, 0, 1, 0, 0, 0, 60, 0, 4, 1, 2, 3, 4};
        put(p, self, sizeof self);
        p->data[7] = 1;
    } else if (is(name, "garbage")) {
        for (size_t i = 2; i < p->n; i++)
            p->data[i] = (unsigned char)(0xff - i * 37);
        p->data[2] |= 0x80; /* an answer, at least */
        p->data[2] &= (unsigned char)~2;
    }
    if (is(name, "wrongid"))
        p->data[0] ^= 0x55;
}

/* False: it is not to be answered. */
static bool reply(fake_dns *f, const unsigned char *query, size_t n, bool tcp,
                  packet *p) {
    if (n < HEADER + 5)
        return false;
    size_t end = read_name(query, n, f->last, sizeof f->last);
    unsigned type = end + 4 <= n ? query[end] * 256u + query[end + 1] : 0;
    bool again = f->lost;
    f->lost = is(f->last, "lost");
    f->edns = query[11] != 0;
    f->queries++;
    f->over_tcp += tcp;
    f->a += type == A;
    f->aaaa += type == AAAA;
    p->n = 0;
    put(p, query, end + 4 <= n ? end + 4 : n);
    p->data[2] = 0x84 | (query[2] & 1);
    p->data[3] = 0x80;
    memset(p->data + 6, 0, 6);
    if (!special(f, p, f->last, type))
        records(p, f->last, type, tcp);
    return !is(f->last, "silent") && !(tcp && is(f->last, "torn")) &&
           !(f->lost && !again);
}

size_t fake_dns_answer(fake_dns *f, const void *query, size_t n, bool tcp, void *out,
                       size_t cap) {
    packet p;
    if (!reply(f, query, n, tcp, &p) || p.n > cap)
        return 0;
    memcpy(out, p.data, p.n);
    return p.n;
}

static void *send_late(void *arg) {
    late *l = arg;
    frond_udp_send(l->server->udp, l->answer.data, l->answer.n, &l->to, frond_in(1000));
    l->server->late--;
    return NULL;
}

static void send_later(fake_dns *f, const packet *p, const frond_addr *to) {
    frond_spawn_options o = {.drop = free, .delay_ms = 200};
    late *l = malloc(sizeof *l);
    *l = (late){f, *to, *p};
    f->late++;
    frond_release(frond_spawn_with(&o, send_late, l));
}

static void *serve_udp(void *arg) {
    fake_dns *f = arg;
    unsigned char query[MOST];
    frond_addr from;
    packet p;
    int64_t n;
    while ((n = frond_udp_receive(f->udp, query, sizeof query, &from, FROND_NEVER)) >=
           0) {
        if (!reply(f, query, (size_t)n, false, &p))
            continue;
        if (is(f->last, "slow"))
            send_later(f, &p, &from);
        else
            frond_udp_send(f->udp, p.data, p.n, &from, frond_in(1000));
    }
    return NULL;
}

static void *serve_tcp(void *arg) {
    fake_dns *f = arg;
    frond_stream *s;
    unsigned char query[MOST], length[2];
    packet p;
    while (frond_accept(f->tcp, &s, FROND_NEVER) == 0) {
        frond_reader *r = frond_reader_new(s, 0);
        while (frond_reader_exact(r, length, 2, NULL, frond_in(2000)) == 0) {
            size_t n = (size_t)length[0] << 8 | length[1];
            if (n > MOST || frond_reader_exact(r, query, n, NULL, frond_in(2000)) < 0 ||
                !reply(f, query, n, true, &p))
                break;
            length[0] = (unsigned char)(p.n >> 8);
            length[1] = (unsigned char)p.n;
            frond_buf parts[] = {{length, 2}, {p.data, p.n}};
            frond_writev(s, parts, 2, NULL, frond_in(1000));
        }
        frond_reader_free(r);
        frond_stream_free(s);
    }
    return NULL;
}

void fake_dns_start(fake_dns *f) {
    fake_dns_start_at(f, 0);
}

/* UDP and TCP of one number: another is tried when somebody has the TCP port. */
void fake_dns_start_at(fake_dns *f, int port) {
    frond_addr any, bound;
    memset(f, 0, sizeof *f);
    frond_addr_loopback(&any, FROND_IPV4, port);
    for (int i = 0; i < 100 && !f->tcp; i++) {
        if (frond_udp_open(&any, &f->udp) < 0 || frond_udp_addr(f->udp, &bound) < 0)
            abort();
        if (frond_tcp_listen(&bound, NULL, &f->tcp) < 0) {
            frond_udp_free(f->udp);
            f->tcp = NULL;
        }
    }
    if (!f->tcp)
        abort();
    f->port = bound.port;
    frond_addr_format(&bound, f->address, sizeof f->address);
    f->udp_server = frond_spawn(serve_udp, f);
    f->tcp_server = frond_spawn(serve_tcp, f);
}

static void end(frond_greenlet *g) {
    frond_kill(g, FROND_EXIT, frond_in(5000));
    frond_release(g);
}

static bool none_late(void *f) {
    return ((const fake_dns *)f)->late == 0;
}

void fake_dns_stop(fake_dns *f) {
    eventually(none_late, f);
    end(f->udp_server);
    end(f->tcp_server);
    frond_udp_free(f->udp);
    frond_listener_free(f->tcp);
}
