/* SPDX-License-Identifier: MIT */
/* See wire.h.  A number read beyond the end is 0 and makes the reader bad, so that code on it asks once. */
#include "wire.h"

#include "compat.h"
#include <ares.h>
#include <frond/error.h>
#include <string.h>

enum { SOA = 6 };

static bool has(frond__wire *w, size_t n) {
    if (w->at > w->size || n > w->size - w->at)
        w->bad = true;
    return !w->bad;
}

unsigned frond__wire_number(frond__wire *w, size_t bytes) {
    unsigned value = 0;
    if (!has(w, bytes))
        return 0;
    while (bytes--)
        value = value << 8 | w->data[w->at++];
    return value;
}

void frond__wire_skip(frond__wire *w, size_t n) {
    if (has(w, n))
        w->at += n;
}

/* A name ends with an empty label or with a pointer, which is not followed here. */
void frond__wire_skip_name(frond__wire *w) {
    for (;;) {
        unsigned length = frond__wire_number(w, 1);
        if (w->bad || length == 0)
            return;
        if (length >= 0xc0) {
            frond__wire_skip(w, 1);
            return;
        }
        if (length > 63)
            w->bad = true;
        frond__wire_skip(w, length);
    }
}

bool frond__wire_record(frond__wire *w, frond__rr *rr) {
    rr->name = w->at;
    frond__wire_skip_name(w);
    rr->type = (uint16_t)frond__wire_number(w, 2);
    rr->class = (uint16_t)frond__wire_number(w, 2);
    rr->ttl = frond__wire_number(w, 4);
    if (rr->ttl > INT32_MAX) /* RFC 2181: such are zero */
        rr->ttl = 0;
    rr->size = frond__wire_number(w, 2);
    rr->data = w->at;
    frond__wire_skip(w, rr->size);
    return !w->bad;
}

bool frond__wire_begin(frond__wire *w, const void *data, size_t n, frond__header *h) {
    *w = (frond__wire){data, n, 0, false};
    h->id = (uint16_t)frond__wire_number(w, 2);
    h->flags = (uint16_t)frond__wire_number(w, 2);
    for (int i = 0; i < 4; i++)
        h->counts[i] = (uint16_t)frond__wire_number(w, 2);
    for (unsigned i = 0; i < h->counts[0] && !w->bad; i++) {
        frond__wire_skip_name(w);
        frond__wire_skip(w, 4);
    }
    return !w->bad && h->flags & 0x8000;
}

int frond__wire_code(const frond__header *h) {
    switch (h->flags & 15) {
    case 0:
        return h->counts[1] ? 0 : FROND_EDNS_NODATA;
    case 1:
        return FROND_EDNS_BADRESP;
    case 3:
        return FROND_EDNS_NOTFOUND;
    case 5:
        return FROND_EDNS_REFUSED;
    default:
        return FROND_EDNS_SERVFAIL;
    }
}

static uint8_t lower(uint8_t c) {
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c + ('a' - 'A')) : c;
}

/* The lengths in a name are below 'A', so folding the question's letters leaves them as they are. */
bool frond__wire_answers(const void *query, size_t query_n, const void *answer,
                         size_t n) {
    const uint8_t *q = query, *a = answer;
    frond__wire w = {q, query_n, FROND__HEADER, false};
    frond__wire_skip_name(&w);
    frond__wire_skip(&w, 4);
    if (w.bad || n < w.at || q[0] != a[0] || q[1] != a[1] || !(a[2] & 0x80))
        return false;
    if (a[4] != 0 || a[5] != 1)
        return false;
    for (size_t i = FROND__HEADER; i < w.at; i++)
        if (lower(q[i]) != lower(a[i]))
            return false;
    return true;
}

int64_t frond__wire_negative_ttl(const void *data, size_t n) {
    frond__wire w;
    frond__header h;
    frond__rr rr;
    if (!frond__wire_begin(&w, data, n, &h))
        return -1;
    for (unsigned i = 0; i < h.counts[1]; i++)
        if (!frond__wire_record(&w, &rr))
            return -1;
    for (unsigned i = 0; i < h.counts[2] && frond__wire_record(&w, &rr); i++) {
        if (rr.type != SOA || rr.size < 22)
            continue;
        frond__wire last = {data, n, rr.data + rr.size - 4, false};
        uint32_t minimum = frond__wire_number(&last, 4);
        return minimum < rr.ttl ? minimum : rr.ttl;
    }
    return -1;
}

/* c-ares bounds the pointers it follows. */
bool frond__wire_name(const void *data, size_t n, size_t at, char *text, size_t cap,
                      size_t *next) {
    char *name = NULL;
    long used = 0;
    const unsigned char *bytes = data;
    if (at >= n || n > INT32_MAX ||
        ares_expand_name(bytes + at, bytes, (int)n, &name, &used) != ARES_SUCCESS)
        return false;
    size_t length = strlen(name);
    bool fits = length < cap;
    if (fits)
        memcpy(text, name, length + 1);
    if (next)
        *next = at + (size_t)used;
    ares_free_string(name);
    return fits;
}
