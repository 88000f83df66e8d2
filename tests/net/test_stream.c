/* SPDX-License-Identifier: MIT */
/* Streams: one reader and one writer, ends of every kind, nothing lost at a deadline. */
#include "net.h"

#include <stdio.h>
#include <frond/impl/stream.h>
#include <support/sockets.h>

typedef void (*pair_fn)(frond_stream **a, frond_stream **b);

static void local_pair(frond_stream **a, frond_stream **b) {
    CHECK_INT(frond_stream_pair(a, b), 0);
}

static const pair_fn pairs[] = {local_pair, net_tcp_pair};
static frond_stream *one, *two;

static void each_pair(void (*test)(void)) {
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        log_clear();
        pairs[i](&one, &two);
        test();
        frond_stream_free(one);
        frond_stream_free(two);
    }
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
    char *data = net_bytes(1 << 24);
    size_t written = 0;
    int rc = frond_write(s, data, 1 << 24, &written, FROND_NEVER);
    log_add(frond_error_name(rc));
    CHECK(rc == 0 || written < 1 << 24);
    free(data);
    return NULL;
}

/* ---- one at a time ---- */

static void second_reader_and_writer(void) {
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
    CHECK_INT(net_read_checked(two, 0, 1 << 24), 1 << 24);
    CHECK_INT(frond_join(w, FROND_NEVER), 0);
    CHECK_TEXT(log_text(), "read5 FROND_OK");
    frond_release(r);
    frond_release(w);
}

static void busy(void) {
    each_pair(second_reader_and_writer);
}

/* ---- closing ---- */

static void close_both(void) {
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
}

static void close_wakes(void) {
    each_pair(close_both);
}

static void free_wakes(void) {
    for (size_t i = 0; i < 2; i++) {
        log_clear();
        pairs[i](&one, &two);
        frond_greenlet *r = frond_spawn(reads, one), *w = frond_spawn(writes_much, one);
        frond_yield();
        frond_stream_free(one); /* they still return through it */
        CHECK_INT(frond_join(r, FROND_NEVER), 0);
        CHECK_INT(frond_join(w, FROND_NEVER), 0);
        CHECK_TEXT(log_text(), "FROND_ECLOSED FROND_ECLOSED");
        frond_stream_free(two);
        frond_release(r);
        frond_release(w);
    }
    frond_stream_free(NULL);
}

static frond_stream *trigger[2];

static void *closes_on_trigger(void *s) {
    char c;
    CHECK_INT(frond_read(trigger[0], &c, 1, FROND_NEVER), 1);
    frond_close(s);
    return NULL;
}

/* The loop has found data, and before the reader runs its stream is closed. */
static void close_when_ready(void) {
    for (int order = 0; order < 4; order++) {
        log_clear();
        local_pair(&one, &two);
        local_pair(&trigger[0], &trigger[1]);
        frond_greenlet *r = NULL, *c = NULL;
        if (order & 1)
            r = frond_spawn(reads, one);
        c = frond_spawn(closes_on_trigger, one);
        if (!(order & 1))
            r = frond_spawn(reads, one);
        frond_yield();
        frond_write(order & 2 ? two : trigger[1], "x", 1, NULL, FROND_NOW);
        frond_write(order & 2 ? trigger[1] : two, "x", 1, NULL, FROND_NOW);
        CHECK_INT(frond_join(r, FROND_NEVER), 0);
        CHECK_INT(frond_join(c, FROND_NEVER), 0);
        CHECK(strcmp(log_text(), "read1") == 0 ||
              strcmp(log_text(), "FROND_ECLOSED") == 0);
        frond_release(r);
        frond_release(c);
        frond_stream_free(one);
        frond_stream_free(two);
        frond_stream_free(trigger[0]);
        frond_stream_free(trigger[1]);
    }
}

static void references(void) {
    char c;
    local_pair(&one, &two);
    CHECK(frond_stream_ref(one) == one);
    frond_stream_free(one);
    CHECK_INT(frond_write(two, "x", 1, NULL, FROND_NEVER), 0);
    CHECK_INT(frond_read(one, &c, 1, FROND_NEVER), 1);
    frond_stream_free(one);
    frond_stream_free(two);
}

/* ---- deadlines ---- */

