/* SPDX-License-Identifier: MIT */
/* Body framing: the table of RFC 9112 6.3, and what smugglers send. */
#include "suite.h"

#include "framing.h"

#include <frond/error.h>

enum { REFUSED = -1 };

static int frame(frond__http_framing *f, const char *start, const char *fields,
                 const char *method) {
    char text[1024];
    snprintf(text, sizeof text, "%s\r\n%s%s\r\n", start,
             method == NULL && strstr(start, "1.1") != NULL ? "Host: h\r\n" : "", fields);
    frond__http_head h;
    frond__http_head_init(&h, method != NULL ? FROND__HTTP_RESPONSE : FROND__HTTP_REQUEST,
                          NULL);
    CHECK_ROW(frond__http_head_feed(&h, text, strlen(text)) == (int64_t)strlen(text),
              text);
    int r = method != NULL ? frond__http_framing_response(f, &h, text, method)
                           : frond__http_framing_request(f, &h, text);
    frond__http_head_free(&h);
    return r;
}

#define OK1 "HTTP/1.1 200 OK"
#define OK0 "HTTP/1.0 200 OK"
#define GET1 "GET / HTTP/1.1"
#define GET0 "GET / HTTP/1.0"
#define CL "Content-Length: "
#define TE "Transfer-Encoding: "

static const struct {
    const char *start, *fields, *method; /* method NULL: a request */
    int body;
    uint64_t length;
    int keep_alive;
} rows[] = {
    {OK1, CL "5\r\n", "GET", FROND__HTTP_BODY_LENGTH, 5, 1},
    {OK1, CL "0\r\n", "GET", FROND__HTTP_BODY_LENGTH, 0, 1},
    {OK1, CL "0005\r\n", "GET", FROND__HTTP_BODY_LENGTH, 5, 1},
    {OK1, CL "9223372036854775807\r\n", "GET", FROND__HTTP_BODY_LENGTH, INT64_MAX, 1},
    {OK1, CL "5, 5\r\n", "GET", FROND__HTTP_BODY_LENGTH, 5, 1},
    {OK1, CL "5\r\n" CL "5\r\n", "GET", FROND__HTTP_BODY_LENGTH, 5, 1},
    {OK1, TE "chunked\r\n", "GET", FROND__HTTP_BODY_CHUNKED, 0, 1},
    {OK1, "transfer-encoding:CHUNKED\r\n", "GET", FROND__HTTP_BODY_CHUNKED, 0, 1},
    {OK1, "", "GET", FROND__HTTP_BODY_CLOSE, 0, 0},
    {OK0, "", "GET", FROND__HTTP_BODY_CLOSE, 0, 0},
    {OK0, CL "5\r\n", "GET", FROND__HTTP_BODY_LENGTH, 5, 0},
    {OK0, CL "5\r\nConnection: keep-alive\r\n", "GET", FROND__HTTP_BODY_LENGTH, 5, 1},
    {OK1, CL "5\r\nConnection: close\r\n", "GET", FROND__HTTP_BODY_LENGTH, 5, 0},
    {OK1, CL "5\r\nConnection: keep-alive, close\r\n", "GET", FROND__HTTP_BODY_LENGTH, 5,
     0},
    {OK1, CL "5\r\n", "HEAD", FROND__HTTP_BODY_NONE, 0, 1},
    {OK1, TE "chunked\r\n", "HEAD", FROND__HTTP_BODY_NONE, 0, 1},
    {OK1, "", "HEAD", FROND__HTTP_BODY_NONE, 0, 1},
    {OK1, CL "5\r\n", "head", FROND__HTTP_BODY_LENGTH, 5, 1},
    {"HTTP/1.1 204 x", CL "5\r\n", "GET", FROND__HTTP_BODY_NONE, 0, 1},
    {"HTTP/1.1 304 x", CL "5\r\n", "GET", FROND__HTTP_BODY_NONE, 0, 1},
    {"HTTP/1.1 100 x", "", "GET", FROND__HTTP_BODY_NONE, 0, 1},
    {"HTTP/1.1 103 x", TE "chunked\r\n", "GET", FROND__HTTP_BODY_NONE, 0, 1},
    {"HTTP/1.1 101 x", "", "GET", FROND__HTTP_BODY_TUNNEL, 0, 0},
    {"HTTP/1.1 205 x", "", "GET", FROND__HTTP_BODY_CLOSE, 0, 0},
    {OK1, CL "5\r\n", "CONNECT", FROND__HTTP_BODY_TUNNEL, 0, 0},
    {"HTTP/1.1 407 x", CL "5\r\n", "CONNECT", FROND__HTTP_BODY_LENGTH, 5, 1},
    {OK1, CL "5\r\n" TE "chunked\r\n", "GET", REFUSED, 0, 0},
    {OK1, TE "chunked\r\n" CL "5\r\n", "GET", REFUSED, 0, 0},
    {OK1, TE "chunked\r\n" CL "5\r\n", "HEAD", REFUSED, 0, 0},
    {"HTTP/1.1 304 x", TE "chunked\r\n" CL "5\r\n", "GET", REFUSED, 0, 0},
    {OK1, CL "5\r\n" CL "6\r\n", "GET", REFUSED, 0, 0},
    {OK1, CL "5, 6\r\n", "GET", REFUSED, 0, 0},
    {OK1, CL "5,\r\n", "GET", REFUSED, 0, 0},
    {OK1, CL ",5\r\n", "GET", REFUSED, 0, 0},
    {OK1, CL "\r\n", "GET", REFUSED, 0, 0},
    {OK1, CL "+5\r\n", "GET", REFUSED, 0, 0},
    {OK1, CL "-5\r\n", "GET", REFUSED, 0, 0},
    {OK1, CL "5 5\r\n", "GET", REFUSED, 0, 0},
    {OK1, CL "5a\r\n", "GET", REFUSED, 0, 0},
    {OK1, CL "0x5\r\n", "GET", REFUSED, 0, 0},
    {OK1, CL "5.0\r\n", "GET", REFUSED, 0, 0},
    {OK1, CL "\xB2\r\n", "GET", REFUSED, 0, 0},
    {OK1, CL "9223372036854775808\r\n", "GET", REFUSED, 0, 0},
    {OK1, CL "18446744073709551621\r\n", "GET", REFUSED, 0, 0},
    {OK1, CL "99999999999999999999999999\r\n", "GET", REFUSED, 0, 0},
    {OK1, TE "gzip, chunked\r\n", "GET", REFUSED, 0, 0},
    {OK1, TE "chunked, gzip\r\n", "GET", REFUSED, 0, 0},
    {OK1, TE "chunked, chunked\r\n", "GET", REFUSED, 0, 0},
    {OK1, TE "chunked,\r\n", "GET", REFUSED, 0, 0},
    {OK1, TE "chunked;a\r\n", "GET", REFUSED, 0, 0},
    {OK1, TE "\"chunked\"\r\n", "GET", REFUSED, 0, 0},
    {OK1, TE "identity\r\n", "GET", REFUSED, 0, 0},
    {OK1, TE "xchunked\r\n", "GET", REFUSED, 0, 0},
    {OK1, TE "\r\n", "GET", REFUSED, 0, 0},
    {OK1, TE "chunked\r\n" TE "chunked\r\n", "GET", REFUSED, 0, 0},
    {OK1, TE "chunked\r\n" TE "identity\r\n", "GET", REFUSED, 0, 0},
    {OK1, TE "identity\r\n" CL "5\r\n", "GET", REFUSED, 0, 0},
    {OK0, TE "chunked\r\n", "GET", REFUSED, 0, 0},
    {GET1, "", NULL, FROND__HTTP_BODY_NONE, 0, 1},
    {GET0, "", NULL, FROND__HTTP_BODY_NONE, 0, 0},
    {GET0, "Connection: Keep-Alive\r\n", NULL, FROND__HTTP_BODY_NONE, 0, 1},
    {GET1, "Connection: close\r\n", NULL, FROND__HTTP_BODY_NONE, 0, 0},
    {GET1, CL "5\r\n", NULL, FROND__HTTP_BODY_LENGTH, 5, 1},
    {GET1, TE "chunked\r\n", NULL, FROND__HTTP_BODY_CHUNKED, 0, 1},
    {GET1, TE "chunked\r\n" CL "5\r\n", NULL, REFUSED, 0, 0},
    {GET1, CL "5\r\n" CL "6\r\n", NULL, REFUSED, 0, 0},
    {GET1, TE "gzip\r\n", NULL, REFUSED, 0, 0},
    {GET0, TE "chunked\r\n", NULL, REFUSED, 0, 0},
};

