/* SPDX-License-Identifier: MIT */
/* Queues between threads: any thread puts, any thread gets, and only the greenlet that has to wait
 * waits.  Items of one size are copied in and out; putters and getters of all threads are served in the
 * order of their arrival, and one that is killed or times out loses nothing.  A handle is counted.
 * Put and get suspend; with FROND_NOW they do not, and may be called where there is no hub, in jobs of
 * thread pools and threads of other libraries. */
#ifndef FROND_XQUEUE_H
#define FROND_XQUEUE_H

#include <frond/queue.h>

FROND_BEGIN

typedef struct frond_xqueue frond_xqueue;

/* Makes a queue for items of item_size bytes (1 .. 1 MiB) that holds capacity of them, any number when
 * capacity is 0; the functions of o (which may be NULL) are called on any thread.  Any thread.  Does not
 * suspend.  Returns a handle that the caller owns (frond_xqueue_free), or NULL with frond_error_code()
 * set to FROND_EINVAL or FROND_ENOMEM.  Since 0.1. */
FROND_API frond_xqueue *frond_xqueue_new(size_t item_size, size_t capacity,
                                         const frond_queue_options *o);

/* Takes another reference, for another thread.  Any thread.  Does not suspend.  Cannot fail.  Returns q;
 * the caller owns one more reference.  Since 0.1. */
FROND_API frond_xqueue *frond_xqueue_ref(frond_xqueue *q);

/* Drops a reference; the last one closes the queue, so that who waits gets FROND_ECLOSED, and drops what is in
 * it.  Any thread; NULL is allowed.  Does not suspend.  The caller's ownership ends.  Since 0.1. */
FROND_API void frond_xqueue_free(frond_xqueue *q);

/* Copies *item in.  Any thread.  Suspends while the queue is full.  Returns 0, or
 *   FROND_ETIMEDOUT  d passed; nothing was put       FROND_ECANCELED  this greenlet was killed
 *   FROND_ECLOSED    closed before or during it      FROND_ENOMEM     the queue cannot grow
 *   FROND_EINVAL     q or item is NULL               FROND_ENOSUSPEND it would wait in a callback
 *   FROND_EWRONGPROC made before a fork
 * item is borrowed until it returns.  Since 0.1. */
FROND_API int frond_xqueue_put(frond_xqueue *q, const void *item, frond_deadline d);

/* Takes the next item out into *item.  Any thread.  Suspends while the queue is empty.  Returns 0, or
 *   FROND_ETIMEDOUT  d passed; nothing was taken     FROND_ECANCELED  this greenlet was killed
 *   FROND_ECLOSED    closed, and no item is left     FROND_ENOMEM     at the thread's first call
 *   FROND_EINVAL     q or item is NULL               FROND_ENOSUSPEND it would wait in a callback
 *   FROND_EWRONGPROC made before a fork
 * item is borrowed until it returns.  Since 0.1. */
FROND_API int frond_xqueue_get(frond_xqueue *q, void *item, frond_deadline d);

/* No more puts; gets go on until it is empty.  Any thread.  Does not suspend.  Returns 0, FROND_EINVAL,
 * FROND_EWRONGPROC.  q stays owned by the caller.  Since 0.1. */
FROND_API int frond_xqueue_close(frond_xqueue *q);

/* Any thread.  Does not suspend.  Cannot fail.  Returns how many items there are at the moment.  q is
 * borrowed.  Since 0.1. */
FROND_API size_t frond_xqueue_length(frond_xqueue *q);

FROND_END

#endif
