/* SPDX-License-Identifier: MIT */
/* Connecting to the first of several addresses that answers. */
#ifndef FROND_NET_RACE_H
#define FROND_NET_RACE_H

#include <frond/tcp.h>

/* Looks host up, A and AAAA at once, and connects to its addresses: RFC 8305.  Suspends.  0, or an error recorded
 * that tells of every attempt. */
int frond__race_host(const char *host, int port, const frond_connect_options *o,
                     frond_stream **s, frond_deadline d);

/* The same with addresses that are known, in their order.  name: what errors call them; NULL: nothing. */
int frond__race_addrs(const frond_addrs *addrs, const char *name,
                      const frond_connect_options *o, frond_stream **s, frond_deadline d);

#endif
