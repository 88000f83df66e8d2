/* SPDX-License-Identifier: MIT */
/* The events of frond_poll in the system's bits and back, by a table of the system's. */
#ifndef FROND_POLL_BITS_H
#define FROND_POLL_BITS_H

#include <frond/poll.h>

enum {
    FROND__POLL_ASKED = 3,
    FROND__POLL_BITS = 6
}; /* those that can be asked for are first */

typedef struct {
    short ours, theirs;
} frond__poll_bit;

static inline short frond__poll_to_system(const frond__poll_bit bits[FROND__POLL_BITS],
                                          short events) {
    int theirs = 0;
    for (int i = 0; i < FROND__POLL_ASKED; i++)
        if (events & bits[i].ours)
            theirs |= bits[i].theirs;
    return (short)theirs;
}

static inline short frond__poll_from_system(const frond__poll_bit bits[FROND__POLL_BITS],
                                            short events) {
    int ours = 0;
    for (int i = 0; i < FROND__POLL_BITS; i++)
        if (events & bits[i].theirs)
            ours |= bits[i].ours;
    return (short)ours;
}

#endif
