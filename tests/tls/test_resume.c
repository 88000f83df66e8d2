/* SPDX-License-Identifier: MIT */
/* Sessions that are used again: tickets of TLS 1.3 once each, sessions of TLS 1.2 again and again, those of
 * servers without tickets; by the same name only, not when somebody else is asked for; out and in again. */
#include "support.h"

#include "link.h"
#include <frond/net.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static frond_tls_context *context(frond_tls_options o) {
    frond_tls_context *c = NULL;
    CHECK_INT(frond_tls_context_new(&o, &c), 0);
    return c;
}

static frond_tls_options client_options(int version) {
    return (frond_tls_options){.ca_pem = link_ca.cert,
                               .highest = (frond_tls_version)version};
}

static frond_tls_options server_options(void) {
    return (frond_tls_options){.cert_pem = link_good.cert, .key_pem = link_good.key};
}

/* One connection, with a byte each way: tickets of TLS 1.3 come with the first that is read.  Whether it was
 * resumed; -1: it failed. */
static int connection(int kind, const char *host, frond_tls_context *c,
                      frond_tls_context *s) {
    link_side client = {.host = host, .context = c}, server = {.context = s};
    frond_tls_info a = {0}, b = {0};
    char byte;
    link_tls(kind, &client, &server);
    if (client.rc == 0 && server.rc == 0) {
        CHECK_INT(frond_write(client.tls, "x", 1, NULL, frond_in(20000)), 0);
        CHECK_INT(frond_read(server.tls, &byte, 1, frond_in(20000)), 1);
        CHECK_INT(frond_write(server.tls, "y", 1, NULL, frond_in(20000)), 0);
        CHECK_INT(frond_read(client.tls, &byte, 1, frond_in(20000)), 1);
        CHECK_INT(frond_tls_get_info(client.tls, &a), 0);
        CHECK_INT(frond_tls_get_info(server.tls, &b), 0);
        CHECK_INT(a.resumed, b.resumed);
    }
    bool failed = client.rc < 0 || server.rc < 0;
    if (client.rc == 0)
        frond_stream_free(client.tls);
    if (server.rc == 0)
        frond_stream_free(server.tls);
    return failed ? -1 : a.resumed;
}

static void test_again(void) {
    static const int kinds[] = {LINK_PAIR, LINK_WRAPPED}; /* neither has a port */
    for (int i = 0; i < 4; i++) {
        frond_tls_context *c = context(client_options(i % 2 ? FROND_TLS_1_2 : 0));
        frond_tls_context *s = context(server_options());
        frond_tls_stats stats;
        for (int n = 0; n < 6; n++)
            CHECK_INT(connection(kinds[i / 2], "good.test", c, s), n > 0);
        CHECK_INT(frond_tls_context_get_stats(c, &stats), 0);
        CHECK_INT(stats.client, 6);
        CHECK_INT(stats.client_resumed, 5);
        CHECK_INT(stats.server, 0);
        CHECK(stats.kept_sessions > 0);
        CHECK_INT(frond_tls_context_get_stats(s, &stats), 0);
        CHECK_INT(stats.server, 6);
        CHECK_INT(stats.server_resumed, 5);
        CHECK_INT(stats.failed, 0);
        CHECK_INT(stats.kept_sessions, 0);
        frond_tls_context_free(c);
        frond_tls_context_free(s);
    }
    CHECK_INT(frond_tls_context_get_stats(NULL, NULL), FROND_EINVAL);
}

static void *greet(frond_stream *s, void *arg) {
    (void)arg;
    frond_write(s, "x", 1, NULL, frond_in(20000));
    return NULL;
}

static int visit(int port, frond_tls_context *c) {
    frond_stream *s = NULL;
    frond_tls_info info = {0};
    char byte;
    CHECK_INT(frond_tls_connect("127.0.0.1", port, c, &s, frond_in(20000)), 0);
    CHECK_INT(frond_read(s, &byte, 1, frond_in(20000)), 1);
    CHECK_INT(frond_tls_get_info(s, &info), 0);
    frond_stream_free(s);
    return info.resumed;
}

