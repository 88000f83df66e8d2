/* SPDX-License-Identifier: MIT */
/* Goodbyes that both say, within a deadline; the stream beneath given back; new keys in the middle of transfers
 * with a reader and a writer at each end. */
#include "support.h"

#include "link.h"
#include <frond/net.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static link_contexts all;

static void open_contexts(void) {
    link_contexts_open(&all, (frond_tls_options){.renegotiation = 1});
}

static void each(void (*part)(frond_stream *client, frond_stream *server)) {
    open_contexts();
    link_each(&all, part);
    link_contexts_close(&all);
}

typedef struct {
    frond_stream *tls, *under;
    frond_deadline deadline;
    int rc;
    char text[200];
} ending;

static void *unwrap(void *arg) {
    ending *e = arg;
    e->rc = frond_tls_unwrap(e->tls, &e->under, e->deadline);
    snprintf(e->text, sizeof e->text, "%s", e->rc < 0 ? frond_error_text() : "");
    return NULL;
}

static void *close_both(void *arg) {
    ending *e = arg;
    e->rc = frond_tls_close(e->tls, e->deadline);
    return NULL;
}

static void together(void *(*run)(void *), ending *a, ending *b) {
    frond_greenlet *g = frond_spawn(run, a), *h = frond_spawn(run, b);
    frond_join(g, FROND_NEVER);
    frond_join(h, FROND_NEVER);
    frond_release(g);
    frond_release(h);
}

/* ---- given back ---- */

static void unwraps(frond_stream *client, frond_stream *server) {
    ending a = {.tls = client, .deadline = frond_in(20000)};
    ending b = {.tls = server, .deadline = frond_in(20000)};
    char buf[100];
    CHECK_INT(frond_write(server, "left over", 9, NULL, frond_in(20000)), 0);
    together(unwrap, &a, &b);
    CHECK_INT(a.rc, 0);
    CHECK_INT(b.rc, 0);
    CHECK_INT(frond_read(client, buf, 1, FROND_NOW), FROND_ECLOSED);
    CHECK_INT(frond_tls_unwrap(client, &a.under, FROND_NOW), FROND_ECLOSED);
    CHECK_INT(frond_write(a.under, "plain", 5, NULL, frond_in(20000)), 0);
    CHECK_INT(frond_read(b.under, buf, sizeof buf, frond_in(20000)), 5);
    CHECK_INT(frond_write(b.under, "text", 4, NULL, frond_in(20000)), 0);
    CHECK_INT(frond_read(a.under, buf, sizeof buf, frond_in(20000)), 4);
    CHECK(memcmp(buf, "text", 4) == 0);
    frond_stream_free(a.under);
    frond_stream_free(b.under);
}

static void test_unwrap(void) {
    each(unwraps);
}

static void *unwrap_and_talk(void *arg) {
    ending *e = arg;
    unwrap(e);
    if (e->rc == 0)
        e->rc = frond_write(e->under, "at once", 7, NULL, frond_in(20000));
    return NULL;
}

/* What follows the goodbye at once, perhaps in one segment with it, is not lost. */
static void plain_at_once(frond_stream *client, frond_stream *server) {
    ending a = {.tls = client, .deadline = frond_in(20000)};
    ending b = {.tls = server, .deadline = frond_in(20000)};
    char buf[100] = "";
    frond_greenlet *g = frond_spawn(unwrap, &a);
    frond_yield(); /* the client has said its goodbye, and waits */
    frond_greenlet *h = frond_spawn(unwrap_and_talk, &b);
    frond_join(g, FROND_NEVER);
    frond_join(h, FROND_NEVER);
    CHECK_INT(a.rc, 0);
    CHECK_INT(b.rc, 0);
    if (a.rc == 0)
        CHECK_INT(frond_read(a.under, buf, sizeof buf, frond_in(20000)), 7);
    CHECK_TEXT(buf, "at once");
    frond_release(g);
    frond_release(h);
    frond_stream_free(a.under);
    frond_stream_free(b.under);
}

static void test_plain_at_once(void) {
    each(plain_at_once);
}

/* A peer that says nothing, one that goes away, and one that does answer in the end. */
static void unwrap_waits(frond_stream *client, frond_stream *server) {
    ending a = {.tls = client, .deadline = frond_in(10)};
    ending b = {.tls = server, .deadline = frond_in(20000)};
    unwrap(&a);
    CHECK_INT(a.rc, FROND_ETIMEDOUT);
    CHECK_TEXT(a.text, "tls goodbye of good.test: timed out");
    frond_greenlet *g = frond_spawn(unwrap, &a);
    a.deadline = FROND_NEVER;
    frond_sleep(2);
    char byte;
    CHECK_INT(frond_read(client, &byte, 1, FROND_NOW), FROND_EBUSY);
    CHECK_INT(frond_tls_close(client, FROND_NOW), FROND_EBUSY);
    frond_kill_once(g);
    CHECK_INT(frond_join(g, frond_in(20000)), 0);
    CHECK_INT(a.rc, FROND_ECANCELED);
    frond_release(g);
    a.deadline = frond_in(20000);
    together(unwrap, &a, &b);
    CHECK_INT(a.rc, 0);
    CHECK_INT(b.rc, 0);
    frond_stream_free(a.under);
    frond_stream_free(b.under);
}

