/* SPDX-License-Identifier: MIT */
/* In which order records are to be tried. */
#ifndef FROND_DNS_ORDER_H
#define FROND_DNS_ORDER_H

#include <frond/record.h>

/* By preference; SRV and URI of one priority at random by weight, the same for the same seed. */
void frond__order(frond_dns_record *list, size_t n, uint64_t seed);

#endif
