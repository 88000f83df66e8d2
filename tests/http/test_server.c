/* SPDX-License-Identifier: MIT */
/* The HTTP server, spoken to in raw bytes (and by curl where there is one): files, bodies, kept
 * connections, requests that are refused, and how it stops. */
#include "support.h"

#include "tls/certificates.h"
#include <frond/http.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char root[512];
static frond_http_server *server;
static int port;
static int handled, running;

/* ---- the site ---- */

static void echo(frond_http_exchange *x) {
    char buf[1000];
    int64_t n;
    frond_http_respond_begin(x, 200, NULL, -1, frond_in(20000));
    while ((n = frond_http_request_read(x, buf, sizeof buf, frond_in(20000))) > 0)
        frond_http_respond_write(x, buf, (size_t)n, frond_in(20000));
    if (n < 0)
        frond_http_respond_write(x, "!", 1, frond_in(20000));
}

static void collect(frond_http_exchange *x) {
    char buf[1000], all[3000];
    size_t total = 0;
    int64_t n;
    while ((n = frond_http_request_read(x, buf, sizeof buf, frond_in(20000))) > 0) {
        if (total + (size_t)n <= sizeof all)
            memcpy(all + total, buf, (size_t)n);
        total += (size_t)n;
    }
    frond_http_respond(x, n < 0 ? 400 : 200, NULL, all,
                       total < sizeof all ? total : sizeof all, frond_in(20000));
}

static void handle(frond_http_exchange *x, void *arg) {
    const char *target = frond_http_target(x);
    static const char *const header[] = {"X-Answer: 42", NULL}, *const bad[] = {
                                                                    "A: b\r\nC: d", NULL};
    (void)arg;
    handled++;
    running++;
    if (strcmp(target, "/echo") == 0) {
        echo(x);
    } else if (strcmp(target, "/collect") == 0) {
        collect(x);
    } else if (strcmp(target, "/nothing") == 0) {
    } else if (strcmp(target, "/ignore") == 0) {
        frond_http_respond(x, 200, header, "ok", 2, frond_in(20000));
    } else if (strcmp(target, "/slow") == 0) {
        frond_sleep(100);
        frond_http_respond(x, 200, header, "slow", 4, frond_in(20000));
    } else if (strcmp(target, "/forever") == 0) {
        frond_sleep(FROND_FOREVER);
    } else if (strcmp(target, "/split") == 0) {
        CHECK_INT(frond_http_respond(x, 200, bad, "x", 1, frond_in(20000)), FROND_EINVAL);
        CHECK_INT(frond_http_respond(x, 99, NULL, "x", 1, frond_in(20000)), FROND_EINVAL);
        CHECK_INT(frond_http_respond(x, 204, NULL, NULL, 0, frond_in(20000)), 0);
        CHECK_INT(frond_http_respond(x, 200, NULL, "x", 1, frond_in(20000)), FROND_EBUSY);
    } else if (strcmp(target, "/short") == 0) {
        frond_http_respond_begin(x, 200, NULL, 10, frond_in(20000));
        frond_http_respond_write(x, "12345", 5, frond_in(20000));
    } else if (strcmp(target, "/long") == 0) {
        frond_http_respond_begin(x, 200, NULL, 3, frond_in(20000));
        CHECK_INT(frond_http_respond_write(x, "1234", 4, frond_in(20000)), FROND_EINVAL);
        CHECK_INT(frond_http_respond_write(x, "123", 3, frond_in(20000)), 0);
        CHECK_INT(frond_http_respond_write(x, "4", 1, frond_in(20000)), FROND_EINVAL);
    } else {
        frond_http_respond_file(x, root, frond_in(20000));
    }
    running--;
}

static void write_file(const char *name, const char *data, size_t n) {
    char path[700];
    snprintf(path, sizeof path, "%s/%s", root, name);
    FILE *f = fopen(path, "wb");
    if (!f || fwrite(data, 1, n, f) != n || fclose(f) != 0)
        abort();
}

