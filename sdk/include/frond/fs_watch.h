/* SPDX-License-Identifier: MIT */
/* Watchers (frond/watch.h) of files and folders: by the system's events, and by looking again.  Events cost
 * nothing while nothing happens, and are not told of network file systems, of /proc and the like; looking works
 * for every path, and says what has changed.  Only frond_stat_watch_open suspends. */
#ifndef FROND_FS_WATCH_H
#define FROND_FS_WATCH_H

#include <frond/watch.h>

FROND_BEGIN

enum {                         /* news->what of frond_fs_watch_open */
       FROND_FS_RENAMED = 1,   /* made, removed or renamed */
       FROND_FS_CHANGED = 2,   /* its content or its attributes */
       FROND_FS_OVERFLOWED = 4 /* more entries than are remembered: look at everything */
};

/* Watches a file, or the entries of a folder, not those of folders in it.  news->name is the entry's, or the
 * file's own.  The same entry that changes again before somebody waits for it counts once more; at most a
 * thousand entries are remembered.  It is the path that is watched: when what has it is renamed, removed or replaced,
 * that is FROND_FS_RENAMED with its own name, and what has the path then is watched; while nothing has it, that is
 * looked for each second, while somebody waits.  Does not suspend.  Returns 0 with *w owned by the caller
 * (frond_watcher_free), or
 *   FROND_EINVAL     path or w is NULL               FROND_ENOMEM     no memory
 *   FROND_EMFILE, FROND_ENOSPC  no watch is left     FROND_ENOENT, FROND_EACCES and others of the system's
 * path is copied.  Since 0.1. */
FROND_API int frond_fs_watch_open(const char *path, frond_watcher **w);

/* Watches what stat says of a path, which need not be there, by looking every interval_ms milliseconds (0: 5000)
 * while somebody waits, and at the beginning of a wait.  news->before and news->now say what was and what is, all
 * zero where there was or is no such file; news->what is then why, such as FROND_ENOENT, for what is now.
 * Suspends, to look for the first time.  Returns 0 with *w owned by the caller (frond_watcher_free), or
 *   FROND_ETIMEDOUT  d passed                        FROND_ECANCELED  this greenlet was killed
 *   FROND_EINVAL     path or w is NULL               FROND_ENOMEM     no memory, or no thread
 *   FROND_ENOSUSPEND called in a hub callback
 * path is copied.  Since 0.1. */
FROND_API int frond_stat_watch_open(const char *path, uint64_t interval_ms,
                                    frond_watcher **w, frond_deadline d);

FROND_END

#endif
