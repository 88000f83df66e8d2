/* SPDX-License-Identifier: MIT */
/* Reading answers (RFC 1035): nothing is read beyond their end, whatever they say of themselves. */
#ifndef FROND_DNS_WIRE_H
#define FROND_DNS_WIRE_H

#include <frond/addr.h>
#include <stdbool.h>

enum { FROND__HEADER = 12, FROND__CLASS_IN = 1 };

/* Reads from `at` on; once a read did not fit, bad is set and all that follows gives 0. */
typedef struct {
    const uint8_t *data;
    size_t size, at;
    bool bad;
} frond__wire;

typedef struct {
    size_t name; /* where its owner's name stands */
    uint16_t type, class;
    uint32_t ttl;
    size_t data, size;
} frond__rr;

typedef struct {
    uint16_t id, flags;
    uint16_t counts[4]; /* questions, answers, authorities, others */
} frond__header;

unsigned frond__wire_number(frond__wire *w, size_t bytes); /* 1, 2 or 4 */
void frond__wire_skip(frond__wire *w, size_t n);
void frond__wire_skip_name(frond__wire *w);
bool frond__wire_record(frond__wire *w, frond__rr *rr);

/* Puts w behind the header and the questions; false when they are not as they must be. */
bool frond__wire_begin(frond__wire *w, const void *data, size_t n, frond__header *h);

/* The code for an answer: 0 when it has records, FROND_EDNS_NODATA when not, or what it says. */
int frond__wire_code(const frond__header *h);

/* Whether it answers this query: an answer under its id to its question. */
bool frond__wire_answers(const void *query, size_t query_n, const void *answer, size_t n);

/* How long "no such" may be kept, by the SOA that comes along (RFC 2308): seconds; -1: it has none. */
int64_t frond__wire_negative_ttl(const void *data, size_t n);

/* A name at `at`, written without compression into text of cap bytes, in c-ares's way of escaping; false when
 * it is none.  *next (may be NULL) is where what follows it begins. */
bool frond__wire_name(const void *data, size_t n, size_t at, char *text, size_t cap,
                      size_t *next);

#endif
