/* SPDX-License-Identifier: MIT */
/* The phases of a server's end, its limits, and its counts. */
#include "serve.h"

enum { REPLY = 1000000 };

/* ---- demand 52: no reply is cut short ---- */

static int drained;

static void on_drain(frond_server *s, void *arg) {
    (void)arg;
    CHECK(s == server);
    CHECK_INT(frond_server_draining(s), 1);
    drained++;
}

static void *replies(frond_stream *s, void *arg) {
    char c;
    frond_server_idle idle;
    for (;;) {
        frond_server_idle_begin(server, &idle, s);
        int64_t n = frond_read(s, &c, 1, FROND_NEVER);
        frond_server_idle_end(&idle);
        if (n == FROND_ECLOSED)
            log_add("idle");
        if (n <= 0)
            return arg;
        frond_sleep(50);
        char *reply = net_bytes(REPLY);
        CHECK_INT(frond_write(s, reply, REPLY, NULL, FROND_NEVER), 0);
        free(reply);
        if (frond_server_draining(server))
            return arg;
    }
}

static void *stops(void *result) {
    *(int *)result = frond_server_stop(server, FROND_NEVER);
    return NULL;
}

static void demand_52_replies_are_whole(void) {
    frond_server_options o = {.on_drain = on_drain};
    int result = 1;
    drained = 0;
    serve_start(replies, NULL, &o);
    frond_stream *busy = client(), *idle = client();
    CHECK_INT(frond_write(busy, "q", 1, NULL, FROND_NEVER), 0);
    while (frond_server_accepted(server) < 2)
        frond_sleep(1);
    frond_sleep(1);
    frond_greenlet *g = frond_spawn(stops, &result);
    frond_sleep(1);
    CHECK_INT(drained, 1);
    CHECK_INT(frond_server_draining(server), 1);
    CHECK(is_closed(idle)); /* at once */
    CHECK_TEXT(log_text(), "idle");
    CHECK_INT(net_read_checked(busy, 0, REPLY), REPLY);
    CHECK(is_closed(busy));
    frond_join(g, FROND_NEVER);
    frond_release(g);
    CHECK_INT(result, 0);
    CHECK_INT(drained, 1);
    frond_stream_free(busy);
    frond_stream_free(idle);
    frond_server_free(server);
}

/* ---- phases ---- */

static void *waits_for_notice(frond_stream *s, void *arg) {
    frond_waitable w = frond_server_drain_waitable(server);
    frond_write(s, "x", 1, NULL, FROND_NEVER);
    CHECK_INT(frond_wait_any(&w, 1, NULL, FROND_NEVER), 0);
    frond_write(s, "y", 1, NULL, FROND_NEVER);
    return arg;
}

static void handlers_are_told(void) {
    char c;
    serve_start(waits_for_notice, NULL, NULL);
    frond_stream *s = client();
    CHECK_INT(frond_read(s, &c, 1, FROND_NEVER), 1);
    CHECK_INT(frond_server_drain(server, FROND_NEVER), 0);
    CHECK_INT(frond_server_join(server, FROND_NOW), 0);
    CHECK_INT(frond_read(s, &c, 1, FROND_NEVER), 1);
    CHECK(is_closed(s));
    frond_stream_free(s);
    frond_server_free(server);
}

static void each_phase_has_its_deadline(void) {
    serve_start(echo, NULL, NULL);
    frond_stream *s = client();
    CHECK_INT(ask(s, FROND_NEVER), 1);
    CHECK_INT(frond_server_stop_accepting(server), 0);
    frond_deadline d = frond_in(5);
    CHECK_INT(frond_server_drain(server, d), FROND_ETIMEDOUT);
    CHECK_INT(frond_now(), d.ns);
    CHECK_INT(frond_server_join(server, FROND_NOW), FROND_ETIMEDOUT);
    CHECK_INT(ask(s, FROND_NEVER), 1); /* it goes on */
    CHECK_INT(frond_server_drain(server, FROND_NOW), FROND_ETIMEDOUT);
    CHECK_INT(frond_server_kill(server, FROND_NEVER), 0);
    CHECK_INT(frond_server_join(server, FROND_NOW), 0);
    CHECK(is_closed(s));
    CHECK_INT(stats().failed_handlers, 0);
    frond_stream_free(s);
    frond_server_free(server);
}

