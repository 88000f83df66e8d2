/* SPDX-License-Identifier: MIT */
/* Worker processes: named functions run in processes of their own, with message pipes to them.
 *
 * frond_init comes first in main, with the table of entries.  The default method starts this program
 * again (spawn: the same on every system, safe beside threads); FROND_FORK forks.  A process object
 * belongs to the thread that started it.  What suspends has a deadline. */
#ifndef FROND_PROCESS_H
#define FROND_PROCESS_H

#include <frond/api.h>
#include <frond/deadline.h>
#include <frond/handle.h>
#include <frond/pipe.h>
#include <frond/wait.h>

FROND_BEGIN

typedef struct frond_process frond_process;
typedef struct frond_child frond_child;

/* Runs in the child, as its main greenlet; its result is the exit status. */
typedef int (*frond_entry_fn)(frond_child *self);

typedef struct {
    const char *name;
    frond_entry_fn run;
} frond_entry;

typedef enum { FROND_SPAWN = 0, FROND_FORK = 1 } frond_method;

typedef struct {
    frond_method method;
    const void *args; /* bytes for the child */
    size_t args_len;  /* at most 16 MiB */
    frond_pipe *const
        *pipes;     /* ends for the child: closed (not freed) here once it is ready */
    size_t n_pipes; /* at most 64 */
    const frond_handle
        *handles;     /* other things for the child: closed here as the pipes are */
    size_t n_handles; /* at most 64 */
    int keep_handles; /* 1: they stay open here, as a listener for several processes */
    int drop_stacks;  /* FROND_FORK: see frond_fork_options */
    int daemon; /* 1: it is killed when this process ends, however, or this hub does */
    const char *name;      /* for reports; NULL: that of the entry */
    uintptr_t reserved[4]; /* zero */
} frond_process_options;

/* Must be called first in main.  In a process that frond_process_start has started it runs the entry
 * and does not return.  Does not suspend.  Returns 0, or FROND_EINVAL for a table with a name twice or
 * without a function.  The table, ended by a zero entry, is borrowed for ever.  Since 0.1. */
FROND_API int frond_init(int *argc, char ***argv, const frond_entry *entries);

/* Starts a process that runs the named entry, and waits until it is ready (o may be NULL).  Suspends.
 * Returns 0 with *p owned by the caller (frond_process_free), or
 *   FROND_EPROC_ENTRY    no such entry in the table     FROND_EPROC_START  it ended before it was ready
 *   FROND_EPROC_VERSION  the program was replaced by one with another frond
 *   FROND_EINVAL   frond_init was not called; options   FROND_EMFILE  FROND_ENOMEM  FROND_ENOENT
 *   FROND_ETIMEDOUT  d passed; the child was ended      FROND_ECANCELED  this greenlet was killed
 *   FROND_ENOSYS   FROND_FORK on Windows                FROND_ENOSUSPEND called in a hub callback
 *   FROND_EBUSY    a pipe or a handle is in use         FROND_ENOTSUP  a stream that is more than a socket
 * o and what it points to, the pipes too, are borrowed until it returns.  On failure the caller keeps pipes and
 * handles.
 * Since 0.1. */
FROND_API int frond_process_start(const char *entry, const frond_process_options *o,
                                  frond_process **p, frond_deadline d);

/* Waits until the process has ended.  Any number of greenlets may.  Suspends.  Returns 0 with *status
 * (may be NULL): its exit status, or minus the signal that ended it (on Windows the number of an
 * exception stays as it is, which is far below), as frond_process_status_text tells; or FROND_ETIMEDOUT,
 * FROND_ECANCELED, FROND_EDEADLK, FROND_EINVAL, FROND_ETHREAD, FROND_EWRONGPROC, FROND_ENOSUSPEND.
 * p stays owned by the caller.  Since 0.1. */
FROND_API int frond_process_join(frond_process *p, int *status, frond_deadline d);

/* p as something to wait for beside others (frond/wait.h): ready once it has ended, and was reaped.  Does not
 * suspend.  Cannot fail.  Returns a value; waiting for it answers FROND_EINVAL when p is NULL, FROND_ETHREAD on
 * another thread.
 * p is borrowed as long as it is used.  Since 0.1. */
