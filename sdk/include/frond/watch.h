/* SPDX-License-Identifier: MIT */
/* Watchers: descriptors, timers (frond/timer.h), signals (frond/signal.h), files (frond/fs_watch.h) and calls
 * from anywhere, as objects that greenlets wait for.
 *
 *     frond_watcher *w;
 *     if (frond_io_open(fd, FROND_IO_READ, &w) < 0) ...
 *     while (frond_watcher_wait(w, &news, d) == 0) ...
 *     frond_watcher_free(w);
 *
 * What a watcher has to tell is kept until somebody waits for it, and put together meanwhile: it never piles
 * up.  Each piece of news is one greenlet's, that of the one which has waited longest; only descriptors tell all
 * who wait.  While nobody waits a watcher makes no turn of the loop.
 *
 * A watcher belongs to the thread that opened it.  One that a process has inherited by a fork answers
 * FROND_EWRONGPROC.  The functions with a deadline suspend, and no others. */
#ifndef FROND_WATCH_H
#define FROND_WATCH_H

#include <frond/api.h>
#include <frond/deadline.h>
#include <frond/fs.h>
#include <frond/wait.h>

FROND_BEGIN

typedef struct frond_watcher frond_watcher;

#define FROND_NEWS_NAME ((size_t)1024)

/* What a wait has brought. */
typedef struct {
    uint64_t count; /* how many: ticks, sends, changes put together; 1 at least */
    int what; /* the signal's number, FROND_IO_READ ..., FROND_FS_CHANGED ...; else 0 */
    char name[FROND_NEWS_NAME];  /* frond_fs_watch: the entry, in UTF-8; "": not known */
    frond_file_info before, now; /* frond_stat_watch */
    uintptr_t reserved[4];
} frond_news;

/* ---- what all watchers have in common ---- */

/* Waits for news; *news (may be NULL) is filled in.  Suspends.  Returns 0, or
 *   FROND_ETIMEDOUT  d passed; nothing was lost      FROND_ECANCELED  this greenlet was killed
 *   FROND_ECLOSED    closed before or meanwhile      FROND_ETHREAD    of another thread
 *   FROND_EDEADLK    nothing can end the wait        FROND_EWRONGPROC of the parent process
 *   FROND_EINVAL     w is NULL                       FROND_ENOSUSPEND called in a hub callback
 *   FROND_ENOMEM     no memory to wait with          and the system's own, of descriptors
 * w stays owned by the caller.  Since 0.1. */
FROND_API int frond_watcher_wait(frond_watcher *w, frond_news *news, frond_deadline d);

/* Ready while there is news, or w is closed.  Does not suspend.  Cannot fail.  Returns a value.  w is borrowed.
 * Since 0.1. */
FROND_API frond_waitable frond_watcher_waitable(frond_watcher *w);

typedef void (*frond_watch_fn)(frond_watcher *w, const frond_news *news, void *arg);

/* Has fn(w, news, arg) called in a greenlet of its own for all news from now on, one after the other: it may
 * wait, and what comes meanwhile is told together afterwards.  That ends when w is closed, when the greenlet is
 * killed, and when it fails.  While it waits, a wait of others is no deadlock, but frond_hub_join does not wait
 * for it, unless frond_watcher_ref says so.  Does not suspend.  Returns 0, or
 *   FROND_EINVAL     w or fn is NULL                 FROND_EBUSY      it has a handler already
 *   FROND_ECLOSED    FROND_ETHREAD                   FROND_EWRONGPROC FROND_ENOMEM
 * arg is borrowed until then.  Since 0.1. */
FROND_API int frond_watcher_handle(frond_watcher *w, frond_watch_fn fn, void *arg);

/* Whether the handler of w keeps frond_hub_join waiting (keeps is not 0), which it does not at first.  Greenlets
 * that wait for w by themselves always do.  Does not suspend.  Returns what it was, 1 or 0, or FROND_EINVAL,
 * FROND_ECLOSED, FROND_ETHREAD, FROND_EWRONGPROC.  w stays owned by the caller.  Since 0.1. */
