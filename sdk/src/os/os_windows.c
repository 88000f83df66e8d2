/* SPDX-License-Identifier: MIT */
/* Memory and threads on Windows.  Stacks are laid out as os_windows.h says, so the system itself grows
 * them, and tells of an overflow while there is still stack left to handle it on. */
#include "os/os.h"

#include "os/os_windows.h"
#include <fcntl.h>
#include <io.h>
#include <frond/error.h>
#include <frond/impl/fail.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

size_t frond__os_page(void) {
    return FROND__WINDOWS_PAGE;
}

char *frond__os_reserve(size_t size) {
    return VirtualAlloc(NULL, size, MEM_RESERVE, PAGE_READWRITE);
}

void frond__os_unreserve(char *base, size_t size) {
    (void)size;
    VirtualFree(base, 0, MEM_RELEASE);
}

bool frond__os_stack(char *bottom, size_t guard, size_t size) {
    char *committed = frond__stack_committed(bottom + guard + size);
    size_t more = FROND__WINDOWS_PAGE;
    DWORD before;
    return VirtualAlloc(committed - more, FROND__STACK_COMMITTED + more, MEM_COMMIT,
                        PAGE_READWRITE) &&
           VirtualProtect(committed - more, more, PAGE_READWRITE | PAGE_GUARD, &before);
}

void frond__os_stack_given(frond__context *c, void *low) {
    c->limit = low;
}

bool frond__os_discard(char *bottom, size_t guard, size_t size) {
    (void)VirtualFree(bottom, guard + size, MEM_DECOMMIT);
    return false;
}

bool frond__os_guards_limited(void) {
    return false;
}

size_t frond__os_guards_most(size_t there) {
    (void)there;
    return SIZE_MAX;
}

const char *frond__os_stack_refused(char *out, size_t cap) {
    snprintf(out, cap,
             "no memory for one more stack: the system's commit limit is reached");
    return out;
}

const char *frond__os_guard_method(void) {
    return "PAGE_GUARD";
}

const char *frond__os_polling(void) {
    return "IOCP";
}

/* The loop asks for news, and the answers come on their own. */
int64_t frond__os_lag_ns(void) {
    return 1000000;
}

/* There are no forked children. */
void frond__os_copied(char *base, size_t size, bool copied) {
    (void)base;
    (void)size;
    (void)copied;
}

size_t frond__os_touched(char *low, char *high) {
    MEMORY_BASIC_INFORMATION region;
    for (char *at = low; at < high; at = (char *)region.BaseAddress + region.RegionSize) {
        if (VirtualQuery(at, &region, sizeof region) == 0)
            return 0;
        if (region.State == MEM_COMMIT && !(region.Protect & PAGE_GUARD))
            return (size_t)(high - at);
    }
    return 0;
}

void frond__os_thread_stack(void **low, size_t *size) {
    ULONG_PTR bottom, top;
    GetCurrentThreadStackLimits(&bottom, &top);
    *low = (void *)bottom;
    *size = top - bottom;
}

bool frond__os_is_privileged(void) {
    return false; /* rights are not of programs here */
}

size_t frond__os_resident(void) {
    size_t bytes = 0;
    return uv_resident_set_memory(&bytes) == 0 ? bytes : 0;
}

uint64_t frond__os_thread_id(void) {
    return GetCurrentThreadId();
}

void frond__os_thread_detach(uv_thread_t thread) {
    CloseHandle(thread);
}

/* Events of the console.  Nothing sends SIGTERM here: what asks a program to end is Ctrl-Break. */
int frond__os_signal_number(int number) {
    switch (number) {
    case SIGTERM:
        return SIGBREAK;
    case SIGINT:
    case SIGBREAK:
    case SIGHUP: /* the console is closed */
    case SIGWINCH:
        return number;
    }
    return 0;
}

int frond__os_signal_named(const char *text) {
    return strcmp(text, "BREAK") == 0 || strcmp(text, "SIGBREAK") == 0 ? SIGBREAK : 0;
}

/* Of Ctrl-C, that is; who asks for it knows what for. */
bool frond__os_signal_ignored(int number) {
    (void)number;
    return false;
}

/* ---- the end of a thread ---- */

static INIT_ONCE slot_once = INIT_ONCE_STATIC_INIT;
static DWORD slot = FLS_OUT_OF_INDEXES;

/* Called for a process that ends, too, when all other threads are gone, whatever locks they held. */
static bool process_ends(void) {
    typedef BOOLEAN(NTAPI * asked)(void);
    HMODULE ntdll = GetModuleHandleW(L"ntdll.dll");
    FARPROC found = ntdll ? GetProcAddress(ntdll, "RtlDllShutdownInProgress") : NULL;
    asked ask = (asked)(void (*)(void))found;
    return ask && ask();
}

static void NTAPI slot_ended(void *hub) {
    if (hub && !process_ends())
        frond__thread_ended(hub);
}

static BOOL CALLBACK slot_make(INIT_ONCE *once, void *arg, void **out) {
    (void)once;
    (void)arg;
    (void)out;
    HMODULE self; /* a library that was unloaded could not be called at a thread's end */
    GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_PIN |
                           GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS,
                       (LPCWSTR)(uintptr_t)slot_ended, &self);
    slot = FlsAlloc(slot_ended);
    return TRUE;
}

bool frond__os_at_thread_end(void *hub) {
    InitOnceExecuteOnce(&slot_once, slot_make, NULL, NULL);
    return slot != FLS_OUT_OF_INDEXES && FlsSetValue(slot, hub);
}

/* A write to a pipe that nobody reads goes on when the handle is closed, if another process has it too. */
void frond__os_cancel(uv_handle_t *handle) {
    uv_os_fd_t h;
    if (handle->type == UV_NAMED_PIPE && uv_fileno(handle, &h) == 0)
        CancelIoEx(h, NULL);
}

int frond__os_open_alone(const char *path, int *fd) {
    wchar_t wide[4096];
    if (MultiByteToWideChar(CP_UTF8, 0, path, -1, wide, 4096) == 0)
        return FROND_ENAMETOOLONG;
    HANDLE h = CreateFileW(wide, GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_DELETE, NULL,
                           CREATE_ALWAYS, FILE_ATTRIBUTE_NORMAL, NULL);
    if (h == INVALID_HANDLE_VALUE)
        return GetLastError() == ERROR_SHARING_VIOLATION
                   ? FROND_EBUSY
                   : frond_error_from_system((int)GetLastError());
    *fd = _open_osfhandle((intptr_t)h, _O_WRONLY | _O_BINARY);
    if (*fd >= 0)
        return 0;
    CloseHandle(h);
    return FROND_EMFILE;
}

int frond__os_close(int fd) {
    return _close(fd);
}

int frond__os_write(int fd, const char *text, size_t n) {
    HANDLE to = (HANDLE)_get_osfhandle(fd);
    while (n > 0) {
        DWORD done = 0;
        if (!WriteFile(to, text, n > 1 << 20 ? 1 << 20 : (DWORD)n, &done, NULL))
            return -1;
        text += done;
        n -= done;
    }
    return 0;
}
