/* SPDX-License-Identifier: MIT */
/* Listening and connecting where a text says. */
#include "net.h"

#include <stdio.h>

static void meet(const char *listening, const char *dialled) {
    frond_listener *l;
    frond_stream *s, *t;
    frond_addr a;
    char where[FROND_ADDR_TEXT + 16], c;
    int rc = frond_listen(listening, NULL, &l, frond_in(20000));
    CHECK_INT(rc, 0);
    if (rc < 0)
        return;
    CHECK_INT(frond_listener_addr(l, &a), 0);
    snprintf(where, sizeof where, dialled, a.port);
    rc = frond_dial(where, NULL, &s, frond_in(20000));
    CHECK_INT(rc, 0);
    if (rc == 0) {
        CHECK_INT(frond_accept(l, &t, frond_in(20000)), 0);
        CHECK_INT(frond_write(s, "!", 1, NULL, FROND_NEVER), 0);
        CHECK_INT(frond_read(t, &c, 1, frond_in(20000)), 1);
        frond_stream_free(s);
        frond_stream_free(t);
    }
    frond_listener_free(l);
}

static bool has_ipv6(void) {
    frond_addr at;
    frond_listener *l;
    frond_addr_loopback(&at, FROND_IPV6, 0);
    int rc = frond_tcp_listen(&at, NULL, &l);
    if (rc == 0)
        frond_listener_free(l);
    return rc == 0;
}

static void places(void) {
    meet("127.0.0.1:0", "127.0.0.1:%d");
    meet(":0", ":%d");
    meet(":0", "127.0.0.1:%d");
    meet("0.0.0.0:0", "localhost:%d");
    meet("localhost:0", "localhost:%d");
    if (has_ipv6()) {
        meet("[::1]:0", "[::1]:%d");
        meet("[::]:0", "[::1]:%d");
        meet("[::]:0", "127.0.0.1:%d");
        meet("[::]:0", "[::]:%d");
    }
}

static void *answers(frond_stream *s, void *arg) {
    frond_write(s, arg, 1, NULL, FROND_NEVER);
    return NULL;
}

/* A server there, without a listener of one's own. */
static void servers(void) {
    frond_server *server;
    frond_stream *s;
    frond_addr a;
    char where[FROND_ADDR_TEXT], c = 0;
    CHECK_INT(frond_server_listen("localhost:0", NULL, answers, "!", NULL, &server,
                                  frond_in(20000)),
              0);
    CHECK_INT(frond_server_addr(server, &a), 0);
    frond_addr_format(&a, where, sizeof where);
    CHECK_INT(frond_dial(where, NULL, &s, frond_in(20000)), 0);
    CHECK_INT(frond_read(s, &c, 1, frond_in(20000)), 1);
    CHECK_INT(c, '!');
    frond_stream_free(s);
    frond_server *other;
    CHECK_INT(frond_server_listen(where, NULL, answers, "!", NULL, &other, FROND_NEVER),
              FROND_EADDRINUSE);
    CHECK_INT(frond_server_listen("nowhere", NULL, answers, "!", NULL, &other, FROND_NOW),
              FROND_EINVAL);
    CHECK_HAS(frond_error_text(), "\"nowhere\": not \"host:port\"");
    CHECK_INT(frond_server_listen(":0", NULL, NULL, NULL, NULL, &other, FROND_NEVER),
              FROND_EINVAL);
    CHECK_INT(frond_server_listen(":0", NULL, answers, NULL, NULL, NULL, FROND_NEVER),
              FROND_EINVAL);
    CHECK_INT(frond_server_stop(server, frond_in(20000)), 0);
    frond_server_free(server);
}

static void unix_places(void) {
    char path[600], where[610];
    frond_listener *l;
    frond_stream *s;
    test_path(path, sizeof path, "where");
    snprintf(where, sizeof where, "unix:%s", path);
    int rc = frond_listen(where, &(frond_listen_options){.replace = 1}, &l, FROND_NEVER);
    if (rc == FROND_ENOTSUP || rc == FROND_EAFNOSUPPORT || rc == FROND_ENAMETOOLONG)
        return; /* this system has none, or the folder's name is long */
    CHECK_INT(rc, 0);
    CHECK_INT(frond_dial(where, NULL, &s, frond_in(20000)), 0);
    frond_stream_free(s);
    frond_listener_free(l);
}

static void wrong_ones(void) {
    static const char *const none[] = {"",           "nonsense",  "host:",     "host:x",
                                       "host:99999", "1:2:3:80",  "127.0.0.1", "[::1]",
                                       "[::1]:x",    "::1",       ":",         ":99999",
                                       "host:-1",    "[host]:80", "host:80x"};
    frond_listener *l;
    frond_stream *s;
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
        CHECK_INT(frond_listen(none[i], NULL, &l, frond_in(20000)), FROND_EINVAL);
        CHECK_HAS(frond_error_text(), "listen \"");
        CHECK_HAS(frond_error_text(), "host:port");
        CHECK_INT(frond_dial(none[i], NULL, &s, frond_in(20000)), FROND_EINVAL);
        CHECK_HAS(frond_error_text(), "dial \"");
    }
    CHECK_INT(frond_dial("127.0.0.1:0", NULL, &s, FROND_NEVER), FROND_EINVAL);
    CHECK_INT(frond_dial("localhost:0", NULL, &s, FROND_NEVER), FROND_EINVAL);
    CHECK_INT(frond_dial(NULL, NULL, &s, FROND_NEVER), FROND_EINVAL);
    CHECK_INT(frond_listen(NULL, NULL, &l, FROND_NEVER), FROND_EINVAL);
    CHECK_INT(frond_listen("127.0.0.1:0", NULL, NULL, FROND_NEVER), FROND_EINVAL);
    CHECK_INT(frond_dial("127.0.0.1:1", NULL, NULL, FROND_NEVER), FROND_EINVAL);
    char far[300];
    memset(far, 'a', sizeof far);
    memcpy(far + 280, ":80", 4);
    CHECK_INT(frond_dial(far, NULL, &s, FROND_NEVER), FROND_EINVAL);
    memcpy(far, "unix:", 5);
    CHECK_INT(frond_dial(far, NULL, &s, FROND_NEVER), FROND_ENAMETOOLONG);
}

static void refused(void) {
    frond_listener *l, *again;
    frond_stream *s;
    frond_addr a;
    char where[FROND_ADDR_TEXT];
    CHECK_INT(frond_listen("127.0.0.1:0", NULL, &l, FROND_NEVER), 0);
    CHECK_INT(frond_listener_addr(l, &a), 0);
    frond_addr_format(&a, where, sizeof where);
    CHECK_INT(frond_listen(where, NULL, &again, FROND_NEVER), FROND_EADDRINUSE);
    frond_listener_free(l);
    CHECK_INT(frond_dial(where, NULL, &s, frond_in(20000)), FROND_ECONNREFUSED);
    CHECK_HAS(frond_error_text(), where);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"places", places},         {"servers", servers}, {"unix places", unix_places},
        {"wrong ones", wrong_ones}, {"refused", refused}, {NULL, NULL}};
    return test_main("where", tests, argc, argv);
}
