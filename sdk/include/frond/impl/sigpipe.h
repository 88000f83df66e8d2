/* SPDX-License-Identifier: MIT */
/* For calls that cannot be told to spare us SIGPIPE, as send can: write, splice, sendfile.  The signal goes to
 * the calling thread: held back there, it can be taken off again.  On Linux; elsewhere it goes to the process. */
#ifndef FROND_IMPL_SIGPIPE_H
#define FROND_IMPL_SIGPIPE_H

#include <frond/api.h>

FROND_BEGIN

typedef struct {
    uint64_t mask[16]; /* the thread's signals, as they were */
} frond_sigpipe;

/* Before the call.  Signal safe.  Does not suspend.  Cannot fail.  before is the caller's.  Since 0.1. */
FROND_API void frond_sigpipe_hold(frond_sigpipe *before);

/* After it.  fell_short: it failed, or has moved less than it was to, since sendfile may tell what it moved before the
 * signal and no error.  errno stays.  Signal safe.  Does not suspend.  Cannot fail.  before stays the caller's.
 * Since 0.1. */
FROND_API void frond_sigpipe_let(const frond_sigpipe *before, int fell_short);

FROND_END

#endif
