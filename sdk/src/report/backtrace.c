/* SPDX-License-Identifier: MIT */
/* Backtraces, by frame rules, since frame pointers cannot be relied on.  A parked greenlet is unwound on
 * its own stack, by a visit. */
#include "report/backtrace.h"

int frond__backtrace(void **frames, int cap, const void *from) {
    int n = frond__unwind(frames, cap, 1), own = 0;
    while (own < n && frames[own] != from)
        own++;
    if (own == n)
        return n;
    for (int i = own; i < n; i++)
        frames[i - own] = frames[i];
    return n - own;
}

typedef struct {
    frond_greenlet *from, *of;
    void **frames;
    int n, cap;
} visit;

static void visit_run(void *arg) {
    visit *v = arg;
    frond__san_enter(&v->of->san);
    v->n = frond__unwind(v->frames, v->cap, 3); /* without it, this and the switch */
    frond__san_visit(&v->of->san, &v->from->san);
}

int frond__backtrace_of(frond_hub *h, frond_greenlet *g, void **frames, int cap,
                        const void *from) {
    if (g == h->current)
        return frond__backtrace(frames, cap, from);
    if (g->state == FROND_DEAD || g->state == FROND_NEW)
        return 0;
    visit v = {h->current, g, frames, 0, cap};
    frond__san_visit(&h->current->san, &g->san);
    frond__context_visit(&h->current->context, &g->context, visit_run, &v);
    frond__san_enter(&h->current->san);
    return v.n;
}
