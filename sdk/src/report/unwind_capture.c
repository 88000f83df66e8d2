/* SPDX-License-Identifier: MIT */
/* Return addresses by the system's own walk, on CPUs whose frames we do not know. */
#include "report/backtrace.h"

#include <windows.h>

FROND_NOINLINE int frond__unwind(void **frames, int cap, int skip) {
    return RtlCaptureStackBackTrace((DWORD)skip, (DWORD)cap, frames, NULL);
}
