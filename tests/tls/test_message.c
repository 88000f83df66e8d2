/* SPDX-License-Identifier: MIT */
/* Messages of the protocol, as they are shown to who wants to see them: those of whole handshakes of both versions in
 * their order, alerts by name, on both sides alike; from a function that may not wait, and by the context that was
 * chosen. */
#include "support.h"

#include "link.h"
#include <frond/error.h>
#include <frond/net.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What was seen, a line each, but for records, and changes of ciphers, of which OpenSSL tells the sender only. */
typedef struct {
    char text[4000];
    size_t bytes;
    int records, inner, changes, slept;
    char version[20], peer[300];
} log_of;

static void note(const frond_tls_message *m, void *arg) {
    log_of *l = arg;
    size_t n = strlen(l->text);
    l->bytes += m->len;
    l->slept = frond_sleep(1);
    snprintf(l->version, sizeof l->version, "%s", m->version);
    snprintf(l->peer, sizeof l->peer, "%s", m->peer);
    if (m->type == FROND_TLS_MESSAGE_RECORD)
        l->records++;
    else if (m->type == FROND_TLS_MESSAGE_INNER_TYPE)
        l->inner++;
    else if (m->type == FROND_TLS_MESSAGE_CHANGE_CIPHER)
        l->changes++;
    else
        snprintf(l->text + n, sizeof l->text - n, "%s %s\n", m->sent ? ">" : "<",
                 m->text);
}

static frond_tls_context *context(frond_tls_options o) {
    frond_tls_context *c = NULL;
    CHECK_INT(frond_tls_context_new(&o, &c), 0);
    return c;
}

static frond_tls_context *watched_client(log_of *l, frond_tls_version version) {
    return context((frond_tls_options){.ca_pem = link_ca.cert,
                                       .highest = version,
                                       .on_message = note,
                                       .message_arg = l});
}

static frond_tls_context *watched_server(log_of *l) {
    return context((frond_tls_options){.cert_pem = link_good.cert,
                                       .key_pem = link_good.key,
                                       .on_message = note,
                                       .message_arg = l});
}

/* One connection with a byte each way; what failed is freed. */
static void connection(int kind, const char *host, frond_tls_context *c,
                       frond_tls_context *s) {
    link_side client = {.host = host, .context = c}, server = {.context = s};
    char byte;
    link_tls(kind, &client, &server);
    if (client.rc == 0 && server.rc == 0) {
        CHECK_INT(frond_write(server.tls, "x", 1, NULL, frond_in(20000)), 0);
        CHECK_INT(frond_read(client.tls, &byte, 1, frond_in(20000)), 1);
        CHECK_INT(frond_shutdown(client.tls, frond_in(20000)), 0);
        CHECK_INT(frond_read(server.tls, &byte, 1, frond_in(20000)), 0);
    }
    if (client.rc == 0)
        frond_stream_free(client.tls);
    if (server.rc == 0)
        frond_stream_free(server.tls);
    frond_tls_context_free(c);
    frond_tls_context_free(s);
}

/* b is a with the directions changed, and perhaps a goodbye that nobody has heard. */
static void mirrored(const char *a, const char *b) {
    char turned[4000];
    snprintf(turned, sizeof turned, "%s", a);
    for (char *line = turned; line && *line;
         line = strchr(line, '\n'), line += line != NULL)
        *line = *line == '>' ? '<' : '>';
    CHECK_HAS(b, turned);
}

static void test_1_2(void) {
    for (int kind = 0; kind < LINKS; kind++) {
        log_of client = {0}, server = {0};
        connection(kind, "good.test", watched_client(&client, FROND_TLS_1_2),
                   watched_server(&server));
        CHECK_TEXT(client.text, "> handshake: client hello\n"
                                "< handshake: server hello\n"
                                "< handshake: certificate\n"
                                "< handshake: server key exchange\n"
                                "< handshake: server hello done\n"
                                "> handshake: client key exchange\n"
                                "> handshake: finished\n"
                                "< handshake: new session ticket\n"
                                "< handshake: finished\n"
                                "> alert: warning: close notify\n");
        CHECK_TEXT(client.version, "TLSv1.2");
        CHECK_TEXT(client.peer, "good.test");
        CHECK(client.records >= 8);
        CHECK_INT(client.inner, 0);
        CHECK_INT(client.changes, 1);
        CHECK(client.bytes > 1000);
        mirrored(client.text, server.text);
    }
}

static void test_1_3(void) {
    for (int kind = 0; kind < LINKS; kind++) {
        log_of client = {0}, server = {0};
        connection(kind, "good.test", watched_client(&client, 0),
                   watched_server(&server));
        CHECK_TEXT(client.text, "> handshake: client hello\n"
                                "< handshake: server hello\n"
                                "< handshake: encrypted extensions\n"
                                "< handshake: certificate\n"
                                "< handshake: certificate verify\n"
                                "< handshake: finished\n"
                                "> handshake: finished\n"
                                "< handshake: new session ticket\n"
                                "< handshake: new session ticket\n"
                                "> alert: warning: close notify\n");
        CHECK_TEXT(client.version, "TLSv1.3");
        CHECK(client.inner >= 8);
    }
}

static void test_alert(void) {
    log_of client = {0}, server = {0};
    connection(LINK_PAIR, "bad.test", watched_client(&client, 0),
               watched_server(&server));
    CHECK_HAS(client.text, "> alert: fatal: bad certificate\n");
    CHECK_HAS(server.text, "< alert: fatal: bad certificate\n");
}

/* It is called where nothing else may run, and then nothing does. */
static void test_no_waiting(void) {
    log_of client = {0};
    connection(LINK_PAIR, "good.test", watched_client(&client, 0),
               link_serving(&link_good));
    CHECK_INT(client.slept, FROND_ENOSUSPEND);
    CHECK_INT(frond_sleep(1), 0);
}

static int choose(const frond_tls_hello *hello, frond_tls_context **c, void *other,
                  frond_deadline d) {
    (void)d;
    (void)hello;
    *c = frond_tls_context_ref(other);
    return 0;
}

/* From there on the chosen context's function is shown them. */
static void test_chosen(void) {
    log_of first = {0}, second = {0};
    frond_tls_context *other = watched_server(&second);
    frond_tls_context *asked = context((frond_tls_options){.cert_pem = link_good.cert,
                                                           .key_pem = link_good.key,
                                                           .choose = choose,
                                                           .choose_arg = other,
                                                           .on_message = note,
                                                           .message_arg = &first});
    connection(LINK_PAIR, "good.test", link_trusting(&link_ca), asked);
    CHECK_TEXT(first.text, "< handshake: client hello\n");
    CHECK_HAS(second.text, "> handshake: server hello\n");
    CHECK_HAS(second.text, "< handshake: finished\n");
    frond_tls_context_free(other);
}

static const test_case tests[] = {
    {"1_2", test_1_2},       {"1_3", test_1_3},
    {"alert", test_alert},   {"no_waiting", test_no_waiting},
    {"chosen", test_chosen}, {0}};

int main(int argc, char **argv) {
    link_certificates();
    int rc = test_main("message", tests, argc, argv);
    link_certificates_free();
    return rc;
}
