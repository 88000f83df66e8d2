/* SPDX-License-Identifier: MIT */
/* Copies between streams, both ways, and out of files. */
#include "net.h"

#include <frond/timeout.h>
#include <stdio.h>

enum { MUCH = 3000000 };

typedef struct {
    frond_stream *s;
    char *data;
    size_t n;
} sending;

static void *send_and_end(void *arg) {
    sending *w = arg;
    CHECK_INT(frond_write(w->s, w->data, w->n, NULL, FROND_NEVER), 0);
    CHECK_INT(frond_shutdown(w->s, FROND_NEVER), 0);
    return NULL;
}

/* Again and again, until the peer is gone: however much the system keeps for it. */
static void *send_and_leave(void *arg) {
    sending *w = arg;
    while (frond_write(w->s, w->data, w->n, NULL, FROND_NEVER) == 0)
        ;
    return NULL;
}

typedef struct {
    frond_stream *from, *to;
    uint64_t limit, copied;
    int rc;
} copying;

static void *copy_it(void *arg) {
    copying *c = arg;
    c->rc = frond_copy(c->from, c->to, c->limit, &c->copied, FROND_NEVER);
    frond_shutdown(c->to, FROND_NEVER);
    return NULL;
}

static void copy_through(void (*pair)(frond_stream **, frond_stream **), size_t n,
                         uint64_t limit) {
    frond_stream *a, *b, *x, *y;
    pair(&a, &b);
    pair(&x, &y);
    sending w = {a, net_bytes(n), n};
    copying c = {.from = b, .to = x, .limit = limit};
    frond_greenlet *g = frond_spawn(send_and_end, &w), *h = frond_spawn(copy_it, &c);
    size_t expected = limit && limit < n ? (size_t)limit : n;
    CHECK_INT(net_read_checked(y, 0, SIZE_MAX), expected);
    CHECK_INT(frond_join(h, FROND_NEVER), 0);
    CHECK_INT(c.rc, 0);
    CHECK_INT(c.copied, expected);
    if (expected < n) /* the rest is still there */
        CHECK_INT(net_read_checked(b, expected, SIZE_MAX), n - expected);
    CHECK_INT(frond_join(g, FROND_NEVER), 0);
    frond_release(g);
    frond_release(h);
    free(w.data);
    frond_stream_free(a);
    frond_stream_free(b);
    frond_stream_free(x);
    frond_stream_free(y);
}

static void make_pair(frond_stream **a, frond_stream **b) {
    CHECK_INT(frond_stream_pair(a, b), 0);
}

static void whole(void) {
    copy_through(net_tcp_pair, MUCH, 0);
    copy_through(net_tcp_pair, 10, 0);
    copy_through(net_tcp_pair, 0, 0);
    copy_through(make_pair, MUCH, 0);
}

static void part(void) {
    copy_through(net_tcp_pair, MUCH, 1000000);
    copy_through(net_tcp_pair, MUCH, 70000);
    copy_through(net_tcp_pair, 1000, 10);
    copy_through(net_tcp_pair, 1000, 5000);
}

/* Again and again a copy is given up; not a byte is lost or comes twice. */
static void given_up(void) {
    frond_stream *a, *b, *x, *y;
    net_tcp_pair(&a, &b);
    net_tcp_pair(&x, &y);
    sending w = {a, net_bytes(MUCH), MUCH};
    intptr_t fd;
    CHECK_INT(frond_stream_fd(x, &fd), 0); /* it takes little at a time */
    CHECK_INT(frond_sockopt_set(fd, FROND_SO_SEND_BUFFER, 20000), 0);
    CHECK_INT(frond_stream_fd(y, &fd), 0);
    CHECK_INT(frond_sockopt_set(fd, FROND_SO_RECEIVE_BUFFER, 20000), 0);
    frond_greenlet *g = frond_spawn(send_and_end, &w);
    uint64_t copied, all = 0;
    size_t got = 0;
    int rc, times = 0;
    do {
        rc = frond_copy(b, x, 0, &copied, frond_in(3));
        CHECK(rc == 0 || rc == FROND_ETIMEDOUT);
        all += copied;
        times++;
        size_t ready = (size_t)all - got;
        int64_t n = net_read_checked(y, got, times % 3 ? ready / 2 : ready);
        got += n > 0 ? (size_t)n : 0;
    } while (rc == FROND_ETIMEDOUT && times < 10000);
    CHECK_INT(rc, 0);
    CHECK(times > 3);
    CHECK_INT(all, MUCH);
    CHECK_INT(net_read_checked(y, got, MUCH - got), MUCH - got);
    CHECK_INT(frond_join(g, FROND_NEVER), 0);
    frond_release(g);
    free(w.data);
    frond_stream_free(a);
    frond_stream_free(b);
    frond_stream_free(x);
    frond_stream_free(y);
}

