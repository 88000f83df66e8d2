/* SPDX-License-Identifier: MIT */
/* The URL parser: normal forms, refusals with their words and byte numbers, and every
 * example of RFC 3986 section 5.4. */
#include "suite.h"

#include <frond/error.h>
#include <frond/memory.h>
#include <frond/url.h>

static int parse(const char *text, frond_url *u) {
    return frond_url_parse(text, strlen(text), u);
}

static void check_whole(const frond_url *u, const char *want, const char *row) {
    char *text = frond_url_text(u, FROND_URL_WHOLE);
    CHECK_ROW(text != NULL && strcmp(text, want) == 0, row);
    if (text != NULL && strcmp(text, want) != 0)
        printf(" got %s", text);
    frond_free(text);
}

static void test_normal_forms(void) {
    static const struct {
        const char *text, *normal;
    } rows[] = {
        {"http://example.org", "http://example.org/"},
        {"HTTP://EXAMPLE.Org/A/b", "http://example.org/A/b"},
        {"http://h:80/", "http://h/"},
        {"https://h:443/", "https://h/"},
        {"http://h:443/", "http://h:443/"},
        {"https://h:80/", "https://h:80/"},
        {"http://h:/", "http://h/"},
        {"http://h:00081/", "http://h:81/"},
        {"http://h:65535/", "http://h:65535/"},
        {"http://h?q", "http://h/?q"},
        {"http://h#f", "http://h/#f"},
        {"http://h/?", "http://h/?"},
        {"http://h/#", "http://h/#"},
        {"http://h/a/./b/../c", "http://h/a/c"},
        {"http://h/../../a", "http://h/a"},
        {"http://h/a/..", "http://h/"},
        {"http://h/a/.", "http://h/a/"},
        {"http://h/a/b/..", "http://h/a/"},
        {"http://h/a//b", "http://h/a//b"},
        {"http://h/a//../b", "http://h/a/b"},
        {"http://h//", "http://h//"},
        {"http://h/.//a", "http://h//a"},
        {"http://h/...", "http://h/..."},
        {"http://h/%2e%2E/a", "http://h/a"},
        {"http://h/a%2f..%2fb", "http://h/a%2F..%2Fb"},
        {"http://h/%7Eu/%41%2d", "http://h/~u/A-"},
        {"http://h/%3a:%2c,", "http://h/%3A:%2C,"},
        {"http://h/a b?c d#e f", "http://h/a%20b?c%20d#e%20f"},
        {"http://h/\xC3\xA9?\xC3\xA9", "http://h/%C3%A9?%C3%A9"},
        {"http://h/\xFF", "http://h/%FF"},
        {"http://h/100%", "http://h/100%25"},
        {"http://h/%zz%4", "http://h/%25zz%254"},
        {"http://h/%%34%31", "http://h/%2541"},
        {"http://h/%00%0a", "http://h/%00%0A"},
        {"http://h/\"<>\\^`{|}[]", "http://h/%22%3C%3E%5C%5E%60%7B%7C%7D%5B%5D"},
        {"http://h/a?b=c/d?e&f=[1]", "http://h/a?b=c/d?e&f=%5B1%5D"},
        {"http://h/a#b#c/?d", "http://h/a#b%23c/?d"},
        {"http://h/;a=1,b@c!$&'()*+", "http://h/;a=1,b@c!$&'()*+"},
        {"http://u:p%3a@h/", "http://u:p%3A@h/"},
        {"http://u%41@h/", "http://uA@h/"},
        {"http://@h/", "http://@h/"},
        {"http://ex%41mple.com/", "http://example.com/"},
        {"http://example.com./", "http://example.com./"},
        {"http://xn--bcher-kva.example/", "http://xn--bcher-kva.example/"},
        {"http://a_b-c.d/", "http://a_b-c.d/"},
        {"http://127.0.0.1:8080/", "http://127.0.0.1:8080/"},
        {"http://1.2.3.4.example/", "http://1.2.3.4.example/"},
        {"http://0xg/", "http://0xg/"},
        {"http://[::1]/", "http://[::1]/"},
        {"http://[::]:8080/", "http://[::]:8080/"},
        {"http://[2001:DB8:0:0:8:0800:200C:417A]/",
         "http://[2001:db8::8:800:200c:417a]/"},
        {"http://[2001:db8:0:1:1:1:1:1]/", "http://[2001:db8:0:1:1:1:1:1]/"},
        {"http://[1:0:0:2:0:0:0:3]/", "http://[1:0:0:2::3]/"},
        {"http://[1:0:0:2:3:0:0:4]/", "http://[1::2:3:0:0:4]/"},
        {"http://[1::]/", "http://[1::]/"},
        {"http://[1:2:3:4:5:6:7::]/", "http://[1:2:3:4:5:6:7:0]/"},
        {"http://[::ffff:127.0.0.1]/", "http://[::ffff:127.0.0.1]/"},
        {"http://[::ffff:7f00:1]/", "http://[::ffff:127.0.0.1]/"},
        {"http://[1:2:3:4:5:6:1.2.3.4]/", "http://[1:2:3:4:5:6:102:304]/"},
        {"http://[fe80::1%25eth0]:81/", "http://[fe80::1%25eth0]:81/"},
        {"http://[fe80::1%25a%2Fb%2e]/", "http://[fe80::1%25a%2Fb.]/"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        frond_url u, again;
        CHECK_ROW(parse(rows[i].text, &u) == 0, rows[i].text);
        if (u.block == NULL)
            continue;
        check_whole(&u, rows[i].normal, rows[i].text);
        CHECK_ROW(parse(rows[i].normal, &again) == 0, rows[i].text);
        if (again.block != NULL)
            check_whole(&again, rows[i].normal, rows[i].text);
        frond_url_free(&again);
        frond_url_free(&u);
    }
}

static const struct {
    const char *text;
    int code;
    const char *words;
} refusals[] = {
    {"", FROND_EHTTP_URL, "no scheme such as http:// (byte 0)"},
    {"example.org/a", FROND_EHTTP_URL, "no scheme"},
    {"/a", FROND_EHTTP_URL, "no scheme"},
    {"//h/a", FROND_EHTTP_URL, "no scheme"},
    {"1http://h/", FROND_EHTTP_URL, "no scheme"},
    {" http://h/", FROND_EHTTP_URL, "no scheme"},
    {"://h/", FROND_EHTTP_URL, "no scheme"},
    {"ftp://h/", FROND_EHTTP_SCHEME, "scheme is not http or https"},
    {"httpss://h/", FROND_EHTTP_SCHEME, "scheme"},
    {"file:///etc/passwd", FROND_EHTTP_SCHEME, "scheme"},
    {"javascript:alert(1)", FROND_EHTTP_SCHEME, "scheme"},
    {"http:", FROND_EHTTP_URL, "no // after the scheme (byte 5)"},
    {"http:/h", FROND_EHTTP_URL, "no // after the scheme (byte 5)"},
    {"http:\\\\h\\", FROND_EHTTP_URL, "no // after the scheme"},
    {"http://", FROND_EHTTP_URL, "host is empty (byte 7)"},
    {"http:///a", FROND_EHTTP_URL, "host is empty (byte 7)"},
    {"http://:80/", FROND_EHTTP_URL, "host is empty (byte 7)"},
    {"http://u@/", FROND_EHTTP_URL, "host is empty (byte 9)"},
    {"http://h:a/", FROND_EHTTP_URL, "port is not a number (byte 9)"},
    {"http://h:80a/", FROND_EHTTP_URL, "port is not a number (byte 11)"},
    {"http://h:-1/", FROND_EHTTP_URL, "port is not a number (byte 9)"},
    {"http://h:+80/", FROND_EHTTP_URL, "port is not a number (byte 9)"},
    {"http://h:80:80/", FROND_EHTTP_URL, "port is not a number (byte 11)"},
    {"http://h:0/", FROND_EHTTP_URL, "port is 0 (byte 9)"},
    {"http://h:65536/", FROND_EHTTP_URL, "port is over 65535 (byte 9)"},
    {"http://h:18446744073709551696/", FROND_EHTTP_URL, "port is over 65535"},
    {"http://a b/", FROND_EHTTP_URL, "host has a byte that no host name has (byte 8)"},
    {"http://a\\b/", FROND_EHTTP_URL, "host has a byte that no host name has (byte 8)"},
    {"http://good.example\\@evil.example/", FROND_EHTTP_URL, "the user has a byte"},
    {"http://u@v@h/", FROND_EHTTP_URL, "host has a byte that no host name has (byte 10)"},
    {"http://u%4@h/", FROND_EHTTP_URL, "'%' in user without two hexadecimal digits"},
    {"http://a%2Fb/", FROND_EHTTP_URL, "host has a byte that no host name has (byte 8)"},
    {"http://a%00/", FROND_EHTTP_URL, "host has a byte that no host name has (byte 8)"},
    {"http://a%/", FROND_EHTTP_URL,
     "'%' in host without two hexadecimal digits (byte 8)"},
    {"http://b\xC3\xBC"
     "cher.example/",
     FROND_EHTTP_URL, "host is not ASCII; give an international name in its xn-- form"},
    {"http://b%C3%BCcher.example/", FROND_EHTTP_URL, "host is not ASCII"},
    {"http://a..b/", FROND_EHTTP_URL, "host has an empty label (byte 9)"},
    {"http://.a/", FROND_EHTTP_URL, "host has an empty label (byte 7)"},
    {"http://./", FROND_EHTTP_URL, "host has an empty label"},
    {"http://127.1/", FROND_EHTTP_URL, "host ends in a number"},
    {"http://2130706433/", FROND_EHTTP_URL, "host ends in a number"},
    {"http://0x7f000001/", FROND_EHTTP_URL, "host ends in a number"},
    {"http://0177.0.0.1/", FROND_EHTTP_URL, "host ends in a number"},
    {"http://1.2.3.4.5/", FROND_EHTTP_URL, "host ends in a number"},
    {"http://1.2.3.256/", FROND_EHTTP_URL, "host ends in a number"},
    {"http://1.2.3.4./", FROND_EHTTP_URL, "host ends in a number"},
    {"http://a.0x/", FROND_EHTTP_URL, "host ends in a number"},
    {"http://[::1/", FROND_EHTTP_URL, "'[' without ']' (byte 7)"},
    {"http://[]/", FROND_EHTTP_URL, "not an IPv6 address (byte 8)"},
    {"http://[:]/", FROND_EHTTP_URL, "not an IPv6 address"},
    {"http://[:::]/", FROND_EHTTP_URL, "not an IPv6 address"},
    {"http://[1:2:3:4:5:6:7]/", FROND_EHTTP_URL, "not an IPv6 address"},
    {"http://[1:2:3:4:5:6:7:8:9]/", FROND_EHTTP_URL, "not an IPv6 address"},
    {"http://[1:2:3:4:5:6:7:8::]/", FROND_EHTTP_URL, "not an IPv6 address"},
    {"http://[1::2::3]/", FROND_EHTTP_URL, "not an IPv6 address"},
    {"http://[1:]/", FROND_EHTTP_URL, "not an IPv6 address"},
    {"http://[12345::]/", FROND_EHTTP_URL, "not an IPv6 address"},
    {"http://[::1.2.3]/", FROND_EHTTP_URL, "not an IPv6 address"},
    {"http://[::1.2.3.4:5]/", FROND_EHTTP_URL, "not an IPv6 address"},
    {"http://[1:2:3:4:5:6:7:1.2.3.4]/", FROND_EHTTP_URL, "not an IPv6 address"},
    {"http://[v1.a]/", FROND_EHTTP_URL, "not an IPv6 address"},
    {"http://[1.2.3.4]/", FROND_EHTTP_URL, "not an IPv6 address"},
    {"http://[::1]a/", FROND_EHTTP_URL, "'[' without ']'"},
    {"http://[fe80::1%eth0]/", FROND_EHTTP_URL, "must begin with %25 (byte 15)"},
    {"http://[fe80::1%25]/", FROND_EHTTP_URL, "the zone is empty"},
    {"http://[fe80::1%25a%]/", FROND_EHTTP_URL, "'%' in zone"},
    {"http://[fe80::1%25a%00]/", FROND_EHTTP_URL, "no interface name"},
    {"http://[fe80::1%25a b]/", FROND_EHTTP_URL, "must be percent-encoded"},
    {"http://h/\t", FROND_EHTTP_URL, "control character (byte 9)"},
    {"http://h/a\r\nX: y", FROND_EHTTP_URL, "control character (byte 10)"},
    {"http://h/\x7F", FROND_EHTTP_URL, "control character (byte 9)"},
    {"\nhttp://h/", FROND_EHTTP_URL, "control character (byte 0)"},
};

static void test_refusals(void) {
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        frond_url u;
        memset(&u, 1, sizeof u);
        CHECK_ROW(parse(refusals[i].text, &u) == refusals[i].code, refusals[i].text);
        CHECK_ROW(strstr(frond_error_text(), refusals[i].words) != NULL,
                  refusals[i].text);
        if (strstr(frond_error_text(), refusals[i].words) == NULL)
            printf(" %s", frond_error_text());
        CHECK_ROW(u.block == NULL && u.host == NULL && u.port == 0, refusals[i].text);
        frond_url_free(&u);
    }
    frond_url u;
    CU_ASSERT_EQUAL(frond_url_parse("http://h/\0a", 11, &u), FROND_EHTTP_URL);
    CU_ASSERT_EQUAL(frond_url_parse(NULL, 0, &u), FROND_EINVAL);
    CU_ASSERT_EQUAL(frond_url_parse("http://h/", 9, NULL), FROND_EINVAL);
}

