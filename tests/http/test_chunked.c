/* SPDX-License-Identifier: MIT */
/* The chunked decoder: bodies in every kind of pieces, bad sizes, limits, trailers. */
#include "suite.h"

#include "chunked.h"

#include <frond/error.h>

/* Decodes text in pieces of at most piece bytes (0: random ones); answers the last
 * result. */
static int decode(frond__http_chunked *c, const char *text, size_t len, size_t piece,
                  uint64_t *seed, char *out, size_t *made, size_t *eaten) {
    int r = 0;
    *made = *eaten = 0;
    while (r >= 0 && r != FROND__HTTP_CHUNKED_END && *eaten < len) {
        size_t n = piece != 0 ? piece : 1 + suite_below(seed, 9);
        if (n > len - *eaten)
            n = len - *eaten;
        char *in = malloc(n);
        memcpy(in, text + *eaten, n);
        size_t used = 0, size = 0;
        const char *data = NULL;
        r = frond__http_chunked_next(c, in, n, &used, &data, &size);
        CU_ASSERT(used <= n && (r == FROND__HTTP_CHUNKED_DATA) == (size > 0));
        CU_ASSERT(r != FROND__HTTP_CHUNKED_MORE || used == n);
        if (size > 0)
            memcpy(out + *made, data, size);
        *made += size;
        *eaten += used;
        free(in);
    }
    return r;
}

static void test_bodies(void) {
    static const struct {
        const char *text, *body, *rest;
        size_t fields;
    } rows[] = {
        {"0\r\n\r\n", "", "", 0},
        {"000\r\n\r\nHTTP", "", "HTTP", 0},
        {"3\r\nabc\r\n0\r\n\r\nx", "abc", "x", 0},
        {"3\r\nabc\r\n00A\r\n0123456789\r\n0\r\n\r\n", "abc0123456789", "", 0},
        {"a\r\n0123456789\r\n0\r\n\r\n", "0123456789", "", 0},
        {"2\r\n\r\n\r\n0\r\n\r\n", "\r\n", "", 0},
        {"1;a=b\r\nx\r\n0;c=\"d\"\r\n\r\n", "x", "", 0},
        {"1 ;a\r\nx\r\n0 \t; b\r\n\r\n", "x", "", 0},
        {"1;\xE9\tb\r\nx\r\n0\r\n\r\n", "x", "", 0},
        {"1\r\nx\r\n0\r\nA: b\r\n\r\nrest", "x", "rest", 1},
        {"0\r\nA: b\r\nC:d\r\n\r\n\r\n", "", "\r\n", 2},
    };
    uint64_t seed = suite_seed();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *t = rows[i].text;
        for (size_t piece = 0; piece <= 40; piece++) {
            frond__http_chunked c;
            char out[64];
            size_t made, eaten;
            frond__http_chunked_init(&c, NULL);
            int r = decode(&c, t, strlen(t), piece, &seed, out, &made, &eaten);
            CHECK_ROW(r == FROND__HTTP_CHUNKED_END, t);
            CHECK_ROW(
                made == strlen(rows[i].body) && memcmp(out, rows[i].body, made) == 0, t);
            CHECK_ROW(c.total == made, t);
            CHECK_ROW(strcmp(t + eaten, rows[i].rest) == 0, t);
            CHECK_ROW(c.trailer.n_fields == rows[i].fields, t);
            const char *data;
            size_t used, size;
            CHECK_ROW(frond__http_chunked_next(&c, "x", 1, &used, &data, &size) ==
                              FROND__HTTP_CHUNKED_END &&
                          used == 0,
                      t);
            frond__http_chunked_free(&c);
        }
    }
}

static void test_trailer(void) {
    const char *text = "0\r\nDigest: x\r\nExpires:  y \r\n\r\n";
    frond__http_chunked c;
    char out[8];
    size_t made, eaten;
    uint64_t seed = 1;
    frond__http_chunked_init(&c, NULL);
    CU_ASSERT_EQUAL(decode(&c, text, strlen(text), 1, &seed, out, &made, &eaten),
                    FROND__HTTP_CHUNKED_END);
    int i = frond__http_head_find(&c.trailer, c.trailer_text, "expires", 0);
    CU_ASSERT_EQUAL(i, 1);
    frond__http_span v = c.trailer.fields[i].value;
    CU_ASSERT(v.len == 1 && c.trailer_text[v.at] == 'y');
    frond__http_chunked_free(&c);
}

