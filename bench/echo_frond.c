/* SPDX-License-Identifier: MIT */
/* echo_frond [big]: the echo server as one writes it with frond, a greenlet a connection: for short messages with
 * plain reads and writes, for long ones with a reader, whose buffer is lent.  Prints its port. */
#include <frond/error.h>
#include <frond/net.h>

#include <stdio.h>

static void *echo(frond_stream *s, void *arg) {
    (void)arg;
    char buffer[2048];
    int64_t n;
    while ((n = frond_read(s, buffer, sizeof buffer, FROND_NEVER)) > 0)
        if (frond_write(s, buffer, (size_t)n, NULL, FROND_NEVER) < 0)
            break;
    return NULL;
}

static void *echo_big(frond_stream *s, void *arg) {
    (void)arg;
    frond_reader *r = frond_reader_new(s, 0);
    const char *data;
    int64_t n;
    while ((n = frond_reader_peek(r, 1, &data, FROND_NEVER)) > 0) {
        if (frond_write(s, data, (size_t)n, NULL, FROND_NEVER) < 0)
            break;
        frond_reader_skip(r, (size_t)n);
    }
    frond_reader_free(r);
    return NULL;
}

int main(int argc, char **argv) {
    (void)argv;
    frond_addr where;
    frond_listener *listener;
    frond_server *server;
    frond_addr_loopback(&where, FROND_IPV4, 0);
    if (frond_tcp_listen(&where, NULL, &listener) < 0 ||
        frond_server_start(listener, argc > 1 ? echo_big : echo, NULL, NULL, &server) <
            0) {
        fprintf(stderr, "echo_frond: %s\n", frond_error_text());
        return 1;
    }
    frond_server_addr(server, &where);
    printf("%d\n", where.port);
    fflush(stdout);
    frond_server_join(server, FROND_NEVER);
    frond_server_free(server);
    return 0;
}
