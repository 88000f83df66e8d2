/* SPDX-License-Identifier: MIT */
/* Telling of what happens, and where it is told inside sdk. */
#ifndef FROND_SRC_NOTICE_H
#define FROND_SRC_NOTICE_H

#include "core.h"
#include <frond/notice.h>
#include <setjmp.h>

/* Whether anybody wants to know of such. */
FROND_INTERNAL bool frond__notice_wanted(frond_notice_kind kind);

/* Tells all who want to know; true: one has seen to it.  On a thread with a hub it is in a callback meanwhile. */
FROND_INTERNAL bool frond__notice(const frond_notice *n);

/* Around a function of the user's that may call frond_fail where no greenlet can end by it: frond_fail comes
 * back to the innermost of this thread. */
typedef struct frond__guard {
    struct frond__guard *outer;
    jmp_buf back;
} frond__guard;
FROND_INTERNAL extern FROND_THREAD_LOCAL frond__guard *frond__guarded;

/* Around a fork, so that the child finds the list whole. */
FROND_INTERNAL void frond__notice_hold(void);
FROND_INTERNAL void frond__notice_release(void);
FROND_INTERNAL void frond__notice_renew(void);

#endif