static void test_components(void) {
    frond_url u;
    CU_ASSERT_EQUAL(parse("https://me:secret@[fe80::1%25en0]:8443/a/b?c#d", &u), 0);
    CU_ASSERT_STRING_EQUAL(u.scheme, "https");
    CU_ASSERT_STRING_EQUAL(u.userinfo, "me:secret");
    CU_ASSERT_STRING_EQUAL(u.host, "fe80::1");
    CU_ASSERT_STRING_EQUAL(u.zone, "en0");
    CU_ASSERT_STRING_EQUAL(u.dial, "fe80::1%en0");
    CU_ASSERT_EQUAL(u.port, 8443);
    CU_ASSERT_EQUAL(u.kind, FROND_URL_IPV6);
    CU_ASSERT_STRING_EQUAL(u.path, "/a/b");
    CU_ASSERT_STRING_EQUAL(u.query, "c");
    CU_ASSERT_STRING_EQUAL(u.fragment, "d");
    char buf[64];
    CU_ASSERT_EQUAL(frond_url_format(&u, FROND_URL_HOST, buf, sizeof buf), 14);
    CU_ASSERT_STRING_EQUAL(buf, "[fe80::1]:8443");
    frond_url_format(&u, FROND_URL_TARGET, buf, sizeof buf);
    CU_ASSERT_STRING_EQUAL(buf, "/a/b?c");
    frond_url_format(&u, FROND_URL_ORIGIN, buf, sizeof buf);
    CU_ASSERT_STRING_EQUAL(buf, "https://[fe80::1%25en0]:8443");
    frond_url_format(&u, FROND_URL_PUBLIC, buf, sizeof buf);
    CU_ASSERT_STRING_EQUAL(buf, "https://[fe80::1%25en0]:8443/a/b?c#d");
    CU_ASSERT_EQUAL(frond_url_format(&u, FROND_URL_TARGET, buf, 4), 6);
    CU_ASSERT_STRING_EQUAL(buf, "/a/");
    CU_ASSERT_EQUAL(frond_url_format(&u, FROND_URL_TARGET, NULL, 0), 6);
    frond_url_free(&u);
    frond_url_free(&u);
    frond_url_free(NULL);
    CU_ASSERT_EQUAL(frond_url_format(&u, FROND_URL_WHOLE, buf, sizeof buf), 0);
    CU_ASSERT_EQUAL(parse("http://Example.org/", &u), 0);
    CU_ASSERT_EQUAL(u.kind, FROND_URL_NAME);
    CU_ASSERT_PTR_NULL(u.userinfo);
    CU_ASSERT_PTR_NULL(u.zone);
    CU_ASSERT_PTR_NULL(u.query);
    CU_ASSERT_PTR_NULL(u.fragment);
    CU_ASSERT_STRING_EQUAL(u.dial, "example.org");
    CU_ASSERT_EQUAL(u.port, 80);
    frond_url_free(&u);
    CU_ASSERT_EQUAL(parse("http://10.0.0.1/", &u), 0);
    CU_ASSERT_EQUAL(u.kind, FROND_URL_IPV4);
    frond_url_free(&u);
}

