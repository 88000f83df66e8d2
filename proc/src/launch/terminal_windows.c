/* SPDX-License-Identifier: MIT */
/* Pseudo consoles (Windows 10, 1809).
 *
 * A console does not end with the processes in it: it has to be closed when the child has ended, so that what we read
 * from it ends, too.  Closing waits until all that it still shows has been read, on systems before Windows 11's second
 * year for as long as that takes: each console has a thread, which waits for its child, or for everybody
 * to let go of it, and then closes it. */
#include "launch/terminal_windows.h"

#include "error_windows.h"
#include "launch/launch.h"
#include <frond/error.h>
#include <frond/impl/fail.h>
#include <frond/impl/memory.h>
#include <windows.h>

const char *const frond__terminal_end = "\x1a\r";

typedef HRESULT(WINAPI *create_fn)(COORD size, HANDLE in, HANDLE out, DWORD flags,
                                   void **console);
typedef HRESULT(WINAPI *resize_fn)(void *console, COORD size);
typedef void(WINAPI *close_fn)(void *console);

typedef struct {
    create_fn create;
    resize_fn resize;
    close_fn close;
} console_calls;

struct frond__console {
    SRWLOCK lock;
    void *console; /* NULL: closed */
    HANDLE thread, dropped, child;
};

static INIT_ONCE once = INIT_ONCE_STATIC_INIT;
static console_calls calls;

static BOOL CALLBACK find(INIT_ONCE *o, void *arg, void **out) {
    (void)o;
    (void)arg;
    (void)out;
    HMODULE kernel = GetModuleHandleW(L"kernel32.dll");
    calls.create = (create_fn)(uintptr_t)GetProcAddress(kernel, "CreatePseudoConsole");
    calls.resize = (resize_fn)(uintptr_t)GetProcAddress(kernel, "ResizePseudoConsole");
    calls.close = (close_fn)(uintptr_t)GetProcAddress(kernel, "ClosePseudoConsole");
    return TRUE;
}

static bool found(void) {
    InitOnceExecuteOnce(&once, find, NULL, NULL);
    return calls.create && calls.resize && calls.close;
}

static COORD size_of(int rows, int columns) {
    return (COORD){.X = (SHORT)(columns ? columns : 80), .Y = (SHORT)(rows ? rows : 24)};
}

static int error_of(HRESULT result) {
    return result == E_NOTIMPL ? FROND_ENOSYS
                               : frond__windows_error((DWORD)(result & 0xffff));
}

/* ---- the thread ---- */

static DWORD WINAPI close_in_time(void *arg) {
    frond__console *c = arg;
    HANDLE either[] = {c->dropped, c->child};
    WaitForMultipleObjects(c->child ? 2 : 1, either, FALSE, INFINITE);
    AcquireSRWLockExclusive(&c->lock);
    void *console = c->console;
    c->console = NULL;
    ReleaseSRWLockExclusive(&c->lock);
    calls.close(console);
    WaitForSingleObject(c->dropped, INFINITE);
    CloseHandle(c->dropped);
    if (c->child)
        CloseHandle(c->child);
    frond_free(c);
    return 0;
}

/* It begins when the child is there, or nobody wants one any more. */
static int make_thread(frond__console *c) {
    c->dropped = CreateEventW(NULL, TRUE, FALSE, NULL);
    if (!c->dropped)
        return frond__last_error();
    c->thread = CreateThread(NULL, 0, close_in_time, c, CREATE_SUSPENDED, NULL);
    if (c->thread)
        return 0;
    CloseHandle(c->dropped);
    return frond__last_error();
}

static void run_thread(frond__console *c) {
    HANDLE thread = c->thread;
    c->thread = NULL;
    if (!thread)
        return;
    ResumeThread(thread);
    CloseHandle(thread);
}

void *frond__console_handle(intptr_t by) {
    return ((frond__console *)by)->console;
}

void frond__console_child(intptr_t by, void *process) {
    frond__console *c = (frond__console *)by;
    HANDLE self = GetCurrentProcess();
    if (!DuplicateHandle(self, process, self, &c->child, SYNCHRONIZE, FALSE, 0))
        c->child = NULL;
    run_thread(c);
}

void frond__terminal_let_go(intptr_t by) {
    frond__console *c = (frond__console *)by;
    run_thread(c);
    SetEvent(c->dropped);
}

/* ---- opening ---- */

static int create(int rows, int columns, HANDLE in, HANDLE out, intptr_t *by) {
    frond__console *c = frond_calloc(1, sizeof *c);
    if (!c)
        return FROND_ENOMEM;
    HRESULT result = calls.create(size_of(rows, columns), in, out, 0, &c->console);
    int rc = FAILED(result) ? error_of(result) : make_thread(c);
    if (rc < 0) {
        if (c->console)
            calls.close(c->console);
        frond_free(c);
        return rc;
    }
    *by = (intptr_t)c;
    return 0;
}

int frond__terminal_open(int rows, int columns, frond__terminal *t) {
    intptr_t in = -1, out = -1;
    *t = (frond__terminal){.writes = -1, .reads = -1, .child = -1, .by = -1};
    if (!found())
        return FROND_ENOSYS;
    int rc = frond__launch_pipe(true, &t->writes, &in);
    if (rc == 0)
        rc = frond__launch_pipe(false, &t->reads, &out);
    if (rc == 0)
        rc = create(rows, columns, (HANDLE)in, (HANDLE)out, &t->by);
    frond__launch_close(in); /* the console has its own */
    frond__launch_close(out);
    t->child = t->by;
    if (rc == 0)
        return 0;
    frond__launch_close(t->writes);
    frond__launch_close(t->reads);
    return rc;
}

int frond__terminal_resize(intptr_t by, int rows, int columns) {
    frond__console *c = (frond__console *)by;
    AcquireSRWLockShared(&c->lock);
    HRESULT result = c->console ? calls.resize(c->console, size_of(rows, columns)) : S_OK;
    ReleaseSRWLockShared(&c->lock);
    return FAILED(result) ? error_of(result) : 0;
}
