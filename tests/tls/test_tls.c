/* SPDX-License-Identifier: MIT */
/* TLS streams after the handshake, where they are not as every stream is (net/streams.h): records of all sizes, calls
 * that end early and go on otherwise later, an end cut off; over every kind of transport, with TLS 1.2 and 1.3. */
#include "support.h"

#include "link.h"
#include <frond/net.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static link_contexts all;

static void open_contexts(void) {
    link_contexts_open(&all, (frond_tls_options){0});
}

static void each(void (*part)(frond_stream *client, frond_stream *server)) {
    open_contexts();
    link_each(&all, part);
    link_contexts_close(&all);
}

/* ---- a stream of bytes that tells what is missing ---- */

static unsigned char byte_at(uint64_t i) {
    i = (i + 1) * UINT64_C(0x9E3779B97F4A7C15);
    return (unsigned char)(i >> 56);
}

static void fill(unsigned char *buf, size_t n, uint64_t from) {
    for (size_t i = 0; i < n; i++)
        buf[i] = byte_at(from + i);
}

static bool same(const unsigned char *buf, size_t n, uint64_t from) {
    for (size_t i = 0; i < n; i++)
        if (buf[i] != byte_at(from + i))
            return false;
    return true;
}

typedef struct {
    frond_stream *stream;
    uint64_t from, total; /* bytes */
    size_t piece;         /* 0: of every size */
    uint64_t done;
    int rc;
    bool intact;
} transfer;

static void *send_all(void *arg) {
    transfer *t = arg;
    static unsigned char bufs[4][70000];
    static int next;
    unsigned char *buf = bufs[next++ % 4];
    t->done = 0;
    t->rc = 0;
    for (size_t k = 1; t->done < t->total && t->rc == 0; k = k * 5 % 65003) {
        size_t n = t->piece ? t->piece : k;
        if (n > t->total - t->done)
            n = (size_t)(t->total - t->done);
        fill(buf, n, t->from + t->done);
        size_t written = 0;
        t->rc = frond_write(t->stream, buf, n, &written, frond_in(30000));
        t->done += written;
    }
    return NULL;
}

static void *receive_all(void *arg) {
    transfer *t = arg;
    unsigned char buf[20000];
    t->done = 0;
    t->rc = 0;
    t->intact = true;
    for (size_t k = 1; t->done < t->total && t->intact; k = k * 5 % 19997) {
        size_t cap = t->piece ? t->piece : k;
        if (cap > t->total - t->done)
            cap = (size_t)(t->total - t->done);
        int64_t n = frond_read(t->stream, buf, cap, frond_in(30000));
        if (n <= 0) {
            t->rc = n < 0 ? (int)n : FROND_EOF;
            break;
        }
        t->intact = same(buf, (size_t)n, t->from + t->done);
        t->done += (uint64_t)n;
    }
    return NULL;
}

static void check_received(transfer *t) {
    CHECK_INT(t->rc, 0);
    CHECK_INT(t->done, t->total);
    CHECK(t->intact);
}

/* ---- both ways ---- */

static void both_ways(frond_stream *client, frond_stream *server) {
    enum { TOTAL = 3 * 1024 * 1024 };
    transfer t[4] = {{client, 0, TOTAL, 0, 0, 0, true},
                     {server, 0, TOTAL, 0, 0, 0, true},
                     {server, 999, TOTAL, 65000, 0, 0, true},
                     {client, 999, TOTAL, 16000, 0, 0, true}};
    frond_greenlet *g[4];
    for (int i = 0; i < 4; i++)
        g[i] = frond_spawn(i % 2 ? receive_all : send_all, &t[i]);
    for (int i = 0; i < 4; i++) {
        CHECK_INT(frond_join(g[i], FROND_NEVER), 0);
        frond_release(g[i]);
    }
    CHECK_INT(t[0].rc, 0);
    CHECK_INT(t[2].rc, 0);
    check_received(&t[1]);
    check_received(&t[3]);
}

static void test_both_ways(void) {
    each(both_ways);
}

