/* SPDX-License-Identifier: MIT */
#include "link.h"

#include "support.h"
#include <frond/impl/stream.h>
#include <frond/net.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

certificate link_ca, link_other_ca, link_good;

/* ---- a stream that is no socket ---- */

typedef struct {
    frond_stream base;
    frond_stream *under;
} wrapper;

static frond_stream *under_of(frond_stream *s) {
    return ((wrapper *)s)->under;
}

static int64_t wrapper_read(frond_stream *s, void *buf, size_t cap, frond_deadline d) {
    return frond_read(under_of(s), buf, cap, d);
}

static int wrapper_write(frond_stream *s, const frond_buf *bufs, size_t n,
                         size_t *written, frond_deadline d) {
    return frond_writev(under_of(s), bufs, n, written, d);
}

static int wrapper_shutdown(frond_stream *s, frond_deadline d) {
    return frond_shutdown(under_of(s), d);
}

static void wrapper_close(frond_stream *s) {
    frond_close(under_of(s));
}

static void wrapper_destroy(frond_stream *s) {
    frond_stream_free(under_of(s));
    free(s);
}

frond_stream *link_wrap(frond_stream *under) {
    static const frond_stream_ops ops = {.read = wrapper_read,
                                         .write = wrapper_write,
                                         .shutdown = wrapper_shutdown,
                                         .close = wrapper_close,
                                         .destroy = wrapper_destroy};
    wrapper *w = calloc(1, sizeof *w);
    if (!w || frond_stream_init(&w->base, &ops) < 0)
        abort();
    w->under = under;
    return &w->base;
}

static void open_tcp(frond_stream **a, frond_stream **b) {
    frond_addr where;
    frond_listener *l = NULL;
    frond_addr_loopback(&where, FROND_IPV4, 0);
    CHECK_INT(frond_tcp_listen(&where, NULL, &l), 0);
    frond_listener_addr(l, &where);
    CHECK_INT(frond_tcp_connect_addr(&where, NULL, a, frond_in(20000)), 0);
    CHECK_INT(frond_accept(l, b, frond_in(20000)), 0);
    frond_listener_free(l);
}

void link_open(int kind, frond_stream **a, frond_stream **b) {
    if (kind == LINK_TCP) {
        open_tcp(a, b);
        return;
    }
    CHECK_INT(frond_stream_pair(a, b), 0);
    if (kind == LINK_WRAPPED) {
        *a = link_wrap(*a);
        *b = link_wrap(*b);
    }
}

/* ---- handshakes ---- */

void *link_handshake(void *arg) {
    link_side *s = arg;
    s->tls = NULL;
    s->rc = s->host
                ? frond_tls_client(s->under, s->host, s->context, &s->tls, s->deadline)
                : frond_tls_server(s->under, s->context, &s->tls, s->deadline);
    snprintf(s->text, sizeof s->text, "%s", s->rc < 0 ? frond_error_text() : "");
    s->stack = frond_stack_used(frond_current());
    if (s->rc < 0)
        frond_stream_free(s->under);
    return NULL;
}

void link_handshakes(link_side *client, link_side *server) {
    client->deadline = server->deadline = frond_in(20000);
    frond_greenlet *a = frond_spawn(link_handshake, client);
    frond_greenlet *b = frond_spawn(link_handshake, server);
    CHECK_INT(frond_join(a, FROND_NEVER), 0);
    CHECK_INT(frond_join(b, FROND_NEVER), 0);
    frond_release(a);
    frond_release(b);
}

void link_tls(int kind, link_side *client, link_side *server) {
    link_open(kind, &client->under, &server->under);
    link_handshakes(client, server);
}

/* ---- certificates ---- */

void link_certificates(void) {
    if (link_ca.x509)
        return;
    certificate_make(&link_ca, "Test CA", NULL, -1, 30, 1, NULL);
    certificate_make(&link_other_ca, "Other CA", NULL, -1, 30, 1, NULL);
    certificate_make(&link_good, "good", "DNS:good.test,IP:127.0.0.1,IP:::1", -1, 30, 0,
                     &link_ca);
}

void link_certificates_free(void) {
    certificate_free(&link_ca);
    certificate_free(&link_other_ca);
    certificate_free(&link_good);
}

frond_tls_context *link_trusting(const certificate *ca) {
    frond_tls_options o = {.ca_pem = ca ? ca->cert : NULL, .insecure = !ca};
    frond_tls_context *c = NULL;
    CHECK_INT(frond_tls_context_new(&o, &c), 0);
    return c;
}

frond_tls_context *link_serving(const certificate *own) {
    frond_tls_options o = {.cert_pem = own->cert, .key_pem = own->key};
    frond_tls_context *c = NULL;
    CHECK_INT(frond_tls_context_new(&o, &c), 0);
    return c;
}

/* ---- over all there is ---- */

void link_contexts_open(link_contexts *c, frond_tls_options both) {
    for (int i = 0; i < 2; i++) {
        both.lowest = both.highest = i ? FROND_TLS_1_3 : FROND_TLS_1_2;
        frond_tls_options co = both, so = both;
        co.ca_pem = link_ca.cert;
        so.cert_pem = link_good.cert;
        so.key_pem = link_good.key;
        CHECK_INT(frond_tls_context_new(&co, &c->trusting[i]), 0);
        CHECK_INT(frond_tls_context_new(&so, &c->serving[i]), 0);
    }
}

void link_contexts_close(link_contexts *c) {
    for (int i = 0; i < 2; i++) {
        frond_tls_context_free(c->trusting[i]);
        frond_tls_context_free(c->serving[i]);
    }
}

void link_each(const link_contexts *c,
               void (*part)(frond_stream *client, frond_stream *server)) {
    for (int i = 0; i < 2 * LINKS; i++) {
        link_side client = {.host = "good.test", .context = c->trusting[i % 2]};
        link_side server = {.context = c->serving[i % 2]};
        link_tls(i / 2, &client, &server);
        CHECK_INT(client.rc, 0);
        CHECK_INT(server.rc, 0);
        if (client.rc == 0 && server.rc == 0)
            part(client.tls, server.tls);
        if (client.rc == 0)
            frond_stream_free(client.tls);
        if (server.rc == 0)
            frond_stream_free(server.tls);
    }
}
