/* SPDX-License-Identifier: MIT */
/* Signals, received by greenlets.  While a frond_signal is open its signals do not do their default
 * action; each arrival is kept until somebody waits for it (the same signal arriving again before
 * that counts once, as with the system's own).  It belongs to the thread that opened it.  Only
 * frond_signal_wait suspends; a greenlet in it keeps the hub from calling a wait a deadlock. */
#ifndef FROND_SIGNAL_H
#define FROND_SIGNAL_H

#include <frond/api.h>
#include <frond/deadline.h>

FROND_BEGIN

typedef struct frond_signal frond_signal;

/* Starts receiving n signals (numbers of <signal.h>; on Windows the console's events: SIGINT is Ctrl-C,
 * SIGTERM and SIGBREAK are Ctrl-Break, 1 is its end, 28 its size).  Does not suspend.  Returns 0 with *s
 * owned by the caller (frond_signal_free), or
 *   FROND_EINVAL  no signals, or one that cannot be received      FROND_ENOMEM  no memory
 * Since 0.1. */
FROND_API int frond_signal_open(const int *numbers, size_t n, frond_signal **s);

/* Waits for the next signal; *number (may be NULL) tells which.  Suspends.  Returns 0, or
 *   FROND_ETIMEDOUT  d passed; none was lost         FROND_ECANCELED  this greenlet was killed
 *   FROND_ECLOSED    freed during the wait           FROND_ETHREAD    of another thread
 *   FROND_EINVAL     s is NULL                       FROND_ENOSUSPEND called in a hub callback
 * s stays owned by the caller.  Since 0.1. */
FROND_API int frond_signal_wait(frond_signal *s, int *number, frond_deadline d);

/* Stops receiving; those who wait get FROND_ECLOSED.  A signal that nobody receives any more does its
 * default action again.  NULL is allowed.  Does not suspend.  The caller's ownership ends.  Since 0.1. */
FROND_API void frond_signal_free(frond_signal *s);

FROND_END

#endif
