/* SPDX-License-Identifier: MIT */
/* Streams over descriptors that only blocking calls can read and write, by the thread pool. */
#ifndef FROND_FILE_STREAM_H
#define FROND_FILE_STREAM_H

#include <frond/stream.h>

/* fd stays the caller's and open; name is borrowed for ever.  0, FROND_ENOMEM or FROND_EMFILE. */
int frond__file_stream(int fd, const char *name, frond_stream **s);

#endif
