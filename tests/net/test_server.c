/* SPDX-License-Identifier: MIT */
/* Servers: full pools, failing handlers, stopping. */
#include "net.h"

#include <stdio.h>

static frond_server *server;
static frond_addr at;
static int handling, handled, killed;

static void start(frond_handler handle, const frond_server_options *o) {
    handling = handled = killed = 0;
    frond_listener *l = net_listen(&at);
    CHECK_INT(frond_server_start(l, handle, NULL, o, &server), 0);
    frond_addr same;
    CHECK_INT(frond_server_addr(server, &same), 0);
    CHECK(frond_addr_equal(&at, &same));
}

static frond_stream *client(void) {
    frond_stream *s = NULL;
    CHECK_INT(frond_tcp_connect_addr(&at, NULL, &s, FROND_NEVER), 0);
    return s;
}

static void *echo(frond_stream *s, void *arg) {
    char buf[256];
    int64_t n;
    handling++;
    while ((n = frond_read(s, buf, sizeof buf, FROND_NEVER)) > 0)
        if (frond_write(s, buf, (size_t)n, NULL, FROND_NEVER) < 0)
            break;
    handling--;
    if (n == FROND_ECANCELED)
        killed++;
    handled++;
    return arg;
}

static int64_t ask(frond_stream *s, frond_deadline d) {
    char c = 'q';
    int rc = frond_write(s, &c, 1, NULL, d);
    return rc < 0 ? rc : frond_read(s, &c, 1, d);
}

static void serves(void) {
    start(echo, NULL);
    frond_stream *all[50];
    for (int i = 0; i < 50; i++)
        all[i] = client();
    for (int i = 0; i < 50; i++)
        CHECK_INT(ask(all[i], FROND_NEVER), 1);
    CHECK_INT(frond_server_connections(server), 50);
    CHECK_INT(frond_server_accepted(server), 50);
    for (int i = 0; i < 50; i++)
        frond_stream_free(all[i]);
    CHECK_INT(frond_server_stop(server, FROND_NEVER), 0);
    CHECK_INT(handled, 50);
    CHECK_INT(frond_server_connections(server), 0);
    CHECK_INT(frond_server_stop(server, FROND_NEVER), 0);
    CHECK_INT(frond_server_join(server, FROND_NOW), 0);
    frond_stream *s = NULL;
    CHECK_INT(frond_tcp_connect_addr(&at, NULL, &s, FROND_NEVER), FROND_ECONNREFUSED);
    frond_server_free(server);
    frond_server_free(NULL);
}

static void case_81_full_pool_resumes(void) {
    frond_server_options o = {.max_connections = 2};
    start(echo, &o);
    frond_stream *a = client(), *b = client(), *c = client();
    CHECK_INT(ask(a, FROND_NEVER), 1);
    CHECK_INT(ask(b, FROND_NEVER), 1);
    CHECK_INT(ask(c, frond_in(10)), FROND_ETIMEDOUT); /* not accepted yet */
    CHECK_INT(frond_server_accepted(server), 2);
    frond_stream_free(a);
    char byte;
    CHECK_INT(frond_read(c, &byte, 1, FROND_NEVER), 1); /* now it is */
    CHECK_INT(frond_server_accepted(server), 3);
    CHECK_INT(frond_server_connections(server), 2);
    frond_stream_free(b);
    frond_stream_free(c);
    CHECK_INT(frond_server_stop(server, FROND_NEVER), 0);
    frond_server_free(server);
}

static void stop_kills_after_the_deadline(void) {
    start(echo, NULL);
    frond_stream *a = client();
    CHECK_INT(ask(a, FROND_NEVER), 1);
    frond_deadline d = frond_in(5);
    CHECK_INT(frond_server_stop(server, d), FROND_ETIMEDOUT);
    CHECK_INT(frond_now(), d.ns);
    CHECK_INT(handled, 1);
    CHECK_INT(killed, 1);
    char c;
    CHECK_INT(frond_read(a, &c, 1, FROND_NEVER), 0); /* its end was closed */
    frond_stream_free(a);
    frond_server_free(server);
}

static void *hangs_up(void *s) {
    frond_sleep(3);
    frond_stream_free(s);
    return NULL;
}

static void stop_lets_them_finish(void) {
    start(echo, NULL);
    frond_stream *a = client();
    CHECK_INT(ask(a, FROND_NEVER), 1);
    frond_go(hangs_up, a);
    CHECK_INT(frond_server_stop(server, FROND_NEVER), 0);
    CHECK_INT(handled, 1);
    CHECK_INT(killed, 0);
    frond_server_free(server);
}

static void free_without_stop(void) {
    start(echo, NULL);
    frond_stream *a = client();
    CHECK_INT(ask(a, FROND_NEVER), 1);
    frond_stream *b = client(); /* accepted perhaps, perhaps not */
    frond_server_free(server);
    char c;
    CHECK_INT(frond_read(a, &c, 1, FROND_NEVER), 0);
    int64_t n = frond_read(b, &c, 1, FROND_NEVER);
    CHECK(n == 0 || n == FROND_ECONNRESET);
    CHECK(killed == 1 || killed == 2);
    frond_stream_free(a);
    frond_stream_free(b);
}

static void *joins(void *arg) {
    CHECK_INT(frond_server_join(server, FROND_NEVER), 0);
    log_add("joined");
    return arg;
}

