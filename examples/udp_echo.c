/* SPDX-License-Identifier: MIT */
/* udp_echo [ADDRESS]: sends every datagram back that it gets at "127.0.0.1:7000" or where it is told, until
 * Ctrl-C.  udp_echo -c ADDRESS TEXT asks such a server, again if there is no answer. */
#include <frond/frond.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

static void *echo(const void *data, size_t len, const frond_addr *from,
                  frond_udp_server *server, void *arg) {
    (void)arg;
    frond_udp_server_send(server, data, len, from, frond_in(1000));
    return NULL;
}

static int serve(const frond_addr *where) {
    frond_udp *socket;
    frond_udp_server *server;
    frond_addr at;
    char text[FROND_ADDR_TEXT];
    if (frond_udp_open(where, &socket) < 0 ||
        frond_udp_server_start(socket, echo, NULL, NULL, &server) < 0 ||
        frond_udp_server_stop_on_signal(server, SIGINT, 1000) < 0)
        return -1;
    frond_udp_server_addr(server, &at);
    printf("listening at %s\n", frond_addr_format(&at, text, sizeof text));
    fflush(stdout);
    frond_udp_server_join(server, FROND_NEVER);
    frond_udp_server_free(server);
    return 0;
}

static int ask(const frond_addr *server, const char *question) {
    frond_udp *socket;
    frond_addr any = {.family = server->family};
    char answer[2000];
    int64_t n = -1;
    if (frond_udp_open(&any, &socket) < 0 || frond_udp_connect(socket, server) < 0)
        return -1;
    for (int i = 0; i < 20 && n < 0; i++) /* datagrams may be lost */
        if (frond_udp_send(socket, question, strlen(question), NULL, frond_in(500)) == 0)
            n = frond_udp_receive(socket, answer, sizeof answer, NULL, frond_in(500));
    if (n >= 0)
        printf("%.*s\n", (int)n, answer);
    frond_udp_free(socket);
    return n < 0 ? -1 : 0;
}

int main(int argc, char **argv) {
    int asks = argc > 3 && strcmp(argv[1], "-c") == 0;
    const char *address = asks ? argv[2] : argc > 1 ? argv[1] : "127.0.0.1:7000";
    frond_addr where;
    if (frond_addr_parse_port(&where, address, 7000) < 0 ||
        (asks ? ask(&where, argv[3]) : serve(&where)) < 0) {
        fprintf(stderr, "udp_echo: %s\n", frond_error_text());
        return 1;
    }
    return 0;
}
