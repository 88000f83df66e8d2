/* SPDX-License-Identifier: MIT */
/* Timeout scopes and shields: one chain a greenlet, innermost first.  A scope is only a time to be
 * compared with; it costs a timer only while its greenlet waits.  A shield is a scope that hides
 * those outside it, and the kill. */
#include "core.h"
#include "report/report.h"
#include <frond/impl/fail.h>
#include <frond/impl/memory.h>

enum { RUNNING = 1, FIRED = 2, SHIELD = 4 };

frond_timeout *frond__scope_nearest(frond_greenlet *g, int64_t *ns) {
    frond_timeout *nearest = NULL;
    *ns = INT64_MAX;
    for (frond_timeout *t = g->scopes; t; t = t->outer) {
        if (t->deadline_ns < *ns) {
            *ns = t->deadline_ns;
            nearest = t;
        }
        if (t->flags & SHIELD)
            break;
    }
    return nearest;
}

void frond__scope_fired(frond_timeout *t) {
    t->flags |= FIRED;
}

frond_timeout *frond__scope_unfired(frond_greenlet *g) {
    int64_t ns;
    frond_timeout *t = frond__scope_nearest(g, &ns);
    return t && !(t->flags & FIRED) ? t : NULL;
}

void frond__scope_unfire(frond_timeout *t) {
    t->flags &= ~(uint32_t)FIRED;
}

static bool is_on(const frond_greenlet *g, const frond_timeout *t) {
    for (const frond_timeout *s = g->scopes; s; s = s->outer)
        if (s == t)
            return true;
    return false;
}

static void push(frond_greenlet *g, frond_timeout *t, int64_t ns, uint32_t flags) {
    t->outer = g->scopes;
    t->greenlet = g;
    t->deadline_ns = ns;
    t->flags = RUNNING | flags;
    t->reserved = 0;
    g->scopes = t;
    g->attention |= FROND__SCOPES;
}

static void shield_drop(frond_greenlet *g) {
    frond__shield *innermost = g->shields;
    g->shields = innermost->outer;
    if (!innermost->in_frame)
        frond_free(innermost);
}

static void pop(frond_greenlet *g) {
    frond_timeout *t = g->scopes;
    g->scopes = t->outer;
    if (!g->scopes)
        g->attention &= (uint8_t)~FROND__SCOPES;
    t->flags &= ~(uint32_t)RUNNING;
    if (t->flags & SHIELD)
        shield_drop(g);
}

void frond__scopes_drop(frond_greenlet *g) {
    while (g->scopes)
        pop(g);
}

void frond__scopes_forget(frond_greenlet *g) {
    if (!g->scopes)
        return;
    frond__report_scopes(g);
    while (g->shields)
        shield_drop(g);
    g->scopes = NULL;
    g->attention &= (uint8_t)~FROND__SCOPES;
}

int frond_timeout_start_at(frond_timeout *t, frond_deadline d) {
    frond_hub *h = frond__hub();
    if (!h)
        return frond__no_hub();
    if (!t)
        return frond_fail_set(FROND_EINVAL, "timeout start");
    if (is_on(h->current, t))
        return frond_fail_set(FROND_EBUSY, "timeout start");
    push(h->current, t, d.ns, 0);
    return 0;
}

int frond_timeout_start(frond_timeout *t, uint64_t ms) {
    return frond_timeout_start_at(t, frond_in(ms));
}

int frond_timeout_stop(frond_timeout *t) {
    frond_hub *h = frond__hub();
    if (!h)
        return frond__no_hub();
    if (!t)
        return frond_fail_set(FROND_EINVAL, "timeout stop");
    if (is_on(h->current, t))
        while (t->flags & RUNNING)
            pop(h->current);
    else if (t->flags & RUNNING)
        return frond_fail_set(FROND_EINVAL, "timeout stop: another greenlet's");
    return frond_timeout_fired(t);
}

int frond_timeout_fired(const frond_timeout *t) {
    return t && (t->flags & FIRED) ? 1 : 0;
}

int frond_call_timeout(void *(*fn)(void *), void *arg, void *fallback, void **value,
                       frond_deadline d) {
    frond_timeout t;
    int rc = fn ? frond_timeout_start_at(&t, d) : frond_fail_set(FROND_EINVAL, "call");
    if (rc < 0)
        return rc;
    void *result = fn(arg);
    bool late = frond_timeout_stop(&t) == 1 && !result;
    if (value)
        *value = late ? fallback : result;
    return late;
}

static void shield_push(frond_greenlet *g, frond__shield *s, int64_t ns, bool in_frame) {
    s->in_frame = in_frame;
    s->outer = g->shields;
    g->shields = s;
    push(g, &s->scope, ns, SHIELD);
}

void frond__shields_expire(frond_greenlet *g) {
    bool last = g->shields && !g->shields->in_frame;
    for (frond__shield *s = g->shields; s; s = s->outer)
        if (!s->in_frame)
            s->scope.deadline_ns = 0;
    if (last && g->state == FROND_WAITING) {
        frond__scope_fired(&g->shields->scope);
        frond_wake(g->wait, FROND_ETIMEDOUT);
    }
}

void frond__shield_push(frond_greenlet *g, frond__shield *s) {
    shield_push(g, s, INT64_MAX, true);
}

int frond_shield_begin(uint64_t budget_ms) {
    frond_hub *h = frond__hub();
    frond__shield *s = h ? frond_alloc(sizeof *s) : NULL;
    if (!s)
        return frond__no_hub();
    shield_push(h->current, s, frond_in(budget_ms).ns, false);
    return 0;
}

int frond_shield_end(void) {
    frond_hub *h = frond__hub();
    if (!h || !h->current->shields)
        return frond_fail_set(FROND_EINVAL, "shield end: none begun");
    frond_greenlet *g = h->current;
    bool ended = false;
    while (!ended) {
        ended = (g->scopes->flags & SHIELD) != 0;
        pop(g);
    }
    return 0;
}
