/* SPDX-License-Identifier: MIT */
/* Starting a program: what the system does for it, launch_posix.c and launch_windows.c. */
#ifndef FROND_LAUNCH_H
#define FROND_LAUNCH_H

#include "start.h"
#include <frond/subprocess.h>

enum { FROND__MOST_PASSED = 64 + 1 /* a worker's pipes and its control pipe */ };

/* Where each of the child's standard streams comes from. */
typedef struct {
    intptr_t fd; /* -1: inherited as it is */
    bool own;    /* made for the child: to be closed once that is there */
} frond__child_stream;

typedef struct {
    const char *const *argv;
    const frond_subprocess_options *o;
    frond__child_stream stdio[3];
    bool all_signals; /* have their default actions, also those that we ignore; POSIX */
    intptr_t
        terminal; /* the child's own (terminal.h), or the one its group gets; -1: none */
} frond__launch;

/* Whether the system has what the options ask for, and takes it so.  0, or an error with its text set. */
int frond__launch_check(const frond_subprocess_options *o);

/* Starts it.  0, or an error with its text set: "start \"name\": step: why". */
int frond__launch_start(const frond__launch *l, frond__os_process *p, frond_deadline d);

/* A pipe between us and a child: our end is of the kind that frond_stream_adopt_pipe takes.  0 or an error. */
int frond__launch_pipe(bool child_reads, intptr_t *ours, intptr_t *theirs);
/* A file for a child's stream. */
int frond__launch_file(frond_stdio_kind kind, const char *path, bool child_reads,
                       intptr_t *theirs);
/* The terminal that this process has; 0 or an error. */
int frond__launch_terminal(intptr_t *fd);
/* Our own standard stream, for a child's other one to lead to. */
intptr_t frond__launch_standard(int which);
void frond__launch_close(intptr_t fd);

#endif
