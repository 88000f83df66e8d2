/* SPDX-License-Identifier: MIT */
/* Workers on Windows: this program once more.
 *
 * A worker inherits its standard streams and one pipe, and nothing else.  Sockets are made over for its number once it
 * exists, and told through the pipe: inheriting them breaks where other software sits between us and the network.
 * Daemons are from their beginning in one job, which ends them with this process however that ends; what they start
 * themselves is not. */
#include "start.h"
#include "error_windows.h"
#include "launch/inherit_windows.h"
#include "launch/words_windows.h"

#include <frond/error.h>
#include <frond/impl/memory.h>
#include <frond/impl/settings.h>
#include <stdio.h>
#include <stdlib.h>
#include <winsock2.h>
#include <windows.h>

#define VARIABLE "FROND_CHILD"
enum { PATH = 4096, SLACK = 4096 };

/* ---- what is the same for all workers ---- */

static INIT_ONCE job_once = INIT_ONCE_STATIC_INIT;
static HANDLE job; /* of those that end with us; NULL: there is none */

static BOOL CALLBACK make_job(INIT_ONCE *once, void *arg, void **out) {
    (void)once;
    (void)arg;
    (void)out;
    job = frond__job_make(JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE |
                          JOB_OBJECT_LIMIT_BREAKAWAY_OK |
                          JOB_OBJECT_LIMIT_SILENT_BREAKAWAY_OK);
    return TRUE;
}

static bool self_path(wchar_t *out, DWORD cap) {
    const char *named = frond_config_text(FROND_SETTING_EXECUTABLE);
    if (named)
        return MultiByteToWideChar(CP_UTF8, 0, named, -1, out, (int)cap) > 0;
    DWORD n = GetModuleFileNameW(NULL, out, cap);
    return n > 0 && n < cap;
}

/* The environment with the variable set, without changing ours: other threads may read it. */
static wchar_t *environment_with(HANDLE pipe) {
    char entry[40];
    const char *const change[] = {entry, NULL};
    snprintf(entry, sizeof entry, VARIABLE "=%llu", (unsigned long long)(uintptr_t)pipe);
    return frond__words_env(NULL, change);
}

/* ---- starting ---- */

/* The pipe's copy is the first; false with the system's error. */
static bool inherit(frond__inheritance *in, HANDLE pipe, bool ends_with_us) {
    if (!frond__inherit_copy(in, pipe))
        return false;
    /* Not ours: a read of ours that is under way would hold up the child's very beginning. */
    HANDLE nothing = CreateFileW(L"NUL", GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE,
                                 NULL, OPEN_EXISTING, 0, NULL);
    in->info.StartupInfo.hStdInput = frond__inherit_copy(in, nothing);
    if (nothing != INVALID_HANDLE_VALUE)
        CloseHandle(nothing);
    in->info.StartupInfo.hStdOutput =
        frond__inherit_copy(in, GetStdHandle(STD_OUTPUT_HANDLE));
    in->info.StartupInfo.hStdError =
        frond__inherit_copy(in, GetStdHandle(STD_ERROR_HANDLE));
    InitOnceExecuteOnce(&job_once, make_job, NULL, NULL);
    return frond__inherit_all(in, ends_with_us ? &job : NULL, NULL);
}

static bool create(const wchar_t *path, frond__inheritance *in, wchar_t *environment,
                   PROCESS_INFORMATION *child) {
    wchar_t line[] = L"\"frond worker\"";
    return CreateProcessW(path, line, NULL, NULL, TRUE,
                          EXTENDED_STARTUPINFO_PRESENT | CREATE_UNICODE_ENVIRONMENT |
                              CREATE_NEW_PROCESS_GROUP |
                              (GetConsoleCP() ? 0 : CREATE_NO_WINDOW),
                          environment, NULL, &in->info.StartupInfo, child);
}

