/* SPDX-License-Identifier: MIT */
/* tls_echo_frond PEM [big]: the echo server with TLS as one writes it with frond.  Prints its port.  big: with a
 * buffer of its own for long messages, which stacks of idle connections should not keep. */
#include <frond/error.h>
#include <frond/net.h>
#include <frond/tls.h>

#include <stdio.h>
#include <stdlib.h>

static void *echo_with(frond_stream *s, char *buffer, size_t size) {
    int64_t n;
    while ((n = frond_read(s, buffer, size, FROND_NEVER)) > 0)
        if (frond_write(s, buffer, (size_t)n, NULL, FROND_NEVER) < 0)
            break;
    return NULL;
}

static void *echo(frond_stream *s, void *arg) {
    (void)arg;
    char buffer[2048];
    return echo_with(s, buffer, sizeof buffer);
}

static void *echo_big(frond_stream *s, void *arg) {
    (void)arg;
    enum { RECORD = 16384 };
    char *buffer = malloc(RECORD);
    echo_with(s, buffer, RECORD);
    free(buffer);
    return NULL;
}

int main(int argc, char **argv) {
    frond_addr where;
    frond_listener *listener;
    frond_server *server;
    frond_tls_context *c;
    frond_tls_options o = {.cert_file = argc > 1 ? argv[1] : NULL};
    frond_addr_loopback(&where, FROND_IPV4, 0);
    if (frond_tls_context_new(&o, &c) < 0 ||
        frond_tcp_listen(&where, NULL, &listener) < 0 ||
        frond_tls_serve(listener, c, argc > 2 ? echo_big : echo, NULL, NULL, &server) <
            0) {
        fprintf(stderr, "tls_echo_frond: %s\n", frond_error_text());
        return 1;
    }
    frond_server_addr(server, &where);
    printf("%d\n", where.port);
    fflush(stdout);
    frond_server_join(server, FROND_NEVER);
    frond_server_free(server);
    frond_tls_context_free(c);
    return 0;
}
