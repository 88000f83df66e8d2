/* SPDX-License-Identifier: MIT */
/* The HTTP client against servers that follow a script: kept connections, redirects, bodies of every
 * framing and coding, and what is left behind when a request ends early: nothing. */
#include "support.h"

#include "script.h"
#include <frond/http.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define OK "HTTP/1.1 200 OK\r\n"
#define HELLO OK "Content-Length: 5\r\n\r\nhello"

static script server;

static frond_http_client *client(frond_http_options o) {
    frond_http_client *c = NULL;
    CHECK_INT(frond_http_client_new(&o, &c), 0);
    return c;
}

/* The body, or the error's sentence; *status may be NULL. */
static int get_with(frond_http_client *c, const frond_http_request *q, char *text,
                    size_t cap, int *reused) {
    frond_http_response *r = NULL;
    frond_http_timing t = {0};
    const void *body;
    int rc = frond_http_do(c, q, &r, frond_in(10000));
    if (rc < 0) {
        snprintf(text, cap, "%s", frond_error_text());
        return rc;
    }
    frond_http_body(r, &body);
    snprintf(text, cap, "%s", (const char *)body);
    frond_http_timing_get(r, &t);
    if (reused)
        *reused = t.reused;
    int status = frond_http_status(r);
    frond_http_response_free(r);
    return status;
}

static int get(frond_http_client *c, const char *path, char text[400]) {
    frond_http_request q = {.url = script_url(&server, path)};
    return get_with(c, &q, text, 400, NULL);
}

/* ---- connections ---- */

static void test_keep_alive(void) {
    static const step steps[] = {{.text = HELLO},
                                 {.text = HELLO},
                                 {.text = HELLO, .close = 1},
                                 {.text = HELLO},
                                 {0}};
    char text[400];
    int reused[4];
    script_start(&server, steps);
    frond_http_client *c = client((frond_http_options){.user_agent = "me/1"});
    for (int i = 0; i < 4; i++) {
        frond_http_request q = {.url = script_url(&server, "/a?b#c")};
        CHECK_INT(get_with(c, &q, text, sizeof text, &reused[i]), 200);
        CHECK_TEXT(text, "hello");
        frond_sleep(5);
    }
    CHECK_INT(reused[0], 0);
    CHECK_INT(reused[1], 1);
    CHECK_INT(reused[2], 1);
    CHECK_INT(server.connections, 2);
    CHECK_HAS(server.heads[0], "GET /a?b HTTP/1.1\r\nHost: 127.0.0.1:");
    CHECK_HAS(server.heads[0], "\r\nUser-Agent: me/1\r\n");
    CHECK_HAS(server.heads[0], "\r\nAccept-Encoding: gzip, deflate\r\n");
    frond_http_client_free(c);
    script_stop(&server);
}

static void test_stale(void) {
    static const step for_get[] = {{.text = HELLO, .close = 1}, {.text = HELLO}, {0}};
    static const step in_head[] = {
        {.text = HELLO}, {.text = "", .close = 1}, {.text = HELLO}, {0}};
    static const step for_post[] = {
        {.text = HELLO}, {.text = "", .close = 1}, {.text = HELLO}, {0}};
    static const step twice[] = {
        {.text = HELLO}, {.text = "", .close = 1}, {.text = "", .close = 1}, {0}};
    static const struct {
        const step *steps;
        const char *method;
        int rc, connections;
    } rows[] = {{for_get, "GET", 200, 2},
                {in_head, "GET", 200, 2},
                {in_head, "PUT", 200, 2},
                {for_post, "POST", FROND_EHTTP_TRUNCATED, 1},
                {twice, "GET", FROND_EHTTP_TRUNCATED, 2}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[400];
        script_start(&server, rows[i].steps);
        frond_http_client *c = client((frond_http_options){0});
        CHECK_INT(get(c, "/", text), 200);
        frond_http_request q = {.url = script_url(&server, "/"),
                                .method = rows[i].method,
                                .body = "data",
                                .body_len = rows[i].method[0] == 'P' ? 4 : 0};
        if (rows[i].method[0] != 'P')
            q.body = NULL;
        CHECK_INT(get_with(c, &q, text, sizeof text, NULL), rows[i].rc);
        CHECK_INT(server.connections, rows[i].connections);
        frond_http_client_free(c);
        script_stop(&server);
    }
}

