/* SPDX-License-Identifier: MIT */
/* Codecs of pipes, and pipes among other things that one waits for. */
#include "method.h"

#include <frond/proc.h>
#include <stdlib.h>
#include <string.h>

/* ---- numbers, as text ---- */

static int fails_with, encoded;

static int encode_number(void *arg, const void *object, size_t len, void **bytes,
                         size_t *n) {
    (void)len;
    if (fails_with)
        return fails_with;
    char *text = malloc(40);
    *n = (size_t)snprintf(text, 40, "%s%d", (const char *)arg, *(const int *)object);
    *bytes = text;
    encoded++;
    return 0;
}

static void encoded_number(void *arg, void *bytes) {
    (void)arg;
    encoded--;
    free(bytes);
}

static int decode_number(void *arg, const void *bytes, size_t n, void **object,
                         size_t *len) {
    size_t prefix = strlen(arg);
    if (fails_with)
        return fails_with;
    if (n <= prefix || memcmp(bytes, arg, prefix) != 0)
        return FROND_ERANGE;
    int *number = malloc(sizeof *number);
    *number = atoi((const char *)bytes + prefix);
    *object = number;
    *len = sizeof *number;
    return 0;
}

static const frond_codec numbers = {
    encode_number, encoded_number, decode_number, "n", {0}};

static int next_number(frond_pipe *p) {
    void *object = NULL;
    int64_t n = frond_pipe_receive(p, &object, frond_in(20000));
    CHECK_INT(n, sizeof(int));
    int number = n == sizeof(int) ? *(int *)object : -1;
    free(object);
    return number;
}

static void case_100_codecs(void) {
    frond_pipe *a, *b;
    int number = 42;
    CHECK_INT(frond_pipe_pair(&(frond_pipe_options){.codec = &numbers}, &a, &b), 0);
    CHECK_INT(frond_pipe_send(a, &number, sizeof number, frond_in(20000)), 0);
    CHECK_INT(next_number(b), 42);
    number = -7;
    CHECK_INT(frond_pipe_send(b, &number, sizeof number, frond_in(20000)), 0);
    CHECK_INT(next_number(a), -7);
    CHECK_INT(encoded, 0);
    /* what goes is what encode has made */
    CHECK_INT(frond_pipe_send(a, &number, sizeof number, frond_in(20000)), 0);
    frond_pipe_message m = {.flags = FROND_PIPE_RAW};
    CHECK_INT(frond_pipe_receive_message(b, &m, frond_in(20000)), 3);
    CHECK_TEXT(m.data, "n-7");
    frond_free(m.data);
    frond_pipe_free(a);
    frond_pipe_free(b);
}

static void case_100_raw(void) {
    enum { LEN = 10000 };
    frond_pipe *a, *b;
    void *msg = NULL;
    unsigned char *x = malloc(LEN);
    for (int i = 0; i < LEN; i++)
        x[i] = (unsigned char)(i * 37 + i / 256);
    CHECK_INT(frond_pipe_pair(NULL, &a, &b), 0);
    CHECK_INT(frond_pipe_send(a, x, LEN, frond_in(20000)), 0);
    CHECK_INT(frond_pipe_receive(b, &msg, frond_in(20000)), LEN);
    CHECK(msg && memcmp(msg, x, LEN) == 0);
    frond_free(msg);
    free(x);
    frond_pipe_free(a);
    frond_pipe_free(b);
}

static void case_100_failing_codec(void) {
    frond_pipe *a, *b;
    void *object = &a;
    int number = 5;
    CHECK_INT(frond_pipe_pair(&(frond_pipe_options){.codec = &numbers}, &a, &b), 0);
    fails_with = FROND_EROFS;
    CHECK_INT(frond_pipe_send(a, &number, sizeof number, frond_in(20000)), FROND_EROFS);
    CHECK_HAS(frond_error_text(), "pipe encode");
    fails_with = 0;
    CHECK_INT(frond_pipe_send(a, &number, sizeof number, frond_in(20000)), 0);
    fails_with = FROND_EIO;
    CHECK_INT(frond_pipe_receive(b, &object, frond_in(20000)), FROND_EIO);
    CHECK_HAS(frond_error_text(), "pipe decode");
    CHECK(object == &a);
    fails_with = 0;
    frond_pipe_message m = {.data = "x1", .len = 2, .flags = FROND_PIPE_RAW};
    CHECK_INT(frond_pipe_send_message(a, &m, frond_in(20000)), 0);
    CHECK_INT(frond_pipe_send(a, &number, sizeof number, frond_in(20000)), 0);
    CHECK_INT(frond_pipe_receive(b, &object, frond_in(20000)), FROND_ERANGE);
    CHECK_INT(next_number(b), 5);
    CHECK_INT(encoded, 0);
    frond_pipe_free(a);
    frond_pipe_free(b);
}