/* The port is a part of the name. */
static void test_ports(void) {
    frond_tls_context *c = context(client_options(0)), *s = context(server_options());
    frond_server *servers[2];
    frond_addr where[2];
    for (int i = 0; i < 2; i++) {
        frond_listener *l = NULL;
        frond_addr_loopback(&where[i], FROND_IPV4, 0);
        CHECK_INT(frond_tcp_listen(&where[i], NULL, &l), 0);
        frond_listener_addr(l, &where[i]);
        CHECK_INT(frond_tls_serve(l, s, greet, NULL, NULL, &servers[i]), 0);
    }
    for (int i = 0; i < 6; i++)
        CHECK_INT(visit(where[i % 2].port, c), i >= 2);
    for (int i = 0; i < 2; i++) {
        frond_server_stop(servers[i], frond_in(20000));
        frond_server_free(servers[i]);
    }
    frond_tls_context_free(c);
    frond_tls_context_free(s);
}

static void test_names(void) {
    frond_tls_context *c = context(client_options(0)), *s = context(server_options());
    CHECK_INT(connection(LINK_PAIR, "good.test", c, s), 0);
    CHECK_INT(connection(LINK_PAIR, "127.0.0.1", c, s), 0);
    CHECK_INT(connection(LINK_PAIR, "other.test", c, s), -1);
    CHECK_INT(connection(LINK_PAIR, "good.test", c, s), 1);
    CHECK_INT(connection(LINK_PAIR, "127.0.0.1", c, s), 1);
    frond_tls_context_free(c);
    frond_tls_context_free(s);
}

static void test_none(void) {
    frond_tls_options co = client_options(0), so = server_options();
    for (int i = 0; i < 4; i++) {
        co.no_sessions = i % 2 == 0;
        so.no_sessions = i / 2 == 0;
        co.highest = FROND_TLS_ANY;
        for (int version = 0; version < 2; version++) {
            frond_tls_context *c = context(co), *s = context(so);
            for (int n = 0; n < 3; n++)
                CHECK_INT(connection(LINK_PAIR, "good.test", c, s), i == 3 && n > 0);
            frond_tls_context_free(c);
            frond_tls_context_free(s);
            co.highest = FROND_TLS_1_2;
        }
    }
}

/* Who was trusted then may not be now. */
static void test_forgotten(void) {
    frond_tls_options co = client_options(0);
    frond_tls_context *c = context(co), *s = context(server_options());
    CHECK_INT(connection(LINK_PAIR, "good.test", c, s), 0);
    co.ca_pem = link_other_ca.cert;
    CHECK_INT(frond_tls_context_set(c, &co), 0);
    CHECK_INT(connection(LINK_PAIR, "good.test", c, s), -1);
    co.ca_pem = link_ca.cert;
    CHECK_INT(frond_tls_context_set(c, &co), 0);
    CHECK_INT(connection(LINK_PAIR, "good.test", c, s), 0);
    CHECK_INT(connection(LINK_PAIR, "good.test", c, s), 1);
    frond_tls_options so = server_options();
    CHECK_INT(frond_tls_context_set(s, &so), 0); /* has other ticket keys */
    CHECK_INT(connection(LINK_PAIR, "good.test", c, s), 0);
    frond_tls_context_free(c);
    frond_tls_context_free(s);
}

/* Servers with a secret in common take each other's tickets, if they ask the same of clients. */
static void test_secret(void) {
    static const char secret[] = "0123456789abcdef0123456789abcdef";
    certificate mine;
    certificate_make(&mine, "me", NULL, -1, 20, 0, &link_ca);
    frond_tls_options so = server_options(), co = client_options(0);
    so.ticket_secret = secret;
    so.ticket_secret_len = 32;
    co.cert_pem = mine.cert;
    co.key_pem = mine.key;
    for (int version = 0; version < 2; version++) {
        frond_tls_context *c = context(co), *s[3] = {context(so), context(so)};
        so.ca_pem = link_ca.cert;
        so.require_client_cert = 1;
        s[2] = context(so);
        so.ca_pem = NULL;
        so.require_client_cert = 0;
        CHECK_INT(connection(LINK_PAIR, "good.test", c, s[0]), 0);
        CHECK_INT(connection(LINK_PAIR, "good.test", c, s[1]), 1);
        CHECK_INT(connection(LINK_PAIR, "good.test", c, s[0]), 1);
        CHECK_INT(connection(LINK_PAIR, "good.test", c, s[2]), 0);
        CHECK_INT(connection(LINK_PAIR, "good.test", c, s[2]), 1);
        for (int i = 0; i < 3; i++)
            frond_tls_context_free(s[i]);
        frond_tls_context_free(c);
        co.highest = FROND_TLS_1_2;
    }
    so.ticket_secret_len = 31;
    frond_tls_context *c = NULL;
    CHECK_INT(frond_tls_context_new(&so, &c), FROND_EINVAL);
    CHECK_TEXT(frond_error_text(), "tls ticket secret: at least 32 bytes");
    certificate_free(&mine);
}

