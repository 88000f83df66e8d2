/* SPDX-License-Identifier: MIT */
/* The door to the loop under the hub, for code that brings handles of its own.  Referenced handles
 * that are active keep waits from being deadlocks.  Callbacks must not suspend.  Does not suspend. */
#ifndef FROND_IMPL_LOOP_H
#define FROND_IMPL_LOOP_H

/* uv.h needs POSIX's types, which strict C11 hides unless they are asked for. */
#if defined(__STRICT_ANSI__) && !defined(_POSIX_C_SOURCE) && !defined(_GNU_SOURCE)
#define _POSIX_C_SOURCE 200809L
#endif

#include <frond/hub.h>
#include <uv.h>

FROND_BEGIN

/* Does not suspend.  Returns this thread's loop, borrowed, or NULL with FROND_ENOMEM.  Handles must be
 * closed before the hub is.  Since 0.1. */
FROND_API uv_loop_t *frond_loop(void);

/* Calls fn(arg) when this thread's hub closes (and in a forked child, with child = 1, when fn must
 * only forget: no library call on inherited state).  Does not suspend.  Returns 0 or FROND_ENOMEM.
 * arg is borrowed until then.  Since 0.1. */
FROND_API int frond_hub_at_close(void (*fn)(void *arg, int child), void *arg);

FROND_END

#endif
