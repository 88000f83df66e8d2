/* SPDX-License-Identifier: MIT */
/* Return addresses by the system's own walk, on CPUs whose frames we do not know. */
#include "report/backtrace.h"

#include "report/unwind_windows.h"

/* The walk of the system's is of the running thread only. */
int frond__unwind_thread(HANDLE thread, void **frames, int cap) {
    (void)thread;
    (void)frames;
    (void)cap;
    return 0;
}

FROND_NOINLINE int frond__unwind(void **frames, int cap, int skip) {
    return RtlCaptureStackBackTrace((DWORD)skip, (DWORD)cap, frames, NULL);
}
