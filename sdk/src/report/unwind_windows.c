/* SPDX-License-Identifier: MIT */
/* Return addresses on x86-64 by the system's unwind tables.  RtlCaptureStackBackTrace would do, were it not that
 * some systems (Wine) have none for this CPU. */
#include "report/backtrace.h"

#include <windows.h>

/* Sets c to the caller's frame. */
static void step(CONTEXT *c) {
    DWORD64 image;
    PRUNTIME_FUNCTION rules = RtlLookupFunctionEntry(c->Rip, &image, NULL);
    if (rules) {
        void *handler;
        DWORD64 frame;
        RtlVirtualUnwind(UNW_FLAG_NHANDLER, image, c->Rip, rules, c, &handler, &frame,
                         NULL);
    } else { /* a leaf: all that it has on the stack is its return address */
        c->Rip = *(const DWORD64 *)c->Rsp;
        c->Rsp += sizeof(DWORD64);
    }
}

FROND_NOINLINE int frond__unwind(void **frames, int cap, int skip) {
    CONTEXT c;
    ULONG_PTR low, high;
    GetCurrentThreadStackLimits(&low, &high);
    RtlCaptureContext(&c);
    int n = 0;
    for (; n < cap && c.Rip && c.Rsp >= low && c.Rsp < high; step(&c))
        if (skip-- <= 0)
            frames[n++] = (void *)c.Rip;
    return n;
}
