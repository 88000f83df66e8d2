/* SPDX-License-Identifier: MIT */
/* Starting programs on Windows.  A child inherits an exact list of handles: copies of those for its standard streams,
 * and those that are passed to it, which are marked as inherited while it is created. */
#include "launch/launch.h"
#include "error_windows.h"

#include "launch/inherit_windows.h"
#include "launch/terminal_windows.h"
#include "launch/words_windows.h"
#include <frond/error.h>
#include <frond/impl/fail.h>
#include <stdio.h>
#include <string.h>
#include <windows.h>

enum { BUFFER = 64 * 1024 };

/* ---- what the child's streams lead to ---- */

/* Our end is one of a named pipe, which alone can be waited for. */
int frond__launch_pipe(bool child_reads, intptr_t *ours, intptr_t *theirs) {
    static volatile LONG number;
    wchar_t name[80];
    LARGE_INTEGER ticks;
    QueryPerformanceCounter(&ticks);
    _snwprintf(name, 80, L"\\\\.\\pipe\\frond-%lu-%ld-%llx", GetCurrentProcessId(),
               InterlockedIncrement(&number), (unsigned long long)ticks.QuadPart);
    HANDLE server = CreateNamedPipeW(
        name,
        (child_reads ? PIPE_ACCESS_OUTBOUND : PIPE_ACCESS_INBOUND) |
            FILE_FLAG_OVERLAPPED | FILE_FLAG_FIRST_PIPE_INSTANCE,
        PIPE_TYPE_BYTE | PIPE_REJECT_REMOTE_CLIENTS, 1, BUFFER, BUFFER, 0, NULL);
    if (server == INVALID_HANDLE_VALUE)
        return frond__last_error();
    HANDLE client = CreateFileW(
        name, child_reads ? GENERIC_READ : GENERIC_WRITE | FILE_READ_ATTRIBUTES, 0, NULL,
        OPEN_EXISTING, 0, NULL);
    if (client == INVALID_HANDLE_VALUE) {
        int rc = frond__last_error();
        CloseHandle(server);
        return rc;
    }
    *ours = (intptr_t)server;
    *theirs = (intptr_t)client;
    return 0;
}

int frond__launch_file(frond_stdio_kind kind, const char *path, bool child_reads,
                       intptr_t *theirs) {
    wchar_t name[4096];
    bool null = kind == FROND_STDIO_NULL;
    if (MultiByteToWideChar(CP_UTF8, 0, null ? "NUL" : path, -1, name, 4096) == 0)
        return FROND_ENAMETOOLONG;
    DWORD access = child_reads                  ? GENERIC_READ
                   : kind == FROND_STDIO_APPEND ? FILE_APPEND_DATA | SYNCHRONIZE
                                                : GENERIC_WRITE;
    DWORD how = child_reads || null          ? OPEN_EXISTING
                : kind == FROND_STDIO_APPEND ? OPEN_ALWAYS
                                             : CREATE_ALWAYS;
    HANDLE h =
        CreateFileW(name, access, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
                    NULL, how, FILE_ATTRIBUTE_NORMAL, NULL);
    if (h == INVALID_HANDLE_VALUE)
        return frond__last_error();
    *theirs = (intptr_t)h;
    return 0;
}

int frond__launch_terminal(intptr_t *fd) {
    (void)fd;
    return FROND_ENOSYS;
}

intptr_t frond__launch_standard(int which) {
    static const DWORD names[] = {STD_INPUT_HANDLE, STD_OUTPUT_HANDLE, STD_ERROR_HANDLE};
    HANDLE h = GetStdHandle(names[which]);
    return h && h != INVALID_HANDLE_VALUE ? (intptr_t)h : -1;
}

void frond__launch_close(intptr_t fd) {
    if (fd != -1)
        CloseHandle((HANDLE)fd);
}

/* ---- the list of handles ---- */

/* What leads to a console of its own it finds there by itself, if it gets nothing else. */
static HANDLE standard(frond__inheritance *in, const frond__launch *l, int which) {
    intptr_t fd = l->stdio[which].fd;
    if (l->o->pty && fd == l->terminal)
        return NULL;
    return frond__inherit_copy(in,
                               (HANDLE)(fd >= 0 ? fd : frond__launch_standard(which)));
}

