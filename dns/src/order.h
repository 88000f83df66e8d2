/* SPDX-License-Identifier: MIT */
/* In which order records and addresses are to be tried. */
#ifndef FROND_DNS_ORDER_H
#define FROND_DNS_ORDER_H

#include <frond/record.h>

/* By preference; SRV and URI of one priority at random by weight, the same for the same seed. */
void frond__order(frond_dns_record *list, size_t n, uint64_t seed);

/* Addresses by RFC 6724, as far as one can see from here; equal ones keep their order. */
void frond__sort(frond_addr *list, size_t n);

#endif
