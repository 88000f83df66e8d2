/* SPDX-License-Identifier: MIT */
/* One function run on many inputs, by the greenlets of a pool (at most so many at a time) or of a group
 * (all at once): apply for one input, map for all results at once, imap for one after the other.
 *
 *     frond_imap *it = frond_pool_imap(pool, fetch, frond_input_array(urls, n), NULL);
 *     frond_imap_item item;
 *     while (frond_imap_next(it, &item, FROND_NEVER) == 1)
 *         ...
 *     frond_imap_end(it, FROND_NEVER);
 *
 * An input is passed to the function as its argument; its failure is the failure of that input only, and
 * is told to the caller.  (On standard error only that of an "async" is reported that nobody waits for.)
 * What has a deadline suspends.  All belong to the thread of their pool or group. */
#ifndef FROND_MAP_H
#define FROND_MAP_H

#include <frond/api.h>
#include <frond/deadline.h>
#include <frond/pool.h>

FROND_BEGIN

/* Told how something has ended: with a value (error 0), or with an error. */
typedef void (*frond_done_fn)(int error, void *value, void *arg);

/* ---- one input ---- */

/* Runs run(arg) in the pool, once there is room, and gives its value in *value (may be NULL).
 * Suspends.  Returns 0, or the error that it ended with, or, with it killed and joined,
 *   FROND_ETIMEDOUT  d passed                        FROND_ECANCELED  this greenlet was killed, or
 *   FROND_EDEADLK    nothing can end the wait                         it was
 *   FROND_EINVAL     pool or run is NULL             FROND_ETHREAD    of another thread
 *   FROND_ECLOSED    the pool was freed              FROND_ENOSUSPEND called in a hub callback
 *   FROND_ENOMEM     no memory or stack
 * arg is borrowed until it returns.  Since 0.1. */
FROND_API int frond_pool_apply(frond_pool *pool, frond_fn run, void *arg, void **value,
                               frond_deadline d);

/* The same in a group, where there is always room.  Suspends.  Returns as frond_pool_apply does: 0,
 * FROND_ETIMEDOUT, FROND_ECANCELED, FROND_EDEADLK, FROND_EINVAL, FROND_ETHREAD, FROND_ECLOSED,
 * FROND_ENOSUSPEND, FROND_ENOMEM.  arg is borrowed until it returns.  Since 0.1. */
FROND_API int frond_group_apply(frond_group *group, frond_fn run, void *arg, void **value,
                                frond_deadline d);

/* The same, and then done(error, value, done_arg) in a greenlet of its own.  Suspends.  Returns as
 * frond_pool_apply does: 0, FROND_ETIMEDOUT,
 * FROND_ECANCELED, FROND_EDEADLK, FROND_EINVAL, FROND_ETHREAD, FROND_ECLOSED, FROND_ENOSUSPEND,
 * FROND_ENOMEM.  done is called unless pool or run is NULL.  arg is borrowed until it
 * returns, done_arg until done does.  Since 0.1. */
FROND_API int frond_pool_apply_cb(frond_pool *pool, frond_fn run, void *arg,
                                  frond_done_fn done, void *done_arg, void **value,
                                  frond_deadline d);

/* The same in a group.  Suspends.  Returns as frond_group_apply does: 0, FROND_ETIMEDOUT,
 * FROND_ECANCELED, FROND_EDEADLK, FROND_EINVAL, FROND_ETHREAD, FROND_ECLOSED, FROND_ENOSUSPEND,
 * FROND_ENOMEM.  done is called unless group
 * or run is NULL.  arg is borrowed until it returns, done_arg until done does.  Since 0.1. */
FROND_API int frond_group_apply_cb(frond_group *group, frond_fn run, void *arg,
                                   frond_done_fn done, void *done_arg, void **value,
                                   frond_deadline d);

/* Has run(arg) run in the pool without waiting for it, nor for room: while there is none, a greenlet
 * outside of the pool waits.  done (may be NULL) is called in a greenlet of its own when it has ended.
 * Does not suspend.  Returns 0 with *handle (may be NULL) a greenlet that the caller owns, whose value or
 * error is that of run (frond_get), and whose kill ends it; or
 *   FROND_EINVAL  pool or run is NULL       FROND_ETHREAD  of another thread
 *   FROND_ECLOSED the group was freed       FROND_ENOMEM   no memory or stack
 * arg is borrowed until that has ended, done_arg until done returns.  Since 0.1. */
FROND_API int frond_pool_apply_async(frond_pool *pool, frond_fn run, void *arg,
                                     frond_done_fn done, void *done_arg,
                                     frond_greenlet **handle);

/* The same in a group.  Does not suspend.  Returns 0 with *handle (may be NULL) owned by the caller,
 * FROND_EINVAL, FROND_ETHREAD, FROND_ECLOSED, FROND_ENOMEM.  Since 0.1. */
