/* SPDX-License-Identifier: MIT */
/* Readers and writers in one line.  Whoever leaves, from the inside or from the line, lets in those
 * at its front whose turn it is; a share's note is made before the wait, so that whoever lets a reader
 * in needs no memory. */
#include <frond/lock.h>

#include "sync/ownership.h"
#include <frond/impl/fail.h>
#include <frond/impl/memory.h>

static const frond_wait_kind read_kind = {"rwlock to read", frond__own_describe,
                                          frond__own_target};
static const frond_wait_kind write_kind = {"rwlock to write", frond__own_describe,
                                           frond__own_target};

static void share_give(frond_rwlock *l, frond__share *s, frond_greenlet *g) {
    s->next = g->shares;
    g->shares = s;
    l->readers++;
}

static frond__share **share_find(const frond_rwlock *l, frond_greenlet *g) {
    frond__share **link = &g->shares;
    while (*link && (*link)->lock != l)
        link = &(*link)->next;
    return link;
}

void frond__rwlock_admit(frond_rwlock *l) {
    frond_waiter *w;
    while (!l->owned.holder && (w = l->owned.waiters.head)) {
        if (w->kind == &read_kind) {
            share_give(l, w->slot, w->greenlet);
        } else {
            if (l->readers)
                return;
            frond__own_give(&l->owned, w->greenlet);
        }
        frond_wake(w, 0);
    }
}

static int enter(frond_rwlock *l, const char *doing) {
    int rc = frond__own_enter(l ? &l->owned : NULL, doing);
    if (rc > 0)
        l->readers = 0; /* they went with their hub */
    return rc < 0 ? rc : 0;
}

static int may_acquire(frond_rwlock *l, const char *doing, frond_deadline d) {
    int rc = frond_wait_enter(d);
    if (rc < 0 || (rc = enter(l, doing)) < 0)
        return rc;
    if (l->owned.abandoned)
        return frond_fail_set(FROND_EOWNERDEAD, doing);
    frond_greenlet *self = frond__self->current;
    if (l->owned.holder == self || (l->readers && *share_find(l, self)))
        return frond_fail_set(FROND_EDEADLK, doing);
    return 0;
}

/* In the line, where one that gives up may have stood in the way of others. */
static int wait_in_line(frond_rwlock *l, frond__share *s, const char *doing,
                        frond_deadline d) {
    frond_waiter w = {.slot = s};
    int rc =
        frond_wait(&w, &l->owned.waiters, s ? &read_kind : &write_kind, &l->owned, d);
    if (rc == 0)
        return 0;
    frond_free(s);
    frond__rwlock_admit(l);
    return frond_fail_set(rc, doing);
}

int frond_rwlock_acquire_read(frond_rwlock *l, frond_deadline d) {
    static const char doing[] = "rwlock acquire to read";
    int rc = may_acquire(l, doing, d);
    if (rc < 0)
        return rc;
    bool waits = l->owned.holder || l->owned.waiters.head;
    if (waits && d.ns <= 0)
        return frond_fail_set(FROND_ETIMEDOUT, doing);
    frond__share *s = frond_alloc(sizeof *s);
    if (!s)
        return frond_fail_set(FROND_ENOMEM, doing);
    s->lock = l;
    if (waits)
        return wait_in_line(l, s, doing, d);
    share_give(l, s, frond__self->current);
    return 0;
}

int frond_rwlock_acquire_write(frond_rwlock *l, frond_deadline d) {
    static const char doing[] = "rwlock acquire to write";
    int rc = may_acquire(l, doing, d);
    if (rc < 0)
        return rc;
    if (l->owned.holder || l->readers || l->owned.waiters.head)
        return wait_in_line(l, NULL, doing, d);
    frond__own_give(&l->owned, frond__self->current);
    return 0;
}

int frond_rwlock_release(frond_rwlock *l) {
    int rc = enter(l, "rwlock release");
    if (rc < 0)
        return rc;
    frond_greenlet *self = frond__self->current;
    if (l->owned.holder == self) {
        frond__own_drop(&l->owned);
    } else {
        frond__share **link = share_find(l, self), *s = *link;
        if (!l->readers || !s)
            return frond_fail_set(FROND_EPERM, "rwlock release");
        *link = s->next;
        frond_free(s);
        l->readers--;
    }
    frond__rwlock_admit(l);
    return 0;
}

int frond_rwlock_held(const frond_rwlock *l) {
    const frond_hub *h = frond__self;
    if (!l || !h || l->owned.waiters.owner != h->owner_id)
        return 0;
    if (l->owned.holder == h->current)
        return 2;
    return l->readers && *share_find(l, h->current) ? 1 : 0;
}

int frond_rwlock_recover(frond_rwlock *l) {
    int rc = enter(l, "rwlock recover");
    return rc < 0 ? rc : frond__own_recover(&l->owned, "rwlock recover");
}
