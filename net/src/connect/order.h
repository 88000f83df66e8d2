/* SPDX-License-Identifier: MIT */
/* The order in which to try addresses. */
#ifndef FROND_NET_ORDER_H
#define FROND_NET_ORDER_H

#include <frond/addr.h>

/* An address, and the one this machine would use to reach it; family 0: there is no way. */
typedef struct {
    frond_addr to, source;
} frond__candidate;

/* By the rules of RFC 6724, section 6, that can be known here: below 0 when a comes before b, above 0 when after;
 * 0 when both are alike. */
int frond__order_compare(const frond__candidate *a, const frond__candidate *b);

/* Finds c->source; sends nothing. */
void frond__order_source(frond__candidate *c);

#endif
