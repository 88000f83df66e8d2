/* SPDX-License-Identifier: MIT */
/* Long paths.  Where a folder's path is too long to be made as it is, the path is made absolute and goes
 * behind \\?\, where the system looks at nothing but its names. */
#include <frond/impl/path.h>

#include "fs/fs.h"
#include <frond/impl/memory.h>
#include <stdbool.h>
#include <stdio.h>
#include <windows.h>

static char *to_utf8(const wchar_t *wide) {
    int n = WideCharToMultiByte(CP_UTF8, 0, wide, -1, NULL, 0, NULL, NULL);
    char *text = n > 0 ? frond_alloc((size_t)n) : NULL;
    if (text)
        WideCharToMultiByte(CP_UTF8, 0, wide, -1, text, n, NULL, NULL);
    return text;
}

const char *frond_path_native(const char *path, char **own) {
    enum { LONGEST = 247, ROOM = 5000 };
    wchar_t given[ROOM], whole[ROOM], out[ROOM + 8];
    *own = NULL;
    DWORD n = MultiByteToWideChar(CP_UTF8, 0, path, -1, given, ROOM)
                  ? GetFullPathNameW(given, ROOM, whole, NULL)
                  : 0;
    bool root = n > 3 && whole[0] == '\\' && whole[1] == '\\'; /* no drive's letter */
    if (n <= LONGEST || n >= ROOM || (root && (whole[2] == '?' || whole[2] == '.')))
        return path;
    if (root)
        _snwprintf(out, ROOM + 8, L"\\\\?\\UNC%ls", whole + 1);
    else
        _snwprintf(out, ROOM + 8, L"\\\\?\\%ls", whole);
    return *own = to_utf8(out);
}

const char *frond__path_name(const char *path) {
    const char *name = path;
    for (const char *c = path; *c; c++)
        if (*c == '/' || *c == '\\')
            name = c + 1;
    return name;
}
