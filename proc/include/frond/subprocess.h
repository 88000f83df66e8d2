/* SPDX-License-Identifier: MIT */
/* Other programs: started with everything that a program's surroundings consist of, talked to over pipes, and
 * waited for.  What is started is a frond_process like any other (frond/process.h: join, signal, free).
 * What suspends has a deadline. */
#ifndef FROND_SUBPROCESS_H
#define FROND_SUBPROCESS_H

#include <frond/process.h>
#include <frond/stream.h>

FROND_BEGIN

/* Where one of the child's standard streams leads. */
typedef enum {
    FROND_STDIO_INHERIT = 0, /* where the program's own does */
    FROND_STDIO_PIPE, /* to a pipe: frond_process_stdin, frond_process_stdout, frond_process_stderr */
    FROND_STDIO_NULL,   /* to what is empty, and keeps nothing */
    FROND_STDIO_FILE,   /* .path: read, or made empty and written */
    FROND_STDIO_APPEND, /* .path: written at its end */
    FROND_STDIO_FD, /* .fd: a descriptor of the program's, on Windows a handle, which stays open */
    FROND_STDIO_STDOUT, /* standard error: where standard output does */
    FROND_STDIO_STDERR  /* standard output: where standard error does */
} frond_stdio_kind;

typedef struct {
    frond_stdio_kind kind;
    const char *path;
    intptr_t fd;
} frond_stdio;

/* A descriptor (on Windows a handle) that the child gets under a number of its own, 3 or above, which is
 * the handle itself on Windows, where `as` does not count. */
typedef struct {
    intptr_t fd;
    int as;
} frond_passed;

typedef struct {
    int resource; /* RLIMIT_NOFILE and the like, of <sys/resource.h> */
    uint64_t soft, hard;
} frond_resource_limit;

/* All zero: the program named by argv[0], looked for where PATH says, with our environment, directory and
 * standard streams. */
typedef struct {
    const char *
        program; /* the file to run, when it is not argv[0]; looked for in the same way */
    int shell; /* argv[0] is a line for the system's shell, what follows are its arguments */
    const char *const *env; /* "NAME=VALUE", ended by NULL: all of it; NULL: ours */
    const char *const *env_change; /* "NAME=VALUE" sets, "NAME" removes; after env */
    const char *directory;
    frond_stdio in, out, err;
    const frond_passed *
        pass; /* beside the standard streams the child has these descriptors and no other */
    size_t n_pass;   /* at most 64 */
    int new_session; /* it leads a session and a group of its own */
    int new_group;   /* it leads a group; on Windows one for Ctrl-Break */
    int64_t group;   /* it joins this group; 0: ours */
    int foreground;  /* its group becomes the terminal's */
    int pty; /* it leads a session and has a terminal of its own, on Windows a console (1809 and later): streams
                that would be inherited or pipes lead there */
    int rows, columns; /* of that; 0: 24 and 80 */
    const char *user;  /* a name or a number; with its groups unless others are named */
    const char *user_group;
    const char *const
        *groups; /* names or numbers, ended by NULL: instead of the user's own */
    int set_umask, umask;
    int nice; /* is added */
    const frond_resource_limit *limits;
    size_t n_limits;
    int death_signal; /* it gets this when the thread that started it ends; Linux */
    int hide_window;  /* Windows: no console, no window at first */
    int64_t
        pipe_grace_ms; /* how long after the end of the process others may keep its pipes from ending, for
                              frond_process_communicate; 0: for ever, or 5,000 in frond_subprocess_run */
    uintptr_t reserved[4]; /* zero */
} frond_subprocess_options;

/* Starts the program argv[0] with these arguments, ended by NULL (o may be NULL).  No shell sees them, unless
 * asked for.  What fails in the child before the program runs fails here, and the text says which step.
 * Handlers of signals are gone there, and no signal is blocked; those that we ignore are ignored, but for SIGPIPE and
 * SIGXFSZ.
 * Suspends only where the system needs to be asked for a user or group by name.
 * Returns 0 with *p owned by the caller (frond_process_free), or
 *   FROND_ENOENT   no such program, or directory       FROND_EACCES   it may not be run
 *   FROND_ENOEXEC  it is no program                    FROND_EINVAL   options; text with a NUL or without "="
 *   FROND_EPERM    a user, group, limit or priority that is not ours to give
 *   FROND_ESRCH    no such user or group               FROND_ENOSYS   an option that this system lacks
 *   FROND_EMFILE, FROND_ENOMEM, FROND_EBADF (a descriptor to pass), FROND_ENOTDIR and what else the system says
 *   FROND_ETIMEDOUT, FROND_ECANCELED  while asking for the user  FROND_ENOSUSPEND called in a hub callback
 * All is borrowed until it returns.  Since 0.1. */
FROND_API int frond_subprocess_start(const char *const *argv,
                                     const frond_subprocess_options *o, frond_process **p,
                                     frond_deadline d);

/* Our end of the pipe that the child's standard input comes from, or of its terminal (.pty).  Closing it (frond_close)
 * tells the child its end.  A terminal is one stream for all three, on Windows one to write and one to read; closing
 * what is written hangs up.
 * Does not suspend.  Cannot fail.  Returns the stream, borrowed from p, or NULL: there is none.  Since 0.1. */
