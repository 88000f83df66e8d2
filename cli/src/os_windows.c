/* SPDX-License-Identifier: MIT */
#include "os.h"

#include <conio.h>
#include <fcntl.h>
#include <frond/error.h>
#include <frond/impl/memory.h>
#include <io.h>
#include <stdio.h>
#include <stdlib.h>
#include <windows.h>

#include <shellapi.h>

/* A closed one is taken by one that fails the same way. */
static void hold_standard_descriptors(void) {
    for (int fd = 0; fd < 3; fd++) {
        if (_get_osfhandle(fd) < 0) {
            int null = _open("NUL", fd ? _O_RDONLY : _O_WRONLY);
            if (null >= 0 && null != fd) {
                _dup2(null, fd);
                _close(null);
            }
        }
        _setmode(fd, _O_BINARY); /* lines end as they are written */
    }
}

static UINT input_before, output_before;

static void restore_console(void) {
    SetConsoleCP(input_before);
    SetConsoleOutputCP(output_before);
}

/* It outlives us, and is others' too. */
static void set_console(void) {
    input_before = GetConsoleCP();
    output_before = GetConsoleOutputCP();
    if (output_before == 0 || output_before == CP_UTF8)
        return; /* no console, or one that knows */
    (void)atexit(restore_console);
    SetConsoleCP(CP_UTF8);
    SetConsoleOutputCP(CP_UTF8);
}

static char *to_utf8(const wchar_t *wide) {
    int n = WideCharToMultiByte(CP_UTF8, 0, wide, -1, NULL, 0, NULL, NULL);
    char *text = n > 0 ? malloc((size_t)n) : NULL;
    if (text)
        WideCharToMultiByte(CP_UTF8, 0, wide, -1, text, n, NULL, NULL);
    return text;
}

/* What the system has; the C library's have been through the code page of the day.  They live as long
 * as the program. */
static void set_arguments(int *argc, char ***argv) {
    static char **arguments;
    int n;
    wchar_t **wide = CommandLineToArgvW(GetCommandLineW(), &n);
    if (!wide)
        return;
    arguments = calloc((size_t)n + 1, sizeof *arguments);
    bool whole = arguments != NULL;
    for (int i = 0; whole && i < n; i++)
        whole = (arguments[i] = to_utf8(wide[i])) != NULL;
    LocalFree(wide);
    if (!whole)
        return;
    *argc = n;
    *argv = arguments;
}

void os_begin(int *argc, char ***argv) {
    hold_standard_descriptors();
    set_console();
    set_arguments(argc, argv);
}

void os_begin_worker(void) {
}

int os_become_stdin(int fd) {
    int rc = _dup2(fd, 0) < 0 ? FROND_EBADF : 0;
    if (fd != 0)
        _close(fd);
    return rc;
}

bool os_is_separator(char c) {
    return c == '/' || c == '\\';
}

unsigned long long os_need_descriptors(unsigned long long n) {
    (void)n; /* memory is the limit */
    return 0;
}

bool os_tries_again(int error, int attempt) {
    enum { MOST = 10, STEP_MS = 10 };
    if ((error != FROND_EPERM && error != FROND_EACCES && error != FROND_EBUSY) ||
        attempt == MOST)
        return false;
    Sleep((DWORD)(STEP_MS * (attempt + 1)));
    return true;
}

bool os_keys_begin(void) {
    DWORD mode;
    return GetConsoleMode(GetStdHandle(STD_INPUT_HANDLE), &mode) != 0;
}

void os_keys_end(void) {
}

bool os_key(char *key) {
    if (!_kbhit())
        return false;
    *key = (char)_getch();
    return true;
}
