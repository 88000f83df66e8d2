/* SPDX-License-Identifier: MIT */
/* Datagram servers: handlers, a pool that is full, the end. */
#include "net.h"

static frond_udp_server *server;
static frond_udp *socket_of_client;
static frond_addr at;

static void *echo(const void *data, size_t len, const frond_addr *from,
                  frond_udp_server *s, void *arg) {
    CHECK(s == server);
    int rc = frond_udp_server_send(s, data, len, from, FROND_NEVER);
    CHECK(rc == 0 || rc == FROND_ENOMEM);
    return arg;
}

static void begin(frond_udp_handler handle, const frond_udp_server_options *o) {
    frond_addr any;
    frond_udp *u = NULL;
    frond_addr_loopback(&any, FROND_IPV4, 0);
    CHECK_INT(frond_udp_open(&any, &u), 0);
    CHECK_INT(frond_udp_open(&any, &socket_of_client), 0);
    CHECK_INT(frond_udp_server_start(u, handle, NULL, o, &server), 0);
    CHECK_INT(frond_udp_server_addr(server, &at), 0);
}

static void send_text(const char *text) {
    CHECK_INT(frond_udp_send(socket_of_client, text, strlen(text), &at, FROND_NEVER), 0);
}

static const char *answer(frond_deadline d) {
    static char text[200];
    int64_t n = frond_udp_receive(socket_of_client, text, sizeof text - 1, NULL, d);
    text[n > 0 ? n : 0] = 0;
    return n < 0 ? frond_error_name((int)n) : text;
}

static frond_udp_server_stats stats(void) {
    frond_udp_server_stats s = {0};
    CHECK_INT(frond_udp_server_get_stats(server, &s), 0);
    return s;
}

static void end(void) {
    CHECK_INT(frond_udp_server_stop(server, FROND_NEVER), 0);
    frond_udp_server_free(server);
    frond_udp_free(socket_of_client);
}

static void answers(void) {
    begin(echo, NULL);
    for (int i = 0; i < 5; i++) {
        send_text("ping");
        CHECK_TEXT(answer(frond_in(20000)), "ping");
    }
    send_text("");
    CHECK_TEXT(answer(frond_in(20000)), "");
    CHECK_INT(stats().received, 6);
    end();
}

static frond_event go;

static void *waits(const void *data, size_t len, const frond_addr *from,
                   frond_udp_server *s, void *arg) {
    int rc = frond_event_wait(&go, FROND_NEVER);
    if (rc == FROND_ECANCELED)
        log_add("killed");
    return rc < 0 ? NULL : echo(data, len, from, s, arg);
}

static bool has_received(void *n) {
    frond_udp_server_stats s = stats();
    return s.received + s.dropped_full + s.dropped_long == *(uint64_t *)n;
}

static void await(uint64_t n) {
    CHECK(eventually(has_received, &n));
}

static void a_full_pool_waits(void) {
    frond_udp_server_options o = {.max_handlers = 2};
    go = (frond_event)FROND_EVENT_INIT;
    begin(waits, &o);
    for (int i = 0; i < 4; i++)
        send_text("x");
    await(2);
    frond_sleep(5);
    CHECK_INT(stats().received, 2);
    frond_event_set(&go);
    for (int i = 0; i < 4; i++)
        CHECK_TEXT(answer(frond_in(20000)), "x");
    CHECK_INT(stats().received, 4);
    CHECK_INT(stats().most, 2);
    end();
}

static void a_full_pool_drops(void) {
    frond_udp_server_options o = {.max_handlers = 2, .drop_when_full = 1};
    go = (frond_event)FROND_EVENT_INIT;
    begin(waits, &o);
    for (int i = 0; i < 4; i++)
        send_text("x");
    await(4);
    CHECK_INT(stats().dropped_full, 2);
    frond_event_set(&go);
    CHECK_TEXT(answer(frond_in(20000)), "x");
    CHECK_TEXT(answer(frond_in(20000)), "x");
    CHECK_TEXT(answer(frond_in(5)), "FROND_ETIMEDOUT");
    end();
}

static void long_ones(void) {
    frond_udp_server_options o = {.max_packet = 4};
    begin(echo, &o);
    send_text("12345");
    send_text("1234");
    CHECK_TEXT(answer(frond_in(20000)), "1234");
    CHECK_INT(stats().dropped_long, 1);
    CHECK_INT(stats().received, 1);
    end();
}

static void *fails(const void *data, size_t len, const frond_addr *from,
                   frond_udp_server *s, void *arg) {
    if (len == 3)
        return frond_failed(FROND_EPROTO, "bad packet");
    return echo(data, len, from, s, arg);
}

