/* SPDX-License-Identifier: MIT */
/* Time limits and rates of every kind of stream (streams.h), bytes put back, exact reads. */
#include "streams.h"

static void time_limits(void) {
    frond_stream *a, *b;
    char buf[16];
    streams_open(&a, &b);
    CHECK_INT(frond_stream_timeouts(a, 50, 30), 0);
    int64_t start = frond_now();
    CHECK_INT(frond_read(a, buf, 1, FROND_NEVER), FROND_ETIMEDOUT);
    CHECK_INT((frond_now() - start) / 1000000, 50);
    start = frond_now();
    CHECK_INT(frond_read(a, buf, 1, frond_in(10)),
              FROND_ETIMEDOUT); /* the nearest wins */
    CHECK_INT((frond_now() - start) / 1000000, 10);
    net_fill(a, 0);
    start = frond_now();
    CHECK_INT(frond_write(a, buf, sizeof buf, NULL, FROND_NEVER), FROND_ETIMEDOUT);
    CHECK_INT((frond_now() - start) / 1000000, 30);
    CHECK_INT(frond_write(b, "x", 1, NULL, FROND_NEVER), 0);
    CHECK_INT(frond_read(a, buf, 1, FROND_NEVER), 1);
    CHECK_INT(frond_stream_timeouts(a, 0, 0), 0);
    CHECK_INT(frond_read(a, buf, 1, frond_in(100)), FROND_ETIMEDOUT);
    frond_close(a);
    CHECK_INT(frond_stream_timeouts(a, 1, 1), FROND_ECLOSED);
    CHECK_INT(frond_stream_timeouts(NULL, 1, 1), FROND_EINVAL);
    frond_stream_free(a);
    frond_stream_free(b);
}

static void *write_bytes(void *stream) {
    static char data[30000];
    frond_write(stream, data, sizeof data, NULL, FROND_NEVER);
    return NULL;
}

/* 30,000 bytes at 10,000 a second, 5,000 of which may go at once: 2.5 seconds. */
static void writing_at_a_rate(void) {
    frond_stream *a, *b;
    streams_open(&a, &b);
    frond_rate *r = frond_rate_new(10000, 5000);
    CHECK_INT(frond_stream_rates(a, NULL, r), 0);
    frond_rate_free(r); /* the stream keeps it */
    int64_t start = frond_now();
    frond_greenlet *g = frond_spawn(write_bytes, a);
    CHECK_INT(frond_join(g, FROND_NEVER), 0);
    int64_t ms = (frond_now() - start) / 1000000;
    CHECK(ms >= 1999 && ms <= 2501);
    frond_release(g);
    frond_stream_free(a);
    frond_stream_free(b);
}

static void reading_at_a_rate(void) {
    frond_stream *a, *b;
    static char buf[30000];
    streams_open(&a, &b);
    write_bytes(a);
    frond_rate *r = frond_rate_new(10000, 1000);
    CHECK_INT(frond_stream_rates(b, r, NULL), 0);
    int64_t start = frond_now();
    CHECK_INT(frond_read_exact(b, buf, sizeof buf, NULL, FROND_NEVER), 0);
    int64_t ms = (frond_now() - start) / 1000000;
    CHECK(ms >= 2799 && ms <= 3001);
    write_bytes(a);
    CHECK_INT(frond_read(b, buf, sizeof buf, FROND_NOW),
              FROND_ETIMEDOUT); /* not yet its turn */
    CHECK_INT(frond_rate_set(r, 1000000000, 0), 0);
    CHECK_INT(frond_read_exact(b, buf, sizeof buf, NULL, FROND_NEVER), 0);
    CHECK_INT(frond_stream_rates(b, NULL, NULL), 0);
    frond_rate_free(r);
    frond_stream_free(a);
    frond_stream_free(b);
}

static int finished;
static void *finish(void *stream) {
    write_bytes(stream);
    finished++;
    return NULL;
}

/* Two that share a rate get about half each. */
static void shared_rate(void) {
    frond_stream *a, *b, *c, *e;
    streams_open(&a, &b);
    streams_open(&c, &e);
    frond_rate *r = frond_rate_new(10000, 1000);
    CHECK_INT(frond_stream_rates(a, NULL, r), 0);
    CHECK_INT(frond_stream_rates(c, NULL, r), 0);
    finished = 0;
    frond_greenlet *g = frond_spawn(finish, a), *h = frond_spawn(finish, c);
    frond_sleep(5000);
    CHECK_INT(finished, 0);
    frond_sleep(1500);
    CHECK_INT(finished, 2);
    frond_release(g);
    frond_release(h);
    frond_rate_free(r);
    frond_stream_free(a);
    frond_stream_free(b);
    frond_stream_free(c);
    frond_stream_free(e);
}

