/* SPDX-License-Identifier: MIT */
/* Timeout scopes and shields.
 *
 * A scope bounds every wait between its start and stop, in functions that have no deadline to pass
 * on.  Scopes nest; the nearest in time wins; once one has expired every wait inside it answers
 * FROND_ETIMEDOUT at once, until it is stopped.  A shield lets a greenlet that was killed, or whose
 * outer scopes have expired, wait for its cleanup within a budget.
 * Nothing here suspends but frond_call_timeout.  Scopes belong to the greenlet that started them. */
#ifndef FROND_TIMEOUT_H
#define FROND_TIMEOUT_H

#include <frond/api.h>
#include <frond/deadline.h>

FROND_BEGIN

/* Lives in the caller's frame; stop it before the frame is left.  A greenlet that returns without
 * having done so is told of on standard error, and ends like any other. */
typedef struct frond_timeout {
    struct frond_timeout *outer;
    void *greenlet;
    int64_t deadline_ns;
    uint32_t flags;
    uint32_t reserved;
} frond_timeout;

/* Starts t: it expires ms milliseconds from now (FROND_FOREVER: never; 0: at the next wait).
 * Does not suspend.  Returns 0, FROND_EBUSY when t is running already, FROND_EINVAL for NULL, or
 * FROND_ENOMEM at the thread's first call.  t is borrowed until it is stopped; it need not be
 * initialised.  Since 0.1. */
FROND_API int frond_timeout_start(frond_timeout *t, uint64_t ms);

/* The same with a deadline.  Does not suspend.  Returns 0, FROND_EBUSY, FROND_EINVAL, FROND_ENOMEM.
 * t is borrowed until it is stopped.  Since 0.1. */
FROND_API int frond_timeout_start_at(frond_timeout *t, frond_deadline d);

/* Stops t, and every scope and shield begun after it that is still running.  Stopping twice is
 * harmless.  Does not suspend.  Returns 1 when t had expired and ended a wait, 0 when not, or
 * FROND_EINVAL for NULL or when t is another greenlet's.  The caller owns t again.  Since 0.1. */
FROND_API int frond_timeout_stop(frond_timeout *t);

/* Whether it was t that made a wait answer FROND_ETIMEDOUT; also after the stop.  Does not suspend.
 * Cannot fail.  Returns 1 or 0.  t stays owned by the caller.  Since 0.1. */
FROND_API int frond_timeout_fired(const frond_timeout *t);

/* Calls fn(arg) with a scope around it.  A value that fn returns is the value, in time or not; when it
 * returns NULL and the time ran out, fallback is.  Suspends as fn does, which must heed its waits' answers.
 * Returns 0, or 1 when *value (may be NULL) is the fallback; FROND_EINVAL when fn is NULL, FROND_ENOMEM at
 * the thread's first call; never FROND_ETIMEDOUT or FROND_ECANCELED, which are fn's to heed.  arg is
 * borrowed until it returns.  Since 0.1. */
FROND_API int frond_call_timeout(void *(*fn)(void *), void *arg, void *fallback,
                                 void **value, frond_deadline d);

/* Begins a shield: until its end, waits of this greenlet heed neither a kill nor the scopes around
 * it, but answer FROND_ETIMEDOUT once budget_ms have passed.  Shields nest.  Does not suspend.
 * Returns 0, or FROND_ENOMEM.  Since 0.1. */
FROND_API int frond_shield_begin(uint64_t budget_ms);

/* Ends the innermost shield, and scopes begun in it that are still running.  Does not suspend.
 * Returns 0, or FROND_EINVAL when there is none.  Since 0.1. */
FROND_API int frond_shield_end(void);

FROND_END

#endif
