/* SPDX-License-Identifier: MIT */
/* All of dns: resolvers, records, and the calls known as getaddrinfo and so on. */
#ifndef FROND_DNS_H
#define FROND_DNS_H

#include <frond/about.h>
#include <frond/api.h>
#include <frond/netdb.h>
#include <frond/record.h>
#include <frond/resolver.h>

FROND_BEGIN

/* Calls fact with what dns stands on: c-ares, and libidn2 where it is there.  Any thread.  Does not
 * suspend.  Cannot fail.  arg is borrowed until it returns.  Since 0.1. */
FROND_API void frond_dns_about(frond_fact_fn fact, void *arg);

FROND_END

#endif
