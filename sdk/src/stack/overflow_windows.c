/* SPDX-License-Identifier: MIT */
/* Stack overflows, by name.  The system raises them as exceptions on the stack that is full, of which it
 * has kept a part for this; a vectored handler says which greenlet it was and lets the exception go on,
 * to a debugger or the end of the program. */
#include "core.h"
#include "os/os.h"
#include "stack/overflow.h"
#include "stack/stack.h"

#include <windows.h>

static INIT_ONCE once = INIT_ONCE_STATIC_INIT;

/* Every exception of every thread comes here, C++'s too: most are none of our business. */
static frond_greenlet *overflowed(const EXCEPTION_RECORD *what) {
    if (what->ExceptionCode != EXCEPTION_STACK_OVERFLOW &&
        what->ExceptionCode != EXCEPTION_ACCESS_VIOLATION)
        return NULL;
    frond_hub *h = frond__self;
    if (!h)
        return NULL;
    if (what->ExceptionCode == EXCEPTION_STACK_OVERFLOW)
        return h->current->slab ? h->current : NULL;
    if (what->ExceptionCode == EXCEPTION_ACCESS_VIOLATION && what->NumberParameters > 1)
        return frond__stack_guard_hit(h->stacks, (void *)what->ExceptionInformation[1]);
    return NULL;
}

static LONG CALLBACK raised(EXCEPTION_POINTERS *e) {
    frond_greenlet *g = overflowed(e->ExceptionRecord);
    if (g)
        frond__overflow_tell(g);
    return EXCEPTION_CONTINUE_SEARCH;
}

static BOOL CALLBACK install(INIT_ONCE *o, void *arg, void **out) {
    (void)o;
    (void)arg;
    (void)out;
    AddVectoredExceptionHandler(1, raised);
    return TRUE;
}

void frond__overflow_begin(void) {
    InitOnceExecuteOnce(&once, install, NULL, NULL);
}

void frond__overflow_end(void) {
}
