/* SPDX-License-Identifier: MIT */
/* Processes on Windows.
 *
 * A child inherits its standard streams and one pipe, and nothing else, by an exact list of handles.
 * Sockets are made over for its number once it exists, and told through the pipe: inheriting them
 * breaks where other software sits between us and the network.  Daemons are from their beginning in
 * one job, which ends them with this process however that ends; what they start themselves is not. */
#include "start.h"
#include "error_windows.h"
#include "tree.h"

#include <frond/error.h>
#include <frond/event.h>
#include <frond/greenlet.h>
#include <frond/hub.h>
#include <frond/impl/fail.h>
#include <frond/impl/memory.h>
#include <frond/impl/settings.h>
#include <frond/impl/waiter.h>
#include <frond/subprocess.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>
#include <winsock2.h>
#include <windows.h>

#ifndef PROC_THREAD_ATTRIBUTE_JOB_LIST /* Windows 10's */
#define PROC_THREAD_ATTRIBUTE_JOB_LIST 0x2000d
#endif
#define VARIABLE L"FROND_CHILD"
enum { STANDARD = 3, PATH = 4096, KILLED_STATUS = 1, SLACK = 4096 };

/* ---- what is the same for all children ---- */

static SRWLOCK starting =
    SRWLOCK_INIT; /* handles to be inherited exist while it is held */
static INIT_ONCE job_once = INIT_ONCE_STATIC_INIT;
static HANDLE job; /* of those that end with us; NULL: there is none */

static BOOL CALLBACK make_job(INIT_ONCE *once, void *arg, void **out) {
    (void)once;
    (void)arg;
    (void)out;
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits = {0};
    limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE |
                                              JOB_OBJECT_LIMIT_BREAKAWAY_OK |
                                              JOB_OBJECT_LIMIT_SILENT_BREAKAWAY_OK;
    job = CreateJobObjectW(NULL, NULL);
    if (job && !SetInformationJobObject(job, JobObjectExtendedLimitInformation, &limits,
                                        sizeof limits)) {
        CloseHandle(job);
        job = NULL;
    }
    return TRUE;
}

static bool self_path(wchar_t *out, DWORD cap) {
    const char *named = frond_config_text(FROND_SETTING_EXECUTABLE);
    if (named)
        return MultiByteToWideChar(CP_UTF8, 0, named, -1, out, (int)cap) > 0;
    DWORD n = GetModuleFileNameW(NULL, out, cap);
    return n > 0 && n < cap;
}

static int name_length(const wchar_t *entry) { /* it may begin with "=" */
    return 1 + (int)wcscspn(entry + 1, L"=");
}

static int by_name(const void *a, const void *b) {
    const wchar_t *x = *(const wchar_t *const *)a, *y = *(const wchar_t *const *)b;
    return CompareStringOrdinal(x, name_length(x), y, name_length(y), TRUE) - CSTR_EQUAL;
}

/* The entries, and ours instead of one of its name, in the order that the system wants. */
static wchar_t *sorted_environment(const wchar_t *all, const wchar_t *ours) {
    size_t room = wcslen(ours) + 2, most = 1, n = 0, used = 0;
    for (const wchar_t *at = all; *at; at += wcslen(at) + 1, most++)
        room += wcslen(at) + 1;
    const wchar_t **entries = frond_alloc(most * sizeof *entries);
    wchar_t *sorted = entries ? frond_alloc(room * sizeof *sorted) : NULL;
    if (sorted) {
        entries[n++] = ours;
        for (const wchar_t *at = all; *at; at += wcslen(at) + 1)
            if (by_name(&at, &ours) != 0)
                entries[n++] = at;
        qsort(entries, n, sizeof *entries, by_name);
        for (size_t i = 0; i < n; i++) {
            size_t length = wcslen(entries[i]) + 1;
            memcpy(sorted + used, entries[i], length * sizeof *sorted);
            used += length;
        }
        sorted[used] = L'\0';
    }
    frond_free(entries);
    return sorted;
}

