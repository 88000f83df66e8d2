/* SPDX-License-Identifier: MIT */
/* Message pipes, both ends in one process. */
#include "proc/ends.h"
#include "support.h"

#include <frond/impl/stream.h>
#include <frond/proc.h>
#include <stdlib.h>
#include <string.h>

static void whole_messages_in_order(void) {
    open_pipe(0);
    CHECK_INT(frond_pipe_send(a, "one", 3, FROND_NEVER), 0);
    CHECK_INT(frond_pipe_send(a, "", 0, FROND_NEVER), 0);
    CHECK_INT(frond_pipe_send(a, "three", 5, FROND_NEVER), 0);
    CHECK_INT(frond_pipe_send(b, "back", 4, FROND_NEVER), 0);
    expect(b, "one");
    expect(b, "");
    expect(b, "three");
    expect(a, "back");
    close_pipe();
}

static void limits(void) {
    open_pipe(10);
    CHECK_INT(frond_pipe_send(a, "12345678901", 11, FROND_NEVER), FROND_EMSGSIZE);
    CHECK_HAS(frond_error_text(), "11 bytes, at most 10");
    CHECK_INT(frond_pipe_send(a, "1234567890", 10, FROND_NEVER), 0);
    expect(b, "1234567890");
    close_pipe();
}

static void end_between_and_inside(void) {
    void *msg;
    open_pipe(0);
    frond_pipe_send(a, "last", 4, FROND_NEVER);
    frond_pipe_free(a);
    expect(b, "last");
    CHECK_INT(frond_pipe_receive(b, &msg, FROND_NEVER), FROND_EPIPE);
    frond_pipe_free(b);
    /* the first bytes of a message, then the end */
    open_pipe(0);
    size_t big = 20 << 20;
    char *x = calloc(1, big);
    CHECK_INT(frond_pipe_send(a, x, big, frond_in(1)), 0);
    frond_pipe_free(a);
    CHECK_INT(frond_pipe_receive(b, &msg, FROND_NEVER), FROND_EOF);
    free(x);
    frond_pipe_free(b);
}

static void time_breaks_no_message(void) {
    enum { BIG = 20000000 }; /* more than any system keeps on the way */
    open_pipe(0);
    char *x = malloc(BIG);
    void *msg = NULL;
    for (int i = 0; i < BIG; i++)
        x[i] = (char)(i * 7);
    CHECK_INT(frond_pipe_send(a, x, BIG, frond_in(1)), 0); /* begun: it counts as sent */
    CHECK_INT(frond_pipe_send(a, "next", 4, FROND_NOW), FROND_ETIMEDOUT); /* not begun */
    CHECK_INT(frond_pipe_receive(b, &msg, frond_in(1)), FROND_ETIMEDOUT);
    int64_t n = FROND_ETIMEDOUT;
    for (int i = 0; i < 100000 && n == FROND_ETIMEDOUT; i++) {
        frond_pipe_flush(a, FROND_NOW);
        n = frond_pipe_receive(b, &msg, FROND_NOW);
    }
    CHECK_INT(n, BIG);
    CHECK(msg && memcmp(msg, x, BIG) == 0);
    frond_free(msg);
    CHECK_INT(frond_pipe_send(a, "next", 4, FROND_NOW), 0);
    expect(b, "next");
    free(x);
    close_pipe();
}

static void *receives(void *rc) {
    void *msg;
    *(int64_t *)rc = frond_pipe_receive(b, &msg, FROND_NEVER);
    return NULL;
}

static void close_wakes(void) {
    int64_t rc = 0;
    void *msg;
    open_pipe(0);
    frond_go(receives, &rc);
    frond_yield();
    CHECK_INT(frond_pipe_receive(b, &msg, FROND_NOW),
              FROND_ETIMEDOUT); /* it is not its turn */
    CHECK_INT(frond_pipe_close(b), 0);
    CHECK_INT(frond_pipe_close(b), 0);
    frond_yield();
    CHECK_INT(rc, FROND_ECLOSED);
    CHECK_INT(frond_pipe_receive(b, &msg, FROND_NOW), FROND_ECLOSED);
    close_pipe();
}

/* Each is whole, and they come in the order in which they were sent, small or large. */
static void *sends_many(void *arg) {
    enum { LARGE = 100000 };
    char *large = calloc(1, LARGE);
    for (int i = 0; i < 3000; i++) {
        size_t n = i % 500 == 499 ? LARGE : sizeof i;
        memcpy(large, &i, sizeof i);
        CHECK_INT(frond_pipe_send(a, large, n, FROND_NEVER), 0);
    }
    free(large);
    return arg;
}

static void many_at_once(void) {
    int last = -1, wrong = 0;
    open_pipe(0);
    frond_go(sends_many, NULL);
    for (int i = 0; i < 3000; i++) {
        void *msg;
        int64_t n = frond_pipe_receive(b, &msg, frond_in(20000));
        if (n < (int64_t)sizeof i)
            break;
        wrong += *(int *)msg != i;
        last = *(int *)msg;
        frond_free(msg);
    }
    CHECK_INT(last, 2999);
    CHECK_INT(wrong, 0);
    close_pipe();
}

/* What was gathered goes when somebody else runs, though nobody flushes. */
static void gathered(void) {
    open_pipe(0);
    for (int i = 0; i < 3; i++)
        CHECK_INT(frond_pipe_send(a, "abc", 3, FROND_NOW), 0);
    for (int i = 0; i < 3; i++)
        expect(b, "abc");
    for (int i = 0; i < 3; i++)
        CHECK_INT(frond_pipe_send(a, "abc", 3, FROND_NOW), 0);
    CHECK_INT(frond_pipe_close(a), 0); /* and with the end */
    for (int i = 0; i < 3; i++)
        expect(b, "abc");
    close_pipe();
}

