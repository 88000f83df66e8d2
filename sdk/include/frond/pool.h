/* SPDX-License-Identifier: MIT */
/* Groups hold the greenlets that belong together; pools are groups that hold at most so many at a
 * time: room that gets free goes to the first who waits for it.  Greenlets leave when they end.  Both
 * belong to the thread that made them (FROND_ETHREAD elsewhere).  What suspends has a deadline.
 * Maps over them: frond/map.h. */
#ifndef FROND_POOL_H
#define FROND_POOL_H

#include <frond/api.h>
#include <frond/deadline.h>
#include <frond/greenlet.h>

FROND_BEGIN

typedef struct frond_group frond_group;
typedef struct frond_pool frond_pool;

/* Does not suspend.  Returns an empty group that the caller owns (frond_group_free), or NULL with
 * FROND_ENOMEM.  Since 0.1. */
FROND_API frond_group *frond_group_new(void);

/* Starts run(arg) in a greenlet of the group.  Does not suspend.  Returns 0, FROND_EINVAL,
 * FROND_ENOMEM, FROND_ETHREAD, or FROND_ECLOSED once the group is freed.  arg is borrowed until the
 * greenlet ends.  Since 0.1. */
FROND_API int frond_group_spawn(frond_group *group, frond_fn run, void *arg);

/* The same with options, which are copied.  Does not suspend.  Returns 0, FROND_EINVAL,
 * FROND_ENOMEM, FROND_ETHREAD, FROND_ECLOSED; on failure the caller keeps arg.  Since 0.1. */
FROND_API int frond_group_spawn_with(frond_group *group, const frond_spawn_options *o,
                                     frond_fn run, void *arg);

/* Adds a greenlet that runs already; one that has ended is not added.  Does not suspend.
 * Returns 0, FROND_EINVAL, FROND_ENOMEM, FROND_ETHREAD, FROND_ECLOSED.  The caller keeps its
 * reference.  Since 0.1. */
FROND_API int frond_group_add(frond_group *group, frond_greenlet *g);

/* Takes a greenlet out without ending it.  Does not suspend.  Returns 1 when it was in the group,
 * 0 when not, FROND_EINVAL, FROND_ETHREAD.  The caller keeps its reference.  Since 0.1. */
FROND_API int frond_group_discard(frond_group *group, frond_greenlet *g);

/* Does not suspend.  Cannot fail.  Returns 1 when g is in the group, else 0.  Both are borrowed.
 * Since 0.1. */
FROND_API int frond_group_contains(const frond_group *group, const frond_greenlet *g);

/* Does not suspend.  Cannot fail.  Returns how many greenlets are in it.  It is borrowed.
 * Since 0.1. */
FROND_API size_t frond_group_count(const frond_group *group);

/* Waits until the group is empty, with those added meanwhile.  Suspends.  Returns 0, or
 *   FROND_ETIMEDOUT  d passed                        FROND_ECANCELED  this greenlet was killed
 *   FROND_EDEADLK    nothing can end the wait        FROND_ETHREAD    of another thread
 *   FROND_EINVAL     NULL, or the caller is in it    FROND_ENOSUSPEND called in a hub callback
 * It may be freed meanwhile, which empties it: 0.  Since 0.1. */
FROND_API int frond_group_join(frond_group *group, frond_deadline d);

/* Kills all greenlets of the group, as frond_kill does, and waits until it is empty.  Suspends,
 * unless d is FROND_NOW.  Returns 0, or FROND_ETIMEDOUT, FROND_ECANCELED, FROND_EDEADLK,
 * FROND_ETHREAD, FROND_EINVAL, FROND_ENOSUSPEND as for frond_group_join.  Since 0.1.
 * What is passed is borrowed until it returns. */
FROND_API int frond_group_kill(frond_group *group, int error, frond_deadline d);

/* Kills one greenlet, if it is in the group, as frond_kill does.  Suspends until it has ended, unless d is
 * FROND_NOW.  Returns 1, 0 when it is not in the group, or FROND_ETIMEDOUT, FROND_ECANCELED,
 * FROND_EDEADLK, FROND_ETHREAD, FROND_EINVAL, FROND_ECLOSED, FROND_ENOSUSPEND.  The caller keeps its
 * reference.  Since 0.1. */
FROND_API int frond_group_killone(frond_group *group, frond_greenlet *g, int error,
                                  frond_deadline d);

/* Frees a group; greenlets still in it go on without it, and joins are over (0).  NULL is allowed.  Does not
 * suspend.  The caller's ownership ends.  Since 0.1. */
FROND_API void frond_group_free(frond_group *group);

/* Makes a pool for at most size greenlets at a time.  One of size 0 is always full.  Does not suspend.
 * Returns a pool that the caller owns (frond_pool_free), or NULL with FROND_ENOMEM, or FROND_EINVAL for
 * more than SIZE_MAX / 2, which a negative number would be.  Since 0.1. */
FROND_API frond_pool *frond_pool_new(size_t size);