static void join(void) {
    start(echo, NULL);
    CHECK_INT(frond_server_join(server, FROND_NOW), FROND_ETIMEDOUT);
    CHECK_INT(frond_server_join(server, frond_in(1)), FROND_ETIMEDOUT);
    frond_greenlet *g = frond_spawn(joins, NULL);
    frond_yield();
    CHECK_INT(frond_server_stop(server, FROND_NEVER), 0);
    CHECK_INT(frond_join(g, FROND_NEVER), 0);
    CHECK_TEXT(log_text(), "joined");
    frond_release(g);
    frond_server_free(server);
    start(echo, NULL);
    g = frond_spawn(joins, NULL);
    frond_yield();
    frond_server_free(server);
    CHECK_INT(frond_join(g, FROND_NEVER), 0);
    frond_release(g);
}

static void *fails_sometimes(frond_stream *s, void *arg) {
    char c = 0;
    (void)arg;
    frond_read(s, &c, 1, FROND_NEVER);
    if (c == 'f')
        return frond_failed(FROND_EPROTO, "this client is impossible");
    frond_write(s, &c, 1, NULL, FROND_NEVER);
    return NULL;
}

static void a_failing_handler_stops_nothing(void) {
    start(fails_sometimes, NULL);
    capture_begin();
    char c = 'f';
    frond_stream *bad = client();
    CHECK_INT(frond_write(bad, &c, 1, NULL, FROND_NEVER), 0);
    CHECK_INT(frond_read(bad, &c, 1, FROND_NEVER), 0); /* closed */
    const char *text = capture_end();
    CHECK_HAS(text, "this client is impossible");
    CHECK_HAS(text, "\"connection\"");
    frond_stream *good = client();
    CHECK_INT(ask(good, FROND_NEVER), 1);
    frond_stream_free(good);
    frond_stream_free(bad);
    CHECK_INT(frond_server_stop(server, FROND_NEVER), 0);
    frond_server_free(server);
}

static void *stops_its_server(frond_stream *s, void *arg) {
    (void)arg;
    CHECK_INT(frond_server_stop(server, FROND_NEVER), FROND_EINVAL);
    frond_write(s, "x", 1, NULL, FROND_NEVER);
    return NULL;
}

static void stopped_by_a_handler(void) {
    start(stops_its_server, NULL);
    frond_stream *a = client();
    CHECK_INT(ask(a, FROND_NEVER), 1);
    frond_stream_free(a);
    CHECK_INT(frond_server_stop(server, FROND_NEVER), 0);
    frond_server_free(server);
}

static frond_stream *taken;

static void *takes(frond_stream *s, void *arg) {
    taken = frond_stream_ref(s);
    return arg;
}

static bool is_taken(void *arg) {
    (void)arg;
    return taken && frond_server_connections(server) == 0;
}

static void a_handler_may_keep_its_stream(void) {
    taken = NULL;
    start(takes, NULL);
    frond_stream *a = client();
    CHECK(eventually(is_taken, NULL));
    CHECK_INT(frond_write(taken, "late", 4, NULL, FROND_NEVER), 0);
    char buf[8];
    CHECK_INT(frond_read(a, buf, sizeof buf, FROND_NEVER), 4);
    frond_stream_free(taken);
    CHECK_INT(frond_read(a, buf, sizeof buf, FROND_NEVER), 0);
    frond_stream_free(a);
    CHECK_INT(frond_server_stop(server, FROND_NEVER), 0);
    frond_server_free(server);
}

static int foreign[2];

static void use_from_afar(void *s) {
    foreign[0] = frond_server_stop(s, FROND_NOW);
    foreign[1] = frond_server_join(s, FROND_NOW);
}

static void misuse(void) {
    frond_server_options o = {.reserved = {1}};
    frond_listener *l = net_listen(&at);
    CHECK_INT(frond_server_start(NULL, echo, NULL, NULL, &server), FROND_EINVAL);
    CHECK_INT(frond_server_start(l, NULL, NULL, NULL, &server), FROND_EINVAL);
    CHECK_INT(frond_server_start(l, echo, NULL, NULL, NULL), FROND_EINVAL);
    CHECK_INT(frond_server_start(l, echo, NULL, &o, &server), FROND_EINVAL);
    CHECK_INT(frond_server_stop(NULL, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_server_join(NULL, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_server_addr(NULL, &at), FROND_EINVAL);
    CHECK_INT(frond_server_connections(NULL), 0);
    CHECK_INT(frond_server_start(l, echo, NULL, NULL, &server), 0);
    thread_run(use_from_afar, server);
    CHECK_INT(foreign[0], FROND_ETHREAD);
    CHECK_INT(foreign[1], FROND_ETHREAD);
    frond_server_free(server); /* before its acceptor ran */
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"serves", serves},
        {"case 81: full pool resumes", case_81_full_pool_resumes},
        {"stop kills after the deadline", stop_kills_after_the_deadline},
        {"stop lets them finish", stop_lets_them_finish},
        {"free without stop", free_without_stop},
        {"join", join},
        {"a failing handler stops nothing", a_failing_handler_stops_nothing},
        {"stopped by a handler", stopped_by_a_handler},
        {"a handler may keep its stream", a_handler_may_keep_its_stream},
        {"misuse", misuse},
        {0}};
    test_clock_virtual();
    return test_main("server", tests, argc, argv);
}
