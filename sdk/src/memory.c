/* SPDX-License-Identifier: MIT */
/* One allocator for everything, replaceable before the first use. */
#include <frond/impl/memory.h>

#include <frond/error.h>
#include <stdlib.h>
#include <string.h>

enum { ALIGNED = 64, BUFFER_HEAD = ALIGNED - 1 + (int)sizeof(void *) };

static void *system_resize(void *block, size_t size, void *user) {
    (void)user;
    return realloc(block, size);
}

static void system_release(void *block, void *user) {
    (void)user;
    free(block);
}

static frond_allocator allocator = {system_resize, system_release, NULL, {0, 0, 0, 0}};

int frond_allocator_set(const frond_allocator *a) {
    if (!a || !a->resize || !a->release)
        return FROND_EINVAL;
    for (size_t i = 0; i < sizeof a->reserved / sizeof a->reserved[0]; i++)
        if (a->reserved[i])
            return FROND_EINVAL;
    allocator = *a;
    return 0;
}

void *frond_alloc(size_t size) {
    return allocator.resize(NULL, size ? size : 1, allocator.user);
}

void *frond_calloc(size_t n, size_t size) {
    if (size && n > SIZE_MAX / size)
        return NULL;
    void *block = frond_alloc(n * size);
    if (block)
        memset(block, 0, n * size);
    return block;
}

void *frond_realloc(void *block, size_t size) {
    return allocator.resize(block, size ? size : 1, allocator.user);
}

char *frond_strndup(const char *text, size_t n) {
    char *copy = frond_alloc(n + 1);
    if (copy) {
        memcpy(copy, text, n);
        copy[n] = '\0';
    }
    return copy;
}

void frond_free(void *block) {
    if (block)
        allocator.release(block, allocator.user);
}

/* The block that a buffer lies in is noted before it. */
void *frond_buffer_alloc(size_t size) {
    void *block = size <= SIZE_MAX - BUFFER_HEAD ? frond_alloc(size + BUFFER_HEAD) : NULL;
    if (!block)
        return NULL;
    void **buf = (void **)(((uintptr_t)block + BUFFER_HEAD) & ~(uintptr_t)(ALIGNED - 1));
    buf[-1] = block;
    return buf;
}

void frond_buffer_free(void *buf) {
    if (buf)
        frond_free(((void **)buf)[-1]);
}
