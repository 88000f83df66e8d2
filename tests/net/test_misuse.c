/* SPDX-License-Identifier: MIT */
/* What wrong calls of streams, listeners and connects get. */
#include "net.h"

static void streams(void) {
    frond_stream *a, *b;
    frond_addr at;
    char c;
    size_t n = 5;
    frond_buf bad = {NULL, 3};
    CHECK_INT(frond_stream_pair(NULL, &b), FROND_EINVAL);
    CHECK_INT(frond_stream_pair(&a, NULL), FROND_EINVAL);
    CHECK_INT(frond_stream_pair(&a, &b), 0);
    CHECK_INT(frond_read(NULL, &c, 1, FROND_NEVER), FROND_EINVAL);
    CHECK_INT(frond_read(a, NULL, 1, FROND_NEVER), FROND_EINVAL);
    CHECK_INT(frond_read(a, NULL, 0, FROND_NEVER), 0);
    CHECK_INT(frond_read(a, &c, 0, FROND_NEVER), 0);
    CHECK_INT(frond_write(NULL, &c, 1, &n, FROND_NEVER), FROND_EINVAL);
    CHECK_INT(n, 0);
    CHECK_INT(frond_write(a, NULL, 1, NULL, FROND_NEVER), FROND_EINVAL);
    CHECK_INT(frond_writev(a, &bad, 1, NULL, FROND_NEVER), FROND_EINVAL);
    CHECK_INT(frond_shutdown(NULL, FROND_NEVER), FROND_EINVAL);
    CHECK_INT(frond_close(NULL), FROND_EINVAL);
    CHECK_INT(frond_stream_peer(NULL, &at), FROND_EINVAL);
    CHECK_INT(frond_stream_peer(a, NULL), FROND_EINVAL);
    CHECK_INT(frond_stream_peer(a, &at), FROND_ENOTSUP);
    CHECK_INT(frond_stream_local(NULL, &at), FROND_EINVAL);
    frond_stream_free(a);
    frond_stream_free(b);
}

static int foreign[2];

static void use_from_afar(void *l) {
    frond_stream *s;
    foreign[0] = frond_accept(l, &s, FROND_NOW);
    foreign[1] = frond_listener_close(l);
}

static void listeners(void) {
    frond_addr at, nowhere = {.family = 77};
    frond_listen_options reserved = {.reserved = {1}}, backlog = {.backlog = -1};
    frond_listener *l = NULL;
    frond_stream *s;
    frond_addr_loopback(&at, FROND_IPV4, 0);
    CHECK_INT(frond_tcp_listen(NULL, NULL, &l), FROND_EINVAL);
    CHECK_INT(frond_tcp_listen(&at, NULL, NULL), FROND_EINVAL);
    CHECK_INT(frond_tcp_listen(&at, &reserved, &l), FROND_EINVAL);
    CHECK_INT(frond_tcp_listen(&at, &backlog, &l), FROND_EINVAL);
    CHECK_INT(frond_tcp_listen(&nowhere, NULL, &l), FROND_EAFNOSUPPORT);
    CHECK(l == NULL);
    CHECK_INT(frond_accept(NULL, &s, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_listener_addr(NULL, &at), FROND_EINVAL);
    CHECK_INT(frond_listener_close(NULL), FROND_EINVAL);
    l = net_listen(&at);
    CHECK_INT(frond_accept(l, NULL, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_listener_addr(l, NULL), FROND_EINVAL);
    thread_run(use_from_afar, l);
    CHECK_INT(foreign[0], FROND_ETHREAD);
    CHECK_INT(foreign[1], FROND_ETHREAD);
    frond_listener_free(l);
}

static void connects(void) {
    frond_addr at, nowhere = {.family = 77};
    frond_connect_options o = {.reserved = {0, 0, 1}};
    frond_stream *s = NULL;
    frond_addr_loopback(&at, FROND_IPV4, 9);
    CHECK_INT(frond_tcp_connect_addr(NULL, NULL, &s, FROND_NEVER), FROND_EINVAL);
    CHECK_INT(frond_tcp_connect_addr(&at, NULL, NULL, FROND_NEVER), FROND_EINVAL);
    CHECK_INT(frond_tcp_connect_addr(&at, &o, &s, FROND_NEVER), FROND_EINVAL);
    CHECK_INT(frond_tcp_connect_addr(&nowhere, NULL, &s, FROND_NEVER),
              FROND_EAFNOSUPPORT);
    CHECK_INT(frond_tcp_connect(NULL, 80, NULL, &s, FROND_NEVER), FROND_EINVAL);
    CHECK_INT(frond_tcp_connect("127.0.0.1", 65536, NULL, &s, FROND_NEVER), FROND_EINVAL);
    CHECK_INT(frond_tcp_connect("127.0.0.1", 80, NULL, NULL, FROND_NEVER), FROND_EINVAL);
    CHECK_INT(frond_tcp_connect_any(NULL, NULL, NULL, &s, FROND_NEVER), FROND_EINVAL);
    CHECK(s == NULL);
}

static frond_stream *waiting;
static frond_listener *listening;
static int codes[8];

static void suspend_in_callback(void *arg) {
    frond_event *done = arg;
    char c;
    frond_addr at;
    frond_stream *s;
    frond_addr_loopback(&at, FROND_IPV4, 9);
    codes[0] = (int)frond_read(waiting, &c, 1, FROND_NEVER);
    codes[1] = frond_write(waiting, &c, 1, NULL, FROND_NEVER);
    codes[2] = frond_shutdown(waiting, FROND_NEVER);
    codes[3] = frond_accept(listening, &s, FROND_NEVER);
    codes[4] = frond_tcp_connect_addr(&at, NULL, &s, FROND_NEVER);
    frond_event_set(done);
}

static void in_callbacks(void) {
    frond_addr at;
    frond_stream *other;
    frond_event done = FROND_EVENT_INIT;
    CHECK_INT(frond_stream_pair(&waiting, &other), 0);
    listening = net_listen(&at);
    frond_post(frond_hub_current(), suspend_in_callback, &done);
    CHECK_INT(frond_event_wait(&done, FROND_NEVER), 0);
    for (int i = 0; i < 5; i++)
        CHECK_INT(codes[i], FROND_ENOSUSPEND);
    frond_stream_free(waiting);
    frond_stream_free(other);
    frond_listener_free(listening);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {{"streams", streams},
                                      {"listeners", listeners},
                                      {"connects", connects},
                                      {"in callbacks", in_callbacks},
                                      {0}};
    return test_main("misuse", tests, argc, argv);
}
