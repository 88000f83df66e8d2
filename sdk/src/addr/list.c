/* SPDX-License-Identifier: MIT */
/* Lists of addresses. */
#include <frond/addr.h>

#include <frond/error.h>
#include <frond/impl/fail.h>
#include <frond/impl/memory.h>

struct frond_addrs {
    size_t n, cap;
    frond_addr *list;
};

frond_addrs *frond_addrs_new(void) {
    frond_addrs *list = frond_calloc(1, sizeof *list);
    if (!list)
        frond_fail_set(FROND_ENOMEM, "address list");
    return list;
}

int frond_addrs_add(frond_addrs *list, const frond_addr *a) {
    if (!list || !a)
        return frond_fail_set(FROND_EINVAL, "address list");
    if (list->n == list->cap) {
        size_t cap = list->cap ? list->cap * 2 : 4;
        frond_addr *grown = frond_realloc(list->list, cap * sizeof *grown);
        if (!grown)
            return frond_fail_set(FROND_ENOMEM, "address list");
        list->list = grown;
        list->cap = cap;
    }
    list->list[list->n++] = *a;
    return 0;
}

size_t frond_addrs_count(const frond_addrs *list) {
    return list ? list->n : 0;
}

const frond_addr *frond_addrs_at(const frond_addrs *list, size_t i) {
    return list && i < list->n ? &list->list[i] : NULL;
}

void frond_addrs_free(frond_addrs *list) {
    if (!list)
        return;
    frond_free(list->list);
    frond_free(list);
}
