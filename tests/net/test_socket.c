/* SPDX-License-Identifier: MIT */
/* Streams that are sockets: what other kinds do not have. */
#include "net.h"

#include <stdio.h>
#include <frond/impl/stream.h>
#include <support/sockets.h>

static frond_stream *one, *two;

static void local_pair(frond_stream **a, frond_stream **b) {
    CHECK_INT(frond_stream_pair(a, b), 0);
}

static void *reads(void *s) {
    char buf[16];
    int64_t n = frond_read(s, buf, sizeof buf, FROND_NEVER);
    char word[32];
    snprintf(word, sizeof word, "read%d", (int)n);
    log_add(n < 0 ? frond_error_name((int)n) : word);
    return NULL;
}

/* ---- closing ---- */

static frond_stream *trigger[2];

static void *closes_on_trigger(void *s) {
    char c;
    CHECK_INT(frond_read(trigger[0], &c, 1, FROND_NEVER), 1);
    frond_close(s);
    return NULL;
}

/* The loop has found data, and before the reader runs its stream is closed. */
static void close_when_ready(void) {
    for (int order = 0; order < 4; order++) {
        log_clear();
        local_pair(&one, &two);
        local_pair(&trigger[0], &trigger[1]);
        frond_greenlet *r = NULL, *c = NULL;
        if (order & 1)
            r = frond_spawn(reads, one);
        c = frond_spawn(closes_on_trigger, one);
        if (!(order & 1))
            r = frond_spawn(reads, one);
        frond_yield();
        frond_write(order & 2 ? two : trigger[1], "x", 1, NULL, FROND_NOW);
        frond_write(order & 2 ? trigger[1] : two, "x", 1, NULL, FROND_NOW);
        CHECK_INT(frond_join(r, FROND_NEVER), 0);
        CHECK_INT(frond_join(c, FROND_NEVER), 0);
        CHECK(strcmp(log_text(), "read1") == 0 ||
              strcmp(log_text(), "FROND_ECLOSED") == 0);
        frond_release(r);
        frond_release(c);
        frond_stream_free(one);
        frond_stream_free(two);
        frond_stream_free(trigger[0]);
        frond_stream_free(trigger[1]);
    }
}

static void references(void) {
    char c;
    local_pair(&one, &two);
    CHECK(frond_stream_ref(one) == one);
    frond_stream_free(one);
    CHECK_INT(frond_write(two, "x", 1, NULL, FROND_NEVER), 0);
    CHECK_INT(frond_read(one, &c, 1, FROND_NEVER), 1);
    frond_stream_free(one);
    frond_stream_free(two);
}

static void reset_by_peer(void) {
    frond_addr at;
    frond_listener *l = net_listen(&at);
    frond_stream *s = NULL;
    CHECK_INT(frond_tcp_connect_addr(&at, NULL, &s, FROND_NEVER), 0);
    frond_stream *peer = NULL;
    CHECK_INT(frond_accept(l, &peer, FROND_NEVER), 0);
    /* data that nobody reads makes the close a reset */
    CHECK_INT(frond_write(s, "unread", 6, NULL, FROND_NEVER), 0);
    frond_greenlet *r = frond_spawn(reads, s);
    frond_sleep(1);
    frond_stream_free(peer);
    CHECK_INT(frond_join(r, FROND_NEVER), 0);
    CHECK_TEXT(log_text(), "FROND_ECONNRESET");
    char c;
    CHECK_INT(frond_read(s, &c, 1, FROND_NEVER), 0);
    frond_release(r);
    frond_stream_free(s);
    frond_listener_free(l);
}

/* ---- what others see of it ---- */

static void descriptors_are_not_inherited(void) {
    frond_hub_current();
    int open = descriptors_open();
    local_pair(&one, &two);
    CHECK_INT(descriptors_open(), open + 2);
    intptr_t fd;
    CHECK_INT(frond_stream_descriptor(one, &fd), 0);
    CHECK(!socket_inherited((uv_os_sock_t)fd));
    CHECK_INT(frond_stream_descriptor(two, &fd), 0);
    CHECK(!socket_inherited((uv_os_sock_t)fd));
    frond_stream_free(one);
    frond_stream_free(two);
    CHECK_INT(descriptors_open(), open);
}

static void a_read_for_ever_is_no_deadlock(void) {
    local_pair(&one, &two);
    frond_greenlet *r = frond_spawn(reads, one);
    capture_begin();
    CHECK_INT(frond_join(r, frond_in(5)), FROND_ETIMEDOUT);
    frond_timeout t;
    frond_timeout_start(&t, 5);
    CHECK_INT(frond_join(r, FROND_NEVER), FROND_ETIMEDOUT);
    frond_timeout_stop(&t);
    CHECK_TEXT(capture_end(), "");
    frond_kill(r, FROND_EXIT, FROND_NEVER);
    frond_release(r);
    frond_stream_free(one);
    frond_stream_free(two);
}

static void dump_names_the_peer(void) {
    net_tcp_pair(&one, &two);
    frond_addr peer;
    char text[FROND_ADDR_TEXT], expected[120];
    frond_stream_peer(one, &peer);
    snprintf(expected, sizeof expected, "waiting for read from %s",
             frond_addr_format(&peer, text, sizeof text));
    frond_greenlet *r = frond_spawn(reads, one);
    frond_yield();
    capture_begin();
    frond_dump(2);
    CHECK_HAS(capture_end(), expected);
    frond_kill(r, FROND_EXIT, FROND_NEVER);
    frond_release(r);
    frond_stream_free(one);
    frond_stream_free(two);
}

static void free_from_afar(void *s) {
    frond_stream_free(s);
}

static int foreign[3];

static void use_from_afar(void *s) {
    char c;
    foreign[0] = (int)frond_read(s, &c, 1, FROND_NOW);
    foreign[1] = frond_write(s, &c, 1, NULL, FROND_NOW);
    foreign[2] = frond_close(s);
}

static void other_threads(void) {
    local_pair(&one, &two);
    thread_run(use_from_afar, one);
    CHECK_INT(foreign[0], FROND_ETHREAD);
    CHECK_INT(foreign[1], FROND_ETHREAD);
    CHECK_INT(foreign[2], FROND_ETHREAD);
    thread_run(free_from_afar, one);
    char c;
    CHECK_INT(frond_read(two, &c, 1, FROND_NEVER), 0);
    frond_stream_free(two);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"close when ready", close_when_ready},
        {"references", references},
        {"reset by peer", reset_by_peer},
        {"descriptors are not inherited", descriptors_are_not_inherited},
        {"a read for ever is no deadlock", a_read_for_ever_is_no_deadlock},
        {"dump names the peer", dump_names_the_peer},
        {"other threads", other_threads},
        {0}};
    test_clock_virtual();
    return test_main("socket", tests, argc, argv);
}
