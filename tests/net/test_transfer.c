/* SPDX-License-Identifier: MIT */
/* Streams of every kind (streams.h): bytes in amounts of all sizes, in parts, through readers and writers. */
#include "streams.h"

static frond_stream *one, *two;

static void begin(void) {
    streams_open(&one, &two);
}

static void end(void) {
    frond_stream_free(one);
    frond_stream_free(two);
}

static void *reads_checked(void *n) {
    CHECK_INT(net_read_checked(two, 0, (size_t)(uintptr_t)n), (intptr_t)n);
    return NULL;
}

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

static void big_transfers(void) {
    begin();
    frond_group *group = frond_group_new();
    frond_group_spawn(group, writes_and_shuts, one);
    frond_group_spawn(group, writes_and_shuts, two);
    frond_group_spawn(group, reads_all, one);
    frond_group_spawn(group, reads_all, two);
    CHECK_INT(frond_group_join(group, FROND_NEVER), 0);
    frond_group_free(group);
    end();
}

static void gathered_writes(void) {
    begin();
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
    end();
}

static void *writes_last(void *at) {
    char last = (char)net_byte((size_t)(uintptr_t)at);
    CHECK_INT(frond_write(one, &last, 1, NULL, FROND_NEVER), 0);
    return NULL;
}

/* Until no more is taken, twice.  A stream may have kept a rest, which goes with the next that is written. */
static void fill_and_drain(void) {
    begin();
    for (size_t at = 0, round = 0; round < 2; round++) {
        size_t n = net_fill(one, at);
        CHECK(n > 0);
        frond_greenlet *w = frond_spawn(writes_last, (void *)(uintptr_t)(at + n));
        CHECK_INT(net_read_checked(two, at, n + 1), (int64_t)n + 1);
        CHECK_INT(frond_join(w, FROND_NEVER), 0);
        frond_release(w);
        at += n + 1;
    }
    end();
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
static void bytewise(void) {
    begin();
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
    end();
}

/* ---- what gevent's own tests of sockets promise ---- */

/* test_sendall_str, _array, _empty, _nonblocking, test_empty_send */
static void case_75_sending(void) {
    size_t n = 7;
    char buf[16];
    frond_buf none[2] = {{NULL, 0}, {"", 0}},
              parts[3] = {{"ar", 2}, {NULL, 0}, {"ray", 3}};
    begin();
    CHECK_INT(frond_write(one, "", 0, &n, FROND_NEVER), 0);
    CHECK_INT(n, 0);
    CHECK_INT(frond_write(one, NULL, 0, NULL, FROND_NOW), 0);
    CHECK_INT(frond_writev(one, none, 2, &n, FROND_NOW), 0);
    CHECK_INT(frond_writev(one, NULL, 0, &n, FROND_NOW), 0);
    CHECK_INT(frond_read(two, buf, sizeof buf, FROND_NOW), FROND_ETIMEDOUT); /* nothing */
    CHECK_INT(frond_writev(one, parts, 3, &n, FROND_NOW), 0);
    CHECK_INT(n, 5);
    CHECK_INT(frond_read_exact(two, buf, 5, NULL, frond_in(20000)), 0);
    CHECK(memcmp(buf, "array", 5) == 0);
    end();
}

/* test_sendall_timeout0 and its like: all that goes without waiting has gone, is counted, and arrives. */
static void case_86_sending_all_now(void) {
    enum { ALL = 1 << 21 };
    char *data = net_bytes(ALL);
    size_t at = 0, n = 0, tries = 0;
    streams_open_narrow(&one, &two);
    frond_greenlet *r = frond_spawn(reads_checked, (void *)(uintptr_t)ALL);
    while (at < ALL) {
        int64_t start = frond_now();
        int rc = frond_write(one, data + at, ALL - at, &n, FROND_NOW);
        CHECK_INT(frond_now(), start);
        CHECK(rc == 0 ? at + n == ALL : rc == FROND_ETIMEDOUT);
        CHECK(n > 0 || tries > 0);
        at += n;
        tries++;
        CHECK_INT(frond_sleep(1), 0);
    }
    CHECK(tries > 1);
    CHECK_INT(frond_shutdown(one, FROND_NEVER), 0);
    CHECK_INT(frond_join(r, FROND_NEVER), 0);
    frond_release(r);
    free(data);
    end();
}

/* test_makefile, test_makefile_timeout: who reads by lines keeps the connection, and its time limit. */
static void case_77_readers_and_writers(void) {
    char *line;
    begin();
    frond_stream *kept = frond_stream_ref(two);
    frond_reader *r = frond_reader_new(kept, 0);
    frond_writer *w = frond_writer_new(kept, 0, 0);
    CHECK_INT(frond_stream_timeouts(two, 20, 0), 0);
    frond_stream_free(two); /* the reader's goes on */
    CHECK_INT(frond_write(one, "hello\n", 6, NULL, FROND_NEVER), 0);
    CHECK_INT(frond_reader_line(r, &line, FROND_NEVER), 5);
    CHECK_INT(frond_reader_line(r, &line, FROND_NEVER), FROND_ETIMEDOUT);
    CHECK_INT(frond_writer_text(w, "back\n", FROND_NEVER), 0);
    CHECK_INT(frond_writer_flush(w, FROND_NEVER), 0);
    char buf[8];
    CHECK_INT(frond_read(one, buf, sizeof buf, FROND_NEVER), 5);
    frond_reader_free(r);
    frond_writer_free(w);
    frond_stream_free(kept);
    CHECK_INT(frond_read(one, buf, sizeof buf, FROND_NEVER),
              0); /* closed with the last */
    frond_stream_free(one);
}

static void *read_line(void *r) {
    char *line;
    log_add(frond_error_name((int)frond_reader_line(r, &line, FROND_NEVER)));
    return NULL;
}

/* TestGreenIo.test_close_with_makefile */
static void case_80_closed_under_a_reader(void) {
    char *line;
    begin();
    frond_reader *r = frond_reader_new(two, 0);
    CHECK_INT(frond_write(one, "half a li", 9, NULL, FROND_NEVER), 0);
    frond_greenlet *g = frond_spawn(read_line, r);
    frond_sleep(1);
    CHECK_INT(frond_close(two), 0);
    CHECK_INT(frond_join(g, frond_in(20000)), 0);
    CHECK_TEXT(log_text(), "FROND_ECLOSED");
    frond_release(g);
    CHECK_INT(frond_reader_line(r, &line, FROND_NEVER), FROND_ECLOSED);
    frond_reader_free(r);
    end();
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"big transfers", big_transfers},
        {"gathered writes", gathered_writes},
        {"fill and drain", fill_and_drain},
        {"bytewise", bytewise},
        {"case 75: sending", case_75_sending},
        {"case 77: readers and writers", case_77_readers_and_writers},
        {"case 80: closed under a reader", case_80_closed_under_a_reader},
        {"case 86: sending all, now", case_86_sending_all_now},
        {0}};
    test_clock_virtual();
    return streams_main("transfer", tests, argc, argv);
}
