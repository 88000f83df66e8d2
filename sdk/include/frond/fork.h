/* SPDX-License-Identifier: MIT */
/* fork, from any greenlet at any time, on POSIX.
 *
 * In the child only the calling greenlet goes on, as the main greenlet of a fresh hub: no other
 * greenlet ever runs there, signals have their default actions, and of the descriptors that frond
 * opened only those on the keep list are open.  Objects of the parent answer FROND_EWRONGPROC in the
 * child.  When the function of the surviving greenlet returns, the child leaves by _exit.
 * A plain fork() is noticed: the same holds from the child's first frond call on, but no descriptor
 * is closed and no signal action changed. */
#ifndef FROND_FORK_H
#define FROND_FORK_H

#include <frond/api.h>
#include <frond/deadline.h>

FROND_BEGIN

typedef struct {
    const intptr_t *keep; /* descriptors of frond's that stay open in the child */
    size_t n_keep;
    int drop_stacks; /* 1: the other greenlets' stacks are not copied: the child must not
                              read what lies on them */
    uintptr_t reserved[4]; /* zero */
} frond_fork_options;

/* Forks (o may be NULL).  Waits, within d, until no thread pool of this process runs a job, so that no
 * lock is held in the child.  Suspends.  Returns the child's pid in the parent, 0 in the child, or
 *   FROND_ETIMEDOUT  jobs still ran at d             FROND_ECANCELED  this greenlet was killed
 *   FROND_ENOMEM     no memory or process            FROND_EINVAL     options
 *   FROND_ENOSUSPEND called in a hub callback        FROND_ENOSYS     not on this system
 *   FROND_EFORKHOOK  called in a function of frond_atfork
 * The child must be reaped by the caller (waitpid).  Options are borrowed until it returns.
 * Since 0.1. */
FROND_API int64_t frond_fork(const frond_fork_options *o, frond_deadline d);

/* ---- what others have to do around a fork ---- */

typedef void (*frond_atfork_fn)(void *arg);

/* Has prepare called before each frond_fork of this process, that of FROND_FORK too, parent after it in the parent,
 * also when it has failed, and child in the child; each may be NULL.  prepare is called for the last one first, the
 * others in the order of these calls, all in the greenlet that forks, where suspending, and this call, are refused with
 * FROND_EFORKHOOK.  After a fork() that was not frond's, child is called by the child's first call of frond that
 * needs a hub.  On Windows, where nothing forks, none is ever called.  Any thread.  Does not suspend.  Returns 0,
 * FROND_EINVAL when all are NULL, FROND_EFORKHOOK, FROND_ENOMEM.  arg is borrowed until frond_atfork_remove.
 * Since 0.1. */
FROND_API int frond_atfork(frond_atfork_fn prepare, frond_atfork_fn parent,
                           frond_atfork_fn child, void *arg);

/* Takes back the last of those calls with these values.  Any thread.  Does not suspend.  Returns 0, FROND_ENOENT when
 * there is none, FROND_EFORKHOOK.  arg is the caller's again.  Since 0.1. */
FROND_API int frond_atfork_remove(frond_atfork_fn prepare, frond_atfork_fn parent,
                                  frond_atfork_fn child, void *arg);

/* ---- generations ---- */

/* How often this process and those before it have forked.  Does not suspend.  Cannot fail.
 * Returns the count.  Since 0.1. */
FROND_API uint64_t frond_generation(void);

FROND_END

#endif
