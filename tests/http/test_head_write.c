/* SPDX-License-Identifier: MIT */
/* Heads that are built: exact bytes, and nothing smuggled in. */
#include "suite.h"

#include "head.h"
#include "head_write.h"

#include <frond/error.h>

static int holds(const frond__http_out *o, const char *want) {
    return o->len == strlen(want) && memcmp(o->data, want, o->len) == 0;
}

static void test_request(void) {
    frond__http_out o = {0};
    CU_ASSERT_EQUAL(frond__http_out_request(&o, "GET", "/a?b=%20"), 0);
    CU_ASSERT_EQUAL(frond__http_out_field(&o, "Host", "example.org:8080"), 0);
    CU_ASSERT_EQUAL(frond__http_out_field(&o, "X", " \t padded \t"), 0);
    CU_ASSERT_EQUAL(frond__http_out_field(&o, "Empty", ""), 0);
    CU_ASSERT_EQUAL(frond__http_out_number(&o, "Content-Length", UINT64_MAX), 0);
    CU_ASSERT_EQUAL(frond__http_out_line(&o, "X-Token:a: b"), 0);
    CU_ASSERT_EQUAL(frond__http_out_end(&o), 0);
    CU_ASSERT(holds(&o, "GET /a?b=%20 HTTP/1.1\r\nHost: example.org:8080\r\nX: padded\r\n"
                        "Empty: \r\nContent-Length: 18446744073709551615\r\n"
                        "X-Token: a: b\r\n\r\n"));
    frond__http_out_reset(&o);
    CU_ASSERT_EQUAL(o.len, 0);
    CU_ASSERT_EQUAL(frond__http_out_request(&o, "OPTIONS", "*"), 0);
    CU_ASSERT(holds(&o, "OPTIONS * HTTP/1.1\r\n"));
    frond__http_out_free(&o);
}

static void test_status(void) {
    frond__http_out o = {0};
    CU_ASSERT_EQUAL(frond__http_out_status(&o, 1, 404, NULL), 0);
    CU_ASSERT_EQUAL(frond__http_out_status(&o, 0, 299, NULL), 0);
    CU_ASSERT_EQUAL(frond__http_out_status(&o, 1, 200, "Fine\tby me"), 0);
    CU_ASSERT(holds(
        &o, "HTTP/1.1 404 Not Found\r\nHTTP/1.0 299 \r\nHTTP/1.1 200 Fine\tby me\r\n"));
    CU_ASSERT_EQUAL(frond__http_out_status(&o, 2, 200, NULL), FROND_EINVAL);
    frond__http_out_reset(&o);
    CU_ASSERT_EQUAL(frond__http_out_status(&o, 1, 99, NULL), FROND_EINVAL);
    frond__http_out_reset(&o);
    CU_ASSERT_EQUAL(frond__http_out_status(&o, 1, 1000, NULL), FROND_EINVAL);
    frond__http_out_reset(&o);
    CU_ASSERT_EQUAL(frond__http_out_status(&o, 1, 200, "O\r\nK"), FROND_EINVAL);
    frond__http_out_free(&o);
}

static void test_injection(void) {
    static const struct {
        const char *name, *value;
    } fields[] = {
        {"X", "a\r\nY: b"}, {"X", "a\nb"},     {"X", "a\rb"}, {"X", "\001"},
        {"X", "\177"},      {"X\r\nY", "a"},   {"X:", "a"},   {"X ", "a"},
        {"", "a"},          {"\xC3\xA9", "a"}, {"X\tY", "a"}, {"(X)", "a"},
    };
    frond__http_out o = {0};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        CHECK_ROW(frond__http_out_field(&o, fields[i].name, fields[i].value) ==
                      FROND_EINVAL,
                  fields[i].name);
        CHECK_ROW(o.len == 0 && o.reason != NULL, fields[i].name);
        frond__http_out_reset(&o);
    }
    CU_ASSERT_EQUAL(frond__http_out_field_n(&o, "X", 1, "a\0b", 3), FROND_EINVAL);
    frond__http_out_reset(&o);
    CU_ASSERT_EQUAL(frond__http_out_field_n(&o, "X\0Y", 3, "a", 1), FROND_EINVAL);
    frond__http_out_reset(&o);
    static const char *const lines[] = {"", "X", ":a", " X: a", "X : a", "X: a\nb"};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        CHECK_ROW(frond__http_out_line(&o, lines[i]) == FROND_EINVAL, lines[i]);
        frond__http_out_reset(&o);
    }
    static const struct {
        const char *method, *target;
    } requests[] = {
        {"", "/"},      {"G T", "/"},  {"GET\r\n", "/"},     {"GET", ""},
        {"GET", "/ a"}, {"GET", "/#"}, {"GET", "/\r\nX: y"}, {"GET", "/\xC3\xA9"}};
    for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
        CHECK_ROW(frond__http_out_request(&o, requests[i].method, requests[i].target) ==
                      FROND_EINVAL,
                  requests[i].target);
        frond__http_out_reset(&o);
    }
    frond__http_out_free(&o);
}

static void test_first_failure_stays(void) {
    frond__http_out o = {0};
    frond__http_out_request(&o, "GET", "/");
    size_t len = o.len;
    CU_ASSERT_EQUAL(frond__http_out_field(&o, "X", "a\nb"), FROND_EINVAL);
    const char *reason = o.reason;
    CU_ASSERT_EQUAL(frond__http_out_field(&o, "Y", "a"), FROND_EINVAL);
    CU_ASSERT_EQUAL(frond__http_out_line(&o, "no colon"), FROND_EINVAL);
    CU_ASSERT_EQUAL(frond__http_out_end(&o), FROND_EINVAL);
    CU_ASSERT(o.len == len && o.reason == reason);
    frond__http_out_free(&o);
}

/* What is built is what the parser reads; what the parser would refuse is not built. */
static void test_parser_agrees(void) {
    uint64_t seed = suite_seed();
    for (int i = 0; i < 20000; i++) {
        char value[40];
        size_t n = suite_below(&seed, sizeof value);
        for (size_t k = 0; k < n; k++)
            value[k] = (char)(suite_below(&seed, 12) ? 32 + suite_below(&seed, 224)
                                                     : suite_random(&seed));
        frond__http_out o = {0};
        frond__http_out_status(&o, 1, 200, "OK");
        int ok = frond__http_out_field_n(&o, "X", 1, value, n) == 0;
        frond__http_out_end(&o);
        if (ok) {
            frond__http_head h;
            frond__http_head_init(&h, FROND__HTTP_RESPONSE, NULL);
            CU_ASSERT_EQUAL(frond__http_head_feed(&h, o.data, o.len), (int64_t)o.len);
            CU_ASSERT_EQUAL(h.n_fields, 1);
            frond__http_head_free(&h);
        }
        frond__http_out_free(&o);
    }
}

int main(void) {
    static const suite_test tests[] = {{"request", test_request},
                                       {"status", test_status},
                                       {"injection", test_injection},
                                       {"first failure stays", test_first_failure_stays},
                                       {"parser agrees", test_parser_agrees},
                                       {NULL, NULL}};
    return suite_run("head_write", tests);
}
