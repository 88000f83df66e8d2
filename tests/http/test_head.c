/* SPDX-License-Identifier: MIT */
/* The head parser: what it reads, what it refuses and with which words, its limits, and
 * that the way the bytes arrive makes no difference. */
#include "suite.h"

#include "head.h"

#include <frond/error.h>
#include <frond/memory.h>

static int same(const char *buf, frond__http_span s, const char *want) {
    return s.len == strlen(want) && memcmp(buf + s.at, want, s.len) == 0;
}

static void test_response(void) {
    static const char text[] = "HTTP/1.1 404 Not  Found\r\n"
                               "Server: x\r\n"
                               "Empty:\r\n"
                               "Blank: \t \r\n"
                               "Pad:\t a b \t\r\n"
                               "Obs: \xE9\xFF\r\n"
                               "!#$%&'*+-.^_`|~09azAZ: tchar\r\n"
                               "X: 1\r\nx: 2\r\n"
                               "\r\nbody";
    frond__http_head h;
    frond__http_head_init(&h, FROND__HTTP_RESPONSE, NULL);
    CU_ASSERT_EQUAL(frond__http_head_feed(&h, text, sizeof text - 1),
                    (int)sizeof text - 5);
    CU_ASSERT_EQUAL(frond__http_head_feed(&h, text, sizeof text - 1),
                    (int)sizeof text - 5);
    CU_ASSERT_EQUAL(h.minor, 1);
    CU_ASSERT_EQUAL(h.status, 404);
    CU_ASSERT(same(text, h.reason_phrase, "Not  Found"));
    CU_ASSERT_EQUAL(h.n_fields, 8);
    CU_ASSERT(same(text, h.fields[0].name, "Server"));
    CU_ASSERT(same(text, h.fields[0].value, "x"));
    CU_ASSERT(same(text, h.fields[1].value, ""));
    CU_ASSERT(same(text, h.fields[2].value, ""));
    CU_ASSERT(same(text, h.fields[3].value, "a b"));
    CU_ASSERT(same(text, h.fields[4].value, "\xE9\xFF"));
    CU_ASSERT_EQUAL(frond__http_head_find(&h, text, "SERVER", 0), 0);
    CU_ASSERT_EQUAL(frond__http_head_find(&h, text, "x", 0), 6);
    CU_ASSERT_EQUAL(frond__http_head_find(&h, text, "x", 7), 7);
    CU_ASSERT_EQUAL(frond__http_head_find(&h, text, "x", 8), -1);
    CU_ASSERT_EQUAL(frond__http_head_find(&h, text, "Serve", 0), -1);
    CU_ASSERT_EQUAL(frond__http_head_find(&h, text, "Servers", 0), -1);
    CU_ASSERT_EQUAL(frond__http_head_count(&h, text, "X"), 2);
    CU_ASSERT_EQUAL(frond__http_head_count(&h, text, "Y"), 0);
    frond__http_head_free(&h);
}

