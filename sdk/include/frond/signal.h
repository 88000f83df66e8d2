/* SPDX-License-Identifier: MIT */
/* Signals, received by greenlets.  While a frond_signal is open its signals do not do their default
 * action; each arrival is kept until somebody waits for it (the same signal arriving again before
 * that counts once, as with the system's own).  A frond_signal is a watcher (frond/watch.h): it may have a handler
 * that runs in a greenlet, and be waited for beside others.  It belongs to the thread that opened it.  Only
 * frond_signal_wait and frond_run suspend; while a greenlet or a handler waits, no wait is a deadlock. */
#ifndef FROND_SIGNAL_H
#define FROND_SIGNAL_H

#include <frond/api.h>
#include <frond/deadline.h>
#include <frond/greenlet.h>
#include <frond/watch.h>

FROND_BEGIN

typedef frond_watcher frond_signal;

/* Starts receiving n signals (numbers of <signal.h>; on Windows the console's events: SIGINT is Ctrl-C,
 * SIGTERM and SIGBREAK are Ctrl-Break, 1 is its end, 28 its size).  After the console's end Windows ends the
 * program within five seconds.  Does not suspend.  Returns 0 with *s
 * owned by the caller (frond_signal_free), or
 *   FROND_EINVAL  no signals, or one that cannot be received      FROND_ENOMEM  no memory
 * Since 0.1. */
FROND_API int frond_signal_open(const int *numbers, size_t n, frond_signal **s);

/* Waits for the next signal; *number (may be NULL) tells which.  Suspends.  Returns 0, or
 *   FROND_ETIMEDOUT  d passed; none was lost         FROND_ECANCELED  this greenlet was killed
 *   FROND_ECLOSED    freed during the wait           FROND_ETHREAD    of another thread
 *   FROND_EINVAL     s is NULL or no frond_signal    FROND_ENOSUSPEND called in a hub callback
 *   FROND_EWRONGPROC of the parent process
 * s stays owned by the caller.  Since 0.1. */
FROND_API int frond_signal_wait(frond_signal *s, int *number, frond_deadline d);

/* Stops receiving; those who wait get FROND_ECLOSED.  A signal that nobody receives any more does its
 * default action again.  NULL is allowed.  Does not suspend.  The caller's ownership ends.  Since 0.1. */
FROND_API void frond_signal_free(frond_signal *s);

/* Runs a program's work so that it can be interrupted: calls run(arg) in a greenlet, until that has ended, or SIGINT,
 * SIGTERM or SIGHUP arrives (those that the process was not started to ignore), or d passes.  Then all greenlets of
 * this thread that were begun since are killed, and waited for, so that each cleans up.  The signals do what they
 * did before from the first one on: a second Ctrl-C ends the process.  *value (may be NULL) is what run has
 * returned.  Suspends.  Returns 0, the number of the signal, the error that run has ended with, or
 *   FROND_ETIMEDOUT  d passed                        FROND_ECANCELED  this greenlet was killed
 *   FROND_EDEADLK    nothing can end the wait        FROND_EINVAL     run is NULL
 *   FROND_ENOSUSPEND called in a hub callback        FROND_ENOMEM     no memory
 * arg is borrowed until it returns.  Since 0.1. */
FROND_API int frond_run(frond_fn run, void *arg, void **value, frond_deadline d);

FROND_END

#endif
