/* SPDX-License-Identifier: MIT */
/* Semaphores: a count that greenlets take from and give to, served strictly in the order of their
 * arrival.  A value, not an object; it belongs to the thread whose greenlets wait on it
 * (FROND_ETHREAD elsewhere) and must outlive those waits.  Only acquire suspends. */
#ifndef FROND_SEMAPHORE_H
#define FROND_SEMAPHORE_H

#include <frond/event.h>

FROND_BEGIN

typedef struct {
    frond_waitlist waiters;
    uint64_t count;
    uint64_t limit; /* 0: none; else a release beyond it is refused (bounded semaphore) */
} frond_semaphore;

#define FROND_SEMAPHORE_INIT(n)                                                          \
    { {0, 0, 0}, (n), 0 }
#define FROND_SEMAPHORE_BOUNDED_INIT(n)                                                  \
    { {0, 0, 0}, (n), (n) }

/* Takes one.  Suspends while there is none, or while others were here first.  Returns 0, or
 *   FROND_ETIMEDOUT  d passed; nothing was taken     FROND_ECANCELED  this greenlet was killed
 *   FROND_EDEADLK    nothing can end the wait        FROND_ETHREAD    s is of another thread
 *   FROND_EINVAL     s is NULL                       FROND_ENOSUSPEND called in a hub callback
 * s is borrowed until the call returns.  Since 0.1. */
FROND_API int frond_semaphore_acquire(frond_semaphore *s, frond_deadline d);

/* Gives one, to the first who waits.  Does not suspend.  Returns 0, or
 *   FROND_ELIMIT  more would be given than a bounded semaphore holds    FROND_EINVAL  s is NULL
 *   FROND_ETHREAD s is of another thread                 FROND_ENOMEM  at the thread's first call
 * s is borrowed.  Since 0.1. */
FROND_API int frond_semaphore_release(frond_semaphore *s);

FROND_END

#endif
