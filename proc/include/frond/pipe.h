/* SPDX-License-Identifier: MIT */
/* Message pipes: whole messages between two ends, in this process or in two.  A message is delivered
 * whole or not at all; one deadline covers it, and time never breaks it.  An end belongs to the
 * thread that made it (FROND_ETHREAD elsewhere, FROND_EWRONGPROC in another process).  Any number of
 * greenlets may send and receive: they take turns in the order in which they came.  What suspends has a
 * deadline.
 *
 * The first message that a greenlet sends goes to the system at once.  Small ones that it sends before any other
 * greenlet has run are gathered, and go together when there are many, or when others run, or with the
 * next flush or close: a program that ends by exit flushes first. */
#ifndef FROND_PIPE_H
#define FROND_PIPE_H

#include <frond/api.h>
#include <frond/deadline.h>

FROND_BEGIN

typedef struct frond_pipe frond_pipe;

typedef struct {
    uint64_t max_message;  /* bytes; 0: 64 MiB */
    uintptr_t reserved[4]; /* zero */
} frond_pipe_options;

/* Makes the two ends of a pipe that carries messages both ways (o may be NULL).  Does not suspend.
 * Returns 0 with *a and *b owned by the caller (frond_pipe_free), or FROND_EINVAL, FROND_ENOMEM,
 * FROND_EMFILE.  Since 0.1. */
FROND_API int frond_pipe_pair(const frond_pipe_options *o, frond_pipe **a,
                              frond_pipe **b);

/* Sends one message (len may be 0).  Suspends.  Returns 0: it is on its way, and what the system has
 * not taken yet is sent later, or by the next send, flush or close, which tells if that failed; or
 *   FROND_ETIMEDOUT  d passed and none of it was sent   FROND_ECANCELED  this greenlet was killed
 *   FROND_EMSGSIZE   longer than max_message            FROND_EPIPE      the other end is closed
 *   FROND_ECONNRESET the other end is gone              FROND_ECLOSED    closed before or meanwhile
 *   FROND_ENOMEM     no memory
 *   FROND_EINVAL     NULL                               FROND_ETHREAD    FROND_EWRONGPROC
 *   FROND_EDEADLK    nothing can end the wait           FROND_ENOSUSPEND called in a hub callback
 * msg is borrowed until it returns.  Since 0.1. */
FROND_API int frond_pipe_send(frond_pipe *p, const void *msg, size_t len,
                              frond_deadline d);

/* Waits until all that was sent has been taken by the system.  Suspends.  Returns 0, FROND_ETIMEDOUT,
 * FROND_ECANCELED, FROND_EPIPE, FROND_ECONNRESET, FROND_ECLOSED, FROND_EINVAL,
 * FROND_ETHREAD, FROND_EWRONGPROC, FROND_EDEADLK, FROND_ENOSUSPEND.  p stays the caller's.
 * Since 0.1. */
FROND_API int frond_pipe_flush(frond_pipe *p, frond_deadline d);

/* Receives one message.  Suspends.  Returns its length, with *msg (never NULL) owned by the caller
 * (frond_free) and a NUL behind it, or
 *   FROND_EPIPE      the other end was closed between two messages
 *   FROND_EOF        ... in the middle of one           FROND_EMSGSIZE   longer than max_message
 *   FROND_ETIMEDOUT  d passed; what has come is kept, and the next call goes on
 *   FROND_ECANCELED  this greenlet was killed           FROND_ECLOSED    closed before or meanwhile
 *   FROND_ENOMEM     no memory
 *   FROND_EINVAL     NULL                               FROND_ETHREAD    FROND_EWRONGPROC
 *   FROND_EDEADLK    nothing can end the wait           FROND_ENOSUSPEND called in a hub callback
 * Since 0.1. */
FROND_API int64_t frond_pipe_receive(frond_pipe *p, void **msg, frond_deadline d);

/* Closes: wakes who sends and receives with FROND_ECLOSED; what is still to be sent is sent as far as
 * that needs no waiting.  Closing twice is harmless.  Does not suspend.  Returns 0, FROND_EINVAL,
 * FROND_ETHREAD, FROND_EWRONGPROC.  The caller still owns p.  Since 0.1. */
FROND_API int frond_pipe_close(frond_pipe *p);

/* Closes, and frees once those have left that it wakes; NULL is allowed.  Does not suspend.  The caller's ownership ends.  Since 0.1. */
FROND_API void frond_pipe_free(frond_pipe *p);

FROND_END

#endif
