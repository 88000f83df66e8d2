/* SPDX-License-Identifier: MIT */
/* Readers of every kind of stream (streams.h): lengths, delimiters, lines, peeking, limits, and resuming after a
 * deadline. */
#include "streams.h"

#include <stdio.h>

static frond_stream *in, *out;
static frond_reader *r;

static void begin(size_t limit) {
    streams_open(&in, &out);
    r = frond_reader_new(in, limit);
    CHECK(r != NULL);
}

static void end(void) {
    frond_reader_free(r);
    frond_stream_free(in);
    frond_stream_free(out);
}

static void send_text(const char *text) {
    CHECK_INT(frond_write(out, text, strlen(text), NULL, FROND_NEVER), 0);
}

static const char *line(frond_deadline d) {
    char *text = NULL;
    int64_t n = frond_reader_line(r, &text, d);
    if (n < 0)
        return frond_error_name((int)n);
    CHECK_INT(strlen(text), n);
    return text;
}

static const char *until(const char *delimiter, frond_deadline d) {
    static char copy[256];
    const char *data = NULL;
    int64_t n = frond_reader_until(r, delimiter, strlen(delimiter), &data, d);
    if (n < 0)
        return frond_error_name((int)n);
    snprintf(copy, sizeof copy, "%.*s", (int)n, n ? data : "");
    return copy;
}

static void lines(void) {
    begin(0);
    send_text("one\ntwo\r\n\n\r\nthr\ree\nlast");
    CHECK_TEXT(line(FROND_NEVER), "one");
    CHECK_TEXT(line(FROND_NEVER), "two");
    CHECK_TEXT(line(FROND_NEVER), "");
    CHECK_TEXT(line(FROND_NEVER), "");
    CHECK_TEXT(line(FROND_NEVER), "thr\ree");
    CHECK_TEXT(line(FROND_NOW), "FROND_ETIMEDOUT");
    frond_shutdown(out, FROND_NEVER);
    CHECK_TEXT(line(FROND_NEVER), "last");
    CHECK_TEXT(line(FROND_NEVER), "FROND_EOF");
    CHECK_TEXT(line(FROND_NEVER), "FROND_EOF");
    end();
}

static void delimiters(void) {
    begin(0);
    send_text("ab--c-d--aab");
    CHECK_TEXT(until("--", FROND_NEVER), "ab--");
    CHECK_TEXT(until("--", FROND_NEVER), "c-d--");
    CHECK_TEXT(until("ab", FROND_NEVER), "aab");
    CHECK_TEXT(until("x", FROND_NOW), "FROND_ETIMEDOUT");
    send_text("tail");
    frond_shutdown(out, FROND_NEVER);
    CHECK_TEXT(until("x", FROND_NEVER), "FROND_EOF");
    char buf[8];
    CHECK_INT(frond_reader_read(r, buf, sizeof buf, FROND_NEVER), 4); /* the rest */
    CHECK_TEXT(until("x", FROND_NEVER), "");
    CHECK_INT(frond_reader_read(r, buf, sizeof buf, FROND_NEVER), 0);
    end();
}

static void exact(void) {
    begin(16);
    char buf[5000];
    size_t got = 0;
    char *data = net_bytes(sizeof buf);
    CHECK_INT(frond_write(out, data, sizeof buf, NULL, FROND_NEVER), 0);
    CHECK_INT(frond_reader_exact(r, buf, 0, &got, FROND_NEVER), 0);
    CHECK_INT(frond_reader_exact(r, buf, sizeof buf, &got, FROND_NEVER),
              0); /* any length */
    CHECK_INT(got, sizeof buf);
    CHECK(memcmp(buf, data, sizeof buf) == 0);
    send_text("abc");
    CHECK_INT(frond_reader_exact(r, buf, 5, &got, frond_in(1)), FROND_ETIMEDOUT);
    CHECK_INT(got, 3);
    send_text("de");
    CHECK_INT(frond_reader_exact(r, buf + got, 5 - got, &got, FROND_NEVER), 0);
    CHECK_INT(got, 2);
    CHECK(memcmp(buf, "abcde", 5) == 0);
    send_text("xy");
    frond_shutdown(out, FROND_NEVER);
    CHECK_INT(frond_reader_exact(r, buf, 3, &got, FROND_NEVER), FROND_EOF);
    CHECK_INT(got, 2);
    free(data);
    end();
}

