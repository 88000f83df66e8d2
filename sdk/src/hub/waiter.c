/* SPDX-License-Identifier: MIT */
/* Waiting and waking.  One function parks a greenlet; every primitive goes through it, so kill,
 * deadlines and scopes are heeded in one place. */
#include "ensure.h"
#include "core.h"
#include "trace/trace.h"
#include "hub/registry.h"
#include "monitor/assert.h"
#include "os/os.h"
#include <frond/impl/fail.h>

/* To be heeded now; a kill that is for one wait is over with that. */
static bool is_killed(frond_greenlet *g) {
    if (!(g->attention & (FROND__KILLED | FROND__KILLED_ONCE)) || g->shields)
        return false;
    g->attention &= (uint8_t)~FROND__KILLED_ONCE;
    return true;
}

int frond__attention(frond_greenlet *g, frond_deadline d) {
    if ((g->attention & FROND__CALLBACK) && d.ns > 0)
        return frond__suspend_refused(g, NULL);
    if ((g->attention & FROND__FORKHOOK) && d.ns > 0)
        return frond_fail_set(FROND_EFORKHOOK, NULL);
    if (is_killed(g))
        return frond_fail_set(FROND_ECANCELED, NULL);
    int64_t ns;
    frond_timeout *t = frond__scope_nearest(g, &ns);
    if (!t || ns > frond_now())
        return 0;
    frond__scope_fired(t);
    return frond_fail_set(FROND_ETIMEDOUT, NULL);
}

/* Gives way although nothing is to be waited for, and has the clock looked at: a fast peer, or a loop
 * that fails, starves nobody. */
void frond__let_others(frond_hub *h) {
    h->charged = 0;
    if (h->current->attention & (FROND__CALLBACK | FROND__FORKHOOK))
        return;
    if (!h->loop && frond__loop_need(h) < 0)
        return;
    h->slice = 1;
    frond_greenlet *g = h->current;
    frond__wait_overruled(g, frond__give_way(h), NULL);
}

void frond__wait_overruled(frond_greenlet *g, int rc, frond_timeout *scope) {
    if (rc == FROND_ECANCELED && !(g->attention & FROND__KILLED))
        g->attention |= FROND__KILLED_ONCE;
    if (rc == FROND_ETIMEDOUT && scope)
        frond__scope_unfire(scope);
}

int frond_wait_enter(frond_deadline d) {
    frond_hub *h = frond__hub();
    return h ? frond__enter(h, d) : frond__no_hub();
}

int frond_callback_begin(void) {
    frond_hub *h = frond__hub();
    return h ? frond__callback_begin(h) : frond__no_hub();
}

void frond_callback_end(int begun) {
    frond_hub *h = frond__hub();
    if (begun > 0 && h)
        frond__callback_end(h, true);
}

int frond__fail_thread(uint64_t owner_id, const char *doing) {
    return frond_fail_text(FROND_ETHREAD, "%s%s%s (%llu, this is %llu)",
                           doing ? doing : "", doing ? ": " : "",
                           frond_error_message(FROND_ETHREAD),
                           (unsigned long long)frond__registry_thread(owner_id),
                           (unsigned long long)frond__os_thread_id());
}

int frond_waitlist_own(frond_waitlist *list) {
    frond_hub *h = frond__hub();
    if (!h)
        return frond__no_hub();
    if (FROND_LIKELY(list->owner == h->owner_id))
        return 0;
    if (list->owner && frond__registry_lives(list->owner))
        return frond__fail_thread(list->owner, NULL);
    *list = (frond_waitlist){.owner = h->owner_id};
    return 0;
}

static void append(frond_waitlist *list, frond_waiter *w) {
    w->list = list;
    w->next = NULL;
    w->prev = list->tail;
    if (w->prev)
        w->prev->next = w;
    else
        list->head = w;
    list->tail = w;
}

static void take_off(frond_waiter *w) {
    frond_waitlist *list = w->list;
    if (!list)
        return;
    if (w->prev)
        w->prev->next = w->next;
    else
        list->head = w->next;
    if (w->next)
        w->next->prev = w->prev;
    else
        list->tail = w->prev;
    w->list = NULL;
}

/* Who waits says what it was doing. */
static inline void last_error(frond_greenlet *g, int code) {
    g->last_error = code;
    g->last_doing = NULL;
}

typedef struct {
    frond__timer timer;
    frond_waiter *waiter;
} limit;

static void limit_reached(frond__timer *t) {
    frond_waiter *w = FROND_CONTAINER_OF(t, limit, timer)->waiter;
    if (frond__waits(w))
        frond_wake(w, FROND_ETIMEDOUT);
}

