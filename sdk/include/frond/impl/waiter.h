/* SPDX-License-Identifier: MIT */
/* The waiter: what every primitive that suspends is built on.
 *
 *     frond_waiter w = {0};
 *     int rc = frond_wait_enter(d);                 (kill, scopes, hub callback: before anything)
 *     if (rc == 0 && !there) rc = frond_wait(&w, &object->waiters, &kind, object, d);
 *
 * and on the other side  frond_wake(first waiter, 0).  A waiter is on one list; frond_wake takes it
 * off and makes its greenlet ready, so it is woken once, in the order of the wakes, and one that
 * timed out or was killed is on no list any more.  The wake of a waiter with a function `woken`
 * calls that: of one that watches, and is nobody's wait (frond/impl/waitable.h), or of a wait that has to
 * leave other lists first; that sets it to NULL, and wakes the waiter once more. */
#ifndef FROND_IMPL_WAITER_H
#define FROND_IMPL_WAITER_H

#include <frond/deadline.h>
#include <frond/event.h>
#include <frond/greenlet.h>

FROND_BEGIN

typedef struct {
    const char *what; /* "event", "semaphore": what dumps say it waits for */
    void (*describe)(const void *object, char *out,
                     size_t cap); /* may be NULL: the address */
    frond_greenlet *(*target)(
        const void *object); /* the one greenlet that can end it, or NULL; may be NULL */
} frond_wait_kind;

typedef struct frond_waiter {
    struct frond_waiter *next, *prev;
    frond_waitlist *list; /* it is on this; NULL: on none */
    frond_greenlet *greenlet;
    const frond_wait_kind *kind;
    const void *object;
    void *slot;    /* for the primitive: where an item goes, and the like */
    int64_t since; /* by the hub's clock */
    int code;      /* what frond_wait returns */
    void (*woken)(
        struct frond_waiter *w); /* NULL, or called instead of waking a greenlet */
} frond_waiter;

/* To be called first by everything that suspends until d, when nothing was tried yet.  The 256th
 * call in a row that has not waited gives way to the others here.  Suspends then, whatever d is.
 * Returns 0, or FROND_ENOSUSPEND (hub callback) and FROND_EFORKHOOK unless d is FROND_NOW, which
 * never waits, FROND_ECANCELED (killed), FROND_ETIMEDOUT (a scope has expired), FROND_ENOMEM.
 * Since 0.1. */
FROND_API int frond_wait_enter(frond_deadline d);

/* From here on the running greenlet may not suspend: what would is refused with FROND_ENOSUSPEND, as in a hub
 * callback.  For functions of the user's that are called where nothing else may run.  Does not suspend.  Returns
 * what frond_callback_end is to be given, or FROND_ENOMEM at the thread's first call, with nothing begun.
 * Since 0.1. */
FROND_API int frond_callback_begin(void);

/* The end of that.  Does not suspend.  Cannot fail.  Since 0.1. */
FROND_API void frond_callback_end(int begun);

/* Makes the list this thread's, emptying one whose hub or process is gone.  Does not suspend.
 * Returns 0, or FROND_ETHREAD when a live hub of another thread owns it, or FROND_ENOMEM.  The list
 * is borrowed.  Since 0.1. */
FROND_API int frond_waitlist_own(frond_waitlist *list);

/* Waits, at the end of the list, until woken.  Suspends.  Returns the code of frond_wake, or
 * FROND_ETIMEDOUT, FROND_ECANCELED, FROND_EDEADLK; FROND_ECANCELED also if the greenlet was killed before,
 * between two waits of one call.  w, list and object are borrowed until it returns; after a wake the object
 * may be gone already.  Since 0.1. */
FROND_API int frond_wait(frond_waiter *w, frond_waitlist *list,
                         const frond_wait_kind *kind, const void *object,
                         frond_deadline d);

/* Wakes one waiter: its frond_wait returns code, or its `woken` is called.  Does not suspend.  The
 * waiter must be waiting, on this thread; it stays owned by its greenlet.  Since 0.1. */
FROND_API void frond_wake(frond_waiter *w, int code);

/* Puts a waiter that watches (`woken` set) at the end of a list that is this thread's, or takes it off
 * (harmless when it is on none).  Does not suspend.  Both are borrowed.  Since 0.1. */
FROND_API void frond_watch_begin(frond_waiter *w, frond_waitlist *list,
                                 const frond_wait_kind *kind, const void *object);
FROND_API void frond_watch_end(frond_waiter *w);

/* Wakes the first of the list.  Does not suspend.  Returns 1, or 0 when there was none; cannot fail.
 * The list is borrowed.  Since 0.1. */
FROND_API int frond_wake_one(frond_waitlist *list, int code);

/* Wakes all of the list, in order.  Does not suspend.  The list is borrowed.  Since 0.1. */
FROND_API void frond_wake_all(frond_waitlist *list, int code);

/* While a wake source is held, waits of the main greenlet are not deadlocks.  Does not suspend.
 * delta is +1 or -1, in pairs.  Since 0.1. */
FROND_API void frond_wake_source(int delta);

/* While it is held a virtual clock (frond_clock_virtual) does not move: an answer is certain to come that
 * nothing here has to be waited for, as that of a thread at work.  Not for waits on peers, which may be
 * silent: their time must pass.  Does not suspend.  delta is +1 or -1, in pairs.  Since 0.1. */
FROND_API void frond_clock_hold(int delta);

/* For looking again and again for what no event tells of: waits ms milliseconds of the system's time, whatever
 * clock this thread has, or less, when somebody else's nap is over sooner.  As with a descriptor, a virtual
 * clock may move meanwhile (and d pass), unless it is held.  Suspends.  Returns 0, or
 *   FROND_ETIMEDOUT  d passed                        FROND_ECANCELED  this greenlet was killed
 *   FROND_ENOSUSPEND called in a hub callback        FROND_ENOMEM     at the thread's first call
 * Since 0.1. */
FROND_API int frond_nap(uint64_t ms, frond_deadline d);

FROND_END

#endif
