/* SPDX-License-Identifier: MIT */
/* A lookup, as its parts share it: lookup.c begins, joins and ends them, ask.c asks and reads the answers. */
#ifndef FROND_DNS_LOOKUP_H
#define FROND_DNS_LOOKUP_H

#include "inside.h"

#include <frond/error.h>
#include <frond/impl/waiter.h>

struct frond__lookup {
    frond__lookup *next; /* in its bucket */
    frond_resolver *resolver;
    frond_waitlist waiters;
    frond__answer *answer; /* being made, then whole; NULL: none */
    frond__settings *settings;
    unsigned refs; /* itself while it is under way, and each who waits */
    int code;      /* 1: not answered */
    frond__key key;
    int64_t ttl_ns, negative_ns;
    frond__question questions[2];
    int codes[2];
    int pending;      /* questions */
    size_t candidate; /* which name is being asked for */
    int first;        /* the error of the name as it is given; 0: none yet */
    bool nodata;      /* some name exists */
    bool system;      /* the system is asked */
    char name[FROND__NAME_CAP];
    char asked[FROND__NAME_CAP];
};

static inline bool frond__is_negative(int code) {
    return code == FROND_EDNS_NOTFOUND || code == FROND_EDNS_NODATA;
}

static inline int64_t frond__at_most(int64_t a, int64_t b) {
    return a < b ? a : b;
}

static inline bool frond__is_of_addresses(const frond__key *key) {
    return key->kind < 0 && key->kind != FROND__NAMES;
}

static inline frond_family frond__family_of(const frond__lookup *l) {
    return l->key.kind == -'4'   ? FROND_IPV4
           : l->key.kind == -'6' ? FROND_IPV6
                                 : FROND_UNSPEC;
}

/* Asks for what the lookup is about; it ends by frond__lookup_end, perhaps before this returns. */
void frond__ask(frond__lookup *l);

/* With 0 or an error; the system may still be asked. */
void frond__lookup_end(frond__lookup *l, int code);

#endif
