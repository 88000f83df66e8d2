/* SPDX-License-Identifier: MIT */
/* Files, for code that hands their descriptors to the system.  Nothing here suspends. */
#ifndef FROND_IMPL_FILE_H
#define FROND_IMPL_FILE_H

#include <frond/fs.h>

FROND_BEGIN

/* The descriptor of a file, valid until the caller waits: it may be closed meanwhile.  Does not suspend.
 * Returns 0, FROND_ECLOSED, FROND_ETHREAD.  Both stay owned by the file's owner.  Since 0.1. */
FROND_API int frond_file_descriptor(const frond_file *file, int *fd);

/* What the system calls an open file, a descriptor or on Windows a handle, and what it does not know of it: flags
 * (FROND_FILE_APPEND, or 0) and where the next read or write at the position begins.  Does not suspend.  Returns 0,
 * FROND_ECLOSED, FROND_ETHREAD.  All stay owned by the file's owner.  Since 0.1. */
FROND_API int frond_file_handle(const frond_file *file, intptr_t *handle, int *flags,
                                int64_t *position);

/* Makes a file of one that is open, and close-on-exec, with flags and a position as frond_file_handle gives them.
 * Looks at it once, as fstat does.  Does not suspend.  Returns 0 with *file owned by the caller
 * (frond_file_free), and the handle the file's, or FROND_EBADF, FROND_ENOMEM with the handle still the caller's.
 * Since 0.1. */
FROND_API int frond_file_adopt(intptr_t handle, int flags, int64_t position,
                               frond_file **file);

FROND_END

#endif
