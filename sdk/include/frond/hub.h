/* SPDX-License-Identifier: MIT */
/* The hub: each thread has one, made at the first frond call, that runs the loop and wakes
 * greenlets.  A hub belongs to its thread; frond_post is the door for other threads. */
#ifndef FROND_HUB_H
#define FROND_HUB_H

#include <frond/api.h>
#include <frond/deadline.h>

FROND_BEGIN

typedef struct frond_hub frond_hub;
typedef void (*frond_post_fn)(void *arg);

/* This thread's hub, made when there is none.  Does not suspend.
 * Returns a borrowed handle, or NULL with FROND_ENOMEM.  Since 0.1. */
FROND_API frond_hub *frond_hub_current(void);

/* Takes a reference, which is an open door for frond_post: while there is one, a wait of the hub's
 * main greenlet is not a deadlock.  Any thread that may use h.  Does not suspend.  Cannot fail.
 * Returns h; the caller owns the reference.  Since 0.1. */
FROND_API frond_hub *frond_hub_ref(frond_hub *h);

/* Drops a reference that the caller owns; NULL is allowed.  Any thread.  Does not suspend.
 * Since 0.1. */
FROND_API void frond_hub_free(frond_hub *h);

/* Has fn(arg) called on the hub's thread, in a hub callback: it may set, put, spawn and kill, but
 * not suspend.  Any thread that holds a reference, but no signal handler, which has frond_async_send
 * (frond/watch.h).  Calls are made in the order of the posts.
 * Does not suspend.  Returns 0, FROND_ENOMEM, FROND_EINVAL, or FROND_ECLOSED when the hub's thread
 * has ended.  arg is borrowed until fn is called.  Since 0.1. */
FROND_API int frond_post(frond_hub *h, frond_post_fn fn, void *arg);

/* Waits until nothing is left that could run: no greenlet is ready and nothing can wake one, handlers of watchers
 * (frond/watch.h) not counted.
 * Suspends.  Returns 0, or
 *   FROND_ETIMEDOUT  d passed                        FROND_ECANCELED  this greenlet was killed
 *   FROND_ENOSUSPEND called in a hub callback        FROND_ENOMEM     at the thread's first call
 * Since 0.1. */
FROND_API int frond_hub_join(frond_deadline d);

/* Ends this thread's hub: kills its greenlets and lets them clean up, then closes the loop and
 * gives everything back.  The next frond call makes a new one.  A thread that ends does this by
 * itself; the main thread need not.  Main greenlet only.
 * Suspends while greenlets clean up, at most until d; those left are dropped where they stand: their
 * deferred functions and drop functions run, and cannot wait.
 * Returns 0, or FROND_ETIMEDOUT when some were dropped, FROND_EBUSY outside the main greenlet;
 * never FROND_ECANCELED, since the main greenlet cannot be killed.  Since 0.1. */
FROND_API int frond_hub_close(frond_deadline d);

typedef void (*frond_at_close_fn)(void *arg);

/* Has fn(arg) called when this thread's hub is closed, after its greenlets have ended, the last one given first.  It
 * must not suspend.  A process that exits without frond_hub_close calls none of them, and a forked child none of its
 * parent's.  Does not suspend.  Returns 0, FROND_EINVAL when fn is NULL, or FROND_ENOMEM.  arg is borrowed until then.
 * Since 0.1. */
FROND_API int frond_at_close(frond_at_close_fn fn, void *arg);

/* How many greenlets of this thread have not ended, its main and the hub's own not counted.
 * Does not suspend.  Cannot fail.  Returns the number.  Since 0.1. */
FROND_API size_t frond_hub_greenlets(void);

/* How often greenlets of this thread have been switched to.  Does not suspend.  Cannot fail.
 * Returns the count since the hub was made.  Since 0.1. */
FROND_API uint64_t frond_hub_switches(void);

/* From now on the ready greenlets of this thread run in an order drawn from seed, instead of first in,
 * first out: for tests, which find out so what they take for granted.  The same seed and the same outside
 * events give the same order.  A yield still lets all run that were ready before, and whoever waits at an
 * object is still served in the order of arrival.  seed 0 ends it.  A hub begins with the seed that
 * the setting FROND_SHUFFLE is.  Does not suspend.  Returns 0 and, unless before
 * is NULL, what takes up where it was in *before, or FROND_ENOMEM at the thread's first call.  Since 0.1. */
FROND_API int frond_shuffle(uint64_t seed, uint64_t *before);

/* Writes every greenlet of this thread to a descriptor, each below the one that has spawned it: name, state,
 * what it waits for and since when, where it was spawned, backtrace; before them the cycles of greenlets that
 * wait for each other.  Does not suspend.  Returns 0, or FROND_ENOMEM, or FROND_EIO when it cannot be written.
 * Since 0.1. */
FROND_API int frond_dump(int fd);

/* The same for all threads, to the file that FROND_DUMP_FILE names, or to standard error: for this thread at
 * once, for others at the next turn of their hubs, by themselves: a stack can be read by its own thread only.
 * Does not suspend.  Returns 0, FROND_ENOMEM, FROND_EIO, or the error of opening the file.  Since 0.1. */
FROND_API int frond_dump_all(void);

FROND_END

#endif
