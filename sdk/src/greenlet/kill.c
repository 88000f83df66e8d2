/* SPDX-License-Identifier: MIT */
/* Killing: one mark, whatever state the greenlet is in, and the wait for its end. */
#include "core.h"
#include <frond/impl/fail.h>

/* Has the wait or switch that g is in answer that it was cancelled.  False: it is in none, or has its answer. */
static bool cancel(frond_hub *h, frond_greenlet *g) {
    if (g->state == FROND_WAITING) {
        frond_wake(g->wait, FROND_ECANCELED);
    } else if (g->state == FROND_READY && g->yields) {
        frond__answer(g, FROND_ECANCELED, "switch");
    } else if (g->gate) {
        g->gate = NULL;
        frond__answer(g, FROND_ECANCELED, "switch");
        frond__ready_push(h, g);
    } else {
        return false;
    }
    return true;
}

void frond__kill_mark(frond_hub *h, frond_greenlet *g, int error) {
    if (g->state == FROND_DEAD)
        return;
    if (!(g->attention & FROND__KILLED)) {
        g->attention |= FROND__KILLED;
        g->kill_error = error;
    }
    if (g->state == FROND_NEW && (g->traits & FROND__RAW)) {
        frond__greenlet_end_unstarted(h, g);
    } else if (g->traits & FROND__DELAYED) {
        frond__delay_end(h, g);
    } else if (
        !g->shields) { /* else the shield's end, or its budget's, brings it to notice */
        cancel(h, g);
    }
}

int frond_kill_once(frond_greenlet *g) {
    frond_hub *h = frond__hub();
    if (!h)
        return frond__no_hub();
    if (!g || (g->traits & (FROND__MAIN | FROND__HUB)))
        return frond_fail_set(FROND_EINVAL, "kill once");
    if (g->hub != h)
        return frond__fail_thread(g->hub->owner_id, "kill once");
    if (g->state == FROND_DEAD ||
        (g->state == FROND_READY && g->answer == FROND_ECANCELED))
        return 0; /* it has ended, or will see the one before */
    if (g->shields || !cancel(h, g))
        g->attention |= FROND__KILLED_ONCE;
    return 0;
}

int frond_kill(frond_greenlet *g, int error, frond_deadline d) {
    frond_hub *h = frond__hub();
    if (!h)
        return frond__no_hub();
    if (!g || error >= 0 || (g->traits & (FROND__MAIN | FROND__HUB)))
        return frond_fail_set(FROND_EINVAL, "kill");
    if (g->hub != h)
        return frond__fail_thread(g->hub->owner_id, "kill");
    frond__kill_mark(h, g, error);
    if (g == h->current)
        return frond_fail_set(FROND_ECANCELED, "kill: self");
    if (g->state == FROND_DEAD || d.ns <= 0)
        return 0;
    return frond_join(g, d);
}
