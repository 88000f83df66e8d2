/* SPDX-License-Identifier: MIT */
/* Giving way: for a time, or for one turn. */
#include "core.h"
#include "hub/loop.h"
#include "monitor/assert.h"
#include <frond/impl/fail.h>

int frond__give_way(frond_hub *h) {
    frond_greenlet *g = h->current;
    frond__ready_yield(h, g);
    frond_greenlet *to = frond__next(h);
    if (to != g)
        return frond__switch(h, g, to);
    g->state = FROND_RUNNING;
    return 0;
}

static FROND_NOINLINE int yield_slowly(frond_hub *h) {
    frond_greenlet *g = h->current;
    int rc = frond__enter(h, FROND_NEVER);
    if (rc < 0)
        return rc;
    if (!h->loop && (rc = frond__loop_need(h)) < 0)
        return rc;
    if (g->attention & FROND__ASSERTED)
        frond__assertions_yield(h);
    rc = frond__give_way(h);
    return rc < 0 ? rc : frond__attention(g, FROND_NEVER);
}

int frond_yield(void) {
    frond_hub *h = frond__hub();
    if (FROND_UNLIKELY(!h))
        return frond__no_hub();
    frond_greenlet *g = h->current;
    if (FROND_UNLIKELY(!h->ready.head) && h->slice > 1 && !g->attention) {
        h->slice--; /* alone: now and then the loop is polled */
        return 0;
    }
    if (FROND_UNLIKELY(g->attention || !h->loop))
        return yield_slowly(h);
    frond__ready_yield(h, g);
    frond_greenlet *to = frond__next(h);
    if (FROND_UNLIKELY(to == g)) {
        g->state = FROND_RUNNING;
        return 0;
    }
    return frond__switch(h, g, to);
}

static const frond_wait_kind sleep_kind = {"sleep", NULL, NULL};

int frond_sleep_unref(uint64_t ms) {
    frond_hub *h = frond__hub();
    if (!h)
        return frond__no_hub();
    int64_t ns;
    frond__scope_nearest(h->current, &ns);
    bool armed = ms > 0 && (frond_in(ms).ns != INT64_MAX || ns != INT64_MAX);
    h->unref_armed += armed;
    int rc = frond_sleep(ms);
    h->unref_armed -= armed;
    return rc;
}

int frond_sleep(uint64_t ms) {
    if (ms == 0)
        return frond_yield();
    frond_deadline d = frond_in(ms);
    int rc = frond_wait_enter(d);
    if (rc < 0)
        return rc;
    frond_greenlet *g = frond__self->current;
    int last_error = g->last_error;
    const char *last_doing = g->last_doing;
    frond_waiter w = {0};
    rc = frond_wait(&w, NULL, &sleep_kind, NULL, d);
    if (rc != FROND_ETIMEDOUT)
        return frond_fail_set(rc, "sleep");
    /* slept its time, unless it was a scope that ended the wait */
    g->last_error = last_error;
    g->last_doing = last_doing;
    return g->attention ? frond__attention(g, FROND_NEVER) : 0;
}

static const frond_wait_kind nap_kind = {"nap", NULL, NULL};

int frond_nap(uint64_t ms, frond_deadline d) {
    int rc = frond_wait_enter(d);
    if (rc == 0 && d.ns <= 0)
        rc = FROND_ETIMEDOUT;
    frond_hub *h = frond__self;
    if (rc == 0)
        rc = frond__loop_need(h);
    if (rc < 0)
        return h ? frond_fail_set(rc, "nap") : rc;
    frond__loop_start_nap(h->loop, ms);
    frond_waiter w = {0};
    h->sources++;
    h->loop->naps++;
    rc = frond_wait(&w, &h->loop->nappers, &nap_kind, NULL, d);
    h->loop->naps--;
    h->sources--;
    return rc < 0 ? frond_fail_set(rc, "nap") : 0;
}

static const frond_wait_kind idle_kind = {"nothing else to do", NULL, NULL};

int frond_idle(void) {
    int rc = frond_wait_enter(FROND_NEVER);
    if (rc < 0)
        return rc;
    frond_waiter w = {0};
    rc = frond_wait(&w, &frond__self->idlers, &idle_kind, NULL, FROND_NEVER);
    return rc < 0 ? frond_fail_set(rc, "idle") : 0;
}
