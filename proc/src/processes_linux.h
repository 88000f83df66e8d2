/* SPDX-License-Identifier: MIT */
/* All processes that /proc shows, as they are at one moment or the next. */
#ifndef FROND_PROCESSES_LINUX_H
#define FROND_PROCESSES_LINUX_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

typedef struct {
    pid_t pid, parent;
    char state; /* 'Z': it has ended, and was not reaped */
    int fd;     /* the caller's own use of it; -1 */
    bool known; /* the same; false */
} frond__entry;

typedef struct {
    frond__entry *all;
    size_t n, cap;
} frond__processes;

/* 0 or an error; to be freed in any case. */
int frond__processes_list(frond__processes *t);
void frond__processes_free(frond__processes *t);

/* What /proc says of one now; false: it is gone. */
bool frond__process_look(pid_t pid, frond__entry *e);

#endif
