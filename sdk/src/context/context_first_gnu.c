/* SPDX-License-Identifier: MIT */
/* The first frame of a context on x86-64 Windows, for GNU compilers, which have no words for handlers of
 * exceptions: a function in assembly with a handler in C. */
#include "context/context_win64.h"

#include <windows.h>

EXCEPTION_DISPOSITION frond__context_uncaught(EXCEPTION_RECORD *what, void *frame,
                                              CONTEXT *where, DISPATCHER_CONTEXT *by);

/* As the system's own for a thread: the program's filter says what is to become of it. */
EXCEPTION_DISPOSITION frond__context_uncaught(EXCEPTION_RECORD *what, void *frame,
                                              CONTEXT *where, DISPATCHER_CONTEXT *by) {
    EXCEPTION_POINTERS both = {what, where};
    (void)frame;
    (void)by;
    if (what->ExceptionFlags & (EXCEPTION_UNWINDING | EXCEPTION_EXIT_UNWIND))
        return ExceptionContinueSearch;
    LONG answer = UnhandledExceptionFilter(&both);
    if (answer == EXCEPTION_EXECUTE_HANDLER)
        TerminateProcess(GetCurrentProcess(), what->ExceptionCode);
    return answer == EXCEPTION_CONTINUE_EXECUTION ? ExceptionContinueExecution
                                                  : ExceptionContinueSearch;
}

__asm__("    .text\n"
        "    .globl frond__context_first\n"
        "    .def frond__context_first; .scl 2; .type 32; .endef\n"
        "    .p2align 4\n"
        "    .seh_proc frond__context_first\n"
        "frond__context_first:\n"
        "    subq $40, %rsp\n"
        "    .seh_stackalloc 40\n"
        "    .seh_handler frond__context_uncaught, @except\n"
        "    .seh_endprologue\n"
        "    call *%rdx\n"
        "    ud2\n"
        "    .seh_endproc\n");