static void timed_out_read(void) {
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
}

static void read_deadline(void) {
    each_pair(timed_out_read);
}

/* A short read has taken all there was; a try asks all the same. */
static void tried_after_short(void) {
    char buf[8];
    for (int i = 0; i < 3; i++) {
        CHECK_INT(frond_write(two, "ab", 2, NULL, FROND_NEVER), 0);
        CHECK_INT(frond_read(one, buf, sizeof buf, FROND_NEVER), 2);
        CHECK_INT(frond_write(two, "c", 1, NULL, FROND_NEVER), 0);
        CHECK_INT(frond_read(one, buf, sizeof buf, FROND_NOW), 1);
        CHECK_INT(frond_read(one, buf, sizeof buf, FROND_NOW), FROND_ETIMEDOUT);
    }
}

static void try_after_a_short_read(void) {
    each_pair(tried_after_short);
}

static void *reads_checked(void *n) {
    CHECK_INT(net_read_checked(two, 0, (size_t)(uintptr_t)n), (intptr_t)n);
    return NULL;
}

static void timed_out_write(void) {
    enum { ALL = 1 << 24 };
    char *data = net_bytes(ALL);
    size_t at = 0, n = 0;
    int rc = frond_write(one, data, ALL, &n, frond_in(2)); /* nobody reads */
    CHECK_INT(rc, FROND_ETIMEDOUT);
    CHECK(n > 0 && n < ALL);
    at += n;
    CHECK_INT(frond_write(one, data + at, ALL - at, &n, FROND_NOW), FROND_ETIMEDOUT);
    at += n;
    frond_greenlet *r = frond_spawn(reads_checked, (void *)(uintptr_t)ALL);
    while (at < ALL) { /* again and again, from where it stopped */
        rc = frond_write(one, data + at, ALL - at, &n, frond_in(1));
        CHECK(rc == 0 || rc == FROND_ETIMEDOUT);
        at += n;
    }
    CHECK_INT(at, ALL);
    CHECK_INT(frond_join(r, FROND_NEVER), 0);
    frond_release(r);
    free(data);
}

static void write_deadline(void) {
    each_pair(timed_out_write);
}

/* ---- kill ---- */

static void killed_in_each(void) {
    frond_greenlet *r = frond_spawn(reads, one), *w = frond_spawn(writes_much, one);
    frond_yield();
    CHECK_INT(frond_kill(r, FROND_EXIT, FROND_NEVER), 0);
    CHECK_INT(frond_kill(w, FROND_EXIT, FROND_NEVER), 0);
    CHECK_TEXT(log_text(), "FROND_ECANCELED FROND_ECANCELED");
    CHECK_INT(frond_write(two, "xy", 2, NULL, FROND_NEVER), 0);
    char buf[4];
    CHECK_INT(frond_read(one, buf, sizeof buf, FROND_NEVER), 2);
    CHECK_INT(frond_shutdown(one, FROND_NEVER), 0);
    CHECK(net_read_checked(two, 0, SIZE_MAX) > 0);
    frond_release(r);
    frond_release(w);
}

static void killed(void) {
    each_pair(killed_in_each);
}

/* ---- ends ---- */

static void half_closed(void) {
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
}

static void half_close(void) {
    each_pair(half_closed);
}

static void written_to_the_deaf(void) {
    char *data = net_bytes(1 << 20);
    frond_close(two);
    int rc = 0;
    for (int i = 0; i < 100 && rc == 0; i++) /* and no SIGPIPE */
        rc = frond_write(one, data, 1 << 20, NULL, FROND_NEVER);
    CHECK(rc == FROND_EPIPE || rc == FROND_ECONNRESET);
    free(data);
}

static void broken_pipe(void) {
    each_pair(written_to_the_deaf);
}

