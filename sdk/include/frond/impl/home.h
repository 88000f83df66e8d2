/* SPDX-License-Identifier: MIT */
/* The home of an object: the hub on whose thread it is used.  A home keeps its hub's memory, so that
 * an object may outlive its thread; then nothing of it waits any more and all that is left to do with
 * it is to free it.  Freeing is allowed on every thread: frond_home_send. */
#ifndef FROND_IMPL_HOME_H
#define FROND_IMPL_HOME_H

#include <frond/hub.h>

FROND_BEGIN

/* A call to be made on a hub's thread. */
typedef struct frond_posted {
    struct frond_posted *next;
    frond_post_fn fn;
    void *arg;
    int kind;
} frond_posted;

typedef struct {
    frond_posted last; /* no memory is needed to free */
    frond_hub *hub;
    void *origin; /* frond's; where the object was made, while that is noted */
} frond_home;

/* Makes this thread's hub the home of an object.  Does not suspend.  Returns 0 or FROND_ENOMEM.  home
 * lies in the object and stays the caller's.  Since 0.1. */
FROND_API int frond_home_enter(frond_home *home);

/* Whether the object may be used here.  Does not suspend.  Returns 0, or
 *   FROND_ETHREAD    its hub is another thread's      FROND_EWRONGPROC  it is the parent process's
 *   FROND_ECLOSED    its hub was closed               FROND_ENOMEM      at the thread's first call
 * home is borrowed.  Since 0.1. */
FROND_API int frond_home_check(const frond_home *home);

/* frond_home_check and frond_wait_enter (frond/impl/waiter.h) in one, for what is called often: whether neither
 * has anything to say.  The call is counted then, and nobody was given way to.  Does not suspend.  Returns 1,
 * or 0: make both, which cannot fail by itself.  home is borrowed.  Since 0.1. */
FROND_API int frond_home_go_ahead(const frond_home *home);

/* Whether its hub was closed: handles of the loop are gone then, and nobody waits.  Does not suspend.
 * Cannot fail.  Returns 1 or 0.  home is borrowed.  Since 0.1. */
FROND_API int frond_home_closed(const frond_home *home);

/* Calls fn(object) once: here and now on the hub's thread or when the hub was closed, else soon on its
 * thread; not at all in another process.  home must lie in the object, and nobody may use that any
 * more.  Does not suspend.  fn owns the object.  Since 0.1. */
FROND_API void frond_home_send(frond_home *home, frond_post_fn fn, void *object);

/* Lets go of the hub; the last thing done with a home, or with a copy of it when the object is freed
 * before.  Harmless on a zeroed one.  Does not suspend.  home stays the caller's.  Since 0.1. */
FROND_API void frond_home_leave(frond_home *home);

FROND_END

#endif
