/* SPDX-License-Identifier: MIT */
/* Writing to descriptors on POSIX. */
#ifndef FROND_FILE_POSIX_H
#define FROND_FILE_POSIX_H

#include <sys/types.h>

/* write(2), but nobody at the other end of a pipe is EPIPE only, without the signal. */
ssize_t frond__write_quietly(int fd, const void *buf, size_t n);

#endif
