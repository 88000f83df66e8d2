/* SPDX-License-Identifier: MIT */
/* Backtraces by the compiler's unwinder, from frame rules, since frame pointers cannot be relied on.
 * A parked greenlet is unwound on its own stack, by a visit. */
#include "backtrace.h"

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

static FROND_NOINLINE int collect(void **frames, int cap, int skip) {
    trace t = {frames, 0, cap};
    _Unwind_Backtrace(step, &t);
    if (t.n < skip)
        return 0;
    for (int i = skip; i < t.n; i++)
        frames[i - skip] = frames[i];
    return t.n - skip;
}

int frond__backtrace(void **frames, int cap, const void *from) {
    int n = collect(frames, cap, 1), own = 0;
    while (own < n && frames[own] != from)
        own++;
    if (own == n)
        return n;
    for (int i = own; i < n; i++)
        frames[i - own] = frames[i];
    return n - own;
}

typedef struct {
    frond_greenlet *from, *of;
    void **frames;
    int n, cap;
} visit;

static void visit_run(void *arg) {
    visit *v = arg;
    frond__san_enter(&v->of->san);
    v->n = collect(v->frames, v->cap, 3); /* without collect, this and the switch */
    frond__san_visit(&v->of->san, &v->from->san);
}

int frond__backtrace_of(frond_hub *h, frond_greenlet *g, void **frames, int cap,
                        const void *from) {
    if (g == h->current)
        return frond__backtrace(frames, cap, from);
    if (g->state == FROND_DEAD || g->state == FROND_NEW)
        return 0;
    visit v = {h->current, g, frames, 0, cap};
    frond__san_visit(&h->current->san, &g->san);
    frond__context_visit(&h->current->context, &g->context, visit_run, &v);
    frond__san_enter(&h->current->san);
    return v.n;
}
