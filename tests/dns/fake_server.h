/* SPDX-License-Identifier: MIT */
/* A name server in the test's own process, whose answer depends on the first label of the name:
 *
 *   v4 v6 both      192.0.2.1, 2001:db8::1, both          loop3     127.0.0.1, .2 and .3
 *   nx nodata servfail refused notimp                     what they say
 *   big             truncated over UDP, 40 addresses over TCP
 *   torn            truncated over UDP, and over TCP closed at once
 *   garbage         bytes of no sense behind the right id
 *   short           announces an answer that is not there
 *   pointer         a compression pointer at itself       wrongid   right, under another id
 *   silent          nothing                               slow      after 200 ms
 *   ttl0 ttl1       192.0.2.1 for so many seconds         alias     a CNAME of v4
 *   nxsoa nodatasoa what they say, with an SOA that says 7 seconds
 *   cnameloop       two CNAMEs of each other              wrongq    right, to another question
 *   cnames          a CNAME of b.cn.test, which is one of c.cn.test, 192.0.2.1
 *   lost            nothing the first time                notype    an address of three bytes
 *   rec             two or three records of any type that frond knows
 *   half            192.0.2.1, and SERVFAIL for IPv6
 *   failing         192.0.2.1 for a second, or SERVFAIL when server.fails
 *   ptr             of 1.2.0.192.in-addr.arpa: ptr.test
 */
#ifndef FROND_TESTS_DNS_FAKE_SERVER_H
#define FROND_TESTS_DNS_FAKE_SERVER_H

#include <frond/net.h>
#include <frond/sdk.h>
#include <stdbool.h>

typedef struct {
    frond_udp *udp;
    frond_listener *tcp;
    frond_greenlet *udp_server, *tcp_server;
    int port;
    char address[FROND_ADDR_TEXT]; /* "127.0.0.1:port" */
    int queries, a, aaaa, over_tcp;
    int late;       /* answers to be sent later */
    bool fails;     /* "failing" does */
    bool lost;      /* "lost" was asked for */
    bool edns;      /* the last question had an OPT record */
    char last[256]; /* name asked for */
} fake_dns;

void fake_dns_start(fake_dns *f);

/* Answers one query, as the server does: the answer's length, 0 for none. */
size_t fake_dns_answer(fake_dns *f, const void *query, size_t n, bool tcp, void *out,
                       size_t cap);
/* On this port of 127.0.0.1, for tests that have a network of their own. */
void fake_dns_start_at(fake_dns *f, int port);
void fake_dns_stop(fake_dns *f);

#endif
