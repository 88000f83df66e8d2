/* SPDX-License-Identifier: MIT */
#ifndef FROND_OS_POSIX_H
#define FROND_OS_POSIX_H

#include "compat.h"
#include <sys/types.h>

/* As write(2), without SIGPIPE.  Signal safe. */
FROND_INTERNAL ssize_t frond__os_write_some(int fd, const void *data, size_t n);

#endif
