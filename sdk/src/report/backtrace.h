/* SPDX-License-Identifier: MIT */
/* Where greenlets are: return addresses, and names for them. */
#ifndef FROND_BACKTRACE_H
#define FROND_BACKTRACE_H

#include "core.h"

/* The caller's return addresses, innermost first; how many.  Where `from` is one of them those above it
 * are left out: they are our own. */
FROND_INTERNAL int frond__backtrace(void **frames, int cap, const void *from);

/* Those of any greenlet of this thread; 0 for one that never ran.  from is for the current one. */
FROND_INTERNAL int frond__backtrace_of(frond_hub *h, frond_greenlet *g, void **frames,
                                       int cap, const void *from);

/* The return addresses of whoever runs, from this function's own on, without the first few. */
FROND_INTERNAL int frond__unwind(void **frames, int cap, int skip);

/* "name+0x1c (program)" for an address, "name" for a function's; call: it is a return address. */
FROND_INTERNAL void frond__symbol(const void *address, bool call, char *out, size_t cap);

#endif
