/* SPDX-License-Identifier: MIT */
/* Messages that are longer than a message may be, or come as streams; what a deadline covers. */
#include "proc/ends.h"
#include "support.h"

#include <frond/proc.h>
#include <stdlib.h>
#include <string.h>

static char at(size_t i) {
    return (char)(i * 31 + i / 4096);
}

enum { MUCH = 5000000 };

static void *streams_much(void *arg) {
    char *part = malloc(MUCH);
    frond_stream *s;
    for (size_t i = 0; i < MUCH; i++)
        part[i] = at(i);
    CHECK_INT(frond_pipe_send_stream(a, &s, FROND_NEVER), 0);
    for (size_t done = 0, n; done < MUCH; done += n) { /* of every size */
        n = 1 + done * 7 % 100000;
        n = n < MUCH - done ? n : MUCH - done;
        CHECK_INT(frond_write(s, part + done, n, NULL, FROND_NEVER), 0);
    }
    CHECK_INT(frond_shutdown(s, FROND_NEVER), 0);
    CHECK_INT(frond_write(s, "x", 1, NULL, FROND_NEVER), FROND_EPIPE);
    frond_stream_free(s);
    CHECK_INT(frond_pipe_send(a, "after", 5, FROND_NEVER), 0);
    free(part);
    return arg;
}

static void longer_than_a_message_may_be(void) {
    frond_stream *s;
    char buf[70000];
    size_t got = 0, wrong = 0;
    int64_t n;
    open_pipe(1000);
    frond_go(streams_much, NULL);
    CHECK_INT(frond_pipe_receive_stream(b, &s, frond_in(20000)), 0);
    while ((n = frond_read(s, buf, 1 + got % sizeof buf, frond_in(20000))) > 0)
        for (int64_t i = 0; i < n; i++, got++)
            wrong += buf[i] != at(got);
    CHECK_INT(n, 0);
    CHECK_INT(frond_read(s, buf, 1, FROND_NOW), 0);
    CHECK_INT(got, MUCH);
    CHECK_INT(wrong, 0);
    CHECK_INT(frond_write(s, "x", 1, NULL, FROND_NOW), FROND_ENOTSUP);
    frond_stream_free(s);
    expect(b, "after");
    close_pipe();
}

/* Sent in parts and received whole, and the other way round. */
static void parts_and_wholes(void) {
    frond_stream *s;
    char buf[20];
    open_pipe(0);
    CHECK_INT(frond_pipe_send_stream(a, &s, FROND_NEVER), 0);
    CHECK_INT(frond_write(s, "one ", 4, NULL, FROND_NEVER), 0);
    CHECK_INT(frond_write(s, "two", 3, NULL, FROND_NEVER), 0);
    CHECK_INT(frond_shutdown(s, FROND_NEVER), 0);
    frond_stream_free(s);
    CHECK_INT(frond_pipe_send(a, "three", 5, FROND_NEVER), 0);
    CHECK_INT(frond_pipe_send(a, "", 0, FROND_NEVER), 0);
    CHECK_INT(frond_pipe_send(a, "four", 4, FROND_NEVER), 0);
    expect(b, "one two");
    CHECK_INT(frond_pipe_receive_stream(b, &s, frond_in(20000)), 0);
    CHECK_INT(frond_read(s, buf, sizeof buf, frond_in(20000)), 5);
    CHECK_INT(frond_read(s, buf, sizeof buf, frond_in(20000)), 0);
    frond_stream_free(s);
    CHECK_INT(frond_pipe_receive_stream(b, &s, frond_in(20000)), 0);
    CHECK_INT(frond_read(s, buf, sizeof buf, frond_in(20000)), 0);
    frond_stream_free(s);
    expect(b, "four");
    close_pipe();
}