static void test_refusals(void) {
    static const struct {
        const char *text, *words;
    } rows[] = {
        {"\r\n", "not hexadecimal"},
        {"\n", "not hexadecimal"},
        {"g\r\n", "not hexadecimal"},
        {" 1\r\n", "not hexadecimal"},
        {"+1\r\n", "not hexadecimal"},
        {"-1\r\n", "not hexadecimal"},
        {";a\r\n", "not hexadecimal"},
        {"0x1\r\n", "bad byte after chunk size"},
        {"1 \r\n", "bad byte after chunk size"},
        {"1 2\r\n", "bad byte after chunk size"},
        {"1_\r\n", "bad byte after chunk size"},
        {"1.\r\n", "bad byte after chunk size"},
        {"1\nx\r\n", "bad byte after chunk size"},
        {"1\rx", "CR without LF after chunk size"},
        {"1\r\r\n", "CR without LF after chunk size"},
        {"1;a\nx", "control character in chunk extension"},
        {"1;a\001\r\n", "control character in chunk extension"},
        {"1;a\rb\r\n", "CR without LF after chunk size"},
        {"8000000000000000\r\n", "beyond 2^63"},
        {"10000000000000000\r\n", "beyond 2^63"},
        {"fffffffffffffffff\r\n", "beyond 2^63"},
        {"1\r\nxy\r\n", "does not end where its size says"},
        {"1\r\nx\n", "does not end where its size says"},
        {"1\r\nx\rx", "CR without LF after chunk data"},
        {"2\r\nx\r\n0\r\n\r\n", "does not end where its size says"},
        {"1\r\nx\r\n\r\n", "not hexadecimal"},
        {"0\r\n\rx", "CR without LF after the last chunk"},
        {"0\r\n\n", "LF without CR"},
        {"0\r\nA : b\r\n\r\n", "white space before ':'"},
        {"0\r\n A: b\r\n\r\n", "folded"},
        {"0\r\nA: b\n\r\n", "LF without CR"},
        {"0\r\nA: b\r\n c\r\n\r\n", "folded"},
        {"0\r\nGET / HTTP/1.1\r\n\r\n", "white space before ':'"},
    };
    uint64_t seed = suite_seed();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *t = rows[i].text;
        for (size_t piece = 0; piece <= 30; piece++) {
            frond__http_chunked c;
            char out[64];
            size_t made, eaten;
            frond__http_chunked_init(&c, NULL);
            int r = decode(&c, t, strlen(t), piece, &seed, out, &made, &eaten);
            CHECK_ROW(r == FROND_EHTTP_PROTOCOL, t);
            CHECK_ROW(c.reason != NULL && strstr(c.reason, rows[i].words) != NULL, t);
            const char *data;
            size_t used, size;
            CHECK_ROW(frond__http_chunked_next(&c, "0", 1, &used, &data, &size) ==
                              FROND_EHTTP_PROTOCOL &&
                          used == 0,
                      t);
            frond__http_chunked_free(&c);
        }
    }
}

static int run_limited(const frond__http_chunked_limits *limits, const char *text,
                       size_t len) {
    frond__http_chunked c;
    static char out[300000];
    size_t made, eaten;
    uint64_t seed = 7;
    frond__http_chunked_init(&c, limits);
    int r = decode(&c, text, len, len, &seed, out, &made, &eaten);
    frond__http_chunked_free(&c);
    frond__http_chunked_init(&c, limits);
    CU_ASSERT_EQUAL(decode(&c, text, len, 1, &seed, out, &made, &eaten), r);
    frond__http_chunked_free(&c);
    return r;
}

