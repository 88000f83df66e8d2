/* SPDX-License-Identifier: MIT */
/* Files of POSIX systems. */
#include "compat.h"

#include <stdio.h>
#include <sys/stat.h>

int frond__file_path(frond__file which, char *out, size_t cap) {
    static const char *const paths[] = {"/etc/hosts", "/etc/services", "/etc/resolv.conf",
                                        "/etc/nsswitch.conf"};
    int n = snprintf(out, cap, "%s", paths[which]);
    return n > 0 && (size_t)n < cap;
}

static uint64_t mix(uint64_t hash, uint64_t word) {
    return (hash ^ word) * 0x9e3779b97f4a7c15U ^ hash >> 29;
}

/* The change time, too: mtime can be set, and a file renamed into place brings its own along. */
uint64_t frond__file_stamp(const char *path) {
    struct stat s;
    if (stat(path, &s) < 0)
        return 0;
    uint64_t stamp = mix((uint64_t)s.st_mtim.tv_sec, (uint64_t)s.st_mtim.tv_nsec);
    stamp = mix(mix(stamp, (uint64_t)s.st_ctim.tv_sec), (uint64_t)s.st_ctim.tv_nsec);
    stamp = mix(mix(stamp, (uint64_t)s.st_ino), (uint64_t)s.st_size);
    return stamp ? stamp : 1;
}
