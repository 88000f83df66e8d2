/* SPDX-License-Identifier: MIT */
/* A c-ares channel on the hub's loop: its sockets and its timer. */
#ifndef FROND_DNS_CHANNEL_H
#define FROND_DNS_CHANNEL_H

#include "compat.h"
#include <ares.h>
#include <frond/dns.h>
#include <stdbool.h>

typedef struct frond__channel frond__channel;

/* 0 with *c, or an error recorded. */
int frond__channel_new(const frond_resolver_options *o, frond__channel **c);

/* Asks; done is called on the hub, once, perhaps before this returns.  It must only store and wake. */
void frond__channel_ask(frond__channel *c, const char *host, int family,
                        ares_addrinfo_callback done, void *arg);

/* Ends all questions (done with ARES_EDESTRUCTION) and goes.  Never from within a done.  loop_gone: the
 * hub was closed, and with it the handles. */
void frond__channel_free(frond__channel *c, bool loop_gone);

#endif
