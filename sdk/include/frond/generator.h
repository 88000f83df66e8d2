/* SPDX-License-Identifier: MIT */
/* Generators: functions that give one value after the other to whoever asks, and keep their place in
 * between.
 *
 *     static int squares(frond_generator *gen, void *n) {
 *         for (long i = 1; i <= *(long *)n; i++) {
 *             long square = i * i;
 *             int rc = frond_generator_yield(gen, &square);
 *             if (rc < 0)
 *                 return rc;
 *         }
 *         return 0;
 *     }
 *
 * A generator runs in a raw greenlet, on the thread that made it.  Next and yield suspend, like the
 * frond_switch that they are. */
#ifndef FROND_GENERATOR_H
#define FROND_GENERATOR_H

#include <frond/api.h>

FROND_BEGIN

typedef struct frond_generator frond_generator;
typedef int (*frond_generator_fn)(frond_generator *gen, void *arg);

/* Makes a generator; fn begins at the first next.  Does not suspend.  Returns a generator that the caller
 * owns (frond_generator_free), or NULL with FROND_EINVAL or FROND_ENOMEM.  arg is borrowed until fn has
 * returned.  Since 0.1. */
FROND_API frond_generator *frond_generator_new(frond_generator_fn fn, void *arg);

/* Lets it go on to its next value.  Suspends until then.  Returns 0 with *value (may be NULL) set, or
 *   FROND_EOF        fn has returned 0               FROND_EBUSY      it runs already: fn asked itself,
 *   an error         that fn has returned, once;                      or another greenlet waits in next
 *                    FROND_EOF from then on          FROND_ECANCELED  this greenlet was killed
 *   FROND_EINVAL     gen is NULL                     FROND_ETHREAD    gen is of another thread
 *   FROND_ENOSUSPEND called in a hub callback
 * The value is borrowed until the next call.  Since 0.1. */
FROND_API int frond_generator_next(frond_generator *gen, void **value);

/* Gives a value, within fn only.  Suspends until the next one is asked for.  Returns 0, or
 *   FROND_EXIT       the generator was freed: return  FROND_EPERM  called by another than fn
 *   FROND_ECANCELED  who asked was killed meanwhile   FROND_EINVAL gen is NULL
 * The value is borrowed until this returns.  Since 0.1. */
FROND_API int frond_generator_yield(frond_generator *gen, void *value);

/* Frees a generator: an fn in the middle is resumed, its yield answers FROND_EXIT, and it runs to its end
 * here.  Not while another greenlet is in frond_generator_next: it would end with its hub only.  NULL is
 * allowed.  Suspends as fn does.  The caller's ownership ends.  Since 0.1. */
FROND_API void frond_generator_free(frond_generator *gen);

FROND_END

#endif
