/* SPDX-License-Identifier: MIT */
/* Ends that are closed, and ends that are in use: what gipc's tests of closed and locked handles assert, and what a
 * forced close does instead. */
#include "support.h"

#include <frond/proc.h>
#include <stdlib.h>
#include <string.h>

enum { LONGER_THAN_BUFFERS = 20000000 };

static frond_pipe *a, *b;

static void open_pipe(void) {
    CHECK_INT(frond_pipe_pair(NULL, &a, &b), 0);
}

static void free_pipe(void) {
    frond_pipe_free(a);
    frond_pipe_free(b);
}

static int64_t receive(frond_pipe *p, frond_deadline d) {
    void *msg;
    int64_t n = frond_pipe_receive(p, &msg, d);
    if (n >= 0)
        frond_free(msg);
    return n;
}

static void *receives(void *pipe) {
    receive(pipe, FROND_NEVER);
    return frond_error_code() ? (void *)frond_error_name(frond_error_code()) : NULL;
}

static void *sends_long(void *pipe) {
    char *much = calloc(1, LONGER_THAN_BUFFERS);
    int rc = frond_pipe_send(pipe, much, LONGER_THAN_BUFFERS, FROND_NEVER);
    free(much);
    return rc < 0 ? (void *)frond_error_name(rc) : NULL;
}

static frond_greenlet *spawn(frond_fn run, frond_pipe *p) {
    frond_greenlet *g = frond_spawn(run, p);
    frond_sleep(5);
    return g;
}

static void expect_end(frond_greenlet *g, const char *how) {
    void *value = NULL;
    CHECK_INT(frond_get(g, &value, frond_in(20000)), 0);
    if (how && value)
        CHECK_TEXT(value, how);
    else
        CHECK(!how && !value);
    frond_release(g);
}

static void end(frond_greenlet *g) {
    CHECK_INT(frond_kill(g, FROND_EXIT, frond_in(20000)), 0);
    frond_release(g);
}

/* TestClose of gipc's. */
static void case_95_closed_ends(void) {
    open_pipe();
    CHECK_INT(frond_pipe_close(a), 0);
    CHECK_INT(frond_pipe_close(a), 0); /* a second close is no error here */
    CHECK_INT(frond_pipe_send(a, "", 0, FROND_NOW), FROND_ECLOSED);
    CHECK_INT(receive(a, FROND_NOW), FROND_ECLOSED);
    CHECK_INT(frond_pipe_flush(a, FROND_NOW), FROND_ECLOSED);
    CHECK_INT(receive(b, frond_in(20000)), FROND_EPIPE);
    int rc = frond_pipe_send(b, "", 0, frond_in(20000));
    CHECK(rc == FROND_EPIPE || rc == FROND_ECONNRESET || rc == 0);
    free_pipe();
    open_pipe();
    CHECK_INT(frond_pipe_send(a, "a", 1, FROND_NEVER), 0);
    CHECK_INT(frond_pipe_close(a), 0);
    CHECK_INT(receive(b, frond_in(20000)), 1);
    CHECK_INT(receive(b, frond_in(20000)), FROND_EPIPE);
    CHECK_INT(receive(b, frond_in(20000)), FROND_EPIPE);
    free_pipe();
}

/* What gipc answers GIPCLocked. */
static void in_use_is_busy(void) {
    open_pipe();
    frond_greenlet *reader = spawn(receives, b);
    CHECK_INT(frond_pipe_try_close(b), FROND_EBUSY);
    CHECK_INT(frond_pipe_try_close(a), 0);
    expect_end(reader, "FROND_EPIPE");
    CHECK_INT(frond_pipe_try_close(b), 0);
    CHECK_INT(frond_pipe_try_close(b), 0);
    free_pipe();
    open_pipe();
    frond_greenlet *writer = spawn(sends_long, a);
    CHECK_INT(frond_pipe_try_close(a), FROND_EBUSY);
    end(writer);
    CHECK_INT(frond_pipe_try_close(a), FROND_EBUSY); /* the rest of it has not gone */
    CHECK_INT(frond_pipe_close(a), 0);
    CHECK_INT(receive(b, frond_in(20000)), FROND_EOF);
    free_pipe();
}

