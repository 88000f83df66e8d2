/* SPDX-License-Identifier: MIT */
/* See prefer.h.  Rules 3 and 4 (deprecated, home addresses) and 7 (native transports) need what no portable
 * call tells. */
#include "prefer.h"

#include <stdbool.h>
#include <string.h>

/* RFC 6724, section 2.1, the longest prefix first. */
static const struct {
    uint8_t prefix[16];
    int bits, precedence, label;
} policy[] = {{{[15] = 1}, 128, 50, 0},
              {{[10] = 0xff, [11] = 0xff}, 96, 35, 4},
              {{0}, 96, 1, 3},
              {{0x20, 0x01}, 32, 5, 5},
              {{0x20, 0x02}, 16, 30, 2},
              {{0x3f, 0xfe}, 16, 1, 12},
              {{0xfe, 0xc0}, 10, 1, 11},
              {{0xfc}, 7, 3, 13},
              {{0}, 0, 40, 1}};

enum { LINK_LOCAL = 2, SITE_LOCAL = 5, GLOBAL = 14 };

/* IPv4 as RFC 6724 has it: mapped into IPv6. */
static void to_six(const frond_addr *a, uint8_t six[16]) {
    frond_addr one = *a;
    frond_addr_map(&one);
    memcpy(six, one.ip, 16);
}

static int common_bits(const uint8_t a[16], const uint8_t b[16]) {
    int n = 0;
    while (n < 128 && !(((a[n / 8] ^ b[n / 8]) << (n % 8)) & 0x80))
        n++;
    return n;
}

static size_t row_of(const uint8_t six[16]) {
    size_t i = 0;
    while (common_bits(six, policy[i].prefix) < policy[i].bits)
        i++;
    return i;
}

static int scope_of(const frond_addr *a, const uint8_t six[16]) {
    if (a->family == FROND_IPV4)
        return a->ip[0] == 127 || (a->ip[0] == 169 && a->ip[1] == 254) ? LINK_LOCAL
                                                                       : GLOBAL;
    if (six[0] == 0xff)
        return six[1] & 15;
    if (row_of(six) == 0 || (six[0] == 0xfe && (six[1] & 0xc0) == 0x80))
        return LINK_LOCAL;
    return six[0] == 0xfe && (six[1] & 0xc0) == 0xc0 ? SITE_LOCAL : GLOBAL;
}

typedef struct {
    bool reachable, same_scope, same_label;
    int precedence, scope, prefix;
} rank;

static rank rank_of(const frond__candidate *c) {
    uint8_t to[16], source[16];
    to_six(&c->to, to);
    rank r = {.reachable = c->source.family != 0,
              .precedence = policy[row_of(to)].precedence,
              .scope = scope_of(&c->to, to)};
    if (!r.reachable)
        return r;
    to_six(&c->source, source);
    r.same_scope = scope_of(&c->source, source) == r.scope;
    r.same_label = policy[row_of(source)].label == policy[row_of(to)].label;
    r.prefix = common_bits(source, to);
    return r;
}

int frond__prefer(const frond__candidate *a, const frond__candidate *b) {
    rank x = rank_of(a), y = rank_of(b);
    if (x.reachable != y.reachable) /* rule 1 */
        return y.reachable - x.reachable;
    if (x.same_scope != y.same_scope) /* 2 */
        return y.same_scope - x.same_scope;
    if (x.same_label != y.same_label) /* 5 */
        return y.same_label - x.same_label;
    if (x.precedence != y.precedence) /* 6 */
        return y.precedence - x.precedence;
    if (x.scope != y.scope) /* 8 */
        return x.scope - y.scope;
    if (a->to.family == FROND_IPV6 && b->to.family == FROND_IPV6) /* 9 */
        return y.prefix - x.prefix;
    return 0;
}
