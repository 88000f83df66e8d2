/* SPDX-License-Identifier: MIT */
/* Servers of TLS: a client that is no good harms nobody. */
#include "support.h"

#include "link.h"
#include <frond/net.h>
#include <string.h>

static frond_server *server;
static frond_addr at;
static frond_tls_context *trusting, *serving;

static void *echo(frond_stream *s, void *arg) {
    char c;
    while (frond_read(s, &c, 1, FROND_NEVER) == 1)
        frond_write(s, &c, 1, NULL, FROND_NEVER);
    log_add(arg);
    return NULL;
}

static void begin(frond_handler handle, const frond_tls_serve_options *o) {
    frond_listener *l = NULL;
    link_certificates();
    trusting = link_trusting(&link_ca);
    serving = link_serving(&link_good);
    frond_addr_loopback(&at, FROND_IPV4, 0);
    CHECK_INT(frond_tcp_listen(&at, NULL, &l), 0);
    CHECK_INT(frond_tls_serve(l, serving, handle, "handled", o, &server), 0);
    CHECK_INT(frond_server_addr(server, &at), 0);
    frond_tls_context_free(serving); /* the server has its own reference */
}

static void end(void) {
    CHECK_INT(frond_server_stop(server, FROND_NEVER), 0);
    frond_server_free(server);
    frond_sleep(1); /* its acceptor ends */
    frond_tls_context_free(trusting);
    link_certificates_free();
}

static frond_stream *client(void) {
    frond_stream *plain = NULL, *s = NULL;
    CHECK_INT(frond_tcp_connect_addr(&at, NULL, &plain, FROND_NEVER), 0);
    int rc = frond_tls_client(plain, "good.test", trusting, &s, FROND_NEVER);
    CHECK_INT(rc, 0);
    return s;
}

static void asks(void) {
    char c = 'q';
    frond_stream *s = client();
    CHECK_INT(frond_write(s, &c, 1, NULL, FROND_NEVER), 0);
    CHECK_INT(frond_read(s, &c, 1, FROND_NEVER), 1);
    frond_stream_free(s);
}

static uint64_t failed_handshakes(void) {
    frond_server_stats s = {0};
    CHECK_INT(frond_server_get_stats(server, &s), 0);
    CHECK_INT(s.failed_handlers, 0);
    return s.failed_handshakes;
}

static void case_82_failed_handshakes(void) {
    char c[100];
    begin(echo, NULL);
    asks();
    for (int i = 0; i < 3; i++) {
        frond_stream *s = NULL;
        CHECK_INT(frond_tcp_connect_addr(&at, NULL, &s, FROND_NEVER), 0);
        CHECK_INT(frond_write(s, "GET / HTTP/1.0\r\n\r\n", 18, NULL, FROND_NEVER), 0);
        while (frond_read(s, c, sizeof c, FROND_NEVER) > 0) {} /* an alert, and closed */
        frond_stream_free(s);
    }
    CHECK_INT(failed_handshakes(), 3);
    asks();
    CHECK_INT(frond_server_set_handler(server, echo, NULL), FROND_ENOTSUP);
    end();
    CHECK_TEXT(log_text(), "handled handled");
}

/* A handshake's time is over: that is counted, and nothing else happens. */
static void demand_34_silent_clients(void) {
    char c;
    frond_tls_serve_options o = {.handshake_ms = 50};
    begin(echo, &o);
    frond_stream *s = NULL;
    CHECK_INT(frond_tcp_connect_addr(&at, NULL, &s, FROND_NEVER), 0);
    asks(); /* nobody waits for that one */
    CHECK_INT(frond_read(s, &c, 1, FROND_NEVER), 0);
    CHECK_INT(failed_handshakes(), 1);
    frond_stream_free(s);
    end();
}

/* A thousand clients in the middle of a handshake: others are served meanwhile, none later for that, and each is
 * ended by the handshake's own deadline. */
