/* SPDX-License-Identifier: MIT */
/* Destination addresses in the order of RFC 6724: the source that the system would use for each is found by
 * connecting a UDP socket, which sends nothing.  Rule 3 and 4 (deprecated, home addresses) and 7 (native
 * transports) need what no portable call tells. */
#include "order.h"

#include "socket.h"
#include <frond/impl/address.h>
#include <frond/impl/memory.h>
#include <frond/impl/process.h>
#include <stdbool.h>
#include <string.h>

typedef struct {
    frond_addr addr, source;
    uint8_t to[16], from[16]; /* IPv4 in its mapped form */
    bool reached;
    size_t at;
} candidate;

static const struct {
    uint8_t prefix[16];
    unsigned bits, precedence, label;
} policies[] = {
    /* RFC 6724, 2.1; the longest that matches counts */
    {{[15] = 1}, 128, 50, 0},  {{[10] = 0xff, 0xff}, 96, 35, 4},
    {{[0] = 0}, 96, 1, 3},     {{0x20, 0x01}, 32, 5, 5},
    {{0x20, 0x02}, 16, 30, 2}, {{0x3f, 0xfe}, 16, 1, 12},
    {{0xfe, 0xc0}, 10, 1, 11}, {{0xfc}, 7, 3, 13},
    {{[0] = 0}, 0, 40, 1},
};

static void mapped(const frond_addr *a, uint8_t out[16]) {
    if (a->family == FROND_IPV6) {
        memcpy(out, a->ip, 16);
        return;
    }
    memset(out, 0, 10);
    out[10] = out[11] = 0xff;
    memcpy(out + 12, a->ip, 4);
}

static unsigned common_bits(const uint8_t *a, const uint8_t *b) {
    unsigned n = 0;
    while (n < 128 && !((a[n / 8] ^ b[n / 8]) & (0x80 >> n % 8)))
        n++;
    return n;
}

static size_t policy_of(const uint8_t *ip) {
    size_t i = 0;
    while (common_bits(ip, policies[i].prefix) < policies[i].bits)
        i++;
    return i;
}

/* 2: this link, 5: this site, 14: everywhere. */
static unsigned scope(const uint8_t *ip) {
    static const uint8_t four[12] = {[10] = 0xff, 0xff}, one[16] = {[15] = 1};
    if (memcmp(ip, four, 12) == 0)
        return ip[12] == 127 || (ip[12] == 169 && ip[13] == 254) ? 2 : 14;
    if (ip[0] == 0xff)
        return ip[1] & 15;
    if (memcmp(ip, one, 16) == 0 || (ip[0] == 0xfe && (ip[1] & 0xc0) == 0x80))
        return 2;
    return ip[0] == 0xfe && (ip[1] & 0xc0) == 0xc0 ? 5 : 14;
}

static void find_source(candidate *c) {
    struct sockaddr_storage to, from;
    frond_addr target = c->addr;
    target.port = 9; /* BSDs refuse port 0 */
    socklen_t n = sizeof from;
    socklen_t size = (socklen_t)frond_addr_to_system(&target, &to);
    frond__socket s = socket(to.ss_family, SOCK_DGRAM, 0);
    if (s == FROND__NO_SOCKET)
        return;
    c->reached = connect(s, (struct sockaddr *)&to, size) == 0 &&
                 getsockname(s, (struct sockaddr *)&from, &n) == 0 &&
                 frond_addr_from_system(&c->source, (struct sockaddr *)&from) == 0;
    if (c->reached)
        mapped(&c->source, c->from);
    frond__socket_close(s);
}

/* Below 0: a comes first. */
static int compare(const candidate *a, const candidate *b) {
    if (a->reached != b->reached)
        return a->reached ? -1 : 1;
    unsigned scope_a = scope(a->to), scope_b = scope(b->to);
    size_t policy_a = policy_of(a->to), policy_b = policy_of(b->to);
    if (a->reached) {
        bool same_a = scope(a->from) == scope_a, same_b = scope(b->from) == scope_b;
        if (same_a != same_b)
            return same_a ? -1 : 1;
        same_a = policies[policy_of(a->from)].label == policies[policy_a].label;
        same_b = policies[policy_of(b->from)].label == policies[policy_b].label;
        if (same_a != same_b)
            return same_a ? -1 : 1;
    }
    if (policies[policy_a].precedence != policies[policy_b].precedence)
        return policies[policy_a].precedence > policies[policy_b].precedence ? -1 : 1;
    if (scope_a != scope_b)
        return scope_a < scope_b ? -1 : 1;
    if (a->reached && a->addr.family == b->addr.family && a->addr.family == FROND_IPV6) {
        unsigned bits_a = common_bits(a->to, a->from);
        unsigned bits_b = common_bits(b->to, b->from);
        if (bits_a != bits_b)
            return bits_a > bits_b ? -1 : 1;
    }
    return a->at < b->at ? -1 : 1;
}

/* Without memory they stay as they are.  No fork may happen while a socket is not close-on-exec. */
void frond__sort(frond_addr *list, size_t n) {
    candidate *c = n > 1 ? frond_calloc(n, sizeof *c) : NULL;
    if (!c)
        return;
    frond_opening_begin();
    for (size_t i = 0; i < n; i++) {
        c[i].addr = list[i];
        c[i].at = i;
        mapped(&list[i], c[i].to);
        find_source(&c[i]);
    }
    frond_opening_end();
    for (size_t i = 1; i < n; i++)
        for (size_t k = i; k > 0 && compare(&c[k], &c[k - 1]) < 0; k--) {
            candidate kept = c[k];
            c[k] = c[k - 1];
            c[k - 1] = kept;
        }
    for (size_t i = 0; i < n; i++)
        list[i] = c[i].addr;
    frond_free(c);
}