FROND_API int frond_group_apply_async(frond_group *group, frond_fn run, void *arg,
                                      frond_done_fn done, void *done_arg,
                                      frond_greenlet **handle);

/* ---- many inputs, and all their results ---- */

/* Runs run(in[i]) for every i < n in the pool and waits for all of them.  out[i] (out may be NULL)
 * gets each value, errors[i] (may be NULL) each error or 0.  Suspends.  Returns 0 when all
 * succeeded, else the error of the lowest i that failed; or, with the rest killed and joined,
 *   FROND_ETIMEDOUT  d passed                        FROND_ECANCELED  this greenlet was killed
 *   FROND_EDEADLK    nothing can end the wait        FROND_ETHREAD    of another thread
 *   FROND_EINVAL     pool, run or in is NULL         FROND_ENOSUSPEND called in a hub callback
 *   FROND_ECLOSED    the pool was freed              FROND_ENOMEM     no memory or stack
 * Items that did not run have FROND_ECANCELED.  in, out, errors are borrowed until it returns, the
 * values owned by the caller.  Since 0.1. */
FROND_API int frond_pool_map(frond_pool *pool, frond_fn run, void *const *in, size_t n,
                             void **out, int *errors, frond_deadline d);

/* The same in a group: all at once.  Suspends.  Returns as frond_pool_map does: 0, FROND_ETIMEDOUT,
 * FROND_ECANCELED, FROND_EDEADLK, FROND_ETHREAD, FROND_EINVAL, FROND_ENOSUSPEND, FROND_ECLOSED,
 * FROND_ENOMEM.  in, out, errors are borrowed until it returns.  Since 0.1. */
FROND_API int frond_group_map(frond_group *group, frond_fn run, void *const *in, size_t n,
                              void **out, int *errors, frond_deadline d);

/* The same, and then done(error, out, done_arg) in a greenlet of its own.  Suspends.  Returns as
 * frond_pool_map does: 0, FROND_ETIMEDOUT,
 * FROND_ECANCELED, FROND_EDEADLK, FROND_EINVAL, FROND_ETHREAD, FROND_ECLOSED, FROND_ENOSUSPEND,
 * FROND_ENOMEM.  done is called unless pool, run or in is NULL.  in and errors are borrowed
 * until it returns, out and done_arg until done does.  Since 0.1. */
FROND_API int frond_pool_map_cb(frond_pool *pool, frond_fn run, void *const *in, size_t n,
                                void **out, int *errors, frond_done_fn done,
                                void *done_arg, frond_deadline d);

/* The same in a group.  Suspends.  Returns as frond_group_map does: 0, FROND_ETIMEDOUT,
 * FROND_ECANCELED, FROND_EDEADLK, FROND_EINVAL, FROND_ETHREAD, FROND_ECLOSED, FROND_ENOSUSPEND,
 * FROND_ENOMEM.  done is called unless group,
 * run or in is NULL.  in and errors are borrowed until it returns, out and done_arg until done does.
 * Since 0.1. */
FROND_API int frond_group_map_cb(frond_group *group, frond_fn run, void *const *in,
                                 size_t n, void **out, int *errors, frond_done_fn done,
                                 void *done_arg, frond_deadline d);

/* Begins a map in a greenlet of its own; done (may be NULL) is called in another when it is over.  Does
 * not suspend.  Returns 0 with *handle (may be NULL) that greenlet, owned by the caller: frond_get gives
 * what frond_pool_map would have returned, and its kill ends the map; or
 *   FROND_EINVAL  pool, run or in is NULL   FROND_ETHREAD  of another thread
 *   FROND_ECLOSED the group was freed       FROND_ENOMEM   no memory or stack
 * in, out, errors are borrowed until it has ended, out and done_arg until done returns.  Since 0.1. */
FROND_API int frond_pool_map_async(frond_pool *pool, frond_fn run, void *const *in,
                                   size_t n, void **out, int *errors, frond_done_fn done,
                                   void *done_arg, frond_greenlet **handle);

/* The same in a group.  Does not suspend.  Returns 0 with *handle (may be NULL) owned by the caller,
 * FROND_EINVAL, FROND_ETHREAD, FROND_ECLOSED, FROND_ENOMEM.  Since 0.1. */
FROND_API int frond_group_map_async(frond_group *group, frond_fn run, void *const *in,
                                    size_t n, void **out, int *errors, frond_done_fn done,
                                    void *done_arg, frond_greenlet **handle);

/* ---- many inputs, and their results one after the other ---- */

/* Answers 1 with the next input in *item, 0 at the end, or a negative error.  It may suspend. */
typedef int (*frond_next_fn)(void *arg, void **item);

