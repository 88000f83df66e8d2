/* SPDX-License-Identifier: MIT */
/* Processes on Windows, once they run: their ends, and what is sent to them. */
#include "start.h"
#include "error_windows.h"
#include "tree.h"

#include <frond/error.h>
#include <frond/event.h>
#include <frond/greenlet.h>
#include <frond/hub.h>
#include <frond/impl/fail.h>
#include <frond/impl/memory.h>
#include <frond/impl/waiter.h>
#include <frond/subprocess.h>
#include <signal.h>
#include <winsock2.h>
#include <windows.h>

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
    if (!TerminateJobObject((HANDLE)p->job, FROND__KILLED_STATUS))
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
    if (!TerminateProcess(h, FROND__KILLED_STATUS)) /* one that is about to end refuses */
        return GetLastError() == ERROR_ACCESS_DENIED ? FROND_ESRCH : frond__last_error();
    p->killed = number;
    return 0;
}

/* Nothing is sent to it any more: whatever happens there is the end. */
static DWORD WINAPI await_the_end(void *arg) {
    WSAPOLLFD end = {.fd = (SOCKET)(intptr_t)arg, .events = POLLRDNORM};
    WSAPoll(&end, 1, -1);
    TerminateProcess(GetCurrentProcess(), FROND__KILLED_STATUS);
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
