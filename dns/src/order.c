/* SPDX-License-Identifier: MIT */
/* The order of records: ranks ascend, and SRV's and URI's of one rank are drawn by their weights (RFC 2782). */
#include "order.h"

static uint32_t rank(const frond_dns_record *r) {
    switch (r->type) {
    case FROND_DNS_MX:
        return r->as.mx.preference;
    case FROND_DNS_SRV:
        return r->as.srv.priority;
    case FROND_DNS_URI:
        return r->as.uri.priority;
    case FROND_DNS_SVCB:
    case FROND_DNS_HTTPS:
        return r->as.svcb.priority;
    case FROND_DNS_NAPTR:
        return (uint32_t)r->as.naptr.order << 16 | r->as.naptr.preference;
    default:
        return 0;
    }
}

static uint32_t weight(const frond_dns_record *r) {
    return r->type == FROND_DNS_SRV ? r->as.srv.weight : r->as.uri.weight;
}

static void swap(frond_dns_record *a, frond_dns_record *b) {
    frond_dns_record kept = *a;
    *a = *b;
    *b = kept;
}

static uint64_t next(uint64_t *state) { /* splitmix64 */
    uint64_t z = *state += 0x9e3779b97f4a7c15U;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9U;
    z = (z ^ z >> 27) * 0x94d049bb133111ebU;
    return z ^ z >> 31;
}

/* Those of weight 0 come first in the running sum, so that they have a small chance. */
static void draw(frond_dns_record *list, size_t n, uint64_t *state) {
    for (; n > 1; list++, n--) {
        uint64_t sum = 0, running = 0;
        size_t zeros = 0;
        for (size_t i = 0; i < n; i++) {
            sum += weight(&list[i]);
            if (weight(&list[i]) == 0)
                swap(&list[i], &list[zeros++]);
        }
        uint64_t at = next(state) % (sum + 1);
        for (size_t i = 0; i < n; i++) {
            running += weight(&list[i]);
            if (running >= at) {
                swap(list, &list[i]);
                break;
            }
        }
    }
}

void frond__order(frond_dns_record *list, size_t n, uint64_t seed) {
    for (size_t i = 1; i < n; i++)
        for (size_t k = i; k > 0 && rank(&list[k - 1]) > rank(&list[k]); k--)
            swap(&list[k - 1], &list[k]);
    if (n == 0 || (list[0].type != FROND_DNS_SRV && list[0].type != FROND_DNS_URI))
        return;
    for (size_t i = 0, end; i < n; i = end) {
        for (end = i; end < n && rank(&list[end]) == rank(&list[i]); end++) {}
        draw(list + i, end - i, &seed);
    }
}
