/* SPDX-License-Identifier: MIT */
/* Timers and clocks as watchers (frond/watch.h).  Ticks that nobody has waited for do not pile up: the next wait
 * gets all of them at once, and news->count says how many, one less of which were missed.  A timer keeps its
 * rhythm however late its ticks are looked at.  Only frond_at suspends. */
#ifndef FROND_TIMER_H
#define FROND_TIMER_H

#include <frond/watch.h>

FROND_BEGIN

/* ---- on the monotonic clock ---- */

/* Makes a timer that ticks after after_ms milliseconds (FROND_FOREVER: not before it is set) and then every
 * repeat_ms (0: once).  Does not suspend.  Returns 0 with *w owned by the caller (frond_watcher_free), or
 * FROND_EINVAL, FROND_ENOMEM.  Since 0.1. */
FROND_API int frond_timer_open(uint64_t after_ms, uint64_t repeat_ms, frond_watcher **w);

/* Sets it anew, as if it were opened now; ticks that nobody has waited for are gone, and those who wait go on
 * waiting.  Does not suspend.  Returns 0, or FROND_EINVAL (NULL, or another kind of watcher), FROND_ECLOSED,
 * FROND_ETHREAD, FROND_EWRONGPROC.  w stays owned by the caller.  Since 0.1. */
FROND_API int frond_timer_set(frond_watcher *w, uint64_t after_ms, uint64_t repeat_ms);

/* Has it tick repeat_ms from now and then on, or, without a repeat, stops it: for "nothing has happened for so
 * long".  Does not suspend.  Returns as frond_timer_set does: 0, FROND_EINVAL, FROND_ECLOSED, FROND_ETHREAD,
 * FROND_EWRONGPROC.  w stays owned by the caller.  Since 0.1. */
FROND_API int frond_timer_again(frond_watcher *w);

/* Stops it until it is set; frond_timer_again goes on with the repeat it had.  Does not suspend.  Returns as
 * frond_timer_set does: 0, FROND_EINVAL, FROND_ECLOSED, FROND_ETHREAD, FROND_EWRONGPROC.  w stays owned by the
 * caller.  Since 0.1. */
FROND_API int frond_timer_stop(frond_watcher *w);

/* ---- on the wall clock ----
 *
 * They follow the wall clock when somebody sets it, forwards or back.  Linux tells that at once; elsewhere the
 * clock is looked at every second, while somebody waits. */

/* What the wall clock of this thread says, which goes on with a virtual clock (frond_clock_virtual).  Does not
 * suspend.  Cannot fail.  Returns nanoseconds since the beginning of 1970, UTC.  Since 0.1. */
FROND_API int64_t frond_wall_now(void);

/* For tests: moves the wall clock of this thread by so many nanoseconds, as if somebody had set the system's.  It
 * stays so, beyond its hub too, until it is moved back.  Does not suspend.  Returns 0, FROND_EINVAL when it were
 * moved by more than 63 bits can tell, all in all, or FROND_ENOMEM at the thread's first call.  Since 0.1. */
FROND_API int frond_wall_jump(int64_t ns);

/* Waits until the wall clock says at, in nanoseconds since 1970; at once when it says so already.  Suspends.
 * Returns 0, or FROND_ETIMEDOUT, FROND_ECANCELED, FROND_ENOSUSPEND, FROND_ENOMEM.  Since 0.1. */
FROND_API int frond_at(int64_t at, frond_deadline d);

/* Makes a watcher that ticks once, when the wall clock says at.  Does not suspend.  Returns 0 with *w owned by the
 * caller (frond_watcher_free), or FROND_EINVAL, FROND_ENOMEM.  Since 0.1. */
FROND_API int frond_at_open(int64_t at, frond_watcher **w);

/* Makes a watcher that ticks whenever the wall clock, in milliseconds since 1970, is offset_ms plus a multiple of
 * interval_ms: 3600000 and 300000 are five past each full hour, UTC.  When the clock jumps forwards over several,
 * that is one tick, with a count; when it jumps back, times that come again are told again.  Does not suspend.
 * Returns 0 with *w owned by the caller (frond_watcher_free), or FROND_EINVAL (also: interval_ms is 0 or beyond 250
 * years, offset_ms not below it), FROND_ENOMEM.  Since 0.1. */
FROND_API int frond_cron_open(uint64_t interval_ms, uint64_t offset_ms,
                              frond_watcher **w);

FROND_END

#endif
