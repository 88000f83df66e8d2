/* SPDX-License-Identifier: MIT */
/* What the calls of netdb.h share. */
#ifndef FROND_DNS_CALLS_H
#define FROND_DNS_CALLS_H

#include "inside.h"
#include <frond/netdb.h>

/* An address as getaddrinfo takes it: IPv4 in any form of inet_aton's, IPv6 with a scope.  1 when it is one. */
int frond__numeric(const char *text, frond_addr *a);

/* The names of an address, from the hosts file or by PTR: 0 with *out the caller's (frond_host_free), or an
 * error that is not recorded yet. */
int frond__host_of(frond_resolver *r, const frond_addr *a, frond_host **out,
                   frond_deadline d);

/* Whether an error is the greenlet's or the caller's, and not what a lookup has found. */
bool frond__is_no_answer(int code);

#endif