typedef struct {
    void *const *items; /* n of them; or, with next, none */
    size_t n;
    frond_next_fn next;
    void *arg; /* of next */
} frond_input;

/* The inputs of an array.  Does not suspend.  Cannot fail.  Returns a value; the array is borrowed until
 * the iterator's end.  Since 0.1. */
FROND_API frond_input frond_input_array(void *const *items, size_t n);

/* Those that next(arg, &item) gives, one after the other, in a greenlet of its own.  Does not suspend.
 * Cannot fail.  Returns a value; arg is borrowed until the iterator's end.  Since 0.1. */
FROND_API frond_input frond_input_from(frond_next_fn next, void *arg);

/* All zero is the default. */
typedef struct {
    size_t
        maxsize; /* at most so many are begun and not yet taken, finished or not; 0: any number */
    void (*drop)(
        void *value); /* called with each value that nobody takes, unless it is NULL */
    uintptr_t reserved[4]; /* zero */
} frond_imap_options;

typedef struct frond_imap frond_imap;

typedef struct {
    size_t index; /* of its input, from 0 */
    void *value;
    int error; /* what it ended with, or 0 */
} frond_imap_item;

/* Begins to run run(item) in the pool for each input; a greenlet of its own takes the inputs, and waits
 * while the pool is full or maxsize is reached.  Results come in the order of the inputs.  Does not
 * suspend.  Returns an iterator that the caller owns (frond_imap_end), or NULL with
 *   FROND_EINVAL  pool, run or the input is NULL, a reserved word is not zero
 *   FROND_ETHREAD of another thread     FROND_ENOMEM  no memory or stack
 * o (may be NULL) is copied; the inputs are borrowed until the end, the pool is not.  Since 0.1. */
FROND_API frond_imap *frond_pool_imap(frond_pool *pool, frond_fn run, frond_input in,
                                      const frond_imap_options *o);

/* The same; results come in the order in which they are there.  Does not suspend.  Returns an iterator
 * that the caller owns, or NULL with FROND_EINVAL, FROND_ETHREAD, FROND_ENOMEM.  Since 0.1. */
FROND_API frond_imap *frond_pool_imap_unordered(frond_pool *pool, frond_fn run,
                                                frond_input in,
                                                const frond_imap_options *o);

/* As frond_pool_imap, in a group.  Does not suspend.  Returns an iterator that the caller owns, or NULL
 * with FROND_EINVAL, FROND_ETHREAD, FROND_ENOMEM.  Since 0.1. */
FROND_API frond_imap *frond_group_imap(frond_group *group, frond_fn run, frond_input in,
                                       const frond_imap_options *o);

/* As frond_pool_imap_unordered, in a group.  Does not suspend.  Returns an iterator that the caller
 * owns, or NULL with FROND_EINVAL, FROND_ETHREAD, FROND_ENOMEM.  Since 0.1. */
FROND_API frond_imap *frond_group_imap_unordered(frond_group *group, frond_fn run,
                                                 frond_input in,
                                                 const frond_imap_options *o);

/* Gives the next result.  Suspends until it is there.  Returns 1 with *item set: item->error is the error
 * of that input (FROND_ECANCELED: it was killed), and frond_error_text() then says its sentence; 0 at
 * the end; or
 *   FROND_ETIMEDOUT  d passed; nothing was taken     FROND_ECANCELED  this greenlet was killed
 *   FROND_EDEADLK    nothing can end the wait        FROND_ETHREAD    of another thread
 *   FROND_EINVAL     it or item is NULL              FROND_ENOSUSPEND called in a hub callback
 *   FROND_EBUSY      another greenlet waits for it   FROND_ECLOSED    it was ended, or its thread was
 * After the last result: what the input's next has answered, or FROND_ENOMEM, or FROND_ECLOSED, when
 * that is why there are no more.  The value is the caller's.  Since 0.1. */
FROND_API int frond_imap_next(frond_imap *it, frond_imap_item *item, frond_deadline d);

/* Ends it, at its end or before: what runs is killed and joined, also when the caller was killed (then for
 * 5 s at most), and results that nobody took are dropped.  NULL is allowed.  Suspends, unless d is
 * FROND_NOW.  Returns 0 once nothing of it runs any more (FROND_NOW: at once), or
 *   FROND_ETIMEDOUT  d passed; the rest ends by itself     FROND_ETHREAD    of another thread: nothing done
 *   FROND_EDEADLK    nothing can end the wait              FROND_ENOSUSPEND called in a hub callback
 *   FROND_ECANCELED  killed, and no memory to wait nonetheless
 * The caller's ownership ends, save with FROND_ETHREAD.  Since 0.1. */
FROND_API int frond_imap_end(frond_imap *it, frond_deadline d);

FROND_END

#endif