static void reset_by_peer(void) {
    frond_addr at;
    frond_listener *l = net_listen(&at);
    frond_stream *s = NULL;
    CHECK_INT(frond_tcp_connect_addr(&at, NULL, &s, FROND_NEVER), 0);
    frond_stream *peer = NULL;
    CHECK_INT(frond_accept(l, &peer, FROND_NEVER), 0);
    /* data that nobody reads makes the close a reset */
    CHECK_INT(frond_write(s, "unread", 6, NULL, FROND_NEVER), 0);
    frond_greenlet *r = frond_spawn(reads, s);
    frond_sleep(1);
    frond_stream_free(peer);
    CHECK_INT(frond_join(r, FROND_NEVER), 0);
    CHECK_TEXT(log_text(), "FROND_ECONNRESET");
    char c;
    CHECK_INT(frond_read(s, &c, 1, FROND_NEVER), 0);
    frond_release(r);
    frond_stream_free(s);
    frond_listener_free(l);
}

/* ---- amounts ---- */

static void *writes_and_shuts(void *s) {
    char *data = net_bytes(3000000);
    for (int i = 0; i < 2; i++)
        CHECK_INT(frond_write(s, data + i * 1500000, 1500000, NULL, FROND_NEVER), 0);
    CHECK_INT(frond_shutdown(s, FROND_NEVER), 0);
    free(data);
    return NULL;
}

static void *reads_all(void *s) {
    char buf[5000];
    size_t at = 0, bad = 0;
    int64_t n;
    while ((n = frond_read(s, buf, sizeof buf, FROND_NEVER)) > 0)
        for (int64_t i = 0; i < n; i++, at++)
            bad += (unsigned char)buf[i] != net_byte(at);
    CHECK_INT(n, 0);
    CHECK_INT(bad, 0);
    CHECK_INT(at, 3000000);
    return NULL;
}

static void both_ways_at_once(void) {
    frond_group *group = frond_group_new();
    frond_group_spawn(group, writes_and_shuts, one);
    frond_group_spawn(group, writes_and_shuts, two);
    frond_group_spawn(group, reads_all, one);
    frond_group_spawn(group, reads_all, two);
    CHECK_INT(frond_group_join(group, FROND_NEVER), 0);
    frond_group_free(group);
}

static void big_transfers(void) {
    each_pair(both_ways_at_once);
}

static void gathered(void) {
    enum { PARTS = 300, EACH = 1111 };
    char *data = net_bytes(PARTS * EACH);
    frond_buf parts[PARTS + 2];
    size_t written = 0, n = 0;
    for (size_t i = 0; i < PARTS; i++) {
        if (i == 100 || i == 200)
            parts[n++] = (frond_buf){NULL, 0};
        parts[n++] = (frond_buf){data + i * EACH, EACH};
    }
    frond_greenlet *r = frond_spawn(reads_checked, (void *)(uintptr_t)(PARTS * EACH));
    CHECK_INT(frond_writev(one, parts, n, &written, FROND_NEVER), 0);
    CHECK_INT(written, PARTS * EACH);
    CHECK_INT(frond_join(r, FROND_NEVER), 0);
    CHECK_INT(frond_writev(one, NULL, 0, &written, FROND_NEVER), 0);
    CHECK_INT(written, 0);
    CHECK_INT(frond_writev(one, NULL, 1, &written, FROND_NEVER), FROND_EINVAL);
    CHECK_INT(frond_write(one, "", 0, &written, FROND_NEVER), 0);
    CHECK_INT(frond_write(one, NULL, 0, &written, FROND_NEVER), 0);
    frond_release(r);
    free(data);
}

static void gathered_writes(void) {
    each_pair(gathered);
}

static void slowly_filled(void) {
    size_t n = net_fill(one, 0);
    CHECK(n > 0);
    CHECK_INT(net_read_checked(two, 0, n), (int64_t)n);
    size_t more = net_fill(one, n);
    CHECK_INT(net_read_checked(two, n, more), (int64_t)more);
}

static void fill_and_drain(void) {
    each_pair(slowly_filled);
}

static void *read_one_at_a_time(void *arg) {
    char c;
    size_t at = 0;
    while (frond_read(two, &c, 1, FROND_NEVER) == 1)
        CHECK_INT((unsigned char)c, net_byte(at++));
    CHECK_INT(at, 5000);
    return arg;
}

static bool spun;

static void *watches(void *arg) {
    frond_sleep(1);
    spun = true;
    return arg;
}

