/* SPDX-License-Identifier: MIT */
/* TLS handshakes: whom a client believes and in what words it refuses, versions, ALPN, SNI, client
 * certificates, peers that are silent or slow; each over every kind of transport. */
#include "support.h"

#include "link.h"
#include <frond/net.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void end(link_side *s) {
    if (s->rc == 0)
        frond_stream_free(s->tls);
}

/* The client's result and sentence with that certificate at the server. */
static void check(const certificate *c, const char *host, const certificate *ca, int rc,
                  const char *sentence) {
    frond_tls_context *trusting = link_trusting(ca), *serving = link_serving(c);
    for (int kind = 0; kind < LINKS; kind++) {
        link_side client = {.host = host, .context = trusting};
        link_side server = {.context = serving};
        link_tls(kind, &client, &server);
        CHECK_INT(client.rc, rc);
        CHECK_TEXT(client.text, sentence);
        if (rc < 0) { /* TLS 1.3: the server may be done before it hears of it */
            CHECK(server.rc == 0 || server.rc == FROND_ETLS_ALERT);
            if (server.rc < 0)
                CHECK_HAS(server.text, "tls handshake with ");
        }
        end(&client);
        end(&server);
    }
    frond_tls_context_free(trusting);
    frond_tls_context_free(serving);
}

/* ---- certificates ---- */

static void test_good(void) {
    check(&link_good, "good.test", &link_ca, 0, "");
    check(&link_good, "GOOD.Test", &link_ca, 0, "");
    check(&link_good, "good.test.", &link_ca, 0, "");
    check(&link_good, "127.0.0.1", &link_ca, 0, "");
    check(&link_good, "::1", &link_ca, 0, "");
}

static void test_dates(void) {
    certificate c;
    char sentence[200];
    certificate_make(&c, "c", "DNS:good.test", -20, -10, 0, &link_ca);
    snprintf(sentence, sizeof sentence, "tls good.test: certificate expired %s, depth 0",
             certificate_day(-10));
    check(&c, "good.test", &link_ca, FROND_ETLS_EXPIRED, sentence);
    certificate_free(&c);
    certificate_make(&c, "c", "DNS:good.test", 10, 20, 0, &link_ca);
    snprintf(sentence, sizeof sentence,
             "tls good.test: certificate not yet valid %s, depth 0", certificate_day(10));
    check(&c, "good.test", &link_ca, FROND_ETLS_NOTYET, sentence);
    certificate_free(&c);
    certificate old;
    certificate_make(&old, "Old CA", NULL, -20, -10, 1, NULL);
    certificate_make(&c, "c", "DNS:good.test", -1, 20, 0, &old);
    snprintf(sentence, sizeof sentence, "tls good.test: certificate expired %s, depth 1",
             certificate_day(-10));
    check(&c, "good.test", &old, FROND_ETLS_EXPIRED, sentence);
    certificate_free(&c);
    certificate_free(&old);
}

static void test_names(void) {
    certificate c;
    check(&link_good, "other.test", &link_ca, FROND_ETLS_HOSTNAME,
          "tls other.test: certificate is for another name, depth 0");
    check(&link_good, "127.0.0.2", &link_ca, FROND_ETLS_HOSTNAME,
          "tls 127.0.0.2: certificate is for another name, depth 0");
    check(&link_good, "::2", &link_ca, FROND_ETLS_HOSTNAME,
          "tls ::2: certificate is for another name, depth 0");
    certificate_make(&c, "c", "DNS:*.wild.test", -1, 20, 0, &link_ca);
    check(&c, "a.wild.test", &link_ca, 0, "");
    check(&c, "a.b.wild.test", &link_ca, FROND_ETLS_HOSTNAME,
          "tls a.b.wild.test: certificate is for another name, depth 0");
    check(&c, "wild.test", &link_ca, FROND_ETLS_HOSTNAME,
          "tls wild.test: certificate is for another name, depth 0");
    certificate_free(&c);
    certificate_make(&c, "c", "DNS:w*.wild.test", -1, 20, 0, &link_ca);
    check(&c, "www.wild.test", &link_ca, FROND_ETLS_HOSTNAME,
          "tls www.wild.test: certificate is for another name, depth 0");
    certificate_free(&c);
}

