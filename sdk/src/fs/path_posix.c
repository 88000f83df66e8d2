/* SPDX-License-Identifier: MIT */
/* Any path is as the system takes it. */
#include <frond/impl/path.h>

#include "fs/fs.h"
#include <string.h>

const char *frond_path_native(const char *path, char **own) {
    *own = NULL;
    return path;
}

const char *frond__path_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}
