/* SPDX-License-Identifier: MIT */
/* Values that belong to the running greenlet: its own ones, and those that it hands down.
 *
 *     static frond_local buffer = FROND_LOCAL_INIT(free_buffer);        one value in each greenlet
 *     static frond_inherited trace_id = FROND_INHERITED_INIT(NULL);     handed down by spawn
 *
 * Keys are static values that live as long as the program (or the library that has them); any thread
 * may use them, each greenlet sees its own values.  Nothing here suspends. */
#ifndef FROND_LOCAL_H
#define FROND_LOCAL_H

#include <frond/api.h>

FROND_BEGIN

/* ---- of one greenlet ---- */

typedef struct {
    void (*drop)(
        void *value); /* called with each value that is not NULL when its greenlet ends */
    uintptr_t index;  /* frond's own */
} frond_local;

#define FROND_LOCAL_INIT(drop)                                                           \
    { (drop), 0 }

/* Does not suspend.  Cannot fail.  Returns the running greenlet's value of l: NULL unless it was set.
 * The value stays owned by the greenlet.  Since 0.1. */
FROND_API void *frond_local_get(frond_local *l);

/* Sets the running greenlet's value of l; the one before it is not dropped.  When the greenlet ends,
 * however, and after its deferred functions, the values that are left are dropped in the order in which
 * their keys were first used, also if somebody still holds the greenlet; those of a thread's main
 * greenlet at its hub's end.  Does not suspend.  Returns 0, FROND_EINVAL for NULL, or FROND_ENOMEM.
 * The greenlet owns the value.  Since 0.1. */
FROND_API int frond_local_set(frond_local *l, void *value);

/* ---- handed down ---- */

typedef struct {
    void (*drop)(void *value); /* called when no greenlet has the value any more */
    uintptr_t reserved;
} frond_inherited;

#define FROND_INHERITED_INIT(drop)                                                       \
    { (drop), 0 }

/* Does not suspend.  Cannot fail.  Returns the value that the running greenlet has set or was spawned
 * with, or NULL.  The value is borrowed until it is set again here.  Since 0.1. */
FROND_API void *frond_inherited_get(const frond_inherited *key);

/* Sets it for the running greenlet and those that it spawns from now on; they see this value until they
 * set their own, and nobody else does.  Does not suspend.  Returns 0, FROND_EINVAL for NULL, or
 * FROND_ENOMEM.  frond owns the value: it is dropped, on this thread, when the last greenlet that has it
 * has ended or has set another.  Since 0.1. */
FROND_API int frond_inherited_set(const frond_inherited *key, void *value);

FROND_END

#endif
