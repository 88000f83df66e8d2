/* SPDX-License-Identifier: MIT */
/* What process_posix.c shares with process_linux.c and process_macos.c. */
#ifndef FROND_PROCESS_POSIX_H
#define FROND_PROCESS_POSIX_H

#include "start.h"

/* Whether it has more rights than who started it, whose environment then counts for nothing. */
bool frond__is_privileged(void);

char **frond__environ(void);

/* Where this program is, perhaps in out; NULL when nobody knows. */
const char *frond__self_path(char *out, size_t cap);

/* frond__os_hold by a descriptor that stands for the child, which is *p's then; -1: there is none yet. */
void frond__os_hold_by(int64_t pid, intptr_t fd, frond__os_process *p);

/* Stands for a child of that number and no other, readable once it has ended; -1: there is none. */
intptr_t frond__process_descriptor(int64_t pid);

#endif
