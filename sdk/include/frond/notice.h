/* SPDX-License-Identifier: MIT */
/* Notices: what frond has to tell of a running program, to functions of the program's, and in words to standard
 * error unless one of them has seen to it.  They concern all threads; each is called on the thread where it
 * happens, or on frond's own that watches the others, in the middle of the work: it may look, write down, set,
 * put and post, not suspend (FROND_ENOSUSPEND).  One that ends by frond_fail is left there, and counts as one
 * that has not seen to it.  Nothing here suspends; any thread may use it. */
#ifndef FROND_NOTICE_H
#define FROND_NOTICE_H

#include <frond/api.h>

FROND_BEGIN

typedef enum {
    FROND_NOTICE_FAILED = 1, /* a greenlet failed, and nobody joins or is linked to it */
    FROND_NOTICE_DEADLOCK = 2, /* nothing is ready, and nothing can wake one */
    FROND_NOTICE_HUB_MADE = 4,
    FROND_NOTICE_HUB_CLOSED = 8,
    FROND_NOTICE_BLOCKING =
        16, /* a greenlet keeps others from running: once for each time it does */
    FROND_NOTICE_BLOCKING_OVER = 32, /* the hub goes on */
    FROND_NOTICE_MEMORY_OVER = 64,   /* FROND_MAX_MEMORY is exceeded */
    FROND_NOTICE_MEMORY_UNDER = 128, /* it is not any more */
    FROND_NOTICE_ASSERTION = 256, /* frond_assert_switches and frond_no_yield: broken */
    FROND_NOTICE_LEAKS = 512,     /* a hub ended, and what it had was not given back */
    FROND_NOTICE_ALL = 1023
} frond_notice_kind;

typedef struct {
    frond_notice_kind kind;
    uint64_t thread;   /* the system's number of the hub's; 0: it is about no hub */
    uint64_t greenlet; /* frond_id of the one it is about; 0: none */
    int error;         /* what that failed with, else 0 */
    uint64_t
        amount; /* BLOCKING: milliseconds so far, or in all; MEMORY: bytes; LEAKS: how many */
    const char *
        text; /* the report as it goes to standard error, whole lines; "" when it goes nowhere */
} frond_notice;

/* Not 0: seen to, nothing is written to standard error. */
typedef int (*frond_notice_fn)(const frond_notice *n, void *arg);

/* Has fn(n, arg) called for notices of these kinds (several, added up), after those that were there before;
 * the same fn and arg are there once, with the kinds named last.  Does not suspend.  Returns 0, or
 *   FROND_EINVAL  fn is NULL, or kinds are none or others than there are     FROND_ENOMEM  no memory
 * arg is borrowed until it is taken back.  Since 0.1. */
FROND_API int frond_notice_subscribe(unsigned kinds, frond_notice_fn fn, void *arg);

/* Takes it back: once this returns it is not called any more, by any thread; calls under way are waited for, but
 * for the one that this is called from.  Does not suspend.  Returns 1 when it was there, 0 when not; cannot fail.
 * arg is the caller's again.  Since 0.1. */
FROND_API int frond_notice_unsubscribe(frond_notice_fn fn, void *arg);

FROND_END

#endif