/* A thousand connections' frames do not fit into the caches that one's would: those of the
 * greenlet after the next are fetched while the next one runs. */
static inline void warm_up(const frond_hub *h) {
    enum { LINES = 10, LINE = 64 };
    const frond_greenlet *after = h->ready.head;
    if (!h->busy || !after)
        return;
    for (size_t line = 0; line < LINES; line++)
        FROND_PREFETCH((const char *)after->context.sp + line * LINE);
    FROND_PREFETCH(after->next);
}

/* Returns what whoever wakes it answers. */
static inline int park(frond_hub *h, frond_greenlet *g, frond_waiter *w) {
    g->wait = w;
    g->state = FROND_WAITING;
    w->since = h->now;
    g->yields = 0;
    frond_greenlet *next = frond__next(h);
    warm_up(h);
    return frond__switch(h, g, next);
}

/* It does not wait. */
static FROND_NOINLINE int turn_back(frond_greenlet *g, frond_waiter *w, int code) {
    take_off(w);
    last_error(g, code);
    return code;
}

/* Parks the current greenlet, whose waiter is linked, until its wake or the first of the limits.  It may
 * have been killed since its call was entered: ready, after an earlier wait of the same call. */
static FROND_NOINLINE int park_until(frond_hub *h, frond_greenlet *g, frond_waiter *w,
                                     int64_t deadline) {
    if (is_killed(g))
        return turn_back(g, w, FROND_ECANCELED);
    int64_t ns;
    frond_timeout *scope = g->scopes ? frond__scope_nearest(g, &ns) : NULL;
    if (scope && ns < deadline)
        deadline = ns;
    else
        scope = NULL;
    if (deadline == INT64_MAX)
        return park(h, g, w);
    limit l = {.waiter = w};
    int rc = FROND_ETIMEDOUT;
    if (deadline > 0 && deadline > frond_now()) {
        frond__timer_arm(h, &l.timer, deadline, limit_reached);
        rc = park(h, g, w);
        frond__timer_disarm(h, &l.timer);
    } else {
        take_off(w);
        if (deadline > 0) /* its time has passed, and perhaps everybody's */
            frond__let_others(h);
        last_error(g, rc);
    }
    if (rc == FROND_ETIMEDOUT && scope)
        frond__scope_fired(scope);
    return rc;
}

int frond_wait(frond_waiter *w, frond_waitlist *list, const frond_wait_kind *kind,
               const void *object, frond_deadline d) {
    frond_hub *h = frond__self;
    frond_greenlet *g = h->current;
    w->greenlet = g;
    w->kind = kind;
    w->object = object;
    w->list = NULL;
    if (list)
        append(list, w);
    if (FROND_UNLIKELY(!h->loop) && frond__loop_need(h) < 0)
        return turn_back(g, w, FROND_ENOMEM);
    if (FROND_UNLIKELY(d.ns != INT64_MAX || g->attention))
        return park_until(h, g, w, d.ns);
    return park(h, g, w);
}

void frond_wake(frond_waiter *w, int code) {
    take_off(w);
    w->code = code;
    if (FROND_UNLIKELY(w->woken != NULL)) {
        w->woken(w);
        return;
    }
    frond_greenlet *g = w->greenlet;
    FROND_ASSERT(g->wait == w);
    g->wait = NULL;
    g->answer = code;
    if (FROND_UNLIKELY(code < 0))
        last_error(g, code);
    frond__ready_push(g->hub, g);
    if (FROND_UNLIKELY(g->hub->trace != NULL))
        frond__trace_event(g->hub, FROND__TRACE_WAKE, NULL, g);
}

void frond_watch_begin(frond_waiter *w, frond_waitlist *list, const frond_wait_kind *kind,
                       const void *object) {
    FROND_ASSERT(w->woken != NULL);
    w->greenlet = frond__self->current;
    w->kind = kind;
    w->object = object;
    append(list, w);
}

void frond_watch_end(frond_waiter *w) {
    take_off(w);
}

int frond_wake_one(frond_waitlist *list, int code) {
    if (!list->head)
        return 0;
    frond_wake(list->head, code);
    return 1;
}

void frond_wake_all(frond_waitlist *list, int code) {
    while (list->head)
        frond_wake(list->head, code);
}

void frond_wake_source(int delta) {
    frond_hub *h = frond__self;
    h->sources = (uint32_t)((int64_t)h->sources + delta);
}

void frond_clock_hold(int delta) {
    frond_hub *h = frond__self;
    h->holds = (uint32_t)((int64_t)h->holds + delta);
}
