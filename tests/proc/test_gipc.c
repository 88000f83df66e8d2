/* SPDX-License-Identifier: MIT */
/* What the tests of gipc assert of messages, processes and pipes between them, by both methods.  Closed and busy ends
 * are in test_pipe_close.c, what is in a child in test_handles.c, codecs in test_pipe_codec.c. */
#include "method.h"

#include <frond/frond.h>
#include <signal.h>
#include <stdlib.h>

enum { LONG = 999999, SOON = 20000 };

static frond_pipe *r, *w, *r2, *w2; /* to receive from, to send to */

static void open_pipes(void) {
    CHECK_INT(frond_pipe_pair(NULL, &r, &w), 0);
    CHECK_INT(frond_pipe_pair(NULL, &r2, &w2), 0);
}

static void free_pipes(void) {
    frond_pipe_free(r);
    frond_pipe_free(w);
    frond_pipe_free(r2);
    frond_pipe_free(w2);
}

static char *long_text(size_t len) {
    char *text = malloc(len + 1);
    for (size_t i = 0; i < len; i++)
        text[i] = (char)('a' + i % 23);
    text[len] = '\0';
    return text;
}

static bool is_long(frond_pipe *p, size_t len) {
    char *expected = long_text(len);
    bool is = next_is(p, expected);
    free(expected);
    return is;
}

/* ---- 94: in one process ---- */

static void *sends_long(void *pipe) {
    char *text = long_text(LONG);
    bool well = says(pipe, text);
    free(text);
    return well ? pipe : NULL;
}

static void *sends_long_twice(void *pipe) {
    sends_long(pipe);
    return sends_long(pipe);
}

static void *receives_long(void *pipe) {
    CHECK(is_long(pipe, LONG));
    return NULL;
}

static void *receives_long_twice(void *pipe) {
    receives_long(pipe);
    return receives_long(pipe);
}

static void run_all(frond_fn const *fns, size_t n, frond_pipe *const *pipes) {
    frond_group *group = frond_group_new();
    for (size_t i = 0; i < n; i++)
        CHECK_INT(frond_group_spawn(group, fns[i], pipes[i]), 0);
    CHECK_INT(frond_group_join(group, frond_in(SOON)), 0);
    frond_group_free(group);
}

static void case_94_messages(void) {
    char *ten_megabytes = long_text(9999999);
    CHECK(frond_hub_current() != NULL); /* which has descriptors of its own */
    int before = descriptors_open();
    CHECK_INT(frond_pipe_pair(NULL, &r, &w), 0);
    CHECK_INT(descriptors_open() - before, 2);
    send_text(w, "OK");
    CHECK(next_is(r, "OK"));
    send_text(w, "");
    CHECK(next_is(r, ""));
    run_all((frond_fn[]){sends_long, receives_long}, 2, (frond_pipe *[]){w, r});
    run_all((frond_fn[]){sends_long_twice, receives_long, receives_long}, 3,
            (frond_pipe *[]){w, r, r});
    run_all((frond_fn[]){sends_long, sends_long, receives_long_twice}, 3,
            (frond_pipe *[]){w, w, r});
    CHECK_INT(frond_pipe_send(w, ten_megabytes, 9999999, frond_in(1)), 0);
    for (int i = 0; i < SOON && frond_pipe_flush(w, FROND_NOW) == FROND_ETIMEDOUT; i++) {
        void *msg; /* what has come is kept */
        CHECK_INT(frond_pipe_receive(r, &msg, FROND_NOW), FROND_ETIMEDOUT);
    }
    CHECK(next_is(r, ten_megabytes));
    free(ten_megabytes);
    frond_pipe_free(r);
    frond_pipe_free(w);
}

/* ---- 95: processes ---- */

static int short_main(frond_child *self) {
    (void)self;
    frond_sleep(10);
    return 0;
}

/* Until it is told to end, or has nobody to be told by. */
static int waiting_main(frond_child *self) {
    return next_is(frond_child_pipe(self, 0), "end") ? 0 : 1;
}

static int one_main(frond_child *self) {
    (void)self;
    return 1;
}