typedef struct {
    frond_http_client *client;
    const char *url;
    int rc;
} caller;

static void *call(void *arg) {
    caller *k = arg;
    char text[400];
    frond_http_request q = {.url = k->url};
    k->rc = get_with(k->client, &q, text, sizeof text, NULL);
    return NULL;
}

static void test_per_host(void) {
    enum { N = 20 };
    static step steps[N + 1];
    caller callers[N];
    frond_greenlet *g[N];
    char url[300];
    for (int i = 0; i < N; i++)
        steps[i] = (step){.text = HELLO, .delay_ms = 5};
    script_start(&server, steps);
    frond_http_client *c = client((frond_http_options){.per_host = 3});
    snprintf(url, sizeof url, "%s", script_url(&server, "/"));
    for (int i = 0; i < N; i++) {
        callers[i] = (caller){c, url, 0};
        g[i] = frond_spawn(call, &callers[i]);
    }
    for (int i = 0; i < N; i++) {
        frond_join(g[i], FROND_NEVER);
        frond_release(g[i]);
        CHECK_INT(callers[i].rc, 200);
    }
    CHECK_INT(server.most_open, 3);
    CHECK_INT(server.connections, 3);
    CHECK_INT(server.requests, N);
    frond_http_client_free(c);
    script_stop(&server);
}

/* The limit is the host's, whatever the ports. */
static void test_per_host_of_two_ports(void) {
    static const step slow[] = {{.text = OK "Content-Length: 10\r\n\r\nhello"}, {0}},
                      quick[] = {{.text = HELLO}, {0}};
    script other = {0};
    frond_http_response *r = NULL, *s = NULL;
    script_start(&server, slow);
    script_start(&other, quick);
    frond_http_client *c = client((frond_http_options){.per_host = 1});
    char first[300], second[300];
    snprintf(first, sizeof first, "%s", script_url(&server, "/"));
    snprintf(second, sizeof second, "%s", script_url(&other, "/"));
    frond_http_request q = {.url = first}, p = {.url = second};
    CHECK_INT(frond_http_open(c, &q, &r, frond_in(5000)), 0);
    CHECK_INT(frond_http_open(c, &p, &s, frond_in(5)), FROND_ETIMEDOUT);
    CHECK_TEXT(frond_error_text(), "wait for other requests to 127.0.0.1: timed out");
    frond_http_response_free(r);
    CHECK_INT(frond_http_open(c, &p, &s, frond_in(5000)), 0);
    frond_http_response_free(s);
    frond_http_client_free(c);
    script_stop(&other);
    script_stop(&server);
}

static void test_idle(void) {
    static const step steps[] = {
        {.text = HELLO}, {.text = HELLO}, {.text = HELLO}, {.text = HELLO}, {0}};
    char text[400];
    script_start(&server, steps);
    frond_http_client *c = client((frond_http_options){.idle_ms = 30});
    CHECK_INT(get(c, "/", text), 200);
    frond_sleep(60);
    CHECK_INT(get(c, "/", text), 200); /* on a new one */
    CHECK_INT(server.connections, 2);
    frond_http_client_free(c);
    script other = {0};
    static const step others[] = {{.text = HELLO}, {0}};
    script_start(&other, others);
    c = client((frond_http_options){.max_idle = 1});
    CHECK_INT(get(c, "/", text), 200);
    frond_http_request q = {.url = script_url(&other, "/")};
    CHECK_INT(get_with(c, &q, text, sizeof text, NULL), 200);
    frond_sleep(5);
    CHECK_INT(server.open, 0); /* the older one made room */
    CHECK_INT(other.open, 1);
    frond_http_client_free(c);
    frond_sleep(5);
    CHECK_INT(other.open, 0);
    script_stop(&other);
    script_stop(&server);
}