static void case_100_refused(void) {
    frond_pipe *a, *b;
    frond_codec half = {.encode = encode_number}, other = {.decode = decode_number},
                later = numbers;
    later.reserved[1] = 1;
    CHECK_INT(frond_pipe_pair(&(frond_pipe_options){.codec = &half}, &a, &b),
              FROND_EINVAL);
    CHECK_INT(frond_pipe_pair(&(frond_pipe_options){.codec = &other}, &a, &b),
              FROND_EINVAL);
    CHECK_INT(frond_pipe_pair(&(frond_pipe_options){.codec = &later}, &a, &b),
              FROND_EINVAL);
    CHECK_INT(frond_pipe_pair(NULL, &a, &b), 0);
    CHECK_INT(frond_pipe_set_codec(a, &half), FROND_EINVAL);
    CHECK_INT(frond_pipe_set_codec(NULL, &numbers), FROND_EINVAL);
    CHECK_INT(frond_pipe_set_codec(a, &numbers), 0);
    CHECK_INT(frond_pipe_set_codec(a, NULL), 0);
    send_text(a, "plain");
    CHECK(next_is(b, "plain"));
    frond_pipe_close2(a, b);
    CHECK_INT(frond_pipe_set_codec(a, NULL), FROND_ECLOSED);
    frond_pipe_free(a);
    frond_pipe_free(b);
}

/* A worker gives its end the same codec. */
static int doubling_main(frond_child *self) {
    frond_pipe *p = frond_child_pipe(self, 0);
    void *object;
    frond_pipe_set_codec(p, &numbers);
    while (frond_pipe_receive(p, &object, frond_in(20000)) >= 0) {
        int twice = 2 * *(int *)object;
        free(object);
        if (frond_pipe_send(p, &twice, sizeof twice, frond_in(20000)) < 0)
            return 1;
    }
    return 0;
}

static int raw_main(frond_child *self) {
    return next_is(frond_child_pipe(self, 0), "abc") ? 0 : 1;
}

static const frond_entry entries[] = {
    {"doubling", doubling_main}, {"raw", raw_main}, {0}};

static void case_100_across_processes(void) {
    frond_pipe *ours, *theirs;
    CHECK_INT(frond_pipe_pair(&(frond_pipe_options){.codec = &numbers}, &ours, &theirs),
              0);
    frond_process *p = start_pipes("doubling", &theirs, 1);
    for (int i = 0; i < 100; i++) {
        CHECK_INT(frond_pipe_send(ours, &i, sizeof i, frond_in(20000)), 0);
        CHECK_INT(next_number(ours), 2 * i);
    }
    frond_pipe_free(ours);
    frond_pipe_free(theirs);
    CHECK_INT(join_it(p), 0);
}

static void case_100_raw_across_processes(void) {
    frond_pipe *ours, *theirs;
    CHECK_INT(frond_pipe_pair(NULL, &ours, &theirs), 0);
    frond_process *p = start_pipes("raw", &theirs, 1);
    send_text(ours, "abc");
    CHECK_INT(join_it(p), 0);
    frond_pipe_free(ours);
    frond_pipe_free(theirs);
}

BOTH(case_100_across_processes)
BOTH(case_100_raw_across_processes)

/* ---- waits ---- */

static frond_pipe *a, *b, *c, *d;

static void open_two(void) {
    CHECK_INT(frond_pipe_pair(NULL, &a, &b), 0);
    CHECK_INT(frond_pipe_pair(NULL, &c, &d), 0);
}

