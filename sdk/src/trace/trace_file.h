/* SPDX-License-Identifier: MIT */
/* The file that a trace is written to, one for all hubs of the process: a JSON array of events, each a line. */
#ifndef FROND_TRACE_FILE_H
#define FROND_TRACE_FILE_H

#include "compat.h"
#include <stddef.h>

/* Makes it, or empties it; where another process writes to that one, its name gets this process's number.  0,
 * FROND_EBUSY: one is open, FROND_ENOMEM, or what the system says. */
FROND_INTERNAL int frond__trace_file_open(const char *path);
/* The number of the one that is open, which no other has had; 0: none. */
FROND_INTERNAL unsigned frond__trace_file(void);
/* A line is one event, without its comma; it is for the file of that number alone. */
FROND_INTERNAL void frond__trace_file_line(unsigned file, const char *line, size_t n);
/* 0, or FROND_EIO: not all of it could be written; FROND_EINVAL: none is open. */
FROND_INTERNAL int frond__trace_file_close(void);

/* Around a fork, and in the child: the file is its parent's. */
FROND_INTERNAL void frond__trace_file_lock(void);
FROND_INTERNAL void frond__trace_file_unlock(void);
FROND_INTERNAL void frond__trace_file_forget(void);

#endif
