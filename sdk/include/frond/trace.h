/* SPDX-License-Identifier: MIT */
/* To be told of spawns, switches and ends: for profilers, debuggers, tests.  A tracer concerns the
 * greenlets of the thread that sets it.  It is called in the greenlet that is left, in the middle of the
 * work: it may look and write down, not suspend (FROND_ENOSUSPEND), and is not told of what it causes itself.
 * While there is none, a switch costs one test of a pointer more.  Nothing here suspends. */
#ifndef FROND_TRACE_H
#define FROND_TRACE_H

#include <frond/api.h>
#include <frond/greenlet.h>

FROND_BEGIN

typedef enum {
    FROND_TRACE_SPAWN,  /* `to` was made by `from`, and has not run */
    FROND_TRACE_SWITCH, /* from `from` to `to`, which may be the hub's own greenlet */
    FROND_TRACE_THROW, /* the same, with an error that the wait or switch of `to` is to answer */
    FROND_TRACE_EXIT /* `from` has ended; `to` is NULL */
} frond_trace_event;

/* Not 0: an error of the tracer's own; it is not called again. */
typedef int (*frond_trace_fn)(frond_trace_event event, frond_greenlet *from,
                              frond_greenlet *to, void *arg);

typedef struct {
    frond_trace_fn fn; /* NULL: none */
    void *arg;
} frond_tracer;

/* Sets this thread's tracer (fn NULL: none), and gives the one before in *before (may be NULL), which a
 * tracer may call in its turn.  Does not suspend.  Returns 0, or FROND_ENOMEM at the thread's first call.
 * arg is borrowed until another is set, or the hub ends.  Since 0.1. */
FROND_API int frond_trace_set(frond_trace_fn fn, void *arg, frond_tracer *before);

/* Begins to record what all greenlets of the process do, for a viewer: a file of the Trace Event Format (JSON), as
 * Perfetto (ui.perfetto.dev) and Chrome (chrome://tracing) show it, with a row for each greenlet and its waits by name.
 * The same as FROND_TRACE=path in the environment, which records from the first hub on.  While another process
 * records into that file, this one's number is appended to its name: so do workers and forked children.  It is whole
 * after frond_trace_stop, or when the program exits.  Does not suspend.  Returns 0, or
 *   FROND_EINVAL  path is NULL or ""     FROND_EBUSY  a recording is under way
 *   FROND_ENOMEM, FROND_EACCES, FROND_ENOENT and what else the system says of the file
 * path is copied.  Since 0.1. */
FROND_API int frond_trace_start(const char *path);

/* Ends it.  Any thread.  Does not suspend.  Returns 0, FROND_EINVAL when there is none, or FROND_EIO: not all of it
 * could be written.  Since 0.1. */
FROND_API int frond_trace_stop(void);

typedef void (*frond_spawn_hook)(frond_greenlet *spawned, void *arg);

/* Has fn(g, arg) called for each greenlet that is made on this thread from now on, before it runs, in the
 * order of the hooks; the same fn and arg are there once.  fn may not suspend.  Does not suspend.
 * Returns 0, FROND_EINVAL for NULL, or FROND_ENOMEM.  arg is borrowed until it is taken back, or the hub
 * ends.  Since 0.1. */
FROND_API int frond_spawn_hook_add(frond_spawn_hook fn, void *arg);

/* Takes it back.  Does not suspend.  Returns 1 when it was there, 0 when not, or FROND_ENOMEM at the
 * thread's first call.  arg is the caller's again.  Since 0.1. */
FROND_API int frond_spawn_hook_remove(frond_spawn_hook fn, void *arg);

FROND_END

#endif
