/* SPDX-License-Identifier: MIT */
/* Clients that are asked for their certificate when the handshake is over: those that have one, a bad one, none, or
 * were never willing; with data before the answer; by a request that ran out of time; judged by the user's function. */
#include "support.h"

#include "link.h"
#include <frond/net.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static certificate mine, theirs;

static frond_tls_context *context(frond_tls_options o) {
    frond_tls_context *c = NULL;
    CHECK_INT(frond_tls_context_new(&o, &c), 0);
    return c;
}

static frond_tls_context *client_of(const certificate *own, int willing) {
    return context((frond_tls_options){.ca_pem = link_ca.cert,
                                       .cert_pem = own ? own->cert : NULL,
                                       .key_pem = own ? own->key : NULL,
                                       .post_handshake_auth = willing});
}

static frond_tls_options server_options(void) {
    return (frond_tls_options){
        .cert_pem = link_good.cert, .key_pem = link_good.key, .ca_pem = link_ca.cert};
}

/* A connection of the two contexts, which are freed with it. */
typedef struct {
    link_side client, server;
    frond_greenlet *echo;
} both;

/* What a client does meanwhile: it reads, which is what answers, and sends back what it gets. */
static void *echo(void *arg) {
    link_side *client = arg;
    char buf[100];
    int64_t n;
    while ((n = frond_read(client->tls, buf, sizeof buf, frond_in(20000))) > 0)
        if (frond_write(client->tls, buf, (size_t)n, NULL, frond_in(20000)) < 0)
            break;
    client->rc = n < 0 ? frond_error_code() : 0;
    return NULL;
}

static void begin(both *b, int kind, frond_tls_context *c, frond_tls_context *s) {
    *b = (both){.client = {.host = "good.test", .context = c}, .server = {.context = s}};
    link_tls(kind, &b->client, &b->server);
    CHECK_INT(b->client.rc, 0);
    CHECK_INT(b->server.rc, 0);
}

static void answer(both *b) {
    b->echo = frond_spawn(echo, &b->client);
}

static void end(both *b) {
    frond_stream_free(b->server.tls);
    if (b->echo) {
        frond_join(b->echo, FROND_NEVER);
        frond_release(b->echo);
    }
    frond_stream_free(b->client.tls);
    frond_tls_context_free(b->client.context);
    frond_tls_context_free(b->server.context);
}

/* Whose certificate the server has; NULL: none. */
static void shows(const both *b, const char *subject) {
    frond_tls_chain *chain = NULL;
    int rc = frond_tls_peer_chain(b->server.tls, &chain);
    CHECK_INT(rc, subject ? 0 : FROND_ENOENT);
    if (rc == 0)
        CHECK_TEXT(frond_tls_chain_at(chain, 0)->subject, subject);
    frond_tls_chain_free(chain);
}

/* Data still goes back and forth. */
static void works(const both *b) {
    char buf[10];
    CHECK_INT(frond_write(b->server.tls, "still", 5, NULL, frond_in(20000)), 0);
    CHECK_INT(frond_read_exact(b->server.tls, buf, 5, NULL, frond_in(20000)), 0);
    CHECK(memcmp(buf, "still", 5) == 0);
}

static int request(const both *b, int required) {
    return frond_tls_request_certificate(b->server.tls, required, frond_in(20000));
}

static void test_answers(void) {
    for (int kind = 0; kind < LINKS; kind++)
        for (int required = 0; required < 2; required++) {
            both b;
            begin(&b, kind, client_of(&mine, 1), context(server_options()));
            answer(&b);
            shows(&b, NULL);
            CHECK_INT(request(&b, required), 0);
            shows(&b, "CN=mine");
            works(&b);
            CHECK_INT(request(&b, required), 0); /* as often as it likes */
            works(&b);
            end(&b);
            CHECK_INT(b.client.rc, 0);
        }
}

static void test_none(void) {
    for (int kind = 0; kind < LINKS; kind++) {
        both b;
        begin(&b, kind, client_of(NULL, 1), context(server_options()));
        answer(&b);
        CHECK_INT(request(&b, 0), 0);
        shows(&b, NULL);
        works(&b);
        CHECK_INT(request(&b, 1), FROND_ETLS_CERT);
        CHECK_HAS(frond_error_text(), "peer did not return a certificate");
        CHECK_INT(frond_write(b.server.tls, "x", 1, NULL, frond_in(20000)),
                  FROND_ETLS_PROTOCOL);
        end(&b);
        CHECK_INT(b.client.rc, FROND_ETLS_ALERT);
    }
}