/* The environment with the variable set, without changing ours: other threads may read it. */
static wchar_t *child_environment(HANDLE inherited) {
    wchar_t ours[40], *all = GetEnvironmentStringsW();
    _snwprintf(ours, 40, VARIABLE L"=%llu", (unsigned long long)(uintptr_t)inherited);
    wchar_t *sorted = all ? sorted_environment(all, ours) : NULL;
    if (all)
        FreeEnvironmentStringsW(all);
    return sorted;
}

/* ---- the list of handles ---- */

typedef struct {
    HANDLE all[STANDARD + 1];
    DWORD n;
    LPPROC_THREAD_ATTRIBUTE_LIST attributes;
    STARTUPINFOEXW info;
} inheritance;

static void inheritance_free(inheritance *in) {
    for (DWORD i = 0; i < in->n; i++)
        CloseHandle(in->all[i]);
    if (in->attributes) {
        DeleteProcThreadAttributeList(in->attributes);
        frond_free(in->attributes);
    }
}

/* A copy that is inherited; NULL of what is not there. */
static HANDLE inherit(inheritance *in, HANDLE h) {
    HANDLE self = GetCurrentProcess(), copy;
    if (!h || h == INVALID_HANDLE_VALUE ||
        !DuplicateHandle(self, h, self, &copy, 0, TRUE, DUPLICATE_SAME_ACCESS))
        return NULL;
    in->all[in->n++] = copy;
    return copy;
}

/* The pipe's copy is the first; false with the system's error. */
static bool inheritance_make(inheritance *in, HANDLE pipe, bool ends_with_us) {
    SIZE_T size = 0;
    *in = (inheritance){
        .info.StartupInfo = {.cb = sizeof in->info, .dwFlags = STARTF_USESTDHANDLES}};
    if (!inherit(in, pipe))
        return false;
    /* Not ours: a read of ours that is under way would hold up the child's very beginning. */
    HANDLE nothing = CreateFileW(L"NUL", GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE,
                                 NULL, OPEN_EXISTING, 0, NULL);
    in->info.StartupInfo.hStdInput = inherit(in, nothing);
    if (nothing != INVALID_HANDLE_VALUE)
        CloseHandle(nothing);
    in->info.StartupInfo.hStdOutput = inherit(in, GetStdHandle(STD_OUTPUT_HANDLE));
    in->info.StartupInfo.hStdError = inherit(in, GetStdHandle(STD_ERROR_HANDLE));
    InitializeProcThreadAttributeList(NULL, 2, 0, &size);
    LPPROC_THREAD_ATTRIBUTE_LIST list = frond_alloc(size);
    if (!list || !InitializeProcThreadAttributeList(list, 2, 0, &size)) {
        frond_free(list);
        return false;
    }
    in->attributes = in->info.lpAttributeList = list;
    InitOnceExecuteOnce(&job_once, make_job, NULL, NULL);
    return (!ends_with_us || !job ||
            UpdateProcThreadAttribute(list, 0, PROC_THREAD_ATTRIBUTE_JOB_LIST, &job,
                                      sizeof job, NULL, NULL)) &&
           UpdateProcThreadAttribute(list, 0, PROC_THREAD_ATTRIBUTE_HANDLE_LIST, in->all,
                                     in->n * sizeof *in->all, NULL, NULL);
}

/* ---- starting ---- */

