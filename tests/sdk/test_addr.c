/* SPDX-License-Identifier: MIT */
/* Addresses as text and back. */
#include "support.h"

#include <frond/impl/address.h>
#include <string.h>

static void good(const char *text, int default_port, const char *expected) {
    frond_addr a;
    char out[FROND_ADDR_TEXT];
    CHECK_INT(frond_addr_parse_port(&a, text, default_port), 0);
    CHECK_TEXT(frond_addr_format(&a, out, sizeof out), expected);
    struct sockaddr_storage system; /* there and back */
    frond_addr b;
    unsigned n = frond_addr_to_system(&a, &system);
    CHECK(n > 0);
    CHECK_INT(frond_addr_from_system(&b, (struct sockaddr *)&system, n), 0);
    CHECK(frond_addr_equal(&a, &b));
}

static void with_port(void) {
    good("127.0.0.1:80", 1, "127.0.0.1:80");
    good("127.0.0.1", 53, "127.0.0.1:53");
    good("0.0.0.0:0", 1, "0.0.0.0:0");
    good("255.255.255.255:65535", 1, "255.255.255.255:65535");
    good(":8080", 1, "0.0.0.0:8080");
    good("[::1]:443", 1, "[::1]:443");
    good("[::1]", 7, "[::1]:7");
    good("::1", 7, "[::1]:7");
    good("::", 7, "[::]:7");
    good("2001:db8::8:800:200c:417a", 7, "[2001:db8::8:800:200c:417a]:7");
    good("[2001:DB8:0:0:8:800:200C:417A]:9", 7, "[2001:db8::8:800:200c:417a]:9");
    good("::ffff:1.2.3.4", 7, "[::ffff:1.2.3.4]:7");
}

static void refused(void) {
    static const char *const bad[] = {"",
                                      "x",
                                      "1.2.3",
                                      "1.2.3.4.5",
                                      "256.1.1.1",
                                      "1.2.3.4:",
                                      "1.2.3.4:x",
                                      "1.2.3.4:-1",
                                      "1.2.3.4:65536",
                                      "1.2.3.4:1:2",
                                      "[::1",
                                      "::1]",
                                      "[::1]x",
                                      "[::1]:",
                                      "[]:80",
                                      "[1.2.3.4",
                                      ":::",
                                      "1::2::3",
                                      "1.2.3.4 ",
                                      " 1.2.3.4",
                                      "localhost",
                                      "localhost:80",
                                      "1.2.3.4:+8",
                                      "1.2.3.4:0x50",
                                      ":99999999999999999999",
                                      "12345::1",
                                      "::1%",
                                      "g::1"};
    frond_addr a;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        int rc = frond_addr_parse_port(&a, bad[i], -1);
        if (rc != FROND_EINVAL)
            CHECK_TEXT(bad[i], "refused");
    }
    CHECK_INT(frond_addr_parse(&a, "1.2.3.4", 65536), FROND_EINVAL);
    CHECK_INT(frond_addr_parse(&a, "1.2.3.4", -1), FROND_EINVAL);
    CHECK_INT(frond_addr_parse(&a, "1.2.3.4:5", 1), FROND_EINVAL);
    CHECK_INT(frond_addr_parse(NULL, "1.2.3.4", 1), FROND_EINVAL);
    CHECK_INT(frond_addr_parse(&a, NULL, 1), FROND_EINVAL);
    CHECK_INT(frond_addr_parse_port(&a, NULL, 1), FROND_EINVAL);
    char long_text[500];
    memset(long_text, '1', sizeof long_text - 1);
    long_text[sizeof long_text - 1] = '\0';
    CHECK_INT(frond_addr_parse(&a, long_text, 1), FROND_EINVAL);
    CHECK_INT(frond_addr_parse_port(&a, long_text, 1), FROND_EINVAL);
}

static void formats(void) {
    frond_addr a;
    char out[FROND_ADDR_TEXT];
    CHECK_INT(frond_addr_parse(&a, "10.0.0.1", 99), 0);
    CHECK_TEXT(frond_addr_format_ip(&a, out, sizeof out), "10.0.0.1");
    CHECK_TEXT(frond_addr_format(&a, out, 5), "10.0");
    CHECK(frond_addr_format(&a, out, 0) == out);
    CHECK_INT(frond_addr_parse(&a, "[fe80::1]", 99), 0);
    CHECK_TEXT(frond_addr_format_ip(&a, out, sizeof out), "fe80::1");
    CHECK_INT(frond_addr_parse(&a, "fe80::1%1", 5), 0);
    CHECK_INT(a.scope, 1);
    CHECK_TEXT(frond_addr_format(&a, out, sizeof out), "[fe80::1%1]:5");
}

