/* SPDX-License-Identifier: MIT */
/* forward [ADDRESS [HOST PORT]]: forwards the connections at ADDRESS ("127.0.0.1:7001") to a port of a host
 * (127.0.0.1, 7000), until Ctrl-C. */
#include <frond/frond.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

static const char *host = "127.0.0.1";
static int port = 7000;

typedef struct {
    frond_stream *from, *to;
} direction;

/* The end of one direction is passed on, and the other goes on. */
static void *copy(void *arg) {
    direction *d = arg;
    char buffer[16384];
    int64_t n;
    while ((n = frond_read(d->from, buffer, sizeof buffer, FROND_NEVER)) > 0)
        if (frond_write(d->to, buffer, (size_t)n, NULL, FROND_NEVER) < 0)
            break;
    if (n == 0)
        frond_shutdown(d->to, frond_in(5000));
    else
        frond_close(d->to); /* wakes the other direction, too */
    return NULL;
}

static void *forward(frond_stream *client, void *arg) {
    frond_stream *target;
    frond_nursery both;
    (void)arg;
    if (frond_tcp_connect(host, port, NULL, &target, frond_in(10000)) < 0) {
        fprintf(stderr, "forward: %s\n", frond_error_text());
        return NULL;
    }
    direction there = {client, target}, back = {target, client};
    frond_nursery_open(&both, NULL); /* neither outlives it, whatever happens */
    frond_nursery_spawn(&both, copy, &there);
    frond_nursery_spawn(&both, copy, &back);
    frond_nursery_close(&both, FROND_NEVER);
    frond_stream_free(target);
    return NULL;
}

int main(int argc, char **argv) {
    frond_addr where;
    frond_server *server;
    char text[FROND_ADDR_TEXT];
    if (argc > 3) {
        host = argv[2];
        port = atoi(argv[3]);
    }
    const char *at = argc > 1 ? argv[1] : "127.0.0.1:7001";
    if (frond_server_listen(at, NULL, forward, NULL, NULL, &server, FROND_NEVER) < 0 ||
        frond_server_stop_on_signal(server, SIGINT, 1000) < 0) {
        fprintf(stderr, "forward: %s\n", frond_error_text());
        return 1;
    }
    frond_server_addr(server, &where);
    printf("listening at %s\n", frond_addr_format(&where, text, sizeof text));
    fflush(stdout);
    frond_server_serve(server, FROND_NEVER);
    frond_server_free(server);
    return 0;
}