static void *clings(frond_stream *s, void *arg) {
    frond_write(s, "x", 1, NULL, FROND_NEVER);
    frond_shield_begin(500);
    frond_sleep(200);
    frond_shield_end();
    return arg;
}

static void cleanup_is_bounded(void) {
    frond_server_options o = {.cleanup_ms = 20};
    char c;
    serve_start(clings, NULL, &o);
    frond_stream *s = client();
    CHECK_INT(frond_read(s, &c, 1, FROND_NEVER), 1);
    int64_t before = frond_now();
    CHECK_INT(frond_server_stop(server, frond_in(10)), FROND_ETIMEDOUT);
    CHECK_INT(frond_now() - before, 30000000);
    CHECK_INT(frond_server_connections(server), 1);
    CHECK_INT(frond_server_drain(server, FROND_NEVER), 0);
    frond_stream_free(s);
    frond_server_free(server);
}

static void dropped(void *arg) {
    log_add(arg);
}

static void argument_is_dropped(void) {
    frond_server_options o = {.drop = dropped};
    serve_start(echo, "dropped", &o);
    frond_stream *s = client();
    CHECK_INT(ask(s, FROND_NEVER), 1);
    CHECK_INT(frond_server_set_handler(server, echo, NULL), FROND_ENOTSUP);
    frond_server_free(server);
    CHECK_TEXT(log_text(), ""); /* a handler still has it */
    CHECK(is_closed(s));
    frond_stream_free(s);
    frond_sleep(1);
    CHECK_TEXT(log_text(), "dropped");
    o.mode = (frond_serve_mode)7;
    frond_listener *l = net_listen(&at);
    CHECK_INT(frond_server_start(l, echo, "no", &o, &server), FROND_EINVAL);
    frond_listener_free(l);
    CHECK_TEXT(log_text(), "dropped");
}

/* ---- limits ---- */

static void per_peer(void) {
    frond_server_options o = {.max_per_peer = 2};
    serve_start(echo, NULL, &o);
    frond_stream *a = client(), *b = client();
    CHECK_INT(ask(a, FROND_NEVER), 1);
    CHECK_INT(ask(b, FROND_NEVER), 1);
    for (int i = 0; i < 3; i++) {
        frond_stream *c = client();
        CHECK(is_closed(c));
        frond_stream_free(c);
    }
    CHECK_INT(stats().refused_peer, 3);
    CHECK_INT(stats().accepted, 2);
    frond_shutdown(a, FROND_NEVER);
    CHECK(is_closed(a)); /* its handler has ended, or is about to */
    frond_sleep(1);
    frond_stream *c = client();
    CHECK_INT(ask(c, FROND_NEVER), 1);
    CHECK_INT(stats().current, 2);
    CHECK_INT(stats().most, 2);
    frond_stream_free(a);
    frond_stream_free(b);
    frond_stream_free(c);
    serve_end();
}

static void *notes_accepted(frond_stream *s, void *arg) {
    (void)s;
    static const char *words[] = {"0", "1", "2", "3", "4"};
    uint64_t n = frond_server_accepted(server);
    log_add(n < 5 ? words[n] : "more");
    return arg;
}

static void batches(const frond_server_options *o, const char *expected) {
    in_order();
    frond_listener *l = net_listen(&at);
    CHECK_INT(frond_server_new(l, notes_accepted, NULL, o, &server), 0);
    frond_stream *s[4];
    for (int i = 0; i < 4; i++)
        s[i] = client();
    log_clear();
    frond_server_start_accepting(server);
    for (int i = 0; i < 4; i++) {
        CHECK(is_closed(s[i]));
        frond_stream_free(s[i]);
    }
    CHECK_TEXT(log_text(), expected);
    serve_end();
}

static void a_batch_at_a_time(void) {
    frond_server_options all = {0}, two = {.max_accept = 2}, shared = {.shared = 1};
    batches(&all, "4 4 4 4");
    batches(&two, "2 2 4 4");
    batches(&shared, "1 2 3 4");
}

/* ---- demand 50: two hubs at one address ---- */

static intptr_t dealt[2];
static frond_xqueue *ends[2];
static uint64_t took[2];

