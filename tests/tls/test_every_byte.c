/* SPDX-License-Identifier: MIT */
/* A deadline, or a kill, after every byte of a handshake and of a record, read and written: after each the object is
 * as the laws say, and nothing is lost.  FROND_SEED in the environment: other sizes of pieces, and other turns. */
#include "support.h"

#include "link.h"
#include "net/pipe.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint32_t seed = 12345;
static frond_tls_context *trusting[2], *serving; /* TLS 1.2 and 1.3 */

static void open_contexts(void) {
    for (int i = 0; i < 2; i++) {
        frond_tls_options o = {.ca_pem = link_ca.cert,
                               .highest = i ? FROND_TLS_1_3 : FROND_TLS_1_2,
                               .no_sessions = 1};
        CHECK_INT(frond_tls_context_new(&o, &trusting[i]), 0);
    }
    serving = link_serving(&link_good);
}

static void close_contexts(void) {
    frond_tls_context_free(trusting[0]);
    frond_tls_context_free(trusting[1]);
    frond_tls_context_free(serving);
}

/* ---- handshakes ---- */

typedef struct {
    link_side sides[2]; /* client, server */
    pipe_end *ends[2];
    frond_greenlet *greenlets[2];
} meeting;

static void meet(meeting *m, bool direct, int version) {
    memset(m, 0, sizeof *m);
    pipe_open(direct, pipe_random(&seed), &m->ends[0], &m->ends[1]);
    m->sides[0].host = "good.test";
    for (int i = 0; i < 2; i++) {
        m->sides[i].under = &m->ends[i]->base;
        m->sides[i].context = i ? serving : trusting[version];
        m->sides[i].deadline = frond_in(20000);
    }
}

static void start(meeting *m) {
    for (int i = 0; i < 2; i++)
        m->greenlets[i] = frond_spawn(link_handshake, &m->sides[i]);
}

static void finish(meeting *m) {
    for (int i = 0; i < 2; i++) {
        frond_join(m->greenlets[i], FROND_NEVER);
        frond_release(m->greenlets[i]);
    }
}

static void end(meeting *m) {
    for (int i = 0; i < 2; i++)
        if (m->sides[i].rc == 0)
            frond_stream_free(m->sides[i].tls);
}

/* How many bytes that side reads and writes in a handshake; a little more or less each time, as signatures
 * are not all of one length. */
static size_t traffic(int version, int side, bool writes) {
    meeting m;
    meet(&m, true, version);
    start(&m);
    finish(&m);
    CHECK_INT(m.sides[0].rc, 0);
    CHECK_INT(m.sides[1].rc, 0);
    size_t n = writes ? m.ends[side]->has_written : m.ends[side]->has_read;
    end(&m);
    return n;
}

static void interrupted(int version, int side, bool writes, size_t at) {
    meeting m;
    bool kills = pipe_random(&seed) % 2, direct = pipe_random(&seed) % 2;
    meet(&m, direct, version);
    pipe_allow(m.ends[side], writes ? PIPE_ALL : at, writes ? at : PIPE_ALL);
    if (!kills)
        m.sides[side].deadline = frond_in(50);
    start(&m);
    frond_sleep(20);
    if (kills)
        frond_kill(m.greenlets[side], FROND_EXIT, frond_in(5000));
    finish(&m);
    CHECK_INT(m.sides[side].rc, kills ? FROND_ECANCELED : FROND_ETIMEDOUT);
    if (m.sides[side].rc == FROND_ETIMEDOUT)
        CHECK_HAS(m.sides[side].text, "timed out");
    int other = m.sides[!side].rc; /* TLS 1.3: may be through */
    CHECK(other == 0 || other == FROND_ETLS_TRUNCATED || other == FROND_EPIPE);
    end(&m);
}

static void test_handshake(void) {
    enum { SLACK = 8 };
    open_contexts();
    for (int i = 0; i < 8; i++) {
        size_t n = traffic(i & 1, i >> 1 & 1, i >> 2);
        CHECK(n > 100);
        for (size_t at = 0; at + SLACK < n; at += under_valgrind() ? 37u : 1u + (i & 1))
            interrupted(i & 1, i >> 1 & 1, i >> 2, at);
    }
    close_contexts();
}

/* ---- records ---- */

