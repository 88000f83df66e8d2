/* SPDX-License-Identifier: MIT */
/* Waiting for descriptors.  One frond_fd per descriptor, of the thread that made it.  The loop's
 * handle is made at the first wait, stays armed for reading between waits and is disarmed when an
 * event finds nobody waiting.  Only frond_fd_wait suspends. */
#ifndef FROND_IMPL_FD_H
#define FROND_IMPL_FD_H

#include <frond/api.h>
#include <frond/deadline.h>
#include <frond/impl/waiter.h>

FROND_BEGIN

typedef struct frond_fd frond_fd;
typedef void (*frond_fd_describe)(const void *object, char *out, size_t cap);

enum { FROND_FD_READ = 1, FROND_FD_WRITE = 2 };

#ifdef _WIN32
typedef uintptr_t frond_os_fd;
#else
typedef int frond_os_fd;
#endif

/* Watches a non-blocking descriptor that the caller owns and closes only after frond_fd_close.
 * describe(object) names it in dumps; both are borrowed until then and may be NULL.
 * Does not suspend.  Returns a watch owned by the caller, or NULL with FROND_ENOMEM.  Since 0.1. */
FROND_API frond_fd *frond_fd_new(frond_os_fd fd, frond_fd_describe describe,
                                 const void *object);

/* Waits until the descriptor is ready (or has an error to tell: try the call).  Suspends.
 * Returns 0, or
 *   FROND_EBUSY      another greenlet waits for this direction      FROND_ECLOSED    closed
 *   FROND_ETIMEDOUT  d passed                                       FROND_ECANCELED  killed
 *   FROND_EDEADLK    nothing can end the wait                       FROND_EBADF      not pollable
 *   FROND_EPERM      a file, or another kind that is never polled   FROND_ENOSUSPEND in a callback
 *   FROND_ENOMEM     no memory                                      FROND_ETHREAD    another thread
 * w is borrowed until it returns, also when it is closed meanwhile.  Since 0.1. */
FROND_API int frond_fd_wait(frond_fd *w, int direction, frond_deadline d);

/* frond_fd_wait without its entry check, for a call that has made it, on w's thread, and did not suspend since
 * it saw w open.  Suspends.  Returns 0, or
 *   FROND_EBUSY      FROND_ECLOSED    FROND_ETIMEDOUT  FROND_ECANCELED  FROND_EDEADLK
 *   FROND_EBADF      FROND_EPERM      FROND_ENOMEM
 * as that does.  w is borrowed in the same way.  Since 0.1. */
FROND_API int frond_fd_await(frond_fd *w, int direction, frond_deadline d);

/* Has a waiter that watches (its `woken` set) woken once there is something to read, or w is closed, beside whoever
 * waits for that.  Any number may watch; frond_watch_end takes one off.  Does not suspend.  Returns 0, or
 *   FROND_ECLOSED    closed       FROND_EBADF      not pollable     FROND_EPERM  never polled
 *   FROND_ETHREAD    another thread                FROND_ENOMEM     no memory
 * Both are borrowed until it is woken or taken off.  Since 0.1. */
FROND_API int frond_fd_watch(frond_fd *w, frond_waiter *waiter);

/* Wakes the greenlet that waits for this direction, if any, with code: for a call that somebody has ended.  Does not
 * suspend.  Cannot fail.  It stays owned by the caller.  Since 0.1. */
FROND_API void frond_fd_interrupt(frond_fd *w, int direction, int code);

/* Whether a greenlet waits for this direction.  Does not suspend.  Cannot fail.  Returns 1 or 0.
 * It stays owned by the caller.  Since 0.1. */
FROND_API int frond_fd_waiting(const frond_fd *w, int direction);

/* Changes what names the descriptor in dumps.  Does not suspend.  All are borrowed until the watch is
 * closed.  Since 0.1. */
FROND_API void frond_fd_named(frond_fd *w, frond_fd_describe describe,
                              const void *object);

/* Wakes those who wait with FROND_ECLOSED and stops the poll; the caller then closes the descriptor.
 * Its memory goes once the loop and the woken have let go.  The hub may be closed already, but not its
 * memory gone: w's owner has it for its home.  NULL is allowed.  Does not suspend.
 * The caller's ownership ends.  Since 0.1. */
FROND_API void frond_fd_close(frond_fd *w);

FROND_END

#endif
