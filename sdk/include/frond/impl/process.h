/* SPDX-License-Identifier: MIT */
/* What belongs to which process: descriptors that a forked child must not keep.  Nothing here
 * suspends; any thread may use it. */
#ifndef FROND_IMPL_PROCESS_H
#define FROND_IMPL_PROCESS_H

#include <frond/hub.h>

FROND_BEGIN

/* Notes a descriptor that frond opened; a forked child closes it.  Does not suspend.  Cannot fail.
 * The descriptor stays the caller's.  Since 0.1. */
FROND_API void frond_descriptor_opened(intptr_t fd);

/* Call it right before closing.  Does not suspend.  Cannot fail.  Since 0.1. */
FROND_API void frond_descriptor_closing(intptr_t fd);

/* Whether it is noted: some object of frond's, on whatever thread, has it.  After a fork that was not frond's, and on
 * Windows, nobody knows.  Does not suspend.  Cannot fail.  Returns 1, or 0: no, or unknown.  Since 0.1. */
FROND_API int frond_descriptor_noted(intptr_t fd);

/* Around opening descriptors that become close-on-exec only afterwards, where the system knows no
 * other way: a fork of another thread waits for the end, and holds back the begin.  Nothing in between
 * may fork or wait.  Does not suspend.  Cannot fail.  Since 0.1. */
FROND_API void frond_opening_begin(void);

/* Ends what frond_opening_begin began.  Does not suspend.  Cannot fail.  Since 0.1. */
FROND_API void frond_opening_end(void);

FROND_END

#endif