static int killed_main(frond_child *self) {
    frond_pipe_send(frond_child_pipe(self, 0), "ready", 5, FROND_NEVER);
    frond_sleep(100000);
    return 0;
}

static int nested_main(frond_child *self) {
    size_t len;
    const char *depth = frond_child_args(self, &len);
    frond_process *p;
    int status = -1;
    if (*depth == '0')
        return 0;
    char next[2] = {(char)(*depth - 1), '\0'};
    frond_process_options o = {.method = method, .args = next, .args_len = 2};
    if (frond_process_start("nested", &o, &p, frond_in(SOON)) < 0)
        return 10;
    frond_process_join(p, &status, frond_in(SOON));
    frond_process_free(p);
    return status;
}

static void case_95_alive_and_exit_codes(void) {
    int status = -1;
    CHECK_INT(frond_pipe_pair(NULL, &r, &w), 0);
    frond_process *p = start_pipes("waiting", &r, 1);
    CHECK_INT(frond_process_alive(p), 1);
    CHECK(frond_process_pid(p) > 0);
    CHECK_INT(frond_process_join(p, &status, FROND_NOW), FROND_ETIMEDOUT);
    CHECK_INT(frond_process_alive(p), 1);
    send_text(w, "end");
    CHECK_INT(frond_process_join(p, &status, frond_in(SOON)), 0);
    CHECK_INT(status, 0);
    CHECK_INT(frond_process_alive(p), 0);
    frond_process_free(p);
    frond_pipe_free(r);
    frond_pipe_free(w);
    CHECK_INT(join_it(start_pipes("one", NULL, 0)), 1);
    p = start_pipes("short", NULL, 0); /* the end is seen without a join */
    for (int i = 0; i < SOON && frond_process_alive(p); i++)
        frond_sleep(1);
    CHECK_INT(frond_process_alive(p), 0);
    CHECK_INT(frond_process_join(p, &status, FROND_NOW), 0);
    CHECK_INT(status, 0);
    frond_process_free(p);
    CHECK_INT(join_it(start_with("nested",
                                 (frond_process_options){.args = "3", .args_len = 2})),
              0);
}

static void case_95_terminated_and_killed(void) {
    for (int kill = 0; kill < 2; kill++) {
        CHECK_INT(frond_pipe_pair(NULL, &r, &w), 0);
        frond_process *p = start_pipes("killed", &w, 1);
        CHECK(next_is(r, "ready"));
        CHECK_INT(kill ? frond_process_kill(p) : frond_process_terminate(p), 0);
        CHECK_INT(join_it(p), kill ? -9 : -SIGTERM);
        frond_pipe_free(r);
        frond_pipe_free(w);
    }
}

static void case_95_bad_arguments(void) {
    frond_process *p;
    frond_process_options o = {.method = method, .args_len = 5};
    CHECK_INT(frond_process_start("short", &o, &p, FROND_NEVER), FROND_EINVAL);
    o = (frond_process_options){.method = method, .n_pipes = 1};
    CHECK_INT(frond_process_start("short", &o, &p, FROND_NEVER), FROND_EINVAL);
    CHECK_INT(frond_process_start("none of these", NULL, &p, FROND_NEVER),
              FROND_EPROC_ENTRY);
    CHECK_INT(frond_process_start("short", NULL, NULL, FROND_NEVER), FROND_EINVAL);
}

/* ---- 97: between processes ---- */

static int reader_main(frond_child *self) {
    return is_long(frond_child_pipe(self, 0), LONG) ? 0 : 1;
}

static int writer_main(frond_child *self) {
    return sends_long(frond_child_pipe(self, 0)) ? 0 : 1;
}

static int two_channels_main(frond_child *self) {
    return next_is(frond_child_pipe(self, 0), "OK") &&
                   next_is(frond_child_pipe(self, 1), "FOO")
               ? 0
               : 1;
}

/* Between its two messages it talks to itself. */
static int own_pipe_main(frond_child *self) {
    if (!next_is(frond_child_pipe(self, 0), "OK"))
        return 1;
    frond_pipe *a, *b;
    if (frond_pipe_pair(NULL, &a, &b) < 0)
        return 2;
    frond_go(sends_long, a);
    if (!is_long(b, LONG))
        return 3;
    frond_pipe_free(a);
    frond_pipe_free(b);
    return next_is(frond_child_pipe(self, 1), "FOO") ? 0 : 4;
}