static void test_trust(void) {
    certificate c, middle;
    check(&link_good, "good.test", &link_other_ca, FROND_ETLS_UNTRUSTED,
          "tls good.test: unable to get local issuer certificate, depth 0");
    certificate_make(&c, "c", "DNS:good.test", -1, 20, 0, NULL);
    check(&c, "good.test", &link_ca, FROND_ETLS_UNTRUSTED,
          "tls good.test: self-signed certificate, depth 0");
    check(&c, "good.test", NULL, 0, ""); /* insecure */
    certificate_free(&c);
    certificate_make(&middle, "Middle CA", NULL, -1, 20, 1, &link_ca);
    certificate_make(&c, "c", "DNS:good.test", -1, 20, 0, &middle);
    check(&c, "good.test", &link_ca, FROND_ETLS_UNTRUSTED,
          "tls good.test: unable to get local issuer certificate, depth 0");
    certificate_append(&c, &middle);
    check(&c, "good.test", &link_ca, 0, "");
    certificate_free(&c);
    certificate_free(&middle);
    certificate_make(&middle, "no CA", NULL, -1, 20, 0, &link_ca);
    certificate_make(&c, "c", "DNS:good.test", -1, 20, 0, &middle);
    certificate_append(&c, &middle);
    check(&c, "good.test", &link_ca, FROND_ETLS_CERT,
          "tls good.test: invalid CA certificate, depth 1");
    certificate_free(&c);
    certificate_free(&middle);
}

static void test_client_certificates(void) {
    certificate mine, theirs;
    certificate_make(&mine, "me", NULL, -1, 20, 0, &link_ca);
    certificate_make(&theirs, "them", NULL, -1, 20, 0, &link_other_ca);
    frond_tls_options so = {.cert_pem = link_good.cert,
                            .key_pem = link_good.key,
                            .ca_pem = link_ca.cert,
                            .require_client_cert = 1,
                            .highest = FROND_TLS_1_2};
    const certificate *const of[] = {&mine, &theirs, NULL};
    static const int codes[] = {0, FROND_ETLS_UNTRUSTED, FROND_ETLS_CERT};
    frond_tls_context *serving = NULL;
    CHECK_INT(frond_tls_context_new(&so, &serving), 0);
    for (int i = 0; i < 3; i++)
        for (int kind = 0; kind < LINKS; kind++) {
            frond_tls_options co = {.ca_pem = link_ca.cert,
                                    .cert_pem = of[i] ? of[i]->cert : NULL,
                                    .key_pem = of[i] ? of[i]->key : NULL};
            link_side client = {.host = "good.test"}, server = {.context = serving};
            CHECK_INT(frond_tls_context_new(&co, &client.context), 0);
            link_tls(kind, &client, &server);
            CHECK_INT(server.rc, codes[i]);
            CHECK_INT(client.rc, codes[i] ? FROND_ETLS_ALERT : 0);
            if (i == 2)
                CHECK_HAS(server.text, "peer did not return a certificate");
            if (i == 1)
                CHECK_HAS(server.text, "unable to get local issuer certificate");
            end(&client);
            end(&server);
            frond_tls_context_free(client.context);
        }
    frond_tls_context_free(serving);
    certificate_free(&mine);
    certificate_free(&theirs);
}

/* ---- what is agreed upon ---- */

