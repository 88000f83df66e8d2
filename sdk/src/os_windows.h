/* SPDX-License-Identifier: MIT */
/* What the files for Windows agree on about stacks: each is laid out as the system lays out its own.
 * From the top: memory, a guard page that the system moves down as the stack grows, address space
 * without memory, and at the end what an overflow's handlers may still use. */
#ifndef FROND_OS_WINDOWS_H
#define FROND_OS_WINDOWS_H

#include <stdint.h>

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
