/* SPDX-License-Identifier: MIT */
/* What watchers have in common inside sdk.  A kind of watcher stores its news and calls frond__watcher_tell, which
 * hands it to those who wait; `wanted` tells it when the first begins to wait and when the last has ceased to, so
 * that it need not keep the loop turning for nobody. */
#ifndef FROND_SRC_WATCH_H
#define FROND_SRC_WATCH_H

#include "core.h"
#include <frond/impl/home.h>
#include <frond/watch.h>

/* What one who waits is to get. */
typedef struct {
    int events;       /* of descriptors; 0: those that the watcher was opened with */
    frond_news *news; /* NULL: never mind */
} frond__want;

typedef struct {
    frond_wait_kind wait;
    const char *doing; /* "timer wait" */
    bool source; /* what it waits for comes from outside: such a wait is no deadlock */
    /* Takes news out of it; 1, 0: there is none, or an error. */
    int (*take)(frond_watcher *w, const frond__want *want);
    /* Whether take would; NULL: no news is kept, and take only looks. */
    bool (*pending)(frond_watcher *w);
    /* One more waits, or (more is NULL) beside others, or one less.  0 or an error. */
    int (*wanted)(frond_watcher *w, const frond__want *more);
    void (*close)(
        frond_watcher *w); /* stops; handles that have to end keep it by `inside` */
    void (*release)(frond_watcher *w); /* frees what it owns; NULL: nothing */
} frond__watcher_ops;

struct frond_watcher {
    frond_home home;
    const frond__watcher_ops *ops;
    frond_waitlist waiters;  /* slot: a frond__want */
    frond_waitlist watchers; /* of waits beside others */
    frond__timer timer;      /* of kinds that have one */
    uint32_t inside;         /* waits, handles, a handler: they keep the memory */
    uint32_t wants;          /* who wait ... */
    uint32_t lax;            /* ... as handlers that keep no frond_hub_join waiting */
    bool is_source, is_lax_source, is_lax_timer; /* what the hub was told */
    bool closed, freed, handled, keeps, handler_waits;
    frond_watch_fn handler;
    void *handler_arg;
};

/* Makes a watcher of so many bytes that begins with a frond_watcher; NULL with FROND_ENOMEM. */
FROND_INTERNAL frond_watcher *frond__watcher_new(const frond__watcher_ops *ops,
                                                 size_t size);

/* Fills in what all news have, and clears the rest. */
FROND_INTERNAL void frond__watcher_news(const frond__want *want, uint64_t count,
                                        int what);

/* Hands news to those who wait, as far as there is some. */
FROND_INTERNAL void frond__watcher_tell(frond_watcher *w);

/* Has the timer of a watcher fire, anew or (at is INT64_MAX) not at all. */
FROND_INTERNAL void frond__watcher_arm(frond_watcher *w, int64_t at,
                                       void (*fire)(frond__timer *));

/* To be called first when that has fired. */
FROND_INTERNAL frond_watcher *frond__watcher_fired(frond__timer *t);

/* 0, or why w cannot be used here as a watcher of these kinds: FROND_EINVAL and so on. */
FROND_INTERNAL int frond__watcher_check(const frond_watcher *w,
                                        const frond__watcher_ops *ops, const char *doing);

/* Waits, as frond_watcher_wait does. */
FROND_INTERNAL int frond__watcher_wait(frond_watcher *w, const frond__watcher_ops *ops,
                                       const frond__want *want, frond_deadline d);

/* Drops what `inside` counts. */
FROND_INTERNAL void frond__watcher_leave(frond_watcher *w);

/* ---- descriptors: what tells that one is ready (readiness_posix.c, readiness_windows.c) ---- */

typedef struct frond__readiness frond__readiness;

/* Begins with a descriptor; `ready` is called in the hub, with the events that the system has told of, or 0 when a
 * look is to find them.  0 or an error. */
FROND_INTERNAL int frond__readiness_open(intptr_t fd, void (*ready)(void *arg, int told),
                                         void *arg, frond__readiness **out);
/* Which of these events are there now; 0: none, or an error. */
FROND_INTERNAL int frond__readiness_look(frond__readiness *r, int events);
/* Has `ready` called, once, when some of these are there; 0: not any more.  0 or an error. */
FROND_INTERNAL int frond__readiness_ask(frond__readiness *r, int events);
FROND_INTERNAL void frond__readiness_close(frond__readiness *r);

/* One descriptor that is readable while another has one of some events (set_linux.c, set_macos.c). */
FROND_INTERNAL int frond__set_open(int *set);
FROND_INTERNAL int frond__set_add(int set, int fd);
FROND_INTERNAL int frond__set_events(int set, int fd, int events, int before);
FROND_INTERNAL int frond__set_look(int set, int events);

/* ---- the wall clock (wall.c) ---- */

/* Tells of jumps while there are watchers of the wall clock (wall_linux.c, wall_looks.c).  Without memory or
 * descriptors it tells later. */
typedef struct frond__wall_guard frond__wall_guard;
FROND_INTERNAL frond__wall_guard *frond__wall_guard_begin(frond_hub *h);
FROND_INTERNAL void frond__wall_guard_end(frond__wall_guard *guard);
/* The wall clock may have jumped. */
FROND_INTERNAL void frond__wall_jumped(frond_hub *h);

#endif