static void test_request(void) {
    static const struct {
        const char *text, *method, *target;
        int form, minor;
    } rows[] = {
        {"GET / HTTP/1.1\r\nHost: h\r\n\r\n", "GET", "/", FROND__HTTP_TARGET_PATH, 1},
        {"\r\nGET /a?b HTTP/1.0\r\n\r\n", "GET", "/a?b", FROND__HTTP_TARGET_PATH, 0},
        {"OPTIONS * HTTP/1.1\r\nhost:\r\n\r\n", "OPTIONS", "*", FROND__HTTP_TARGET_SERVER,
         1},
        {"CONNECT h:443 HTTP/1.1\r\nHost: h:443\r\n\r\n", "CONNECT", "h:443",
         FROND__HTTP_TARGET_AUTHORITY, 1},
        {"GET HTTP://h/a HTTP/1.1\r\nHost: h\r\n\r\n", "GET", "HTTP://h/a",
         FROND__HTTP_TARGET_URL, 1},
        {"get //a HTTP/1.1\r\nHost: [::1]:80\r\n\r\n", "get", "//a",
         FROND__HTTP_TARGET_PATH, 1},
        {"M-SEARCH /\"<>[]{} HTTP/1.0\r\n\r\n", "M-SEARCH", "/\"<>[]{}",
         FROND__HTTP_TARGET_PATH, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *t = rows[i].text;
        frond__http_head h;
        frond__http_head_init(&h, FROND__HTTP_REQUEST, NULL);
        CHECK_ROW(frond__http_head_feed(&h, t, strlen(t)) == (int64_t)strlen(t), t);
        CHECK_ROW(same(t, h.method, rows[i].method), t);
        CHECK_ROW(same(t, h.target, rows[i].target), t);
        CHECK_ROW(h.form == rows[i].form && h.minor == rows[i].minor, t);
        frond__http_head_free(&h);
    }
}

#define R "HTTP/1.1 200 OK\r\n"
#define Q "GET / HTTP/1.1\r\nHost: h\r\n"

static const struct bad {
    int kind;
    const char *text;
    size_t len; /* 0: strlen */
    const char *words;
} bad[] = {
    {FROND__HTTP_RESPONSE, "HTTP/2.0 200 OK\r\n\r\n", 0, "version is not 1.0 or 1.1"},
    {FROND__HTTP_RESPONSE, "HTTP/1.2 200 OK\r\n\r\n", 0, "version is not 1.0 or 1.1"},
    {FROND__HTTP_RESPONSE, "HTTP/0.9 200 OK\r\n\r\n", 0, "version is not 1.0 or 1.1"},
    {FROND__HTTP_RESPONSE, "HTTP/1.10 200 OK\r\n\r\n", 0, "no status"},
    {FROND__HTTP_RESPONSE, "http/1.1 200 OK\r\n\r\n", 0, "not HTTP"},
    {FROND__HTTP_RESPONSE, "ICY 200 OK\r\n\r\n", 0, "not HTTP"},
    {FROND__HTTP_RESPONSE, "SSH-2.0-x\r\n", 0, "not HTTP"},
    {FROND__HTTP_RESPONSE, "\x15\x03\x01", 0, "not HTTP"},
    {FROND__HTTP_RESPONSE, "\r\n" R "\r\n", 0, "not HTTP"},
    {FROND__HTTP_RESPONSE, "HTTP/1.1\r\n\r\n", 0, "no status"},
    {FROND__HTTP_RESPONSE, "HTTP/1.1 20 OK\r\n\r\n", 0, "no status"},
    {FROND__HTTP_RESPONSE, "HTTP/1.1 2A0 OK\r\n\r\n", 0, "no status"},
    {FROND__HTTP_RESPONSE, "HTTP/1.1 2000 OK\r\n\r\n", 0, "status is not three digits"},
    {FROND__HTTP_RESPONSE, "HTTP/1.1 099 OK\r\n\r\n", 0, "under 100"},
    {FROND__HTTP_RESPONSE, "HTTP/1.1  200 OK\r\n\r\n", 0, "no status"},
    {FROND__HTTP_RESPONSE, "HTTP/1.1\t200 OK\r\n\r\n", 0, "no status"},
    {FROND__HTTP_RESPONSE, "HTTP/1.1 200 O\001K\r\n\r\n", 0,
     "control character in status line"},
    {FROND__HTTP_RESPONSE, "HTTP/1.1 200 O\rK\r\n\r\n", 0, "CR without LF"},
    {FROND__HTTP_RESPONSE, "HTTP/1.1 200 OK\n\n", 0, "LF without CR"},
    {FROND__HTTP_RESPONSE, "HTTP/1.1 200 OK\r\r\n\r\n", 0, "CR without LF"},
    {FROND__HTTP_RESPONSE, R "A: b\n\r\n", 0, "LF without CR"},
    {FROND__HTTP_RESPONSE, R "A: b\r\n\n", 0, "LF without CR"},
    {FROND__HTTP_RESPONSE, R "A: b\rC: d\r\n\r\n", 0, "CR without LF"},
    {FROND__HTTP_RESPONSE, R "A: b\r\n c\r\n\r\n", 0, "folded line"},
    {FROND__HTTP_RESPONSE, R "A: b\r\n\tc\r\n\r\n", 0, "folded line"},
    {FROND__HTTP_RESPONSE, R " A: b\r\n\r\n", 0, "before the first field"},
    {FROND__HTTP_RESPONSE, R "A: b\r\n \r\n\r\n", 0, "folded line"},
    {FROND__HTTP_RESPONSE, R "A : b\r\n\r\n", 0, "white space before ':'"},
    {FROND__HTTP_RESPONSE, R "A\t: b\r\n\r\n", 0, "white space before ':'"},
    {FROND__HTTP_RESPONSE, R "A b: c\r\n\r\n", 0, "white space before ':'"},
    {FROND__HTTP_RESPONSE, R "A\r\n\r\n", 0, "field without ':'"},
    {FROND__HTTP_RESPONSE, R ": b\r\n\r\n", 0, "field without a name"},
    {FROND__HTTP_RESPONSE, R "A(b: c\r\n\r\n", 0, "bad byte in field name"},
    {FROND__HTTP_RESPONSE, R "\xC3\xA9: c\r\n\r\n", 0, "field without a name"},
    {FROND__HTTP_RESPONSE, R "A: b\001c\r\n\r\n", 0, "control character in field value"},
    {FROND__HTTP_RESPONSE, R "A: b\177c\r\n\r\n", 0, "control character in field value"},
    {FROND__HTTP_RESPONSE, R "A: b\0c\r\n\r\n", sizeof R + 9,
     "control character in field value"},
    {FROND__HTTP_RESPONSE, R "A\0: c\r\n\r\n", sizeof R + 9, "bad byte in field name"},
    {FROND__HTTP_REQUEST, "\r\n\r\n" Q "\r\n", 0, "not an HTTP request"},
    {FROND__HTTP_REQUEST, "\n" Q "\r\n", 0, "not an HTTP request"},
    {FROND__HTTP_REQUEST, "\r" Q "\r\n", 0, "not an HTTP request"},
    {FROND__HTTP_REQUEST, " " Q "\r\n", 0, "not an HTTP request"},
    {FROND__HTTP_REQUEST, "\x16\x03\x01\x02", 0, "not an HTTP request"},
    {FROND__HTTP_REQUEST, "GET /\r\n\r\n", 0, "no HTTP version"},
    {FROND__HTTP_REQUEST, "GET\r\n\r\n", 0, "no space after the method"},
    {FROND__HTTP_REQUEST, "GET\t/ HTTP/1.1\r\n\r\n", 0, "no space after the method"},
    {FROND__HTTP_REQUEST, "G(T / HTTP/1.1\r\n\r\n", 0, "no space after the method"},
    {FROND__HTTP_REQUEST, "GET  / HTTP/1.1\r\n\r\n", 0, "no request target"},
    {FROND__HTTP_REQUEST, "GET /  HTTP/1.1\r\n\r\n", 0, "not HTTP"},
    {FROND__HTTP_REQUEST, "GET / HTTP/1.1 \r\n\r\n", 0, "not HTTP"},
    {FROND__HTTP_REQUEST, "GET / HTTP/1.2\r\n\r\n", 0, "version is not 1.0 or 1.1"},
    {FROND__HTTP_REQUEST, "GET / HTTX/1.1\r\n\r\n", 0, "not HTTP"},
    {FROND__HTTP_REQUEST, "GET / http/1.1\r\n\r\n", 0, "not HTTP"},
    {FROND__HTTP_REQUEST, "GET /a b HTTP/1.1\r\n\r\n", 0, "not HTTP"},
    {FROND__HTTP_REQUEST, "GET /\xC3\xA9 HTTP/1.1\r\n\r\n", 0,
     "bad byte in request target"},
    {FROND__HTTP_REQUEST, "GET /a\tb HTTP/1.1\r\n\r\n", 0, "bad byte in request target"},
    {FROND__HTTP_REQUEST, "GET /a#b HTTP/1.1\r\n\r\n", 0, "fragment in request target"},
    {FROND__HTTP_REQUEST, "GET a HTTP/1.1\r\n\r\n", 0, "neither a path nor a URL"},
    {FROND__HTTP_REQUEST, "GET ftp://h/ HTTP/1.1\r\n\r\n", 0, "neither a path nor a URL"},
    {FROND__HTTP_REQUEST, "GET * HTTP/1.1\r\n\r\n", 0, "OPTIONS only"},
    {FROND__HTTP_REQUEST, "CONNECT h HTTP/1.1\r\n\r\n", 0, "CONNECT without host:port"},
    {FROND__HTTP_REQUEST, "CONNECT /a:b HTTP/1.1\r\n\r\n", 0,
     "CONNECT without host:port"},
    {FROND__HTTP_REQUEST, "GET / HTTP/1.1\r\n\r\n", 0, "no Host field"},
    {FROND__HTTP_REQUEST, Q "Host: h\r\n\r\n", 0, "more than one Host"},
    {FROND__HTTP_REQUEST, "GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n", 0,
     "more than one Host"},
    {FROND__HTTP_REQUEST, "GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 0, "bad byte in Host"},
    {FROND__HTTP_REQUEST, "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 0, "bad byte in Host"},
    {FROND__HTTP_REQUEST, "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n", 0, "bad byte in Host"},
    {FROND__HTTP_TRAILER, "GET / HTTP/1.1\r\n\r\n", 0, "white space before ':'"},
    {FROND__HTTP_TRAILER, " A: b\r\n\r\n", 0, "before the first field"},
};

static void test_refusals(void) {
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const struct bad *b = &bad[i];
        size_t len = b->len != 0 ? b->len : strlen(b->text);
        frond__http_head whole, bytes;
        frond__http_head_init(&whole, b->kind, NULL);
        frond__http_head_init(&bytes, b->kind, NULL);
        CHECK_ROW(frond__http_head_feed(&whole, b->text, len) == FROND_EHTTP_PROTOCOL,
                  b->text);
        CHECK_ROW(whole.reason != NULL && strstr(whole.reason, b->words) != NULL,
                  b->text);
        if (whole.reason != NULL && strstr(whole.reason, b->words) == NULL)
            printf(" %s", whole.reason);
        CHECK_ROW(whole.at <= len, b->text);
        for (size_t n = 0; n <= len && bytes.reason == NULL; n++)
            frond__http_head_feed(&bytes, b->text, n);
        CHECK_ROW(bytes.reason == whole.reason && bytes.at == whole.at, b->text);
        CHECK_ROW(frond__http_head_feed(&bytes, b->text, len) == FROND_EHTTP_PROTOCOL,
                  b->text);
        frond__http_head_free(&whole);
        frond__http_head_free(&bytes);
    }
}

/* Fed in pieces, each time from a buffer at another place. */
static int64_t feed_pieces(frond__http_head *h, const char *text, size_t len,
                           uint64_t *seed) {
    int64_t r = 0;
    for (size_t n = 0; r == 0 && n < len;) {
        n += 1 + suite_below(seed, 1 + suite_below(seed, 40));
        if (n > len)
            n = len;
        char *moved = malloc(n);
        memcpy(moved, text, n);
        r = frond__http_head_feed(h, moved, n);
        free(moved);
    }
    return r;
}

static void compare(const char *text, size_t len, int kind, uint64_t *seed) {
    frond__http_head_limits limits = {200, 6};
    frond__http_head a, b;
    frond__http_head_init(&a, kind, &limits);
    frond__http_head_init(&b, kind, &limits);
    int64_t whole = frond__http_head_feed(&a, text, len);
    int64_t pieces = feed_pieces(&b, text, len, seed);
    CHECK_ROW(whole == pieces && a.n_fields == b.n_fields && a.reason == b.reason, text);
    CHECK_ROW(a.status == b.status && a.target.at == b.target.at, text);
    for (size_t i = 0; i < a.n_fields; i++)
        CHECK_ROW(memcmp(&a.fields[i], &b.fields[i], sizeof a.fields[i]) == 0, text);
    frond__http_head_free(&a);
    frond__http_head_free(&b);
}

static void test_random_pieces(void) {
    static const char *const pieces[] = {"HTTP/1.1 200 OK\r\n",
                                         "GET /a HTTP/1.1\r\n",
                                         "Host: h\r\n",
                                         "A: b\r\n",
                                         "C:  d \r\n",
                                         "\r\n",
                                         "\n",
                                         "\r",
                                         " ",
                                         ":",
                                         "x",
                                         "Content-Length: 5\r\n",
                                         "\t",
                                         "\001",
                                         "\xFF"};
    uint64_t seed = suite_seed();
    for (int i = 0; i < 50000; i++) {
        char text[400];
        int kind = (int)suite_below(&seed, 3);
        strcpy(text,
               kind == FROND__HTTP_TRAILER ? "" : pieces[kind == FROND__HTTP_REQUEST]);
        for (size_t n = suite_below(&seed, 14); n > 0; n--) {
            size_t most = suite_below(&seed, 4) ? 6 : sizeof pieces / sizeof *pieces;
            strcat(text, pieces[2 + suite_below(&seed, most - 2)]);
        }
        if (suite_below(&seed, 2))
            strcat(text, "\r\n");
        compare(text, strlen(text), kind, &seed);
    }
}

static void test_size_limit(void) {
    static char text[70000];
    const char *start = "HTTP/1.1 200 OK\r\nA: ";
    size_t n = strlen(start);
    memset(text, 'x', sizeof text);
    memcpy(text, start, n);
    for (int over = 0; over < 2; over++) {
        size_t len = 65536 + (size_t)over;
        memcpy(text + len - 4, "\r\n\r\n", 4);
        int64_t want = over ? FROND_EHTTP_HEAD_SIZE : 65536;
        frond__http_head h;
        frond__http_head_init(&h, FROND__HTTP_RESPONSE, NULL);
        CU_ASSERT_EQUAL(frond__http_head_feed(&h, text, len), want);
        frond__http_head_free(&h);
        frond__http_head_init(&h, FROND__HTTP_RESPONSE, NULL);
        int64_t r = 0;
        for (size_t i = 0; i <= len && r == 0; i++)
            r = frond__http_head_feed(&h, text, i);
        CU_ASSERT_EQUAL(r, want);
        frond__http_head_free(&h);
        memset(text + len - 4, 'x', 4);
    }
    frond__http_head h; /* endless: refused as soon as the limit is reached */
    frond__http_head_init(&h, FROND__HTTP_RESPONSE, NULL);
    CU_ASSERT_EQUAL(frond__http_head_feed(&h, text, 65535), 0);
    CU_ASSERT_EQUAL(frond__http_head_feed(&h, text, 65536), FROND_EHTTP_HEAD_SIZE);
    frond__http_head_free(&h);
}

static void test_field_limit(void) {
    char text[4096] = "HTTP/1.1 200 OK\r\n";
    for (int i = 0; i < 256; i++)
        strcat(text, "A: b\r\n");
    frond__http_head h;
    frond__http_head_init(&h, FROND__HTTP_RESPONSE, NULL);
    strcat(text, "\r\n");
    CU_ASSERT_EQUAL(frond__http_head_feed(&h, text, strlen(text)), (int)strlen(text));
    CU_ASSERT_EQUAL(h.n_fields, 256);
    strcpy(text + strlen(text) - 2, "A: b\r\n\r\n");
    frond__http_head_reset(&h);
    CU_ASSERT_EQUAL(frond__http_head_feed(&h, text, strlen(text)), FROND_EHTTP_HEAD_SIZE);
    CU_ASSERT_STRING_EQUAL(h.reason, "too many fields");
    frond__http_head_reset(&h);
    CU_ASSERT_EQUAL(frond__http_head_feed(&h, R "\r\n", sizeof R + 1), (int)sizeof R + 1);
    CU_ASSERT_EQUAL(h.n_fields, 0);
    frond__http_head_free(&h);
}

static int has(const char *fields, const char *token) {
    char text[512];
    snprintf(text, sizeof text, R "%s\r\n\r\n", fields);
    frond__http_head h;
    frond__http_head_init(&h, FROND__HTTP_RESPONSE, NULL);
    CHECK_ROW(frond__http_head_feed(&h, text, strlen(text)) > 0, fields);
    int found = frond__http_head_has_token(&h, text, "connection", token);
    frond__http_head_free(&h);
    return found;
}

static void test_tokens(void) {
    CU_ASSERT(has("Connection: close", "close"));
    CU_ASSERT(has("CONNECTION: Keep-Alive", "keep-alive"));
    CU_ASSERT(has("Connection: a, b ,close", "close"));
    CU_ASSERT(has("Connection: ,, close\t,", "close"));
    CU_ASSERT(has("Connection: a\r\nX: y\r\nConnection: close", "close"));
    CU_ASSERT(has("Connection: close;x=1", "close"));
    CU_ASSERT(has("Connection: close ; x=1", "close"));
    CU_ASSERT(!has("Connection: closed", "close"));
    CU_ASSERT(!has("Connection: clos", "close"));
    CU_ASSERT(!has("Connection: close x", "close"));
    CU_ASSERT(!has("Connection:", "close"));
    CU_ASSERT(!has("Connection: \"a, close, b\"", "close"));
    CU_ASSERT(has("Connection: \"a\\\",\", close", "close"));
    CU_ASSERT(!has("X: close", "close"));
}

static void test_lists(void) {
    const char *text = " a , ,\"b,c\",d ";
    frond__http_span item;
    size_t at = 0, n = strlen(text);
    CU_ASSERT(frond__http_list_next(text, n, &at, &item) && same(text, item, "a"));
    CU_ASSERT(frond__http_list_next(text, n, &at, &item) && same(text, item, "\"b,c\""));
    CU_ASSERT(frond__http_list_next(text, n, &at, &item) && same(text, item, "d"));
    CU_ASSERT(!frond__http_list_next(text, n, &at, &item));
    at = 0;
    CU_ASSERT(!frond__http_list_next("", 0, &at, &item));
    at = 0;
    CU_ASSERT(!frond__http_list_next(",", 1, &at, &item));
    at = 0;
    CU_ASSERT(frond__http_list_next("\"a,\\", 4, &at, &item) && item.len == 4);
}

static void test_short_status_line(void) {
    frond__http_head h;
    frond__http_head_init(&h, FROND__HTTP_RESPONSE, NULL);
    CU_ASSERT_EQUAL(frond__http_head_feed(&h, "HTTP/1.0 200\r\n\r\n", 16), 16);
    CU_ASSERT_EQUAL(h.minor, 0);
    CU_ASSERT_EQUAL(h.reason_phrase.len, 0);
    frond__http_head_reset(&h);
    CU_ASSERT_EQUAL(frond__http_head_feed(&h, "HTTP/1.1 200 \r\n\r\n", 17), 17);
    frond__http_head_free(&h);
    frond__http_head_init(&h, FROND__HTTP_TRAILER, NULL);
    CU_ASSERT_EQUAL(frond__http_head_feed(&h, "A: b\r\n\r\n", 8), 8);
    CU_ASSERT_EQUAL(h.n_fields, 1);
    frond__http_head_free(&h);
}

int main(void) {
    static const suite_test tests[] = {{"response", test_response},
                                       {"request", test_request},
                                       {"refusals", test_refusals},
                                       {"short status line", test_short_status_line},
                                       {"random pieces", test_random_pieces},
                                       {"size limit", test_size_limit},
                                       {"field limit", test_field_limit},
                                       {"tokens", test_tokens},
                                       {"lists", test_lists},
                                       {NULL, NULL}};
    return suite_run("head", tests);
}
