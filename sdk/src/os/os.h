/* SPDX-License-Identifier: MIT */
/* What the operating system is asked for; os_windows.c is one whole file, os_posix.c another with
 * os_linux.c or os_macos.c. */
#ifndef FROND_OS_H
#define FROND_OS_H

#include "compat.h"
#include "context/context.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

typedef struct frond_hub frond_hub;

FROND_INTERNAL size_t frond__os_page(void);

/* Reserves address space that becomes memory where it is touched; NULL when there is none. */
FROND_INTERNAL char *frond__os_reserve(size_t size);
FROND_INTERNAL void frond__os_unreserve(char *base, size_t size);

/* Makes a stack of reserved space: the guard at its bottom traps, the `size` bytes above it are memory
 * where they are touched; false when the system refuses more. */
FROND_INTERNAL bool frond__os_stack(char *bottom, size_t guard, size_t size);

/* Gives the memory of a stack that nobody uses back to the system.  True: it is a stack as before, with
 * anything or nothing in it; false: it is reserved space again. */
FROND_INTERNAL bool frond__os_discard(char *bottom, size_t guard, size_t size);

/* Whether the system has only so many guards, and how many there may be, of which some are there, if the
 * program is to have something left for other uses.  The latter takes its time. */
FROND_INTERNAL bool frond__os_guards_limited(void);
FROND_INTERNAL size_t frond__os_guards_most(size_t there);

/* Whether a forked child gets a copy of [base, base + size); where the system cannot say no,
 * it does. */
FROND_INTERNAL void frond__os_copied(char *base, size_t size, bool copied);

/* How much of [low, high) has been touched, counted from the lowest touched page. */
FROND_INTERNAL size_t frond__os_touched(char *low, char *high);

/* A sentence about why frond__os_stack refused, for the error text. */
FROND_INTERNAL const char *frond__os_stack_refused(char *out, size_t cap);

/* How stacks are guarded: a word for those who ask. */
FROND_INTERNAL const char *frond__os_guard_method(void);

/* A context is going to have a stack from low on that is all memory. */
FROND_INTERNAL void frond__os_stack_given(frond__context *c, void *low);

/* What libuv waits by. */
FROND_INTERNAL const char *frond__os_polling(void);

/* How long after it was sent the loop may come to know of what this process sends itself through the
 * system; 0: it knows at once. */
FROND_INTERNAL int64_t frond__os_lag_ns(void);

/* The stack that the running thread came with. */
FROND_INTERNAL void frond__os_thread_stack(void **low, size_t *size);

/* Whether whoever set the environment may have fewer rights than the program. */
FROND_INTERNAL bool frond__os_is_privileged(void);

/* Bytes of the process that are in memory; 0: it cannot be found out. */
FROND_INTERNAL size_t frond__os_resident(void);

/* A number that tells threads apart. */
FROND_INTERNAL uint64_t frond__os_thread_id(void);

/* Nobody will join it. */
FROND_INTERNAL void frond__os_thread_detach(uv_thread_t thread);

/* Has frond__thread_ended(hub) called when the running thread ends (hub NULL: not any more);
 * false when out of memory. */
FROND_INTERNAL bool frond__os_at_thread_end(void *hub);
FROND_INTERNAL void frond__thread_ended(void *hub);

/* Ends what the system still does for a handle that is about to be closed, and that its end would wait
 * for. */
FROND_INTERNAL void frond__os_cancel(uv_handle_t *handle);

/* The signal of the system that a number stands for; 0: none that could be received. */
FROND_INTERNAL int frond__os_signal_number(int number);

/* The system's number of a signal that text names, with or without SIG, or is; 0: of none that a program may
 * be asked to do something by. */
FROND_INTERNAL int frond__os_signal_named(const char *text);
/* Whether the process ignores a signal now. */
FROND_INTERNAL bool frond__os_signal_ignored(int number);

/* Gives the running thread what it needs for stack overflows to be reported, and takes it back. */
FROND_INTERNAL void frond__overflow_begin(void);
FROND_INTERNAL void frond__overflow_end(void);

/* Makes a file, or empties it, that no other process writes to so long as *fd is open.  0, FROND_EBUSY: another
 * has it, or what the system says. */
FROND_INTERNAL int frond__os_open_alone(const char *path, int *fd);
/* 0 or -1. */
FROND_INTERNAL int frond__os_close(int fd);

/* Writes all of it to a descriptor, whatever it is; 0 or -1.  Signal safe. */
FROND_INTERNAL int frond__os_write(int fd, const char *text, size_t n);

#endif
