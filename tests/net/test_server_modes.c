/* SPDX-License-Identifier: MIT */
/* What holds for servers of every mode: starting, stopping, starting again, limits, failures. */
#include "serve.h"

static frond_server_options mode;

static void begins_and_ends(void) {
    frond_listener *l = net_listen(&at);
    CHECK_INT(frond_server_new(l, echo, NULL, &mode, &server), 0);
    CHECK_INT(frond_server_started(server), 0);
    CHECK_INT(frond_server_closed(server), 0);
    CHECK_INT(frond_server_full(server), 0);
    frond_stream *s = client(); /* the backlog */
    CHECK_INT(ask(s, frond_in(5)), FROND_ETIMEDOUT);
    CHECK_INT(frond_server_start_accepting(server), 0);
    CHECK_INT(frond_server_start_accepting(server), 0);
    CHECK_INT(frond_server_started(server), 1);
    char c;
    CHECK_INT(frond_read(s, &c, 1, FROND_NEVER), 1);
    frond_stream_free(s);
    CHECK_INT(frond_server_stop(server, FROND_NEVER), 0);
    CHECK_INT(frond_server_started(server), 0);
    CHECK_INT(frond_server_closed(server), 1);
    CHECK_INT(frond_server_start_accepting(server), FROND_ECLOSED);
    CHECK_INT(frond_server_serve(server, FROND_NEVER), FROND_ECLOSED);
    frond_server_free(server);
}

static void begins_again(void) {
    serve_start(echo, NULL, &mode);
    frond_stream *s = client();
    CHECK_INT(ask(s, FROND_NEVER), 1);
    CHECK_INT(frond_server_restart(server, NULL), FROND_EBUSY);
    frond_stream_free(s);
    for (int i = 0; i < 3; i++) {
        CHECK_INT(frond_server_stop(server, FROND_NEVER), 0);
        frond_listener *l = i ? net_listen(&at) : NULL;
        CHECK_INT(frond_server_restart(server, l), 0);
        CHECK_INT(frond_server_addr(server, &at), 0);
        s = client();
        CHECK_INT(ask(s, FROND_NEVER), 1);
        CHECK_INT(frond_server_draining(server), 0);
        frond_stream_free(s);
    }
    CHECK_INT(frond_server_accepted(server), 4);
    serve_end();
}

static void pauses(void) {
    serve_start(echo, NULL, &mode);
    frond_stream *s = client();
    CHECK_INT(ask(s, FROND_NEVER), 1);
    for (int i = 0; i < 3; i++) {
        CHECK_INT(frond_server_stop_accepting(server), 0);
        CHECK_INT(frond_server_stop_accepting(server), 0);
        CHECK_INT(frond_server_started(server), 0);
        CHECK_INT(ask(s, FROND_NEVER), 1); /* those there are go on */
        frond_stream_free(s);
        s = client();
        CHECK_INT(ask(s, frond_in(5)), FROND_ETIMEDOUT);
        CHECK_INT(frond_server_start_accepting(server), 0);
        char c;
        CHECK_INT(frond_read(s, &c, 1, FROND_NEVER), 1);
    }
    frond_server_stop_accepting(server);
    frond_server_start_accepting(server); /* before anybody ran */
    frond_server_stop_accepting(server);
    frond_server_start_accepting(server);
    frond_stream_free(s);
    s = client();
    CHECK_INT(ask(s, FROND_NEVER), 1);
    frond_stream_free(s);
    serve_end();
}

static void *says_and_leaves(frond_stream *s, void *arg) {
    frond_write(s, "x", 1, NULL, FROND_NEVER);
    return arg;
}

static void closes_what_was_handled(void) {
    serve_start(says_and_leaves, NULL, &mode);
    for (int i = 0; i < 3; i++) {
        char c;
        frond_stream *s = client();
        CHECK_INT(frond_read(s, &c, 1, FROND_NEVER), 1);
        CHECK_INT(frond_read(s, &c, 1, FROND_NEVER), 0);
        frond_stream_free(s);
    }
    CHECK_INT(frond_server_set_handler(server, echo, NULL), 0);
    frond_stream *s = client();
    CHECK_INT(frond_write(s, "y", 1, NULL, FROND_NEVER), 0);
    char c = 0;
    CHECK_INT(frond_read(s, &c, 1, FROND_NEVER), 1);
    CHECK(c == 'y');
    frond_stream_free(s);
    serve_end();
}

static void *fails(frond_stream *s, void *arg) {
    char c;
    if (frond_read(s, &c, 1, FROND_NEVER) != 1)
        return arg;
    if (c == 'n')
        frond_fail(FROND_EPROTO, "it does not return");
    return frond_failed(FROND_EPROTO, "it returns");
}

