/* SPDX-License-Identifier: MIT */
/* The facts of dns. */
#include <frond/dns.h>

#include <ares.h>

void frond_dns_about(frond_fact_fn fact, void *arg) {
    fact("c-ares", ares_version(NULL), arg);
}