/* Hands its pipe on, to a child of a child. */
static int handing_on_main(frond_child *self) {
    size_t len;
    const char *depth = frond_child_args(self, &len);
    frond_pipe *p = frond_child_pipe(self, 0);
    frond_process *next;
    int status = -1;
    if (*depth == '0')
        return frond_pipe_send(p, "RATZEPENG", 9, frond_in(SOON)) < 0;
    char less[2] = {(char)(*depth - 1), '\0'};
    frond_process_options o = {
        .method = method, .args = less, .args_len = 2, .pipes = &p, .n_pipes = 1};
    if (frond_process_start("handing on", &o, &next, frond_in(SOON)) < 0)
        return 10;
    if (frond_pipe_send(p, "", 0, FROND_NOW) != FROND_ECLOSED)
        return 11;
    frond_process_join(next, &status, frond_in(SOON));
    frond_process_free(next);
    return status;
}

static int reads_once_main(frond_child *self) {
    return next_is(frond_child_pipe(self, 0), "x") ? 0 : 1;
}

static int send_until_refused(frond_pipe *p) {
    int rc = 0;
    while (rc == 0)
        rc = frond_pipe_send(p, "x", 1, frond_in(SOON));
    return rc == FROND_EPIPE || rc == FROND_ECONNRESET ? 0 : 1;
}

static int writes_for_ever_main(frond_child *self) {
    return send_until_refused(frond_child_pipe(self, 0));
}

static void case_97_channels(void) {
    static const char *const entries[] = {"two channels", "own pipe"};
    for (int i = 0; i < 2; i++) {
        open_pipes();
        frond_process *p = start_pipes(entries[i], (frond_pipe *[]){r, r2}, 2);
        send_text(w, "OK");
        send_text(w2, "FOO");
        CHECK_INT(join_it(p), 0);
        free_pipes();
    }
}

static void case_97_children_of_one_parent(void) {
    CHECK_INT(frond_pipe_pair(NULL, &r, &w), 0);
    frond_process *reader = start_pipes("reader", &r, 1);
    frond_process *writer = start_pipes("writer", &w, 1);
    CHECK_INT(join_it(reader), 0);
    CHECK_INT(join_it(writer), 0);
    frond_pipe_free(r);
    frond_pipe_free(w);
}

static void case_97_handed_on(void) {
    CHECK_INT(frond_pipe_pair(NULL, &r, &w), 0);
    frond_process *p = start_with(
        "handing on",
        (frond_process_options){.args = "2", .args_len = 2, .pipes = &w, .n_pipes = 1});
    CHECK(next_is(r, "RATZEPENG"));
    CHECK_INT(join_it(p), 0);
    void *msg;
    CHECK_INT(frond_pipe_receive(r, &msg, frond_in(SOON)), FROND_EPIPE);
    frond_pipe_free(r);
    frond_pipe_free(w);
}

/* No signal ends who writes to what nobody reads any more. */
static void case_97_early_exit_of_a_reader(void) {
    CHECK_INT(frond_pipe_pair(NULL, &r, &w), 0);
    frond_process *reader = start_pipes("reads once", &r, 1);
    CHECK_INT(send_until_refused(w), 0);
    CHECK_INT(join_it(reader), 0);
    frond_pipe_free(r);
    frond_pipe_free(w);
    CHECK_INT(frond_pipe_pair(NULL, &r, &w), 0);
    reader = start_pipes("reads once", &r, 1);
    frond_process *writer = start_pipes("writes for ever", &w, 1);
    CHECK_INT(join_it(reader), 0);
    CHECK_INT(join_it(writer), 0);
    frond_pipe_free(r);
    frond_pipe_free(w);
}

/* ---- 98: time limits, on every system ---- */