/* Reads that never wait starve nobody. */
static void one_by_one(void) {
    char *data = net_bytes(5000);
    CHECK_INT(frond_write(one, data, 5000, NULL, FROND_NEVER), 0);
    CHECK_INT(frond_shutdown(one, FROND_NEVER), 0);
    frond_greenlet *g = frond_spawn(read_one_at_a_time, NULL);
    frond_greenlet *w = frond_spawn(watches, NULL);
    CHECK_INT(frond_join(g, FROND_NEVER), 0);
    CHECK_INT(frond_join(w, FROND_NEVER), 0);
    frond_release(g);
    frond_release(w);
    free(data);
}

static void bytewise(void) {
    each_pair(one_by_one);
}

static void descriptors_are_not_inherited(void) {
    frond_hub_current();
    int open = descriptors_open();
    local_pair(&one, &two);
    CHECK_INT(descriptors_open(), open + 2);
    intptr_t fd;
    CHECK_INT(frond_stream_descriptor(one, &fd), 0);
    CHECK(!socket_inherited((uv_os_sock_t)fd));
    CHECK_INT(frond_stream_descriptor(two, &fd), 0);
    CHECK(!socket_inherited((uv_os_sock_t)fd));
    frond_stream_free(one);
    frond_stream_free(two);
    CHECK_INT(descriptors_open(), open);
}

static void a_read_for_ever_is_no_deadlock(void) {
    local_pair(&one, &two);
    frond_greenlet *r = frond_spawn(reads, one);
    capture_begin();
    CHECK_INT(frond_join(r, frond_in(5)), FROND_ETIMEDOUT);
    frond_timeout t;
    frond_timeout_start(&t, 5);
    CHECK_INT(frond_join(r, FROND_NEVER), FROND_ETIMEDOUT);
    frond_timeout_stop(&t);
    CHECK_TEXT(capture_end(), "");
    frond_kill(r, FROND_EXIT, FROND_NEVER);
    frond_release(r);
    frond_stream_free(one);
    frond_stream_free(two);
}

static void dump_names_the_peer(void) {
    net_tcp_pair(&one, &two);
    frond_addr peer;
    char text[FROND_ADDR_TEXT], expected[120];
    frond_stream_peer(one, &peer);
    snprintf(expected, sizeof expected, "waiting for read from %s",
             frond_addr_format(&peer, text, sizeof text));
    frond_greenlet *r = frond_spawn(reads, one);
    frond_yield();
    capture_begin();
    frond_dump(2);
    CHECK_HAS(capture_end(), expected);
    frond_kill(r, FROND_EXIT, FROND_NEVER);
    frond_release(r);
    frond_stream_free(one);
    frond_stream_free(two);
}

static void free_from_afar(void *s) {
    frond_stream_free(s);
}

static int foreign[3];

static void use_from_afar(void *s) {
    char c;
    foreign[0] = (int)frond_read(s, &c, 1, FROND_NOW);
    foreign[1] = frond_write(s, &c, 1, NULL, FROND_NOW);
    foreign[2] = frond_close(s);
}

static void other_threads(void) {
    local_pair(&one, &two);
    thread_run(use_from_afar, one);
    CHECK_INT(foreign[0], FROND_ETHREAD);
    CHECK_INT(foreign[1], FROND_ETHREAD);
    CHECK_INT(foreign[2], FROND_ETHREAD);
    thread_run(free_from_afar, one);
    char c;
    CHECK_INT(frond_read(two, &c, 1, FROND_NEVER), 0);
    frond_stream_free(two);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"busy", busy},
        {"close wakes", close_wakes},
        {"free wakes", free_wakes},
        {"close when ready", close_when_ready},
        {"references", references},
        {"read deadline", read_deadline},
        {"try after a short read", try_after_a_short_read},
        {"write deadline", write_deadline},
        {"killed", killed},
        {"half close", half_close},
        {"broken pipe", broken_pipe},
        {"reset by peer", reset_by_peer},
        {"big transfers", big_transfers},
        {"gathered writes", gathered_writes},
        {"fill and drain", fill_and_drain},
        {"bytewise", bytewise},
        {"descriptors are not inherited", descriptors_are_not_inherited},
        {"a read for ever is no deadlock", a_read_for_ever_is_no_deadlock},
        {"dump names the peer", dump_names_the_peer},
        {"other threads", other_threads},
        {0}};
    test_clock_virtual();
    return test_main("stream", tests, argc, argv);
}