static void free_two(void) {
    frond_pipe_free(a);
    frond_pipe_free(b);
    frond_pipe_free(c);
    frond_pipe_free(d);
}

static void *sends_later(void *pipe) {
    frond_sleep(5);
    send_text(pipe, "later");
    return NULL;
}

static void *closes_later(void *pipe) {
    frond_sleep(5);
    frond_pipe_close(pipe);
    return NULL;
}

static void whichever_comes_first(void) {
    size_t which = 9;
    frond_event e = FROND_EVENT_INIT;
    open_two();
    frond_waitable w[] = {frond_pipe_waitable(b), frond_event_waitable(&e),
                          frond_pipe_waitable(d)};
    CHECK_INT(frond_waitable_ready(&w[0]), 0);
    CHECK_INT(frond_wait_any(w, 3, &which, FROND_NOW), FROND_ETIMEDOUT);
    CHECK_INT(frond_wait_any(w, 3, &which, frond_in(1)), FROND_ETIMEDOUT);
    frond_go(sends_later, c);
    CHECK_INT(frond_wait_any(w, 3, &which, frond_in(20000)), 0);
    CHECK_INT(which, 2);
    CHECK_INT(frond_waitable_ready(&w[2]), 1);
    CHECK_INT(frond_wait_any(w, 3, &which, frond_in(20000)), 0); /* it is still there */
    CHECK_INT(which, 2);
    CHECK(next_is(d, "later"));
    CHECK_INT(frond_waitable_ready(&w[2]), 0);
    frond_event_set(&e);
    CHECK_INT(frond_wait_any(w, 3, &which, frond_in(20000)), 0);
    CHECK_INT(which, 1);
    frond_event_clear(&e);
    frond_go(closes_later, a); /* the other end */
    CHECK_INT(frond_wait_any(w, 3, &which, frond_in(20000)), 0);
    CHECK_INT(which, 0);
    void *msg;
    CHECK_INT(frond_pipe_receive(b, &msg, FROND_NOW), FROND_EPIPE);
    frond_waitable own = frond_pipe_waitable(d);
    frond_go(closes_later, d); /* this one */
    CHECK_INT(frond_wait_any(&own, 1, &which, frond_in(20000)), 0);
    CHECK_INT(frond_pipe_receive(d, &msg, FROND_NOW), FROND_ECLOSED);
    free_two();
}

/* A message that has come in part wakes nobody; the rest of it does. */
static void a_whole_message(void) {
    frond_stream *s;
    size_t which;
    open_two();
    frond_waitable w = frond_pipe_waitable(b);
    CHECK_INT(frond_pipe_send_stream(a, &s, FROND_NEVER), 0);
    for (int i = 0; i < 3; i++) {
        CHECK_INT(frond_write(s, "abc", 3, NULL, FROND_NEVER), 0);
        CHECK_INT(frond_wait_any(&w, 1, &which, frond_in(10)), FROND_ETIMEDOUT);
    }
    CHECK_INT(frond_shutdown(s, FROND_NEVER), 0);
    frond_stream_free(s);
    CHECK_INT(frond_wait_any(&w, 1, &which, frond_in(20000)), 0);
    void *msg = NULL;
    CHECK_INT(frond_pipe_receive(b, &msg, FROND_NOW), 9);
    CHECK_TEXT(msg, "abcabcabc");
    frond_free(msg);
    free_two();
}

/* What ends the wait is told to the receive, and once. */
static void given_up_during_the_wait(void) {
    frond_stream *s;
    void *msg;
    open_two();
    frond_waitable w = frond_pipe_waitable(b);
    CHECK_INT(frond_pipe_send_stream(a, &s, FROND_NEVER), 0);
    CHECK_INT(frond_write(s, "abc", 3, NULL, FROND_NEVER), 0);
    frond_stream_free(s);
    CHECK_INT(frond_wait_any(&w, 1, NULL, frond_in(20000)), 0);
    CHECK_INT(frond_wait_any(&w, 1, NULL, frond_in(20000)), 0);
    CHECK_INT(frond_pipe_receive(b, &msg, FROND_NOW), FROND_ECONNABORTED);
    CHECK_INT(frond_pipe_receive(b, &msg, FROND_NOW), FROND_ETIMEDOUT);
    CHECK_INT(frond_waitable_ready(&w), 0);
    free_two();
}