static void handlers_fail(void) {
    begin(fails, NULL);
    capture_begin();
    send_text("bad");
    send_text("good");
    CHECK_TEXT(answer(frond_in(20000)), "good");
    CHECK_HAS(capture_end(), "bad packet");
    CHECK_INT(stats().failed_handlers, 1);
    end();
}

static void *sets(void *arg) {
    CHECK_INT(frond_udp_server_draining(server), 1);
    frond_event_set(&go);
    return arg;
}

static void drain_lets_them_answer(void) {
    go = (frond_event)FROND_EVENT_INIT;
    begin(waits, NULL);
    send_text("x");
    await(1);
    CHECK_INT(frond_udp_server_drain(server, frond_in(5)), FROND_ETIMEDOUT);
    frond_go(sets, NULL);
    CHECK_INT(frond_udp_server_drain(server, FROND_NEVER), 0);
    CHECK_INT(frond_udp_server_join(server, FROND_NOW), 0);
    CHECK_TEXT(answer(frond_in(20000)), "x");
    CHECK_INT(frond_udp_server_send(server, "x", 1, &at, FROND_NEVER), FROND_ECLOSED);
    end();
}

static void stop_kills(void) {
    go = (frond_event)FROND_EVENT_INIT;
    begin(waits, NULL);
    send_text("x");
    await(1);
    frond_deadline d = frond_in(5);
    CHECK_INT(frond_udp_server_stop(server, d), FROND_ETIMEDOUT);
    CHECK_INT(frond_now(), d.ns);
    CHECK_TEXT(log_text(), "killed");
    end();
    begin(waits, NULL);
    send_text("x");
    await(1);
    CHECK_INT(frond_udp_server_kill(server, FROND_NEVER), 0);
    frond_udp_server_free(server);
    frond_udp_free(socket_of_client);
}

static void free_without_stop(void) {
    go = (frond_event)FROND_EVENT_INIT;
    begin(waits, NULL);
    send_text("x");
    await(1);
    frond_udp_server_free(server);
    frond_udp_free(socket_of_client);
}

static void part(void) {
    frond_addr where;
    frond_udp *u, *c;
    char byte = 'q';
    frond_addr_loopback(&where, FROND_IPV4, 0);
    if (frond_udp_open(&where, &c) < 0)
        return;
    if (frond_udp_open(&where, &u) == 0) {
        if (frond_udp_server_start(u, echo, NULL, NULL, &server) == 0) {
            CHECK_INT(frond_udp_server_addr(server, &where), 0);
            frond_udp_send(c, &byte, 1, &where, frond_in(1000));
            frond_udp_receive(c, &byte, 1, NULL, frond_in(1000));
            frond_udp_server_stop(server, frond_in(1000));
            frond_udp_server_free(server);
        } else {
            frond_udp_free(u);
        }
    }
    frond_udp_free(c);
}

static void out_of_memory(void) {
    memory_sweep(part);
}

/* Packets wait in the system's buffer while it does not receive. */
static void receiving_ends_and_begins(void) {
    begin(echo, NULL);
    CHECK_INT(frond_udp_server_started(server), 1);
    send_text("one");
    CHECK_TEXT(answer(frond_in(20000)), "one");
    for (int i = 0; i < 3; i++) {
        CHECK_INT(frond_udp_server_stop_receiving(server), 0);
        CHECK_INT(frond_udp_server_stop_receiving(server), 0);
        CHECK_INT(frond_udp_server_started(server), 0);
        send_text("two");
        CHECK_TEXT(answer(frond_in(5)), "FROND_ETIMEDOUT");
        CHECK_INT(frond_udp_server_start_receiving(server), 0);
        CHECK_INT(frond_udp_server_start_receiving(server), 0);
        CHECK_TEXT(answer(frond_in(20000)), "two");
    }
    end();
}

static void *shouts(const void *data, size_t len, const frond_addr *from,
                    frond_udp_server *s, void *arg) {
    (void)data;
    (void)len;
    CHECK_INT(frond_udp_server_send(s, arg, strlen(arg), from, FROND_NEVER), 0);
    return NULL;
}

static void *stops(void *arg) {
    CHECK_INT(frond_udp_server_stop(server, frond_in(20000)), 0);
    return arg;
}

