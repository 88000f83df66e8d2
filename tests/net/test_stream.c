/* SPDX-License-Identifier: MIT */
/* Streams of every kind (streams.h): one reader and one writer, closing, nothing lost at a deadline or a kill, ends. */
#include "streams.h"

#include <frond/timeout.h>
#include <stdio.h>

enum { MUCH = 1 << 24 /* more than any kind holds */ };

static frond_stream *one, *two;
static char *much; /* made once */

static void begin(void) {
    if (!much)
        much = net_bytes(MUCH);
    streams_open(&one, &two);
}

static void end(void) {
    frond_stream_free(one);
    frond_stream_free(two);
}

static void *reads(void *s) {
    char buf[16];
    int64_t n = frond_read(s, buf, sizeof buf, FROND_NEVER);
    char word[32];
    snprintf(word, sizeof word, "read%d", (int)n);
    log_add(n < 0 ? frond_error_name((int)n) : word);
    return NULL;
}

static void *writes_much(void *s) {
    size_t written = 0;
    int rc = frond_write(s, much, MUCH, &written, FROND_NEVER);
    log_add(frond_error_name(rc));
    CHECK(rc == 0 || written < MUCH);
    return NULL;
}

/* ---- one at a time ---- */

static void busy(void) {
    begin();
    char c;
    size_t n = 77;
    frond_greenlet *r = frond_spawn(reads, one), *w = frond_spawn(writes_much, one);
    frond_yield();
    CHECK_INT(frond_read(one, &c, 1, FROND_NEVER), FROND_EBUSY);
    CHECK_INT(frond_write(one, "x", 1, &n, FROND_NEVER), FROND_EBUSY);
    CHECK_INT(n, 0);
    CHECK_INT(frond_shutdown(one, FROND_NEVER), FROND_EBUSY);
    CHECK_INT(frond_write(two, "hello", 5, NULL, FROND_NEVER), 0); /* both ways at once */
    CHECK_INT(frond_join(r, FROND_NEVER), 0);
    CHECK_INT(net_read_checked(two, 0, MUCH), MUCH);
    CHECK_INT(frond_join(w, FROND_NEVER), 0);
    CHECK_TEXT(log_text(), "read5 FROND_OK");
    frond_release(r);
    frond_release(w);
    end();
}

/* ---- closing ---- */

static void close_wakes(void) {
    begin();
    frond_greenlet *r = frond_spawn(reads, one), *w = frond_spawn(writes_much, one);
    frond_yield();
    CHECK_INT(frond_close(one), 0);
    CHECK_INT(frond_close(one), 0);
    CHECK_INT(frond_join(r, FROND_NEVER), 0);
    CHECK_INT(frond_join(w, FROND_NEVER), 0);
    CHECK_TEXT(log_text(), "FROND_ECLOSED FROND_ECLOSED");
    char c;
    frond_addr a;
    CHECK_INT(frond_read(one, &c, 1, FROND_NEVER), FROND_ECLOSED);
    CHECK_INT(frond_write(one, &c, 1, NULL, FROND_NEVER), FROND_ECLOSED);
    CHECK_INT(frond_shutdown(one, FROND_NEVER), FROND_ECLOSED);
    CHECK_INT(frond_stream_local(one, &a), FROND_ECLOSED);
    frond_release(r);
    frond_release(w);
    end();
}

static void free_wakes(void) {
    begin();
    frond_greenlet *r = frond_spawn(reads, one), *w = frond_spawn(writes_much, one);
    frond_yield();
    frond_stream_free(one); /* they still return through it */
    CHECK_INT(frond_join(r, FROND_NEVER), 0);
    CHECK_INT(frond_join(w, FROND_NEVER), 0);
    CHECK_TEXT(log_text(), "FROND_ECLOSED FROND_ECLOSED");
    frond_stream_free(two);
    frond_release(r);
    frond_release(w);
    frond_stream_free(NULL);
}

/* ---- deadlines ---- */

