/* SPDX-License-Identifier: MIT */
/* The order of addresses (RFC 6724). */
#include "support.h"

#include "prefer.h"
#include <frond/dns.h>

static frond__candidate candidate(const char *to, const char *source) {
    frond__candidate c = {.to = {0}};
    CHECK_INT(frond_addr_parse(&c.to, to, 0), 0);
    if (source)
        CHECK_INT(frond_addr_parse(&c.source, source, 0), 0);
    return c;
}

/* The examples of RFC 6724, section 10.2: the first comes before the second. */
static void order_of_addresses(void) {
    static const struct {
        const char *first, *first_source, *second, *second_source;
    } table[] = {
        {"2001:db8:1::1", "2001:db8:1::2", "198.51.100.121", "169.254.13.78"},
        {"198.51.100.121", "198.51.100.117", "2001:db8:1::1", "fe80::1"},
        {"2001:db8:1::1", "2001:db8:1::2", "10.1.2.3", "10.1.2.4"},
        {"fe80::1", "fe80::2", "2001:db8:1::1", "2001:db8:1::2"},
        {"2001:db8:1::1", "2001:db8:1::2", "2001:db8:3ffe::1", "2001:db8:1::2"},
        {"2002:c633:6401::1", "2002:c633:6401::2", "2001:db8:1::1", "2002:c633:6401::2"},
        {"2001:db8:1::1", "2001:db8:1::2", "2002:c633:6401::1", "2002:c633:6401::2"},
        {"10.1.2.3", "10.1.2.4", "2001:db8:1::1", NULL}, /* no way to it */
        {"10.1.2.3", "10.1.2.4", "fc00::1", "fc00::2"},
        {"::1", "::1", "127.0.0.1", "127.0.0.1"}};
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        frond__candidate a = candidate(table[i].first, table[i].first_source);
        frond__candidate b = candidate(table[i].second, table[i].second_source);
        CHECK(frond__prefer(&a, &b) < 0);
        CHECK(frond__prefer(&b, &a) > 0);
        CHECK_INT(frond__prefer(&a, &a), 0);
    }
}

/* One without a way to it comes last; equal ones stay as they were. */
static void lists(void) {
    frond_addr list[3];
    CHECK_INT(frond_addr_parse(&list[0], "127.0.0.2", 1), 0);
    CHECK_INT(frond_addr_parse(&list[1], "127.0.0.1", 2), 0);
    CHECK_INT(frond_addr_parse(&list[2], "127.0.0.1", 3), 0);
    frond_addr_sort(list, 3);
    for (int i = 0; i < 3; i++)
        CHECK_INT(list[i].port, i + 1);
    frond_addr_sort(list, 0);
    frond_addr_sort(NULL, 0);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"order of addresses", order_of_addresses}, {"lists", lists}, {NULL, NULL}};
    return test_main("prefer", tests, argc, argv);
}