static void check_versions(frond_tls_version client_lowest, frond_tls_version highest,
                           const char *version) {
    static const char *const ours[] = {"h2", "http/1.1", NULL};
    static const char *const theirs[] = {"spdy", "http/1.1", NULL};
    frond_tls_options co = {
        .ca_pem = link_ca.cert, .lowest = client_lowest, .alpn = ours};
    frond_tls_options so = {.cert_pem = link_good.cert,
                            .key_pem = link_good.key,
                            .highest = highest,
                            .alpn = theirs};
    for (int kind = 0; kind < LINKS; kind++) {
        link_side client = {.host = "good.test"}, server = {0};
        frond_tls_info info;
        CHECK_INT(frond_tls_context_new(&co, &client.context), 0);
        CHECK_INT(frond_tls_context_new(&so, &server.context), 0);
        link_tls(kind, &client, &server);
        CHECK_INT(client.rc, version ? 0 : FROND_ETLS_ALERT);
        CHECK_INT(server.rc, version ? 0 : FROND_ETLS_PROTOCOL);
        for (int side = 0; version && side < 2; side++) {
            CHECK_INT(frond_tls_get_info(side ? server.tls : client.tls, &info), 0);
            CHECK_TEXT(info.version, version);
            CHECK_TEXT(info.alpn, "http/1.1");
            CHECK_TEXT(info.server_name, "good.test");
            CHECK(info.cipher && *info.cipher);
        }
        if (version) {
            frond_close(client.tls);
            CHECK_INT(frond_tls_get_info(client.tls, &info), FROND_EINVAL);
        }
        end(&client);
        end(&server);
        frond_tls_context_free(client.context);
        frond_tls_context_free(server.context);
    }
}

static void test_versions(void) {
    check_versions(FROND_TLS_ANY, FROND_TLS_ANY, "TLSv1.3");
    check_versions(FROND_TLS_ANY, FROND_TLS_1_2, "TLSv1.2");
    check_versions(FROND_TLS_1_3, FROND_TLS_1_3, "TLSv1.3");
    check_versions(FROND_TLS_1_3, FROND_TLS_1_2, NULL);
}

static void test_alpn_mismatch(void) {
    static const char *const ours[] = {"h2", NULL}, *const theirs[] = {"spdy", NULL};
    frond_tls_options co = {.ca_pem = link_ca.cert, .alpn = ours};
    frond_tls_options so = {
        .cert_pem = link_good.cert, .key_pem = link_good.key, .alpn = theirs};
    link_side client = {.host = "good.test"}, server = {0};
    frond_tls_info info;
    CHECK_INT(frond_tls_context_new(&co, &client.context), 0);
    CHECK_INT(frond_tls_context_new(&so, &server.context), 0);
    link_tls(LINK_TCP, &client, &server);
    CHECK_INT(client.rc, FROND_ETLS_ALERT);
    CHECK_HAS(client.text, "no application protocol");
    CHECK(server.rc < 0);
    frond_tls_context_free(client.context);
    client.context = link_trusting(&link_ca); /* one that offers none gets none */
    link_tls(LINK_TCP, &client, &server);
    CHECK_INT(client.rc, 0);
    CHECK_INT(frond_tls_get_info(server.tls, &info), 0);
    CHECK_TEXT(info.alpn, "");
    end(&client);
    end(&server);
    frond_tls_context_free(client.context);
    frond_tls_context_free(server.context);
}

/* ---- peers that are not there ---- */