/* ---- redirects ---- */

static void test_redirects(void) {
    static const step steps[] = {
        {.text =
             "HTTP/1.1 302 Found\r\nLocation: ../b?x=1\r\nContent-Length: 4\r\n\r\nmove"},
        {.text =
             "HTTP/1.1 301 Moved\r\nLocation: http://@/c\r\nContent-Length: 0\r\n\r\n"},
        {.text = HELLO},
        {0}};
    frond_http_response *r = NULL;
    frond_http_timing t;
    script_start(&server, steps);
    frond_http_client *c = client((frond_http_options){0});
    frond_http_request q = {.url = script_url(&server, "/d/e")};
    CHECK_INT(frond_http_do(c, &q, &r, frond_in(5000)), 0);
    CHECK_INT(frond_http_status(r), 200);
    CHECK_TEXT(frond_http_url(r), script_url(&server, "/c"));
    frond_http_timing_get(r, &t);
    CHECK_INT(t.redirects, 2);
    CHECK_HAS(server.heads[1], "GET /b?x=1 HTTP/1.1\r\n");
    CHECK_INT(server.connections, 1);
    frond_http_response_free(r);
    frond_http_client_free(c);
    script_stop(&server);
}

static void test_redirect_methods(void) {
    static const struct {
        const char *status, *method, *then;
    } rows[] = {
        {"301", "POST", "GET"},  {"302", "POST", "GET"},  {"303", "POST", "GET"},
        {"307", "POST", "POST"}, {"308", "POST", "POST"}, {"303", "PUT", "GET"},
        {"302", "PUT", "PUT"},   {"303", "HEAD", "HEAD"}, {"302", "HEAD", "HEAD"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char first[200], text[400], line[40];
        snprintf(first, sizeof first,
                 "HTTP/1.1 %s Go\r\nLocation: /next\r\nContent-Length: 0\r\n\r\n",
                 rows[i].status);
        step steps[] = {{.text = first}, {.text = OK "Content-Length: 0\r\n\r\n"}, {0}};
        bool sends = rows[i].method[0] == 'P';
        script_start(&server, steps);
        frond_http_client *c = client((frond_http_options){0});
        frond_http_request q = {.url = script_url(&server, "/"),
                                .method = rows[i].method,
                                .body = sends ? "data" : NULL,
                                .body_len = sends ? 4 : 0};
        CHECK_INT(get_with(c, &q, text, sizeof text, NULL), 200);
        snprintf(line, sizeof line, "%s /next HTTP/1.1\r\n", rows[i].then);
        CHECK(strncmp(server.heads[1], line, strlen(line)) == 0);
        CHECK((strstr(server.heads[1], "\r\n\r\ndata") != NULL) ==
              (rows[i].then[0] == 'P'));
        CHECK((strstr(server.heads[1], "Content-Length") != NULL) ==
              (rows[i].then[0] == 'P'));
        frond_http_client_free(c);
        script_stop(&server);
    }
}

static void test_redirect_across_origins(void) {
    static const char *const headers[] = {"Authorization: Basic c2VjcmV0", "Cookie: a=b",
                                          "Host: first.test", "X-Other: kept", NULL};
    static const step there[] = {{.text = HELLO}, {0}};
    script other = {0};
    char first[300], text[400], host[60];
    script_start(&other, there);
    snprintf(first, sizeof first,
             "HTTP/1.1 302 Found\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n",
             script_url(&other, "/x"));
    step here[] = {{.text = "HTTP/1.1 302 Found\r\nLocation: /same\r\n"
                            "Content-Length: 0\r\n\r\n"},
                   {.text = first},
                   {0}};
    script_start(&server, here);
    frond_http_client *c = client((frond_http_options){0});
    frond_http_request q = {.url = script_url(&server, "/"), .headers = headers};
    CHECK_INT(get_with(c, &q, text, sizeof text, NULL), 200);
    CHECK_HAS(server.heads[1], "Authorization: Basic");
    CHECK_HAS(server.heads[1], "Host: first.test\r\n");
    CHECK(!strstr(other.heads[0], "Authorization"));
    CHECK(!strstr(other.heads[0], "Cookie"));
    CHECK_HAS(other.heads[0], "X-Other: kept");
    snprintf(host, sizeof host, "\r\nHost: 127.0.0.1:%d\r\n", other.port);
    CHECK_HAS(other.heads[0], host);
    CHECK(!strstr(other.heads[0], "first.test"));
    frond_http_client_free(c);
    script_stop(&server);
    script_stop(&other);
}

static void test_redirect_limits(void) {
    static step steps[20];
    char text[400];
    for (int i = 0; i < 19; i++)
        steps[i] =
            (step){.text = "HTTP/1.1 302 F\r\nLocation: /\r\nContent-Length: 0\r\n\r\n"};
    script_start(&server, steps);
    frond_http_client *c = client((frond_http_options){.max_redirects = 3});
    CHECK_INT(get(c, "/", text), FROND_EHTTP_REDIRECTS);
    CHECK_TEXT(text, "more than 3 redirects");
    CHECK_INT(server.requests, 4);
    frond_http_client_free(c);
    c = client((frond_http_options){.max_redirects = -1});
    CHECK_INT(get(c, "/", text), 302);
    frond_http_client_free(c);
    c = client((frond_http_options){0});
    server.steps = (const step[]){{.text = "HTTP/1.1 302 F\r\nLocation: ftp://x/\r\n"
                                           "Content-Length: 0\r\n\r\n"},
                                  {0}};
    CHECK_INT(get(c, "/", text), FROND_EHTTP_SCHEME);
    CHECK_HAS(text, "redirect: ");
    frond_http_client_free(c);
    script_stop(&server);
}

/* ---- bodies ---- */

static size_t coded(char *out, size_t cap, int window, const char *body) {
    z_stream z = {0};
    deflateInit2(&z, 6, Z_DEFLATED, window, 8, Z_DEFAULT_STRATEGY);
    z.next_in = (Bytef *)(uintptr_t)body;
    z.avail_in = (uInt)strlen(body);
    z.next_out = (Bytef *)out;
    z.avail_out = (uInt)cap;
    deflate(&z, Z_FINISH);
    deflateEnd(&z);
    return cap - z.avail_out;
}

static void test_framings(void) {
    static const step steps[] = {
        {.text = OK "Transfer-Encoding: chunked\r\n\r\n3;a=b\r\nhel\r\n2\r\nlo\r\n0\r\n"
                    "Trailer: x\r\n\r\n"},
        {.text =
             "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: x\r\n\r\n" HELLO},
        {.text = "HTTP/1.1 204 No Content\r\n\r\n"},
        {.text = "HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\n\r\n"},
        {.text = OK "Content-Length: 0\r\n\r\n"},
        {.text = OK "\r\nhello", .close = 1},
        {.text = "HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello", .close = 1},
        {0}};
    static const struct {
        int status;
        const char *body;
    } rows[] = {{200, "hello"}, {200, "hello"}, {204, ""},     {304, ""},
                {200, ""},      {200, "hello"}, {200, "hello"}};
    char text[400];
    script_start(&server, steps);
    frond_http_client *c = client((frond_http_options){0});
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        CHECK_INT(get(c, "/", text), rows[i].status);
        CHECK_TEXT(text, rows[i].body);
    }
    CHECK_INT(server.connections, 2);
    frond_http_client_free(c);
    script_stop(&server);
}