enum { LENGTH = 100, AROUND = 60 /* what a record adds at most */ };

typedef struct {
    frond_stream *stream;
    frond_deadline deadline;
    char buf[LENGTH];
    size_t done;
    int64_t rc;
} transfer;

static void *receive(void *arg) {
    transfer *t = arg;
    t->rc = frond_read(t->stream, t->buf, LENGTH, t->deadline);
    return NULL;
}

static void *transmit(void *arg) {
    transfer *t = arg;
    t->rc = frond_write(t->stream, t->buf, LENGTH, &t->done, t->deadline);
    return NULL;
}

static void fill(char *buf, size_t at) {
    for (size_t i = 0; i < LENGTH; i++)
        buf[i] = (char)(at * 31 + i);
}

static void run(void *(*part)(void *), transfer *t, bool kills) {
    t->deadline = kills ? frond_in(20000) : frond_in(20);
    frond_greenlet *g = frond_spawn(part, t);
    frond_sleep(5);
    if (kills)
        frond_kill(g, FROND_EXIT, frond_in(5000));
    frond_join(g, FROND_NEVER);
    frond_release(g);
}

/* One record, of which the reader first sees so much. */
static void read_to(meeting *m, int side, size_t at, bool kills) {
    char sent[LENGTH];
    transfer t = {.stream = m->sides[side].tls};
    fill(sent, at);
    pipe_allow(m->ends[side], at, PIPE_ALL);
    CHECK_INT(frond_write(m->sides[!side].tls, sent, LENGTH, NULL, frond_in(1000)), 0);
    run(receive, &t, kills);
    if (t.rc > 0) { /* that was all of it */
        CHECK(at >= LENGTH);
    } else {
        CHECK_INT(t.rc, kills ? FROND_ECANCELED : FROND_ETIMEDOUT);
        pipe_allow(m->ends[side], PIPE_ALL, PIPE_ALL);
        t.rc = frond_read(t.stream, t.buf, LENGTH, frond_in(1000));
    }
    CHECK_INT(t.rc, LENGTH);
    CHECK(memcmp(t.buf, sent, LENGTH) == 0);
}

/* One record, of which so much can be sent at first; it arrives whole, and before the next. */
static void write_to(meeting *m, int side, size_t at, bool kills) {
    char got[2 * LENGTH];
    transfer t = {.stream = m->sides[side].tls};
    fill(t.buf, at);
    pipe_allow(m->ends[side], PIPE_ALL, at);
    run(transmit, &t, kills);
    CHECK(t.done == LENGTH); /* it is under way */
    CHECK(t.rc == 0 || (kills && t.rc == FROND_ECANCELED));
    pipe_allow(m->ends[side], PIPE_ALL, PIPE_ALL);
    CHECK_INT(frond_write(t.stream, "next", 4, NULL, frond_in(1000)), 0);
    size_t n = 0;
    while (n < LENGTH + 4) {
        int64_t some =
            frond_read(m->sides[!side].tls, got + n, sizeof got - n, frond_in(1000));
        CHECK(some > 0);
        if (some <= 0)
            break;
        n += (size_t)some;
    }
    CHECK(memcmp(got, t.buf, LENGTH) == 0 && memcmp(got + LENGTH, "next", 4) == 0);
}

static void test_record(void) {
    meeting m;
    open_contexts();
    for (int i = 0; i < 8; i++) {
        meet(&m, i & 1, i >> 1 & 1);
        start(&m);
        finish(&m);
        int side = i >> 2;
        for (size_t at = 0; at < 2 * (LENGTH + AROUND); at++) {
            read_to(&m, side, at / 2, at % 2);
            pipe_allow(m.ends[side], PIPE_ALL, PIPE_ALL);
            write_to(&m, side, at / 2, at % 2);
        }
        end(&m);
    }
    close_contexts();
}

/* ---- peers that stop, and worse, at every byte ---- */

/* The other end closes when that side has read so much. */
static void cut(meeting *m, int side, size_t at) {
    pipe_allow(m->ends[side], at, PIPE_ALL);
    start(m);
    frond_sleep(1);
    m->ends[side]->len = m->ends[side]->at; /* what else there was is gone */
    frond_close(&m->ends[!side]->base);
    finish(m);
    int rc = m->sides[side].rc;
    CHECK(rc == FROND_ETLS_TRUNCATED || rc == FROND_EPIPE);
    CHECK_HAS(m->sides[side].text, "tls handshake with ");
    end(m);
}

