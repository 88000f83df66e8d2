/* SPDX-License-Identifier: MIT */
/* frond's allocator, for code that builds on it.  What these return is freed with frond_free.
 * Nothing here suspends; any thread may use it. */
#ifndef FROND_IMPL_MEMORY_H
#define FROND_IMPL_MEMORY_H

#include <frond/memory.h>

FROND_BEGIN

/* Does not suspend.  Returns size bytes owned by the caller (frond_free), or NULL with FROND_ENOMEM.
 * Since 0.1. */
FROND_API void *frond_alloc(size_t size);

/* Does not suspend.  Returns n * size zeroed bytes owned by the caller (frond_free), or NULL with
 * FROND_ENOMEM (also when the product overflows).  Since 0.1. */
FROND_API void *frond_calloc(size_t n, size_t size);

/* Does not suspend.  Returns the resized block owned by the caller, or NULL with FROND_ENOMEM and the
 * old block unchanged.  Since 0.1. */
FROND_API void *frond_realloc(void *block, size_t size);

/* Does not suspend.  Returns a copy of n bytes of text and a NUL, owned by the caller (frond_free),
 * or NULL with FROND_ENOMEM.  Since 0.1. */
FROND_API char *frond_strndup(const char *text, size_t n);

FROND_END

#endif
