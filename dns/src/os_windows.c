/* SPDX-License-Identifier: MIT */
/* Files of Windows, which keeps its hosts and services where drivers are. */
#include "compat.h"

#include <stdio.h>
#include <windows.h>

int frond__file_path(frond__file which, char *out, size_t cap) {
    char folder[MAX_PATH];
    UINT n = GetSystemDirectoryA(folder, sizeof folder);
    if (n == 0 || n >= sizeof folder || which > FROND__SERVICES)
        return 0;
    int written = snprintf(out, cap, "%s\\drivers\\etc\\%s", folder,
                           which == FROND__HOSTS ? "hosts" : "services");
    return written > 0 && (size_t)written < cap;
}

uint64_t frond__file_stamp(const char *path) {
    WIN32_FILE_ATTRIBUTE_DATA a;
    if (!GetFileAttributesExA(path, GetFileExInfoStandard, &a))
        return 0;
    uint64_t time = (uint64_t)a.ftLastWriteTime.dwHighDateTime << 32 |
                    a.ftLastWriteTime.dwLowDateTime;
    return (time ^ (uint64_t)a.nFileSizeLow << 40) | 1;
}