static int start_with(HANDLE pipe, bool ends_with_us, PROCESS_INFORMATION *child) {
    wchar_t path[PATH];
    frond__inheritance in;
    int rc = 0;
    if (!self_path(path, PATH))
        return FROND_ENAMETOOLONG;
    frond__inherit_begin(&in);
    wchar_t *environment = NULL;
    if (!inherit(&in, pipe, ends_with_us))
        rc = frond__last_error();
    else if (!(environment = environment_with(in.all[0])))
        rc = FROND_ENOMEM;
    else if (!create(path, &in, environment, child))
        rc = frond__last_error();
    frond__inherit_end(&in);
    frond_free(environment);
    return rc;
}

static int write_all(HANDLE to, const void *data, size_t n) {
    DWORD done;
    return WriteFile(to, data, (DWORD)n, &done, NULL) && done == n ? 0
                                                                   : frond__last_error();
}

/* The pipe's buffer holds it all, so that a child that never reads stops nobody. */
static int make_over(HANDLE to, DWORD pid, const intptr_t *fds, size_t n) {
    uint64_t count = n;
    int rc = write_all(to, &count, sizeof count);
    for (size_t i = 0; rc == 0 && i < n; i++) {
        WSAPROTOCOL_INFOW info;
        if (WSADuplicateSocketW((SOCKET)fds[i], pid, &info) != 0)
            rc = frond_error_from_system(WSAGetLastError());
        else
            rc = write_all(to, &info, sizeof info);
    }
    return rc;
}

int frond__os_spawn_self(const intptr_t *fds, size_t n, bool daemon,
                         frond__os_process *p) {
    HANDLE from, to;
    PROCESS_INFORMATION child;
    DWORD room = (DWORD)(sizeof(uint64_t) + n * sizeof(WSAPROTOCOL_INFOW)) + SLACK;
    if (!CreatePipe(&from, &to, NULL, room))
        return frond__last_error();
    int rc = start_with(from, daemon, &child);
    CloseHandle(from);
    if (rc == 0) {
        CloseHandle(child.hThread);
        rc = make_over(to, child.dwProcessId, fds, n);
        if (rc < 0) {
            TerminateProcess(child.hProcess, FROND__KILLED_STATUS);
            CloseHandle(child.hProcess);
        }
    }
    CloseHandle(to);
    if (rc == 0)
        *p = (frond__os_process){.pid = child.dwProcessId,
                                 .handle = (intptr_t)child.hProcess};
    return rc;
}

/* ---- in the child ---- */

static bool read_all(HANDLE from, void *data, size_t n) {
    char *at = data;
    DWORD got;
    while (n && ReadFile(from, at, (DWORD)n, &got, NULL) && got) {
        at += got;
        n -= got;
    }
    return n == 0;
}

static size_t take_over(HANDLE from, intptr_t *fds, size_t cap) {
    uint64_t n = 0;
    WSADATA about;
    if (WSAStartup(MAKEWORD(2, 2), &about) != 0 || !read_all(from, &n, sizeof n) ||
        n > cap)
        return 0;
    for (size_t i = 0; i < n; i++) {
        WSAPROTOCOL_INFOW info;
        if (!read_all(from, &info, sizeof info))
            return 0;
        SOCKET s = WSASocketW(FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO,
                              &info, 0, WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT);
        if (s == INVALID_SOCKET)
            return 0;
        fds[i] = (intptr_t)s;
    }
    return (size_t)n;
}

/* A worker that does not get what it was promised ends: it must not run as the program itself. */
size_t frond__os_inherited(intptr_t *fds, size_t cap) {
    wchar_t value[32];
    DWORD length = GetEnvironmentVariableW(L"" VARIABLE, value, 32);
    if (length == 0 || length >= 32)
        return 0;
    _wputenv(L"" VARIABLE "="); /* the C library has a copy of its own */
    SetEnvironmentVariableW(L"" VARIABLE, NULL);
    HANDLE from = (HANDLE)(uintptr_t)_wcstoui64(value, NULL, 10);
    if (GetFileType(from) != FILE_TYPE_PIPE)
        return 0;
    size_t n = take_over(from, fds, cap);
    CloseHandle(from);
    if (n == 0)
        _Exit(127);
    return n;
}