static void read_deadline(void) {
    begin();
    char buf[8];
    CHECK_INT(frond_read(one, buf, sizeof buf, FROND_NOW), FROND_ETIMEDOUT);
    frond_deadline d = frond_in(2);
    CHECK_INT(frond_read(one, buf, sizeof buf, d), FROND_ETIMEDOUT);
    CHECK_INT(frond_now(), d.ns);
    CHECK_HAS(frond_error_text(), "timed out");
    CHECK_INT(frond_write(two, "abc", 3, NULL, FROND_NEVER), 0);
    CHECK_INT(frond_read(one, buf, 2, FROND_NEVER), 2);
    CHECK_INT(frond_read(one, buf, sizeof buf, FROND_NEVER), 1);
    CHECK_INT(frond_read(one, buf, sizeof buf, frond_in(1)), FROND_ETIMEDOUT);
    CHECK_INT(frond_write(two, "d", 1, NULL, FROND_NEVER), 0);
    CHECK_INT(frond_read(one, buf, sizeof buf, FROND_NEVER), 1);
    CHECK_INT(buf[0], 'd');
    end();
}

/* A short read has taken all there was; a try asks all the same. */
static void try_after_a_short_read(void) {
    begin();
    char buf[8];
    for (int i = 0; i < 3; i++) {
        CHECK_INT(frond_write(two, "ab", 2, NULL, FROND_NEVER), 0);
        CHECK_INT(frond_read(one, buf, sizeof buf, FROND_NEVER), 2);
        CHECK_INT(frond_write(two, "c", 1, NULL, FROND_NEVER), 0);
        CHECK_INT(frond_read(one, buf, sizeof buf, FROND_NOW), 1);
        CHECK_INT(frond_read(one, buf, sizeof buf, FROND_NOW), FROND_ETIMEDOUT);
    }
    end();
}

static void *reads_checked(void *n) {
    CHECK_INT(net_read_checked(two, 0, (size_t)(uintptr_t)n), (intptr_t)n);
    return NULL;
}

static void write_deadline(void) {
    begin();
    size_t at = 0, n = 0;
    int rc = frond_write(one, much, MUCH, &n, frond_in(2)); /* nobody reads */
    CHECK_INT(rc, FROND_ETIMEDOUT);
    CHECK(n > 0 && n < MUCH);
    at += n;
    CHECK_INT(frond_write(one, much + at, MUCH - at, &n, FROND_NOW), FROND_ETIMEDOUT);
    at += n;
    frond_greenlet *r = frond_spawn(reads_checked, (void *)(uintptr_t)MUCH);
    while (at < MUCH) { /* again and again, from where it stopped */
        rc = frond_write(one, much + at, MUCH - at, &n, frond_in(1));
        CHECK(rc == 0 || rc == FROND_ETIMEDOUT);
        at += n;
    }
    CHECK_INT(at, MUCH);
    CHECK_INT(frond_join(r, FROND_NEVER), 0);
    frond_release(r);
    end();
}

static void *trickle(void *s) {
    static char some[200000];
    while (frond_read(s, some, sizeof some, FROND_NEVER) > 0)
        frond_sleep(20);
    return NULL;
}

/* test_recv_timeout, test_sendall_timeout: one deadline for all of it, however often a bit goes. */
static void case_76_one_deadline_for_all(void) {
    static char zeros[1 << 26];
    char c;
    size_t n = 0;
    begin();
    frond_deadline d = frond_in(50);
    CHECK_INT(frond_read(one, &c, 1, d), FROND_ETIMEDOUT);
    CHECK_INT(frond_now(), d.ns);
    frond_greenlet *g = frond_spawn(trickle, two);
    d = frond_in(100);
    CHECK_INT(frond_write(one, zeros, sizeof zeros, &n, d), FROND_ETIMEDOUT);
    CHECK(n > 0 && n < sizeof zeros);
    CHECK_INT(frond_now(), d.ns);
    frond_kill(g, FROND_EXIT, FROND_NEVER);
    frond_release(g);
    end();
}