static void many_parts(frond_stream *client, frond_stream *server) {
    static unsigned char bytes[60000];
    frond_buf parts[40];
    size_t n = 0, total = 0;
    fill(bytes, sizeof bytes, 0);
    for (size_t len = 0; n < 40; n++, len = (len * 3 + 1) % 4001) {
        if (n == 20)
            len = 30000;
        parts[n] = (frond_buf){bytes + total, len};
        total += len;
        if (total + 34001 > sizeof bytes)
            break;
    }
    size_t written = 0;
    transfer in = {server, 0, total, 0, 0, 0, true};
    frond_greenlet *g = frond_spawn(receive_all, &in);
    CHECK_INT(frond_writev(client, parts, n, &written, frond_in(20000)), 0);
    in.total = written;
    CHECK(written > 0 && written <= total);
    CHECK_INT(frond_shutdown(client, frond_in(20000)), 0);
    CHECK_INT(frond_join(g, FROND_NEVER), 0);
    CHECK(in.intact);
    CHECK_INT(in.done, written);
    frond_release(g);
}

static void test_many_parts(void) {
    each(many_parts);
}

typedef struct {
    frond_stream *stream;
    int64_t n;
    char buf[100];
} reader;

static void *read_once(void *arg) {
    reader *r = arg;
    r->n = frond_read(r->stream, r->buf, sizeof r->buf, FROND_NEVER);
    return NULL;
}

/* ---- writes that end early ---- */

enum { MUCH = 8 * 1024 * 1024 };
static unsigned char much[MUCH];

typedef struct {
    frond_stream *stream;
    const unsigned char *data;
    size_t len, written;
    frond_deadline deadline;
    int rc;
} writer;

static void *write_much(void *arg) {
    writer *w = arg;
    w->rc = frond_write(w->stream, w->data, w->len, &w->written, w->deadline);
    return NULL;
}

/* Sends what is missing of `much`, in pieces of other sizes than before; all must arrive. */
static void finish(frond_stream *from, frond_stream *to, size_t written) {
    transfer in = {to, 0, written + 100000, 0, 0, 0, true};
    transfer out = {from, written, 100000, 777, 0, 0, true};
    frond_greenlet *a = frond_spawn(receive_all, &in), *b = frond_spawn(send_all, &out);
    CHECK_INT(frond_join(a, FROND_NEVER), 0);
    CHECK_INT(frond_join(b, FROND_NEVER), 0);
    CHECK_INT(out.rc, 0);
    check_received(&in);
    frond_release(a);
    frond_release(b);
}

static void write_times_out(frond_stream *client, frond_stream *server) {
    size_t total = 0, written = 0;
    for (int i = 0; i < 3; i++) {
        CHECK_INT(frond_write(client, much + total, MUCH - total, &written, frond_in(20)),
                  FROND_ETIMEDOUT);
        total += written;
        CHECK(total < MUCH);
    }
    CHECK_INT(frond_write(client, much + total, MUCH - total, &written, FROND_NOW),
              FROND_ETIMEDOUT);
    total += written;
    CHECK(total < MUCH);
    finish(client, server, total);
}

static void test_write_times_out(void) {
    each(write_times_out);
}

static void write_killed(frond_stream *client, frond_stream *server) {
    writer w = {client, much, MUCH, 0, FROND_NEVER, 0};
    frond_greenlet *g = frond_spawn(write_much, &w);
    frond_sleep(10);
    CHECK_INT(frond_write(client, "x", 1, NULL, FROND_NOW), FROND_EBUSY);
    CHECK_INT(frond_kill(g, FROND_EXIT, frond_in(20000)), 0);
    frond_release(g);
    CHECK_INT(w.rc, FROND_ECANCELED);
    CHECK(w.written < MUCH);
    finish(client, server, w.written);
}

static void test_write_killed(void) {
    each(write_killed);
}

/* Reading on the same stream while a write is stuck must not make it forget its record. */
static void write_times_out_beside_reads(frond_stream *client, frond_stream *server) {
    char buf[100];
    writer w = {client, much, MUCH, 0, frond_in(60), 0};
    frond_greenlet *g = frond_spawn(write_much, &w);
    frond_sleep(10);
    CHECK_INT(frond_write(server, "hello", 5, NULL, frond_in(20000)), 0);
    CHECK_INT(frond_read(client, buf, sizeof buf, frond_in(20000)), 5);
    CHECK_INT(frond_read(client, buf, sizeof buf, frond_in(5)), FROND_ETIMEDOUT);
    CHECK_INT(frond_join(g, FROND_NEVER), 0);
    frond_release(g);
    CHECK_INT(w.rc, FROND_ETIMEDOUT);
    CHECK(w.written < MUCH);
    finish(client, server, w.written);
}