static void test_bad(void) {
    for (int kind = 0; kind < LINKS; kind++) {
        both b;
        begin(&b, kind, client_of(&theirs, 1), context(server_options()));
        answer(&b);
        CHECK_INT(request(&b, 0), FROND_ETLS_UNTRUSTED);
        CHECK_HAS(frond_error_text(), "unable to get local issuer certificate");
        char byte;
        CHECK_INT(frond_read(b.server.tls, &byte, 1, frond_in(20000)),
                  FROND_ETLS_PROTOCOL);
        end(&b);
        CHECK_INT(b.client.rc, FROND_ETLS_ALERT);
    }
}

/* Who cannot be asked, and is not; everything goes on as it was. */
static void test_unable(void) {
    both b;
    begin(&b, LINK_PAIR, client_of(&mine, 0), context(server_options()));
    answer(&b);
    CHECK_INT(request(&b, 0), FROND_ENOTSUP);
    CHECK_HAS(frond_error_text(), "has not offered to be asked");
    works(&b);
    end(&b);
    frond_tls_options old = server_options();
    old.highest = FROND_TLS_1_2;
    begin(&b, LINK_PAIR, client_of(&mine, 1), context(old));
    answer(&b);
    CHECK_INT(request(&b, 0), FROND_ENOTSUP);
    CHECK_HAS(frond_error_text(), "it needs TLS 1.3");
    works(&b);
    CHECK_INT(frond_tls_request_certificate(b.client.tls, 0, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_tls_request_certificate(NULL, 0, FROND_NOW), FROND_EINVAL);
    end(&b);
}

/* What was on its way before the answer is read afterwards, in order. */
static void test_early_data(void) {
    for (int kind = 0; kind < LINKS; kind++) {
        char sent[9000], got[sizeof sent];
        both b;
        begin(&b, kind, client_of(&mine, 1), context(server_options()));
        for (size_t i = 0; i < sizeof sent; i++)
            sent[i] = (char)(i * 7 % 251);
        CHECK_INT(frond_write(b.client.tls, sent, sizeof sent, NULL, frond_in(20000)), 0);
        CHECK_INT(frond_read_exact(b.server.tls, got, 10, NULL, frond_in(20000)), 0);
        CHECK_INT(frond_unread(b.server.tls, got, 10), 0);
        answer(&b);
        CHECK_INT(request(&b, 1), 0);
        shows(&b, "CN=mine");
        CHECK_INT(frond_read_exact(b.server.tls, got, sizeof got, NULL, frond_in(20000)),
                  0);
        CHECK(memcmp(sent, got, sizeof got) == 0);
        works(&b);
        end(&b);
    }
}

static void *flood(void *arg) {
    link_side *client = arg;
    static const char block[16 * 1024];
    for (int i = 0; i < 32; i++)
        frond_write(client->tls, block, sizeof block, NULL, frond_in(20000));
    return echo(arg);
}

/* More than is kept: nothing is lost, and the same question gets its answer later. */
static void test_flood(void) {
    both b;
    char block[16 * 1024];
    begin(&b, LINK_TCP, client_of(&mine, 1), context(server_options()));
    b.echo = frond_spawn(flood, &b.client);
    CHECK_INT(request(&b, 1), FROND_ELIMIT);
    CHECK_HAS(frond_error_text(), "too much data before the answer");
    for (int i = 0; i < 32; i++)
        CHECK_INT(
            frond_read_exact(b.server.tls, block, sizeof block, NULL, frond_in(20000)),
            0);
    CHECK_INT(request(&b, 1), 0);
    shows(&b, "CN=mine");
    works(&b);
    end(&b);
}

/* A client that reads nothing answers nothing. */
static void test_deadline(void) {
    frond_clock_virtual(1);
    for (int kind = 0; kind < LINKS; kind++)
        for (int again = 0; again < 2; again++) {
            both b;
            begin(&b, kind, client_of(&mine, 1), context(server_options()));
            CHECK_INT(frond_tls_request_certificate(b.server.tls, 1, frond_in(20)),
                      FROND_ETIMEDOUT);
            shows(&b, NULL);
            answer(&b);
            if (again)
                CHECK_INT(request(&b, 1), 0);
            works(&b); /* whoever reads hears the answer */
            shows(&b, "CN=mine");
            end(&b);
            CHECK_INT(b.client.rc, 0);
        }
}

static void test_goodbye_instead(void) {
    both b;
    begin(&b, LINK_PAIR, client_of(&mine, 1), context(server_options()));
    CHECK_INT(frond_shutdown(b.client.tls, frond_in(20000)), 0);
    CHECK_INT(request(&b, 1), FROND_EOF);
    CHECK_HAS(frond_error_text(), "it has said goodbye");
    end(&b);
}

static void *read_one(void *arg) {
    char byte;
    return (void *)(intptr_t)frond_read(arg, &byte, 1, frond_in(20000));
}

static void test_busy(void) {
    both b;
    begin(&b, LINK_PAIR, client_of(&mine, 1), context(server_options()));
    frond_greenlet *reader = frond_spawn(read_one, b.server.tls);
    frond_yield();
    CHECK_INT(request(&b, 1), FROND_EBUSY);
    CHECK_INT(frond_write(b.client.tls, "x", 1, NULL, frond_in(20000)), 0);
    CHECK_INT(frond_join(reader, FROND_NEVER), 0);
    frond_release(reader);
    answer(&b);
    CHECK_INT(request(&b, 1), 0);
    CHECK_INT(frond_shutdown(b.server.tls, frond_in(20000)), 0);
    CHECK_INT(request(&b, 1), FROND_EPIPE);
    end(&b);
}

/* ---- the user's function ---- */

typedef struct {
    int calls, heard, says;
} judge;

static int judge_it(const frond_tls_judged *judged, void *arg, frond_deadline d) {
    judge *j = arg;
    (void)d;
    frond_sleep(1);
    j->calls++;
    j->heard = judged->error;
    CHECK(frond_tls_chain_at(judged->chain, 0) != NULL);
    return j->says;
}

static void test_judge(void) {
    frond_clock_virtual(1);
    static const int says[] = {0, FROND_EACCES};
    for (int who = 0; who < 2; who++)
        for (int i = 0; i < 2; i++)
            for (int in_read = 0; in_read < 2; in_read++) {
                judge j = {.says = says[i]};
                frond_tls_options o = server_options();
                char byte;
                both b;
                o.verify = judge_it;
                o.verify_arg = &j;
                begin(&b, LINK_PAIR, client_of(who ? &theirs : &mine, 1), context(o));
                CHECK_INT(frond_tls_request_certificate(b.server.tls, 1, frond_in(10)),
                          FROND_ETIMEDOUT);
                answer(&b);
                CHECK_INT(j.calls, 0);
                CHECK_INT(frond_write(b.server.tls, "x", 1, NULL, frond_in(20000)), 0);
                if (in_read)
                    CHECK_INT(frond_read(b.server.tls, &byte, 1, frond_in(20000)),
                              says[i] ? says[i] : 1);
                else
                    CHECK_INT(request(&b, 1), says[i]);
                CHECK_INT(j.calls, 1);
                CHECK_INT(j.heard, who ? FROND_ETLS_UNTRUSTED : 0);
                CHECK_INT(frond_write(b.server.tls, "x", 1, NULL, frond_in(20000)),
                          says[i] ? FROND_ETLS_PROTOCOL : 0);
                end(&b);
            }
}

static const test_case tests[] = {{"answers", test_answers},
                                  {"none", test_none},
                                  {"bad", test_bad},
                                  {"unable", test_unable},
                                  {"early_data", test_early_data},
                                  {"flood", test_flood},
                                  {"deadline", test_deadline},
                                  {"goodbye_instead", test_goodbye_instead},
                                  {"busy", test_busy},
                                  {"judge", test_judge},
                                  {0}};

int main(int argc, char **argv) {
    link_certificates();
    certificate_make(&mine, "mine", NULL, -1, 30, 0, &link_ca);
    certificate_make(&theirs, "theirs", NULL, -1, 30, 0, &link_other_ca);
    int rc = test_main("request", tests, argc, argv);
    certificate_free(&mine);
    certificate_free(&theirs);
    link_certificates_free();
    return rc;
}
