/* SPDX-License-Identifier: MIT */
/* Locks: one greenlet at a time, or many that only read, over code that suspends.  Code that does
 * not needs none: greenlets of one thread do not interrupt each other.
 *
 * A release hands the lock to whoever has waited longest, so nobody overtakes and nobody starves.
 * A greenlet that ends while it holds one leaves it abandoned: what it guards may be half changed, so
 * those who wait and those who come later get FROND_EOWNERDEAD, and do not hold it, until somebody has
 * put things right and called recover.  In a forked child, what the surviving greenlet holds it still
 * holds; what others held is free.
 *
 * Values, not objects: no allocation, all zero is free.  They belong to the thread whose greenlets use
 * them (FROND_ETHREAD elsewhere) and must outlive both those waits and the holding: release before
 * the frame or the block that the lock is in goes.  Only the acquire functions suspend. */
#ifndef FROND_LOCK_H
#define FROND_LOCK_H

#include <frond/event.h>

FROND_BEGIN

/* Who holds it, and who waits for that.  Part of every lock; its fields are frond's own. */
typedef struct frond_ownership {
    frond_waitlist waiters;
    void *holder;
    struct frond_ownership *next, *prev; /* others that the holder holds */
    uint32_t depth;
    uint32_t abandoned;
} frond_ownership;

typedef struct {
    frond_ownership owned;
} frond_lock;

#define FROND_LOCK_INIT                                                                  \
    {                                                                                    \
        { {0, 0, 0}, 0, 0, 0, 0, 0 }                                                     \
    }

/* Takes the lock, which is not recursive.  Suspends while another greenlet has it.  Returns 0, or
 *   FROND_ETIMEDOUT  d passed; it was not taken      FROND_ECANCELED  this greenlet was killed
 *   FROND_EOWNERDEAD abandoned; it was not taken     FROND_ETHREAD    l is of another thread
 *   FROND_EDEADLK    held by the caller, whatever d, or nothing can end the wait
 *   FROND_EINVAL     l is NULL                       FROND_ENOSUSPEND it would wait in a callback
 *   FROND_ENOMEM     at the thread's first call
 * In a hub callback it may be called, with FROND_NOW; the hub holds it then, until a callback
 * releases it.  l is borrowed until it is released.  Since 0.1. */
FROND_API int frond_lock_acquire(frond_lock *l, frond_deadline d);

/* Lets it go, to the first who waits.  Does not suspend.  Returns 0, or, with nothing changed,
 *   FROND_EPERM   this greenlet does not hold it     FROND_EINVAL  l is NULL
 *   FROND_ETHREAD l is of another thread             FROND_ENOMEM  at the thread's first call
 * l is borrowed.  Since 0.1. */
FROND_API int frond_lock_release(frond_lock *l);

/* Does not suspend.  Cannot fail.  Returns 1 when this greenlet holds l, else 0.  l is borrowed.
 * Since 0.1. */
FROND_API int frond_lock_held(const frond_lock *l);

/* Makes an abandoned lock free; any greenlet may.  Does not suspend.  Returns 1 when it did, 0 when
 * l was not abandoned, FROND_EINVAL, FROND_ETHREAD, FROND_ENOMEM.  l is borrowed.  Since 0.1. */
FROND_API int frond_lock_recover(frond_lock *l);

/* The same, but its holder may take it again and releases it as often. */
typedef struct {
    frond_ownership owned;
} frond_rlock;

#define FROND_RLOCK_INIT FROND_LOCK_INIT

/* Takes the lock, or takes it once more.  Suspends while another greenlet has it.  Returns 0, or
 *   FROND_ETIMEDOUT  d passed; it was not taken      FROND_ECANCELED  this greenlet was killed
 *   FROND_EOWNERDEAD abandoned; it was not taken     FROND_ETHREAD    l is of another thread
 *   FROND_EDEADLK    nothing can end the wait        FROND_ELIMIT     taken 4294967295 times
 *   FROND_EINVAL     l is NULL                       FROND_ENOSUSPEND it would wait in a callback
 *   FROND_ENOMEM     at the thread's first call
 * In a hub callback as frond_lock_acquire.  l is borrowed until the last release.  Since 0.1. */