FROND_API frond_waitable frond_process_waitable(frond_process *p);

/* Writes what a status means into out, cap bytes: "exited with status 3", "ended by signal 9 (Killed)".
 * Does not suspend.  Cannot fail.  Returns out, which stays owned by the caller.  Since 0.1. */
FROND_API const char *frond_process_status_text(int status, char *out, size_t cap);

/* Does not suspend.  Cannot fail.  Returns 1 while the process runs, else 0.  p is borrowed.
 * Since 0.1. */
FROND_API int frond_process_alive(const frond_process *p);

/* Does not suspend.  Cannot fail.  Returns its process number.  p is borrowed.  Since 0.1. */
FROND_API int64_t frond_process_pid(const frond_process *p);

/* Does not suspend.  Cannot fail.  Returns the name it was started under: .name, or that of its entry or program;
 * borrowed from p; "" for NULL.  Since 0.1. */
FROND_API const char *frond_process_name(const frond_process *p);

/* Sends a signal (a number of <signal.h>); never to a number that was reaped.  On Windows SIGTERM, SIGINT
 * and SIGBREAK are a Ctrl-Break (a child without our console is ended instead), 9 ends the child, and
 * others are FROND_EINVAL.  Does not suspend.  Returns 0, FROND_ESRCH when it has ended, FROND_EINVAL, FROND_ETHREAD,
 * FROND_EWRONGPROC, FROND_EPERM.  p stays owned by the caller.  Since 0.1. */
FROND_API int frond_process_signal(frond_process *p, int number);

/* Asks it to end (SIGTERM).  Does not suspend.  Returns as frond_process_signal does: 0, FROND_ESRCH,
 * FROND_EINVAL, FROND_ETHREAD, FROND_EWRONGPROC, FROND_EPERM.  p stays owned by the caller.
 * Since 0.1. */
FROND_API int frond_process_terminate(frond_process *p);

/* Ends it at once, which it cannot refuse.  Does not suspend.  Returns as frond_process_signal does: 0,
 * FROND_ESRCH, FROND_EINVAL, FROND_ETHREAD, FROND_EWRONGPROC, FROND_EPERM.  p stays owned by the caller.
 * Since 0.1. */
FROND_API int frond_process_kill(frond_process *p);

/* Frees the object; the process goes on, and is reaped when it ends, and who joins it waits on.  NULL is allowed.
 * Does not suspend.  The caller's ownership ends.  Since 0.1. */
FROND_API void frond_process_free(frond_process *p);

/* ---- orphans ---- */

/* From now on processes whose parents have ended become children of this one, as they do of the first process of a
 * container in any case, and children that have ended are reaped, a second after nobody has come for them; those
 * that frond has started, or waits for, are not touched.  It lasts until the thread's hub closes, and keeps nothing
 * waiting.  Linux.  Does not suspend.  Returns 0, also when it is enabled already, or FROND_ENOSYS, FROND_ENOMEM,
 * FROND_EPERM, FROND_ENOSUSPEND (called in a hub callback).  Since 0.1. */
FROND_API int frond_reaper_enable(void);

/* Ends that, on the thread that began it; elsewhere it does nothing.  Does not suspend.  Cannot fail.  Since 0.1. */
FROND_API void frond_reaper_disable(void);

/* ---- in the child ---- */

/* Does not suspend.  Cannot fail.  Returns the bytes given at the start, *len (may be NULL) of them,
 * borrowed from the child.  Since 0.1. */
FROND_API const void *frond_child_args(const frond_child *self, size_t *len);

/* Does not suspend.  Cannot fail.  Returns the i-th pipe end that was handed over, borrowed from the
 * child; NULL beyond the last.  Since 0.1. */
FROND_API frond_pipe *frond_child_pipe(const frond_child *self, size_t i);

/* Does not suspend.  Cannot fail.  Returns the i-th handle that was handed over, borrowed from the child, which frees
 * what it names when the entry returns (who wants to keep that sets its kind to FROND_HANDLE_NONE); NULL beyond the
 * last.  Since 0.1. */
FROND_API frond_handle *frond_child_handle(frond_child *self, size_t i);

FROND_END

#endif