/* Nothing is lost: it is there for who can take it, or does not want it. */
static void too_long_stays(void) {
    frond_pipe *c, *d;
    frond_stream *s;
    void *msg;
    char buf[100];
    intptr_t fd;
    open_pipe(0);
    CHECK_INT(frond_pipe_pair(&(frond_pipe_options){.max_message = 10}, &c, &d), 0);
    CHECK_INT(frond_pipe_send(c, "12345678901", 11, FROND_NEVER), FROND_EMSGSIZE);
    for (int i = 0; i < 3; i++) { /* by two sends of 6, as one */
        CHECK_INT(frond_pipe_send_stream(c, &s, FROND_NEVER), 0);
        CHECK_INT(frond_write(s, "123456", 6, NULL, FROND_NEVER), 0);
        CHECK_INT(frond_write(s, "789012", 6, NULL, FROND_NEVER), 0);
        CHECK_INT(frond_shutdown(s, FROND_NEVER), 0);
        frond_stream_free(s);
    }
    CHECK_INT(frond_pipe_send(c, "next", 4, FROND_NEVER), 0);
    CHECK_INT(frond_pipe_receive(d, &msg, frond_in(20000)), FROND_EMSGSIZE);
    CHECK_HAS(frond_error_text(), "12 bytes or more, at most 10");
    CHECK_INT(frond_pipe_receive(d, &msg, frond_in(20000)), FROND_EMSGSIZE);
    CHECK_INT(frond_pipe_receive_stream(d, &s, frond_in(20000)), 0);
    size_t got = 0;
    CHECK_INT(frond_read_exact(s, buf, 12, &got, frond_in(20000)), 0);
    CHECK(memcmp(buf, "123456789012", 12) == 0);
    CHECK_INT(frond_read(s, buf, 1, frond_in(20000)), 0);
    frond_stream_free(s);
    CHECK_INT(frond_pipe_receive(d, &msg, frond_in(20000)), FROND_EMSGSIZE);
    CHECK_INT(frond_pipe_skip(d, frond_in(20000)), 0);
    CHECK_INT(frond_pipe_skip(d, frond_in(20000)), 0);
    expect(d, "next");
    CHECK_INT(frond_pipe_skip(d, FROND_NOW), FROND_ETIMEDOUT);
    CHECK_INT(frond_pipe_fd(d, &fd), 0);
    frond_pipe_free(c);
    frond_pipe_free(d);
    close_pipe();
}

/* The end of a message that never comes, and a reader who has had enough. */
static void given_up(void) {
    frond_stream *s, *r;
    void *msg;
    char buf[10];
    open_pipe(0);
    CHECK_INT(frond_pipe_send_stream(a, &s, FROND_NEVER), 0);
    frond_stream_free(s); /* without a byte it was nothing */
    CHECK_INT(frond_pipe_send_stream(a, &s, FROND_NEVER), 0);
    CHECK_INT(frond_write(s, "half", 4, NULL, FROND_NEVER), 0);
    frond_stream_free(s);
    CHECK_INT(frond_pipe_receive(b, &msg, frond_in(20000)), FROND_ECONNABORTED);
    CHECK_INT(frond_pipe_send_stream(a, &s, FROND_NEVER), 0);
    CHECK_INT(frond_write(s, "half", 4, NULL, FROND_NEVER), 0);
    CHECK_INT(frond_pipe_receive_stream(b, &r, frond_in(20000)), 0);
    CHECK_INT(frond_read(r, buf, sizeof buf, frond_in(20000)), 4);
    CHECK_INT(frond_read(r, buf, sizeof buf, FROND_NOW), FROND_ETIMEDOUT);
    CHECK_INT(frond_close(s), 0);
    CHECK_INT(frond_read(r, buf, sizeof buf, frond_in(20000)), FROND_ECONNABORTED);
    CHECK_INT(frond_read(r, buf, sizeof buf, frond_in(20000)), FROND_ECONNABORTED);
    frond_stream_free(s);
    frond_stream_free(r);
    /* and the other way round */
    CHECK_INT(frond_pipe_send_stream(a, &s, FROND_NEVER), 0);
    CHECK_INT(frond_write(s, "long", 4, NULL, FROND_NEVER), 0);
    CHECK_INT(frond_pipe_receive_stream(b, &r, frond_in(20000)), 0);
    CHECK_INT(frond_read(r, buf, 2, frond_in(20000)), 2);
    frond_stream_free(r);
    CHECK_INT(frond_write(s, "er", 2, NULL, FROND_NEVER), 0);
    CHECK_INT(frond_pipe_receive(b, &msg, frond_in(1)), FROND_ETIMEDOUT);
    CHECK_INT(frond_shutdown(s, FROND_NEVER), 0);
    frond_stream_free(s);
    CHECK_INT(frond_pipe_send(a, "next", 4, FROND_NEVER), 0);
    expect(b, "next");
    close_pipe();
}

static void *reads(void *arg) {
    char buf[10];
    *(int64_t *)arg =
        frond_read(*(frond_stream **)((void **)arg + 1), buf, sizeof buf, FROND_NEVER);
    return NULL;
}

