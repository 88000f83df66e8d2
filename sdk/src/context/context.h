/* SPDX-License-Identifier: MIT */
/* Machine contexts: a suspended flow of control, and the switch between two of them.  Each file
 * context_*.S or context_*.c is the whole of this for one CPU and ABI, picked by the build. */
#ifndef FROND_CONTEXT_H
#define FROND_CONTEXT_H

#include "compat.h"
#include <stddef.h>
#include <stdint.h>

typedef struct {
    void *sp; /* of a suspended context; the rest is saved on its stack */
#if defined(_WIN32)
    /* What the system believes about the stack (TEB), saved and loaded with it.  Zero for a context
     * that is made for the first time; kept from one use of a stack to the next. */
    void *base, *limit, *bottom; /* its top; the lowest page that is memory; its end */
    uint32_t guaranteed;         /* bytes left when an overflow is reported */
    void *handlers; /* the chain of those that x64 has no use for, and Wine has */
#endif
} frond__context;

typedef void (*frond__context_fn)(void *arg);

#if defined(FROND_FIBERS)
enum { FROND__CONTEXT_HAS_STACK = 1 }; /* of its own, beside the one it is given */
#else
enum { FROND__CONTEXT_HAS_STACK = 0 };
#endif

/* Makes c start fn(arg) at the first switch to it, on the stack [low, high).  fn never returns.
 * high is a multiple of 16.  c->sp is NULL afterwards when there was no memory for it. */
FROND_INTERNAL void frond__context_make(frond__context *c, void *low, void *high,
                                        frond__context_fn fn, void *arg);

/* The stack of c goes away; c is not switched to any more.  Zero is allowed. */
FROND_INTERNAL void frond__context_drop(frond__context *c);

/* Suspends the running flow in *from and resumes *to, whose own call returns answer; a context that has not
 * run yet does not see it.  To be called last by who wants to return what it returns: no code of the
 * caller's needs to run then, and no return is predicted wrongly.  (`to` is first, as in frond_switch: it stays
 * in its register.) */
FROND_INTERNAL int frond__context_switch(frond__context *to, frond__context *from,
                                         int answer);

/* Calls fn(arg) on the stack of the suspended *on, as if the place where it waits had called it,
 * and comes back; *on stays suspended.  An unwinder in fn walks on's frames. */
FROND_INTERNAL void frond__context_visit(frond__context *from, frond__context *on,
                                         frond__context_fn fn, void *arg);

#endif
