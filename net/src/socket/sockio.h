/* SPDX-License-Identifier: MIT */
/* Try, and wait when it would block: the one loop that every descriptor's calls go through. */
#ifndef FROND_SOCKIO_H
#define FROND_SOCKIO_H

#include "os/os_socket.h"
#include <frond/deadline.h>

typedef struct {
    frond_os_fd fd;
    frond_fd *watch; /* made at the first wait */
    frond_fd_describe describe;
    const void *object; /* for describe */
} frond__sockio;

/* Just waits.  Suspends.  The entry check is the caller's. */
int frond__sockio_wait(frond__sockio *io, int direction, frond_deadline d);

/* Has w woken when there is something to read: frond_fd_watch. */
int frond__sockio_watch(frond__sockio *io, frond_waiter *w);

/* Attempts until it does not answer FROND__AGAIN, waiting for the direction in between.  wait_first:
 * the last attempt drained the descriptor, so the next would only say so.  A deadline that is over still
 * gets its one attempt.  Suspends.  The entry check is the caller's.  Inline, and with it the attempt. */
static inline int64_t frond__sockio_do(frond__sockio *io, int direction,
                                       frond_attempt attempt, void *call, bool wait_first,
                                       frond_deadline d) {
    if (!wait_first || d.ns <= 0) {
        int64_t rc = attempt(io->fd, call);
        if (rc != FROND__AGAIN)
            return rc;
    }
    for (;;) {
        int64_t rc = frond__sockio_wait(io, direction, d);
        if (rc < 0)
            return rc;
        rc = attempt(io->fd, call);
        if (rc != FROND__AGAIN)
            return rc;
    }
}

/* Stops the watch, in which nobody waits, and gives the descriptor up. */
frond_os_fd frond__sockio_release(frond__sockio *io);

/* Wakes who waits, stops the watch and closes the descriptor; harmless when done already. */
void frond__sockio_close(frond__sockio *io);

#endif
