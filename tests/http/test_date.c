/* SPDX-License-Identifier: MIT */
/* Dates and Retry-After. */
#include "suite.h"

#include "date.h"

#include <frond/error.h>

static int64_t parse_at(const char *text, int64_t now) {
    int64_t seconds = -1;
    int r = frond__http_date_parse(text, strlen(text), now, &seconds);
    CU_ASSERT(r == 0 || r == FROND_EHTTP_PROTOCOL);
    return r == 0 ? seconds : INT64_MIN;
}

static void test_format(void) {
    static const struct {
        int64_t seconds;
        const char *text;
    } rows[] = {
        {784111777, "Sun, 06 Nov 1994 08:49:37 GMT"},
        {0, "Thu, 01 Jan 1970 00:00:00 GMT"},
        {-1, "Wed, 31 Dec 1969 23:59:59 GMT"},
        {951782400, "Tue, 29 Feb 2000 00:00:00 GMT"},
        {1709251199, "Thu, 29 Feb 2024 23:59:59 GMT"},
        {4107542400, "Mon, 01 Mar 2100 00:00:00 GMT"},
        {2147483648, "Tue, 19 Jan 2038 03:14:08 GMT"},
        {INT64_C(253402300799), "Fri, 31 Dec 9999 23:59:59 GMT"},
        {INT64_C(-62135596800), "Mon, 01 Jan 0001 00:00:00 GMT"},
    };
    char out[FROND__HTTP_DATE_TEXT];
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        CHECK_ROW(frond__http_date_format(rows[i].seconds, out) == 0, rows[i].text);
        CHECK_ROW(strcmp(out, rows[i].text) == 0, rows[i].text);
        CHECK_ROW(parse_at(rows[i].text, 0) == rows[i].seconds, rows[i].text);
    }
    CU_ASSERT_EQUAL(frond__http_date_format(INT64_C(253402300800), out), FROND_EINVAL);
    CU_ASSERT_STRING_EQUAL(out, "");
    CU_ASSERT_EQUAL(frond__http_date_format(INT64_C(-62135596801), out), FROND_EINVAL);
    CU_ASSERT_EQUAL(frond__http_date_format(INT64_MAX, out), FROND_EINVAL);
    CU_ASSERT_EQUAL(frond__http_date_format(INT64_MIN, out), FROND_EINVAL);
}

static void test_round_trips(void) {
    uint64_t seed = suite_seed();
    char out[FROND__HTTP_DATE_TEXT];
    for (int i = 0; i < 100000; i++) {
        int64_t t = (int64_t)(suite_random(&seed) % UINT64_C(315537897600)) -
                    INT64_C(62135596800);
        CU_ASSERT(frond__http_date_format(t, out) == 0 && parse_at(out, 0) == t);
    }
}

static void test_parse(void) {
    const int64_t now = 1700000000; /* November 2023 */
    CU_ASSERT_EQUAL(parse_at("Sunday, 06-Nov-94 08:49:37 GMT", now), 784111777);
    CU_ASSERT_EQUAL(parse_at("Sun Nov  6 08:49:37 1994", now), 784111777);
    CU_ASSERT_EQUAL(parse_at("Sun Nov 06 08:49:37 1994", now), 784111777);
    CU_ASSERT_EQUAL(parse_at("Wednesday, 01-Jan-70 00:00:00 GMT", now), 3155760000);
    CU_ASSERT_EQUAL(parse_at("Thursday, 01-Jan-74 00:00:00 GMT", now), 126230400);
    CU_ASSERT_EQUAL(parse_at("Sat, 31 Dec 2016 23:59:60 GMT", now), 1483228800);
    static const char *const bad[] = {"",
                                      "GMT",
                                      "Sun, 06 Nov 1994 08:49:37",
                                      "Sun, 06 Nov 1994 08:49:37 UTC",
                                      "Sun, 06 Nov 1994 08:49:37 GMT ",
                                      " Sun, 06 Nov 1994 08:49:37 GMT",
                                      "sun, 06 Nov 1994 08:49:37 GMT",
                                      "Sun, 6 Nov 1994 08:49:37 GMT",
                                      "Sun, 06 Nov 94 08:49:37 GMT",
                                      "Sun, 00 Nov 1994 08:49:37 GMT",
                                      "Sun, 31 Nov 1994 08:49:37 GMT",
                                      "Tue, 29 Feb 1900 00:00:00 GMT",
                                      "Sun, 06 Nov 1994 24:00:00 GMT",
                                      "Sun, 06 Nov 1994 23:60:00 GMT",
                                      "Sun, 06 Nov 1994 23:59:61 GMT",
                                      "Sun, 06 Now 1994 23:59:59 GMT",
                                      "Sun, 06 Nov 0000 23:59:59 GMT",
                                      "Sun, +6 Nov 1994 08:49:37 GMT",
                                      "Sunday, 06-Nov-1994 08:49:37 GMT",
                                      "Sun Nov 6 08:49:37 1994",
                                      "Sun, 06 Nov 1994 08:49:3"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK_ROW(parse_at(bad[i], now) == INT64_MIN, bad[i]);
}

static void test_retry_after(void) {
    const int64_t now = 784111777;
    uint64_t ms = 1;
    static const struct {
        const char *text;
        uint64_t ms;
    } rows[] = {{"0", 0},
                {"120", 120000},
                {"0005", 5000},
                {"18446744073709551", UINT64_C(18446744073709551000)},
                {"18446744073709552", UINT64_MAX},
                {"99999999999999999999999999", UINT64_MAX},
                {"Sun, 06 Nov 1994 08:49:47 GMT", 10000},
                {"Sun, 06 Nov 1994 08:49:37 GMT", 0},
                {"Sun, 06 Nov 1993 08:49:37 GMT", 0}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        CHECK_ROW(frond__http_retry_after(rows[i].text, strlen(rows[i].text), now, &ms) ==
                      0,
                  rows[i].text);
        CHECK_ROW(ms == rows[i].ms, rows[i].text);
    }
    static const char *const bad[] = {"",   "-1",   "+1", "1.5",
                                      "1s", "soon", " 1", "99999999999999999999999999x"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK_ROW(frond__http_retry_after(bad[i], strlen(bad[i]), now, &ms) ==
                      FROND_EHTTP_PROTOCOL,
                  bad[i]);
}

int main(void) {
    static const suite_test tests[] = {{"format", test_format},
                                       {"round trips", test_round_trips},
                                       {"parse", test_parse},
                                       {"retry-after", test_retry_after},
                                       {NULL, NULL}};
    return suite_run("date", tests);
}
