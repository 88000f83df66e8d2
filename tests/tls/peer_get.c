/* SPDX-License-Identifier: MIT */
/* peer_get CA PORT HOST VERSION CONNECTIONS RATE PATH [PEM]: asks a server of HTTPS at loopback for a path, as HOST, in
 * TLS 1.VERSION (0: any), three times on each connection, one connection after the other; or once on each, with so many
 * bytes a second.  Says on standard error when a body begins, and what each connection has agreed upon; the last body
 * goes to standard output.  PEM is its own certificate and key. */
#include "support.h"

#include <frond/frond.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REQUESTS = 3, PART = 65536 };

typedef struct {
    const char *host, *path;
    int port, rate;
    frond_tls_context *context;
} target;

/* The head of an answer: how long its body is. */
static int64_t read_head(frond_reader *r, frond_deadline d) {
    char *line;
    long long length = -1;
    int64_t n = frond_reader_line(r, &line, d);
    if (n >= 0 && strcmp(line, "HTTP/1.1 200 OK") != 0) {
        fprintf(stderr, "answer: %s\n", line);
        return FROND_EPROTO;
    }
    while (n > 0 && (n = frond_reader_line(r, &line, d)) > 0)
        if (strncmp(line, "Content-Length: ", 16) == 0)
            length = atoll(line + 16);
    return n < 0 ? n : length;
}

static int read_body(frond_reader *r, int64_t length, bool prints, frond_deadline d) {
    static char part[PART];
    int rc = 0;
    fprintf(stderr, "begun\n");
    while (rc == 0 && length > 0) {
        size_t n = length < PART ? (size_t)length : PART;
        rc = frond_reader_exact(r, part, n, NULL, d);
        if (rc == 0 && prints)
            fwrite(part, 1, n, stdout);
        length -= (int64_t)n;
    }
    return rc;
}

static int ask(frond_stream *s, const target *t, bool last, frond_deadline d) {
    char request[300];
    frond_reader *r = frond_reader_new(s, 0);
    int64_t rc = r ? 0 : frond_error_code();
    int n = snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: %s\r\n\r\n",
                     t->path, t->host);
    int requests = t->rate ? 1 : REQUESTS;
    for (int i = 0; rc == 0 && i < requests; i++) {
        rc = frond_write(s, request, (size_t)n, NULL, d);
        if (rc == 0 && (rc = read_head(r, d)) >= 0)
            rc = read_body(r, rc, last && i == requests - 1, d);
    }
    frond_reader_free(r);
    return (int)rc;
}

static int limit(frond_stream *s, int rate) {
    frond_rate *r = rate ? frond_rate_new((uint64_t)rate, 0) : NULL;
    int rc = r ? frond_stream_rates(s, r, NULL) : 0;
    frond_rate_free(r);
    return rc;
}

static int connection(const target *t, bool last) {
    frond_stream *plain = NULL, *s = NULL;
    frond_tls_info info;
    frond_deadline d = frond_in(40000);
    int rc = frond_tcp_connect("127.0.0.1", t->port, NULL, &plain, d);
    if (rc == 0 && (rc = frond_tls_client(plain, t->host, t->context, &s, d)) < 0)
        frond_stream_free(plain);
    if (rc < 0)
        return rc;
    if ((rc = limit(s, t->rate)) == 0 && (rc = ask(s, t, last, d)) == 0 &&
        (rc = frond_tls_get_info(s, &info)) == 0)
        fprintf(stderr, "%s %s %s %s\n", info.version, info.cipher, info.alpn,
                info.resumed ? "again" : "anew");
    frond_tls_close(s, frond_in(1000)); /* nginx may just go */
    frond_stream_free(s);
    return rc;
}

int main(int argc, char **argv) {
    static const char *const alpn[] = {"http/1.1", NULL};
    stdio_as_is();
    if (argc != 8 && argc != 9)
        return 2;
    frond_tls_version v = (frond_tls_version)atoi(argv[4]);
    frond_tls_options o = {.ca_file = argv[1],
                           .cert_file = argc == 9 ? argv[8] : NULL,
                           .lowest = v,
                           .highest = v,
                           .alpn = alpn};
    target t = {.host = argv[3], .path = argv[7], .port = atoi(argv[2])};
    t.rate = atoi(argv[6]);
    int connections = atoi(argv[5]), rc = frond_tls_context_new(&o, &t.context);
    for (int i = 0; rc == 0 && i < connections; i++)
        rc = connection(&t, i == connections - 1);
    if (rc < 0)
        fprintf(stderr, "%s\n", frond_error_text());
    frond_tls_context_free(t.context);
    return rc < 0;
}