static void close_of_both(void) {
    open_pipe();
    frond_greenlet *reader = spawn(receives, b);
    CHECK_INT(frond_pipe_try_close2(b, a), FROND_EBUSY); /* the second is, all the same */
    CHECK_INT(frond_pipe_send(a, "", 0, FROND_NOW), FROND_ECLOSED);
    expect_end(reader, "FROND_EPIPE");
    CHECK_INT(frond_pipe_try_close2(b, a), 0);
    free_pipe();
    open_pipe();
    frond_greenlet *writer = spawn(sends_long, a);
    CHECK_INT(frond_pipe_try_close2(b, a), FROND_EBUSY);
    void *value = NULL;
    CHECK_INT(frond_get(writer, &value, frond_in(20000)), 0);
    CHECK(value && (strcmp(value, "FROND_EPIPE") == 0 ||
                    strcmp(value, "FROND_ECONNRESET") == 0)); /* the system's choice */
    frond_release(writer);
    CHECK_INT(receive(b, FROND_NOW), FROND_ECLOSED);
    free_pipe();
    open_pipe();
    frond_greenlet *one = spawn(receives, a), *two = spawn(receives, b);
    CHECK_INT(frond_pipe_try_close2(a, b), FROND_EBUSY); /* neither is */
    CHECK_INT(frond_pipe_send(a, "x", 1, FROND_NEVER), 0);
    CHECK_INT(frond_pipe_send(b, "x", 1, FROND_NEVER), 0);
    expect_end(one, NULL);
    expect_end(two, NULL);
    CHECK_INT(frond_pipe_close2(a, b), 0);
    CHECK_INT(frond_pipe_close2(a, b), 0);
    CHECK_INT(frond_pipe_close2(NULL, b), 0);
    CHECK_INT(frond_pipe_close2(NULL, NULL), 0);
    free_pipe();
}

/* A close that is forced wakes them all, those who wait for their turn too. */
static void forced(void) {
    open_pipe();
    frond_greenlet *g[4] = {spawn(receives, a), spawn(receives, a), spawn(sends_long, a),
                            spawn(sends_long, a)};
    CHECK_INT(frond_pipe_close2(a, b), 0);
    for (int i = 0; i < 4; i++)
        expect_end(g[i], "FROND_ECLOSED");
    free_pipe();
}

static void *elsewhere_rc;

static void elsewhere(void *pipe) {
    static int rc[5];
    rc[0] = frond_pipe_close(pipe);
    rc[1] = frond_pipe_try_close(pipe);
    rc[2] = frond_pipe_close2(pipe, NULL);
    rc[3] = frond_pipe_send(pipe, "", 0, FROND_NOW);
    rc[4] = frond_pipe_set_codec(pipe, NULL);
    elsewhere_rc = rc;
    frond_hub_close(FROND_NOW);
}

static void another_thread(void) {
    open_pipe();
    thread_run(elsewhere, a);
    for (int i = 0; i < 5; i++)
        CHECK_INT(((int *)elsewhere_rc)[i], FROND_ETHREAD);
    free_pipe();
}

static void free_it(void *pipe) {
    frond_pipe_free(pipe);
    frond_hub_close(FROND_NOW);
}

static void freed_on_another_thread(void) {
    open_pipe();
    thread_run(free_it, a);
    CHECK_INT(receive(b, frond_in(20000)), FROND_EPIPE);
    frond_pipe_free(b);
}

static const test_case tests[] = {{"case 95: closed ends", case_95_closed_ends},
                                  {"in use is busy", in_use_is_busy},
                                  {"close of both", close_of_both},
                                  {"forced", forced},
                                  {"another thread", another_thread},
                                  {"freed on another thread", freed_on_another_thread},
                                  {0}};

int main(int argc, char **argv) {
    return test_main("proc/pipe_close", tests, argc, argv);
}
