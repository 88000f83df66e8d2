/* SPDX-License-Identifier: MIT */
/* Marks in a program for those who look for what blocks it, or what is left over: where blocking is meant, where
 * it must not happen, where nothing else may run.  All concern the calling greenlet.  Nothing here suspends. */
#ifndef FROND_DEBUG_H
#define FROND_DEBUG_H

#include <frond/api.h>
#include <frond/error.h>

FROND_BEGIN

/* Until the end of the scope this greenlet may keep others from running: FROND_MAX_BLOCKING_MS does not concern
 * it.  Scopes nest, and stay with the greenlet when it waits.  Does not suspend.  Returns 0, FROND_ELIMIT beyond
 * 65535 scopes, or FROND_ENOMEM at the thread's first call.  Since 0.1. */
FROND_API int frond_ignore_blocking_begin(void);

/* The end of the innermost.  Does not suspend.  Returns 0, or FROND_EINVAL when none has begun, FROND_ENOMEM at
 * the thread's first call.  Since 0.1. */
FROND_API int frond_ignore_blocking_end(void);

/* ---- it must give way ---- */

/* Until the end of the scope this greenlet must give way to others at least every ms milliseconds: whenever it
 * has not, that is reported (FROND_NOTICE_ASSERTION), with the place of the scope, and where the greenlet did give
 * way in the end.  Time in which it waits or others run does not count.  Scopes nest.  While there is one on a
 * thread its switches take the time of a tracer's.  A macro for frond_assert_switches_begin_at that adds where it
 * stands. */
#define frond_assert_switches_begin(ms) frond_assert_switches_begin_at((ms), FROND_PLACE)

/* The same.  Does not suspend.  Returns 0, or FROND_ENOMEM.  place is borrowed until the end.  Since 0.1. */
FROND_API int frond_assert_switches_begin_at(uint64_t ms, const char *place);

/* The end of the innermost, which also comes when the greenlet ends.  Does not suspend.  Returns 0, or
 * FROND_ELIMIT when the greenlet has gone on for longer somewhere in the scope, which was reported, FROND_EINVAL
 * when none has begun, FROND_ENOMEM at the thread's first call.  Since 0.1. */
FROND_API int frond_assert_switches_end(void);

/* ---- it must not give way ---- */

/* Until the end of the region this greenlet must not give way: what would suspend is reported
 * (FROND_NOTICE_ASSERTION), with the place of the region, and answers FROND_ENOSUSPEND; no other greenlet of the
 * thread runs in it.  Calls with FROND_NOW are allowed.  Regions nest.  A macro for frond_no_yield_begin_at
 * that adds where it stands. */
#define frond_no_yield_begin() frond_no_yield_begin_at(FROND_PLACE)

/* The same.  Does not suspend.  Returns 0, or FROND_ENOMEM at the thread's first call.  place is borrowed until
 * the end.  Since 0.1. */
FROND_API int frond_no_yield_begin_at(const char *place);

/* The end of the innermost.  Does not suspend.  Returns 0, or FROND_EINVAL when none has begun, FROND_ENOMEM at the
 * thread's first call.  Since 0.1. */
FROND_API int frond_no_yield_end(void);

/* ---- what is left over ---- */

/* How much this thread has made and not freed or released: objects of all kinds, and greenlets but the running
 * one.  Some are frond's own, such as the hub's resolver, made when first needed: tests compare the number before
 * and after.  Unless fd is negative they are written to it, with where each was made.  While FROND_LEAKS is set, a
 * hub that ends reports what is left by itself (FROND_NOTICE_LEAKS), and the main thread's is closed at exit.
 * Does not suspend.  Returns the number, or FROND_EINVAL when FROND_LEAKS is not set, FROND_ENOMEM, FROND_EIO.
 * Since 0.1. */
FROND_API int64_t frond_leaks(int fd);

FROND_END

#endif