static void test_silent_peer(void) {
    frond_clock_virtual(1);
    frond_tls_context *trusting = link_trusting(&link_ca);
    frond_tls_context *serving = link_serving(&link_good);
    for (int i = 0; i < 2 * LINKS; i++) {
        frond_stream *a, *b;
        link_open(i / 2, &a, &b);
        link_side side = {.under = a,
                          .host = i % 2 ? "good.test" : NULL,
                          .context = i % 2 ? trusting : serving,
                          .deadline = frond_in(30)};
        int64_t start = frond_now();
        link_handshake(&side);
        CHECK_INT(side.rc, FROND_ETIMEDOUT);
        CHECK_HAS(side.text, "tls handshake with ");
        CHECK_HAS(side.text, "timed out");
        CHECK_INT((frond_now() - start) / 1000000, 30);
        frond_stream_free(b);
        link_open(i / 2, &side.under, &b);
        side.deadline = FROND_NEVER;
        frond_greenlet *g = frond_spawn(link_handshake, &side);
        frond_sleep(5);
        CHECK_INT(frond_kill(g, FROND_EXIT, frond_in(20000)), 0);
        CHECK_INT(side.rc, FROND_ECANCELED);
        frond_release(g);
        frond_stream_free(b);
        link_open(i / 2, &side.under, &b);
        side.deadline = FROND_NEVER;
        g = frond_spawn(link_handshake, &side);
        frond_sleep(5);
        frond_stream_ref(side.under);
        frond_stream *mine = side.under;
        frond_close(mine); /* by somebody else, in the middle */
        CHECK_INT(frond_join(g, frond_in(20000)), 0);
        CHECK_INT(side.rc, FROND_ECLOSED);
        frond_stream_free(mine);
        frond_release(g);
        frond_stream_free(b);
    }
    frond_tls_context_free(trusting);
    frond_tls_context_free(serving);
}

typedef struct {
    frond_stream *from, *to;
    uint64_t pause_every; /* bytes */
} trickle;

static void *run_trickle(void *arg) {
    trickle *t = arg;
    char byte;
    uint64_t n = 0;
    while (frond_read(t->from, &byte, 1, FROND_NEVER) == 1) {
        if (++n % t->pause_every == 0)
            frond_sleep(1);
        if (frond_write(t->to, &byte, 1, NULL, FROND_NEVER) < 0)
            break;
    }
    frond_close(t->to);
    return NULL;
}

/* Client and server with a trickling line between them. */
static void over_trickle(int kind, uint64_t pause_every, uint64_t ms, link_side *client,
                         link_side *server) {
    frond_stream *a, *b;
    link_open(kind, &client->under, &a);
    link_open(kind, &b, &server->under);
    trickle there = {a, b, pause_every}, back = {b, a, pause_every};
    client->deadline = server->deadline = frond_in(ms);
    frond_greenlet *g[4] = {
        frond_spawn(run_trickle, &there), frond_spawn(run_trickle, &back),
        frond_spawn(link_handshake, client), frond_spawn(link_handshake, server)};
    frond_join(g[2], FROND_NEVER);
    frond_join(g[3], FROND_NEVER);
    end(client);
    end(server);
    for (int i = 0; i < 4; i++) {
        frond_kill(g[i], FROND_EXIT, frond_in(20000));
        frond_release(g[i]);
    }
    frond_stream_free(a);
    frond_stream_free(b);
}

static void test_trickling_peer(void) {
    frond_tls_context *trusting = link_trusting(&link_ca);
    frond_tls_context *serving = link_serving(&link_good);
    for (int kind = 0; kind < LINKS; kind++) {
        link_side client = {.host = "good.test", .context = trusting};
        link_side server = {.context = serving};
        over_trickle(kind, 50, 20000, &client, &server);
        CHECK_INT(client.rc, 0);
        CHECK_INT(server.rc, 0);
        int was = frond_clock_virtual(1);
        int64_t start = frond_now();
        over_trickle(kind, 1, 50, &client, &server);
        CHECK_INT(client.rc, FROND_ETIMEDOUT);
        CHECK_INT(server.rc, FROND_ETIMEDOUT);
        CHECK_INT((frond_now() - start) / 1000000, 50);
        frond_clock_virtual(was);
    }
    frond_tls_context_free(trusting);
    frond_tls_context_free(serving);
}

static void test_idle_handshake_delays_nobody(void) {
    frond_tls_context *serving = link_serving(&link_good);
    frond_tls_context *trusting = link_trusting(&link_ca);
    frond_stream *silent;
    link_side stuck = {.context = serving, .deadline = FROND_NEVER};
    link_open(LINK_TCP, &stuck.under, &silent);
    frond_greenlet *g = frond_spawn(link_handshake, &stuck);
    for (int i = 0; i < 10; i++) {
        link_side client = {.host = "good.test", .context = trusting};
        link_side server = {.context = serving};
        link_tls(i % LINKS, &client, &server);
        CHECK_INT(client.rc, 0);
        CHECK_INT(frond_dead(g), 0); /* not when that was over */
        end(&client);
        end(&server);
    }
    frond_kill(g, FROND_EXIT, FROND_NEVER);
    frond_release(g);
    frond_stream_free(silent);
    frond_tls_context_free(serving);
    frond_tls_context_free(trusting);
}

