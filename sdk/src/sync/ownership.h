/* SPDX-License-Identifier: MIT */
/* Who holds what: common to everything that a greenlet can hold, and that has to hear of its end.
 *
 * Invariants:
 *  - a greenlet's `held` links all that it owns; `holder` of each is that greenlet;
 *  - somebody waits only while there is a holder (or, of an rwlock, readers);
 *  - a holder means something only to the hub that the waitlist names. */
#ifndef FROND_OWNERSHIP_H
#define FROND_OWNERSHIP_H

#include "core.h"

/* A greenlet's share of an rwlock.  Allocated: a lock cannot have room for all its readers. */
struct frond__share {
    frond__share *next; /* of the same greenlet */
    frond_rwlock *lock;
};

/* Makes o this thread's; the holder of a hub that is gone has ended, or, in a forked child, never
 * was.  0, 1 when o came from such a hub, or the error, with doing recorded. */
FROND_INTERNAL int frond__own_enter(frond_ownership *o, const char *doing);

FROND_INTERNAL void frond__own_give(frond_ownership *o, frond_greenlet *g);
FROND_INTERNAL void frond__own_drop(frond_ownership *o);

/* Takes it from its holder and gives it to the first who waits, whose wait returns code. */
FROND_INTERNAL void frond__own_pass(frond_ownership *o, int code);

/* Waits for what is held.  0: it was handed over; or the error, with doing recorded. */
FROND_INTERNAL int frond__own_wait(frond_ownership *o, const frond_wait_kind *kind,
                                   const char *doing, frond_deadline d);

/* Whether the current greenlet holds it. */
FROND_INTERNAL bool frond__own_held(const frond_ownership *o);

FROND_INTERNAL int frond__own_recover(frond_ownership *o, const char *doing);

/* For waits' kinds: where it is and who holds it. */
FROND_INTERNAL void frond__own_describe(const void *ownership, char *out, size_t cap);

/* The same: the holder. */
FROND_INTERNAL frond_greenlet *frond__own_target(const void *ownership);

/* Lets in those whose turn it is. */
FROND_INTERNAL void frond__rwlock_admit(frond_rwlock *l);

#endif