static void test_table(void) {
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char row[256];
        snprintf(row, sizeof row, "%s %s %s", rows[i].start, rows[i].fields,
                 rows[i].method != NULL ? rows[i].method : "");
        frond__http_framing f;
        int r = frame(&f, rows[i].start, rows[i].fields, rows[i].method);
        if (rows[i].body == REFUSED) {
            CHECK_ROW(r == FROND_EHTTP_PROTOCOL && f.reason != NULL, row);
            continue;
        }
        CHECK_ROW(r == 0, row);
        CHECK_ROW(f.body == rows[i].body && f.length == rows[i].length, row);
        CHECK_ROW(f.keep_alive == rows[i].keep_alive, row);
    }
}

static void test_words(void) {
    frond__http_framing f;
    frame(&f, OK1, CL "5\r\n" TE "chunked\r\n", "GET");
    CU_ASSERT_STRING_EQUAL(f.reason, "both Content-Length and Transfer-Encoding");
    frame(&f, OK1, CL "5\r\n" CL "6\r\n", "GET");
    CU_ASSERT_STRING_EQUAL(f.reason, "Content-Length is given twice and differs");
    frame(&f, OK1, CL "-1\r\n", "GET");
    CU_ASSERT_STRING_EQUAL(f.reason, "Content-Length is not a number below 2^63");
    frame(&f, OK0, TE "chunked\r\n", "GET");
    CU_ASSERT_STRING_EQUAL(f.reason, "Transfer-Encoding in HTTP/1.0");
    frame(&f, OK1, TE "gzip\r\n", "GET");
    CU_ASSERT_STRING_EQUAL(f.reason, "Transfer-Encoding is not \"chunked\"");
}

int main(void) {
    static const suite_test tests[] = {
        {"table", test_table}, {"words", test_words}, {NULL, NULL}};
    return suite_run("framing", tests);
}