static void *kills_main_scope(void *arg) {
    frond_sleep(5);
    send_text("12345");
    return arg;
}

/* All bytes are there, and the scope expires before the call is over: it has succeeded. */
static void exact_and_expiry(void) {
    test_clock_real();
    begin(0);
    char buf[5];
    size_t got;
    frond_timeout t;
    send_text("12345");
    const char *data;
    CHECK_INT(frond_reader_peek(r, 5, &data, FROND_NEVER), 5);
    frond_timeout_start(&t, 2);
    busy_ms(4);
    CHECK_INT(frond_reader_exact(r, buf, 5, &got, FROND_NEVER), FROND_ETIMEDOUT);
    CHECK_INT(got, 0); /* on entry, before anything */
    frond_timeout_stop(&t);
    CHECK_INT(frond_reader_exact(r, buf, 5, &got, FROND_NEVER), 0);
    frond_greenlet *g = frond_spawn(kills_main_scope, NULL);
    frond_timeout_start(&t, 50000);
    CHECK_INT(frond_reader_exact(r, buf, 5, &got, FROND_NEVER), 0);
    frond_timeout_stop(&t);
    frond_join(g, FROND_NEVER);
    frond_release(g);
    end();
}

static void peek(void) {
    begin(16);
    const char *data = NULL;
    CHECK_INT(frond_reader_peek(r, 0, &data, FROND_NEVER), 0);
    send_text("abcdef");
    CHECK_INT(frond_reader_peek(r, 3, &data, FROND_NEVER), 6);
    CHECK(memcmp(data, "abcdef", 6) == 0);
    CHECK_INT(frond_reader_buffered(r), 6);
    CHECK_INT(frond_reader_skip(r, 2), 0);
    CHECK_INT(frond_reader_skip(r, 5), FROND_EINVAL);
    CHECK_INT(frond_reader_peek(r, 5, &data, frond_in(1)), FROND_ETIMEDOUT);
    CHECK_INT(frond_reader_peek(r, 17, &data, FROND_NEVER), FROND_ELIMIT);
    send_text("0123456789AB");
    CHECK_INT(frond_reader_peek(r, 16, &data, FROND_NEVER), 16);
    CHECK(memcmp(data, "cdef0123456789AB", 16) == 0);
    frond_shutdown(out, FROND_NEVER);
    CHECK_INT(frond_reader_skip(r, 10), 0);
    CHECK_INT(frond_reader_peek(r, 16, &data, FROND_NEVER), 6); /* all there is */
    end();
}

static void limits(void) {
    begin(8);
    send_text("12345678\n");
    CHECK_TEXT(line(FROND_NEVER), "FROND_ELIMIT");
    CHECK_TEXT(until("\n", FROND_NEVER), "FROND_ELIMIT");
    char buf[16];
    CHECK_INT(frond_reader_read(r, buf, 4, FROND_NEVER), 4); /* nothing was consumed */
    CHECK_TEXT(line(FROND_NEVER), "5678");
    send_text("1234567\nabc\n");
    CHECK_TEXT(line(FROND_NEVER), "1234567");
    CHECK_TEXT(line(FROND_NEVER), "abc");
    end();
}

