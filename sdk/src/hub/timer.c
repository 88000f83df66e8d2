/* SPDX-License-Identifier: MIT */
/* Timers: binomial trees of nodes that live in whoever waits, so arming one never fails.  At most one tree of
 * a rank, as a number has one bit of a weight; arming is adding one to the number.  No call takes more than
 * some steps for each bit, however many timers there are, and most take a few in all: timers are disarmed
 * long before they are due, as the leaves that they were armed as.  Equal times fire in the order of arming.
 *
 * A tree that has lost nodes from its middle keeps its rank, so ranks may grow beyond the logarithm of how many
 * there are.  They do not get far; should one reach the end, trees there are joined and stay. */
#include "core.h"

enum { MOST_RANK = 63 };

static bool before(const frond__timer *a, const frond__timer *b) {
    return a->ns != b->ns ? a->ns < b->ns : a->order < b->order;
}

/* Of two roots of one rank the later becomes the first child of the earlier. */
static frond__timer *join(frond__timer *a, frond__timer *b) {
    frond__timer *parent = before(a, b) ? a : b, *child = parent == a ? b : a;
    child->prev = parent;
    child->next = parent->child;
    if (child->next)
        child->next->prev = child;
    parent->child = child;
    if (parent->rank < MOST_RANK)
        parent->rank++;
    return parent;
}

static void add(frond__timers *all, frond__timer *tree) {
    tree->next = tree->prev = NULL;
    while (all->ranks & ((uint64_t)1 << tree->rank)) {
        all->ranks &= ~((uint64_t)1 << tree->rank);
        tree = join(tree, all->roots[tree->rank]);
    }
    all->ranks |= (uint64_t)1 << tree->rank;
    all->roots[tree->rank] = tree;
}

static frond__timer *first_of(const frond__timers *all) {
    frond__timer *first = NULL;
    for (uint64_t ranks = all->ranks; ranks; ranks &= ranks - 1) {
        frond__timer *root = all->roots[FROND_LOWEST_BIT(ranks)];
        if (!first || before(root, first))
            first = root;
    }
    return first;
}

void frond__timer_arm(frond_hub *h, frond__timer *t, int64_t ns,
                      void (*fire)(frond__timer *)) {
    t->child = NULL;
    t->rank = 0;
    t->ns = ns;
    t->order = h->timer_order++;
    t->fire = fire;
    add(&h->timers, t);
    if (!h->first_timer || before(t, h->first_timer))
        h->first_timer = t;
    h->armed++;
}

static void take_out(frond__timers *all, frond__timer *t) {
    if (!t->prev)
        all->ranks &= ~((uint64_t)1 << t->rank);
    else if (t->prev->child == t)
        t->prev->child = t->next;
    else
        t->prev->next = t->next;
    if (t->next)
        t->next->prev = t->prev;
    for (frond__timer *c = t->child, *next; c; c = next) {
        next = c->next;
        add(all, c);
    }
}

void frond__timer_disarm(frond_hub *h, frond__timer *t) {
    if (!t->fire)
        return;
    t->fire = NULL;
    h->armed--;
    take_out(&h->timers, t);
    if (h->first_timer == t)
        h->first_timer = first_of(&h->timers);
}

void frond__timers_fire(frond_hub *h, int64_t now) {
    while (h->first_timer && h->first_timer->ns <= now) {
        frond__timer *t = h->first_timer;
        void (*fire)(frond__timer *) = t->fire;
        frond__timer_disarm(h, t);
        fire(t);
    }
}