static void test_unwrap_waits(void) {
    each(unwrap_waits);
}

static void cut_off(frond_stream *client, frond_stream *server) {
    ending a = {.tls = client, .deadline = frond_in(20000)};
    frond_greenlet *g = frond_spawn(unwrap, &a);
    frond_sleep(2);
    frond_close(server); /* which says goodbye by itself */
    frond_join(g, FROND_NEVER);
    CHECK_INT(a.rc, 0);
    frond_release(g);
    frond_stream_free(a.under);
}

static void test_peer_closes(void) {
    each(cut_off);
}

/* ---- closed within a deadline ---- */

static void closes(frond_stream *client, frond_stream *server) {
    ending a = {.tls = client, .deadline = frond_in(20000)};
    ending b = {.tls = server, .deadline = frond_in(20000)};
    together(close_both, &a, &b);
    CHECK_INT(a.rc, 0);
    CHECK_INT(b.rc, 0);
    CHECK_INT(frond_tls_close(client, FROND_NOW), FROND_ECLOSED);
}

static void closes_alone(frond_stream *client, frond_stream *server) {
    static char much[4 * 1024 * 1024];
    int was = frond_clock_virtual(1);
    int64_t start = frond_now();
    size_t written, sent = 0, got = 0;
    char byte;
    int rc;
    do { /* until there is no room even for a goodbye */
        rc = frond_write(client, much, sizeof much, &written, frond_in(20));
        sent += written;
    } while (rc == 0);
    CHECK_INT(rc, FROND_ETIMEDOUT);
    CHECK_INT(frond_tls_close(client, frond_in(20)), FROND_ETIMEDOUT);
    CHECK(frond_now() - start < INT64_C(2000000000));
    frond_clock_virtual(was);
    CHECK_INT(frond_read(client, &byte, 1, FROND_NOW), FROND_ECLOSED);
    int64_t n;
    while ((n = frond_read(server, much, sizeof much, frond_in(20000))) > 0)
        got += (size_t)n;
    if (n == 0) /* the system had room in the end, for all */
        CHECK_INT(got, sent);
    else
        CHECK_INT(n, n == FROND_ECONNRESET ? n : FROND_ETLS_TRUNCATED);
}

static void test_close(void) {
    each(closes);
    each(closes_alone);
}

