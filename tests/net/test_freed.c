/* SPDX-License-Identifier: MIT */
/* Objects that others free while a greenlet is in a call: also where it does not wait, but only gives way. */
#include "net.h"

#include <frond/impl/stream.h>
#include <frond/timeout.h>

/* A call that has been made often enough in a row lets others run, and main frees what it is about. */
static int ended_with;

static void *read_often(void *arg) {
    char c;
    do
        ended_with = (int)frond_read(arg, &c, 1, FROND_NOW);
    while (ended_with == FROND_ETIMEDOUT);
    return NULL;
}

static void *write_often(void *arg) {
    do
        ended_with = frond_write(arg, "", 0, NULL, FROND_NOW);
    while (ended_with == 0);
    return NULL;
}

static void *receive_often(void *arg) {
    char c;
    do
        ended_with = (int)frond_receive(arg, &c, 1, FROND_MSG_PEEK, FROND_NOW);
    while (ended_with == FROND_ETIMEDOUT);
    return NULL;
}

static void *accept_often(void *arg) {
    frond_stream *s;
    do
        ended_with = frond_accept(arg, &s, FROND_NOW);
    while (ended_with == FROND_ETIMEDOUT);
    return NULL;
}

static void *receive_datagrams_often(void *arg) {
    char c;
    do
        ended_with = (int)frond_udp_receive(arg, &c, 1, NULL, FROND_NOW);
    while (ended_with == FROND_ETIMEDOUT);
    return NULL;
}

static void free_during(frond_fn run, void *object, void (*release)(void *)) {
    ended_with = 1;
    frond_greenlet *g = frond_spawn(run, object);
    CHECK_INT(frond_yield(), 0);
    release(object);
    CHECK_INT(frond_join(g, frond_in(20000)), 0);
    CHECK_INT(ended_with, FROND_ECLOSED);
    frond_release(g);
}

static void free_stream(void *s) {
    frond_stream_free(s);
}

static void free_listener(void *l) {
    frond_listener_free(l);
}

static void free_udp(void *u) {
    frond_udp_free(u);
}

static void while_it_gives_way(void) {
    static const frond_fn runs[] = {read_often, write_often, receive_often};
    frond_addr at;
    frond_udp *u = NULL;
    for (size_t i = 0; i < sizeof runs / sizeof runs[0]; i++) {
        frond_stream *a, *b;
        CHECK_INT(frond_stream_pair(&a, &b), 0);
        free_during(runs[i], a, free_stream);
        frond_stream_free(b);
    }
    free_during(accept_often, net_listen(&at), free_listener);
    frond_addr_loopback(&at, FROND_IPV4, 0);
    CHECK_INT(frond_udp_open(&at, &u), 0);
    free_during(receive_datagrams_often, u, free_udp);
}

/* ---- copies ---- */

typedef struct {
    frond_stream *from, *to;
    int rc;
} copying;

static void *copy_it(void *arg) {
    copying *c = arg;
    c->rc = frond_copy(c->from, c->to, 0, NULL, FROND_NEVER);
    return NULL;
}

/* Which of the two is freed, while the copy waits to read (idle) or to write. */
static void free_copied(bool from, bool idle) {
    frond_stream *a, *b, *x, *y;
    net_tcp_pair(&a, &b);
    net_tcp_pair(&x, &y);
    copying c = {b, x, 1};
    if (!idle) {
        net_fill(x, 0);
        CHECK_INT(frond_write(a, "more", 4, NULL, FROND_NEVER), 0);
    }
    frond_greenlet *g = frond_spawn(copy_it, &c);
    frond_sleep(20);
    frond_stream_free(from ? b : x);
    if (from != idle) { /* it waits for the other one */
        CHECK_INT(frond_join(g, FROND_NOW), FROND_ETIMEDOUT);
        if (idle)
            CHECK_INT(frond_write(a, "more", 4, NULL, FROND_NEVER), 0);
        else
            CHECK_INT(frond_close(x), 0);
    }
    CHECK_INT(frond_join(g, frond_in(20000)), 0);
    CHECK_INT(c.rc, FROND_ECLOSED);
    frond_release(g);
    frond_stream_free(from ? x : b);
    frond_stream_free(a);
    frond_stream_free(y);
}