static void test_head(void) {
    static const step steps[] = {
        {.text = OK "Content-Length: 5\r\nX-A:  b \r\n\r\n"}, {.text = HELLO}, {0}};
    frond_http_response *r = NULL;
    char text[400];
    script_start(&server, steps);
    frond_http_client *c = client((frond_http_options){0});
    frond_http_request q = {.url = script_url(&server, "/"), .method = "HEAD"};
    CHECK_INT(frond_http_do(c, &q, &r, frond_in(5000)), 0);
    CHECK_INT(frond_http_body(r, NULL), 0);
    CHECK_TEXT(frond_http_header(r, "content-LENGTH"), "5");
    CHECK_TEXT(frond_http_header(r, "x-a"), "b");
    CHECK(frond_http_header(r, "x-b") == NULL);
    frond_http_response_free(r);
    CHECK_INT(get(c, "/", text), 200);
    CHECK_TEXT(text, "hello");
    CHECK_INT(server.connections, 1);
    frond_http_client_free(c);
    script_stop(&server);
}

static void test_codings(void) {
    static const struct {
        const char *name;
        int window;
        uint64_t pause;
    } rows[] = {
        {"gzip", 31, 0}, {"deflate", 15, 0}, {"deflate", -15, 0}, {"x-gzip", 31, 1}};
    char body[300], text[400];
    for (size_t i = 0; i < sizeof body - 1; i++)
        body[i] = (char)('a' + i * i % 23);
    body[sizeof body - 1] = '\0';
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char packed[600], whole[1000];
        size_t n = coded(packed, sizeof packed, rows[i].window, body);
        int head = snprintf(whole, sizeof whole,
                            OK "Content-Encoding: %s\r\nContent-Length: %zu\r\n\r\n",
                            rows[i].name, n);
        memcpy(whole + head, packed, n);
        step steps[] = {
            {.text = whole, .len = (size_t)head + n, .pause_ms = rows[i].pause},
            {.text = whole, .len = (size_t)head + n},
            {0}};
        script_start(&server, steps);
        frond_http_client *c = client((frond_http_options){0});
        CHECK_INT(get(c, "/", text), 200);
        CHECK_TEXT(text, body);
        CHECK_INT(get(c, "/", text), 200);
        CHECK_TEXT(text, body);
        CHECK_INT(server.connections, 1);
        frond_http_client_free(c);
        script_stop(&server);
    }
}

