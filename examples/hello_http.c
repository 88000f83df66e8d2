/* SPDX-License-Identifier: MIT */
/* hello_http [ADDRESS [FOLDER]]: an HTTP server at "127.0.0.1:8000" or where it is told, until Ctrl-C.
 * /hello greets, /count streams ten lines, a second apart; everything else is a file of FOLDER. */
#include <frond/frond.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

static const char *const text_type[] = {"Content-Type: text/plain; charset=utf-8", NULL};

static void hello(frond_http_exchange *x) {
    const char *agent = frond_http_request_header(x, "User-Agent");
    char text[256];
    snprintf(text, sizeof text, "Hello, %s\n", agent ? agent : "stranger");
    frond_http_respond(x, 200, text_type, text, strlen(text), frond_in(10000));
}

/* Its length is not known before: chunked.  Other requests go on meanwhile. */
static void count(frond_http_exchange *x) {
    if (frond_http_respond_begin(x, 200, text_type, -1, frond_in(10000)) < 0)
        return;
    for (int i = 1; i <= 10; i++) {
        char line[16];
        int n = snprintf(line, sizeof line, "%d\n", i);
        if (frond_http_respond_write(x, line, (size_t)n, frond_in(10000)) < 0)
            return; /* the client has left */
        frond_sleep(1000);
    }
}

static void answer(frond_http_exchange *x, void *folder) {
    const char *target = frond_http_target(x);
    if (strcmp(target, "/hello") == 0)
        hello(x);
    else if (strcmp(target, "/count") == 0)
        count(x);
    else
        frond_http_respond_file(x, folder, frond_in(60000));
}

int main(int argc, char **argv) {
    frond_addr where;
    frond_listener *listener;
    frond_http_server *server;
    frond_signal *ctrl_c;
    char text[FROND_ADDR_TEXT], here[] = ".";
    int number = SIGINT;
    if (frond_addr_parse_port(&where, argc > 1 ? argv[1] : "127.0.0.1:8000", 8000) < 0 ||
        frond_signal_open(&number, 1, &ctrl_c) < 0 ||
        frond_tcp_listen(&where, NULL, &listener) < 0 ||
        frond_http_server_start(listener, answer, argc > 2 ? argv[2] : here, NULL,
                                &server) < 0) {
        fprintf(stderr, "hello_http: %s\n", frond_error_text());
        return 1;
    }
    frond_http_server_addr(server, &where);
    printf("http://%s/hello\n", frond_addr_format(&where, text, sizeof text));
    fflush(stdout);
    frond_signal_wait(ctrl_c, NULL, FROND_NEVER);
    frond_http_server_stop(server, frond_in(5000));
    frond_http_server_free(server);
    frond_signal_free(ctrl_c);
    return 0;
}
