/* SPDX-License-Identifier: MIT */
/* One of several sends and receives.
 *
 * While it waits, each case has a waiter on its channel.  The first of them that somebody serves takes
 * all others off at once, so that no second one is served; the item is where it belongs by then.  A kill or
 * the end of its time takes them off, too: what has come first stands. */
#include "core.h"
#include "sync/queue.h"

#include <frond/channel.h>
#include <frond/error.h>
#include <frond/impl/fail.h>
#include <stdio.h>

typedef struct {
    frond_select_case *cases;
    size_t n, chosen; /* n: none yet */
    frond_waiter own;
} selection;

typedef struct { /* in the case's reserved words */
    frond_waiter waiter;
    selection *of;
} branch;

_Static_assert(sizeof(branch) <= sizeof((frond_select_case *)0)->reserved,
               "a branch fits into what a case reserves");

static branch *branch_of(frond_select_case *c) {
    return (branch *)(void *)c->reserved;
}

static int check(const frond_select_case *cases, size_t n) {
    int rc = n && cases ? 0 : FROND_EINVAL;
    for (size_t i = 0; rc == 0 && i < n; i++) {
        if (!cases[i].channel)
            continue;
        if (!cases[i].send == !cases[i].receive)
            rc = FROND_EINVAL;
        else if ((rc = frond_waitlist_own(&cases[i].channel->getters)) < 0)
            return rc;
    }
    return rc < 0 ? frond_fail_set(rc, "select") : 0;
}

static int try_case(const frond_select_case *c) {
    if (!c->channel)
        return FROND_ETIMEDOUT;
    return c->send ? frond__queue_try_put(c->channel, c->send)
                   : frond__queue_try_get(c->channel, c->receive);
}

/* FROND_ETIMEDOUT: none can be done now. */
static int try_all(frond_select_case *cases, size_t n, size_t *which) {
    size_t first = frond__self->selects++ % n;
    for (size_t i = 0; i < n; i++) {
        *which = first + i < n ? first + i : first + i - n;
        int rc = try_case(&cases[*which]);
        if (rc != FROND_ETIMEDOUT)
            return rc;
    }
    return FROND_ETIMEDOUT;
}

/* ---- waiting ---- */

static void leave_all(selection *s) {
    for (size_t i = 0; i < s->n; i++)
        if (s->cases[i].channel)
            frond_watch_end(&branch_of(&s->cases[i])->waiter);
}

static void served(frond_waiter *w) {
    branch *b = (branch *)(void *)w;
    selection *s = b->of;
    leave_all(s);
    s->chosen =
        (size_t)((frond_select_case *)(void *)((char *)b -
                                               offsetof(frond_select_case, reserved)) -
                 s->cases);
    if (s->own.greenlet && frond__waits(&s->own))
        frond_wake(&s->own, w->code);
}

/* Whatever has ended its wait, from now on no branch is served. */
static void over(frond_waiter *own) {
    leave_all(FROND_CONTAINER_OF(own, selection, own));
    own->woken = NULL;
    frond_wake(own, own->code);
}

static void join_one(selection *s, frond_select_case *c) {
    branch *b = branch_of(c);
    frond_queue *q = c->channel;
    *b = (branch){.of = s};
    b->waiter.woken = served;
    b->waiter.slot = c->send ? (void *)(uintptr_t)c->send : c->receive;
    if (c->send)
        frond__queue_announce(q, c->send);
    frond_watch_begin(&b->waiter, c->send ? &q->putters : &q->getters,
                      c->send ? &frond__queue_put_kind : &frond__queue_get_kind, q);
}

static void describe(const void *object, char *out, size_t cap) {
    snprintf(out, cap, "%zu cases", ((const selection *)object)->n);
}

static const frond_wait_kind select_kind = {"one of", describe, NULL};

static int wait_for_one(frond_select_case *cases, size_t n, size_t *which,
                        frond_deadline d) {
    selection s = {.cases = cases, .n = n, .chosen = n, .own.woken = over};
    for (size_t i = 0; i < n; i++)
        if (cases[i].channel)
            join_one(&s, &cases[i]);
    int rc = frond_wait(&s.own, NULL, &select_kind, &s, d);
    leave_all(&s); /* if it did not come to a wait */
    if (s.chosen != n)
        rc = branch_of(&cases[s.chosen])->waiter.code;
    *which = s.chosen;
    return rc;
}

static int choose(frond_select_case *cases, size_t n, size_t *which, frond_deadline d) {
    int rc = frond_wait_enter(d);
    if (rc < 0)
        return rc;
    rc = try_all(cases, n, which);
    if (rc == FROND_ETIMEDOUT && d.ns > 0)
        rc = wait_for_one(cases, n, which, d);
    return rc < 0 ? frond_fail_set(rc, "select") : 0;
}

/* Others may free channels while this gives way to them, or waits: each is held. */
static int choose_held(frond_select_case *cases, size_t n, size_t *which,
                       frond_deadline d) {
    for (size_t i = 0; i < n; i++)
        if (cases[i].channel)
            cases[i].channel->inside++;
    int rc = choose(cases, n, which, d);
    for (size_t i = 0; i < n; i++)
        if (cases[i].channel)
            frond__queue_leave(cases[i].channel);
    return rc;
}

int frond_select(frond_select_case *cases, size_t n, size_t *which, frond_deadline d) {
    size_t chosen = n;
    int rc = check(cases, n);
    if (rc < 0) {
        int entered = frond_wait_enter(d);
        return entered < 0 ? entered : rc;
    }
    rc = choose_held(cases, n, &chosen, d);
    if (which && (rc == 0 || rc == FROND_ECLOSED))
        *which = chosen;
    return rc;
}