static void *fills(void *arg) {
    static char much[1 << 20];
    int rc;
    while ((rc = frond_write(*(frond_stream **)((void **)arg + 1), much, sizeof much,
                             NULL, FROND_NEVER)) == 0) {}
    *(int64_t *)arg = rc;
    return NULL;
}

/* Closing a message's stream wakes who is in it, and only him: the pipe goes on. */
static void close_wakes(void) {
    union {
        int64_t rc;
        void *place[2];
    } in = {.place = {NULL, NULL}}, out = in;
    frond_stream *s, *r;
    void *msg;
    open_pipe(0);
    CHECK_INT(frond_pipe_send_stream(a, &s, FROND_NEVER), 0);
    CHECK_INT(frond_write(s, "x", 1, NULL, FROND_NEVER), 0);
    CHECK_INT(frond_pipe_receive_stream(b, &r, frond_in(20000)), 0);
    char c;
    CHECK_INT(frond_read(r, &c, 1, frond_in(20000)), 1);
    in.place[1] = r;
    out.place[1] = s;
    frond_greenlet *reader = frond_spawn(reads, &in);
    frond_sleep(1);
    frond_close(r);
    CHECK_INT(frond_join(reader, frond_in(20000)), 0);
    CHECK_INT(in.rc, FROND_ECLOSED);
    frond_greenlet *writer = frond_spawn(fills, &out);
    frond_sleep(20); /* nobody reads */
    frond_close(s);
    CHECK_INT(frond_join(writer, frond_in(20000)), 0);
    CHECK_INT(out.rc, FROND_ECLOSED);
    frond_release(reader);
    frond_release(writer);
    frond_stream_free(s);
    frond_stream_free(r);
    int rc;
    do /* what was not wanted is skipped while what was given up goes */
        rc = (int)frond_pipe_receive(b, &msg, frond_in(5));
    while (rc == FROND_ETIMEDOUT && frond_pipe_flush(a, FROND_NOW) == FROND_ETIMEDOUT);
    CHECK_INT(frond_pipe_send(a, "next", 4, frond_in(20000)), 0);
    expect(b, "next");
    close_pipe();
}

static void *sends_next(void *arg) {
    CHECK_INT(frond_pipe_send(a, "next", 4, FROND_NEVER), 0);
    log_add("sent");
    return arg;
}

static void others_wait_for_its_end(void) {
    frond_stream *s;
    open_pipe(0);
    CHECK_INT(frond_pipe_send_stream(a, &s, FROND_NEVER), 0);
    CHECK_INT(frond_write(s, "first", 5, NULL, FROND_NEVER), 0);
    frond_go(sends_next, NULL);
    frond_yield();
    CHECK_TEXT(log_text(), "");
    CHECK_INT(frond_shutdown(s, FROND_NEVER), 0);
    frond_stream_free(s);
    expect(b, "first");
    expect(b, "next");
    CHECK_TEXT(log_text(), "sent");
    close_pipe();
}

static void pipe_freed_before(void) {
    frond_stream *s, *r;
    open_pipe(0);
    CHECK_INT(frond_pipe_send_stream(a, &s, FROND_NEVER), 0);
    CHECK_INT(frond_write(s, "x", 1, NULL, FROND_NEVER), 0);
    CHECK_INT(frond_pipe_receive_stream(b, &r, frond_in(20000)), 0);
    close_pipe();
    CHECK_INT(frond_write(s, "x", 1, NULL, FROND_NOW), FROND_ECLOSED);
    char c;
    frond_read(r, &c, 1, FROND_NOW);
    CHECK_INT(frond_read(r, &c, 1, FROND_NOW), FROND_ECLOSED);
    frond_stream_free(s);
    frond_stream_free(r);
}

/* ---- what a deadline covers ---- */

static void *sends_slowly(void *arg) {
    frond_stream *s;
    frond_sleep(20);
    CHECK_INT(frond_pipe_send_stream(a, &s, FROND_NEVER), 0);
    for (int i = 0; i < 5; i++) {
        CHECK_INT(frond_write(s, "x", 1, NULL, FROND_NEVER), 0);
        frond_sleep(20);
    }
    CHECK_INT(frond_shutdown(s, FROND_NEVER), 0);
    frond_stream_free(s);
    return arg;
}

