/* SPDX-License-Identifier: MIT */
/* The pools that each hub has.  At its end jobs in flight go on, and are dropped by their threads. */
#include "pool/threadpool.h"

#include <frond/impl/fail.h>

enum { CLASSES = 3, FILE_THREADS = 8, DNS_THREADS = 4 };

static FROND_THREAD_LOCAL frond_threadpool *own[CLASSES];

static void own_close(void *pool, int child) {
    if (!child)
        frond_threadpool_free(pool);
    for (int i = 0; i < CLASSES; i++)
        if (own[i] == pool)
            own[i] = NULL;
}

static size_t class_size(frond_threads which) {
    if (which == FROND_THREADS_CPU)
        return uv_available_parallelism();
    return which == FROND_THREADS_DNS ? DNS_THREADS : FILE_THREADS;
}

frond_threadpool *frond_threadpool_class(frond_threads which) {
    if (frond__in_job)
        return NULL;
    if ((int)which < 0 || (int)which >= CLASSES) {
        frond_fail_set(FROND_EINVAL, "thread pool class");
        return NULL;
    }
    if (own[which])
        return own[which];
    frond_threadpool_options o = {.max_threads = class_size(which)};
    frond_threadpool *pool = frond_threadpool_new(&o);
    if (pool && frond_hub_at_close(own_close, pool) < 0) {
        frond_threadpool_free(pool);
        frond_fail_set(FROND_ENOMEM, "thread pool class");
        return NULL;
    }
    return own[which] = pool;
}
