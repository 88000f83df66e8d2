/* SPDX-License-Identifier: MIT */
/* Timers: a pairing heap of nodes that live in whoever waits, so arming one never fails.  Equal
 * times fire in the order of arming.  Most are disarmed long before they are due: both arming and
 * disarming a leaf are a few pointer writes. */
#include "core.h"

static bool before(const frond__timer *a, const frond__timer *b) {
    return a->ns != b->ns ? a->ns < b->ns : a->order < b->order;
}

/* Both are roots; the later becomes the first child of the earlier. */
static frond__timer *meld(frond__timer *a, frond__timer *b) {
    if (!a || !b)
        return a ? a : b;
    if (before(b, a)) {
        frond__timer *t = a;
        a = b;
        b = t;
    }
    b->prev = a;
    b->next = a->child;
    if (a->child)
        a->child->prev = b;
    a->child = b;
    a->next = a->prev = NULL;
    return a;
}

/* Makes one heap of a list of siblings: pairs from the left, then melds them from the right. */
static frond__timer *meld_siblings(frond__timer *first) {
    frond__timer *pairs = NULL, *root = NULL;
    while (first) {
        frond__timer *a = first, *b = a->next;
        first = b ? b->next : NULL;
        a->next = a->prev = NULL;
        if (b)
            b->next = b->prev = NULL;
        frond__timer *pair = meld(a, b);
        pair->next = pairs; /* the list of pairs, last first */
        pairs = pair;
    }
    while (pairs) {
        frond__timer *pair = pairs;
        pairs = pair->next;
        pair->next = NULL;
        root = meld(root, pair);
    }
    return root;
}

void frond__timer_arm(frond_hub *h, frond__timer *t, int64_t ns,
                      void (*fire)(frond__timer *)) {
    t->child = t->next = t->prev = NULL;
    t->ns = ns;
    t->order = h->timer_order++;
    t->fire = fire;
    h->timers = meld(h->timers, t);
    h->armed++;
}

void frond__timer_disarm(frond_hub *h, frond__timer *t) {
    if (!t->fire)
        return;
    t->fire = NULL;
    h->armed--;
    frond__timer *rest = meld_siblings(t->child);
    if (h->timers == t) {
        h->timers = rest;
        return;
    }
    if (t->prev->child == t)
        t->prev->child = t->next;
    else
        t->prev->next = t->next;
    if (t->next)
        t->next->prev = t->prev;
    h->timers = meld(h->timers, rest);
}

void frond__timers_fire(frond_hub *h, int64_t now) {
    while (h->timers && h->timers->ns <= now) {
        frond__timer *t = h->timers;
        void (*fire)(frond__timer *) = t->fire;
        frond__timer_disarm(h, t);
        fire(t);
    }
}