FROND_API int frond_watcher_ref(frond_watcher *w, int keeps);

/* Stops watching and wakes those who wait, with FROND_ECLOSED.  A second time does nothing.  Does not suspend.
 * Returns 0, FROND_EINVAL, FROND_ETHREAD or FROND_EWRONGPROC.  w stays owned by the caller.  Since 0.1. */
FROND_API int frond_watcher_close(frond_watcher *w);

/* Closes and frees it; those who still wait get FROND_ECLOSED, and so do those whom news has woken and who have not
 * run since.  NULL is allowed.  Any thread.  Does not suspend.  The caller's ownership ends.  Since 0.1. */
FROND_API void frond_watcher_free(frond_watcher *w);

/* ---- descriptors ---- */

enum {
    FROND_IO_READ = 1,  /* something to read or to accept, or the end */
    FROND_IO_WRITE = 2, /* room to write, or a connect has ended */
    FROND_IO_CLOSED = 4 /* the other side writes no more; on Windows: and all was read */
};

/* Watches a descriptor that is not frond's, or of which frond is not to know; on Windows, a socket.  events are
 * what frond_watcher_wait waits for.  Any number of greenlets may wait, for the same or for different events, and
 * streams of frond's may use the descriptor meanwhile, save on Windows.  Its mode is not changed, but for Windows,
 * where it becomes non-blocking.
 *
 * Close the watcher first and the descriptor then.  The other way round nothing breaks, but nobody is told: those
 * who wait go on until the watcher is closed too.  A descriptor has one watcher at a time, so that the number of a
 * closed one, used again, is watched by nobody by mistake.  Does not suspend.  Returns 0 with *w owned by the caller
 * (frond_watcher_free), or
 *   FROND_EBADF      not an open descriptor          FROND_EBUSY      it has a watcher already
 *   FROND_EPERM      a file, or another kind that is always ready     FROND_EINVAL  no or unknown events
 *   FROND_ENOTSOCK   Windows: no socket              FROND_EMFILE, FROND_ENFILE, FROND_ENOSPC, FROND_ENOMEM
 * Since 0.1. */
FROND_API int frond_io_open(intptr_t fd, int events, frond_watcher **w);

/* Waits for any of these events instead of those it was opened with; *ready (may be NULL) says which.  An error of
 * the descriptor is all of them: try the call.  With FROND_NOW it looks.  Suspends.  Returns as frond_watcher_wait
 * does: 0, FROND_ETIMEDOUT, FROND_ECANCELED, FROND_ECLOSED, FROND_ETHREAD, FROND_EDEADLK, FROND_EWRONGPROC,
 * FROND_ENOSUSPEND, FROND_ENOMEM; FROND_EINVAL also for another kind of watcher and for no or unknown events.  w
 * stays owned by the caller.  Since 0.1. */
FROND_API int frond_io_wait(frond_watcher *w, int events, int *ready, frond_deadline d);

/* ---- calls from anywhere ---- */

/* Makes a watcher that frond_async_send has something told by; news->count says how often it was called since the
 * last news.  Does not suspend.  Returns 0 with *w owned by the caller (frond_watcher_free), or FROND_EINVAL,
 * FROND_ENOMEM.  Since 0.1. */
FROND_API int frond_async_open(frond_watcher **w);

/* Tells w's waiters.  Any thread, and signal handlers too: it takes no lock and no memory.  Does not suspend.
 * Returns 0, or FROND_ECLOSED (closed, or its hub was), FROND_EWRONGPROC (in a forked child), FROND_EINVAL (NULL, or
 * another kind).  w is borrowed: it must not be freed meanwhile.  Since 0.1. */
FROND_API int frond_async_send(frond_watcher *w);

FROND_END

#endif
