/* SPDX-License-Identifier: MIT */
/* Streams over the loop's own pipes. */
#ifndef FROND_LOOP_STREAM_H
#define FROND_LOOP_STREAM_H

#include <frond/stream.h>

/* A stream over a pipe's descriptor of the C library, which stays the caller's if it is a standard one,
 * else is the stream's on success; name is borrowed for ever.  0 or an error. */
int frond__loop_stream(int fd, const char *name, frond_stream **s);

#endif