static void broken(void) {
    frond_stream *a, *b, *x, *y;
    uint64_t copied;
    char buf[64];
    net_tcp_pair(&a, &b);
    net_tcp_pair(&x, &y);
    CHECK_INT(frond_copy(NULL, x, 0, NULL, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_copy(b, NULL, 0, NULL, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_shutdown(x, FROND_NEVER), 0);
    CHECK_INT(frond_write(a, "not lost", 8, NULL, FROND_NEVER), 0);
    CHECK_INT(frond_copy(b, x, 0, &copied, FROND_NEVER), FROND_EPIPE);
    CHECK_INT(copied, 0);
    CHECK_INT(frond_read(b, buf, sizeof buf, FROND_NOW), 8);
    frond_stream_free(a);
    frond_stream_free(b);
    frond_stream_free(x);
    frond_stream_free(y);
}

/* What the kernel moves must not raise SIGPIPE either, which would end the program.  The writing to x waits when
 * its peer goes; of the buffer's part it is known already, so the kernel's must have begun. */
static void no_signal_for_who_has_gone(void) {
    frond_stream *a, *b, *x, *y;
    net_tcp_pair(&a, &b);
    make_pair(&x, &y);
    sending w = {a, net_bytes(MUCH), MUCH};
    copying c = {.from = b, .to = x};
    frond_greenlet *g = frond_spawn(send_and_leave, &w), *h = frond_spawn(copy_it, &c);
    CHECK_INT(net_read_checked(y, 0, MUCH / 2), MUCH / 2);
    frond_sleep(20);
    CHECK_INT(frond_close(y), 0);
    CHECK_INT(frond_join(h, FROND_NEVER), 0);
    CHECK(c.rc == FROND_EPIPE || c.rc == FROND_ECONNRESET);
    frond_close(b);
    CHECK_INT(frond_join(g, FROND_NEVER), 0);
    frond_release(g);
    frond_release(h);
    free(w.data);
    frond_stream_free(a);
    frond_stream_free(b);
    frond_stream_free(x);
    frond_stream_free(y);
}

/* ---- both ways ---- */

typedef struct {
    frond_stream *a, *b;
    uint64_t there, back;
    int rc;
    frond_deadline d;
} relaying;

static void *relay_it(void *arg) {
    relaying *r = arg;
    r->rc = frond_relay(r->a, r->b, &r->there, &r->back, r->d);
    return NULL;
}

static void relays(void) {
    frond_stream *a, *b, *x, *y;
    net_tcp_pair(&a, &b);
    net_tcp_pair(&x, &y);
    relaying r = {.a = b, .b = x, .d = FROND_NEVER};
    frond_greenlet *g = frond_spawn(relay_it, &r);
    sending one = {a, net_bytes(MUCH), MUCH}, two = {y, net_bytes(1000), 1000};
    frond_greenlet *h = frond_spawn(send_and_end, &one);
    CHECK_INT(net_read_checked(y, 0, SIZE_MAX), MUCH); /* its end has come through */
    send_and_end(&two);                                /* and the other way goes on */
    CHECK_INT(net_read_checked(a, 0, SIZE_MAX), 1000);
    CHECK_INT(frond_join(g, FROND_NEVER), 0);
    CHECK_INT(r.rc, 0);
    CHECK_INT(r.there, MUCH);
    CHECK_INT(r.back, 1000);
    CHECK_INT(frond_join(h, FROND_NEVER), 0);
    frond_release(g);
    frond_release(h);
    free(one.data);
    free(two.data);
    frond_stream_free(a);
    frond_stream_free(b);
    frond_stream_free(x);
    frond_stream_free(y);
}

static void ended_relays(void) {
    frond_stream *a, *b, *x, *y;
    char c;
    net_tcp_pair(&a, &b);
    net_tcp_pair(&x, &y);
    relaying r = {.a = b, .b = x, .d = frond_in(20)};
    relay_it(&r);
    CHECK_INT(r.rc, FROND_ETIMEDOUT);
    r.d = FROND_NEVER;
    frond_greenlet *g = frond_spawn(relay_it, &r);
    frond_sleep(2);
    CHECK_INT(frond_kill(g, FROND_EXIT, FROND_NEVER), 0);
    CHECK_INT(r.rc, FROND_ECANCELED);
    frond_release(g);
    CHECK_INT(frond_relay(b, b, NULL, NULL, FROND_NEVER), FROND_EINVAL);
    CHECK_INT(frond_relay(NULL, b, NULL, NULL, FROND_NEVER), FROND_EINVAL);
    CHECK_INT(frond_write(a, "!", 1, NULL, FROND_NEVER), 0); /* all are as they were */
    CHECK_INT(frond_read(b, &c, 1, FROND_NEVER), 1);
    g = frond_spawn(relay_it, &r);
    frond_sleep(2);
    frond_close(x); /* one direction fails: the other is stopped */
    CHECK_INT(frond_join(g, FROND_NEVER), 0);
    CHECK_INT(r.rc, FROND_ECLOSED);
    frond_release(g);
    frond_stream_free(a);
    frond_stream_free(b);
    frond_stream_free(x);
    frond_stream_free(y);
}

/* ---- files ---- */

typedef struct {
    frond_stream *s;
    frond_file *file;
    int rc;
} sending_none;

static void *send_none_killed(void *arg) {
    sending_none *n = arg;
    frond_sleep(1000000);
    n->rc = frond_send_file(n->s, n->file, 0, 0, NULL, FROND_NEVER);
    return NULL;
}

/* No bytes are a call all the same, as of frond_write. */
static void send_none(frond_stream *s, frond_file *f) {
    sending_none n = {s, f, 1};
    frond_greenlet *g = frond_spawn(send_none_killed, &n);
    frond_yield();
    CHECK_INT(frond_kill(g, FROND_EXIT, FROND_NEVER), 0);
    CHECK_INT(n.rc, FROND_ECANCELED);
    frond_release(g);
    frond_timeout t;
    CHECK_INT(frond_timeout_start_at(&t, FROND_NOW), 0);
    CHECK_INT(frond_send_file(s, f, 0, 0, NULL, FROND_NEVER), FROND_ETIMEDOUT);
    frond_timeout_stop(&t);
    CHECK_INT(frond_send_file(s, f, 0, 0, NULL, FROND_NEVER), 0);
    CHECK_INT(frond_close(s), 0);
    CHECK_INT(frond_send_file(s, f, 0, 0, NULL, FROND_NEVER), FROND_ECLOSED);
}

static void files(void) {
    char path[600];
    frond_stream *a, *b;
    frond_file *f;
    char *data = net_bytes(MUCH);
    int64_t sent;
    test_path(path, sizeof path, "copy");
    CHECK_INT(frond_fs_write_file(path, data, MUCH, 0, FROND_NEVER), 0);
    free(data);
    CHECK_INT(frond_file_open(path, FROND_FILE_READ, 0, &f, FROND_NEVER), 0);
    net_tcp_pair(&a, &b);
    CHECK_INT(frond_send_file(a, f, 1000, 500, &sent, FROND_NEVER), 0);
    CHECK_INT(sent, 500);
    CHECK_INT(net_read_checked(b, 1000, 500), 500);
    CHECK_INT(frond_send_file(a, f, MUCH - 10, 500, &sent, FROND_NEVER), 0);
    CHECK_INT(sent, 10);
    CHECK_INT(net_read_checked(b, MUCH - 10, 10), 10);
    CHECK_INT(frond_send_file(a, f, MUCH + 5, -1, &sent, FROND_NEVER), 0);
    CHECK_INT(sent, 0);
    int64_t at = 0;
    uint64_t ms = 1;
    int rc;
    do { /* given up and gone on with, and always with more time: a slow disk gets there, too */
        rc = frond_send_file(a, f, at, -1, &sent, frond_in(ms++));
        CHECK(rc == 0 || rc == FROND_ETIMEDOUT);
        CHECK_INT(net_read_checked(b, (size_t)at, (size_t)sent), sent);
        at += sent;
    } while (rc == FROND_ETIMEDOUT);
    CHECK_INT(at, MUCH);
    CHECK_INT(frond_send_file(a, NULL, 0, 1, &sent, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_send_file(NULL, f, 0, 1, &sent, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_send_file(a, f, -1, 1, &sent, FROND_NOW), FROND_EINVAL);
    frond_stream *c, *d;
    CHECK_INT(frond_stream_pair(&c, &d), 0);
    send_none(c, f);
    frond_stream_free(c);
    frond_stream_free(d);
    frond_close(b); /* and no SIGPIPE */
    do
        rc = frond_send_file(a, f, 0, -1, &sent, FROND_NEVER);
    while (rc == 0);
    CHECK(rc == FROND_EPIPE || rc == FROND_ECONNRESET);
    CHECK_INT(frond_file_close(f, FROND_NEVER), 0);
    CHECK_INT(frond_send_file(a, f, 0, 1, &sent, FROND_NEVER), FROND_ECLOSED);
    frond_file_free(f);
    frond_stream_free(a);
    frond_stream_free(b);
    CHECK_INT(frond_fs_unlink(path, FROND_NEVER), 0);
}

static void without_memory(void) {
    frond_stream *a = NULL, *b = NULL, *x = NULL, *y = NULL;
    uint64_t copied = 0;
    char buf[16];
    if (frond_stream_pair(&a, &b) == 0 && frond_stream_pair(&x, &y) == 0) {
        CHECK_INT(frond_write(a, "hello", 5, NULL, FROND_NEVER), 0);
        frond_shutdown(a, FROND_NEVER);
        frond_shutdown(y, FROND_NEVER);
        frond_relay(b, x, &copied, NULL, FROND_NEVER);
        CHECK(copied == 5 || memory_failed());
        if (copied == 5)
            CHECK_INT(frond_read(y, buf, sizeof buf, FROND_NEVER), 5);
    }
    frond_stream_free(a);
    frond_stream_free(b);
    frond_stream_free(x);
    frond_stream_free(y);
}

static void sweep(void) {
    memory_sweep(without_memory);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"whole", whole},
        {"part", part},
        {"given up", given_up},
        {"broken", broken},
        {"no signal for who has gone", no_signal_for_who_has_gone},
        {"relays", relays},
        {"ended relays", ended_relays},
        {"files", files},
        {"without memory", sweep},
        {NULL, NULL}};
    return test_main("copy", tests, argc, argv);
}
