/* SPDX-License-Identifier: MIT */
/* Streams over descriptors that only blocking calls can read and write, by the thread pool. */
#ifndef FROND_FILE_STREAM_H
#define FROND_FILE_STREAM_H

#include <frond/stream.h>
#include <sys/types.h>

/* write(2), but nobody at the other end of a pipe is EPIPE only, without the signal. */
ssize_t frond__write_quietly(int fd, const void *buf, size_t n);

/* fd stays the caller's and open; name is borrowed for ever.  0, FROND_ENOMEM or FROND_EMFILE. */
int frond__file_stream(int fd, const char *name, frond_stream **s);

#endif