static void work(void *which) {
    int i = which == &took[1];
    frond_server_options o = {.shared = 1, .max_connections = 5};
    frond_listener *l;
    frond_server *mine;
    int end;
    if (frond_listener_adopt(dealt[i], &l) < 0 ||
        frond_server_start(l, echo, NULL, &o, &mine) < 0)
        return;
    frond_xqueue_get(ends[i], &end, FROND_NEVER);
    took[i] = frond_server_accepted(mine);
    frond_server_stop(mine, FROND_NEVER);
    frond_server_free(mine);
}

/* Each has room for half of the clients: what one does not take the other does. */
static void demand_50_two_hubs_share(void) {
    test_clock_real();
    test_thread *threads[2];
    frond_stream *s[10];
    frond_listener *l = net_listen(&at);
    CHECK_INT(frond_listener_dup(l, &dealt[0]), 0);
    CHECK_INT(frond_listener_release(l, &dealt[1]), 0);
    frond_listener_free(l);
    for (int i = 0; i < 2; i++) {
        ends[i] = frond_xqueue_new(sizeof(int), 0, NULL);
        threads[i] = thread_start(work, &took[i]);
    }
    for (int i = 0; i < 10; i++)
        s[i] = client();
    for (int i = 0; i < 10; i++)
        CHECK_INT(ask(s[i], frond_in(60000)), 1);
    for (int i = 0; i < 10; i++)
        frond_stream_free(s[i]);
    for (int i = 0; i < 2; i++) {
        CHECK_INT(frond_xqueue_put(ends[i], &i, FROND_NEVER), 0);
        thread_join(threads[i]);
        CHECK_INT(took[i], 5);
        frond_xqueue_free(ends[i]);
    }
}

static void part(void) {
    frond_addr where;
    frond_listener *l;
    frond_server *s;
    frond_stream *c;
    frond_server_options o = {.max_per_peer = 5};
    frond_addr_loopback(&where, FROND_IPV4, 0);
    if (frond_tcp_listen(&where, NULL, &l) < 0)
        return;
    CHECK_INT(frond_listener_addr(l, &where), 0);
    if (frond_server_start(l, echo, NULL, &o, &s) < 0) {
        frond_listener_free(l);
        return;
    }
    frond_server_stop_on_signal(s, 15 /* SIGTERM */, 100);
    if (frond_tcp_connect_addr(&where, NULL, &c, frond_in(5000)) == 0) {
        ask(c, frond_in(5000));
        frond_stream_free(c);
    }
    frond_server_stop(s, frond_in(5000));
    frond_server_free(s);
}

static void out_of_memory(void) {
    memory_sweep(part);
}

static void misuse(void) {
    frond_server_stats s;
    serve_start(echo, NULL, NULL);
    CHECK_INT(frond_server_get_stats(NULL, &s), FROND_EINVAL);
    CHECK_INT(frond_server_get_stats(server, NULL), FROND_EINVAL);
    CHECK_INT(frond_server_set_handler(server, NULL, NULL), FROND_EINVAL);
    CHECK_INT(frond_server_set_handler(NULL, echo, NULL), FROND_EINVAL);
    CHECK_INT(frond_server_start_accepting(NULL), FROND_EINVAL);
    CHECK_INT(frond_server_stop_accepting(NULL), FROND_EINVAL);
    CHECK_INT(frond_server_drain(NULL, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_server_kill(NULL, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_server_restart(NULL, NULL), FROND_EINVAL);
    CHECK_INT(frond_server_stop_on_signal(NULL, 15, 1), FROND_EINVAL);
    CHECK_INT(frond_server_stop_on_signal(server, -1, 1), FROND_EINVAL);
    CHECK_INT(frond_server_started(NULL), 0);
    CHECK_INT(frond_server_closed(NULL), 0);
    CHECK_INT(frond_server_full(NULL), 0);
    CHECK_INT(frond_server_draining(NULL), 0);
    serve_end();
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"demand 52: replies are whole", demand_52_replies_are_whole},
        {"handlers are told", handlers_are_told},
        {"each phase has its deadline", each_phase_has_its_deadline},
        {"cleanup is bounded", cleanup_is_bounded},
        {"argument is dropped", argument_is_dropped},
        {"per peer", per_peer},
        {"a batch at a time", a_batch_at_a_time},
        {"demand 50: two hubs share", demand_50_two_hubs_share},
        {"out of memory", out_of_memory},
        {"misuse", misuse},
        {0}};
    test_clock_virtual();
    return test_main("server's end", tests, argc, argv);
}
