/* SPDX-License-Identifier: MIT */
/* Blocking calls on handles.  A console speaks UTF-16, the rest of the world UTF-8. */
#include "stream/file_stream.h"

#include <frond/error.h>
#include <frond/impl/fail.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <windows.h>

enum {
    PART = 4096 /* characters of a console at once; it takes no more than some 30,000 */
};

static int code(void) {
    DWORD error = GetLastError();
    return frond_error_from_system((int)error);
}

static bool is_console(HANDLE h) {
    DWORD mode;
    return GetConsoleMode(h, &mode) != 0;
}

intptr_t frond__file_duplicate(intptr_t fd) {
    HANDLE self = GetCurrentProcess(), copy;
    if (!DuplicateHandle(self, (HANDLE)fd, self, &copy, 0, FALSE, DUPLICATE_SAME_ACCESS))
        return -1;
    return (intptr_t)copy;
}

/* A character whose rest never came is shown as one that is none. */
void frond__file_close(frond__file *f) {
    DWORD done;
    if (f->n_rest)
        WriteConsoleW((HANDLE)f->fd, L"\xfffd", 1, &done, NULL);
    CloseHandle((HANDLE)f->fd);
}

/* A character may be two units long, and up to three bytes a unit; Ctrl-Z alone on a line is the end. */
static int64_t read_console(HANDLE h, char *buf, size_t cap) {
    wchar_t wide[PART];
    DWORD most = cap / 3 > PART ? PART : (DWORD)(cap / 3), n;
    if (most < 2)
        return FROND_EINVAL;
    do {
        SetLastError(0);
        if (!ReadConsoleW(h, wide, most - 1, &n, NULL))
            return code();
    } while (n == 0 && GetLastError() == ERROR_OPERATION_ABORTED); /* by Ctrl-C */
    if (n && IS_HIGH_SURROGATE(wide[n - 1])) {
        DWORD second;
        if (ReadConsoleW(h, wide + n, 1, &second, NULL))
            n += second;
    }
    if (n == 0 || wide[0] == 0x1a)
        return 0;
    return WideCharToMultiByte(CP_UTF8, 0, wide, (int)n, buf, (int)cap, NULL, NULL);
}

int64_t frond__file_read(const frond__file *f, void *buf, size_t cap) {
    HANDLE h = (HANDLE)f->fd;
    DWORD n;
    if (is_console(h))
        return read_console(h, buf, cap);
    if (ReadFile(h, buf, cap > INT_MAX ? INT_MAX : (DWORD)cap, &n, NULL))
        return n;
    DWORD error = GetLastError();
    return error == ERROR_BROKEN_PIPE || error == ERROR_HANDLE_EOF ? 0 : code();
}

/* How many bytes of the text are whole characters, or none; up to three that begin one are left. */
static size_t whole(const char *text, size_t n) {
    size_t tail = 0;
    while (tail < 3 && tail < n && (text[n - 1 - tail] & 0xc0) == 0x80)
        tail++;
    if (tail == n)
        return n;
    unsigned char lead = (unsigned char)text[n - 1 - tail];
    size_t length = lead >= 0xf5   ? 1
                    : lead >= 0xf0 ? 4
                    : lead >= 0xe0 ? 3
                    : lead >= 0xc2 ? 2
                                   : 1;
    return length > tail + 1 ? n - tail - 1 : n;
}

static int64_t write_console(frond__file *f, const char *text, size_t n) {
    char all[PART];
    wchar_t wide[PART];
    if (n > PART - f->n_rest)
        n = PART - f->n_rest;
    memcpy(all, f->rest, f->n_rest);
    memcpy(all + f->n_rest, text, n);
    size_t end = f->n_rest + n, ready = whole(all, end);
    int units = MultiByteToWideChar(CP_UTF8, 0, all, (int)ready, wide, PART);
    for (int at = 0; at < units;) {
        DWORD done;
        if (!WriteConsoleW((HANDLE)f->fd, wide + at, (DWORD)(units - at), &done, NULL))
            return code();
        at += (int)done;
    }
    f->n_rest = end - ready;
    memcpy(f->rest, all + ready, f->n_rest);
    return (int64_t)n;
}

int64_t frond__file_write(frond__file *f, const void *buf, size_t n) {
    HANDLE h = (HANDLE)f->fd;
    DWORD done;
    if (n && is_console(h))
        return write_console(f, buf, n);
    if (WriteFile(h, buf, n > INT_MAX ? INT_MAX : (DWORD)n, &done, NULL))
        return done;
    return GetLastError() == ERROR_BROKEN_PIPE ? FROND_EPIPE : code();
}
