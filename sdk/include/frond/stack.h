/* SPDX-License-Identifier: MIT */
/* The guards below stacks.  A greenlet that runs over the end of its stack hits a guard, and the process
 * stops with a sentence that names it.  On Linux before 6.13 each guard costs two mappings, of which the
 * kernel allows a process only so many (vm.max_map_count); everywhere else there is no such limit, and
 * nothing here changes anything.
 *
 * The setting FROND_STACK_GUARDS says the same as frond_guards_set: "all" or "share".  What a program sets by
 * that comes before it.
 * Nothing here suspends. */
#ifndef FROND_STACK_H
#define FROND_STACK_H

#include <frond/api.h>

FROND_BEGIN

typedef enum {
    FROND_GUARDS_ALL, /* the default: a spawn that gets no guard answers FROND_ENOMEM */
    FROND_GUARDS_SHARE /* guards take three quarters of the mappings; further stacks have none */
} frond_guards;

/* Says what becomes of stacks for which there is no guard, for those that are made from now on, on all
 * threads.  An overflow of a stack without a guard first runs through 64 KiB that nothing else uses, and
 * then, untold, over the stack of another greenlet.  Any thread.  Does not suspend.
 * Returns 0, or FROND_EINVAL when guards is none of the above.  Since 0.1. */
FROND_API int frond_guards_set(frond_guards guards);

/* Does not suspend.  Cannot fail.  Returns how many stacks of this thread, in use or kept for the next
 * greenlets, have no guard.  Since 0.1. */
FROND_API size_t frond_stacks_unguarded(void);

/* Gives the memory of this thread's stacks that nobody uses back to the system, now.  A hub that has nothing to do
 * does so by itself, little by little.  Takes about a microsecond for each.  Does not suspend.  Cannot fail.  Since
 * 0.1. */
FROND_API void frond_trim(void);

FROND_END

#endif
