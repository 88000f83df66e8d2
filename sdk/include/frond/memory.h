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

/* Memory for size bytes that a kernel copies to at full speed: it begins at a multiple of 64.  (What it costs
 * elsewhere: a processor that copies by its string instructions takes up to three times as long to where a page
 * begins and a few bytes more, which is what malloc returns for a large block.)
 * Does not suspend.  Returns a buffer owned by the caller (frond_buffer_free, not frond_free), or NULL with
 * FROND_ENOMEM.  Since 0.1. */
FROND_API void *frond_buffer_alloc(size_t size);

/* Does not suspend.  The buffer is consumed; NULL is allowed.  Since 0.1. */
FROND_API void frond_buffer_free(void *buf);

FROND_END

#endif