static void make_site(void) {
    static char big[300000];
    char path[800];
    test_path(root, sizeof root, "site");
    make_folder(root);
    snprintf(path, sizeof path, "%s/dir", root);
    make_folder(path);
    for (size_t i = 0; i < sizeof big; i++)
        big[i] = (char)(i * 7 + i / 256);
    write_file("hello.txt", "hello", 5);
    write_file("index.html", "<p>root", 7);
    write_file("dir/index.html", "<p>dir", 6);
    write_file("a b+c.html", "odd", 3);
    write_file("empty", "", 0);
    write_file("big.bin", big, sizeof big);
    write_file("../secret.txt", "secret", 6);
    write_file("closed.txt", "closed", 6);
    snprintf(path, sizeof path, "%s/closed.txt", root);
    make_unreadable(path);
}

static void start(const frond_http_server_options *o) {
    frond_addr where;
    frond_listener *l = NULL;
    handled = 0;
    frond_addr_loopback(&where, FROND_IPV4, 0);
    CHECK_INT(frond_tcp_listen(&where, NULL, &l), 0);
    CHECK_INT(frond_http_server_start(l, handle, NULL, o, &server), 0);
    CHECK_INT(frond_http_server_addr(server, &where), 0);
    port = where.port;
}

static void stop(void) {
    CHECK_INT(frond_http_server_stop(server, frond_in(20000)), 0);
    frond_http_server_free(server);
}

/* ---- a client that knows nothing ---- */

static frond_stream *dial(void) {
    frond_stream *s = NULL;
    CHECK_INT(frond_tcp_connect("127.0.0.1", port, NULL, &s, frond_in(20000)), 0);
    return s;
}

/* What comes until the server closes, or until there is `until` in it. */
static const char *answer_until(frond_stream *s, const char *until) {
    static char text[400000];
    size_t n = 0;
    text[0] = '\0';
    while (n < sizeof text - 1 && !(until && strstr(text, until))) {
        int64_t got = frond_read(s, text + n, sizeof text - 1 - n, frond_in(20000));
        if (got <= 0)
            break;
        n += (size_t)got;
        text[n] = '\0';
    }
    return text;
}

/* All that is answered to these bytes. */
static const char *ask(const char *request) {
    frond_stream *s = dial();
    frond_write(s, request, strlen(request), NULL, frond_in(20000));
    frond_shutdown(s, frond_in(20000));
    const char *text = answer_until(s, NULL);
    frond_stream_free(s);
    return text;
}

static const char *get(const char *target) {
    char request[5000];
    snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: x\r\n\r\n", target);
    return ask(request);
}

/* ---- files ---- */

static void test_files(void) {
    start(NULL);
    const char *text = get("/hello.txt?query");
    CHECK_HAS(text, "HTTP/1.1 200 OK\r\n");
    CHECK_HAS(text, "\r\nContent-Type: text/plain; charset=utf-8\r\n");
    CHECK_HAS(text, "\r\nContent-Length: 5\r\n");
    CHECK_HAS(text, "\r\nLast-Modified: ");
    CHECK_HAS(text, "\r\nDate: ");
    CHECK_HAS(text, "\r\n\r\nhello");
    CHECK_HAS(get("/"), "\r\n\r\n<p>root");
    CHECK_HAS(get("/dir/"), "\r\n\r\n<p>dir");
    CHECK_HAS(get("/a%20b+c.html"), "\r\n\r\nodd");
    CHECK_HAS(get("/%68ello.txt"), "\r\n\r\nhello");
    CHECK_HAS(get("/empty"), "\r\nContent-Length: 0\r\n");
    text = ask("HEAD /big.bin HTTP/1.1\r\nHost: x\r\n\r\n");
    CHECK_HAS(text, "\r\nContent-Length: 300000\r\n");
    CHECK_TEXT(strstr(text, "\r\n\r\n"), "\r\n\r\n");
    CHECK_HAS(ask("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi"),
              "HTTP/1.1 405 ");
    CHECK_HAS(ask("DELETE /hello.txt HTTP/1.1\r\nHost: x\r\n\r\n"),
              "\r\nAllow: GET, HEAD");
    if (!reads_every_file())
        CHECK_HAS(get("/closed.txt"), "HTTP/1.1 403 ");
    stop();
}

