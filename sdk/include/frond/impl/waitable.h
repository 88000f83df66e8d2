/* SPDX-License-Identifier: MIT */
/* What an object needs to be waited on beside others (frond/wait.h).
 *
 *     static const frond_waitable_ops ops = {&kind, ready, watch, unwatch};
 *     frond_waitable frond_thing_waitable(frond_thing *t) { return (frond_waitable){&ops, t, {0}}; }
 *
 * Nothing here suspends; all belong to the thread of their object. */
#ifndef FROND_IMPL_WAITABLE_H
#define FROND_IMPL_WAITABLE_H

#include <frond/impl/waiter.h>
#include <frond/wait.h>

FROND_BEGIN

typedef struct frond_watch {
    frond_waiter waiter; /* whose wake says that the object is ready */
    void *own[3];        /* the object's */
    frond_iwait *by;
    struct frond_watch *next; /* of those ready */
} frond_watch;

typedef struct frond_waitable_ops {
    /* 1, 0, or why it cannot be waited on here (FROND_ETHREAD); object is not NULL. */
    int (*ready)(void *object);
    /* Has w->waiter woken, whatever the code, once the object is ready; it is not ready now. */
    void (*watch)(void *object, frond_watch *w);
    /* Takes that back; called once, also after the wake.  NULL: the waiter leaves its list. */
    void (*unwatch)(void *object, frond_watch *w);
} frond_waitable_ops;

FROND_END

#endif