static void test_limits(void) {
    static char text[200000];
    frond__http_chunked_limits limits = {8, 6, 20, 2};
    CU_ASSERT_EQUAL(run_limited(&limits, "000001\r\nx\r\n0\r\n\r\n", 16),
                    FROND__HTTP_CHUNKED_END);
    CU_ASSERT_EQUAL(run_limited(&limits, "00000001\r\nx\r\n0\r\n\r\n", 18),
                    FROND_EHTTP_HEAD_SIZE);
    CU_ASSERT_EQUAL(run_limited(&limits, "1;ab\r\nx\r\n0;a\r\n\r\n", 16),
                    FROND__HTTP_CHUNKED_END);
    CU_ASSERT_EQUAL(run_limited(&limits, "1;abc\r\nx\r\n0;abcd\r\n\r\n", 20),
                    FROND_EHTTP_HEAD_SIZE);
    CU_ASSERT_EQUAL(run_limited(&limits, "0\r\nA: b\r\nC: d\r\n\r\n", 17),
                    FROND__HTTP_CHUNKED_END);
    CU_ASSERT_EQUAL(run_limited(&limits, "0\r\nA:b\r\nC:d\r\nE:f\r\n\r\n", 20),
                    FROND_EHTTP_HEAD_SIZE);
    CU_ASSERT_EQUAL(run_limited(&limits, "0\r\nA: 12345678901234567890\r\n\r\n", 30),
                    FROND_EHTTP_HEAD_SIZE);
    /* The defaults stop one-byte chunks that carry their weight in extensions. */
    size_t n = 0;
    for (int i = 0; i < 200; i++)
        n += (size_t)sprintf(text + n, "1;%0100d\r\nx\r\n", 0);
    CU_ASSERT_EQUAL(run_limited(NULL, text, n), FROND_EHTTP_HEAD_SIZE);
    n = (size_t)sprintf(text, "1;%04090d\r\n", 0);
    CU_ASSERT_EQUAL(run_limited(NULL, text, n), FROND__HTTP_CHUNKED_MORE);
    n = (size_t)sprintf(text, "1;%04095d\r\n", 0);
    CU_ASSERT_EQUAL(run_limited(NULL, text, n), FROND_EHTTP_HEAD_SIZE);
    n = (size_t)sprintf(text, "0\r\nA: %016384d", 0);
    CU_ASSERT_EQUAL(run_limited(NULL, text, n), FROND_EHTTP_HEAD_SIZE);
    /* The largest size that is one. */
    CU_ASSERT_EQUAL(run_limited(NULL, "7fffffffffffffff\r\nx", 19),
                    FROND__HTTP_CHUNKED_DATA);
}

/* Random bodies, cut into random chunks, arrive in random pieces. */
static void test_random(void) {
    uint64_t seed = suite_seed();
    for (int i = 0; i < 3000; i++) {
        static char text[20000], body[4000], out[4000];
        size_t len = suite_below(&seed, sizeof body), n = 0, made, eaten;
        for (size_t k = 0; k < len; k++)
            body[k] = (char)suite_random(&seed);
        for (size_t at = 0; at < len;) {
            size_t size = 1 + suite_below(&seed, 500);
            if (size > len - at)
                size = len - at;
            n += (size_t)sprintf(text + n,
                                 suite_below(&seed, 2) ? "%zx\r\n" : "%zX;e\r\n", size);
            memcpy(text + n, body + at, size);
            memcpy(text + n + size, "\r\n", 2);
            n += size + 2;
            at += size;
        }
        n += (size_t)sprintf(text + n,
                             suite_below(&seed, 2) ? "0\r\n\r\n" : "0\r\nT: x\r\n\r\n");
        frond__http_chunked c;
        frond__http_chunked_init(&c, NULL);
        size_t piece = suite_below(&seed, 2) ? 0 : 1 + suite_below(&seed, n);
        int r = decode(&c, text, n, piece, &seed, out, &made, &eaten);
        CU_ASSERT(r == FROND__HTTP_CHUNKED_END && eaten == n);
        CU_ASSERT(made == len && memcmp(out, body, len) == 0);
        frond__http_chunked_free(&c);
    }
}

int main(void) {
    static const suite_test tests[] = {
        {"bodies", test_bodies}, {"trailer", test_trailer}, {"refusals", test_refusals},
        {"limits", test_limits}, {"random", test_random},   {NULL, NULL}};
    return suite_run("chunked", tests);
}
