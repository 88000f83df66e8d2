/* SPDX-License-Identifier: MIT */
/* How many connections each peer has. */
#ifndef FROND_PEERS_H
#define FROND_PEERS_H

#include <frond/addr.h>
#include <stdbool.h>

typedef struct frond__peer frond__peer;

/* All zero is empty. */
typedef struct {
    frond__peer **buckets;
    size_t size, n; /* of buckets, a power of two or 0; of peers */
} frond__peers;

/* Counts one more of the address, whatever its port: 1, 0 when it has `most` already, or FROND_ENOMEM. */
int frond__peers_enter(frond__peers *p, const frond_addr *a, size_t most);
void frond__peers_leave(frond__peers *p, const frond_addr *a);
void frond__peers_free(frond__peers *p);

#endif
