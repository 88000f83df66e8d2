/* SPDX-License-Identifier: MIT */
/* What the two halves of poll have in common: poll.c and the system's. */
#ifndef FROND_POLLING_H
#define FROND_POLLING_H

#include "os/os_socket.h"
#include <frond/greenlet.h>
#include <frond/poll.h>

/* A greenlet in frond_poll. */
typedef struct {
    frond_pollfd *fds;
    size_t n;
    void *
        waiting; /* the system's half: in a wait that frond__poll_again can end; or NULL */
    bool again;
    frond_greenlet
        *greenlet; /* dead: its hub's end has dropped it in the middle of the wait */
} frond__polling;

/* Looks once at n descriptors and sets their revents.  How many are ready, or an error. */
int frond__poll_look(frond_pollfd *fds, size_t n);

/* Waits until another look is worth it.  0, FROND_ETIMEDOUT, FROND_ECANCELED or another error.  The entry
 * check is the caller's. */
int frond__poll_wait(frond__polling *p, frond_deadline d);

/* The same by looking again and again, at intervals that grow. */
int frond__poll_nap(frond__polling *p, frond_deadline d);

/* Has a wait end now. */
void frond__poll_again(frond__polling *p);

/* POSIX: a descriptor that is readable while one of fds is ready, as far as they can be waited for. */
int frond__poll_gather(const frond_pollfd *fds, size_t n, frond_os_fd *set);

/* To be called right before a descriptor of frond's is closed: ends this thread's polls of it. */
void frond__poll_closing(frond_os_fd fd);

#endif