static void test_write_times_out_beside_reads(void) {
    each(write_times_out_beside_reads);
}

/* What a write has left behind must not keep a reader from reading. */
static void read_after_stuck_write(frond_stream *client, frond_stream *server) {
    char buf[100];
    size_t written = 0;
    CHECK_INT(frond_write(client, much, MUCH, &written, frond_in(20)), FROND_ETIMEDOUT);
    CHECK_INT(frond_write(server, "hello", 5, NULL, frond_in(20000)), 0);
    CHECK_INT(frond_read(client, buf, sizeof buf, frond_in(20000)), 5);
    writer w = {.stream = server, .data = much, .len = 3, .deadline = frond_in(20000)};
    frond_greenlet *g = frond_spawn_later(20, write_much, &w);
    CHECK_INT(frond_read(client, buf, sizeof buf, frond_in(20000)), 3);
    CHECK_INT(frond_join(g, FROND_NEVER), 0);
    frond_release(g);
    finish(client, server, written);
}

static void test_read_after_stuck_write(void) {
    each(read_after_stuck_write);
}

/* ---- the end ---- */

static void test_truncated(void) {
    open_contexts();
    for (int i = 0; i < 2 * LINKS; i++) {
        char buf[10];
        link_side client = {.host = "good.test", .context = all.trusting[i % 2]};
        link_side server = {.context = all.serving[i % 2]};
        link_tls(i / 2, &client, &server);
        frond_stream_ref(server.under);
        CHECK_INT(frond_write(server.tls, "cut", 3, NULL, frond_in(20000)), 0);
        CHECK_INT(frond_shutdown(server.under, frond_in(20000)), 0);
        CHECK_INT(frond_read(client.tls, buf, sizeof buf, frond_in(20000)), 3);
        CHECK_INT(frond_read(client.tls, buf, sizeof buf, frond_in(20000)),
                  FROND_ETLS_TRUNCATED);
        CHECK_TEXT(frond_error_text(),
                   "tls read from good.test: TLS stream ended without close_notify");
        CHECK(frond_read(client.tls, buf, sizeof buf, frond_in(20000)) < 0);
        frond_stream_free(client.tls);
        frond_stream_free(server.tls);
        frond_stream_free(server.under);
    }
    link_contexts_close(&all);
}

static void *read_one(void *tls) {
    char c;
    return frond_read(tls, &c, 1, frond_in(20000)) == 1 ? tls : NULL;
}

/* Neither a TLS stream nor, while it waits, the socket under it can go to another thread. */
static void test_stays_here(void) {
    open_contexts();
    link_side client = {.host = "good.test", .context = all.trusting[0]};
    link_side server = {.context = all.serving[0]};
    intptr_t fd = -1;
    void *value = NULL;
    link_tls(LINK_TCP, &client, &server);
    frond_greenlet *g = frond_spawn(read_one, server.tls);
    frond_yield();
    CHECK_INT(frond_stream_release(server.tls, &fd), FROND_ENOTSUP);
    CHECK_INT(frond_stream_release(server.under, &fd), FROND_EBUSY);
    CHECK_INT(fd, -1);
    CHECK_INT(frond_write(client.tls, "x", 1, NULL, frond_in(20000)), 0);
    CHECK_INT(frond_get(g, &value, frond_in(20000)), 0);
    CHECK(value == server.tls);
    frond_release(g);
    frond_stream_free(client.tls);
    frond_stream_free(server.tls);
    link_contexts_close(&all);
}

