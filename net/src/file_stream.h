/* SPDX-License-Identifier: MIT */
/* Streams over descriptors that only blocking calls can read and write, by the thread pool. */
#ifndef FROND_FILE_STREAM_H
#define FROND_FILE_STREAM_H

#include <frond/stream.h>

/* fd (on Windows a handle) stays the caller's and open; name is borrowed for ever.  0, FROND_ENOMEM
 * or FROND_EMFILE. */
int frond__file_stream(intptr_t fd, const char *name, frond_stream **s);

/* ---- the calls, file_posix.c and file_windows.c; on any thread ---- */

intptr_t frond__file_duplicate(intptr_t fd); /* -1: none left */
void frond__file_close(intptr_t fd);
int64_t frond__file_read(intptr_t fd, void *buf, size_t cap);
int64_t frond__file_write(intptr_t fd, const void *buf, size_t n); /* without SIGPIPE */

#endif