FROND_API int frond_rlock_acquire(frond_rlock *l, frond_deadline d);

/* Undoes one acquire; the last lets it go, to the first who waits.  Does not suspend.  Returns 0, or,
 * with nothing changed, FROND_EPERM, FROND_EINVAL, FROND_ETHREAD, FROND_ENOMEM as
 * frond_lock_release.  l is borrowed.  Since 0.1. */
FROND_API int frond_rlock_release(frond_rlock *l);

/* Does not suspend.  Cannot fail.  Returns how often this greenlet has taken l; 0: it does not hold
 * it.  l is borrowed.  Since 0.1. */
FROND_API uint32_t frond_rlock_held(const frond_rlock *l);

/* As frond_lock_recover.  Does not suspend.  Returns 1, 0, FROND_EINVAL, FROND_ETHREAD, FROND_ENOMEM.
 * l is borrowed.  Since 0.1. */
FROND_API int frond_rlock_recover(frond_rlock *l);

/* Many readers or one writer, in the order of their arrival: who comes to read after a writer that
 * waits, waits too; readers that stand next to each other are let in together.  Not recursive, and a
 * reader cannot become the writer.  A reader that ends changed nothing: its share is given back.  A
 * writer that ends leaves the lock abandoned. */
typedef struct {
    frond_ownership owned; /* by the writer */
    uint64_t readers;
} frond_rwlock;

#define FROND_RWLOCK_INIT                                                                \
    { {{0, 0, 0}, 0, 0, 0, 0, 0}, 0 }

/* Takes a share.  Suspends while a writer has the lock or came first.  Returns 0, or
 *   FROND_ETIMEDOUT  d passed; it was not taken      FROND_ECANCELED  this greenlet was killed
 *   FROND_EOWNERDEAD abandoned; it was not taken     FROND_ETHREAD    l is of another thread
 *   FROND_EDEADLK    the caller reads or writes already, whatever d, or nothing can end the wait
 *   FROND_EINVAL     l is NULL                       FROND_ENOSUSPEND it would wait in a callback
 *   FROND_ENOMEM     a note of the share is kept while it is held
 * In a hub callback as frond_lock_acquire.  l is borrowed until it is released.  Since 0.1. */
FROND_API int frond_rwlock_acquire_read(frond_rwlock *l, frond_deadline d);

/* Takes all of it.  Suspends while others have it or came first.  Returns 0, or
 *   FROND_ETIMEDOUT  d passed; it was not taken      FROND_ECANCELED  this greenlet was killed
 *   FROND_EOWNERDEAD abandoned; it was not taken     FROND_ETHREAD    l is of another thread
 *   FROND_EDEADLK    the caller reads or writes already, whatever d, or nothing can end the wait
 *   FROND_EINVAL     l is NULL                       FROND_ENOSUSPEND it would wait in a callback
 *   FROND_ENOMEM     at the thread's first call
 * In a hub callback as frond_lock_acquire.  l is borrowed until it is released.  Since 0.1. */
FROND_API int frond_rwlock_acquire_write(frond_rwlock *l, frond_deadline d);

/* Lets go of what this greenlet has, share or all, and lets in who is next.  Does not suspend.
 * Returns 0, or, with nothing changed, FROND_EPERM (it has nothing), FROND_EINVAL, FROND_ETHREAD,
 * FROND_ENOMEM.  l is borrowed.  Since 0.1. */
FROND_API int frond_rwlock_release(frond_rwlock *l);

/* Does not suspend.  Cannot fail.  Returns 2 when this greenlet writes, 1 when it reads, else 0.
 * l is borrowed.  Since 0.1. */
FROND_API int frond_rwlock_held(const frond_rwlock *l);

/* As frond_lock_recover.  Does not suspend.  Returns 1, 0, FROND_EINVAL, FROND_ETHREAD, FROND_ENOMEM.
 * l is borrowed.  Since 0.1. */
FROND_API int frond_rwlock_recover(frond_rwlock *l);

FROND_END

#endif