/* gevent#1861, #838: the outer time is over, and the inner scope must not take it for its own. */
static void demand_36_whose_timeout_it_was(void) {
    char c;
    frond_timeout outer, inner;
    begin();
    CHECK_INT(frond_timeout_start(&outer, 10), 0);
    CHECK_INT(frond_timeout_start(&inner, 100000), 0);
    CHECK_INT(frond_read(two, &c, 1, FROND_NEVER), FROND_ETIMEDOUT);
    CHECK(!frond_timeout_fired(&inner));
    CHECK(frond_timeout_fired(&outer));
    CHECK_INT(frond_timeout_stop(&inner), 0);
    CHECK_INT(frond_read(two, &c, 1, FROND_NEVER), FROND_ETIMEDOUT); /* still in force */
    frond_timeout_stop(&outer);
    CHECK_INT(frond_timeout_start(&outer, 100000), 0);
    CHECK_INT(frond_timeout_start(&inner, 10), 0);
    CHECK_INT(frond_read(two, &c, 1, FROND_NEVER), FROND_ETIMEDOUT);
    CHECK(frond_timeout_fired(&inner));
    CHECK(!frond_timeout_fired(&outer));
    frond_timeout_stop(&inner);
    CHECK_INT(frond_write(one, "x", 1, NULL, FROND_NEVER), 0);
    CHECK_INT(frond_read(two, &c, 1, FROND_NEVER), 1); /* nothing is poisoned */
    CHECK_INT(frond_read(two, &c, 1, frond_in(5)), FROND_ETIMEDOUT);
    CHECK(!frond_timeout_fired(&outer)); /* it was the call's own deadline */
    frond_timeout_stop(&outer);
    end();
}

/* ---- kill ---- */

static void *shuts(void *s) { /* which may have to send what a write has left */
    CHECK_INT(frond_shutdown(s, FROND_NEVER), 0);
    return NULL;
}

static void killed(void) {
    begin();
    frond_greenlet *r = frond_spawn(reads, one), *w = frond_spawn(writes_much, one);
    frond_yield();
    CHECK_INT(frond_kill(r, FROND_EXIT, FROND_NEVER), 0);
    CHECK_INT(frond_kill(w, FROND_EXIT, FROND_NEVER), 0);
    CHECK_TEXT(log_text(), "FROND_ECANCELED FROND_ECANCELED");
    CHECK_INT(frond_write(two, "xy", 2, NULL, FROND_NEVER), 0);
    char buf[4];
    CHECK_INT(frond_read(one, buf, sizeof buf, FROND_NEVER), 2);
    frond_greenlet *e = frond_spawn(shuts, one);
    CHECK(net_read_checked(two, 0, SIZE_MAX) > 0);
    CHECK_INT(frond_join(e, FROND_NEVER), 0);
    frond_release(e);
    frond_release(r);
    frond_release(w);
    end();
}

/* ---- ends ---- */

static void half_close(void) {
    begin();
    char buf[16];
    CHECK_INT(frond_write(one, "request", 7, NULL, FROND_NEVER), 0);
    CHECK_INT(frond_shutdown(one, FROND_NEVER), 0);
    CHECK_INT(frond_shutdown(one, FROND_NEVER), 0);
    CHECK_INT(frond_write(one, "x", 1, NULL, FROND_NEVER), FROND_EPIPE);
    CHECK_INT(frond_read(two, buf, sizeof buf, FROND_NEVER), 7);
    CHECK_INT(frond_read(two, buf, sizeof buf, FROND_NEVER), 0);
    CHECK_INT(frond_read(two, buf, sizeof buf, FROND_NEVER), 0); /* stays */
    CHECK_INT(frond_write(two, "answer", 6, NULL, FROND_NEVER), 0);
    CHECK_INT(frond_read(one, buf, sizeof buf, FROND_NEVER), 6);
    end();
}

static void broken_pipe(void) {
    begin();
    char *data = net_bytes(1 << 20);
    frond_close(two);
    int rc = 0;
    for (int i = 0; i < 100 && rc == 0; i++) /* and no SIGPIPE */
        rc = frond_write(one, data, 1 << 20, NULL, FROND_NEVER);
    CHECK(rc == FROND_EPIPE || rc == FROND_ECONNRESET);
    free(data);
    end();
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"busy", busy},
        {"close wakes", close_wakes},
        {"free wakes", free_wakes},
        {"read deadline", read_deadline},
        {"try after a short read", try_after_a_short_read},
        {"write deadline", write_deadline},
        {"case 76: one deadline for all", case_76_one_deadline_for_all},
        {"demand 36: whose timeout it was", demand_36_whose_timeout_it_was},
        {"killed", killed},
        {"half close", half_close},
        {"broken pipe", broken_pipe},
        {0}};
    test_clock_virtual();
    return streams_main("stream", tests, argc, argv);
}
