/* SPDX-License-Identifier: MIT */
/* Streams over what can be polled and is no socket of ours, on POSIX. */
#ifndef FROND_POLLED_H
#define FROND_POLLED_H

#include <frond/stream.h>

/* A stream over fd, a pipe or a terminal that does not block, or a socket that set, not -1, tells of
 * (stdio_os.h); both are the stream's on success.  name is borrowed for ever.  0 or FROND_ENOMEM. */
int frond__polled_stream(int fd, int set, const char *name, frond_stream **s);

#endif