static void demand_34_stalled_clients(void) {
    enum { STALLED = 1000 };
    static frond_stream *stalled[STALLED];
    static const char half_a_hello[] = "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03";
    frond_tls_serve_options o = {.handshake_ms = 60000};
    char c;
    int n = descriptors_open() + 2 * STALLED < 4000 ? STALLED : 100;
    begin(echo, &o);
    for (int i = 0; i < n; i++) {
        if (frond_tcp_connect_addr(&at, NULL, &stalled[i], FROND_NEVER) < 0) {
            n = i; /* as many as there may be descriptors for */
            break;
        }
        CHECK_INT(
            frond_write(stalled[i], half_a_hello, i % 2 ? 11 : 0, NULL, FROND_NEVER), 0);
    }
    n -= n > 50 && n < STALLED ? 50 : 0;
    for (int i = n; i < STALLED && stalled[i]; i++)
        frond_stream_free(stalled[i]);
    int64_t start = frond_now();
    for (int i = 0; i < 5; i++)
        asks();
    CHECK(frond_now() - start < INT64_C(10000000000)); /* nobody waits for a minute */
    for (int i = 0; i < n; i++) {
        int64_t rc = frond_read(stalled[i], &c, 1, FROND_NEVER);
        CHECK(rc == 0 ||
              rc == FROND_ECONNRESET); /* what it wrote may not have been read */
        frond_stream_free(stalled[i]);
        stalled[i] = NULL;
    }
    CHECK(failed_handshakes() >= (uint64_t)n);
    end();
}

/* An idle connection, and one in the middle of a handshake, delay nobody by 5 ms: of the virtual clock, which only
 * waiting moves. */
static void demand_32_idle_clients_delay_nobody(void) {
    begin(echo, NULL);
    frond_stream *idle = client(), *half = NULL;
    CHECK_INT(frond_tcp_connect_addr(&at, NULL, &half, FROND_NEVER), 0);
    for (int i = 0; i < 3; i++) {
        int64_t start = frond_now();
        asks();
        CHECK(frond_now() - start < INT64_C(5000000));
    }
    frond_stream_free(idle);
    frond_stream_free(half);
    end();
}

/* A socket's timeout was lost when TLS was made over it.  Deadlines are of calls, and limits of the stream that
 * they were set for, also when it is the one beneath: in the handshake, and afterwards. */
static void demand_33_time_limits_survive_wrapping(void) {
    frond_listener *l = NULL;
    frond_stream *plain = NULL, *peer = NULL, *s = NULL;
    char c;
    begin(echo, NULL);
    frond_addr nobody;
    frond_addr_loopback(&nobody, FROND_IPV4, 0);
    CHECK_INT(frond_tcp_listen(&nobody, NULL, &l), 0);
    CHECK_INT(frond_listener_addr(l, &nobody), 0);
    CHECK_INT(frond_tcp_connect_addr(&nobody, NULL, &plain, FROND_NEVER), 0);
    CHECK_INT(frond_accept(l, &peer, FROND_NEVER), 0);
    CHECK_INT(frond_stream_timeouts(plain, 50, 50), 0);
    int64_t start = frond_now();
    CHECK_INT(frond_tls_client(plain, "good.test", trusting, &s, FROND_NEVER),
              FROND_ETIMEDOUT);
    CHECK_INT(frond_now() - start, 50000000);
    frond_stream_free(plain);
    frond_stream_free(peer);
    frond_listener_free(l);
    CHECK_INT(frond_tcp_connect_addr(&at, NULL, &plain, FROND_NEVER), 0);
    CHECK_INT(frond_stream_timeouts(plain, 50, 50), 0);
    CHECK_INT(frond_tls_client(plain, "good.test", trusting, &s, FROND_NEVER), 0);
    for (uint64_t ms = 50; ms > 20; ms -= 20) { /* the nearest holds */
        start = frond_now();
        CHECK_INT(frond_read(s, &c, 1, FROND_NEVER), FROND_ETIMEDOUT);
        CHECK_INT(frond_now() - start, ms * 1000000);
        CHECK_INT(frond_stream_timeouts(s, ms - 20, ms - 20), 0);
    }
    CHECK_INT(frond_write(s, "q", 1, NULL, FROND_NEVER), 0);
    CHECK_INT(frond_read(s, &c, 1, FROND_NEVER), 1);
    frond_stream_free(s);
    end();
}

