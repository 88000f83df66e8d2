/* SPDX-License-Identifier: MIT */
/* Calls over a pipe, in one process and between two by both methods. */
#include "method.h"

#include <frond/proc.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

static int serving, ended_by;

/* What the question's first letter says. */
static int serve(frond_rpc_request *r, void *arg) {
    size_t len;
    const char *q = frond_rpc_question(r, &len);
    int rc = 0;
    (void)arg;
    serving++;
    switch (*q) {
    case 'e': /* echo */
        rc = frond_rpc_answer(r, q, len);
        break;
    case 's': /* sleeps, then echoes */
        if ((rc = frond_sleep((uint64_t)atoi(q + 1))) == 0)
            rc = frond_rpc_answer(r, q, len);
        break;
    case 'f': /* fails, with a sentence */
        rc = frond_pipe_close(NULL);
        break;
    case 'd': /* dies */
        frond_fail(FROND_EROFS, "gone");
        break;
    case 't': { /* tells what time is left */
        char text[40];
        snprintf(text, sizeof text, "%d",
                 (int)(frond_remaining(frond_rpc_deadline(r)) / 1000000));
        rc = frond_rpc_answer(r, text, strlen(text));
        break;
    }
    case 'k': /* takes its process with it */
        frond_sleep(5);
        raise(SIGTERM);
        break;
    case '2': /* the last answer counts */
        frond_rpc_answer(r, "first", 5);
        rc = frond_rpc_answer(r, "second", 6);
        break;
    default: /* nothing */
        break;
    }
    ended_by = rc;
    serving--;
    return rc;
}

/* ---- in one process ---- */

static frond_pipe *a, *b;
static frond_rpc *one, *two;

static void open_both(const frond_rpc_options *o) {
    static const frond_rpc_options serves = {.serve = serve};
    CHECK_INT(frond_pipe_pair(NULL, &a, &b), 0);
    CHECK_INT(frond_rpc_new(a, o, &one), 0);
    CHECK_INT(frond_rpc_new(b, &serves, &two), 0);
    serving = 0;
}

static void close_both(void) {
    frond_rpc_free(one);
    frond_rpc_free(two);
    frond_pipe_free(a);
    frond_pipe_free(b);
    CHECK_INT(frond_hub_join(frond_in(20000)), 0);
}

static int64_t ask(frond_rpc *rpc, const char *question, const char *expected,
                   frond_deadline d) {
    void *answer = NULL;
    int64_t n = frond_call(rpc, question, strlen(question), &answer, d);
    if (n >= 0 && expected) {
        CHECK_INT(n, strlen(expected));
        CHECK_TEXT(answer, expected);
    }
    frond_free(answer);
    return n;
}

static void answers_and_errors(void) {
    open_both(NULL);
    CHECK_INT(ask(one, "echo", "echo", frond_in(20000)), 4);
    CHECK_INT(ask(one, "nothing", "", frond_in(20000)), 0);
    CHECK_INT(ask(one, "2", "second", FROND_NEVER), 6);
    CHECK_INT(ask(one, "fail", NULL, frond_in(20000)), FROND_EINVAL);
    CHECK_TEXT(frond_error_text(), "call: pipe close: invalid argument");
    capture_begin();
    CHECK_INT(ask(one, "die", NULL, frond_in(20000)), FROND_EROFS);
    capture_end();
    CHECK_INT(ask(two, "echo", NULL, frond_in(20000)), FROND_ENOTSUP);
    CHECK_INT(ask(one, "echo", "echo", frond_in(20000)), 4);
    CHECK_INT(frond_rpc_calls(one), 0);
    close_both();
}

static void *asks_slow(void *arg) {
    char question[20];
    snprintf(question, sizeof question, "s%d", (int)(intptr_t)arg);
    CHECK_INT(ask(one, question, question, frond_in(20000)), strlen(question));
    log_add(question);
    return NULL;
}

static void answered_in_any_order(void) {
    frond_clock_virtual(1);
    open_both(NULL);
    frond_go(asks_slow, (void *)30);
    frond_go(asks_slow, (void *)10);
    frond_go(asks_slow, (void *)20);
    frond_sleep(1);
    CHECK_INT(frond_rpc_calls(one), 3);
    CHECK_INT(frond_rpc_calls(two), 3);
    frond_sleep(50);
    CHECK_TEXT(log_text(), "s10 s20 s30");
    CHECK_INT(frond_rpc_calls(one) + frond_rpc_calls(two), 0);
    close_both();
    frond_clock_virtual(0);
}

enum { MANY = 500 };
static int many_done;

static void *asks_many(void *arg) {
    char question[40];
    for (int i = 0; i < 20; i++) {
        snprintf(question, sizeof question, "e %d %d", (int)(intptr_t)arg, i);
        CHECK_INT(ask((intptr_t)arg % 2 ? one : two, question, question, frond_in(20000)),
                  strlen(question));
    }
    many_done++;
    return NULL;
}