/* One bit on the way is another. */
static void spoil(meeting *m, int side, size_t at) {
    pipe_allow(m->ends[side], at, PIPE_ALL);
    start(m);
    frond_sleep(1);
    pipe_end *e = m->ends[side];
    if (e->at < e->len)
        e->data[e->at] ^= (unsigned char)(1 << pipe_random(&seed) % 8);
    m->sides[side].deadline = frond_in(50);
    pipe_allow(e, PIPE_ALL, PIPE_ALL);
    frond_sleep(1);
    frond_stream *under = m->sides[side].rc < 0 ? NULL : &m->ends[side]->base;
    if (under && !m->sides[side].tls) /* a length became longer: nothing more will come */
        frond_close(under);
    finish(m);
    CHECK(m->sides[0].rc < 0 || m->sides[1].rc < 0 || at == 0);
    end(m);
}

static void test_bad_peers(void) {
    meeting m;
    open_contexts();
    for (int i = 0; i < 8; i++) {
        int version = i & 1, side = i >> 1 & 1;
        size_t n = traffic(version, side, false);
        for (size_t at = 0; at + 8 < n; at += under_valgrind() ? 41u : 3u) {
            meet(&m, pipe_random(&seed) % 2, version);
            (i >> 2 ? spoil : cut)(&m, side, at);
        }
    }
    close_contexts();
}

/* ---- records that no TLS has ---- */

static void injected(const void *data, size_t len, int code, const char *words) {
    for (int i = 0; i < 8; i++) {
        meeting m;
        char buf[100];
        int side = i >> 2;
        meet(&m, i & 1, i >> 1 & 1);
        start(&m);
        finish(&m);
        CHECK_INT(frond_write(m.sides[!side].tls, "good", 4, NULL, frond_in(1000)), 0);
        CHECK_INT(frond_read(m.sides[side].tls, buf, sizeof buf, frond_in(1000)), 4);
        pipe_inject(m.ends[side], data, len);
        int64_t rc = frond_read(m.sides[side].tls, buf, sizeof buf, frond_in(50));
        CHECK_INT(rc, code);
        CHECK_HAS(frond_error_text(), words);
        rc = frond_read(m.sides[side].tls, buf, sizeof buf, frond_in(50));
        CHECK_INT(rc, code == FROND_ETIMEDOUT ? code : FROND_ETLS_PROTOCOL);
        if (code == FROND_ETIMEDOUT) /* half a record */
            frond_close(&m.ends[!side]->base);
        rc = frond_read(m.sides[side].tls, buf, sizeof buf, frond_in(50));
        CHECK(rc < 0 && rc != FROND_ETIMEDOUT);
        end(&m);
    }
}

static void test_bad_records(void) {
    static unsigned char large[20000] = {0x17, 3, 3, 0x4e, 0x1b};
    open_contexts();
    injected(large, sizeof large, FROND_ETLS_PROTOCOL, "too long");
    injected("\x17\x03\x03\xff\xff", 5, FROND_ETLS_PROTOCOL, "too long");
    injected("\x17\x03\x03\x00\x00", 5, FROND_ETLS_PROTOCOL, "");
    injected("\x17\x03\x03\x00\x20", 5, FROND_ETIMEDOUT, "timed out");
    injected("\x99\x03\x03\x00\x02xx", 7, FROND_ETLS_PROTOCOL, "");
    injected("HTTP/1.1 400 Bad Request\r\n\r\n", 28, FROND_ETLS_PROTOCOL, "");
    injected("\x15\x03\x03\x00\x02\x02\x28", 7, FROND_ETLS_PROTOCOL, "");
    close_contexts();
}

static const test_case tests[] = {{"handshake", test_handshake},
                                  {"record", test_record},
                                  {"bad peers", test_bad_peers},
                                  {"bad records", test_bad_records},
                                  {0}};

int main(int argc, char **argv) {
    const char *given = getenv("FROND_SEED");
    if (given && atoi(given))
        seed = (uint32_t)atoi(given);
    test_clock_virtual();
    link_certificates();
    int rc = test_main("every byte", tests, argc, argv);
    link_certificates_free();
    return rc;
}