/* The same answers wherever the data is cut, with a deadline that passes in between. */
static void split_at_every_byte(void) {
    static const char text[] = "GET / HTTP/1.1\r\nHost: x\r\n\r\nbody--end";
    const size_t n = sizeof text - 1;
    for (size_t cut = 0; cut <= n; cut++) {
        begin(64);
        size_t stage = 0, got = 0, at = 0;
        char body[4];
        CHECK_INT(frond_write(out, text, cut, NULL, FROND_NEVER), 0);
        for (int round = 0; round < 2; round++) {
            frond_deadline d = round ? FROND_NEVER : FROND_NOW;
            if (stage == 0) {
                const char *l = line(d);
                CHECK_TEXT(l, round || cut >= 16 ? "GET / HTTP/1.1" : "FROND_ETIMEDOUT");
                stage += strcmp(l, "FROND_ETIMEDOUT") != 0;
            }
            if (stage == 1) {
                const char *l = until("\r\n\r\n", d);
                if (strcmp(l, "FROND_ETIMEDOUT") != 0) {
                    CHECK_TEXT(l, "Host: x\r\n\r\n");
                    stage++;
                }
            }
            if (stage == 2) {
                int rc = frond_reader_exact(r, body + at, 4 - at, &got, d);
                CHECK(rc == 0 || (rc == FROND_ETIMEDOUT && !round));
                at += got;
                stage += rc == 0;
            }
            if (stage == 3) {
                const char *l = until("--", d);
                if (strcmp(l, "FROND_ETIMEDOUT") != 0) {
                    CHECK_TEXT(l, "--");
                    stage++;
                }
            }
            if (!round) {
                CHECK_INT(frond_write(out, text + cut, n - cut, NULL, FROND_NEVER), 0);
                frond_shutdown(out, FROND_NEVER);
            }
        }
        CHECK_INT(stage, 4);
        CHECK(memcmp(body, "body", 4) == 0);
        CHECK_TEXT(line(FROND_NEVER), "end");
        end();
    }
}

/* A line that timed out must not hide its bytes from a search for something else. */
static void another_delimiter_after_a_timeout(void) {
    begin(0);
    send_text("abc;def");
    CHECK_TEXT(line(frond_in(1)), "FROND_ETIMEDOUT");
    CHECK_TEXT(until(";", FROND_NOW), "abc;");
    end();
}

static void *reads_line(void *arg) {
    (void)arg;
    log_add(line(FROND_NEVER));
    return NULL;
}

static void killed_and_closed(void) {
    begin(0);
    send_text("half a line");
    frond_greenlet *g = frond_spawn(reads_line, NULL);
    frond_sleep(1);
    CHECK_INT(frond_kill(g, FROND_EXIT, FROND_NEVER), 0);
    frond_release(g);
    send_text(" and more\n");
    g = frond_spawn(reads_line, NULL);
    CHECK_INT(frond_join(g, FROND_NEVER), 0);
    frond_release(g);
    g = frond_spawn(reads_line, NULL);
    frond_yield();
    frond_close(in);
    CHECK_INT(frond_join(g, FROND_NEVER), 0);
    frond_release(g);
    CHECK_TEXT(log_text(), "FROND_ECANCELED half a line and more FROND_ECLOSED");
    end();
}

static void *writes_lines(void *arg) {
    char text[400];
    for (int i = 0; i < 5000; i++) {
        int n = snprintf(text, sizeof text, "%d:%.*s\n", i, i % 300,
                         "........................................................"
                         "........................................................"
                         "........................................................"
                         "........................................................"
                         "........................................................"
                         "....................");
        CHECK_INT(frond_write(out, text, (size_t)n, NULL, FROND_NEVER), 0);
    }
    frond_shutdown(out, FROND_NEVER);
    return arg;
}

static void many_lines(void) {
    begin(512);
    frond_greenlet *g = frond_spawn(writes_lines, NULL);
    char *text;
    int bad = 0, n = 0;
    int64_t len;
    while ((len = frond_reader_line(r, &text, FROND_NEVER)) >= 0) {
        char prefix[16];
        int p = snprintf(prefix, sizeof prefix, "%d:", n);
        bad += strncmp(text, prefix, (size_t)p) != 0 || len != p + n % 300;
        n++;
    }
    CHECK_INT(len, FROND_EOF);
    CHECK_INT(n, 5000);
    CHECK_INT(bad, 0);
    frond_join(g, FROND_NEVER);
    frond_release(g);
    end();
}

