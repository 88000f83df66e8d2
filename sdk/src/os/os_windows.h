/* SPDX-License-Identifier: MIT */
/* What the files for Windows agree on about stacks: each is laid out as the system lays out its own.
 * From the top: memory, a guard page that the system moves down as the stack grows, address space
 * without memory, and at the end what an overflow's handlers may still use. */
#ifndef FROND_OS_WINDOWS_H
#define FROND_OS_WINDOWS_H

#include <stdint.h>

/* The modes of floating point of whoever runs.  On x86-64 there are two units, of which a compiler's
 * fenv.h may know the old one only. */
#include <fenv.h>
#if defined(__x86_64__) || defined(_M_X64)
#include <xmmintrin.h>
#define FROND__SSE_GET() _mm_getcsr()
#define FROND__SSE_SET(modes) _mm_setcsr(modes)
#else
#define FROND__SSE_GET() 0
#define FROND__SSE_SET(modes) ((void)(modes))
#endif

typedef struct {
    fenv_t env;
    unsigned sse;
} frond__modes;

static inline void frond__modes_get(frond__modes *m) {
    fegetenv(&m->env);
    m->sse = FROND__SSE_GET();
}

static inline void frond__modes_set(const frond__modes *m) {
    fesetenv(&m->env);
    FROND__SSE_SET(m->sse);
}

enum {
    FROND__WINDOWS_PAGE = 4096,
    FROND__STACK_COMMITTED = 2 * FROND__WINDOWS_PAGE, /* of a stack that is new */
    FROND__STACK_GUARANTEED = 4 * FROND__WINDOWS_PAGE
};

/* The lowest page that is memory, of a new stack that has high in its last page. */
static inline void *frond__stack_committed(const void *high) {
    uintptr_t page = FROND__WINDOWS_PAGE;
    uintptr_t end = ((uintptr_t)high + page - 1) / page * page;
    return (void *)(end - FROND__STACK_COMMITTED);
}

#endif