static void loopback_and_equal(void) {
    frond_addr a, b;
    CHECK_INT(frond_addr_loopback(&a, FROND_IPV4, 5), 0);
    CHECK_INT(frond_addr_parse(&b, "127.0.0.1", 5), 0);
    CHECK(frond_addr_equal(&a, &b));
    b.port = 6;
    CHECK(!frond_addr_equal(&a, &b));
    CHECK_INT(frond_addr_loopback(&b, FROND_IPV6, 5), 0);
    CHECK(!frond_addr_equal(&a, &b));
    CHECK_INT(frond_addr_loopback(&a, FROND_UNIX, 5), FROND_EINVAL);
    CHECK_INT(frond_addr_loopback(&a, FROND_UNSPEC, 5), FROND_EINVAL);
    CHECK_INT(frond_addr_loopback(&a, FROND_IPV4, 70000), FROND_EINVAL);
}

static void of_unix_sockets(void) {
    frond_addr a, b;
    char out[FROND_ADDR_TEXT], longest[120];
    struct sockaddr_storage s;
    good("unix:/run/some.socket", 0, "unix:/run/some.socket");
    good("unix:relative", 0, "unix:relative");
    CHECK_INT(frond_addr_unix(&a, "/x"), 0);
    CHECK_INT(frond_addr_unix(&b, "/y"), 0);
    CHECK(!frond_addr_equal(&a, &b));
    CHECK_INT(frond_addr_unix(&b, "/x"), 0);
    CHECK(frond_addr_equal(&a, &b));
    CHECK_INT(frond_addr_unix(&a, "@name"), 0);
    CHECK_TEXT(frond_addr_format(&a, out, sizeof out), "unix:@name");
    CHECK_INT(a.path_length, 5);
    CHECK_INT(a.path[0], 0);
    CHECK_INT(frond_addr_unix(&a, ""), FROND_EINVAL);
    CHECK_INT(frond_addr_unix(&a, NULL), FROND_EINVAL);
    CHECK_INT(frond_addr_unix(NULL, "x"), FROND_EINVAL);
    CHECK_INT(frond_addr_parse_port(&a, "unix:", 1), FROND_EINVAL);
    memset(longest, 'x', sizeof longest);
    longest[107] = '\0';
    CHECK_INT(frond_addr_unix(&a, longest), 0);
    CHECK_INT(strlen(frond_addr_format(&a, out, sizeof out)), 112);
    CHECK_INT(strlen(frond_addr_format(&a, out, 10)), 9);
    CHECK(frond_addr_to_system(&a, &s) > 0 ||
          sizeof((struct sockaddr_un *)0)->sun_path < 108);
    longest[107] = 'x';
    longest[108] = '\0';
    CHECK_INT(frond_addr_unix(&a, longest), FROND_ENAMETOOLONG);
}

static void mapped(void) {
    frond_addr a, b, six;
    CHECK_INT(frond_addr_parse(&a, "192.0.2.1", 80), 0);
    CHECK_INT(frond_addr_parse(&b, "::ffff:192.0.2.1", 80), 0);
    CHECK_INT(frond_addr_unmap(&a), 0);
    CHECK_INT(frond_addr_map(&a), 1);
    CHECK(frond_addr_equal(&a, &b));
    CHECK_INT(frond_addr_map(&a), 0);
    CHECK_INT(frond_addr_unmap(&a), 1);
    CHECK_INT(frond_addr_parse(&b, "192.0.2.1", 80), 0);
    CHECK(frond_addr_equal(&a, &b));
    CHECK_INT(frond_addr_parse(&six, "2001:db8::1", 80), 0);
    CHECK_INT(frond_addr_unmap(&six), 0);
    CHECK_INT(frond_addr_map(&six), 0);
    CHECK_INT(frond_addr_map(NULL), 0);
    CHECK_INT(frond_addr_unmap(NULL), 0);
}

static void lists(void) {
    frond_addrs *list = frond_addrs_new();
    frond_addr a;
    for (int i = 0; i < 100; i++) {
        frond_addr_loopback(&a, FROND_IPV4, i);
        CHECK_INT(frond_addrs_add(list, &a), 0);
    }
    CHECK_INT(frond_addrs_count(list), 100);
    for (size_t i = 0; i < 100; i++)
        CHECK_INT(frond_addrs_at(list, i)->port, i);
    CHECK(frond_addrs_at(list, 100) == NULL);
    CHECK(frond_addrs_at(NULL, 0) == NULL);
    CHECK_INT(frond_addrs_count(NULL), 0);
    CHECK_INT(frond_addrs_add(NULL, &a), FROND_EINVAL);
    CHECK_INT(frond_addrs_add(list, NULL), FROND_EINVAL);
    frond_addrs_free(list);
    frond_addrs_free(NULL);
}

static void system_form(void) {
    struct sockaddr_storage s;
    frond_addr a = {.family = FROND_UNIX};
    CHECK_INT(frond_addr_to_system(&a, &s), 0);
    memset(&s, 0, sizeof s);
    s.ss_family = 250;
    CHECK_INT(frond_addr_from_system(&a, (struct sockaddr *)&s, sizeof s),
              FROND_EAFNOSUPPORT);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {{"with port", with_port},
                                      {"of unix sockets", of_unix_sockets},
                                      {"refused", refused},
                                      {"formats", formats},
                                      {"loopback and equal", loopback_and_equal},
                                      {"mapped", mapped},
                                      {"lists", lists},
                                      {"system form", system_form},
                                      {0}};
    return test_main("addr", tests, argc, argv);
}
