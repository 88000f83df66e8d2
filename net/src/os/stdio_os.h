/* SPDX-License-Identifier: MIT */
/* What the standard streams need that each system does in a way of its own. */
#ifndef FROND_STDIO_OS_H
#define FROND_STDIO_OS_H

#include <stdbool.h>
#include <sys/types.h>

/* A non-blocking description of our own for a pipe or a terminal, or -1. */
int frond__stdio_reopen(int fd, bool reads);

/* A descriptor that is readable while the socket is ready to be read, or written, or -1.  The socket's
 * own mode is left alone. */
int frond__stdio_set(int fd, bool reads);

/* write(2), and send(2) that does not block, but nobody at the other end is EPIPE only, without the
 * signal. */
ssize_t frond__stdio_write(int fd, const void *buf, size_t n);
ssize_t frond__stdio_send(int fd, const void *buf, size_t n);

#endif
