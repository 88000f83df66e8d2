/* SPDX-License-Identifier: MIT */
/* Return addresses on x86-64 by the system's unwind tables.  RtlCaptureStackBackTrace would do, were it not that
 * some systems (Wine) have none for this CPU. */
#include "report/backtrace.h"
#include "report/unwind_windows.h"

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

/* The end of the memory that the stack pointer is in: nothing of a stack is beyond. */
static ULONG_PTR memory_end(DWORD64 sp) {
    MEMORY_BASIC_INFORMATION region;
    if (VirtualQuery((const void *)(ULONG_PTR)sp, &region, sizeof region) == 0 ||
        region.State != MEM_COMMIT)
        return 0;
    return (ULONG_PTR)region.BaseAddress + region.RegionSize;
}

int frond__unwind_thread(HANDLE thread, void **frames, int cap) {
    CONTEXT c = {.ContextFlags = CONTEXT_FULL};
    int n = 0;
    if (!GetThreadContext(thread, &c))
        return 0;
    ULONG_PTR low = (ULONG_PTR)c.Rsp, high = memory_end(c.Rsp);
    for (; n < cap && c.Rip && c.Rsp >= low && c.Rsp < high; step(&c))
        frames[n++] = (void *)c.Rip;
    return n;
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
