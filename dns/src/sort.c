/* SPDX-License-Identifier: MIT */
/* Destination addresses in the order of RFC 6724: the source that the system would use for each is found by
 * connecting a UDP socket, which sends nothing. */
#include <frond/resolver.h>

#include "prefer.h"
#include "socket.h"
#include <frond/impl/address.h>
#include <frond/impl/memory.h>
#include <frond/impl/process.h>
#include <stdbool.h>
#include <string.h>

static void find_source(frond__candidate *c) {
    struct sockaddr_storage to, from;
    frond_addr target = c->to;
    target.port = 9; /* BSDs refuse port 0 */
    socklen_t n = sizeof from;
    socklen_t size = (socklen_t)frond_addr_to_system(&target, &to);
    frond__socket s = socket(to.ss_family, SOCK_DGRAM, 0);
    if (s == FROND__NO_SOCKET)
        return;
    if (connect(s, (struct sockaddr *)&to, size) != 0 ||
        getsockname(s, (struct sockaddr *)&from, &n) != 0 ||
        frond_addr_from_system(&c->source, (struct sockaddr *)&from, (unsigned)n) < 0)
        memset(&c->source, 0, sizeof c->source);
    frond__socket_close(s);
}

/* Without memory they stay as they are.  No fork may happen while a socket is not close-on-exec. */
void frond_addr_sort(frond_addr *list, size_t n) {
    frond__candidate *c = n > 1 ? frond_calloc(n, sizeof *c) : NULL;
    if (!c)
        return;
    frond_opening_begin();
    for (size_t i = 0; i < n; i++) {
        c[i].to = list[i];
        find_source(&c[i]);
    }
    frond_opening_end();
    for (size_t i = 1; i < n; i++)
        for (size_t k = i; k > 0 && frond__prefer(&c[k], &c[k - 1]) < 0; k--) {
            frond__candidate kept = c[k];
            c[k] = c[k - 1];
            c[k - 1] = kept;
        }
    for (size_t i = 0; i < n; i++)
        list[i] = c[i].to;
    frond_free(c);
}