static void first_byte_or_all_of_it(void) {
    frond_pipe_message m = {.flags = FROND_PIPE_FIRST_BYTE};
    void *msg;
    frond_clock_virtual(1);
    open_pipe(0);
    frond_go(sends_slowly, NULL);
    CHECK_INT(frond_pipe_receive_message(b, &m, frond_in(10)), FROND_ETIMEDOUT);
    CHECK_INT(frond_pipe_receive_message(b, &m, frond_in(60)), 5);
    CHECK_TEXT(m.data, "xxxxx");
    frond_free(m.data);
    frond_go(sends_slowly, NULL);
    CHECK_INT(frond_pipe_receive(b, &msg, frond_in(60)), FROND_ETIMEDOUT);
    CHECK_INT(frond_pipe_receive(b, &msg, frond_in(20000)), 5);
    CHECK_TEXT(msg, "xxxxx");
    frond_free(msg);
    CHECK_INT(frond_hub_join(frond_in(1000)), 0);
    close_pipe();
    frond_clock_virtual(0);
}

enum { LARGE = 20000000 };
static char *large;

static void *takes_late(void *arg) {
    void *msg;
    frond_sleep(50);
    CHECK_INT(frond_pipe_receive(b, &msg, FROND_NEVER), LARGE);
    CHECK(memcmp(msg, large, LARGE) == 0);
    frond_free(msg);
    return arg;
}

/* With the flag a send is over when all of it has gone. */
static void first_byte_of_a_send(void) {
    large = malloc(LARGE);
    for (size_t i = 0; i < LARGE; i++)
        large[i] = at(i);
    frond_pipe_message m = {.data = large, .len = LARGE, .flags = FROND_PIPE_FIRST_BYTE};
    open_pipe(0);
    frond_go(takes_late, NULL);
    CHECK_INT(frond_pipe_send_message(a, &m, frond_in(5)), 0);
    CHECK_INT(frond_pipe_flush(a, FROND_NOW), 0);
    CHECK_INT(frond_pipe_send(a, "next", 4, FROND_NOW), 0);
    CHECK_INT(frond_hub_join(frond_in(20000)), 0);
    expect(b, "next");
    free(large);
    close_pipe();
}

/* A killed receiver of a stream leaves it where it was. */
static void misuse(void) {
    frond_stream *s;
    frond_pipe_message m = {.n_handles = 1};
    intptr_t fd;
    open_pipe(0);
    CHECK_INT(frond_pipe_send_stream(NULL, &s, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_pipe_send_stream(a, NULL, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_pipe_receive_stream(NULL, &s, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_pipe_receive_stream(a, NULL, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_pipe_receive_stream(a, &s, FROND_NOW), FROND_ETIMEDOUT);
    CHECK_INT(frond_pipe_skip(NULL, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_pipe_send_message(a, NULL, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_pipe_receive_message(a, NULL, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_pipe_send_message(a, &m, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_pipe_receive_message(a, &m, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_pipe_fd(NULL, &fd), FROND_EINVAL);
    CHECK_INT(frond_pipe_fd(a, NULL), FROND_EINVAL);
    close_pipe();
}

/* What is no frame breaks the pipe, by name, and for good. */
static void no_frame(void) {
    static const unsigned char bad[][8] = {
        {1, 0, 0, 0, 0, 0, 9, 0},   /* no such kind */
        {1, 0, 0, 0, 0, 0, 0, 99}}; /* too many handles */
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        void *msg;
        open_pipe(0);
        frond_stream *s = *(frond_stream **)(void *)a; /* its stream comes first */
        CHECK_INT(frond_write(s, bad[i], 8, NULL, FROND_NEVER), 0);
        CHECK_INT(frond_pipe_receive(b, &msg, frond_in(20000)), FROND_EPROTO);
        CHECK_INT(frond_pipe_receive(b, &msg, frond_in(20000)), FROND_EPROTO);
        close_pipe();
    }
}

static const test_case tests[] = {
    {"longer than a message may be", longer_than_a_message_may_be},
    {"parts and wholes", parts_and_wholes},
    {"too long stays", too_long_stays},
    {"given up", given_up},
    {"close wakes", close_wakes},
    {"others wait for its end", others_wait_for_its_end},
    {"pipe freed before", pipe_freed_before},
    {"first byte, or all of it", first_byte_or_all_of_it},
    {"first byte of a send", first_byte_of_a_send},
    {"misuse", misuse},
    {"no frame", no_frame},
    {0}};

int main(int argc, char **argv) {
    return test_main("proc/pipe_stream", tests, argc, argv);
}
