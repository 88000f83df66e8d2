/* SPDX-License-Identifier: MIT */
/* through listens PORT: fails unless somebody listens there.  through PROXY HOST [PORT]: connects by way of the proxy
 * to HOST, at a port of its own where it echoes, sends bytes both ways, and prints how many came back right, or the
 * error's code; its text goes to standard error. */
#include "net.h"

#include <stdio.h>

enum { BYTES = 1000000 };

static char sent[BYTES], got[BYTES];

static void *echo(frond_stream *s, void *arg) {
    frond_copy(s, s, 0, NULL, frond_in(20000));
    frond_shutdown(s, frond_in(20000));
    return arg;
}

static void *send_all(void *s) {
    frond_write(s, sent, BYTES, NULL, frond_in(20000));
    return NULL;
}

static int exchange(frond_stream *s) {
    size_t n = 0;
    char more;
    for (size_t i = 0; i < BYTES; i++)
        sent[i] = (char)net_byte(i);
    frond_greenlet *g = frond_spawn(send_all, s);
    int rc = frond_read_exact(s, got, BYTES, &n, frond_in(20000));
    bool same = memcmp(sent, got, n) == 0;
    frond_shutdown(s,
                   frond_in(20000)); /* not before: microsocks ends both ways at once */
    int64_t end = rc == 0 ? frond_read(s, &more, 1, frond_in(20000)) : 0;
    printf("%lu%s%s\n", (unsigned long)n, same ? "" : " wrong",
           end == 0 ? "" : " no end");
    frond_join(g, FROND_NEVER);
    frond_release(g);
    return rc;
}

static int go(char **argv, int port) {
    frond_connect_options o = {.proxy = argv[0]};
    frond_stream *s;
    int rc = frond_tcp_connect(argv[1], argv[2] ? atoi(argv[2]) : port, &o, &s,
                               frond_in(20000));
    if (rc < 0) {
        fprintf(stderr, "%s\n", frond_error_text());
        puts(frond_error_name(rc));
        return rc;
    }
    rc = exchange(s);
    frond_stream_free(s);
    return rc;
}

static int is_listened_at(int port) {
    frond_stream *s;
    int rc = frond_tcp_connect("127.0.0.1", port, NULL, &s, frond_in(20000));
    if (rc == 0)
        frond_stream_free(s);
    return rc < 0;
}

int main(int argc, char **argv) {
    frond_addr where;
    frond_listener *l;
    frond_server *server;
    stdio_as_is();
    if (argc < 3)
        return 2;
    if (strcmp(argv[1], "listens") == 0)
        return is_listened_at(atoi(argv[2]));
    frond_addr_loopback(&where, FROND_IPV4, 0);
    if (frond_tcp_listen(&where, NULL, &l) < 0 || frond_listener_addr(l, &where) < 0 ||
        frond_server_start(l, echo, NULL, NULL, &server) < 0) {
        fprintf(stderr, "%s\n", frond_error_text());
        return 2;
    }
    go(argv + 1, where.port);
    frond_server_stop(server, frond_in(20000));
    frond_server_free(server);
    return frond_hub_close(frond_in(20000)) < 0;
}