static void many_both_ways(void) {
    open_both(&(frond_rpc_options){.serve = serve});
    many_done = 0;
    for (intptr_t i = 0; i < MANY; i++)
        frond_go(asks_many, (void *)i);
    for (int i = 0; i < 20000 && many_done < MANY; i++)
        frond_sleep(1);
    CHECK_INT(many_done, MANY);
    close_both();
}

/* The time that is left goes along, and who runs out of it ends over there too. */
static void deadlines_travel(void) {
    void *answer;
    frond_clock_virtual(1);
    open_both(NULL);
    int64_t n = frond_call(one, "t", 1, &answer, frond_in(5000));
    CHECK(n > 0 && atoi(answer) <= 5000 && atoi(answer) > 4000);
    frond_free(answer);
    CHECK_INT(ask(one, "s10000", NULL, frond_in(50)), FROND_ETIMEDOUT);
    frond_sleep(1);
    CHECK_INT(serving, 0);
    CHECK(ended_by == FROND_ETIMEDOUT || ended_by == FROND_ECANCELED);
    frond_timeout t; /* a scope's end does not go along, but its cancellation does */
    frond_timeout_start(&t, 50);
    CHECK_INT(ask(one, "s10000", NULL, FROND_NEVER), FROND_ETIMEDOUT);
    frond_timeout_stop(&t);
    frond_sleep(5);
    CHECK_INT(serving, 0);
    CHECK_INT(ended_by, FROND_ECANCELED);
    CHECK_INT(ask(one, "echo", "echo", frond_in(20000)), 4);
    close_both();
    frond_clock_virtual(0);
}

static void *asks_long(void *rc) {
    *(int64_t *)rc = ask(one, "s100000", NULL, FROND_NEVER);
    return NULL;
}

static void cancelled_over_there(void) {
    int64_t rc = 0;
    open_both(NULL);
    frond_greenlet *g = frond_spawn(asks_long, &rc);
    while (!serving)
        frond_sleep(1);
    CHECK_INT(frond_kill(g, FROND_EXIT, frond_in(20000)), 0);
    CHECK_INT(rc, FROND_ECANCELED);
    for (int i = 0; i < 20000 && serving; i++)
        frond_sleep(1);
    CHECK_INT(serving, 0);
    CHECK_INT(ended_by, FROND_ECANCELED);
    frond_release(g);
    close_both();
}

static void ends_fail_calls(void) {
    int64_t rc[2] = {0, 0};
    open_both(NULL);
    frond_greenlet *g[2] = {frond_spawn(asks_long, &rc[0]),
                            frond_spawn(asks_long, &rc[1])};
    while (serving < 2)
        frond_sleep(1);
    frond_pipe_close(b); /* the other side goes */
    for (int i = 0; i < 2; i++) {
        CHECK_INT(frond_join(g[i], frond_in(20000)), 0);
        CHECK_INT(rc[i], FROND_ECONNRESET);
        frond_release(g[i]);
    }
    CHECK_INT(ask(one, "echo", NULL, frond_in(20000)), FROND_ECONNRESET);
    CHECK_INT(frond_rpc_wait(one, frond_in(20000)), 0);
    CHECK_INT(frond_rpc_wait(two, frond_in(20000)), FROND_ECLOSED);
    CHECK_INT(serving, 0);
    close_both();
    /* and this one */
    open_both(NULL);
    g[0] = frond_spawn(asks_long, &rc[0]);
    while (!serving)
        frond_sleep(1);
    CHECK_INT(frond_rpc_wait(two, frond_in(1)), FROND_ETIMEDOUT);
    frond_rpc_free(one);
    one = NULL;
    CHECK_INT(frond_join(g[0], frond_in(20000)), 0);
    CHECK_INT(rc[0], FROND_ECLOSED);
    frond_release(g[0]);
    frond_pipe_close(a);
    CHECK_INT(frond_rpc_wait(two, frond_in(20000)), 0);
    CHECK_INT(serving, 0);
    close_both();
}

static void limits(void) {
    frond_pipe_options small = {.max_message = 100};
    char long_one[101] = {0};
    void *answer;
    CHECK_INT(frond_pipe_pair(&small, &a, &b), 0);
    CHECK_INT(frond_rpc_new(a, NULL, &one), 0);
    CHECK_INT(
        frond_rpc_new(b, &(frond_rpc_options){.serve = serve, .max_serving = 2}, &two),
        0);
    serving = 0;
    CHECK_INT(frond_call(one, long_one, sizeof long_one, &answer, FROND_NEVER),
              FROND_EMSGSIZE);
    int64_t rc[2];
    frond_greenlet *g[2] = {frond_spawn(asks_long, &rc[0]),
                            frond_spawn(asks_long, &rc[1])};
    while (serving < 2)
        frond_sleep(1);
    CHECK_INT(ask(one, "echo", NULL, frond_in(20000)), FROND_ELIMIT);
    for (int i = 0; i < 2; i++) {
        frond_kill(g[i], FROND_EXIT, frond_in(20000));
        frond_release(g[i]);
    }
    while (serving)
        frond_sleep(1);
    CHECK_INT(ask(one, "echo", "echo", frond_in(20000)), 4);
    close_both();
}

