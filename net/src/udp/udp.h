/* SPDX-License-Identifier: MIT */
/* A datagram socket. */
#ifndef FROND_NET_UDP_H
#define FROND_NET_UDP_H

#include "socket/sockio.h"
#include "socket/timeouts.h"
#include "socket/unix.h"
#include <frond/impl/home.h>
#include <frond/udp.h>

struct frond_udp {
    frond__sockio io;
    frond_addr addr;
    frond_home home;
    frond__unix_file file;
    frond__timeouts timeouts;
    frond_sockopt *options; /* its own, which it was opened with; NULL: none */
    bool receiving, sending, connected, freed;
    unsigned entering; /* greenlets that gave way before they receive or send */
};

/* `to` as u's socket takes it: one of IPv6 calls addresses of IPv4 ::ffff:..., which only Linux does by itself. */
static inline frond_addr frond__udp_form(const frond_udp *u, const frond_addr *to) {
    frond_addr form = *to;
    if (u->addr.family == FROND_IPV6)
        frond_addr_map(&form);
    return form;
}

/* Another at the address that u is or was at, with its options.  As frond_udp_open_with. */
int frond__udp_again(const frond_udp *u, frond_udp **again);

/* Whether this greenlet may now receive or send, and until when, which is never later than before.  0 or an error
 * recorded. */
int frond__udp_enter(frond_udp *u, int direction, const char *doing, frond_deadline *d);

/* Attempts until it does not answer FROND__AGAIN, as the one who receives or sends; after a frond__udp_enter.
 * u may be gone afterwards.  The answer, not recorded. */
int64_t frond__udp_run(frond_udp *u, int direction, frond_attempt attempt, void *call,
                       frond_deadline d);

#endif
