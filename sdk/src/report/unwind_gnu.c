/* SPDX-License-Identifier: MIT */
/* Return addresses by the compiler's own unwinder. */
#include "report/backtrace.h"

#include <unwind.h>

typedef struct {
    void **frames;
    int n, cap;
} trace;

static _Unwind_Reason_Code step(struct _Unwind_Context *context, void *arg) {
    trace *t = arg;
    if (t->n == t->cap)
        return _URC_END_OF_STACK;
    void *pc = (void *)_Unwind_GetIP(context);
    if (!pc)
        return _URC_END_OF_STACK;
    t->frames[t->n++] = pc;
    return _URC_NO_REASON;
}

FROND_NOINLINE int frond__unwind(void **frames, int cap, int skip) {
    trace t = {frames, 0, cap};
    _Unwind_Backtrace(step, &t);
    if (t.n < skip)
        return 0;
    for (int i = skip; i < t.n; i++)
        frames[i - skip] = frames[i];
    return t.n - skip;
}
