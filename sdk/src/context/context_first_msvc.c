/* SPDX-License-Identifier: MIT */
/* The first frame of a context on x86-64 Windows, for Microsoft's compiler and those like it. */
#include "context/context_win64.h"

#include <windows.h>

/* As the system's own for a thread: the program's filter says what is to become of it. */
void frond__context_first(void *arg, frond__context_fn fn) {
    __try {
        fn(arg);
    } __except (UnhandledExceptionFilter(GetExceptionInformation())) {
        TerminateProcess(GetCurrentProcess(), GetExceptionCode());
    }
}