static void test_big_file(void) {
    test_clock_real(); /* much over TCP may take its time */
    start(NULL);
    frond_http_client *c = NULL;
    frond_http_response *r = NULL;
    char url[100];
    CHECK_INT(frond_http_client_new(NULL, &c), 0);
    snprintf(url, sizeof url, "http://127.0.0.1:%d/big.bin", port);
    frond_http_request q = {.url = url};
    for (int k = 0; k < 3; k++) {
        const void *data;
        CHECK_INT(frond_http_do(c, &q, &r, frond_in(20000)), 0);
        size_t n = frond_http_body(r, &data), wrong = 0;
        const char *bytes = data;
        CHECK_INT(n, 300000);
        for (size_t i = 0; i < n; i++)
            wrong += bytes[i] != (char)(i * 7 + i / 256);
        CHECK_INT(wrong, 0);
        frond_http_response_free(r);
    }
    frond_http_client_free(c);
    frond_stream *s = dial(); /* one that leaves in the middle of it */
    const char request[] = "GET /big.bin HTTP/1.1\r\nHost: x\r\n\r\n";
    frond_write(s, request, sizeof request - 1, NULL, frond_in(20000));
    char byte;
    CHECK_INT(frond_read(s, &byte, 1, frond_in(20000)), 1);
    frond_stream_free(s);
    stop();
}

static void test_outside(void) {
    static const char *const targets[] = {"/../secret.txt",
                                          "/dir/../../secret.txt",
                                          "/%2e%2e/secret.txt",
                                          "/..%2fsecret.txt",
                                          "/dir/%2e%2e%2f..%2fsecret.txt",
                                          "/..%5csecret.txt",
                                          "/./hello.txt",
                                          "//hello.txt",
                                          "/hello.txt/",
                                          "/dir//index.html",
                                          "/hello.txt%00.html",
                                          "/nothing-there",
                                          "/%",
                                          "/%2e",
                                          "/C:/x"};
    start(NULL);
    for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++) {
        const char *text = get(targets[i]);
        CHECK_HAS(text, "HTTP/1.1 404 ");
        CHECK(!strstr(text, "secret"));
    }
    CHECK_HAS(ask("GET hello.txt HTTP/1.1\r\nHost: x\r\n\r\n"), "HTTP/1.1 4");
    CHECK_HAS(get("/dir?a=b"), "\r\nLocation: /dir/?a=b\r\n");
    CHECK_HAS(get("//dir"), "HTTP/1.1 404 ");
    /* the whole URL, as to a proxy */
    CHECK_HAS(ask("GET http://x/hello.txt HTTP/1.1\r\nHost: x\r\n\r\n"), "HTTP/1.1 200 ");
    CHECK_HAS(ask("GET HTTP://x:8/hello.txt?q HTTP/1.1\r\nHost: x\r\n\r\n"),
              "HTTP/1.1 200 ");
    stop();
}

/* ---- connections ---- */

static size_t count(const char *text, const char *word) {
    size_t n = 0;
    for (; (text = strstr(text, word)); text += strlen(word))
        n++;
    return n;
}

static void test_pipelining(void) {
    start(NULL);
    const char *text =
        ask("GET /hello.txt HTTP/1.1\r\nHost: x\r\n\r\n"
            "POST /collect HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"
            "\r\nHEAD / HTTP/1.1\r\nHost: x\r\n\r\n"
            "GET /ignore HTTP/1.1\r\nHost: x\r\n\r\n");
    CHECK_INT(count(text, "HTTP/1.1 200 OK"), 4);
    CHECK(strstr(text, "hello") < strstr(text, "abc"));
    CHECK_HAS(text, "\r\nX-Answer: 42\r\n");
    CHECK_INT(handled, 4);
    stop();
}

