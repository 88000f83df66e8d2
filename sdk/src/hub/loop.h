/* SPDX-License-Identifier: MIT */
/* The loop under a hub, inside sdk: its making, its end, and its door for other threads. */
#ifndef FROND_SRC_LOOP_H
#define FROND_SRC_LOOP_H

#include "core.h"
#include <frond/impl/fd.h>
#include <frond/impl/home.h>
#include <uv.h>

enum { /* frond_posted.kind */
       FROND__POST_BORROWED,
       FROND__POST_OWNED, /* to be freed once called */
       FROND__POST_LAST   /* taken also while the hub closes */
};

enum { FROND__MOST_FOUND = 1024 /* as libuv asks for in one call */ };

struct frond__loop {
    uv_loop_t uv;
    uv_async_t door;        /* referenced always: keeps uv_run waiting */
    uv_timer_t alarm;       /* bounds the wait by the first of our own timers */
    int64_t alarm_ns;       /* 0: not set */
    uv_timer_t trim;        /* of stacks; runs while there are some to look at */
    uv_prepare_t ahead;     /* keeps a poll from waiting when there is work */
    frond_waitlist turners; /* who has a turn made, if anybody */
    bool turn_now;          /* ... without waiting */
    bool turn_polled;       /* ... and the loop was polled in it */
    bool turn_ran;          /* ... and somebody is run */
    uv_timer_t nap;         /* runs while somebody naps */
    frond_waitlist nappers;
    struct wall_watcher *walls; /* those that are armed (watch/wall.c) */
    struct frond__wall_guard
        *wall_guard; /* while there are some; NULL: none could be had */
    uint32_t naps;   /* how many of them: sources that no time is given to */
    bool
        ends; /* it is being taken down; the registry's lock, so that no fork finds it in between */
    uv_mutex_t lock; /* of what follows */
    frond_posted *posts, **posts_tail;
    bool closed;          /* the door is */
    bool gone;            /* nobody looks at the posts any more */
    size_t told, found_n; /* of those found, those whose waiters have been woken */
    frond_fd *found[FROND__MOST_FOUND]; /* by the last poll: ready */
};

/* Calls what was posted, in order. */
FROND_INTERNAL void frond__run_posts(uv_async_t *door);
/* Hands a post over; it is the loop's until called.  0 or FROND_ECLOSED. */
FROND_INTERNAL int frond__loop_post(frond_hub *h, frond_posted *p);
FROND_INTERNAL void frond__loop_nudge(frond_hub *h);
/* Wakes those who wait for what the last poll has found: some of them, if there are any, and more when that woke
 * nobody. */
FROND_INTERNAL void frond__fds_tell(frond_hub *h);
FROND_INTERNAL void frond__fds_forget(frond__loop *l); /* nobody waits any more */
/* Has all nappers woken after so many milliseconds of the system's time at most. */
FROND_INTERNAL void frond__loop_start_nap(frond__loop *l, uint64_t ms);
/* To be called when the clock has become another. */
FROND_INTERNAL void frond__loop_unset_alarm(frond_hub *h);
/* Whether time moves as soon as nothing else happens. */
FROND_INTERNAL bool frond__loop_can_move(const frond_hub *h);
/* Whether nothing is ready and nothing can become so; waits in frond_hub_join do not count. */
FROND_INTERNAL bool frond__loop_idle(frond_hub *h);
FROND_INTERNAL void frond__loop_close(frond_hub *h);  /* everything but the memory */
FROND_INTERNAL void frond__loop_last(frond_hub *h);   /* calls the last posts */
FROND_INTERNAL void frond__loop_forget(frond_hub *h); /* the memory */

/* Waits until nobody is in frond_async_send any more: what was closed to it before may go. */
FROND_INTERNAL void frond__hub_sends_end(frond_hub *h);

FROND_INTERNAL void frond__hub_unref(frond_hub *h);
FROND_INTERNAL void frond__hub_extras(frond_hub *h, int child);

#endif