static void *writes_slowly(void *arg) {
    frond_stream *s;
    CHECK_INT(frond_pipe_send_stream(a, &s, FROND_NEVER), 0);
    for (int i = 0; i < 5; i++) {
        frond_sleep(3);
        CHECK_INT(frond_write(s, "abc", 3, NULL, FROND_NEVER), 0);
    }
    frond_sleep(3);
    log_add("end");
    CHECK_INT(frond_shutdown(s, FROND_NEVER), 0);
    frond_stream_free(s);
    return arg;
}

static void in_parts_during_the_wait(void) {
    open_two();
    frond_waitable w = frond_pipe_waitable(b);
    frond_go(writes_slowly, NULL);
    CHECK_INT(frond_wait_any(&w, 1, NULL, frond_in(20000)), 0);
    CHECK_TEXT(log_text(), "end");
    CHECK(next_is(b, "abcabcabcabcabc"));
    free_two();
}

static void *waits(void *pipe) {
    frond_waitable w = frond_pipe_waitable(pipe);
    CHECK_INT(frond_wait_any(&w, 1, NULL, frond_in(20000)), 0);
    log_add("ready");
    return NULL;
}

static void *takes_one(void *pipe) {
    CHECK(next_is(pipe, "one"));
    log_add("taken");
    return NULL;
}

/* Beside one who receives, it is the next message that is waited for. */
static void beside_a_receiver(void) {
    open_two();
    frond_go(takes_one, b);
    frond_yield();
    frond_go(waits, b);
    frond_go(waits, b);
    frond_sleep(2);
    send_text(a, "one");
    frond_sleep(20);
    CHECK_TEXT(log_text(), "taken");
    send_text(a, "two");
    CHECK_INT(frond_hub_join(frond_in(20000)), 0);
    CHECK_TEXT(log_text(), "taken ready ready");
    CHECK(next_is(b, "two"));
    free_two();
}

static void *waits_in_vain(void *pipe) {
    frond_waitable w = frond_pipe_waitable(pipe);
    CHECK_INT(frond_wait_any(&w, 1, NULL, frond_in(20000)), FROND_ECANCELED);
    return NULL;
}

static void freed_during_the_wait(void) {
    open_two();
    frond_greenlet *g = frond_spawn(waits, b);
    frond_sleep(2);
    frond_pipe_free(b);
    b = NULL;
    CHECK_INT(frond_join(g, frond_in(20000)), 0);
    frond_release(g);
    g = frond_spawn(waits_in_vain, d);
    frond_sleep(2);
    frond_kill(g, FROND_EXIT, frond_in(20000));
    frond_release(g);
    send_text(c, "x");
    CHECK(next_is(d, "x"));
    frond_waitable none = frond_pipe_waitable(NULL);
    CHECK_INT(frond_wait_any(&none, 1, NULL, FROND_NOW), FROND_EINVAL);
    free_two();
}

static const test_case tests[] = {
    {"case 100: codecs", case_100_codecs},
    {"case 100: raw", case_100_raw},
    {"case 100: failing codec", case_100_failing_codec},
    {"case 100: refused", case_100_refused},
    ROWS(case_100_across_processes, "case 100: across processes"),
    ROWS(case_100_raw_across_processes, "case 100: raw across processes"),
    {"whichever comes first", whichever_comes_first},
    {"a whole message", a_whole_message},
    {"given up during the wait", given_up_during_the_wait},
    {"in parts during the wait", in_parts_during_the_wait},
    {"beside a receiver", beside_a_receiver},
    {"freed during the wait", freed_during_the_wait},
    {0}};

int main(int argc, char **argv) {
    if (frond_init(&argc, &argv, entries) < 0)
        return 1;
    frond_hub_close(FROND_NOW);
    return test_main("proc/pipe_codec", tests, argc, argv);
}