static void copies(void) {
    for (int i = 0; i < 4; i++)
        free_copied(i & 1, i & 2);
}

/* ---- relays ---- */

static void shielded_close(frond_stream *s) {
    (void)s;
}

/* A stream whose reads are in a shield for longer than a relay waits for them. */
static int64_t shielded_read(frond_stream *s, void *buf, size_t cap, frond_deadline d) {
    (void)s;
    (void)buf;
    (void)cap;
    (void)d;
    frond_shield_begin(1500);
    frond_sleep(1500);
    frond_shield_end();
    return 0;
}

static int shielded_write(frond_stream *s, const frond_buf *bufs, size_t n, size_t *done,
                          frond_deadline d) {
    (void)s;
    (void)d;
    *done = n ? bufs[0].len : 0;
    return 0;
}

static const frond_stream_ops shielded_ops = {.read = shielded_read,
                                              .write = shielded_write,
                                              .close = shielded_close,
                                              .destroy = shielded_close};

static void *relay_them(void *arg) {
    copying *c = arg;
    c->rc = frond_relay(c->from, c->to, NULL, NULL, FROND_NEVER);
    return NULL;
}

/* It does not wait for that for ever, and what goes on then uses no frame of its own. */
static void relay_left_early(void) {
    static frond_stream shielded;
    frond_stream *a, *b;
    CHECK_INT(frond_stream_pair(&a, &b), 0);
    CHECK_INT(frond_stream_init(&shielded, &shielded_ops), 0);
    copying c = {&shielded, a, 1};
    frond_greenlet *g = frond_spawn(relay_them, &c);
    frond_sleep(5);
    CHECK_INT(frond_kill(g, FROND_EXIT, FROND_NEVER), 0);
    CHECK_INT(c.rc, FROND_ECANCELED);
    frond_release(g);
    frond_stream_free(a);
    frond_stream_free(b);
    frond_sleep(700);
    frond_stream_free(&shielded);
}

/* ---- rates: law 4, and demand 37 ---- */

static void *write_slowly(void *arg) {
    char much[10000] = {0};
    ended_with = frond_write(arg, much, sizeof much, NULL, FROND_NEVER);
    return NULL;
}

static void *read_slowly(void *arg) {
    char much[10000];
    int64_t n;
    while ((n = frond_read(arg, much, sizeof much, FROND_NEVER)) > 0) {}
    ended_with = (int)n;
    return NULL;
}

/* Whose turn is in hours is woken all the same: the first of those who share a rate, and the one behind. */
static void close_slow(bool writes, bool close_first, bool release) {
    frond_stream *a[2], *b[2];
    frond_rate *r = frond_rate_new(1, 0);
    for (int i = 0; i < 2; i++) {
        CHECK_INT(frond_stream_pair(&a[i], &b[i]), 0);
        CHECK_INT(frond_stream_rates(a[i], writes ? NULL : r, writes ? r : NULL), 0);
        if (!writes) {
            char much[10000] = {0};
            CHECK_INT(frond_write(b[i], much, sizeof much, NULL, FROND_NEVER), 0);
        }
    }
    frond_greenlet *g[2];
    for (int i = 0; i < 2; i++) {
        g[i] = frond_spawn(writes ? write_slowly : read_slowly, a[i]);
        frond_sleep(5);
    }
    for (int i = 0; i < 2; i++) {
        int which = close_first ? i : 1 - i;
        ended_with = 1;
        if (release)
            frond_stream_free(a[which]);
        else
            frond_close(a[which]);
        CHECK_INT(frond_join(g[which], frond_in(20000)), 0);
        CHECK_INT(ended_with, FROND_ECLOSED);
        if (!release)
            frond_stream_free(a[which]);
        frond_kill(g[which], FROND_EXIT, FROND_NEVER);
        frond_release(g[which]);
        frond_stream_free(b[which]);
    }
    frond_rate_free(r);
}

static void slow_ones_are_woken(void) {
    for (int i = 0; i < 8; i++)
        close_slow(i & 1, i & 2, i & 4);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {{"while it gives way", while_it_gives_way},
                                      {"copies", copies},
                                      {"relay left early", relay_left_early},
                                      {"slow ones are woken", slow_ones_are_woken},
                                      {NULL, NULL}};
    return test_main("freed", tests, argc, argv);
}
