/* SPDX-License-Identifier: MIT */
/* Must die: an exception that nobody catches in a greenlet comes to the program's own filter, as one of
 * a thread does. */
#include <frond/sdk.h>
#include <stdio.h>
#include <windows.h>

static LONG WINAPI filter(EXCEPTION_POINTERS *e) {
    fprintf(stderr, "filtered 0x%lx\n", (unsigned long)e->ExceptionRecord->ExceptionCode);
    fflush(stderr);
    ExitProcess(3);
}

static void *run(void *arg) {
    RaiseException(0xe0001234, 0, 0, NULL);
    return arg;
}

int main(void) {
    SetUnhandledExceptionFilter(filter);
    frond_greenlet *g = frond_spawn(run, NULL);
    frond_join(g, FROND_NEVER);
    return 0;
}
