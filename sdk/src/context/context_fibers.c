/* SPDX-License-Identifier: MIT */
/* Contexts on Windows' fibers: the portable fallback for compilers and CPUs without an assembly file of
 * their own.  A fiber brings a stack of its own, as large as the one it is given, which holds only
 * `saved` then; the system deletes a fiber from another one only, so it goes when its place is used
 * again or given back. */
#include "context/context.h"
#include "ensure.h"
#include "os/os_windows.h"

#include <stdbool.h>
#include <windows.h>

typedef struct {
    void *fiber;
    frond__context_fn fn;
    void *arg;
    int answer; /* of the switch that waits */
    /* what the next resume is to do first (frond__context_visit) */
    frond__context_fn visit_fn;
    void *visit_arg;
    void *visit_back;
    frond__modes
        modes;   /* the system's own care for them does not include those of the maker */
    bool thread; /* it is a thread's own flow, which we made a fiber */
} saved;

static FROND_THREAD_LOCAL saved *thread_flow; /* NULL: not a fiber, or not our doing */

static saved *saved_of(frond__context *c) {
    if (c->sp)
        return c->sp;
    saved *s = HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY, sizeof *s);
    FROND_ASSERT(s != NULL);
    s->thread = !IsThreadAFiber();
    s->fiber = s->thread ? ConvertThreadToFiberEx(NULL, FIBER_FLAG_FLOAT_SWITCH)
                         : GetCurrentFiber();
    FROND_ASSERT(s->fiber != NULL);
    c->sp = thread_flow = s;
    return s;
}

static void run_visits(saved *self) {
    while (self->visit_fn) {
        frond__context_fn fn = self->visit_fn;
        self->visit_fn = NULL;
        fn(self->visit_arg);
        SwitchToFiber(self->visit_back);
    }
}

static void CALLBACK start(void *arg) {
    saved *s = arg;
    frond__modes_set(&s->modes);
    run_visits(s); /* one may come before the first switch */
    s->fn(s->arg);
    FROND_UNREACHABLE("a context function returned");
}

void frond__context_make(frond__context *c, void *low, void *high, frond__context_fn fn,
                         void *arg) {
    size_t size = (size_t)((char *)high - (char *)low);
    frond__context_drop(c);
    saved *s = (saved *)(void *)((char *)high - ((sizeof *s + 15) & ~(size_t)15));
    *s = (saved){.fn = fn, .arg = arg};
    frond__modes_get(&s->modes);
    s->fiber =
        CreateFiberEx(FROND__STACK_COMMITTED, size, FIBER_FLAG_FLOAT_SWITCH, start, s);
    c->sp = s->fiber ? s : NULL;
}

void frond__context_drop(frond__context *c) {
    saved *s = c->sp;
    c->sp = NULL;
    if (!s)
        return;
    if (s->fn) { /* made by us, and so not the thread's own, which runs */
        DeleteFiber(s->fiber);
        return;
    }
    if (s->thread)
        ConvertFiberToThread();
    HeapFree(GetProcessHeap(), 0, s);
    thread_flow = NULL;
}

int frond__context_switch(frond__context *to, frond__context *from, int answer) {
    saved *self = saved_of(from), *target = saved_of(to);
    frond__modes_get(&self->modes);
    target->answer = answer;
    SwitchToFiber(target->fiber);
    frond__modes_set(&self->modes);
    run_visits(self);
    return self->answer;
}

void frond__context_visit(frond__context *from, frond__context *on, frond__context_fn fn,
                          void *arg) {
    saved *self = saved_of(from), *target = saved_of(on);
    target->visit_fn = fn;
    target->visit_arg = arg;
    target->visit_back = self->fiber;
    SwitchToFiber(target->fiber);
}
