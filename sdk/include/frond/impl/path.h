/* SPDX-License-Identifier: MIT */
/* Paths as the system takes them.  Nothing here suspends; any thread may use it. */
#ifndef FROND_IMPL_PATH_H
#define FROND_IMPL_PATH_H

#include <frond/api.h>

FROND_BEGIN

/* A path in UTF-8 as libuv's calls take it, whatever its length: on Windows one that is too long for a
 * folder is made absolute and put behind \\?\.  Does not suspend.  Returns path itself, or another that *own
 * then is and that the caller frees (frond_free), or NULL with FROND_ENOMEM.  Since 0.1. */
FROND_API const char *frond_path_native(const char *path, char **own);

FROND_END

#endif