static void test_closing(void) {
    start(NULL);
    frond_stream *s = dial();
    const char *two = "GET /ignore HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
                      "GET /ignore HTTP/1.1\r\nHost: x\r\n\r\n";
    CHECK_INT(frond_write(s, two, strlen(two), NULL, frond_in(20000)), 0);
    const char *text = answer_until(s, NULL); /* it closes, we need not */
    CHECK_INT(count(text, "HTTP/1.1 200 OK"), 1);
    CHECK_HAS(text, "\r\nConnection: close\r\n");
    frond_stream_free(s);
    s = dial();
    const char *old = "GET /echo HTTP/1.0\r\n\r\n";
    CHECK_INT(frond_write(s, old, strlen(old), NULL, frond_in(20000)), 0);
    text = answer_until(s, NULL);
    CHECK_HAS(text, "Connection: close");
    CHECK(!strstr(text, "chunked"));
    frond_stream_free(s);
    text = ask("GET /ignore HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"
               "GET /ignore HTTP/1.0\r\n\r\n");
    CHECK_INT(count(text, " 200 OK"), 2);
    CHECK_INT(count(text, "Connection: keep-alive"), 1);
    stop();
}

/* ---- bodies ---- */

static void test_request_bodies(void) {
    start(NULL);
    CHECK_HAS(ask("POST /collect HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello"),
              "\r\n\r\nhello");
    CHECK_HAS(
        ask("POST /collect HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
            "3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\nT: 1\r\n\r\n"),
        "\r\n\r\nhello");
    const char *text =
        ask("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello");
    CHECK_HAS(text, "\r\nTransfer-Encoding: chunked\r\n");
    CHECK_HAS(text, "\r\n\r\n5\r\nhello\r\n0\r\n\r\n");
    text = ask("POST /collect HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhel");
    CHECK(!strstr(text, "200 OK"));
    CHECK_HAS(
        ask("POST /collect HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
            "zz\r\n"),
        "HTTP/1.1 400 ");
    /* what a handler leaves unread is skipped */
    text = ask("POST /ignore HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello"
               "GET /hello.txt HTTP/1.1\r\nHost: x\r\n\r\n");
    CHECK_INT(count(text, "HTTP/1.1 200 OK"), 2);
    stop();
    frond_http_server_options o = {.max_body = 4};
    start(&o);
    CHECK_HAS(ask("POST /collect HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello"),
              "HTTP/1.1 413 ");
    CHECK_INT(handled, 0);
    stop();
}

/* A client that sends first and reads later still gets the refusal: the server does not close on what
 * it has not read, which would reset the connection. */
static void refused_in_mid_body(const char *head, const char *expected) {
    static char part[65536];
    frond_stream *s = dial();
    CHECK_INT(frond_write(s, head, strlen(head), NULL, frond_in(20000)), 0);
    memset(part, 'a', sizeof part);
    for (int i = 0; i < 32; i++) {
        CHECK_INT(frond_write(s, part, sizeof part, NULL, frond_in(20000)), 0);
        frond_sleep(1);
    }
    CHECK_HAS(answer_until(s, NULL), expected);
    CHECK_INT(frond_read(s, part, 1, frond_in(20000)), 0); /* an end, no reset */
    frond_stream_free(s);
}

static void test_refused_in_mid_body(void) {
    test_clock_real(); /* much over TCP may take its time */
    frond_http_server_options o = {.max_body = 4, .max_head = 1024};
    start(&o);
    refused_in_mid_body(
        "POST /collect HTTP/1.1\r\nHost: x\r\nContent-Length: 2097152\r\n\r\n",
        "HTTP/1.1 413 ");
    refused_in_mid_body("GET / HTTP/1.1\r\nHost: x\r\nX: ", "HTTP/1.1 431 ");
    refused_in_mid_body("GET / HTTP/1.1\r\nHost x\r\n\r\n", "HTTP/1.1 400 ");
    refused_in_mid_body("POST /ignore HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                        "Transfer-Encoding: chunked\r\n\r\n200000\r\n",
                        "HTTP/1.1 200 ");
    stop();
}