static void handlers_fail(void) {
    serve_start(fails, NULL, &mode);
    capture_begin();
    const char *kinds[] = {"n", "r", "n", "r"};
    for (int i = 0; i < 4; i++) {
        frond_stream *s = client();
        CHECK_INT(frond_write(s, kinds[i], 1, NULL, FROND_NEVER), 0);
        CHECK(is_closed(s));
        frond_stream_free(s);
    }
    frond_stream *s = client();
    frond_stream_free(s);
    CHECK_INT(frond_server_stop(server, FROND_NEVER), 0);
    capture_end();
    CHECK_INT(stats().failed_handlers, 4);
    CHECK_INT(stats().current, 0);
    CHECK_INT(frond_server_restart(server, NULL), 0);
    serve_end();
}

/* error_in_spawn: every allocation of accepting fails once. */
static void spawns_fail(void) {
    serve_start(echo, NULL, &mode);
    uint64_t failed = 0;
    for (int n = 1; n < 16; n++) {
        CHECK_INT(frond_server_stop_accepting(server), 0);
        frond_stream *s = client();
        memory_fail_at(n);
        if (frond_server_start_accepting(server) < 0)
            CHECK_INT(frond_server_start_accepting(server), 0);
        int64_t rc = ask(s, frond_in(3000));
        bool did = memory_failed();
        memory_fail_at(0);
        CHECK(rc == 1 || did);
        frond_stream_free(s);
        failed = stats().failed_spawns;
    }
    CHECK(failed > 0);
    frond_stream *s = client();
    CHECK_INT(ask(s, FROND_NEVER), 1);
    frond_stream_free(s);
    serve_end();
}

static void *serves(void *result) {
    *(int *)result = frond_server_serve(server, FROND_NEVER);
    return NULL;
}

static void *asks_and_stops(void *arg) {
    frond_stream *s = client();
    CHECK_INT(ask(s, FROND_NEVER), 1);
    frond_stream_free(s);
    CHECK_INT(frond_server_stop(server, FROND_NEVER), 0);
    return arg;
}

static void serve_forever(void) {
    int result = 1;
    frond_listener *l = net_listen(&at);
    CHECK_INT(frond_server_new(l, echo, NULL, &mode, &server), 0);
    CHECK_INT(frond_server_serve(server, frond_in(5)), FROND_ETIMEDOUT);
    frond_greenlet *g = frond_spawn(serves, &result),
                   *h = frond_spawn(asks_and_stops, NULL);
    CHECK_INT(frond_join(g, FROND_NEVER), 0);
    CHECK_INT(result, 0);
    frond_join(h, FROND_NEVER);
    frond_release(g);
    frond_release(h);
    frond_server_free(server);
}

static void all_of_them(void) {
    begins_and_ends();
    begins_again();
    pauses();
    closes_what_was_handled();
    handlers_fail();
    spawns_fail();
    serve_forever();
}

static void case_81_by_default(void) {
    mode = (frond_server_options){0};
    all_of_them();
}

static void case_81_in_a_pool(void) {
    mode = (frond_server_options){.max_connections = 3};
    all_of_them();
}

static void case_81_unlimited(void) {
    mode = (frond_server_options){.mode = FROND_SERVE_UNLIMITED};
    all_of_them();
    serve_start(echo, NULL, &mode);
    CHECK_INT(frond_server_full(server), 0);
    serve_end();
}

static void case_81_one_by_one(void) {
    mode = (frond_server_options){.mode = FROND_SERVE_INLINE};
    all_of_them();
    serve_start(echo, NULL, &mode);
    frond_stream *a = client(), *b = client();
    CHECK_INT(ask(a, FROND_NEVER), 1);
    CHECK_INT(ask(b, frond_in(5)), FROND_ETIMEDOUT);
    CHECK_INT(frond_server_full(server), 1);
    CHECK_INT(frond_server_accepted(server), 1);
    frond_stream_free(a);
    char c;
    CHECK_INT(frond_read(b, &c, 1, FROND_NEVER), 1);
    frond_stream_free(b);
    serve_end();
}

int main(int argc, char **argv) {
    static const test_case tests[] = {{"case 81: by default", case_81_by_default},
                                      {"case 81: in a pool", case_81_in_a_pool},
                                      {"case 81: unlimited", case_81_unlimited},
                                      {"case 81: one by one", case_81_one_by_one},
                                      {0}};
    test_clock_virtual();
    return test_main("server modes", tests, argc, argv);
}
