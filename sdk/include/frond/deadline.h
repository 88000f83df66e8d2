/* SPDX-License-Identifier: MIT */
/* Deadlines.  A deadline is a point on the monotonic clock in nanoseconds, in a struct so that a
 * bare number does not compile.  Every function that takes one as its last parameter suspends,
 * and no other function does (save those whose comment says so).  Any thread may use these.
 *
 * Each thread has its clock.  All show the same until one is made virtual; from then on times of that thread
 * mean nothing on others. */
#ifndef FROND_DEADLINE_H
#define FROND_DEADLINE_H

#include <frond/api.h>

FROND_BEGIN

typedef struct {
    int64_t ns; /* on the clock of frond_now(); INT64_MAX never, <= 0 at once */
} frond_deadline;

#ifdef __cplusplus
#define FROND_NEVER (frond_deadline{INT64_MAX})
#define FROND_NOW (frond_deadline{0})
#else
#define FROND_NEVER ((frond_deadline){INT64_MAX}) /* wait as long as it takes */
#define FROND_NOW ((frond_deadline){0}) /* try once; FROND_ETIMEDOUT instead of waiting */
#endif
/* What never waits may also be called in a hub callback, where others get FROND_ENOSUSPEND. */

/* For millisecond parameters: no limit. */
#define FROND_FOREVER UINT64_MAX

/* The deadline ms milliseconds from now.  Does not suspend.  Cannot fail.
 * Returns a deadline; FROND_NEVER when ms is FROND_FOREVER or beyond the clock.  Since 0.1. */
FROND_API frond_deadline frond_in(uint64_t ms);

/* Does not suspend.  Cannot fail.  Returns the monotonic clock of this thread in nanoseconds.
 * Since 0.1. */
FROND_API int64_t frond_now(void);

/* How long until d.  Does not suspend.  Cannot fail.  Returns nanoseconds, 0 when d has passed,
 * INT64_MAX for FROND_NEVER.  Since 0.1. */
FROND_API int64_t frond_remaining(frond_deadline d);

/* Does not suspend.  Cannot fail.  Returns the earlier of the two.  Since 0.1. */
FROND_API frond_deadline frond_earlier(frond_deadline a, frond_deadline b);

/* For tests: makes this thread's clock virtual (on is not 0), or real again (0).  Neither makes time jump: it
 * goes on from where it is, and timers that are armed keep what they have left.
 *
 * A virtual clock stands still while greenlets run, and while they only yield or idle.  When none is ready and
 * all that has already happened to descriptors and the like was seen, it moves to the time of the first timer
 * at once: nothing sleeps, and all times are exact.  What is awaited from elsewhere meanwhile:
 *   jobs of thread pools, and with them files   hold the clock: they are waited for, however long they take
 *   descriptors, signals, processes, frond_post and queues from other threads   do not: their time passes
 * Times that others count stay real: those of c-ares between its questions, of guests' uv_timers, and what
 * the wall clock of the system says.
 *
 * The clock belongs to the thread and outlives its hub; a forked child goes on with a copy.  Does not suspend.
 * Returns 1 when the clock was virtual and 0 when it was real, to be given back in the end; or FROND_ETHREAD in
 * a job of a thread pool.  Since 0.1. */
FROND_API int frond_clock_virtual(int on);

FROND_END

#endif
