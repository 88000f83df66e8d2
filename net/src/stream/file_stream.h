/* SPDX-License-Identifier: MIT */
/* Streams over descriptors that only blocking calls can read and write, by the thread pool. */
#ifndef FROND_FILE_STREAM_H
#define FROND_FILE_STREAM_H

#include <frond/stream.h>

/* fd (on Windows a handle) stays the caller's and open; name is borrowed for ever.  0, FROND_ENOMEM
 * or FROND_EMFILE. */
int frond__file_stream(intptr_t fd, const char *name, frond_stream **s);

/* ---- the calls, file_posix.c and file_windows.c; on any thread ---- */

typedef struct {
    intptr_t fd;
    char rest[3]; /* of what was written to a console: the beginning of a character */
    size_t n_rest;
} frond__file;

intptr_t frond__file_duplicate(intptr_t fd); /* -1: none left */
void frond__file_close(frond__file *f);
int64_t frond__file_read(const frond__file *f, void *buf, size_t cap);
/* Without SIGPIPE. */
int64_t frond__file_write(frond__file *f, const void *buf, size_t n);

#endif
