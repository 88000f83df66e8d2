/* SPDX-License-Identifier: MIT */
/* The plain assembly switch that frond is measured against: callee-saved registers and the stack
 * pointer, no scheduler, no checks, no guard.  One .S file per CPU implements it. */
#ifndef RAW_H
#define RAW_H

typedef struct {
    void *sp;
} raw_context;

/* Saves the running context in *from and goes on with *to. */
void raw_switch(raw_context *from, const raw_context *to);

/* Makes a context that calls run(arg), which must not return, on a stack that ends at top (a
 * multiple of 16). */
void raw_make(raw_context *context, void *top, void (*run)(void *), void *arg);

#endif
