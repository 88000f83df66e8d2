/* SPDX-License-Identifier: MIT */
/* Turns of this thread's hub, for a loop of another library's that drives it.  That loop waits for frond_backend_fd to
 * become readable, for frond_backend_timeout at most, and then makes a turn:
 *
 *     for (;;) {
 *         poll(&backend, 1, frond_backend_timeout rounded up to milliseconds);
 *         frond_run_once(FROND_NOW);
 *     }
 *
 * The functions that it calls run on the main greenlet.  They may do everything that this may: spawn, set, put and
 * kill at will.  They may also wait, and greenlets go on meanwhile, but the other loop does not; what takes long is
 * therefore given to a greenlet.  Only frond_run_once suspends.  All are of this thread's hub. */
#ifndef FROND_EMBED_H
#define FROND_EMBED_H

#include <frond/api.h>
#include <frond/deadline.h>

FROND_BEGIN

/* Makes one turn: looks for what has happened, waiting until d for something to, and runs all greenlets that are ready
 * then, once.  With FROND_NOW it does not wait.  That nothing can ever happen is no deadlock here: it returns.
 * Suspends.  Returns 1 when greenlets were run, 0 when none was, or
 *   FROND_ECANCELED  this greenlet was killed        FROND_ENOSUSPEND called in a hub callback
 *   FROND_ETIMEDOUT  a timeout scope has expired     FROND_ENOMEM     at the thread's first call
 *   FROND_EBUSY      another greenlet is in it
 * Since 0.1. */
FROND_API int frond_run_once(frond_deadline d);

/* The descriptor that is readable when there is something for a turn to find.  It stays the hub's: to be waited for,
 * and nothing else.  A forked child has another.  Does not suspend.  Returns 0 with *fd set, or FROND_ENOTSUP where
 * there is none (Windows: make turns that wait), FROND_EINVAL, FROND_ENOMEM.  Since 0.1. */
FROND_API int frond_backend_fd(intptr_t *fd);

/* How long the next turn can wait for the descriptor: to be asked right before that, since whatever the other loop
 * calls may change it.  Does not suspend.  Cannot fail.  Returns nanoseconds: 0 when a turn is due, INT64_MAX when
 * nothing but the descriptor tells of one.  Since 0.1. */
FROND_API int64_t frond_backend_timeout(void);

FROND_END

#endif