static void test_corrupted(void) {
    open_contexts();
    for (int i = 0; i < 2 * LINKS; i++) {
        char buf[10];
        link_side client = {.host = "good.test", .context = all.trusting[i % 2]};
        link_side server = {.context = all.serving[i % 2]};
        link_tls(i / 2, &client, &server);
        CHECK_INT(frond_write(server.tls, "first", 5, NULL, frond_in(20000)), 0);
        CHECK_INT(frond_write(server.under,
                              "\x17\x03\x03\x00\x20garbage garbage garbage "
                              "garbage",
                              5 + 32, NULL, frond_in(20000)),
                  0);
        CHECK_INT(frond_read(client.tls, buf, sizeof buf, frond_in(20000)), 5);
        CHECK_INT(frond_read(client.tls, buf, sizeof buf, frond_in(20000)),
                  FROND_ETLS_PROTOCOL);
        CHECK_HAS(frond_error_text(), "tls read from good.test: ");
        CHECK_INT(frond_write(client.tls, "x", 1, NULL, frond_in(20000)),
                  FROND_ETLS_PROTOCOL);
        frond_stream_free(client.tls);
        frond_stream_free(server.tls);
    }
    link_contexts_close(&all);
}

static void free_half_way(frond_stream *client, frond_stream *server) {
    reader r = {.stream = server};
    frond_greenlet *g = frond_spawn(read_once, &r);
    frond_sleep(1);
    frond_stream_ref(client);
    frond_stream_free(client);
    CHECK_INT(frond_kill(g, FROND_EXIT, frond_in(20000)), 0);
    frond_release(g);
}

static void test_free_half_way(void) {
    each(free_half_way);
}

/* ---- by name, in one call ---- */

typedef struct {
    frond_listener *listener;
    frond_tls_context *context;
} echo_server;

static void *serve_one(void *arg) {
    echo_server *e = arg;
    frond_stream *under, *s;
    char byte;
    if (frond_accept(e->listener, &under, frond_in(20000)) < 0)
        return NULL;
    if (frond_tls_server(under, e->context, &s, frond_in(20000)) < 0) {
        frond_stream_free(under);
        return NULL;
    }
    if (frond_read(s, &byte, 1, frond_in(20000)) == 1)
        frond_write(s, &byte, 1, NULL, frond_in(20000));
    frond_stream_free(s);
    return NULL;
}

static void test_connect(void) {
    frond_addr where;
    echo_server e = {0};
    frond_stream *s = NULL;
    char byte = 0;
    open_contexts();
    e.context = all.serving[1];
    frond_addr_loopback(&where, FROND_IPV4, 0);
    CHECK_INT(frond_tcp_listen(&where, NULL, &e.listener), 0);
    frond_listener_addr(e.listener, &where);
    frond_greenlet *g = frond_spawn(serve_one, &e);
    CHECK_INT(
        frond_tls_connect("127.0.0.1", where.port, all.trusting[1], &s, frond_in(20000)),
        0);
    CHECK_INT(frond_write(s, "x", 1, NULL, frond_in(20000)), 0);
    CHECK_INT(frond_read(s, &byte, 1, frond_in(20000)), 1);
    CHECK_INT(byte, 'x');
    frond_stream_free(s);
    frond_join(g, FROND_NEVER);
    frond_release(g);
    CHECK_INT(
        frond_tls_connect("127.0.0.1", where.port, all.trusting[1], &s, frond_in(30)),
        FROND_ETIMEDOUT); /* accepted by the kernel, answered by nobody */
    frond_listener_free(e.listener);
    CHECK_INT(
        frond_tls_connect("127.0.0.1", where.port, all.trusting[1], &s, frond_in(20000)),
        FROND_ECONNREFUSED);
    link_contexts_close(&all);
}

static const test_case tests[] = {
    {"both ways", test_both_ways},
    {"many parts", test_many_parts},
    {"stays here", test_stays_here},
    {"write times out", test_write_times_out},
    {"write killed", test_write_killed},
    {"write times out beside reads", test_write_times_out_beside_reads},
    {"read after stuck write", test_read_after_stuck_write},
    {"truncated", test_truncated},
    {"corrupted", test_corrupted},
    {"free half way", test_free_half_way},
    {"connect", test_connect},
    {0}};

int main(int argc, char **argv) {
    link_certificates();
    fill(much, MUCH, 0);
    int rc = test_main("tls", tests, argc, argv);
    link_certificates_free();
    return rc;
}
