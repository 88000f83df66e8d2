/* SPDX-License-Identifier: MIT */
/* For calls that cannot be told to spare us SIGPIPE, as send can: write, splice, sendfile.  The signal goes to
 * the calling thread: held back there, it can be taken off again. */
#ifndef FROND_SIGPIPE_LINUX_H
#define FROND_SIGPIPE_LINUX_H

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdbool.h>

static inline void frond__sigpipe_hold(sigset_t *before) {
    sigset_t broken;
    sigemptyset(&broken);
    sigaddset(&broken, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &broken, before);
}

/* fell_short: the call in between failed, or has moved less than it was to: sendfile may tell what it moved before
 * the signal and no error.  errno stays. */
static inline void frond__sigpipe_let(const sigset_t *before, bool fell_short) {
    int error = errno, number;
    sigset_t broken, pending;
    if (fell_short && !sigismember(before, SIGPIPE) && sigpending(&pending) == 0 &&
        sigismember(&pending, SIGPIPE)) {
        sigemptyset(&broken);
        sigaddset(&broken, SIGPIPE);
        sigwait(&broken, &number);
    }
    pthread_sigmask(SIG_SETMASK, before, NULL);
    errno = error;
}

#endif