/* ---- what it costs ---- */

static void test_stack(void) {
    frond_tls_context *serving = link_serving(&link_good);
    frond_tls_context *trusting = link_trusting(&link_ca);
    for (int kind = 0; kind < LINKS; kind++) {
        link_side client = {.host = "good.test", .context = trusting};
        link_side server = {.context = serving};
        link_tls(kind, &client, &server);
        printf("\n    stack of a handshake: client %zu, server %zu of %zu bytes ",
               client.stack, server.stack, FROND_STACK_SIZE);
        if (!under_sanitizer()) {
            CHECK(client.stack < FROND_STACK_SIZE / 2);
            CHECK(server.stack < FROND_STACK_SIZE / 2);
        }
        end(&client);
        end(&server);
    }
    frond_tls_context_free(serving);
    frond_tls_context_free(trusting);
}

static void test_many(void) {
    frond_tls_context *serving = link_serving(&link_good);
    frond_tls_context *trusting[2] = {link_trusting(&link_ca),
                                      link_trusting(&link_other_ca)};
    long blocks = 0;
    for (int i = 0; i < 60; i++) {
        link_side client = {.host = "good.test", .context = trusting[i % 2]};
        link_side server = {.context = serving};
        link_tls(i % LINKS, &client, &server);
        CHECK_INT(client.rc, i % 2 ? FROND_ETLS_UNTRUSTED : 0);
        end(&client);
        end(&server);
        frond_sleep(0);
        if (i == 30)
            blocks = memory_live();
    }
    CHECK(memory_live() <= blocks + 4);
    frond_tls_context_free(serving);
    frond_tls_context_free(trusting[0]);
    frond_tls_context_free(trusting[1]);
}

/* ---- contexts and misuse ---- */

static void test_contexts(void) {
    frond_tls_context *c = NULL;
    static const char *const long_name[] = {"", NULL};
    frond_tls_options key = {.cert_pem = link_good.cert, .key_pem = link_ca.key},
                      junk = {.cert_pem = "no certificate"}, ca = {.ca_pem = "no CA"},
                      none = {.ca_file = "/nowhere/ca.pem"}, alpn = {.alpn = long_name},
                      cert = {.cert_file = "/nowhere/c.pem"},
                      reserved = {.reserved = {1}};
    CHECK_INT(frond_tls_context_new(&key, &c), FROND_ETLS_CONFIG);
    CHECK_HAS(frond_error_text(), "tls private key: key values mismatch");
    CHECK_INT(frond_tls_context_new(&junk, &c), FROND_ETLS_CONFIG);
    CHECK_TEXT(frond_error_text(),
               "tls certificate: it holds nothing of the kind in PEM form");
    CHECK_INT(frond_tls_context_new(&ca, &c), FROND_ETLS_CONFIG);
    CHECK_TEXT(frond_error_text(),
               "tls CA certificates: it holds nothing of the kind in PEM form");
    CHECK_INT(frond_tls_context_new(&none, &c), FROND_ENOENT);
    CHECK_TEXT(frond_error_text(), "tls /nowhere/ca.pem: no such file or directory");
    CHECK_INT(frond_tls_context_new(&cert, &c), FROND_ENOENT);
    CHECK_INT(frond_tls_context_new(&alpn, &c), FROND_EINVAL);
    CHECK_INT(frond_tls_context_new(&reserved, &c), FROND_EINVAL);
    CHECK_INT(frond_tls_context_new(NULL, NULL), FROND_EINVAL);
    frond_tls_context_free(NULL);
}

