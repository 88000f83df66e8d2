/* SPDX-License-Identifier: MIT */
/* Files, for code that hands their descriptors to the system.  Nothing here suspends. */
#ifndef FROND_IMPL_FILE_H
#define FROND_IMPL_FILE_H

#include <frond/fs.h>

FROND_BEGIN

/* The descriptor of a file, valid until the caller waits: it may be closed meanwhile.  Does not suspend.
 * Returns 0, FROND_ECLOSED, FROND_ETHREAD.  Both stay owned by the file's owner.  Since 0.1. */
FROND_API int frond_file_descriptor(const frond_file *file, int *fd);

FROND_END

#endif
