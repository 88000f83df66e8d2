/* SPDX-License-Identifier: MIT */
/* Ownership: the holder of a lock, the list of what a greenlet holds, and what becomes of that when
 * the greenlet ends, forks, or loses its hub.
 *
 * The main greenlet's end is not walked through: when its thread ends, the frames that its locks may
 * have been in are gone.  It is found out when such a lock is used again, by the hub's number. */
#include "sync/ownership.h"

#include "hub/registry.h"
#include <frond/impl/fail.h>
#include <frond/impl/memory.h>
#include <stdio.h>

static void renew(frond_ownership *o, uint64_t was) {
    if (o->holder && !frond__registry_inherited(was))
        o->abandoned = 1;
    o->holder = NULL;
    o->depth = 0;
}

int frond__own_enter(frond_ownership *o, const char *doing) {
    if (!o)
        return frond_fail_set(FROND_EINVAL, doing);
    uint64_t was = o->waiters.owner;
    int rc = frond_waitlist_own(&o->waiters);
    if (rc < 0 || FROND_LIKELY(was == o->waiters.owner))
        return rc;
    renew(o, was);
    return 1;
}

void frond__own_give(frond_ownership *o, frond_greenlet *g) {
    o->holder = g;
    o->depth = 1;
    o->prev = NULL;
    o->next = g->held;
    if (o->next)
        o->next->prev = o;
    g->held = o;
}

void frond__own_drop(frond_ownership *o) {
    frond_greenlet *g = o->holder;
    if (o->prev)
        o->prev->next = o->next;
    else
        g->held = o->next;
    if (o->next)
        o->next->prev = o->prev;
    o->holder = NULL;
    o->depth = 0;
}

void frond__own_pass(frond_ownership *o, int code) {
    frond_waiter *w = o->waiters.head;
    frond__own_drop(o);
    if (!w)
        return;
    frond__own_give(o, w->greenlet);
    frond_wake(w, code);
}

int frond__own_wait(frond_ownership *o, const frond_wait_kind *kind, const char *doing,
                    frond_deadline d) {
    frond_waiter w = {0};
    int rc = frond_wait(&w, &o->waiters, kind, o, d);
    return rc < 0 ? frond_fail_set(rc, doing) : rc;
}

bool frond__own_held(const frond_ownership *o) {
    const frond_hub *h = frond__self;
    return o && h && o->waiters.owner == h->owner_id && o->holder == h->current;
}

int frond__own_recover(frond_ownership *o, const char *doing) {
    int rc = frond__own_enter(o, doing);
    if (rc < 0 || !o->abandoned)
        return rc < 0 ? rc : 0;
    o->abandoned = 0;
    return 1;
}

void frond__own_describe(const void *ownership, char *out, size_t cap) {
    const frond_ownership *o = ownership;
    const frond_greenlet *g = o->holder;
    int n = snprintf(out, cap, "0x%llx", (unsigned long long)(uintptr_t)o);
    if (g && n > 0 && (size_t)n < cap)
        snprintf(out + n, cap - (size_t)n, " held by greenlet %llu%s%s",
                 (unsigned long long)g->id, g->name ? " " : "", g->name ? g->name : "");
}

frond_greenlet *frond__own_target(const void *ownership) {
    return ((const frond_ownership *)ownership)->holder;
}

/* ---- ends ---- */

static frond__share *share_pop(frond_greenlet *g) {
    frond__share *s = g->shares;
    g->shares = s->next;
    return s;
}

void frond__held_abandon(frond_greenlet *g) {
    while (g->held) {
        frond_ownership *o = g->held;
        frond__own_drop(o);
        o->abandoned = 1;
        frond_wake_all(&o->waiters, FROND_EOWNERDEAD);
    }
    while (g->shares) {
        frond__share *s = share_pop(g);
        s->lock->readers--;
        frond__rwlock_admit(s->lock);
        frond_free(s);
    }
}

void frond__held_forget(frond_greenlet *g) {
    g->held = NULL;
    while (g->shares)
        frond_free(share_pop(g));
}

/* The lists that others wait on are the parent's: here nobody does. */
void frond__held_inherit(frond_greenlet *self, frond_greenlet *g) {
    const frond_waitlist empty = {.owner = self->hub->owner_id};
    self->held = g->held;
    self->shares = g->shares;
    g->held = NULL;
    g->shares = NULL;
    for (frond_ownership *o = self->held; o; o = o->next) {
        o->holder = self;
        o->waiters = empty;
    }
    for (frond__share *s = self->shares; s; s = s->next) {
        s->lock->owned.waiters = empty;
        s->lock->readers = 1; /* nobody reads twice, and the other readers are not here */
    }
}
