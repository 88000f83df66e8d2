/* SPDX-License-Identifier: MIT */
/* What differs between C libraries, and nothing else. */
#ifndef FROND_PROC_COMPAT_H
#define FROND_PROC_COMPAT_H

#include <spawn.h>

/* musl has no such action: there a child has what its parent forgot to mark close-on-exec. */
#if defined(__GLIBC__) && (__GLIBC__ > 2 || __GLIBC_MINOR__ >= 34)
#define FROND__SPAWN_CLOSE_FROM(actions, fd)                                             \
    posix_spawn_file_actions_addclosefrom_np(actions, fd)
#else
#define FROND__SPAWN_CLOSE_FROM(actions, fd) ((void)(actions), (void)(fd), 0)
#endif

#endif
