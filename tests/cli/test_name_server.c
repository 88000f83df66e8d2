/* SPDX-License-Identifier: MIT */
/* The demonstration's name server: queries built by hand, cut short anywhere, and bytes of no sense. */
#include "support.h"

#include "serve.h"
#include <stdlib.h>
#include <string.h>

static const unsigned char plain[] = {
    0x12, 0x34, 1,   0,   0,   1,   0, 0,   0,   0,   0,   0, 3, 'W', 'w', 'w',
    5,    'f',  'r', 'o', 'n', 'd', 4, 't', 'e', 's', 't', 0, 0, 1,   0,   1};

enum { TYPE = sizeof plain - 4, CLASS = sizeof plain - 2, ROOM = 512 };

static size_t answer(const unsigned char *query, size_t n, unsigned char *out) {
    memset(out, 0xee, ROOM);
    unsigned char *exact = malloc(n ? n : 1), *room = malloc(ROOM);
    if (n)
        memcpy(exact, query, n);
    size_t len = name_server_answer("frond.test", exact, n, room);
    CHECK(len <= ROOM);
    memcpy(out, room, len);
    free(exact);
    free(room);
    return len;
}

static size_t changed(size_t at, unsigned char byte, unsigned char *out) {
    unsigned char query[sizeof plain];
    memcpy(query, plain, sizeof query);
    query[at] = byte;
    return answer(query, sizeof query, out);
}

static void test_addresses(void) {
    unsigned char out[ROOM];
    CHECK_INT(answer(plain, sizeof plain, out), sizeof plain + 16);
    CHECK(out[0] == 0x12 && out[1] == 0x34);
    CHECK_INT(out[2], 0x85); /* an answer, authoritative, recursion was asked for */
    CHECK_INT(out[3], 0);
    CHECK(out[5] == 1 && out[7] == 1);
    CHECK(memcmp(out + 12, plain + 12, sizeof plain - 12) == 0);
    CHECK(memcmp(out + sizeof plain + 12, "\x7f\0\0\1", 4) == 0);
    CHECK_INT(changed(TYPE + 1, 255, out), sizeof plain + 16); /* ANY */
    CHECK_INT(changed(TYPE + 1, 28, out), sizeof plain);       /* AAAA: there is none */
    CHECK_INT(out[3], 0);
    CHECK_INT(out[7], 0);
}

static void test_refusals(void) {
    unsigned char out[ROOM];
    CHECK_INT(changed(CLASS + 1, 3, out), sizeof plain); /* CHAOS */
    CHECK_INT(out[3], 5);
    CHECK_INT(changed(17, 'g', out), sizeof plain); /* www.grond.test */
    CHECK_INT(out[3], 5);
    CHECK_INT(changed(2, 0x10, out), 12); /* another opcode */
    CHECK_INT(out[3], 4);
    CHECK_INT(changed(2, 0x81, out), 0); /* an answer is not answered */
    CHECK_INT(changed(5, 2, out), 12);   /* two questions */
    CHECK_INT(out[3], 1);
    CHECK_INT(changed(5, 0, out), 12);
    CHECK_INT(changed(12, 0xc0, out), 12); /* compressed */
    CHECK_INT(out[3], 1);
    CHECK_INT(changed(12, 63, out), 12); /* a label beyond the end */
    static const unsigned char other[] =
        "\0\1\1\0\0\1\0\0\0\0\0\0\6xfrond\4test\0\0\1\0\1";
    CHECK(answer(other, sizeof other - 1, out) >
          0); /* not below the zone: another name */
    CHECK_INT(out[3], 5);
}

static void test_cut_short(void) {
    unsigned char out[ROOM];
    for (size_t n = 0; n < sizeof plain; n++) {
        CHECK_INT(answer(plain, n, out), n < 12 ? 0 : 12);
        if (n >= 12)
            CHECK_INT(out[3], 1);
    }
}

static void test_long_names(void) {
    unsigned char query[700] = {0, 1, 1, 0, 0, 1}, out[ROOM];
    for (size_t labels = 1; labels <= 10; labels++) {
        size_t at = 12;
        for (size_t i = 0; i < labels; i++, at += 64) {
            query[at] = 63;
            memset(query + at + 1, 'a', 63);
        }
        memcpy(query + at, "\0\0\1\0\1", 5);
        size_t n = answer(query, at + 5, out);
        CHECK(n == 12 || n == at + 5);
        CHECK(out[3] == 1 || out[3] == 5);
    }
}

static void test_garbage(void) {
    uint32_t x = 2463534242u;
    unsigned char query[600], out[ROOM];
    for (int i = 0; i < 50000; i++) {
        x ^= x << 13, x ^= x >> 17, x ^= x << 5;
        size_t n = x % (i % 2 ? sizeof plain + 30 : sizeof query);
        memset(query, 0, sizeof query);
        memcpy(query, plain, sizeof plain);
        size_t flips = i % 2 ? 1 + x % 4 : n;
        for (size_t k = 0; k < flips; k++) {
            x ^= x << 13, x ^= x >> 17, x ^= x << 5;
            query[i % 2 ? x % sizeof plain : k] = (unsigned char)(x >> 9);
        }
        answer(query, n, out);
    }
}

static void test_over_udp(void) {
    name_server *s = NULL;
    frond_resolver *r = NULL;
    frond_addrs *found = NULL;
    frond_udp *u = NULL;
    frond_addr where;
    char servers[FROND_ADDR_TEXT];
    CHECK_INT(name_server_start(0, "frond.test", &s), 0);
    frond_addr_loopback(&where, FROND_IPV4, name_server_port(s));
    frond_resolver_options o = {.servers =
                                    frond_addr_format(&where, servers, sizeof servers)};
    CHECK_INT(frond_resolver_new(&o, &r), 0);
    CHECK_INT(frond_resolver_resolve(r, "a.b.Frond.Test", 1, FROND_UNSPEC, &found,
                                     frond_in(5000)),
              0);
    CHECK_INT(frond_addrs_count(found), 1);
    frond_addrs_free(found);
    frond_addr any;
    frond_addr_loopback(&any, FROND_IPV4, 0);
    CHECK_INT(frond_udp_open(&any, &u), 0);
    static const unsigned char junk[1400];
    for (size_t n = 0; n <= sizeof junk; n += 200) /* does not stop it */
        CHECK_INT(frond_udp_send(u, junk, n, &where, frond_in(1000)), 0);
    frond_udp_free(u);
    CHECK_INT(
        frond_resolver_resolve(r, "c.frond.test", 1, FROND_IPV4, &found, frond_in(5000)),
        0);
    frond_addrs_free(found);
    CHECK_INT(frond_resolver_resolve(r, "elsewhere.test.", 1, FROND_IPV4, &found,
                                     frond_in(5000)),
              FROND_EDNS_REFUSED);
    frond_resolver_free(r);
    name_server_free(s);
    name_server_free(NULL);
}

static const test_case tests[] = {{"addresses", test_addresses},
                                  {"refusals", test_refusals},
                                  {"cut short", test_cut_short},
                                  {"long names", test_long_names},
                                  {"garbage", test_garbage},
                                  {"over udp", test_over_udp},
                                  {0}};

int main(int argc, char **argv) {
    return test_main("name server", tests, argc, argv);
}
