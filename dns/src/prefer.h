/* SPDX-License-Identifier: MIT */
/* Which of two addresses to try first. */
#ifndef FROND_DNS_PREFER_H
#define FROND_DNS_PREFER_H

#include <frond/addr.h>

/* An address, and the one this machine would use to reach it; family 0: there is no way. */
typedef struct {
    frond_addr to, source;
} frond__candidate;

/* By the rules of RFC 6724, section 6, that can be known here: below 0 when a comes before b, above 0 when after;
 * 0 when both are alike. */
int frond__prefer(const frond__candidate *a, const frond__candidate *b);

#endif