static void *sends(void *text) {
    CHECK_INT(frond_pipe_send(a, text, strlen(text), FROND_NEVER), 0);
    return NULL;
}

static void *expects(void *text) {
    expect(b, text);
    log_add(text);
    return NULL;
}

/* Who came first has his turn first, on both sides. */
static void in_turn(void) {
    static char large[4 << 20];
    void *msg;
    in_order();
    open_pipe(0);
    frond_go(expects, "one");
    frond_go(expects, "two");
    frond_go(expects, "three");
    frond_yield();
    CHECK_INT(frond_pipe_send(a, "one", 3, FROND_NEVER), 0);
    CHECK_INT(frond_pipe_send(a, "two", 3, FROND_NEVER), 0);
    CHECK_INT(frond_pipe_send(a, "three", 5, FROND_NEVER), 0);
    CHECK_INT(frond_hub_join(frond_in(20000)), 0);
    CHECK_TEXT(log_text(), "one two three");
    memset(large, 'x', sizeof large - 1);
    frond_go(sends, large); /* longer than the system takes at once */
    frond_yield();
    frond_go(sends, "four");
    frond_go(sends, "five");
    frond_yield();
    CHECK_INT(frond_pipe_receive(b, &msg, frond_in(20000)), sizeof large - 1);
    frond_free(msg);
    expect(b, "four");
    expect(b, "five");
    close_pipe();
}

/* What was gathered and nobody takes is told by the next call. */
static void failure_of_what_was_gathered(void) {
    int rc = 0;
    open_pipe(0);
    frond_pipe_free(b);
    b = NULL;
    for (int i = 0; i < 100 && rc == 0; i++) {
        rc = frond_pipe_send(a, "abc", 3, frond_in(20000));
        if (i % 10 == 9)
            frond_yield();
    }
    CHECK(rc == FROND_EPIPE || rc == FROND_ECONNRESET);
    close_pipe();
}

static void kill_keeps_what_came(void) {
    int64_t rc = 0;
    open_pipe(0);
    frond_greenlet *g = frond_spawn(receives, &rc);
    frond_yield();
    CHECK_INT(frond_kill(g, FROND_EXIT, FROND_NEVER), 0);
    frond_release(g);
    CHECK_INT(rc, FROND_ECANCELED);
    frond_pipe_send(a, "after", 5, FROND_NEVER);
    expect(b, "after");
    close_pipe();
}

static void a_length_alone_costs_no_memory(void) {
    unsigned char header[8] = {0, 0, 0, 0, 1};
    frond_stream *s;
    void *msg;
    /* 4 GiB announced, more than max_message: refused at once */
    open_pipe(0);
    s = *(frond_stream **)(void *)a; /* its stream comes first */
    CHECK_INT(frond_write(s, header, 8, NULL, FROND_NEVER), 0);
    CHECK_INT(frond_pipe_receive(b, &msg, FROND_NEVER), FROND_EMSGSIZE);
    close_pipe();
}

/* A call that has been made often enough in a row lets others run, and main frees what it is about. */
static int ended_with;

static void *receive_often(void *pipe) {
    void *msg;
    do
        ended_with = (int)frond_pipe_receive(pipe, &msg, FROND_NOW);
    while (ended_with == FROND_ETIMEDOUT);
    return NULL;
}

static void *flush_often(void *pipe) {
    do
        ended_with = frond_pipe_flush(pipe, FROND_NOW);
    while (ended_with == 0);
    return NULL;
}

static void *flush_and_receive(void *pipe) {
    void *msg;
    frond_pipe_flush(pipe, FROND_NOW);
    do
        ended_with = (int)frond_pipe_receive(pipe, &msg, FROND_NOW);
    while (ended_with == FROND_ETIMEDOUT);
    return NULL;
}

static void freed_while_it_gives_way(void) {
    static const frond_fn runs[] = {receive_often, flush_and_receive, flush_often};
    for (size_t i = 0; i < sizeof runs / sizeof runs[0]; i++) {
        open_pipe(0);
        ended_with = 1;
        frond_greenlet *g = frond_spawn(runs[i], a);
        CHECK_INT(frond_yield(), 0);
        frond_pipe_free(a);
        CHECK_INT(frond_join(g, frond_in(20000)), 0);
        CHECK_INT(ended_with, FROND_ECLOSED);
        frond_release(g);
        frond_pipe_free(b);
    }
}

static void misuse(void) {
    void *msg;
    CHECK_INT(frond_pipe_pair(NULL, NULL, &b), FROND_EINVAL);
    CHECK_INT(frond_pipe_send(NULL, "", 0, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_pipe_receive(NULL, &msg, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_pipe_flush(NULL, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_pipe_close(NULL), FROND_EINVAL);
    frond_pipe_free(NULL);
    open_pipe(0);
    CHECK_INT(frond_pipe_send(a, NULL, 1, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_pipe_receive(a, NULL, FROND_NOW), FROND_EINVAL);
    close_pipe();
}

static const test_case tests[] = {
    {"whole messages in order", whole_messages_in_order},
    {"limits", limits},
    {"the end, between and inside", end_between_and_inside},
    {"time breaks no message", time_breaks_no_message},
    {"close wakes", close_wakes},
    {"many at once", many_at_once},
    {"gathered", gathered},
    {"in turn", in_turn},
    {"failure of what was gathered", failure_of_what_was_gathered},
    {"kill keeps what came", kill_keeps_what_came},
    {"a length alone", a_length_alone_costs_no_memory},
    {"freed while it gives way", freed_while_it_gives_way},
    {"misuse", misuse},
    {0}};

int main(int argc, char **argv) {
    return test_main("proc/pipe", tests, argc, argv);
}
