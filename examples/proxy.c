/* SPDX-License-Identifier: MIT */
/* proxy [ADDRESS]: a web proxy at "127.0.0.1:3128" or where it is told, until Ctrl-C: GET of http:// URLs.
 * Bodies are passed on as they come; connections to servers are kept and shared by all clients. */
#include <frond/frond.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

static frond_http_client *client;

static void complain(frond_http_exchange *x, int status) {
    const char *text = frond_error_text();
    fprintf(stderr, "%s: %s\n", frond_http_target(x), text);
    frond_http_respond(x, status, NULL, text, strlen(text), frond_in(10000));
}

static void pass_on(frond_http_exchange *x, frond_http_response *r) {
    char type[300], part[16384];
    const char *given = frond_http_header(r, "Content-Type");
    snprintf(type, sizeof type, "Content-Type: %s",
             given ? given : "application/octet-stream");
    const char *headers[] = {type, NULL};
    int64_t n;
    if (frond_http_respond_begin(x, frond_http_status(r), headers, -1, frond_in(10000)) <
        0)
        return;
    while ((n = frond_http_read(r, part, sizeof part, frond_in(60000))) > 0)
        if (frond_http_respond_write(x, part, (size_t)n, frond_in(60000)) < 0)
            return;
    printf("%s: %d\n", frond_http_target(x), frond_http_status(r));
    fflush(stdout);
}

/* A client of a proxy sends the whole URL, and its host once more. */
static int url_of(const frond_http_exchange *x, char *url, size_t cap) {
    const char *host = frond_http_request_header(x, "Host");
    int n = snprintf(url, cap, "http://%s%s", host ? host : "", frond_http_target(x));
    return host && n > 0 && (size_t)n < cap;
}

static void answer(frond_http_exchange *x, void *arg) {
    char url[4096];
    frond_http_request q = {.url = url};
    frond_http_response *r;
    (void)arg;
    if (strcmp(frond_http_method(x), "GET") != 0 || !url_of(x, url, sizeof url)) {
        frond_http_respond(x, 501, NULL, "only GET\n", 9, frond_in(10000));
    } else if (frond_http_open(client, &q, &r, frond_in(30000)) < 0) {
        complain(x, 502);
    } else {
        pass_on(x, r);
        frond_http_response_free(r);
    }
}

int main(int argc, char **argv) {
    frond_addr where;
    frond_listener *listener;
    frond_http_server *server;
    frond_http_options as_they_are = {.max_redirects = -1};
    char text[FROND_ADDR_TEXT];
    if (frond_addr_parse_port(&where, argc > 1 ? argv[1] : "127.0.0.1:3128", 3128) < 0 ||
        frond_http_client_new(&as_they_are, &client) < 0 ||
        frond_tcp_listen(&where, NULL, &listener) < 0 ||
        frond_http_server_start(listener, answer, NULL, NULL, &server) < 0 ||
        frond_server_stop_on_signal(frond_http_server_base(server), SIGINT, 5000) < 0) {
        fprintf(stderr, "proxy: %s\n", frond_error_text());
        return 1;
    }
    frond_http_server_addr(server, &where);
    printf("listening at %s\n", frond_addr_format(&where, text, sizeof text));
    fflush(stdout);
    frond_server_serve(frond_http_server_base(server), FROND_NEVER);
    frond_http_server_free(server);
    frond_http_client_free(client);
    return 0;
}