FROND_API frond_stream *frond_process_stdin(const frond_process *p);

/* Our end of where its standard output leads.
 * Does not suspend.  Cannot fail.  Returns the stream, borrowed from p, or NULL: there is none.  Since 0.1. */
FROND_API frond_stream *frond_process_stdout(const frond_process *p);

/* Our end of where its standard error leads.
 * Does not suspend.  Cannot fail.  Returns the stream, borrowed from p, or NULL: there is none.  Since 0.1. */
FROND_API frond_stream *frond_process_stderr(const frond_process *p);

/* Tells a child's own terminal (.pty) that it has another size; 0: 24 rows, 80 columns.  Programs there are told.
 * Does not suspend.  Returns 0, or
 *   FROND_ENOTSUP  it has no terminal of its own     FROND_ECLOSED  that is closed
 *   FROND_EINVAL   p is NULL; negative, or over 32,767
 *   FROND_ETHREAD  another thread's                  FROND_EWRONGPROC  inherited by fork
 * p stays owned by the caller.  Since 0.1. */
FROND_API int frond_process_resize(frond_process *p, int rows, int columns);

/* What a process has written.  All zero at first. */
typedef struct {
    int status; /* as frond_process_join gives it */
    char *out;  /* standard output: out_len bytes and a NUL; NULL: nothing */
    size_t out_len;
    char *err; /* standard error */
    size_t err_len;
    size_t sent;           /* bytes of the input that it was given */
    uintptr_t reserved[4]; /* zero */
} frond_output;

/* Writes len bytes of input to the process and closes its standard input, reads what it writes until the ends of its
 * pipes, and waits for its end, all at once.  max bounds the bytes of each of its streams; 0: 64 MiB.  A process that
 * does not want all of its input is no error.  What was transferred before a failure is in *out: the same call
 * again, with the same input, goes on from there.  Suspends.  Returns 0 with out->status set, or
 *   FROND_ETIMEDOUT  d passed                FROND_ECANCELED  this greenlet was killed
 *   FROND_ELIMIT     it wrote more than max  FROND_EINVAL     p or out is NULL
 *   FROND_EBUSY      another greenlet reads or writes its pipes
 *   FROND_ENOMEM, FROND_ETHREAD, FROND_EWRONGPROC, FROND_ENOSUSPEND
 * The process goes on in all these cases.  out is the caller's (frond_output_free).  Since 0.1. */
FROND_API int frond_process_communicate(frond_process *p, const void *input, size_t len,
                                        size_t max, frond_output *out, frond_deadline d);

/* Frees what out holds, and zeroes it.  Does not suspend.  Since 0.1. */
FROND_API void frond_output_free(frond_output *out);

/* Starts a program, communicates with it and waits for its end; if that fails (by the deadline, a kill, too
 * much output), it and what it has started are killed, and reaped.  out (may be NULL) has what it wrote to streams
 * that are pipes, also after a failure.  Suspends.  Returns 0, whatever its status, or
 *   FROND_ETIMEDOUT  d passed                    FROND_ECANCELED  this greenlet was killed
 *   FROND_ELIMIT     it wrote more than 64 MiB   FROND_ENOENT     no such program
 * and the other errors of frond_subprocess_start and frond_process_communicate.  out is the caller's
 * (frond_output_free).  Since 0.1. */
FROND_API int frond_subprocess_run(const char *const *argv,
                                   const frond_subprocess_options *o, const void *input,
                                   size_t len, frond_output *out, frond_deadline d);

/* frond_subprocess_run without input, with standard output in out; for programs of which only success is of use.
 * Suspends.  Returns 0, or FROND_EPROC_STATUS when it did not end with status 0, which the text tells with
 * the last line of its standard error where that is a pipe; or FROND_ETIMEDOUT, FROND_ECANCELED and the other errors
 * of frond_subprocess_run.  out is the
 * caller's (frond_output_free), and NULL is allowed: standard output is then where the options say.  Since 0.1. */
FROND_API int frond_subprocess_output(const char *const *argv,
                                      const frond_subprocess_options *o,
                                      frond_output *out, frond_deadline d);

/* Sends a signal to a process and all that it has started: to its group if it leads one, else to those that the
 * system knows as its descendants now; on Windows 9 ends them, others go to the process alone.  Does not suspend.
 * Returns 0, or as frond_process_signal does FROND_ESRCH, FROND_EINVAL, FROND_ETHREAD, FROND_EWRONGPROC,
 * FROND_EPERM.  p stays owned by the caller.  Since 0.1. */
FROND_API int frond_process_signal_tree(frond_process *p, int number);

/* Waits for the end of a child of this process that frond has not started, and reaps it; no other is touched.
 * Suspends.  Returns 0 with *status (may be NULL) as frond_process_join gives it, or
 *   FROND_ECHILD     it is no child of ours, or was reaped    FROND_ETIMEDOUT  d passed
 *   FROND_ECANCELED  this greenlet was killed                 FROND_ENOSYS     on Windows
 *   FROND_EINVAL     pid is not positive                      FROND_ENOSUSPEND, FROND_EDEADLK, FROND_ENOMEM
 * Since 0.1. */
FROND_API int frond_wait_pid(int64_t pid, int *status, frond_deadline d);

FROND_END

#endif
