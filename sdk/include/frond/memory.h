/* SPDX-License-Identifier: MIT */
/* Memory.  Everything frond allocates outside its stacks comes from one allocator that a program
 * may replace before its first frond call; so does what zlib needs for it.  The other libraries below have
 * allocators of their own, one for the whole process each, which frond leaves alone.
 * Nothing here suspends; any thread may use it. */
#ifndef FROND_MEMORY_H
#define FROND_MEMORY_H

#include <frond/api.h>

FROND_BEGIN

typedef struct {
    void *(*resize)(void *block, size_t size, void *user); /* block NULL: allocate */
    void (*release)(void *block, void *user);              /* block is never NULL */
    void *user;
    uintptr_t reserved[4]; /* zero */
} frond_allocator;

/* Uses these functions from now on; they must work on any thread.  Does not suspend.
 * Returns 0, or FROND_EINVAL when a function is missing or a reserved word is not zero.
 * The struct is copied.  Call it before anything else of frond.  Since 0.1. */
FROND_API int frond_allocator_set(const frond_allocator *a);

/* Frees what a frond call handed over as "free with frond_free"; NULL is allowed.
 * Does not suspend.  The block is consumed.  Since 0.1. */
FROND_API void frond_free(void *block);

FROND_END

#endif
