/* SPDX-License-Identifier: MIT */
/* The inside of a queue, which channels and select share.
 *
 * An item goes straight into a waiting getter's memory, and a waiting putter's item into the store as
 * soon as there is room; the waker does the copy, so whoever was woken has done its part, and one that
 * left earlier is on no list.  Invariants: getters wait only while there is no item, in the store or with
 * a putter; putters only while the store is full. */
#ifndef FROND_SRC_QUEUE_H
#define FROND_SRC_QUEUE_H

#include "sync/store.h"
#include <frond/impl/home.h>
#include <frond/impl/waiter.h>

struct frond_queue {
    frond_waitlist getters, putters;
    frond__store store;
    size_t limit; /* 0: a rendezvous, which keeps nothing */
    bool closed, freed;
    unsigned
        inside; /* calls that give way, selects in flight: they look at it again when they go on */
    uint64_t unfinished;
    frond_waitlist joiners; /* those who wait until nothing is */
    frond_home home;
    void (*drop)(void *);
};

/* What waiters on the two lists are: of these kinds, with a slot for the item.  Others on the list of
 * getters take nothing. */
FROND_INTERNAL extern const frond_wait_kind frond__queue_get_kind, frond__queue_put_kind;

FROND_INTERNAL frond_queue *frond__queue_make(size_t item_size, size_t limit,
                                              const frond_queue_options *o,
                                              const char *doing);

/* Puts or gets if that needs no wait: 0, FROND_ECLOSED, FROND_ENOMEM, or FROND_ETIMEDOUT: it does. */
FROND_INTERNAL int frond__queue_try_put(frond_queue *q, const void *item);
FROND_INTERNAL int frond__queue_try_get(frond_queue *q, void *item);

/* A putter is about to wait: at a rendezvous those who only look have something to see. */
FROND_INTERNAL void frond__queue_announce(frond_queue *q, const void *item);

/* The end of one that has counted itself in `inside`: the last after the free frees the memory. */
FROND_INTERNAL void frond__queue_leave(frond_queue *q);

#endif