/* What ends the wait for a turn leaves everything usable. */
static void given_up(void) {
    frond_stream *a, *b;
    static char data[30000];
    size_t written;
    streams_open(&a, &b);
    frond_rate *r = frond_rate_new(10000, 5000);
    CHECK_INT(frond_stream_rates(a, NULL, r), 0);
    CHECK_INT(frond_write(a, data, sizeof data, &written, frond_in(600)),
              FROND_ETIMEDOUT);
    CHECK(written >= 10000 && written <= 15000);
    frond_greenlet *g = frond_spawn(write_bytes, a);
    frond_sleep(100);
    CHECK_INT(frond_kill(g, FROND_EXIT, FROND_NEVER), 0);
    frond_release(g);
    CHECK_INT(frond_stream_rates(a, NULL, NULL), 0);
    CHECK_INT(frond_write(a, data, 10, &written, FROND_NEVER), 0);
    g = frond_spawn(write_bytes, a);
    CHECK_INT(frond_stream_rates(a, NULL, r), 0);
    frond_sleep(1);
    frond_close(a);
    CHECK_INT(frond_join(g, FROND_NEVER), 0);
    frond_release(g);
    frond_rate_free(r);
    frond_stream_free(a);
    frond_stream_free(b);
}

static void bytes_put_back(void) {
    frond_stream *a, *b;
    char buf[16];
    streams_open(&a, &b);
    CHECK_INT(frond_write(a, "world", 5, NULL, FROND_NEVER), 0);
    CHECK_INT(frond_unread(b, "o ", 2), 0);
    CHECK_INT(frond_unread(b, "hell", 4), 0);
    CHECK_INT(frond_unread(b, NULL, 0), 0);
    CHECK_INT(frond_unread(b, NULL, 1), FROND_EINVAL);
    CHECK_INT(frond_unread(NULL, "x", 1), FROND_EINVAL);
    CHECK_INT(frond_read(b, buf, 3, FROND_NOW), 3);
    CHECK(memcmp(buf, "hel", 3) == 0);
    CHECK_INT(frond_read_exact(b, buf, 8, NULL, FROND_NEVER), 0);
    CHECK(memcmp(buf, "lo world", 8) == 0);
    CHECK_INT(frond_unread(b, "kept", 4), 0); /* and freed with the stream */
    frond_stream_free(a);
    frond_stream_free(b);
}

static void exactly(void) {
    frond_stream *a, *b;
    char buf[16];
    size_t got;
    streams_open(&a, &b);
    CHECK_INT(frond_write(a, "abc", 3, NULL, FROND_NEVER), 0);
    CHECK_INT(frond_read_exact(b, buf, 5, &got, frond_in(5)), FROND_ETIMEDOUT);
    CHECK_INT(got, 3);
    CHECK_INT(frond_write(a, "de", 2, NULL, FROND_NEVER), 0);
    CHECK_INT(frond_read_exact(b, buf + got, 5 - got, &got, FROND_NEVER), 0);
    CHECK(memcmp(buf, "abcde", 5) == 0);
    CHECK_INT(frond_read_exact(b, buf, 0, &got, FROND_NOW), 0);
    CHECK_INT(frond_read_exact(b, NULL, 1, &got, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_write(a, "f", 1, NULL, FROND_NEVER), 0);
    frond_close(a);
    CHECK_INT(frond_read_exact(b, buf, 2, &got, FROND_NEVER), FROND_EOF);
    CHECK_INT(got, 1);
    frond_stream_free(a);
    frond_stream_free(b);
}

static void without_memory(void) {
    frond_stream *a = NULL, *b = NULL;
    char c;
    if (frond_stream_pair(&a, &b) < 0)
        return;
    frond_rate *r = frond_rate_new(1000, 0);
    frond_stream_timeouts(a, 1000, 1000);
    frond_stream_rates(b, r, r);
    if (frond_unread(b, "x", 1) == 0)
        CHECK_INT(frond_read(b, &c, 1, FROND_NEVER), 1);
    frond_rate_free(r);
    frond_stream_free(a);
    frond_stream_free(b);
}

static void sweep(void) {
    memory_sweep(without_memory);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {{"time limits", time_limits},
                                      {"writing at a rate", writing_at_a_rate},
                                      {"reading at a rate", reading_at_a_rate},
                                      {"shared rate", shared_rate},
                                      {"given up", given_up},
                                      {"bytes put back", bytes_put_back},
                                      {"exactly", exactly},
                                      {"without memory", sweep},
                                      {NULL, NULL}};
    test_clock_virtual();
    return streams_main("limits", tests, argc, argv);
}
