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
 */
#ifndef FROND_TESTS_DNS_FAKE_SERVER_H
#define FROND_TESTS_DNS_FAKE_SERVER_H

#include <frond/net.h>
#include <frond/sdk.h>

typedef struct {
    frond_udp *udp;
    frond_listener *tcp;
    frond_greenlet *udp_server, *tcp_server;
    int port;
    char address[FROND_ADDR_TEXT]; /* "127.0.0.1:port" */
    int queries, a, aaaa, over_tcp;
    int late;       /* answers to be sent later */
    char last[256]; /* name asked for */
} fake_dns;

void fake_dns_start(fake_dns *f);
void fake_dns_stop(fake_dns *f);

#endif
