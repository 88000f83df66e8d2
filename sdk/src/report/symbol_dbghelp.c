/* SPDX-License-Identifier: MIT */
/* Names for addresses in programs that Microsoft's tools have linked for Windows, from their .pdb files.
 * The library is not safe for threads: a lock of ours holds them apart, not those of other libraries. */
#include "report/symbol.h"

#include <windows.h>

#include <dbghelp.h>
#include <string.h>

static SRWLOCK lock = SRWLOCK_INIT;
static bool started;
static FROND_THREAD_LOCAL char path[1024], name[256];

void frond__symbol_find(uintptr_t address, frond__place *place) {
    HMODULE base;
    char space[sizeof(SYMBOL_INFO) + sizeof name] = {0};
    SYMBOL_INFO *found = (SYMBOL_INFO *)space;
    DWORD64 offset = 0;
    wchar_t wide[1024];
    if (!GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS |
                                GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT,
                            (const wchar_t *)address, &base))
        return;
    DWORD n = GetModuleFileNameW(base, wide, sizeof wide / sizeof *wide);
    if (n == 0 ||
        !WideCharToMultiByte(CP_UTF8, 0, wide, -1, path, sizeof path, NULL, NULL))
        return;
    place->file = path;
    place->file_offset = address - (uintptr_t)base;
    found->SizeOfStruct = sizeof *found;
    found->MaxNameLen = sizeof name;
    AcquireSRWLockExclusive(&lock);
    if (!started) {
        SymSetOptions(SYMOPT_DEFERRED_LOADS | SYMOPT_FAIL_CRITICAL_ERRORS);
        started = SymInitialize(GetCurrentProcess(), NULL, TRUE) ||
                  GetLastError() == ERROR_INVALID_PARAMETER; /* somebody has done so */
    }
    if (started && SymFromAddr(GetCurrentProcess(), address, &offset, found)) {
        memcpy(name, found->Name, sizeof name - 1);
        place->name = name;
        place->offset = (uintptr_t)offset;
    }
    ReleaseSRWLockExclusive(&lock);
}