static void case_98_time_limits(void) {
    void *msg;
    frond_timeout t;
    CHECK_INT(frond_pipe_pair(NULL, &r, &w), 0);
    CHECK_INT(frond_pipe_receive(r, &msg, frond_in(10)), FROND_ETIMEDOUT);
    frond_timeout_start(&t, 10);
    CHECK_INT(frond_pipe_receive(r, &msg, FROND_NEVER), FROND_ETIMEDOUT);
    frond_timeout_stop(&t);
    CHECK_INT(frond_timeout_fired(&t), 1);
    frond_timeout_start(&t, SOON);
    send_text(w, "");
    CHECK(next_is(r, ""));
    frond_timeout_stop(&t);
    CHECK_INT(frond_timeout_fired(&t), 0);
    frond_pipe_free(r);
    frond_pipe_free(w);
}

/* ---- 99: both ways ---- */

static int echo_main(frond_child *self) {
    frond_pipe *p = frond_child_pipe(self, 0);
    void *msg;
    int64_t n = frond_pipe_receive(p, &msg, frond_in(SOON));
    if (n < 0)
        return 1;
    int rc = frond_pipe_send(p, msg, (size_t)n, frond_in(SOON));
    frond_free(msg);
    return rc < 0;
}

static int clock_main(frond_child *self) {
    frond_pipe *p = frond_child_pipe(self, 0);
    if (!next_is(p, "SYN"))
        return 1;
    if (!says(p, "ACK"))
        return 20;
    int64_t now = frond_now();
    return frond_pipe_send(p, &now, sizeof now, frond_in(SOON)) < 0;
}

static int forward_main(frond_child *self) {
    frond_pipe *from = frond_child_pipe(self, 0), *to = frond_child_pipe(self, 1);
    for (bool stop = false; !stop;) {
        void *msg;
        int64_t n = frond_pipe_receive(from, &msg, frond_in(SOON));
        if (n < 0)
            return 1;
        stop = strcmp(msg, "stop") == 0;
        int rc = frond_pipe_send(to, msg, (size_t)n, frond_in(SOON));
        frond_free(msg);
        if (rc < 0)
            return 2;
    }
    return 0;
}

static void case_99_echo(void) {
    CHECK_INT(frond_pipe_pair(NULL, &r, &w), 0);
    frond_process *p = start_pipes("echo", &w, 1);
    send_text(r, "MSG");
    CHECK(next_is(r, "MSG"));
    CHECK_INT(join_it(p), 0);
    frond_pipe_free(r);
    frond_pipe_free(w);
}

/* The child reads its clock between our question and its answer: no luck is needed for that. */
static void case_99_time(void) {
    void *msg = NULL;
    int64_t there = 0;
    CHECK_INT(frond_pipe_pair(NULL, &r, &w), 0);
    frond_process *p = start_pipes("clock", &w, 1);
    int64_t before = frond_now();
    send_text(r, "SYN");
    CHECK(next_is(r, "ACK"));
    CHECK_INT(frond_pipe_receive(r, &msg, frond_in(SOON)), sizeof there);
    int64_t after = frond_now();
    if (msg)
        memcpy(&there, msg, sizeof there);
    frond_free(msg);
    CHECK(before <= there && there <= after);
    CHECK_INT(join_it(p), 0);
    frond_pipe_free(r);
    frond_pipe_free(w);
}

static void case_99_circle(void) {
    frond_pipe *p[6], *closed[4];
    for (int i = 0; i < 6; i += 2)
        CHECK_INT(frond_pipe_pair(NULL, &p[i], &p[i + 1]), 0);
    memcpy(closed, &p[1], sizeof closed);
    frond_process *one = start_pipes("forward", (frond_pipe *[]){p[1], p[2]}, 2);
    frond_process *two = start_pipes("forward", (frond_pipe *[]){p[3], p[4]}, 2);
    for (int i = 0; i < 4; i++)
        CHECK_INT(frond_pipe_send(closed[i], "", 0, FROND_NOW), FROND_ECLOSED);
    for (int i = 0; i < 100; i++) {
        send_text(p[0], "BABUUUZ");
        CHECK(next_is(p[5], "BABUUUZ"));
    }
    send_text(p[0], "stop");
    CHECK(next_is(p[5], "stop"));
    CHECK_INT(join_it(one), 0);
    CHECK_INT(join_it(two), 0);
    for (int i = 0; i < 6; i++)
        frond_pipe_free(p[i]);
}

/* ---- 101: together with what else there is ---- */