static void test_misuse(void) {
    frond_stream *a, *b, *under = NULL;
    link_open(LINK_PAIR, &a, &b);
    CHECK_INT(frond_tls_close(a, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_tls_close(NULL, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_tls_unwrap(a, &under, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_tls_unwrap(a, NULL, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_tls_new_keys(a, 1, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_tls_new_keys(NULL, 1, FROND_NOW), FROND_EINVAL);
    frond_close(a);
    CHECK_INT(frond_tls_unwrap(a, &under, FROND_NOW), FROND_ECLOSED);
    frond_stream_free(a);
    frond_stream_free(b);
}

/* ---- new keys ---- */

typedef struct {
    frond_stream *stream;
    size_t total, done;
    int rc;
    bool intact;
    int keys; /* how often, in between; -1: for this way only */
} flow;

static unsigned char byte_at(size_t i) {
    return (unsigned char)(((uint64_t)i + 1) * UINT64_C(0x9E3779B97F4A7C15) >> 56);
}

static void *send_all(void *arg) {
    flow *f = arg;
    unsigned char buf[9000];
    size_t next = f->keys ? f->total / 8 : f->total;
    while (f->done < f->total && f->rc == 0) {
        size_t n = f->total - f->done < sizeof buf ? f->total - f->done : sizeof buf;
        for (size_t i = 0; i < n; i++)
            buf[i] = byte_at(f->done + i);
        f->rc = frond_write(f->stream, buf, n, &n, frond_in(20000));
        f->done += n;
        if (f->rc == 0 && f->done >= next) {
            f->rc = frond_tls_new_keys(f->stream, f->keys > 0, frond_in(20000));
            next += f->total / 8;
        }
    }
    if (f->rc < 0)
        fprintf(stderr, "    %s\n", frond_error_text());
    return NULL;
}

/* Reads on when it has all, as a reader does who does not know how much there will be: until it is killed. */
static void *receive_all(void *arg) {
    flow *f = arg;
    unsigned char buf[7000];
    int64_t n;
    f->intact = true;
    while ((n = frond_read(f->stream, buf, sizeof buf, frond_in(20000))) > 0) {
        for (int64_t i = 0; i < n; i++)
            f->intact = f->intact && buf[i] == byte_at(f->done + (size_t)i);
        f->done += (size_t)n;
    }
    f->rc = (int)n;
    return NULL;
}

static bool is_done(void *arg) {
    const flow *f = arg;
    return f->done >= f->total || f->rc < 0;
}

static void flows(flow *f) {
    frond_greenlet *g[4];
    for (int i = 0; i < 4; i++)
        g[i] = frond_spawn(i % 2 ? receive_all : send_all, &f[i]);
    for (int i = 0; i < 4; i += 2)
        CHECK_INT(frond_join(g[i], FROND_NEVER), 0);
    for (int i = 0; i < 4; i++) {
        CHECK(eventually(is_done, &f[i]));
        CHECK_INT(frond_kill(g[i], FROND_EXIT, frond_in(20000)), 0);
        frond_release(g[i]);
        CHECK_INT(f[i].rc, i % 2 ? FROND_ECANCELED : 0);
        CHECK_INT(f[i].done, f[i].total);
        CHECK(i % 2 == 0 || f[i].intact);
    }
}

static void keys(frond_stream *client, frond_stream *server, int of_client,
                 int of_server) {
    enum { TOTAL = 2 * 1024 * 1024 };
    flow f[4] = {{client, TOTAL, 0, 0, true, of_client},
                 {server, TOTAL, 0, 0, true, 0},
                 {server, TOTAL, 0, 0, true, of_server},
                 {client, TOTAL, 0, 0, true, 0}};
    flows(f);
    frond_stream_free(client);
    frond_stream_free(server);
}

/* TLS 1.3: both ends, both ways, as often as they like. */
static void test_keys_1_3(void) {
    open_contexts();
    for (int i = 0; i < 4 * LINKS; i++) {
        link_side client = {.host = "good.test", .context = all.trusting[1]};
        link_side server = {.context = all.serving[1]};
        link_tls(i / 4, &client, &server);
        static const int of_client[] = {1, -1, 0, 1}, of_server[] = {0, 0, 1, 1};
        keys(client.tls, server.tls, of_client[i % 4], of_server[i % 4]);
    }
    link_contexts_close(&all);
}

/* TLS 1.2: a handshake in the middle, when both ends read and write and both sides allow it.  The one that asks
 * for it writes nothing meanwhile, and its peer's data may be in between. */
static void test_keys_1_2(void) {
    open_contexts();
    for (int i = 0; i < 2 * LINKS; i++) {
        link_side client = {.host = "good.test", .context = all.trusting[0]};
        link_side server = {.context = all.serving[0]};
        link_tls(i / 2, &client, &server);
        keys(client.tls, server.tls, i % 2, !(i % 2));
    }
    link_contexts_close(&all);
}

/* Without .renegotiation it is refused at both ends. */
static void test_keys_refused(void) {
    frond_tls_options o = {.ca_pem = link_ca.cert, .highest = FROND_TLS_1_2};
    link_side client = {.host = "good.test"};
    link_side server = {.context = link_serving(&link_good)};
    char byte;
    CHECK_INT(frond_tls_context_new(&o, &client.context), 0);
    link_tls(LINK_TCP, &client, &server);
    CHECK_INT(frond_tls_new_keys(client.tls, 1, frond_in(20000)), FROND_ENOTSUP);
    CHECK_TEXT(frond_error_text(),
               "tls new keys with good.test: TLS 1.2, without .renegotiation");
    CHECK_INT(frond_write(client.tls, "x", 1, NULL, frond_in(20000)), 0);
    CHECK_INT(frond_read(server.tls, &byte, 1, frond_in(20000)), 1);
    CHECK_INT(frond_shutdown(client.tls, frond_in(20000)), 0);
    CHECK_INT(frond_tls_new_keys(client.tls, 1, frond_in(20000)), FROND_EPIPE);
    frond_stream_free(client.tls);
    frond_stream_free(server.tls);
    frond_tls_context_free(client.context);
    frond_tls_context_free(server.context);
}

static const test_case tests[] = {{"unwrap", test_unwrap},
                                  {"plain at once", test_plain_at_once},
                                  {"unwrap waits", test_unwrap_waits},
                                  {"peer closes", test_peer_closes},
                                  {"close", test_close},
                                  {"misuse", test_misuse},
                                  {"keys of TLS 1.3", test_keys_1_3},
                                  {"keys of TLS 1.2", test_keys_1_2},
                                  {"keys refused", test_keys_refused},
                                  {0}};

int main(int argc, char **argv) {
    link_certificates();
    int rc = test_main("ending", tests, argc, argv);
    link_certificates_free();
    return rc;
}
