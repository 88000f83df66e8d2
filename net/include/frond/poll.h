/* SPDX-License-Identifier: MIT */
/* poll and select for any descriptors, of frond's or not, and any number of them: sockets, pipes, terminals,
 * files (which are always ready); on Windows sockets.  Only the calling greenlet waits.  They are looked at
 * once more right before the answer, so that what it says holds until another greenlet runs.  Nothing is
 * taken, and no mode of a descriptor is changed.  Both functions suspend; any thread may use them. */
#ifndef FROND_POLL_H
#define FROND_POLL_H

#include <frond/api.h>
#include <frond/deadline.h>

FROND_BEGIN

enum {
    FROND_POLL_IN = 1,  /* there is something to read or accept, or the end */
    FROND_POLL_PRI = 2, /* urgent data */
    FROND_POLL_OUT = 4, /* there is room to write, or a connect has ended */
    FROND_POLL_ERR = 8, /* these three are reported always, and need not be asked for */
    FROND_POLL_HUP = 16,
    FROND_POLL_NVAL = 32 /* not open, or negative, or closed during the wait */
};

typedef struct {
    intptr_t fd;
    short events;  /* FROND_POLL_IN, FROND_POLL_PRI, FROND_POLL_OUT */
    short revents; /* the answer */
} frond_pollfd;

/* Descriptors; the same one may be there more than once. */
typedef struct {
    intptr_t *fds;
    size_t n;
} frond_fds;

/* Waits until one of n descriptors is ready.  Streams may be reading and writing them, and other greenlets
 * be polling them, meanwhile.  With FROND_NOW it looks once.  Suspends.  Returns how many are ready, 1 at
 * least, with what they are ready for in their revents (0 in the others), or
 *   FROND_ETIMEDOUT  d passed and none is ready      FROND_ECANCELED  this greenlet was killed
 *   FROND_EINVAL     fds is NULL, n beyond INT_MAX   FROND_ENOMEM     no memory
 *   FROND_EMFILE     no descriptor is left to wait   FROND_ENFILE     the same, in the system
 *                    with                            FROND_ENOSUSPEND it would wait in a hub callback
 * One that frond closes during the wait ends it, with FROND_POLL_NVAL; one that something else closes is
 * noticed within a second.  fds is borrowed until it returns, and revents are undefined after an error.
 * Since 0.1. */
FROND_API int frond_poll(frond_pollfd *fds, size_t n, frond_deadline d);

/* The same in the manner of select: waits until one of those is ready for reading, for writing, or for urgent
 * data (also: has failed).  Each may be NULL.  Suspends.  Returns how many are ready, 1 at least, and leaves in
 * each list only those, in their order, or, with the lists as they were,
 *   FROND_EBADF      one is not open, or negative, or was closed during the wait
 *   FROND_ETIMEDOUT  d passed and none is ready      FROND_ECANCELED  this greenlet was killed
 *   FROND_EINVAL     a list without descriptors      FROND_ENOMEM     no memory
 *   FROND_EMFILE     FROND_ENFILE                    FROND_ENOSUSPEND it would wait in a hub callback
 * All are borrowed until it returns.  Since 0.1. */
FROND_API int frond_select_fds(frond_fds *reading, frond_fds *writing, frond_fds *failing,
                               frond_deadline d);

FROND_END

#endif
