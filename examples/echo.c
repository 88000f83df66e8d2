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

int main(int argc, char **argv) {
    frond_addr where;
    frond_server *server;
    char text[FROND_ADDR_TEXT];
    const char *at = argc > 1 ? argv[1] : "127.0.0.1:7000";
    if (frond_server_listen(at, NULL, echo, NULL, NULL, &server, FROND_NEVER) < 0 ||
        frond_server_stop_on_signal(server, SIGINT, 5000) < 0) {
        fprintf(stderr, "echo: %s\n", frond_error_text());
        return 1;
    }
    frond_server_addr(server, &where);
    printf("listening at %s\n", frond_addr_format(&where, text, sizeof text));
    fflush(stdout);
    frond_server_serve(server, FROND_NEVER);
    printf("stopped after %d connections\n", (int)frond_server_accepted(server));
    frond_server_free(server);
    return 0;
}