static void all_of_it(void) {
    const char *data;
    begin(0);
    CHECK_INT(frond_write(out, "one two", 7, NULL, FROND_NEVER), 0);
    CHECK_INT(frond_reader_all(r, &data, frond_in(5)), FROND_ETIMEDOUT);
    CHECK_INT(frond_reader_until(r, " ", 1, &data, FROND_NEVER), 4);
    frond_shutdown(out, FROND_NEVER);
    CHECK_INT(frond_reader_all(r, &data, FROND_NEVER), 3);
    CHECK(memcmp(data, "two", 3) == 0);
    CHECK_INT(frond_reader_all(r, &data, FROND_NEVER), 0);
    CHECK_INT(frond_reader_all(r, NULL, FROND_NEVER), FROND_EINVAL);
    CHECK_INT(frond_reader_all(NULL, &data, FROND_NEVER), FROND_EINVAL);
    end();
    begin(8);
    CHECK_INT(frond_write(out, "too much of it", 14, NULL, FROND_NEVER), 0);
    CHECK_INT(frond_reader_all(r, &data, FROND_NEVER), FROND_ELIMIT);
    CHECK(frond_reader_buffered(r) > 0);
    end();
}

enum { PEEKED = 60000 };

static void *write_long(void *bytes) {
    CHECK_INT(frond_write(out, bytes, PEEKED, NULL, FROND_NEVER), 0);
    return NULL;
}

/* More than a buffer that is lent has room for, which then moves to one of the reader's own, and back. */
static void longer_than_what_is_lent(void) {
    const char *data;
    char *bytes = net_bytes(PEEKED * 2);
    begin(0);
    for (int round = 0; round < 2; round++) {
        size_t at = (size_t)round * PEEKED;
        frond_greenlet *g = frond_spawn(write_long, bytes + at);
        CHECK_INT(frond_reader_peek(r, PEEKED, &data, FROND_NEVER), PEEKED);
        CHECK(memcmp(data, bytes + at, PEEKED) == 0);
        CHECK_INT(frond_reader_skip(r, PEEKED - 1), 0);
        CHECK_INT(frond_reader_peek(r, 1, &data, FROND_NEVER), 1);
        CHECK(*data == bytes[at + PEEKED - 1]);
        CHECK_INT(frond_reader_skip(r, 1), 0);
        CHECK_INT(frond_join(g, FROND_NEVER), 0);
        frond_release(g);
    }
    end();
    free(bytes);
}

static void misuse(void) {
    CHECK(frond_reader_new(NULL, 0) == NULL);
    CHECK_INT(frond_error_code(), FROND_EINVAL);
    begin(0);
    CHECK(frond_reader_new(in, SIZE_MAX) == NULL);
    char c;
    const char *data;
    char delimiter[65] = "";
    CHECK_INT(frond_reader_read(NULL, &c, 1, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_reader_read(r, NULL, 1, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_reader_exact(NULL, &c, 1, NULL, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_reader_exact(NULL, &c, 0, NULL, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_reader_exact(r, NULL, 1, NULL, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_reader_until(r, "", 0, &data, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_reader_until(r, delimiter, 65, &data, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_reader_until(r, NULL, 1, &data, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_reader_until(r, "x", 1, NULL, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_reader_line(r, NULL, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_reader_line(NULL, NULL, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_reader_peek(r, 1, NULL, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_reader_skip(NULL, 0), FROND_EINVAL);
    CHECK_INT(frond_reader_buffered(NULL), 0);
    frond_reader_free(NULL);
    end();
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"lines", lines},
        {"delimiters", delimiters},
        {"exact", exact},
        {"all of it", all_of_it},
        {"exact and expiry", exact_and_expiry},
        {"peek", peek},
        {"limits", limits},
        {"split at every byte", split_at_every_byte},
        {"another delimiter after a timeout", another_delimiter_after_a_timeout},
        {"killed and closed", killed_and_closed},
        {"many lines", many_lines},
        {"longer than what is lent", longer_than_what_is_lent},
        {"misuse", misuse},
        {0}};
    test_clock_virtual();
    return streams_main("reader", tests, argc, argv);
}
