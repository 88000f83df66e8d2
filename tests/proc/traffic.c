/* SPDX-License-Identifier: MIT */
#include "proc/traffic.h"

#include "support.h"
#include <string.h>

static frond_addr server_addr;

/* A name server that answers every question for an A record with 127.0.0.9, late. */
static void *answer_late(void *socket) {
    unsigned char q[512];
    frond_addr from;
    int64_t n;
    while ((n = frond_udp_receive(socket, q, sizeof q - 16, &from, FROND_NEVER)) > 12) {
        static const unsigned char record[] = {0xc0, 12, 0, 1, 0,   1, 0, 0,
                                               0,    0,  0, 4, 127, 0, 0, 9};
        frond_sleep(20);
        q[2] |= 0x80;
        q[7] = 1;
        q[11] = 0;
        memcpy(q + n, record, sizeof record);
        frond_udp_send(socket, q, (size_t)n + sizeof record, &from, FROND_NEVER);
    }
    return NULL;
}

frond_udp *start_name_server(frond_greenlet **g) {
    frond_addr any;
    frond_udp *u = NULL;
    frond_addr_loopback(&any, FROND_IPV4, 0);
    CHECK_INT(frond_udp_open(&any, &u), 0);
    frond_udp_addr(u, &server_addr);
    *g = frond_spawn(answer_late, u);
    return u;
}

frond_resolver *late_resolver(void) {
    char servers[FROND_ADDR_TEXT];
    frond_resolver *r = NULL;
    frond_addr_format(&server_addr, servers, sizeof servers);
    frond_resolver_options o = {
        .servers = servers, .no_hosts_file = 1, .timeout_ms = 60000}; /* however late */
    CHECK_INT(frond_resolver_new(&o, &r), 0);
    return r;
}

void *looks_up(void *resolver) {
    frond_addrs *addrs = NULL;
    CHECK_INT(frond_resolver_resolve(resolver, "late.example", 80, FROND_IPV4, &addrs,
                                     frond_in(60000)),
              0);
    frond_addrs_free(addrs);
    return NULL;
}

static void *tls_echo(void *arg) {
    tls_end *end = arg;
    frond_stream *s;
    char buf[256];
    int64_t n;
    if (frond_tls_server(end->stream, end->context, &s, frond_in(20000)) < 0) {
        frond_stream_free(end->stream);
        return frond_failed(FROND_ETLS_PROTOCOL, "%s", frond_error_text());
    }
    while ((n = frond_read(s, buf, sizeof buf, FROND_NEVER)) > 0)
        frond_write(s, buf, (size_t)n, NULL, FROND_NEVER);
    frond_stream_free(s);
    return NULL;
}

void tls_open(tls_setup *t) {
    certificate_make(&t->ca, "test CA", NULL, -1, 10, 1, NULL);
    certificate_make(&t->leaf, "localhost", "DNS:localhost", -1, 10, 0, &t->ca);
    frond_tls_options c = {.ca_pem = t->ca.cert};
    frond_tls_options s = {.cert_pem = t->leaf.cert, .key_pem = t->leaf.key};
    CHECK_INT(frond_tls_context_new(&c, &t->client), 0);
    CHECK_INT(frond_tls_context_new(&s, &t->server), 0);
}

void tls_close(tls_setup *t) {
    frond_tls_context_free(t->client);
    frond_tls_context_free(t->server);
    certificate_free(&t->leaf);
    certificate_free(&t->ca);
}

frond_stream *tls_connect(tls_setup *t, tls_end *end, frond_greenlet **echo) {
    frond_stream *a, *s = NULL;
    frond_stream_pair(&a, &end->stream);
    end->context = t->server;
    *echo = frond_spawn(tls_echo, end);
    CHECK_INT(frond_tls_client(a, "localhost", t->client, &s, frond_in(20000)), 0);
    return s;
}

void echo_once(frond_stream *s, uint32_t n) {
    uint32_t back = 0;
    size_t got = 0;
    CHECK_INT(frond_write(s, &n, sizeof n, NULL, frond_in(20000)), 0);
    while (got < sizeof back) {
        int64_t k =
            frond_read(s, (char *)&back + got, sizeof back - got, frond_in(20000));
        if (k <= 0)
            break;
        got += (size_t)k;
    }
    CHECK_INT(back, n);
}