static int splashes_main(frond_child *self) {
    while (frond_pipe_send(frond_child_pipe(self, 0), "SPLASH", 6, FROND_NEVER) == 0)
        frond_sleep(0);
    return 1;
}

static int chicken_main(frond_child *self) {
    if (!next_is(frond_child_pipe(self, 1), "SYN"))
        return 1;
    if (!says(frond_child_pipe(self, 0), "SYNACK"))
        return 20;
    if (!says(frond_child_pipe(self, 0), "CHICKEN"))
        return 20;
    return 0;
}

static int five_main(frond_child *self) {
    frond_pipe *p = frond_child_pipe(self, 0);
    void *msg;
    if (!says(frond_child_pipe(self, 1), "SYN"))
        return 20;
    if (!next_is(p, "SYNACK") || !next_is(p, "CHICKEN"))
        return 1;
    return frond_pipe_receive(p, &msg, frond_in(SOON)) == FROND_EPIPE ? 5 : 2;
}

static frond_queue *letters;

static void *to_queue(void *pipe) {
    for (char letter = 0; letter != '!';) {
        void *msg;
        if (frond_pipe_receive(pipe, &msg, frond_in(SOON)) != 1)
            return NULL;
        letter = *(char *)msg;
        frond_free(msg);
        frond_queue_put(letters, &letter, frond_in(SOON));
    }
    return pipe;
}

static void *from_queue(void *pipe) {
    for (char letter = 0; letter != '!';)
        if (frond_queue_get(letters, &letter, frond_in(SOON)) < 0 ||
            frond_pipe_send(pipe, &letter, 1, frond_in(SOON)) < 0)
            return NULL;
    return pipe;
}

static int round_main(frond_child *self) {
    letters = frond_queue_new(1, 0, NULL);
    frond_greenlet *in = frond_spawn(to_queue, frond_child_pipe(self, 0));
    frond_greenlet *out = frond_spawn(from_queue, frond_child_pipe(self, 1));
    void *well[2] = {NULL, NULL};
    frond_get(in, &well[0], frond_in(SOON));
    frond_get(out, &well[1], frond_in(SOON));
    frond_release(in);
    frond_release(out);
    frond_queue_free(letters);
    return well[0] && well[1] ? 0 : 1;
}

static void case_101_first(void) {
    CHECK_INT(frond_pipe_pair(NULL, &r, &w), 0);
    frond_process *p = start_pipes("splashes", &w, 1);
    for (int i = 0; i < 3; i++)
        CHECK(next_is(r, "SPLASH"));
    CHECK_INT(frond_process_terminate(p), 0);
    CHECK_INT(join_it(p), -SIGTERM);
    frond_pipe_free(r);
    frond_pipe_free(w);
}

static void case_101_second(void) {
    open_pipes();
    frond_process *writer = start_pipes("chicken", (frond_pipe *[]){w, r2}, 2);
    frond_process *reader = start_pipes("five", (frond_pipe *[]){r, w2}, 2);
    CHECK_INT(join_it(writer), 0);
    CHECK_INT(join_it(reader), 5);
    free_pipes();
}

/* List, queue, pipe, child, pipe, list. */
static void case_101_third(void) {
    static const char sent[] = "UFTATATAUFFATUTAFFUTTAUFTAFUAUTFTA!";
    char back[sizeof sent] = "";
    open_pipes();
    frond_process *p = start_pipes("round", (frond_pipe *[]){r, w2}, 2);
    letters = frond_queue_new(1, 0, NULL);
    for (size_t i = 0; i < sizeof sent - 1; i++)
        CHECK_INT(frond_queue_put(letters, &sent[i], FROND_NOW), 0);
    frond_greenlet *out = frond_spawn(from_queue, w);
    for (size_t i = 0; i < sizeof sent - 1; i++) {
        void *msg = NULL;
        if (frond_pipe_receive(r2, &msg, frond_in(SOON)) == 1)
            back[i] = *(char *)msg;
        frond_free(msg);
    }
    CHECK_TEXT(back, sent);
    CHECK_INT(frond_join(out, frond_in(SOON)), 0);
    frond_release(out);
    frond_queue_free(letters);
    CHECK_INT(join_it(p), 0);
    free_pipes();
}