static bool create(const wchar_t *path, inheritance *in, wchar_t *environment,
                   PROCESS_INFORMATION *child) {
    wchar_t line[] = L"\"frond worker\"";
    return CreateProcessW(path, line, NULL, NULL, TRUE,
                          EXTENDED_STARTUPINFO_PRESENT | CREATE_UNICODE_ENVIRONMENT |
                              CREATE_NEW_PROCESS_GROUP |
                              (GetConsoleCP() ? 0 : CREATE_NO_WINDOW),
                          environment, NULL, &in->info.StartupInfo, child);
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

static int start_with(HANDLE pipe, bool ends_with_us, PROCESS_INFORMATION *child) {
    wchar_t path[PATH];
    inheritance in;
    int rc = 0;
    if (!self_path(path, PATH))
        return FROND_ENAMETOOLONG;
    AcquireSRWLockExclusive(&starting);
    wchar_t *environment = NULL;
    if (!inheritance_make(&in, pipe, ends_with_us))
        rc = frond__last_error();
    else if (!(environment = child_environment(in.all[0])))
        rc = FROND_ENOMEM;
    else if (!create(path, &in, environment, child))
        rc = frond__last_error();
    frond_free(environment);
    inheritance_free(&in);
    ReleaseSRWLockExclusive(&starting);
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
            TerminateProcess(child.hProcess, KILLED_STATUS);
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
    DWORD length = GetEnvironmentVariableW(VARIABLE, value, 32);
    if (length == 0 || length >= 32)
        return 0;
    _wputenv(VARIABLE L"="); /* the C library has a copy of its own */
    SetEnvironmentVariableW(VARIABLE, NULL);
    HANDLE from = (HANDLE)(uintptr_t)_wcstoui64(value, NULL, 10);
    if (GetFileType(from) != FILE_TYPE_PIPE)
        return 0;
    size_t n = take_over(from, fds, cap);
    CloseHandle(from);
    if (n == 0)
        _Exit(127);
    return n;
}

/* ---- a running child ---- */

void frond__os_hold(int64_t pid, frond__os_process *p) {
    *p = (frond__os_process){.pid = pid, .handle = -1};
}

/* What we ended has ended by the signal that was meant; an exception's number is negative as it is. */
bool frond__os_ended(frond__os_process *p, int *status) {
    DWORD code = 0;
    if (WaitForSingleObject((HANDLE)p->handle, 0) != WAIT_OBJECT_0)
        return false;
    GetExitCodeProcess((HANDLE)p->handle, &code);
    if (p->killed)
        *status = -p->killed;
    else if (code == (DWORD)STATUS_CONTROL_C_EXIT)
        *status = p->asked ? -p->asked : -SIGINT;
    else /* a program that says -1 means 255, as elsewhere */
        *status = code >= 0xffffff00 ? (int)(code & 0xff) : (int)code;
    return true;
}

/* The end is told by a thread of the system's, which may do so while nobody waits any more: the state is
 * the process's, and the post's once that is under way. */
typedef struct {
    frond_event ended;
    frond_hub *hub;
    HANDLE wait;
    bool posted;    /* written by the system's thread, read once it is through */
    bool delivered; /* the post has arrived */
    bool abandoned; /* it frees the state */
} watch_state;

static void has_ended(void *arg) {
    watch_state *w = arg;
    w->delivered = true;
    if (w->abandoned)
        frond_free(w);
    else
        frond_event_set(&w->ended);
}

static void CALLBACK signalled(void *arg, BOOLEAN timed_out) {
    (void)timed_out;
    watch_state *w = arg;
    w->posted = frond_post(w->hub, has_ended, w) == 0;
}

static int watch_begin(frond__os_process *p) {
    watch_state *w = frond_calloc(1, sizeof *w);
    if (!w)
        return frond_fail_set(FROND_ENOMEM, "process");
    w->hub = frond_hub_current();
    if (!RegisterWaitForSingleObject(&w->wait, (HANDLE)p->handle, signalled, w, INFINITE,
                                     WT_EXECUTEONLYONCE | WT_EXECUTEINWAITTHREAD)) {
        frond_free(w);
        return frond_fail_set(FROND_ENOMEM, "process");
    }
    p->watch = w;
    return 0;
}

static void watch_end(frond__os_process *p) {
    watch_state *w = p->watch;
    p->watch = NULL;
    if (!w)
        return;
    UnregisterWaitEx(w->wait, INVALID_HANDLE_VALUE); /* waits for a call under way */
    if (w->posted && !w->delivered)
        w->abandoned = true;
    else
        frond_free(w);
}

int frond__os_await(frond__os_process *p, frond_deadline d) {
    int rc = p->watch ? 0 : watch_begin(p);
    if (rc < 0)
        return rc;
    frond_wake_source(1);
    rc = frond_event_wait(&((watch_state *)p->watch)->ended, d);
    frond_wake_source(-1);
    watch_end(p);
    return rc;
}

void frond__os_release(frond__os_process *p) {
    watch_end(p);
    if (p->handle == -1)
        return;
    CloseHandle((HANDLE)p->handle);
    p->handle = -1;
    if (p->job)
        CloseHandle((HANDLE)p->job);
    p->job = 0;
}

int frond__os_signal_tree(frond__os_process *p, bool leads, int number) {
    (void)leads;
    if (number != FROND__KILL || !p->job)
        return frond__os_signal(p, number);
    if (!TerminateJobObject((HANDLE)p->job, KILLED_STATUS))
        return frond__last_error();
    p->killed = number;
    return 0;
}

/* A number does not tell whether it still is the child's. */
int frond_wait_pid(int64_t pid, int *status, frond_deadline d) {
    (void)pid;
    (void)status;
    (void)d;
    return frond_fail_set(FROND_ENOSYS, "wait for process");
}

/* There are no signals.  What asks to end is Ctrl-Break, for which a child must share our console; what
 * cannot be refused ends it. */
int frond__os_signal(frond__os_process *p, int number) {
    HANDLE h = (HANDLE)p->handle;
    if (number == 0)
        return 0;
    if (number != SIGTERM && number != SIGINT && number != SIGBREAK &&
        number != FROND__KILL)
        return FROND_EINVAL;
    if (number != FROND__KILL && !p->alone) {
        p->asked = number;
        if (GenerateConsoleCtrlEvent(CTRL_BREAK_EVENT, (DWORD)p->pid))
            return 0;
    }
    if (!TerminateProcess(h, KILLED_STATUS)) /* one that is about to end refuses */
        return GetLastError() == ERROR_ACCESS_DENIED ? FROND_ESRCH : frond__last_error();
    p->killed = number;
    return 0;
}

/* Nothing is sent to it any more: whatever happens there is the end. */
static DWORD WINAPI await_the_end(void *arg) {
    WSAPOLLFD end = {.fd = (SOCKET)(intptr_t)arg, .events = POLLRDNORM};
    WSAPoll(&end, 1, -1);
    TerminateProcess(GetCurrentProcess(), KILLED_STATUS);
    return 0;
}

int frond__os_end_with(intptr_t fd) {
    HANDLE thread = CreateThread(NULL, 0, await_the_end, (void *)fd, 0, NULL);
    if (!thread)
        return FROND_ENOMEM;
    CloseHandle(thread);
    return 0;
}

const char *frond__os_children(void) {
    return "handle";
}

const char *frond__os_status_name(int status) {
    static const struct {
        DWORD code;
        const char *name;
    } names[] = {
        {STATUS_ACCESS_VIOLATION, "access violation"},
        {STATUS_IN_PAGE_ERROR, "a page could not be read"},
        {STATUS_ILLEGAL_INSTRUCTION, "illegal instruction"},
        {STATUS_PRIVILEGED_INSTRUCTION, "privileged instruction"},
        {STATUS_DATATYPE_MISALIGNMENT, "misaligned access"},
        {STATUS_ARRAY_BOUNDS_EXCEEDED, "array bounds exceeded"},
        {STATUS_INTEGER_DIVIDE_BY_ZERO, "division by zero"},
        {STATUS_INTEGER_OVERFLOW, "integer overflow"},
        {STATUS_FLOAT_DIVIDE_BY_ZERO, "division by zero"},
        {STATUS_STACK_OVERFLOW, "stack overflow"},
        {STATUS_BREAKPOINT, "breakpoint"},
        {STATUS_NO_MEMORY, "out of memory"},
        {STATUS_CONTROL_C_EXIT, "Ctrl-C"},
        {0xC0000135, "a DLL was not found"},
        {0xC0000139, "an entry point was not found in a DLL"},
        {0xC000007B, "not a valid program"},
        {0xC0000142, "a DLL failed to start"},
        {0xC0000374, "heap corruption"},
        {0xC0000409, "stack buffer overrun, or abort"},
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if ((DWORD)status == names[i].code)
            return names[i].name;
    return status == -FROND__KILL ? "killed" : NULL;
}
