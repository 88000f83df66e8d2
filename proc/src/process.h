/* SPDX-License-Identifier: MIT */
/* A process that was started, inside proc. */
#ifndef FROND_SRC_PROCESS_H
#define FROND_SRC_PROCESS_H

#include "start.h"
#include <frond/event.h>
#include <frond/impl/home.h>
#include <frond/stream.h>

struct frond_process {
    frond_home home;
    frond__os_process os;
    frond_event ended;
    int status;
    char *name;               /* owned */
    frond_pipe *lifeline;     /* its end is the process's; NULL: of no concern to it */
    unsigned refs;            /* its owner, the reaper, calls that wait */
    frond_stream *streams[3]; /* to its standard streams; NULL: none */
    frond_stream *terminal;   /* writes to its own; NULL: it has none */
    intptr_t terminal_by;     /* launch/terminal.h: what that is resized by */
    int64_t grace_ms;         /* 0: none */
    bool leads;               /* a process group */
};

/* Makes a process of a child, which is *out's then.  0 or an error. */
int frond__process_watch(const frond__os_process *os, const char *name,
                         frond_process **out);
/* A child that is not wanted any more: ended and reaped.  Suspends, and cannot be killed meanwhile. */
void frond__process_give_up(frond__os_process *os);
/* 0, or an error with its text set. */
int frond__process_check(const frond_process *p, const char *doing);
void frond__process_ref(frond_process *p);
void frond__process_unref(frond_process *p);

#endif
