/* SPDX-License-Identifier: MIT */
/* Contexts on POSIX ucontext: the portable fallback for CPUs without a file of their own.  Each
 * switch saves the signal mask by a system call, so it is some fifty times slower.  The ucontext_t
 * lives at the top of the context's own stack, or, for a thread's main flow, in thread memory, and
 * sp points to it. */
#if defined(__APPLE__)
#define _XOPEN_SOURCE 700
#endif
#include "context/context.h"
#include "ensure.h"
#include <stdbool.h>
#include <stdint.h>
#include <ucontext.h>

typedef struct {
    ucontext_t machine;
    frond__context_fn fn;
    void *arg;
    int answer; /* of the switch that waits */
    /* what the next resume is to do first (frond__context_visit) */
    frond__context_fn visit_fn;
    void *visit_arg;
    ucontext_t *visit_back;
} saved;

static _Thread_local saved thread_flow; /* of the flow that no make has given a stack */

static saved *saved_of(frond__context *c) {
    if (!c->sp)
        c->sp = &thread_flow;
    return c->sp;
}

static void run_visits(saved *self) {
    while (self->visit_fn) {
        frond__context_fn fn = self->visit_fn;
        self->visit_fn = NULL;
        fn(self->visit_arg);
        FROND_ASSERT(swapcontext(&self->machine, self->visit_back) == 0);
    }
}

/* makecontext passes ints only. */
static void start(unsigned high, unsigned low) {
    saved *s = (saved *)(((uintptr_t)high << 16 << 16) | (uintptr_t)low);
    run_visits(s); /* one may come before the first switch */
    s->fn(s->arg);
    FROND_UNREACHABLE("a context function returned");
}

void frond__context_make(frond__context *c, void *low, void *high, frond__context_fn fn,
                         void *arg) {
    uintptr_t top = ((uintptr_t)high - sizeof(saved)) & ~(uintptr_t)63;
    saved *s = (saved *)top;
    c->sp = s;
    *s = (saved){.fn = fn, .arg = arg};
    FROND_ASSERT(getcontext(&s->machine) == 0);
    s->machine.uc_stack.ss_sp = low;
    s->machine.uc_stack.ss_size = top - (uintptr_t)low;
    s->machine.uc_link = NULL;
    uintptr_t p = (uintptr_t)s;
    makecontext(&s->machine, (void (*)(void))start, 2, (unsigned)(p >> 16 >> 16),
                (unsigned)p);
}

void frond__context_drop(frond__context *c) {
    (void)c;
}

int frond__context_switch(frond__context *to, frond__context *from, int answer) {
    saved *self = saved_of(from), *target = saved_of(to);
    target->answer = answer;
    FROND_ASSERT(swapcontext(&self->machine, &target->machine) == 0);
    run_visits(self);
    return self->answer;
}

void frond__context_visit(frond__context *from, frond__context *on, frond__context_fn fn,
                          void *arg) {
    saved *self = saved_of(from), *target = saved_of(on);
    target->visit_fn = fn;
    target->visit_arg = arg;
    target->visit_back = &self->machine;
    FROND_ASSERT(swapcontext(&self->machine, &target->machine) == 0);
}