static void test_continue(void) {
    start(NULL);
    frond_stream *s = dial();
    const char *head = "POST /collect HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n"
                       "Expect: 100-continue\r\n\r\n";
    CHECK_INT(frond_write(s, head, strlen(head), NULL, frond_in(20000)), 0);
    CHECK_TEXT(answer_until(s, "\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
    CHECK_INT(frond_write(s, "hello", 5, NULL, frond_in(20000)), 0);
    CHECK_HAS(answer_until(s, "hello"), "HTTP/1.1 200 OK");
    frond_stream_free(s);
    s = dial(); /* refused without reading: no 100, and the connection ends */
    head = "POST /ignore HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n"
           "Expect: 100-continue\r\n\r\n";
    CHECK_INT(frond_write(s, head, strlen(head), NULL, frond_in(20000)), 0);
    const char *text = answer_until(s, NULL);
    CHECK(!strstr(text, "100 Continue"));
    CHECK_HAS(text, "Connection: close");
    frond_stream_free(s);
    stop();
}

static void test_response_lengths(void) {
    start(NULL);
    CHECK_HAS(get("/nothing"), "HTTP/1.1 500 ");
    CHECK_HAS(get("/split"), "HTTP/1.1 204 No Content\r\n");
    frond_stream *s = dial(); /* fewer bytes than announced: the connection ends */
    const char *request = "GET /short HTTP/1.1\r\nHost: x\r\n\r\n";
    CHECK_INT(frond_write(s, request, strlen(request), NULL, frond_in(20000)), 0);
    CHECK_HAS(answer_until(s, NULL), "\r\n\r\n12345");
    frond_stream_free(s);
    CHECK_HAS(get("/long"), "\r\n\r\n123");
    CHECK(!strstr(get("/long"), "1234"));
    CHECK_HAS(ask("GET /long HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"),
              "\r\n\r\n123");
    stop();
}

/* ---- refusals ---- */

static void test_smuggling(void) {
    static const char *const requests[] = {
        "POST /collect HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n"
        "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST /collect HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: "
        "4\r\n\r\nabcd",
        "POST /collect HTTP/1.1\r\nHost: x\r\nContent-Length: +3\r\n\r\nabc",
        "POST /collect HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\nabc",
        "POST /collect HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, "
        "chunked\r\n\r\n0\r\n\r\n",
        "POST /collect HTTP/1.1\r\nHost: x\r\nTransfer-Encoding : "
        "chunked\r\n\r\n0\r\n\r\n",
        "POST /collect HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: "
        "chunked\r\n\r\n0\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\rA: b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nNo colon\r\n\r\n",
        "GET  / HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET / HTTP/2.0\r\nHost: x\r\n\r\n",
        "GET /\r\n\r\n",
        "\x16\x03\x01\x02\x01\x01\x01\x01\xfc\x03\x03",
    };
    start(NULL);
    for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++) {
        const char *text = ask(requests[i]);
        CHECK(strncmp(text, "HTTP/1.1 400 ", 13) == 0 ||
              strncmp(text, "HTTP/1.1 505 ", 13) == 0);
        CHECK_HAS(text, "Connection: close");
        CHECK_INT(count(text, "HTTP/1.1"), 1);
    }
    CHECK_INT(handled, 0);
    stop();
}

static void test_limits(void) {
    static char big[3000];
    frond_http_server_options o = {.max_head = 1000, .head_ms = 50, .idle_ms = 60};
    start(&o);
    int n = snprintf(big, sizeof big, "GET / HTTP/1.1\r\nHost: x\r\nX: ");
    memset(big + n, 'x', 2000);
    memcpy(big + n + 2000, "\r\n\r\n", 5);
    CHECK_HAS(ask(big), "HTTP/1.1 431 ");
    frond_stream *s = dial();
    CHECK_INT(frond_write(s, "GET / HT", 8, NULL, frond_in(20000)), 0);
    int64_t from = frond_now();
    CHECK_HAS(answer_until(s, NULL), "HTTP/1.1 408 ");
    CHECK_INT(frond_now() - from, 50 * 1000000);
    frond_stream_free(s);
    s = dial(); /* nothing at all: it is closed without a word */
    CHECK_TEXT(answer_until(s, NULL), "");
    frond_stream_free(s);
    s = dial(); /* a byte now and then does not keep it */
    for (int i = 0; i < 20; i++) {
        if (frond_write(s, "G", 1, NULL, frond_in(20000)) < 0)
            break;
        frond_sleep(10);
    }
    CHECK_HAS(answer_until(s, NULL), "HTTP/1.1 408 ");
    frond_stream_free(s);
    stop();
}

/* ---- stopping ---- */

static void *stopper(void *arg) {
    *(int *)arg = frond_http_server_stop(server, frond_in(20000));
    return NULL;
}

static void test_stop_drains(void) {
    int rc = 1;
    start(NULL);
    frond_stream *busy = dial(), *idle = dial();
    const char *request = "GET /slow HTTP/1.1\r\nHost: x\r\n\r\n";
    CHECK_INT(frond_write(busy, request, strlen(request), NULL, frond_in(20000)), 0);
    frond_sleep(20);
    frond_greenlet *g = frond_spawn(stopper, &rc);
    CHECK_TEXT(answer_until(idle, NULL), "");
    CHECK_HAS(answer_until(busy, NULL), "\r\n\r\nslow");
    CHECK_INT(frond_join(g, FROND_NEVER), 0);
    CHECK_INT(rc, 0);
    frond_server_stats stats;
    CHECK_INT(frond_server_get_stats(frond_http_server_base(server), &stats), 0);
    CHECK_INT(stats.accepted, 2);
    CHECK(frond_http_server_base(NULL) == NULL);
    frond_stream *none = NULL;
    CHECK(frond_tcp_connect("127.0.0.1", port, NULL, &none, frond_in(20000)) < 0);
    frond_release(g);
    frond_stream_free(busy);
    frond_stream_free(idle);
    frond_http_server_free(server);
}

static void test_stop_kills(void) {
    for (int i = 0; i < 2; i++) {
        start(NULL);
        frond_stream *s = dial();
        const char *request = "GET /forever HTTP/1.1\r\nHost: x\r\n\r\n";
        CHECK_INT(frond_write(s, request, strlen(request), NULL, frond_in(20000)), 0);
        frond_sleep(20);
        if (i == 0)
            CHECK_INT(frond_http_server_stop(server, frond_in(20)), FROND_ETIMEDOUT);
        frond_http_server_free(server);
        answer_until(s, NULL);
        frond_stream_free(s);
    }
}

static void test_misuse(void) {
    frond_http_server *s = NULL;
    frond_listener *l = NULL;
    frond_addr where;
    frond_http_server_options reserved = {.reserved = {1}};
    frond_addr_loopback(&where, FROND_IPV4, 0);
    CHECK_INT(frond_tcp_listen(&where, NULL, &l), 0);
    CHECK_INT(frond_http_server_start(NULL, handle, NULL, NULL, &s), FROND_EINVAL);
    CHECK_INT(frond_http_server_start(l, NULL, NULL, NULL, &s), FROND_EINVAL);
    CHECK_INT(frond_http_server_start(l, handle, NULL, NULL, NULL), FROND_EINVAL);
    CHECK_INT(frond_http_server_start(l, handle, NULL, &reserved, &s), FROND_EINVAL);
    CHECK_INT(frond_http_server_stop(NULL, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_http_server_addr(NULL, &where), FROND_EINVAL);
    frond_http_server_free(NULL);
    frond_listener_free(l);
}

/* ---- HTTPS, and a client that is not ours ---- */

static void test_https(void) {
    test_clock_real();
    certificate ca, leaf;
    frond_tls_context *serving = NULL, *trusting = NULL;
    frond_http_client *c = NULL;
    frond_http_response *r = NULL;
    char url[100];
    certificate_make(&ca, "Test CA", NULL, -1, 10, 1, NULL);
    certificate_make(&leaf, "leaf", "IP:127.0.0.1", -1, 10, 0, &ca);
    frond_tls_options so = {.cert_pem = leaf.cert, .key_pem = leaf.key};
    frond_tls_options co = {.ca_pem = ca.cert};
    CHECK_INT(frond_tls_context_new(&so, &serving), 0);
    CHECK_INT(frond_tls_context_new(&co, &trusting), 0);
    frond_http_server_options o = {.tls = serving};
    start(&o);
    frond_tls_context_free(serving);
    frond_http_options ho = {.tls = trusting};
    CHECK_INT(frond_http_client_new(&ho, &c), 0);
    snprintf(url, sizeof url, "https://127.0.0.1:%d/big.bin", port);
    frond_http_request q = {.url = url};
    for (int i = 0; i < 3; i++) {
        frond_http_timing t;
        CHECK_INT(frond_http_do(c, &q, &r, frond_in(20000)), 0);
        CHECK_INT(frond_http_body(r, NULL), 300000);
        frond_http_timing_get(r, &t);
        CHECK_INT(t.reused, i > 0);
        CHECK((t.tls_ns > 0) == (i == 0));
        frond_http_response_free(r);
    }
    frond_http_client_free(c);
    frond_tls_context_free(trusting);
    frond_stream *s = dial(); /* plain HTTP at it: the connection ends */
    CHECK_INT(frond_write(s, "GET / HTTP/1.1\r\n\r\n", 18, NULL, frond_in(20000)), 0);
    CHECK(!strstr(answer_until(s, NULL), "200"));
    frond_stream_free(s);
    stop();
    certificate_free(&ca);
    certificate_free(&leaf);
}

static int run_command(void *arg) {
    return system(arg);
}

static void test_curl(void) {
    char command[2000];
    if (system("curl --version >/dev/null 2>&1") != 0)
        return;
    start(NULL);
    snprintf(
        command, sizeof command,
        "cd '%s' && curl -sS --noproxy '*' -o got1 -o got2 http://127.0.0.1:%d/big.bin "
        "http://127.0.0.1:%d/hello.txt && cmp got1 big.bin && cmp got2 hello.txt && "
        "curl -sS --noproxy '*' --data-binary @hello.txt -H 'Expect: 100-continue' "
        "http://127.0.0.1:%d/collect | cmp - hello.txt && "
        "curl -sS --noproxy '*' -T big.bin http://127.0.0.1:%d/echo | cmp - big.bin && "
        "curl -sS --noproxy '*' -H 'Transfer-Encoding: chunked' -d @hello.txt "
        "http://127.0.0.1:%d/echo | cmp - hello.txt && "
        "test \"$(curl -sS --noproxy '*' -o /dev/null -w '%%{http_code}' -I "
        "http://127.0.0.1:%d/none)\" = 404",
        root, port, port, port, port, port, port);
    int ran = 0;
    CHECK_INT(frond_threadpool_run(frond_threadpool_class(FROND_THREADS_CPU), run_command,
                                   command, NULL, &ran, FROND_NEVER),
              0);
    CHECK_INT(ran, 1);
    stop();
}

static const test_case tests[] = {{"files", test_files},
                                  {"big file", test_big_file},
                                  {"outside", test_outside},
                                  {"pipelining", test_pipelining},
                                  {"closing", test_closing},
                                  {"request bodies", test_request_bodies},
                                  {"continue", test_continue},
                                  {"refused in mid-body", test_refused_in_mid_body},
                                  {"response lengths", test_response_lengths},
                                  {"smuggling", test_smuggling},
                                  {"limits", test_limits},
                                  {"stop drains", test_stop_drains},
                                  {"stop kills", test_stop_kills},
                                  {"misuse", test_misuse},
                                  {"https", test_https},
                                  {"curl", test_curl},
                                  {0}};

int main(int argc, char **argv) {
    make_site();
    test_clock_virtual();
    return test_main("http server", tests, argc, argv);
}