static void test_lengths(void) {
    static char text[FROND_URL_MAX + 2];
    frond_url u;
    memset(text, 'a', sizeof text);
    memcpy(text, "http://h/", 9);
    CU_ASSERT_EQUAL(frond_url_parse(text, FROND_URL_MAX, &u), 0);
    frond_url_free(&u);
    CU_ASSERT_EQUAL(frond_url_parse(text, FROND_URL_MAX + 1, &u), FROND_EHTTP_URL);
    memset(text + 9, ' ', FROND_URL_MAX - 9);
    CU_ASSERT_EQUAL(frond_url_parse(text, FROND_URL_MAX, &u), 0);
    CU_ASSERT_EQUAL(strlen(u.path), 1 + 3 * (FROND_URL_MAX - 9));
    frond_url_free(&u);
    memset(text + 7, 'a', 300);
    for (size_t i = 63; i < 300; i += 64)
        text[7 + i] = '.';
    CU_ASSERT_EQUAL(frond_url_parse(text, 7 + 253, &u), 0);
    frond_url_free(&u);
    CU_ASSERT_EQUAL(frond_url_parse(text, 7 + 254, &u), FROND_EHTTP_URL);
    text[7 + 253] = '.';
    CU_ASSERT_EQUAL(frond_url_parse(text, 7 + 254, &u), 0);
    frond_url_free(&u);
    text[7 + 63] = 'a';
    CU_ASSERT_EQUAL(frond_url_parse(text, 7 + 100, &u), FROND_EHTTP_URL);
}

