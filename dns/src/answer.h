/* SPDX-License-Identifier: MIT */
/* The answer to a lookup, shared by who waits for it and the cache.  It does not change once it is known. */
#ifndef FROND_DNS_ANSWER_H
#define FROND_DNS_ANSWER_H

#include <frond/record.h>

typedef struct {
    unsigned refs;
    int code; /* 0, or the error */
    frond_dns_records *records;
    char *canonical; /* NULL: the name as it was asked for */
    char *aliases;   /* other names, one behind the other, "" at the end; NULL: none */
    size_t n, cap;
    frond_addr *addrs;
} frond__answer;

frond__answer *frond__answer_new(int code); /* NULL: no memory */
frond__answer *frond__answer_ref(frond__answer *a);
void frond__answer_unref(frond__answer *a); /* NULL is allowed */
int frond__answer_add(frond__answer *a, const frond_addr *addr);
int frond__answer_add_alias(frond__answer *a, const char *name);
void frond__answer_no_aliases(frond__answer *a);

/* Its addresses with a port, those of one family or of both.  0 with *out the caller's, or an error: with none
 * FROND_EDNS_NODATA. */
int frond__answer_addrs(const frond__answer *a, int port, frond_family family,
                        frond_addrs **out);

/* Records are counted, so that whoever asked keeps them without a copy. */
frond_dns_records *frond__records_ref(frond_dns_records *records);

#endif
