/* SPDX-License-Identifier: MIT */
/* What process_posix.c shares with process_linux.c and process_macos.c. */
#ifndef FROND_PROCESS_POSIX_H
#define FROND_PROCESS_POSIX_H

#include "start.h"
#include <spawn.h>

/* Whether it has more rights than who started it, whose environment then counts for nothing. */
bool frond__is_privileged(void);

char **frond__environment(void);

/* Where this program is, perhaps in out; NULL when nobody knows. */
const char *frond__self_path(char *out, size_t cap);

/* What posix_spawn is asked for beyond POSIX. */
extern const short frond__spawn_flags;

/* Of the parent's descriptors the child has the first n, and as few others as the system can arrange,
 * those included that the program forgot to mark close-on-exec.  0 or an errno. */
int frond__spawn_keep(posix_spawn_file_actions_t *actions, int n);

/* Stands for a child of that number and no other, readable once it has ended; -1: there is none. */
intptr_t frond__process_descriptor(int64_t pid);

#endif