static void *goes_both_ways(void *arg) {
    frond_pipe *to, *from_it, *from, *to_it;
    CHECK_INT(frond_pipe_pair(NULL, &to, &from_it), 0);
    CHECK_INT(frond_pipe_pair(NULL, &from, &to_it), 0);
    frond_process *p = start_pipes("forward", (frond_pipe *[]){from_it, to_it}, 2);
    send_text(to, "msg");
    CHECK(next_is(from, "msg"));
    send_text(to, "stop");
    CHECK_INT(join_it(p), 0);
    frond_pipe_free(to);
    frond_pipe_free(from_it);
    frond_pipe_free(from);
    frond_pipe_free(to_it);
    return arg;
}

static void case_101_ten_at_once(void) {
    frond_group *group = frond_group_new();
    for (int i = 0; i < 10; i++)
        CHECK_INT(frond_group_spawn(group, goes_both_ways, NULL), 0);
    CHECK_INT(frond_group_join(group, frond_in(3 * SOON)), 0);
    frond_group_free(group);
}

/* ---- 102: a server, a client of it, and a process for each request ---- */

static int response_main(frond_child *self) {
    if (!says(frond_child_pipe(self, 0), "response"))
        return 20;
    return 0;
}

static int client_main(frond_child *self) {
    size_t len;
    frond_http_response *response;
    const void *body = "";
    if (frond_http_get(frond_child_args(self, &len), &response, frond_in(SOON)) < 0)
        return 1;
    bool well = frond_http_body(response, &body) == 8 && memcmp(body, "response", 8) == 0;
    frond_http_response_free(response);
    return well ? 0 : 2;
}

static void answers(frond_http_exchange *x, void *arg) {
    static const char *const headers[] = {"Content-Type: text/html", NULL};
    frond_pipe *from, *to;
    void *msg = NULL;
    (void)arg;
    CHECK_INT(frond_pipe_pair(NULL, &from, &to), 0);
    frond_process *p = start_pipes("response", &to, 1);
    int64_t n = frond_pipe_receive(from, &msg, frond_in(SOON));
    CHECK_INT(join_it(p), 0);
    frond_http_respond(x, 200, headers, msg, n > 0 ? (size_t)n : 0, frond_in(SOON));
    frond_free(msg);
    frond_pipe_free(from);
    frond_pipe_free(to);
}

static void case_102_server(void) {
    frond_addr where;
    frond_listener *listener;
    frond_http_server *server = NULL;
    char url[60];
    frond_addr_loopback(&where, FROND_IPV4, 0);
    CHECK_INT(frond_tcp_listen(&where, NULL, &listener), 0);
    CHECK_INT(frond_http_server_start(listener, answers, NULL, NULL, &server), 0);
    CHECK_INT(frond_http_server_addr(server, &where), 0);
    int len = snprintf(url, sizeof url, "http://127.0.0.1:%d/", where.port);
    for (int i = 0; i < 3; i++)
        CHECK_INT(join_it(start_with(
                      "client",
                      (frond_process_options){.args = url, .args_len = (size_t)len + 1})),
                  0);
    CHECK_INT(frond_http_server_stop(server, frond_in(SOON)), 0);
    frond_http_server_free(server);
}

/* ---- demands ---- */

static void *receives_until_the_end(void *pipe) {
    void *msg;
    int rc = (int)frond_pipe_receive(pipe, &msg, FROND_NEVER);
    log_add(frond_error_name(rc));
    return NULL;
}

/* gevent#2194: a pipe that is closed while another greenlet reads from it, and the child is reaped all the same. */
static void demand_15_close_wakes_readers_first(void) {
    CHECK_INT(frond_pipe_pair(NULL, &r, &w), 0);
    frond_process *p = start_pipes("writes for ever", &w, 1);
    CHECK(next_is(r, "x"));
    frond_stream *s;
    CHECK_INT(frond_pipe_receive_stream(r, &s, frond_in(SOON)), 0); /* others wait */
    frond_greenlet *g[2] = {frond_spawn(receives_until_the_end, r),
                            frond_spawn(receives_until_the_end, r)};
    frond_sleep(5);
    CHECK_INT(frond_pipe_close(r), 0);
    frond_stream_free(s);
    for (int i = 0; i < 2; i++) {
        CHECK_INT(frond_join(g[i], frond_in(SOON)), 0);
        frond_release(g[i]);
    }
    CHECK_TEXT(log_text(), "FROND_ECLOSED FROND_ECLOSED");
    log_clear();
    CHECK_INT(join_it(p), 0);
    frond_pipe_free(r);
    frond_pipe_free(w);
}

