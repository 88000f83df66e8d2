/* SPDX-License-Identifier: MIT */
/* peer client CA PORT: connects to localhost by TLS, sends standard input and then close_notify, and
 * prints what comes until the end.  peer server PEM COUNT: prints its port and echoes to so many
 * clients, one after the other. */
#include "support.h"

#include <frond/frond.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *send_input(void *stream) {
    frond_stream *in = NULL;
    char buf[30000];
    int64_t n;
    if (frond_stdio_open(FROND_STDIN, &in) < 0)
        return frond_failed(frond_error_code(), NULL);
    while ((n = frond_read(in, buf, sizeof buf, frond_in(20000))) > 0)
        if (frond_write(stream, buf, (size_t)n, NULL, frond_in(20000)) < 0)
            return frond_failed(frond_error_code(), NULL);
    frond_stream_free(in);
    if (frond_shutdown(stream, frond_in(20000)) < 0)
        return frond_failed(frond_error_code(), NULL);
    return NULL;
}

static int client(const char *ca, int port) {
    frond_tls_options o = {.ca_file = ca};
    frond_tls_context *c = NULL;
    frond_stream *s = NULL;
    char buf[30000];
    int64_t n;
    int rc = frond_tls_context_new(&o, &c);
    if (rc == 0)
        rc = frond_tls_connect("localhost", port, c, &s, frond_in(20000));
    if (rc < 0) {
        frond_tls_context_free(c);
        return rc;
    }
    frond_greenlet *g = frond_spawn(send_input, s);
    while ((n = frond_read(s, buf, sizeof buf, frond_in(20000))) > 0)
        fwrite(buf, 1, (size_t)n, stdout);
    int sent = frond_get(g, NULL, frond_in(20000));
    frond_release(g);
    frond_stream_free(s);
    frond_tls_context_free(c);
    return n < 0 ? (int)n : sent;
}

static int echo(frond_listener *l, frond_tls_context *c) {
    frond_stream *under, *s;
    char buf[30000];
    int64_t n;
    int rc = frond_accept(l, &under, frond_in(20000));
    if (rc < 0 || (rc = frond_tls_server(under, c, &s, frond_in(20000))) < 0)
        return rc;
    while ((n = frond_read(s, buf, sizeof buf, frond_in(20000))) > 0)
        if (frond_write(s, buf, (size_t)n, NULL, frond_in(20000)) < 0)
            break;
    frond_shutdown(s, frond_in(20000));
    frond_stream_free(s);
    return (int)n;
}

static int server(const char *pem, int count) {
    frond_tls_options o = {.cert_file = pem};
    frond_tls_context *c = NULL;
    frond_listener *l = NULL;
    frond_addr where;
    frond_addr_loopback(&where, FROND_IPV4, 0);
    if (frond_tls_context_new(&o, &c) < 0 || frond_tcp_listen(&where, NULL, &l) < 0 ||
        frond_listener_addr(l, &where) < 0)
        return -1;
    printf("%d\n", where.port);
    fflush(stdout);
    int rc = 0;
    for (int i = 0; i < count && rc >= 0; i++)
        rc = echo(l, c);
    frond_listener_free(l);
    frond_tls_context_free(c);
    return rc;
}

int main(int argc, char **argv) {
    stdio_as_is();
    if (argc != 4)
        return 2;
    int rc = strcmp(argv[1], "client") == 0 ? client(argv[2], atoi(argv[3]))
                                            : server(argv[2], atoi(argv[3]));
    if (rc < 0)
        fprintf(stderr, "%s\n", frond_error_text());
    return rc < 0;
}