static void begins_again(void) {
    static const frond_sockopt options[] = {{FROND_SO_BROADCAST, 1, NULL}, {0, 0, NULL}};
    frond_addr any, same;
    frond_udp *u = NULL;
    intptr_t fd;
    int value = 0;
    frond_addr_loopback(&any, FROND_IPV4, 0);
    CHECK_INT(frond_udp_open_with(&any, options, &u), 0);
    CHECK_INT(frond_udp_open(&any, &socket_of_client), 0);
    CHECK_INT(frond_udp_server_new(u, echo, NULL, NULL, &server), 0);
    CHECK_INT(frond_udp_server_started(server), 0);
    CHECK_INT(frond_udp_server_addr(server, &at), 0);
    send_text("early");
    CHECK_INT(frond_udp_server_restart(server, NULL), FROND_EBUSY);
    frond_go(stops, NULL);
    CHECK_INT(frond_udp_server_serve(server, FROND_NEVER), 0);
    CHECK_INT(frond_udp_server_start_receiving(server), FROND_ECLOSED);
    CHECK_INT(frond_udp_server_serve(server, FROND_NEVER), FROND_ECLOSED);
    CHECK_INT(frond_udp_server_set_handler(server, shouts, "HO"), 0);
    CHECK_INT(frond_udp_server_restart(server, NULL), 0);
    CHECK_INT(frond_udp_server_addr(server, &same), 0);
    CHECK(frond_addr_equal(&same, &at));
    send_text("ho");
    const char *text = answer(frond_in(20000));
    CHECK(strcmp(text, "HO") == 0 || strcmp(text, "early") == 0);
    CHECK_INT(frond_udp_server_stop(server, FROND_NEVER), 0);
    CHECK_INT(frond_udp_open(&any, &u), 0);
    CHECK_INT(frond_udp_server_restart(server, u), 0); /* elsewhere */
    CHECK_INT(frond_udp_server_addr(server, &at), 0);
    CHECK(!frond_addr_equal(&same, &at));
    send_text("ho");
    CHECK_TEXT(answer(frond_in(20000)), "HO");
    CHECK_INT(frond_udp_fd(u, &fd), 0);
    CHECK_INT(frond_sockopt_get(fd, FROND_SO_BROADCAST, &value), 0);
    CHECK_INT(value, 0);
    end();
}

static int foreign;

static void use_from_afar(void *s) {
    foreign = frond_udp_server_stop(s, FROND_NOW);
}

static void misuse(void) {
    frond_udp_server_options bad = {.reserved = {1}};
    frond_udp_server_stats s;
    begin(echo, NULL);
    CHECK_INT(frond_udp_server_start(NULL, echo, NULL, NULL, &server), FROND_EINVAL);
    CHECK_INT(frond_udp_server_start(socket_of_client, NULL, NULL, NULL, &server),
              FROND_EINVAL);
    CHECK_INT(frond_udp_server_start(socket_of_client, echo, NULL, &bad, &server),
              FROND_EINVAL);
    CHECK_INT(frond_udp_server_start(socket_of_client, echo, NULL, NULL, NULL),
              FROND_EINVAL);
    CHECK_INT(frond_udp_server_stop(NULL, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_udp_server_send(NULL, "", 0, &at, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_udp_server_get_stats(NULL, &s), FROND_EINVAL);
    CHECK_INT(frond_udp_server_addr(NULL, &at), FROND_EINVAL);
    CHECK_INT(frond_udp_server_new(NULL, echo, NULL, NULL, &server), FROND_EINVAL);
    CHECK_INT(frond_udp_server_start_receiving(NULL), FROND_EINVAL);
    CHECK_INT(frond_udp_server_stop_receiving(NULL), FROND_EINVAL);
    CHECK_INT(frond_udp_server_serve(NULL, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_udp_server_set_handler(server, NULL, NULL), FROND_EINVAL);
    CHECK_INT(frond_udp_server_set_handler(NULL, echo, NULL), FROND_EINVAL);
    CHECK_INT(frond_udp_server_restart(NULL, NULL), FROND_EINVAL);
    CHECK_INT(frond_udp_server_started(NULL), 0);
    thread_run(use_from_afar, server);
    CHECK_INT(foreign, FROND_ETHREAD);
    frond_udp_server_free(NULL);
    end();
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"answers", answers},
        {"a full pool waits", a_full_pool_waits},
        {"a full pool drops", a_full_pool_drops},
        {"long ones", long_ones},
        {"handlers fail", handlers_fail},
        {"drain lets them answer", drain_lets_them_answer},
        {"stop kills", stop_kills},
        {"free without stop", free_without_stop},
        {"receiving ends and begins", receiving_ends_and_begins},
        {"begins again", begins_again},
        {"out of memory", out_of_memory},
        {"misuse", misuse},
        {0}};
    test_clock_virtual();
    return test_main("UDP server", tests, argc, argv);
}