static void test_save(void) {
    for (int version = 0; version < 2; version++) {
        frond_tls_options co = client_options(version ? FROND_TLS_1_2 : 0);
        frond_tls_context *c = context(co), *other = context(co);
        frond_tls_context *s = context(server_options());
        void *data = NULL;
        size_t len = 0;
        CHECK_INT(frond_tls_session_save(c, "good.test", 0, &data, &len), FROND_ENOENT);
        CHECK_TEXT(frond_error_text(), "tls session of good.test:0: none is kept");
        CHECK_INT(connection(LINK_PAIR, "good.test", c, s), 0);
        CHECK_INT(frond_tls_session_save(c, "good.test", 0, &data, &len), 0);
        CHECK_INT(frond_tls_session_load(other, "good.test", 0, data, len), 0);
        CHECK_INT(connection(LINK_PAIR, "good.test", other, s), 1);
        CHECK_INT(frond_tls_session_load(other, "good.test", 0, data, len / 2),
                  FROND_ETLS_CONFIG);
        CHECK_INT(frond_tls_session_load(other, "good.test", 0, "junk", 4),
                  FROND_ETLS_CONFIG);
        CHECK_INT(frond_tls_session_load(other, NULL, 0, data, len), FROND_EINVAL);
        CHECK_INT(frond_tls_session_save(other, NULL, 0, &data, &len), FROND_EINVAL);
        co.no_sessions = 1;
        CHECK_INT(frond_tls_context_set(other, &co), 0);
        CHECK_INT(frond_tls_session_load(other, "good.test", 0, data, len),
                  FROND_ENOTSUP);
        frond_free(data);
        frond_tls_context_free(c);
        frond_tls_context_free(other);
        frond_tls_context_free(s);
    }
}

/* However many a server gives, and however many servers there are. */
static void test_bounds(void) {
    frond_tls_options co = client_options(0);
    co.sessions = 20;
    frond_tls_context *c = context(co), *s = context(server_options());
    void *data = NULL;
    size_t len = 0;
    frond_tls_stats stats;
    connection(LINK_PAIR, "good.test", c, s);
    CHECK_INT(frond_tls_session_save(c, "good.test", 0, &data, &len), 0);
    for (int i = 0; i < 40; i++)
        CHECK_INT(frond_tls_session_load(c, "good.test", 0, data, len), 0);
    frond_tls_context_get_stats(c, &stats);
    CHECK_INT(stats.kept_sessions, 16);
    for (int i = 0; i < 40; i++)
        CHECK_INT(frond_tls_session_load(c, "good.test", i, data, len), 0);
    frond_tls_context_get_stats(c, &stats);
    CHECK_INT(stats.kept_sessions, 20);
    void *copy = NULL;
    CHECK_INT(frond_tls_session_save(c, "good.test", 39, &copy, &len), 0);
    frond_free(copy);
    CHECK_INT(frond_tls_session_save(c, "good.test", 1, &copy, &len), FROND_ENOENT);
    frond_free(data);
    frond_tls_context_free(c);
    frond_tls_context_free(s);
}

static const test_case tests[] = {
    {"again", test_again}, {"ports", test_ports},         {"names", test_names},
    {"none", test_none},   {"forgotten", test_forgotten}, {"secret", test_secret},
    {"save", test_save},   {"bounds", test_bounds},       {0}};

int main(int argc, char **argv) {
    link_certificates();
    int rc = test_main("resume", tests, argc, argv);
    link_certificates_free();
    return rc;
}