static void check_serial(frond_stream *s, const certificate *c) {
    frond_tls_chain *chain = NULL;
    CHECK_INT(frond_tls_peer_chain(s, &chain), 0);
    const frond_tls_certificate *leaf = frond_tls_chain_at(chain, 0);
    int n = i2d_X509(c->x509, NULL);
    unsigned char *der = NULL;
    CHECK(leaf && i2d_X509(c->x509, &der) == n && (size_t)n == leaf->der_len &&
          memcmp(der, leaf->der, leaf->der_len) == 0);
    OPENSSL_free(der);
    frond_tls_chain_free(chain);
}

/* A running server gets another certificate: the next clients see it, those that are there stay. */
static void certificates_renewed(void) {
    char c;
    certificate renewed;
    begin(echo, NULL);
    certificate_make(&renewed, "renewed", "DNS:good.test", -1, 30, 0, &link_ca);
    frond_stream *before = client();
    check_serial(before, &link_good);
    frond_tls_options o = {.cert_pem = renewed.cert, .key_pem = renewed.key};
    CHECK_INT(frond_tls_context_set(serving, &o), 0);
    frond_stream *after = client();
    check_serial(after, &renewed);
    CHECK_INT(frond_write(before, "b", 1, NULL, FROND_NEVER), 0);
    CHECK_INT(frond_read(before, &c, 1, FROND_NEVER), 1);
    o.key_pem = link_good.key; /* not its own: nothing changes */
    CHECK_INT(frond_tls_context_set(serving, &o), FROND_ETLS_CONFIG);
    frond_stream *last = client();
    check_serial(last, &renewed);
    frond_stream_free(before);
    frond_stream_free(after);
    frond_stream_free(last);
    certificate_free(&renewed);
    CHECK_INT(failed_handshakes(), 0);
    end();
}

static void noted(frond_server *s, void *arg) {
    CHECK(s == server);
    log_add(arg);
}

static void dropped(void *arg) {
    CHECK_TEXT(arg, "handled");
    log_add("dropped");
}

static void *fails(frond_stream *s, void *arg) {
    char c = 'x';
    (void)arg;
    frond_write(s, &c, 1, NULL, FROND_NEVER);
    frond_fail(FROND_EPROTO, "does not return");
}

static void options_are_passed_on(void) {
    char c;
    frond_tls_serve_options o = {
        .server = {.on_drain = noted, .drop = dropped, .max_connections = 1}};
    begin(fails, &o);
    capture_begin();
    frond_stream *s = client();
    CHECK_INT(frond_read(s, &c, 1, FROND_NEVER), 1);
    int64_t n = frond_read(s, &c, 1, FROND_NEVER);
    CHECK(n == 0 || n == FROND_ETLS_TRUNCATED);
    frond_stream_free(s);
    CHECK_HAS(capture_end(), "does not return");
    end();
    CHECK_TEXT(log_text(), "handled dropped");
}

static void misuse(void) {
    frond_listener *l = NULL;
    frond_tls_serve_options bad = {.reserved = {1}};
    begin(echo, NULL);
    frond_addr_loopback(&at, FROND_IPV4, 0);
    CHECK_INT(frond_tcp_listen(&at, NULL, &l), 0);
    CHECK_INT(frond_tls_serve(l, NULL, echo, NULL, NULL, &server), FROND_EINVAL);
    CHECK_INT(frond_tls_serve(NULL, trusting, echo, NULL, NULL, &server), FROND_EINVAL);
    CHECK_INT(frond_tls_serve(l, trusting, NULL, NULL, NULL, &server), FROND_EINVAL);
    CHECK_INT(frond_tls_serve(l, trusting, echo, NULL, NULL, NULL), FROND_EINVAL);
    CHECK_INT(frond_tls_serve(l, trusting, echo, NULL, &bad, &server), FROND_EINVAL);
    frond_listener_free(l);
    end();
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"case 82: failed handshakes", case_82_failed_handshakes},
        {"demand 32: idle clients delay nobody", demand_32_idle_clients_delay_nobody},
        {"demand 33: time limits survive wrapping",
         demand_33_time_limits_survive_wrapping},
        {"demand 34: silent clients", demand_34_silent_clients},
        {"demand 34: stalled clients", demand_34_stalled_clients},
        {"certificates renewed", certificates_renewed},
        {"options are passed on", options_are_passed_on},
        {"misuse", misuse},
        {0}};
    test_clock_virtual();
    return test_main("TLS servers", tests, argc, argv);
}