/* RFC 3986 5.4.1 and 5.4.2. */
static void test_rfc_references(void) {
    static const struct {
        const char *ref, *want;
    } rows[] = {
        {"g", "http://a/b/c/g"},
        {"./g", "http://a/b/c/g"},
        {"g/", "http://a/b/c/g/"},
        {"/g", "http://a/g"},
        {"//g", "http://g/"},
        {"?y", "http://a/b/c/d;p?y"},
        {"g?y", "http://a/b/c/g?y"},
        {"#s", "http://a/b/c/d;p?q#s"},
        {"g#s", "http://a/b/c/g#s"},
        {"g?y#s", "http://a/b/c/g?y#s"},
        {";x", "http://a/b/c/;x"},
        {"g;x", "http://a/b/c/g;x"},
        {"g;x?y#s", "http://a/b/c/g;x?y#s"},
        {"", "http://a/b/c/d;p?q"},
        {".", "http://a/b/c/"},
        {"./", "http://a/b/c/"},
        {"..", "http://a/b/"},
        {"../", "http://a/b/"},
        {"../g", "http://a/b/g"},
        {"../..", "http://a/"},
        {"../../", "http://a/"},
        {"../../g", "http://a/g"},
        {"../../../g", "http://a/g"},
        {"../../../../g", "http://a/g"},
        {"/./g", "http://a/g"},
        {"/../g", "http://a/g"},
        {"g.", "http://a/b/c/g."},
        {".g", "http://a/b/c/.g"},
        {"g..", "http://a/b/c/g.."},
        {"..g", "http://a/b/c/..g"},
        {"./../g", "http://a/b/g"},
        {"./g/.", "http://a/b/c/g/"},
        {"g/./h", "http://a/b/c/g/h"},
        {"g/../h", "http://a/b/c/h"},
        {"g;x=1/./y", "http://a/b/c/g;x=1/y"},
        {"g;x=1/../y", "http://a/b/c/y"},
        {"g?y/./x", "http://a/b/c/g?y/./x"},
        {"g?y/../x", "http://a/b/c/g?y/../x"},
        {"g#s/./x", "http://a/b/c/g#s/./x"},
        {"g#s/../x", "http://a/b/c/g#s/../x"},
        {"%2e%2e/g", "http://a/b/g"},
        {"1:2", "http://a/b/c/1:2"},
        {"HTTPS://B/", "https://b/"},
        {"//u@B:81/x y", "http://u@b:81/x%20y"},
    };
    frond_url base, u;
    CU_ASSERT_EQUAL(parse("http://a/b/c/d;p?q#f", &base), 0);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int r = frond_url_resolve(&base, rows[i].ref, strlen(rows[i].ref), &u);
        CHECK_ROW(r == 0, rows[i].ref);
        if (r == 0)
            check_whole(&u, rows[i].want, rows[i].ref);
        frond_url_free(&u);
    }
    /* "g:h" names another scheme; "http:g" is strict here: no relative URL with a
     * scheme. */
    CU_ASSERT_EQUAL(frond_url_resolve(&base, "g:h", 3, &u), FROND_EHTTP_SCHEME);
    CU_ASSERT_EQUAL(frond_url_resolve(&base, "http:g", 6, &u), FROND_EHTTP_URL);
    CU_ASSERT_EQUAL(frond_url_resolve(&base, "///x", 4, &u), FROND_EHTTP_URL);
    CU_ASSERT_EQUAL(frond_url_resolve(&base, "a\nb", 3, &u), FROND_EHTTP_URL);
    CU_ASSERT_EQUAL(frond_url_resolve(&base, "g", 1, &base), FROND_EINVAL);
    CU_ASSERT_EQUAL(frond_url_resolve(NULL, "g", 1, &u), FROND_EINVAL);
    CU_ASSERT_EQUAL(frond_url_resolve(&base, NULL, 1, &u), FROND_EINVAL);
    CU_ASSERT_EQUAL(frond_url_resolve(&base, "g", 1, NULL), FROND_EINVAL);
    frond_url_free(&base);
}

