/* SPDX-License-Identifier: MIT */
/* Conditions: letting a lock go, waiting until told that something has changed, and having the lock
 * again.  Check what you wait for in a loop: between the notify and your turn others may run.
 *
 *     while (!there)
 *         if ((rc = frond_condition_wait(&c, &lock, d)) < 0)
 *             break;                                   (the lock is held here, too)
 *
 * A value, not an object: no allocation, all zero is ready for use.  It belongs to the thread whose
 * greenlets wait on it (FROND_ETHREAD elsewhere) and must outlive those waits.  Only the wait functions
 * suspend. */
#ifndef FROND_CONDITION_H
#define FROND_CONDITION_H

#include <frond/lock.h>

FROND_BEGIN

typedef struct {
    frond_waitlist waiters;
    uint32_t reserved[2];
} frond_condition;

#define FROND_CONDITION_INIT                                                             \
    {                                                                                    \
        {0, 0, 0}, {                                                                     \
            0, 0                                                                         \
        }                                                                                \
    }

/* Lets l go, waits to be notified, and takes l again: d, kill and scopes end the wait for the notify,
 * never the one for the lock.  Suspends.  Returns 0 when notified, or
 *   FROND_ETIMEDOUT  d passed                        FROND_ECANCELED  this greenlet was killed
 *   FROND_EPERM      the caller does not hold l      FROND_EINVAL     c or l is NULL
 *   FROND_ETHREAD    c or l is of another thread     FROND_ENOSUSPEND called in a hub callback
 *   FROND_EDEADLK    nothing can end the wait        FROND_ENOMEM     at the thread's first wait
 *   FROND_EOWNERDEAD l was abandoned meanwhile
 * The caller holds l again after each of these, save after FROND_EOWNERDEAD, and after FROND_EDEADLK
 * if nothing can give l back either; frond_lock_held tells.  One that was notified and killed before
 * its turn gets 0, and the kill at its next wait: the notify is its own to use or to pass on.  c and l
 * are borrowed until the call returns.  Since 0.1. */
FROND_API int frond_condition_wait(frond_condition *c, frond_lock *l, frond_deadline d);

/* The same with a recursive lock, all of whose levels are let go and taken again.  Suspends.
 * Returns 0, FROND_ETIMEDOUT, FROND_ECANCELED, FROND_EPERM, FROND_EINVAL, FROND_ETHREAD,
 * FROND_ENOSUSPEND, FROND_EDEADLK, FROND_ENOMEM, FROND_EOWNERDEAD in the same cases.  c and l are
 * borrowed until the call returns.  Since 0.1. */
FROND_API int frond_condition_wait_rlock(frond_condition *c, frond_rlock *l,
                                         frond_deadline d);

/* Wakes the first n who wait; one that has timed out or was killed does not count.  The lock need not
 * be held.  Does not suspend.  Returns how many were woken (at most INT_MAX are), or FROND_EINVAL,
 * FROND_ETHREAD, FROND_ENOMEM.  c is borrowed.  Since 0.1. */
FROND_API int frond_condition_notify(frond_condition *c, size_t n);

/* Wakes all who wait.  Does not suspend.  Returns how many, or FROND_EINVAL, FROND_ETHREAD,
 * FROND_ENOMEM.  c is borrowed.  Since 0.1. */
FROND_API int frond_condition_notify_all(frond_condition *c);

FROND_END

#endif
