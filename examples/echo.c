/* SPDX-License-Identifier: MIT */
/* echo [ADDRESS]: an echo server at "127.0.0.1:7000" or where it is told, until Ctrl-C; it then lets
 * the connections there are finish, for five seconds at most. */
#include <frond/frond.h>
#include <signal.h>
#include <stdio.h>

static void *echo(frond_stream *s, void *arg) {
    (void)arg;
    char buffer[4096];
    int64_t n;
    while ((n = frond_read(s, buffer, sizeof buffer, frond_in(60000))) > 0)
        if (frond_write(s, buffer, (size_t)n, NULL, frond_in(60000)) < 0)
            break;
    /* An error here (a reset, a minute of silence) is the peer's own affair. */
    return NULL;
}

static int serve(const frond_addr *where) {
    frond_listener *listener;
    frond_server *server;
    frond_signal *ctrl_c;
    char text[FROND_ADDR_TEXT];
    int number = SIGINT;
    int rc = frond_signal_open(&number, 1, &ctrl_c);
    if (rc < 0)
        return rc;
    rc = frond_tcp_listen(where, NULL, &listener);
    if (rc < 0)
        goto close_signal;
    rc = frond_server_start(listener, echo, NULL, NULL, &server);
    if (rc < 0) {
        frond_listener_free(listener);
        goto close_signal;
    }
    frond_addr at = *where;
    frond_server_addr(server, &at);
    printf("listening at %s\n", frond_addr_format(&at, text, sizeof text));
    fflush(stdout);
    frond_signal_wait(ctrl_c, NULL, FROND_NEVER);
    printf("stopping: %zu connections\n", frond_server_connections(server));
    frond_server_stop(server, frond_in(5000));
    frond_server_free(server);
close_signal:
    frond_signal_free(ctrl_c);
    return rc;
}

int main(int argc, char **argv) {
    frond_addr where;
    if (frond_addr_parse_port(&where, argc > 1 ? argv[1] : "127.0.0.1:7000", 7000) < 0 ||
        serve(&where) < 0) {
        fprintf(stderr, "echo: %s\n", frond_error_text());
        return 1;
    }
    return 0;
}