static void test_redirect_sites(void) {
    static const struct {
        const char *base, *ref, *want;
    } rows[] = {
        {"https://u:p@h:8443/a", "/b", "https://u:p@h:8443/b"},
        {"https://u:p@h:8443/a", "//g/b", "https://g/b"},
        {"https://u:p@h:8443/a", "http://h/b", "http://h/b"},
        {"http://[fe80::1%25e]:81/a", "b", "http://[fe80::1%25e]:81/b"},
        {"http://h", "b", "http://h/b"},
        {"http://h//x", "..", "http://h/"},
        {"http://h/a?b", "?", "http://h/a?"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        frond_url base, u;
        CHECK_ROW(parse(rows[i].base, &base) == 0, rows[i].base);
        CHECK_ROW(frond_url_resolve(&base, rows[i].ref, strlen(rows[i].ref), &u) == 0,
                  rows[i].base);
        check_whole(&u, rows[i].want, rows[i].base);
        frond_url_free(&u);
        frond_url_free(&base);
    }
    frond_url a, b;
    CU_ASSERT_EQUAL(parse("http://H:80/a", &a), 0);
    CU_ASSERT_EQUAL(parse("http://h/b?c", &b), 0);
    CU_ASSERT(frond_url_same_origin(&a, &b));
    frond_url_free(&b);
    CU_ASSERT_EQUAL(parse("https://h:80/b?c", &b), 0);
    CU_ASSERT(!frond_url_same_origin(&a, &b));
    frond_url_free(&b);
    frond_url_free(&a);
}

/* Whatever is accepted has a text that is accepted again and stays as it is. */
static void test_random_round_trips(void) {
    static const char *const pieces[] = {
        "http://",  "HTTPS://", "h",   "a.b", "[::1]", "[fe80::a%25z]",
        ":",        "80",       "443", "/",   "//",    ".",
        "..",       "%2e",      "%2F", "%",   "%e9",   " ",
        "\xC3\xA9", "?",        "#",   "@",   "u",     "&",
        "=",        "[",        "]",   "\\",  "~",     "%7e",
        "1.2.3.4",  "+",        "*",   "Z"};
    uint64_t seed = suite_seed();
    size_t accepted = 0;
    for (int i = 0; i < 200000; i++) {
        char text[256] = "http://h/";
        if (suite_below(&seed, 2))
            text[0] = '\0';
        for (size_t n = 1 + suite_below(&seed, 12); n > 0; n--)
            strcat(text, pieces[suite_below(&seed, sizeof pieces / sizeof *pieces)]);
        frond_url u, again;
        if (parse(text, &u) < 0)
            continue;
        accepted++;
        char *whole = frond_url_text(&u, FROND_URL_WHOLE);
        CHECK_ROW(parse(whole, &again) == 0, text);
        check_whole(&again, whole, text);
        CHECK_ROW(strstr(u.path, "/../") == NULL && strstr(u.path, "/./") == NULL, text);
        frond_url_free(&again);
        frond_free(whole);
        frond_url_free(&u);
    }
    CU_ASSERT(accepted > 10000);
}

int main(void) {
    static const suite_test tests[] = {{"normal forms", test_normal_forms},
                                       {"refusals", test_refusals},
                                       {"components", test_components},
                                       {"lengths", test_lengths},
                                       {"RFC 3986 5.4", test_rfc_references},
                                       {"redirect sites", test_redirect_sites},
                                       {"random round trips", test_random_round_trips},
                                       {NULL, NULL}};
    return suite_run("url", tests);
}
