/* SPDX-License-Identifier: MIT */
/* Contexts for x86-64 Windows: how one is made.  The switch itself is assembly, once for GNU assemblers
 * and once for Microsoft's (context_x86_64_win64.S and .asm); both know the layout of these structs by
 * number. */
#include "context/context_win64.h"
#include "os/os_windows.h"

#include <stddef.h>
#include <string.h>
#include <xmmintrin.h>

enum { X87 = 0x27f /* what a thread starts with, and hardly anybody changes */ };

typedef struct {
    char shadow[32]; /* for whom frond__context_visit calls */
    char xmm6_15[10][16];
    uint32_t mxcsr;
    uint16_t x87, nothing;
    uint64_t r15, r14, r13, r12, rsi, rdi, rbx, rbp;
    void (*go)(void);
} frame;

_Static_assert(sizeof(frame) == 0x110, "as in the assembly");
_Static_assert(offsetof(frond__context, limit) == 16 &&
                   offsetof(frond__context, guaranteed) == 32 &&
                   offsetof(frond__context, handlers) == 40,
               "as in the assembly");

void frond__context_start(void); /* calls r12 with r13 and r14 */

void frond__context_make(frond__context *c, void *low, void *high, frond__context_fn fn,
                         void *arg) {
    char *top = (char *)high - 48; /* no return address, and its caller's shadow space */
    frame *f = (frame *)(void *)(top - sizeof *f);
    memset(f, 0, sizeof *f + 48);
    f->mxcsr = _mm_getcsr();
    f->x87 = X87;
    f->r12 = (uintptr_t)frond__context_first;
    f->r13 = (uintptr_t)arg;
    f->r14 = (uintptr_t)fn;
    f->go = frond__context_start;
    c->sp = f;
    c->base = high;
    c->handlers = (void *)-1; /* none */
    if (!c->limit)
        c->limit = frond__stack_committed(high);
    /* what the system keeps for handlers is taken from the guard, not from the stack */
    c->bottom = (char *)low - FROND__STACK_GUARANTEED - 2 * FROND__WINDOWS_PAGE;
    c->guaranteed = FROND__STACK_GUARANTEED;
}

void frond__context_drop(frond__context *c) {
    (void)c;
}
