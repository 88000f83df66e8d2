/* SPDX-License-Identifier: MIT */
/* What the tests of servers share: one server, its clients, and a handler that echoes. */
#ifndef FROND_TESTS_SERVE_H
#define FROND_TESTS_SERVE_H

#include "net.h"

static frond_server *server;
static frond_addr at;

static inline void serve_start(frond_handler handle, void *arg,
                               const frond_server_options *o) {
    frond_listener *l = net_listen(&at);
    CHECK_INT(frond_server_start(l, handle, arg, o, &server), 0);
}

static inline void serve_end(void) {
    CHECK_INT(frond_server_stop(server, FROND_NEVER), 0);
    CHECK_INT(frond_server_connections(server), 0);
    frond_server_free(server);
}

static inline frond_stream *client(void) {
    frond_stream *s = NULL;
    CHECK_INT(frond_tcp_connect_addr(&at, NULL, &s, FROND_NEVER), 0);
    return s;
}

static inline void *echo(frond_stream *s, void *arg) {
    char buf[256];
    int64_t n;
    while ((n = frond_read(s, buf, sizeof buf, FROND_NEVER)) > 0)
        if (frond_write(s, buf, (size_t)n, NULL, FROND_NEVER) < 0)
            break;
    return arg;
}

static inline int64_t ask(frond_stream *s, frond_deadline d) {
    char c = 'q';
    int rc = frond_write(s, &c, 1, NULL, d);
    return rc < 0 ? rc : frond_read(s, &c, 1, d);
}

/* Whether the other side has closed it, by whatever means. */
static inline bool is_closed(frond_stream *s) {
    char c;
    int64_t n = frond_read(s, &c, 1, frond_in(20000));
    return n == 0 || n == FROND_ECONNRESET || n == FROND_ECONNABORTED;
}

static inline frond_server_stats stats(void) {
    frond_server_stats s = {0};
    CHECK_INT(frond_server_get_stats(server, &s), 0);
    return s;
}

#endif