/* Starts run(arg) in the pool, once there is room.  Suspends while the pool is full.  Returns 0, or
 *   FROND_ETIMEDOUT  d passed; nothing was started   FROND_ECANCELED  this greenlet was killed
 *   FROND_EDEADLK    nothing can end the wait        FROND_ETHREAD    of another thread
 *   FROND_EINVAL     pool or run is NULL             FROND_ENOSUSPEND it would wait in a callback
 *   FROND_ENOMEM     no memory or stack              FROND_ECLOSED    the pool was freed meanwhile
 * arg is borrowed until the greenlet ends; on failure it is the caller's.  Since 0.1. */
FROND_API int frond_pool_spawn(frond_pool *pool, frond_fn run, void *arg,
                               frond_deadline d);

/* The same with options.  Suspends while the pool is full.  Returns 0, FROND_ETIMEDOUT,
 * FROND_ECANCELED, FROND_EDEADLK, FROND_ETHREAD, FROND_EINVAL, FROND_ENOSUSPEND, FROND_ENOMEM,
 * FROND_ECLOSED; on failure the caller keeps arg.  Since 0.1. */
FROND_API int frond_pool_spawn_with(frond_pool *pool, const frond_spawn_options *o,
                                    frond_fn run, void *arg, frond_deadline d);

/* Adds a greenlet that runs already, once there is room; one that has ended, or is in it, is not added
 * and needs none.  Suspends while the pool is full.  Returns 0, or
 *   FROND_ETIMEDOUT  d passed; it was not added      FROND_ECANCELED  this greenlet was killed
 *   FROND_EDEADLK    nothing can end the wait        FROND_ETHREAD    of another thread
 *   FROND_EINVAL     pool or g is NULL, g is main    FROND_ENOSUSPEND it would wait in a callback
 *   FROND_ECLOSED    the pool was freed meanwhile    FROND_ENOMEM     no memory
 * The caller keeps its reference.  Since 0.1. */
FROND_API int frond_pool_add(frond_pool *pool, frond_greenlet *g, frond_deadline d);

/* As frond_group_discard; its room is free at once.  Does not suspend.  Returns 1, 0, FROND_EINVAL,
 * FROND_ETHREAD.  The caller keeps its reference.  Since 0.1. */
FROND_API int frond_pool_discard(frond_pool *pool, frond_greenlet *g);

/* Does not suspend.  Cannot fail.  Returns 1 when g is in it, else 0.  Both are borrowed.  Since 0.1. */
FROND_API int frond_pool_contains(const frond_pool *pool, const frond_greenlet *g);

/* Does not suspend.  Cannot fail.  Returns how many greenlets run in it.  It is borrowed.  Since 0.1. */
FROND_API size_t frond_pool_count(const frond_pool *pool);

/* Does not suspend.  Cannot fail.  Returns for how many more there is room.  It is borrowed.
 * Since 0.1. */
FROND_API size_t frond_pool_free_count(const frond_pool *pool);

/* Does not suspend.  Cannot fail.  Returns 1 when there is room for none, else 0.  It is borrowed.
 * Since 0.1. */
FROND_API int frond_pool_full(const frond_pool *pool);

/* Waits until there is room.  Suspends.  Returns 0, FROND_ETIMEDOUT, FROND_ECANCELED, FROND_EDEADLK,
 * FROND_ETHREAD, FROND_EINVAL, FROND_ENOSUSPEND, FROND_ECLOSED.  It is borrowed until then.  Since 0.1. */
FROND_API int frond_pool_wait_available(frond_pool *pool, frond_deadline d);

/* Waits until the pool is empty.  Suspends.  Returns as frond_group_join does: 0, FROND_ETIMEDOUT,
 * FROND_ECANCELED, FROND_EDEADLK, FROND_ETHREAD, FROND_EINVAL, FROND_ENOSUSPEND.  Since 0.1.
 * What is passed is borrowed until it returns. */
FROND_API int frond_pool_join(frond_pool *pool, frond_deadline d);

/* Kills what runs in the pool and waits until it is empty.  Suspends, unless d is FROND_NOW.
 * Returns as frond_group_kill does: 0, FROND_ETIMEDOUT, FROND_ECANCELED, FROND_EDEADLK,
 * FROND_ETHREAD, FROND_EINVAL, FROND_ENOSUSPEND.  Since 0.1.
 * What is passed is borrowed until it returns. */
FROND_API int frond_pool_kill(frond_pool *pool, int error, frond_deadline d);

/* As frond_group_killone.  Suspends, unless d is FROND_NOW.  Returns 1, 0, FROND_ETIMEDOUT,
 * FROND_ECANCELED, FROND_EDEADLK, FROND_ETHREAD, FROND_EINVAL, FROND_ECLOSED, FROND_ENOSUSPEND.  The
 * caller keeps its reference.  Since 0.1. */
FROND_API int frond_pool_killone(frond_pool *pool, frond_greenlet *g, int error,
                                 frond_deadline d);

/* Frees a pool; greenlets still in it go on, those that wait for room get FROND_ECLOSED, joins are over (0).  NULL is
 * allowed.  Does not suspend.  The caller's ownership ends.  Since 0.1. */
FROND_API void frond_pool_free(frond_pool *pool);

FROND_END

#endif