static void in_callback(void *arg) {
    link_side *s = arg;
    s->rc = frond_tls_client(s->under, "good.test", s->context, &s->tls, FROND_NEVER);
}

static void test_misuse(void) {
    frond_stream *a, *b, *s = NULL;
    frond_tls_info info;
    frond_tls_context *plain = link_trusting(&link_ca);
    link_open(LINK_PAIR, &a, &b);
    CHECK_INT(frond_tls_server(a, plain, &s, FROND_NEVER), FROND_ETLS_CONFIG);
    CHECK_TEXT(frond_error_text(), "tls server: the context has no certificate");
    CHECK_INT(frond_tls_server(a, NULL, &s, FROND_NEVER), FROND_EINVAL);
    CHECK_INT(frond_tls_client(NULL, "x", plain, &s, FROND_NEVER), FROND_EINVAL);
    CHECK_INT(frond_tls_client(a, NULL, plain, &s, FROND_NEVER), FROND_EINVAL);
    CHECK_INT(frond_tls_client(a, "", plain, &s, FROND_NEVER), FROND_EINVAL);
    CHECK_INT(frond_tls_client(a, "x", plain, NULL, FROND_NEVER), FROND_EINVAL);
    CHECK_INT(frond_tls_get_info(a, &info), FROND_EINVAL);
    CHECK_INT(frond_tls_get_info(NULL, &info), FROND_EINVAL);
    link_side side = {.under = a, .context = plain};
    frond_post(frond_hub_current(), in_callback, &side);
    frond_sleep(5);
    CHECK_INT(side.rc, FROND_ENOSUSPEND);
    frond_close(a);
    CHECK_INT(frond_tls_client(a, "x", plain, &s, FROND_NEVER), FROND_ECLOSED);
    frond_stream_free(a);
    frond_stream_free(b);
    frond_tls_context_free(plain);
}

/* ---- freed by somebody else ---- */

typedef struct {
    link_side side;
    int calls_before;
} freed_side;

static void *handshake_after(void *arg) {
    freed_side *f = arg;
    frond_event set = FROND_EVENT_INIT;
    frond_event_set(&set);
    for (int i = 0; i < f->calls_before; i++)
        frond_event_wait(&set, FROND_NOW);
    f->side.rc = frond_tls_client(f->side.under, f->side.host, f->side.context,
                                  &f->side.tls, f->side.deadline);
    return NULL;
}

/* While the handshake only gives way, as the 256th call in a row does, and while it waits for its peer. */
static void test_freed(void) {
    frond_tls_context *trusting = link_trusting(NULL);
    for (int i = 0; i < 2 * LINKS; i++) {
        frond_stream *b;
        freed_side f = {{.host = "x", .context = trusting}, i % 2 ? 255 : 0};
        f.side.deadline = frond_in(20000);
        link_open(i / 2, &f.side.under, &b);
        frond_greenlet *g = frond_spawn(handshake_after, &f);
        CHECK_INT(frond_yield(), 0);
        frond_stream_free(f.side.under);
        CHECK_INT(frond_join(g, frond_in(20000)), 0);
        CHECK_INT(f.side.rc, FROND_ECLOSED);
        frond_release(g);
        frond_stream_free(b);
    }
    frond_tls_context_free(trusting);
}

static const test_case tests[] = {
    {"good", test_good},
    {"dates", test_dates},
    {"names", test_names},
    {"trust", test_trust},
    {"client certificates", test_client_certificates},
    {"versions", test_versions},
    {"alpn mismatch", test_alpn_mismatch},
    {"silent peer", test_silent_peer},
    {"trickling peer", test_trickling_peer},
    {"idle handshake delays nobody", test_idle_handshake_delays_nobody},
    {"stack", test_stack},
    {"many", test_many},
    {"contexts", test_contexts},
    {"freed", test_freed},
    {"misuse", test_misuse},
    {0}};

int main(int argc, char **argv) {
    link_certificates();
    int rc = test_main("handshake", tests, argc, argv);
    link_certificates_free();
    return rc;
}