static void misuse(void) {
    void *answer;
    frond_rpc_options o = {.reserved = {1}};
    CHECK_INT(frond_pipe_pair(NULL, &a, &b), 0);
    CHECK_INT(frond_rpc_new(NULL, NULL, &one), FROND_EINVAL);
    CHECK_INT(frond_rpc_new(a, NULL, NULL), FROND_EINVAL);
    CHECK_INT(frond_rpc_new(a, &o, &one), FROND_EINVAL);
    CHECK_INT(frond_call(NULL, "", 0, &answer, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_rpc_wait(NULL, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_rpc_calls(NULL), 0);
    frond_rpc_free(NULL);
    CHECK_INT(frond_rpc_new(a, NULL, &one), 0);
    CHECK_INT(frond_call(one, NULL, 1, &answer, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_call(one, "", 0, NULL, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_call(one, "", 0, &answer, FROND_NOW), FROND_ETIMEDOUT);
    frond_stream *s = *(frond_stream **)(void *)b; /* its stream comes first */
    CHECK_INT(frond_write(s, "\1\0\0\0\0\0\0\0x", 9, NULL, FROND_NEVER), 0);
    CHECK_INT(frond_call(one, "", 0, &answer, frond_in(20000)), FROND_EPROTO);
    frond_rpc_free(one);
    frond_pipe_close(a);
    CHECK_INT(frond_rpc_new(a, NULL, &one), FROND_ECLOSED);
    frond_pipe_free(a);
    frond_pipe_free(b);
    CHECK_INT(frond_hub_join(frond_in(20000)), 0);
}

/* ---- between processes ---- */

static int serving_main(frond_child *self) {
    frond_rpc *rpc;
    signal(SIGTERM, SIG_DFL);
    int rc = frond_rpc_new(frond_child_pipe(self, 0),
                           &(frond_rpc_options){.serve = serve}, &rpc);
    if (rc < 0)
        return 1;
    rc = frond_rpc_wait(rpc, FROND_NEVER);
    frond_rpc_free(rpc);
    return rc < 0 ? 2 : 0;
}

static const frond_entry entries[] = {{"serving", serving_main}, {0}};

static void to_a_worker(void) {
    frond_pipe *theirs;
    CHECK_INT(frond_pipe_pair(NULL, &a, &theirs), 0);
    frond_process *p = start_pipes("serving", &theirs, 1);
    CHECK_INT(frond_rpc_new(a, NULL, &one), 0);
    CHECK_INT(ask(one, "echo", "echo", frond_in(20000)), 4);
    CHECK_INT(ask(one, "fail", NULL, frond_in(20000)), FROND_EINVAL);
    CHECK_INT(ask(one, "s10000", NULL, frond_in(20)), FROND_ETIMEDOUT);
    CHECK_INT(ask(one, "echo", "echo", frond_in(20000)), 4);
    frond_rpc_free(one);
    frond_pipe_free(a);
    CHECK_INT(join_it(p), 0); /* it has noticed */
    frond_pipe_free(theirs);
}

static void a_worker_that_dies(void) {
    frond_pipe *theirs;
    int64_t rc[2] = {0, 0};
    int status = 0;
    CHECK_INT(frond_pipe_pair(NULL, &a, &theirs), 0);
    frond_process *p = start_pipes("serving", &theirs, 1);
    CHECK_INT(frond_rpc_new(a, NULL, &one), 0);
    frond_greenlet *g[2] = {frond_spawn(asks_long, &rc[0]),
                            frond_spawn(asks_long, &rc[1])};
    CHECK_INT(ask(one, "kill", NULL, frond_in(20000)), FROND_ECONNRESET);
    for (int i = 0; i < 2; i++) {
        CHECK_INT(frond_join(g[i], frond_in(20000)), 0);
        CHECK_INT(rc[i], FROND_ECONNRESET);
        frond_release(g[i]);
    }
    CHECK_INT(frond_process_join(p, &status, frond_in(20000)), 0);
    CHECK(status != 0);
    frond_process_free(p);
    frond_rpc_free(one);
    frond_pipe_free(a);
    frond_pipe_free(theirs);
}

BOTH(to_a_worker)
BOTH(a_worker_that_dies)

static const test_case tests[] = {{"answers and errors", answers_and_errors},
                                  {"answered in any order", answered_in_any_order},
                                  {"many, both ways", many_both_ways},
                                  {"deadlines travel", deadlines_travel},
                                  {"cancelled over there", cancelled_over_there},
                                  {"ends fail calls", ends_fail_calls},
                                  {"limits", limits},
                                  {"misuse", misuse},
                                  ROWS(to_a_worker, "to a worker"),
                                  ROWS(a_worker_that_dies, "a worker that dies"),
                                  {0}};

int main(int argc, char **argv) {
    if (frond_init(&argc, &argv, entries) < 0)
        return 1;
    frond_hub_close(FROND_NOW);
    return test_main("proc/rpc", tests, argc, argv);
}
