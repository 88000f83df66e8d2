/* SPDX-License-Identifier: MIT */
/* Queues: items of one size, copied in and out, between the greenlets of one thread: first in first
 * out, last in first out, or by priority.  Getters and putters are served in the order of their arrival,
 * and one that is killed or times out neither loses an item nor swallows a wake-up.  Only put, get, peek
 * and join suspend. */
#ifndef FROND_QUEUE_H
#define FROND_QUEUE_H

#include <frond/api.h>
#include <frond/deadline.h>

FROND_BEGIN

typedef struct frond_queue frond_queue;

typedef enum {
    FROND_FIFO, /* the item that came first */
    FROND_LIFO, /* the one that came last */
    FROND_PRIORITY /* the one that comes before all others; of equals the one that came first */
} frond_queue_order;

/* All zero is the default. */
typedef struct {
    void (*drop)(void *item); /* called for each item that is still there at the end */
    frond_queue_order order;  /* which item is next */
    int (*before)(const void *a,
                  const void *b); /* by priority: not 0 if *a is to go first */
    uintptr_t reserved[4];        /* zero */
} frond_queue_options;

/* Makes a queue for items of item_size bytes (1 .. 1 MiB) that holds capacity of them, any number
 * when capacity is 0.  Does not suspend.  Returns a queue that the caller owns (frond_queue_free),
 * or NULL with frond_error_code() set to FROND_EINVAL or FROND_ENOMEM.  Since 0.1. */
FROND_API frond_queue *frond_queue_new(size_t item_size, size_t capacity,
                                       const frond_queue_options *o);

/* Copies *item in.  Suspends while the queue is full.  Returns 0, or
 *   FROND_ETIMEDOUT  d passed; nothing was put       FROND_ECANCELED  this greenlet was killed
 *   FROND_ECLOSED    closed before or during it      FROND_EDEADLK    nothing can end the wait
 *   FROND_ENOMEM     an unbounded queue cannot grow  FROND_ETHREAD    q is of another thread
 *   FROND_EINVAL     q or item is NULL               FROND_ENOSUSPEND it would wait in a callback
 * In a hub callback it may be called, with FROND_NOW.  item is borrowed until it returns.
 * Since 0.1. */
FROND_API int frond_queue_put(frond_queue *q, const void *item, frond_deadline d);

/* Takes the next item out into *item.  Suspends while the queue is empty.  Returns 0, or
 *   FROND_ETIMEDOUT  d passed; nothing was taken     FROND_ECANCELED  this greenlet was killed
 *   FROND_ECLOSED    closed, and no item is left     FROND_EDEADLK    nothing can end the wait
 *   FROND_EINVAL     q or item is NULL               FROND_ETHREAD    q is of another thread
 *   FROND_ENOSUSPEND it would wait in a callback
 * In a hub callback it may be called, with FROND_NOW.  item is borrowed until it returns.
 * Since 0.1. */
FROND_API int frond_queue_get(frond_queue *q, void *item, frond_deadline d);

/* Copies the next item into *item and leaves it there.  Suspends while the queue is empty.
 * Returns as frond_queue_get does: 0, FROND_ETIMEDOUT, FROND_ECANCELED, FROND_ECLOSED,
 * FROND_EDEADLK, FROND_EINVAL, FROND_ETHREAD, FROND_ENOSUSPEND.  item is borrowed until it returns.
 * Since 0.1. */
FROND_API int frond_queue_peek(frond_queue *q, void *item, frond_deadline d);

/* Says that one item that was got is done with; frond_queue_join counts them.  Those who never join need
 * not call it.  Does not suspend.  Returns 0, FROND_ETHREAD, or FROND_EINVAL when q is NULL or it was
 * called more often than items were got.  q is borrowed.  Since 0.1. */
FROND_API int frond_queue_task_done(frond_queue *q);

/* Waits until each item that was put has been got and frond_queue_task_done was called for it.
 * Suspends.  Returns 0, or
 *   FROND_ETIMEDOUT  d passed                        FROND_ECANCELED  this greenlet was killed
 *   FROND_ECLOSED    q was freed                     FROND_EDEADLK    nothing can end the wait
 *   FROND_EINVAL     q is NULL                       FROND_ETHREAD    q is of another thread
 *   FROND_ENOSUSPEND called in a hub callback
 * q is borrowed until it returns.  Since 0.1. */
FROND_API int frond_queue_join(frond_queue *q, frond_deadline d);

/* No more puts: they answer FROND_ECLOSED, those that wait too; gets do once it is empty.  Closing
 * twice is harmless.  Does not suspend.  Returns 0, FROND_EINVAL, FROND_ETHREAD.  q stays owned by
 * the caller.  Since 0.1. */
FROND_API int frond_queue_close(frond_queue *q);

/* The same, and at once: what is still in the queue is dropped, and counts as done.  Does not suspend.
 * Returns 0, FROND_EINVAL, FROND_ETHREAD.  q stays owned by the caller.  Since 0.1. */
FROND_API int frond_queue_close_now(frond_queue *q);

/* Does not suspend.  Cannot fail.  Returns 1 once q was closed, else 0.  q is borrowed.  Since 0.1. */
FROND_API int frond_queue_closed(const frond_queue *q);

/* Does not suspend.  Cannot fail.  Returns how many items there are.  q is borrowed.  Since 0.1. */
FROND_API size_t frond_queue_length(const frond_queue *q);

/* Closes q, drops what is left in it, and frees it once those woken by the close have left.
 * NULL is allowed.  From another thread it goes through the owner's hub.  Does not suspend.  The
 * caller's ownership ends.  Since 0.1. */
FROND_API void frond_queue_free(frond_queue *q);

FROND_END

#endif