/* false with the system's error. */
static bool inherit(frond__inheritance *in, const frond__launch *l, HANDLE *job) {
    if (l->o->hide_window) {
        in->info.StartupInfo.dwFlags |= STARTF_USESHOWWINDOW;
        in->info.StartupInfo.wShowWindow = SW_HIDE;
    }
    in->info.StartupInfo.hStdInput = standard(in, l, 0);
    in->info.StartupInfo.hStdOutput = standard(in, l, 1);
    in->info.StartupInfo.hStdError = standard(in, l, 2);
    for (size_t i = 0; i < l->o->n_pass; i++)
        if (!frond__inherit_itself(in, (HANDLE)l->o->pass[i].fd))
            return false;
    return frond__inherit_all(in, job,
                              l->o->pty ? frond__console_handle(l->terminal) : NULL);
}

/* ---- starting ---- */

static DWORD flags_of(const frond_subprocess_options *o) {
    return EXTENDED_STARTUPINFO_PRESENT | CREATE_UNICODE_ENVIRONMENT |
           (o->new_session && !o->pty ? DETACHED_PROCESS : 0) |
           (o->new_group || o->new_session ? CREATE_NEW_PROCESS_GROUP : 0) |
           (o->hide_window && !o->new_session && !o->pty ? CREATE_NO_WINDOW : 0);
}

static const char *what_is_missing(const frond_subprocess_options *o) {
    return o->group                                            ? "process group"
           : o->foreground                                     ? "terminal"
           : o->user || o->user_group || o->groups             ? "user"
           : o->set_umask                                      ? "umask"
           : o->nice                                           ? "priority"
           : o->n_limits                                       ? "limits"
           : o->death_signal && o->death_signal != FROND__KILL ? "death signal"
                                                               : NULL;
}

int frond__launch_check(const frond_subprocess_options *o) {
    const char *missing = what_is_missing(o);
    return missing ? frond_fail_text(FROND_ENOSYS, "start: %s: %s", missing,
                                     frond_error_message(FROND_ENOSYS))
                   : 0;
}

static int create(const frond__launch *l, const frond__words *w, HANDLE job,
                  PROCESS_INFORMATION *child) {
    frond__inheritance in;
    frond__inherit_begin(&in);
    bool made = inherit(&in, l, &job);
    made =
        made && CreateProcessW(w->program, w->line, NULL, NULL, in.n > 0, flags_of(l->o),
                               w->env, w->directory, &in.info.StartupInfo, child);
    DWORD error = made ? 0 : GetLastError();
    frond__inherit_end(&in);
    return (int)error;
}

static int failed(const frond__launch *l, int error) {
    const char *name = l->o->program ? l->o->program : l->argv[0];
    int rc = frond__windows_error((DWORD)error);
    if (error == ERROR_DIRECTORY || (l->o->directory && error == ERROR_INVALID_NAME))
        return frond_fail_text(FROND_ENOENT,
                               "start \"%.128s\": working directory \"%.200s\": %s", name,
                               l->o->directory, frond_error_message(FROND_ENOENT));
    if (error == ERROR_BAD_EXE_FORMAT || error == ERROR_EXE_MACHINE_TYPE_MISMATCH)
        rc = FROND_ENOEXEC;
    return frond_fail_text(rc, "start \"%.128s\": %s", name, frond_error_message(rc));
}

int frond__launch_start(const frond__launch *l, frond__os_process *p, frond_deadline d) {
    PROCESS_INFORMATION child;
    frond__words words;
    (void)d;
    int rc = frond__words_make(&words, l->argv, l->o);
    /* By it all that the process starts can be ended; it does not end with us unless that is asked for. */
    HANDLE job =
        rc == 0
            ? frond__job_make(l->o->death_signal ? JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE : 0)
            : NULL;
    if (rc == 0) {
        int error = create(l, &words, job, &child);
        if (error)
            rc = failed(l, error);
    }
    frond__words_free(&words);
    if (rc < 0) {
        if (job)
            CloseHandle(job);
        return rc;
    }
    if (l->o->pty)
        frond__console_child(l->terminal, child.hProcess);
    CloseHandle(child.hThread);
    *p = (frond__os_process){.pid = child.dwProcessId,
                             .handle = (intptr_t)child.hProcess,
                             .job = (intptr_t)job,
                             .alone =
                                 l->o->pty || (!l->o->new_group && !l->o->new_session)};
    return 0;
}
