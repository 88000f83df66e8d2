/* SPDX-License-Identifier: MIT */
/* See answer.h. */
#include "answer.h"

#include <frond/error.h>
#include <frond/impl/memory.h>
#include <string.h>

frond__answer *frond__answer_new(int code) {
    frond__answer *a = frond_calloc(1, sizeof *a);
    if (a) {
        a->refs = 1;
        a->code = code;
    }
    return a;
}

frond__answer *frond__answer_ref(frond__answer *a) {
    a->refs++;
    return a;
}

void frond__answer_unref(frond__answer *a) {
    if (!a || --a->refs)
        return;
    frond_dns_records_free(a->records);
    frond_free(a->aliases);
    frond_free(a->canonical);
    frond_free(a->addrs);
    frond_free(a);
}

int frond__answer_add(frond__answer *a, const frond_addr *addr) {
    if (a->n == a->cap) {
        size_t cap = a->cap ? a->cap * 2 : 4;
        frond_addr *grown = frond_realloc(a->addrs, cap * sizeof *grown);
        if (!grown)
            return FROND_ENOMEM;
        a->addrs = grown;
        a->cap = cap;
    }
    a->addrs[a->n++] = *addr;
    return 0;
}

int frond__answer_add_alias(frond__answer *a, const char *name) {
    size_t had = 0, n = strlen(name) + 1;
    while (a->aliases && a->aliases[had])
        had += strlen(a->aliases + had) + 1;
    char *grown = frond_realloc(a->aliases, had + n + 1);
    if (!grown)
        return FROND_ENOMEM;
    a->aliases = grown;
    memcpy(grown + had, name, n);
    grown[had + n] = '\0';
    return 0;
}

void frond__answer_no_aliases(frond__answer *a) {
    frond_free(a->aliases);
    a->aliases = NULL;
}

int frond__answer_addrs(const frond__answer *a, int port, frond_family family,
                        frond_addrs **out) {
    frond_addrs *to = frond_addrs_new();
    for (size_t i = 0; to && i < a->n; i++) {
        frond_addr one = a->addrs[i];
        one.port = (uint16_t)port;
        if (family != FROND_UNSPEC && one.family != family)
            continue;
        if (frond_addrs_add(to, &one) < 0) {
            frond_addrs_free(to);
            return FROND_ENOMEM;
        }
    }
    if (!to)
        return FROND_ENOMEM;
    if (frond_addrs_count(to) == 0) {
        frond_addrs_free(to);
        return FROND_EDNS_NODATA;
    }
    *out = to;
    return 0;
}