static void test_bad_answers(void) {
    static const struct {
        step answer;
        int rc;
        const char *words;
    } rows[] = {
        {{.text = OK "Content-Length: 9\r\n\r\nshort", .close = 1},
         FROND_EHTTP_TRUNCATED,
         "body ended early: 4 of 9 bytes are missing"},
        {{.text = OK "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", .close = 1},
         FROND_EHTTP_TRUNCATED,
         "body ended early: its last chunk is missing"},
        {{.text = OK "Transfer-Encoding: chunked\r\n\r\nxyz\r\n", .close = 1},
         FROND_EHTTP_PROTOCOL,
         "bad chunk"},
        {{.text = OK "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\nhello"},
         FROND_EHTTP_PROTOCOL,
         "malformed response"},
        {{.text = OK "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello"},
         FROND_EHTTP_PROTOCOL,
         "malformed response"},
        {{.text = OK "A: b\r\n c\r\n\r\n"}, FROND_EHTTP_PROTOCOL, "malformed head"},
        {{.text = "SSH-2.0-x\r\n"}, FROND_EHTTP_PROTOCOL, "malformed head"},
        {{.text = OK "Content-", .close = 1},
         FROND_EHTTP_TRUNCATED,
         "the connection ended inside the head"},
        {{.text = "", .close = 1},
         FROND_EHTTP_TRUNCATED,
         "the connection ended before a response came"},
        {{.text = OK "Content-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello"},
         FROND_EHTTP_ENCODING,
         "content decoding"},
        {{.text = OK "Content-Encoding: br\r\nContent-Length: 5\r\n\r\nhello"},
         FROND_EHTTP_ENCODING,
         "content encoding"},
        {{.text = OK "Content-Length: 50\r\n\r\n0123456789"},
         FROND_EHTTP_BODY_SIZE,
         "body over the limit of 8 bytes"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        step steps[] = {rows[i].answer, {0}};
        char text[400];
        script_start(&server, steps);
        frond_http_client *c = client((frond_http_options){
            .max_body = rows[i].rc == FROND_EHTTP_BODY_SIZE ? 8 : 0});
        CHECK_INT(get(c, "/", text), rows[i].rc);
        CHECK_HAS(text, rows[i].words);
        frond_http_client_free(c);
        script_stop(&server);
    }
}

static void test_head_limit(void) {
    static char big[3000];
    char text[400];
    int n = snprintf(big, sizeof big, OK "X: ");
    memset(big + n, 'x', 2000);
    memcpy(big + n + 2000, "\r\nContent-Length: 0\r\n\r\n", 24);
    step steps[] = {{.text = big}, {.text = big}, {0}};
    script_start(&server, steps);
    frond_http_client *c = client((frond_http_options){.max_head = 1000});
    CHECK_INT(get(c, "/", text), FROND_EHTTP_HEAD_SIZE);
    frond_http_client_free(c);
    c = client((frond_http_options){.max_head = 4000});
    CHECK_INT(get(c, "/", text), 200);
    frond_http_client_free(c);
    script_stop(&server);
}

/* ---- bodies in pieces, and those who leave early ---- */

static void read_slowly(const char *answer, uint64_t pause, const char *want) {
    step steps[] = {{.text = answer, .pause_ms = pause}, {.text = HELLO}, {0}};
    frond_http_response *r = NULL;
    char body[100] = "", text[400];
    size_t n = 0;
    int timeouts = 0;
    script_start(&server, steps);
    frond_http_client *c = client((frond_http_options){0});
    frond_http_request q = {.url = script_url(&server, "/")};
    CHECK_INT(frond_http_open(c, &q, &r, frond_in(5000)), 0);
    for (int64_t got = 1; got != 0 && n < sizeof body - 3;) {
        got = frond_http_read(r, body + n, 2, frond_in(1));
        timeouts += got == FROND_ETIMEDOUT;
        if (got < 0 && got != FROND_ETIMEDOUT)
            break;
        n += got > 0 ? (size_t)got : 0;
    }
    CHECK_TEXT(body, want);
    CHECK(timeouts > 0);
    CHECK_INT(frond_http_read(r, body, 2, FROND_NOW), 0);
    frond_http_response_free(r);
    CHECK_INT(get(c, "/", text), 200);
    CHECK_INT(server.connections, 1);
    frond_http_client_free(c);
    script_stop(&server);
}

static void test_pieces(void) {
    read_slowly(OK "Content-Length: 11\r\n\r\nhello world", 4, "hello world");
    read_slowly(
        OK "Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n8\r\nlo world\r\n0\r\n\r\n", 4,
        "hello world");
}

static void test_response_freed_half_way(void) {
    static const step steps[] = {
        {.text = OK "Content-Length: 1000000\r\n\r\nhello"}, {.text = HELLO}, {0}};
    frond_http_response *r = NULL;
    char text[400], buf[3];
    script_start(&server, steps);
    frond_http_client *c = client((frond_http_options){.per_host = 1});
    frond_http_request q = {.url = script_url(&server, "/")};
    CHECK_INT(frond_http_open(c, &q, &r, frond_in(5000)), 0);
    CHECK_INT(frond_http_length(r), 1000000);
    CHECK_INT(frond_http_read(r, buf, 3, frond_in(1000)), 3);
    frond_http_response_free(r);
    CHECK_INT(get(c, "/", text), 200);
    CHECK_INT(server.connections, 2);
    frond_http_client_free(c);
    script_stop(&server);
}

static void test_client_freed_first(void) {
    static const step steps[] = {{.text = HELLO, .pause_ms = 1}, {0}};
    frond_http_response *r = NULL;
    char buf[6] = "";
    script_start(&server, steps);
    frond_http_client *c = client((frond_http_options){0});
    frond_http_request q = {.url = script_url(&server, "/")};
    CHECK_INT(frond_http_open(c, &q, &r, frond_in(5000)), 0);
    frond_http_client_free(c);
    for (size_t n = 0; n < 5;) {
        int64_t got = frond_http_read(r, buf + n, 5 - n, frond_in(1000));
        CHECK(got > 0);
        n += got > 0 ? (size_t)got : 5;
    }
    CHECK_TEXT(buf, "hello");
    frond_http_response_free(r);
    script_stop(&server);
}

typedef struct {
    frond_http_client *client;
    int status;
} freed_request;

static bool was_asked(void *nothing) {
    (void)nothing;
    return server.requests == 1;
}

static void *request(void *arg) {
    freed_request *f = arg;
    char text[400];
    f->status = get(f->client, "/", text);
    return NULL;
}

/* In the middle of a request: it goes on, to where it is redirected, too. */
static void test_client_freed_meanwhile(void) {
    static const step steps[] = {
        {.text = "HTTP/1.1 302 F\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n",
         .delay_ms = 20},
        {.text = HELLO},
        {0}};
    for (int i = 0; i < 2; i++) {
        script_start(&server, steps);
        freed_request f = {client((frond_http_options){0}), 0};
        frond_greenlet *g = frond_spawn(request, &f);
        frond_yield();
        if (i)
            CHECK(eventually(was_asked, NULL));
        frond_http_client_free(f.client);
        CHECK_INT(frond_join(g, frond_in(20000)), 0);
        CHECK_INT(f.status, 200);
        frond_release(g);
        script_stop(&server);
    }
}

/* Whenever it comes, a kill ends the request, and nothing stays. */
static void test_killed_at_every_stage(void) {
    static const step steps[] = {
        {.text = "HTTP/1.1 302 F\r\nLocation: /\r\nContent-Length: 2\r\n\r\nno",
         .pause_ms = 1},
        {.text = OK "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
         .pause_ms = 1},
        {.text = HELLO},
        {.text = HELLO},
        {0}};
    for (uint64_t ms = 0; ms < 160; ms += ms < 10 ? 1 : 15) {
        char url[300];
        script_start(&server, steps);
        frond_http_client *c = client((frond_http_options){.per_host = 1});
        snprintf(url, sizeof url, "%s", script_url(&server, "/"));
        caller first = {c, url, 1}, second = {c, url, 1};
        frond_greenlet *a = frond_spawn(call, &first), *b = frond_spawn(call, &second);
        frond_sleep(ms);
        CHECK_INT(frond_kill(b, FROND_EXIT, frond_in(1000)), 0); /* waits for room */
        CHECK_INT(frond_kill(a, FROND_EXIT, frond_in(1000)), 0);
        if (first.rc != 200 && first.rc != 1) /* done already, or not begun */
            CHECK_INT(first.rc, FROND_ECANCELED);
        frond_release(a);
        frond_release(b);
        frond_http_client_free(c);
        script_stop(&server);
    }
}

static void test_deadlines(void) {
    static const step steps[] = {
        {.text = HELLO, .delay_ms = 1000}, {.text = HELLO, .pause_ms = 20}, {0}};
    script_start(&server, steps);
    frond_http_client *c = client((frond_http_options){0});
    for (int i = 0; i < 2; i++) {
        frond_http_response *r = NULL;
        frond_http_request q = {.url = script_url(&server, "/")};
        int64_t start = frond_now();
        CHECK_INT(frond_http_do(c, &q, &r, frond_in(50)), FROND_ETIMEDOUT);
        CHECK(r == NULL);
        CHECK_INT(frond_now() - start, 50 * 1000000);
    }
    frond_http_client_free(c);
    script_stop(&server);
}

/* ---- misuse ---- */

static void test_misuse(void) {
    static const char *const bad[] = {"No colon", NULL}, *const split[] = {"A: b\r\nC: d",
                                                                           NULL};
    frond_http_response *r = NULL;
    frond_http_client *c = client((frond_http_options){0});
    frond_http_options reserved = {.reserved = {1}};
    frond_http_client *none = NULL;
    char text[400];
    frond_http_request q[] = {{.url = NULL},
                              {.url = "http://127.0.0.1:1/", .body_len = 3},
                              {.url = "nonsense"},
                              {.url = "ftp://127.0.0.1/"},
                              {.url = "http://127.0.0.1:1/"}};
    static const int codes[] = {FROND_EINVAL, FROND_EINVAL, FROND_EHTTP_URL,
                                FROND_EHTTP_SCHEME, FROND_ECONNREFUSED};
    for (size_t i = 0; i < 5; i++)
        CHECK_INT(frond_http_do(c, &q[i], &r, frond_in(5000)), codes[i]);
    static const step steps[] = {{.text = HELLO}, {0}};
    script_start(&server, steps);
    frond_http_request h = {.url = script_url(&server, "/"), .headers = bad};
    CHECK_INT(get_with(c, &h, text, sizeof text, NULL), FROND_EINVAL);
    h.headers = split;
    CHECK_INT(get_with(c, &h, text, sizeof text, NULL), FROND_EINVAL);
    h.headers = NULL;
    h.method = "GET /\r\nX:";
    CHECK_INT(get_with(c, &h, text, sizeof text, NULL), FROND_EINVAL);
    CHECK_INT(server.requests, 0);
    CHECK_INT(frond_http_open(c, NULL, &r, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_http_open(c, &q[4], NULL, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_http_client_new(&reserved, &none), FROND_EINVAL);
    CHECK_INT(frond_http_client_new(NULL, NULL), FROND_EINVAL);
    CHECK_INT(frond_http_read(NULL, text, 1, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_http_status(NULL), 0);
    frond_http_response_free(NULL);
    frond_http_client_free(NULL);
    frond_http_client_free(c);
    script_stop(&server);
}

static void test_default_client(void) {
    static const step steps[] = {{.text = HELLO}, {0}};
    frond_http_response *r = NULL;
    script_start(&server, steps);
    CHECK_INT(frond_http_get(script_url(&server, "/"), &r, frond_in(5000)), 0);
    CHECK_INT(frond_http_body(r, NULL), 5);
    frond_http_response_free(r);
    script_stop(&server);
}

static const test_case tests[] = {
    {"keep alive", test_keep_alive},
    {"stale", test_stale},
    {"per host", test_per_host},
    {"per host, two ports", test_per_host_of_two_ports},
    {"idle", test_idle},
    {"redirects", test_redirects},
    {"redirect methods", test_redirect_methods},
    {"redirect across origins", test_redirect_across_origins},
    {"redirect limits", test_redirect_limits},
    {"framings", test_framings},
    {"head", test_head},
    {"codings", test_codings},
    {"bad answers", test_bad_answers},
    {"head limit", test_head_limit},
    {"pieces", test_pieces},
    {"response freed half way", test_response_freed_half_way},
    {"client freed first", test_client_freed_first},
    {"client freed meanwhile", test_client_freed_meanwhile},
    {"killed at every stage", test_killed_at_every_stage},
    {"deadlines", test_deadlines},
    {"misuse", test_misuse},
    {"default client", test_default_client},
    {0}};

int main(int argc, char **argv) {
    test_clock_virtual();
    return test_main("http client", tests, argc, argv);
}
