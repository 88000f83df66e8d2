/* SPDX-License-Identifier: MIT */
/* Lists of name servers, and what c-ares has read of the system's files. */
#ifndef FROND_DNS_SERVERS_H
#define FROND_DNS_SERVERS_H

#include "channel.h"
#include <ares.h>

int frond__servers_set(ares_channel ares, const char *list,
                       int port); /* or FROND_EINVAL */
size_t frond__servers_count(ares_channel ares);
int frond__settings_new(ares_channel ares, const frond_resolver_options *o,
                        frond__settings **out);

#endif
