/* SPDX-License-Identifier: MIT */
/* Channels: queues by which greenlets meet.  One without capacity keeps nothing: who sends waits for one
 * who receives, and the other way round.  frond_select waits on several at once and does one of what
 * it was asked for.  A channel is a queue (frond/queue.h), and all that can be done with a queue can be
 * done with it; a queue can be given to frond_select.  Send, receive and select suspend. */
#ifndef FROND_CHANNEL_H
#define FROND_CHANNEL_H

#include <frond/queue.h>

FROND_BEGIN

typedef frond_queue frond_channel;

/* Makes a channel for items of item_size bytes (1 .. 1 MiB) that keeps capacity of them on the way; 0
 * for a rendezvous.  o may be NULL.  Does not suspend.  Returns a channel that the caller owns
 * (frond_channel_free), or NULL with FROND_EINVAL or FROND_ENOMEM.  Since 0.1. */
FROND_API frond_channel *frond_channel_new(size_t item_size, size_t capacity,
                                           const frond_queue_options *o);

/* Sends a copy of *item.  Suspends until it was received, or has found room.  Returns 0, or
 *   FROND_ETIMEDOUT  d passed; nothing was sent      FROND_ECANCELED  this greenlet was killed
 *   FROND_ECLOSED    closed before or during it      FROND_EDEADLK    nothing can end the wait
 *   FROND_ENOMEM     no room can be made             FROND_ETHREAD    c is of another thread
 *   FROND_EINVAL     c or item is NULL               FROND_ENOSUSPEND it would wait in a callback
 * item is borrowed until it returns.  Since 0.1. */
FROND_API int frond_channel_send(frond_channel *c, const void *item, frond_deadline d);

/* Receives into *item.  Suspends while nobody has sent.  Returns 0, or
 *   FROND_ETIMEDOUT  d passed; nothing was received  FROND_ECANCELED  this greenlet was killed
 *   FROND_ECLOSED    closed, and nothing is left     FROND_EDEADLK    nothing can end the wait
 *   FROND_EINVAL     c or item is NULL               FROND_ETHREAD    c is of another thread
 *   FROND_ENOSUSPEND it would wait in a callback
 * item is borrowed until it returns.  Since 0.1. */
FROND_API int frond_channel_receive(frond_channel *c, void *item, frond_deadline d);

/* Closes it: sends answer FROND_ECLOSED, also those that wait; receives do so once what is on the way
 * was received.  That is how one tells all receivers at once.  Does not suspend.  Returns 0,
 * FROND_EINVAL, FROND_ETHREAD.  c stays owned by the caller.  Since 0.1. */
FROND_API int frond_channel_close(frond_channel *c);

/* As frond_queue_free.  NULL is allowed.  Does not suspend.  The caller's ownership ends.  Since 0.1. */
FROND_API void frond_channel_free(frond_channel *c);

/* ---- one of several ---- */

typedef struct {
    frond_channel *channel; /* NULL: this case never happens */
    const void *send;       /* the item to send; or NULL ... */
    void *receive;          /* ... and where to receive */
    void *reserved[16];     /* frond's own during a select */
} frond_select_case;

/* Waits until one of n cases can be done, and does it, and no other; its place is in *which (may be
 * NULL).  Of several that can be done at once none is preferred: the search begins at another one each
 * time.  With FROND_NOW it does not wait.  Suspends.  Returns 0, or
 *   FROND_ECLOSED    the channel of case *which is closed: nothing was sent, or nothing is left
 *   FROND_ETIMEDOUT  d passed                        FROND_ECANCELED  this greenlet was killed
 *   FROND_EDEADLK    nothing can end the wait        FROND_ETHREAD    a channel of another thread
 *   FROND_EINVAL     n is 0, a case has not one of   FROND_ENOSUSPEND it would wait in a callback
 *                    send and receive                FROND_ENOMEM     no room can be made
 * After an error nothing was done.  Cases and items are borrowed until it returns.  Since 0.1. */
FROND_API int frond_select(frond_select_case *cases, size_t n, size_t *which,
                           frond_deadline d);

FROND_END

#endif
