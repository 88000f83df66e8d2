/* SPDX-License-Identifier: MIT */
/* The facts of dns. */
#include "name.h"

#include "compat.h"
#include <ares.h>
#include <frond/dns.h>

void frond_dns_about(frond_fact_fn fact, void *arg) {
    fact("c-ares", ares_version(NULL), arg);
    if (frond__idn_version())
        fact("libidn2", frond__idn_version(), arg);
}