/* gipc#19: time limits of receives from another process are the same on every system, and both ways work. */
static void demand_23_time_limits_between_processes(void) {
    void *msg;
    CHECK_INT(frond_pipe_pair(NULL, &r, &w), 0);
    frond_process *p = start_pipes("echo", &w, 1);
    for (int i = 0; i < 3; i++)
        CHECK_INT(frond_pipe_receive(r, &msg, frond_in(5)), FROND_ETIMEDOUT);
    send_text(r, "late");
    CHECK(next_is(r, "late"));
    CHECK_INT(join_it(p), 0);
    frond_pipe_free(r);
    frond_pipe_free(w);
}

static const frond_entry entries[] = {{"short", short_main},
                                      {"waiting", waiting_main},
                                      {"one", one_main},
                                      {"killed", killed_main},
                                      {"nested", nested_main},
                                      {"reader", reader_main},
                                      {"writer", writer_main},
                                      {"two channels", two_channels_main},
                                      {"own pipe", own_pipe_main},
                                      {"handing on", handing_on_main},
                                      {"reads once", reads_once_main},
                                      {"writes for ever", writes_for_ever_main},
                                      {"echo", echo_main},
                                      {"clock", clock_main},
                                      {"forward", forward_main},
                                      {"splashes", splashes_main},
                                      {"chicken", chicken_main},
                                      {"five", five_main},
                                      {"round", round_main},
                                      {"response", response_main},
                                      {"client", client_main},
                                      {0}};

BOTH(case_95_alive_and_exit_codes)
BOTH(case_95_terminated_and_killed)
BOTH(case_95_bad_arguments)
BOTH(case_97_channels)
BOTH(case_97_children_of_one_parent)
BOTH(case_97_handed_on)
BOTH(case_97_early_exit_of_a_reader)
BOTH(case_99_echo)
BOTH(case_99_time)
BOTH(case_99_circle)
BOTH(case_101_first)
BOTH(case_101_second)
BOTH(case_101_third)
BOTH(case_101_ten_at_once)
BOTH(case_102_server)
BOTH(demand_15_close_wakes_readers_first)
BOTH(demand_23_time_limits_between_processes)

static const test_case tests[] = {
    {"case 94: messages", case_94_messages},
    ROWS(case_95_alive_and_exit_codes, "case 95: alive, and exit codes"),
    ROWS(case_95_terminated_and_killed, "case 95: terminated and killed"),
    ROWS(case_95_bad_arguments, "case 95: bad arguments"),
    ROWS(case_97_channels, "case 97: channels"),
    ROWS(case_97_children_of_one_parent, "case 97: children of one parent"),
    ROWS(case_97_handed_on, "case 97: handed on"),
    ROWS(case_97_early_exit_of_a_reader, "case 97: early exit of a reader"),
    {"case 98: time limits", case_98_time_limits},
    ROWS(case_99_echo, "case 99: echo"),
    ROWS(case_99_time, "case 99: time"),
    ROWS(case_99_circle, "case 99: circle"),
    ROWS(case_101_first, "case 101: first"),
    ROWS(case_101_second, "case 101: second"),
    ROWS(case_101_third, "case 101: third"),
    ROWS(case_101_ten_at_once, "case 101: ten at once"),
    ROWS(case_102_server, "case 102: server"),
    ROWS(demand_15_close_wakes_readers_first, "demand 15: close wakes readers first"),
    ROWS(demand_23_time_limits_between_processes,
         "demand 23: time limits between processes"),
    {0}};

int main(int argc, char **argv) {
    if (frond_init(&argc, &argv, entries) < 0)
        return 1;
    frond_hub_close(FROND_NOW);
    return test_main("proc/gipc", tests, argc, argv);
}
