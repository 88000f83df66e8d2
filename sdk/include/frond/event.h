/* SPDX-License-Identifier: MIT */
/* Events and results: one greenlet tells any number of others.  Values, not objects: no allocation,
 * all zero is ready for use.  They belong to the thread whose greenlets wait on them
 * (FROND_ETHREAD elsewhere) and must outlive those waits.  Only the wait functions suspend. */
#ifndef FROND_EVENT_H
#define FROND_EVENT_H

#include <frond/api.h>
#include <frond/deadline.h>

FROND_BEGIN

/* The greenlets that wait on something, in the order of their arrival.  Part of every value here;
 * its fields are frond's own. */
typedef struct {
    void *head, *tail;
    uint64_t owner; /* hub and process it belongs to; one that is gone leaves it empty */
} frond_waitlist;

typedef struct {
    frond_waitlist waiters;
    uint32_t set;
    uint32_t reserved[3];
} frond_event;

#define FROND_EVENT_INIT                                                                 \
    {                                                                                    \
        {0, 0, 0}, 0, {                                                                  \
            0, 0, 0                                                                      \
        }                                                                                \
    }

/* Sets e and wakes all who wait, even if it is cleared before they run.  Does not suspend.
 * Returns 0, FROND_EINVAL, FROND_ETHREAD, FROND_ENOMEM at the thread's first call.
 * e is borrowed.  Since 0.1. */
FROND_API int frond_event_set(frond_event *e);

/* Clears e.  Does not suspend.  Returns 0, FROND_EINVAL, FROND_ETHREAD, FROND_ENOMEM.  e is borrowed.
 * Since 0.1. */
FROND_API int frond_event_clear(frond_event *e);

/* Does not suspend.  Cannot fail.  Returns 1 when e is set, else 0.  e is borrowed.  Since 0.1. */
FROND_API int frond_event_is_set(const frond_event *e);

/* Waits until e is set.  Suspends.  Returns 0, or
 *   FROND_ETIMEDOUT  d passed                        FROND_ECANCELED  this greenlet was killed
 *   FROND_EDEADLK    nothing can end the wait        FROND_ETHREAD    e is of another thread
 *   FROND_EINVAL     e is NULL                       FROND_ENOSUSPEND called in a hub callback
 * e is borrowed until the call returns.  Since 0.1. */
FROND_API int frond_event_wait(frond_event *e, frond_deadline d);

/* A value or an error that arrives once (gevent's AsyncResult). */
typedef struct {
    frond_waitlist waiters;
    void *value;
    int32_t error;
    uint32_t ready;
    uint32_t reserved[2];
} frond_result;

#define FROND_RESULT_INIT                                                                \
    {                                                                                    \
        {0, 0, 0}, 0, 0, 0, {                                                            \
            0, 0                                                                         \
        }                                                                                \
    }

/* Stores the value and wakes all who wait; a later store replaces it for later readers.
 * Does not suspend.  Returns 0, FROND_EINVAL, FROND_ETHREAD, FROND_ENOMEM.  The value is borrowed
 * by whoever gets it.  Since 0.1. */
FROND_API int frond_result_set(frond_result *r, void *value);

/* Stores an error (negative) instead.  Does not suspend.  Returns 0, FROND_EINVAL, FROND_ETHREAD,
 * FROND_ENOMEM.  r is borrowed.  Since 0.1. */
FROND_API int frond_result_set_error(frond_result *r, int error);

/* Does not suspend.  Cannot fail.  Returns 1 when a value or an error is there.  r is borrowed.
 * Since 0.1. */
FROND_API int frond_result_ready(const frond_result *r);

/* Empties it for another use; waiters go on waiting.  Does not suspend.  Returns 0, FROND_EINVAL,
 * FROND_ETHREAD, FROND_ENOMEM.  r is borrowed.  Since 0.1. */
FROND_API int frond_result_clear(frond_result *r);

/* Waits for the value.  Suspends.  Returns 0 with *value (may be NULL) set, the stored error, or
 *   FROND_ETIMEDOUT  d passed                        FROND_ECANCELED  this greenlet was killed
 *   FROND_EDEADLK    nothing can end the wait        FROND_ETHREAD    r is of another thread
 *   FROND_EINVAL     r is NULL                       FROND_ENOSUSPEND called in a hub callback
 * r is borrowed until the call returns.  Since 0.1. */
FROND_API int frond_result_get(frond_result *r, void **value, frond_deadline d);

FROND_END

#endif
