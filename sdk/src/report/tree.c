/* SPDX-License-Identifier: MIT */
/* The tree: greenlets below those that spawned them.  Numbers are given in the order of spawning, so the list by
 * number has each spawner before its children, and is walked without recursion: chains of spawns may be long,
 * and the stack is a greenlet's. */
#include "report/tree.h"

#include "report/lines.h"
#include "stack/stack.h"
#include <frond/impl/memory.h>
#include <stdlib.h>

enum { STEP = 2, DEEPEST = 30 /* levels that are indented */ };

typedef struct node {
    frond_greenlet *greenlet; /* NULL: it has ended */
    uint64_t id;
    struct node *parent, *child, *last_child, *next;
    uint32_t walk; /* of the search for cycles that has come by; 0: none */
} node;

typedef struct {
    node *list;
    size_t n, cap;
} forest;

static void count_one(frond_greenlet *g, void *arg) {
    ((forest *)arg)->cap += g->state != FROND_DEAD;
}

static void add(forest *f, frond_greenlet *g) {
    f->list[f->n++] = (node){.greenlet = g, .id = g->id};
}

static void add_one(frond_greenlet *g, void *arg) {
    if (g->state != FROND_DEAD)
        add(arg, g);
}

static int by_id(const void *a, const void *b) {
    const node *x = a, *y = b;
    return (x->id > y->id) - (x->id < y->id);
}

static node *find(const forest *f, uint64_t id) {
    const node key = {.id = id};
    return bsearch(&key, f->list, f->n, sizeof key, by_id);
}

/* Spawners that have ended, each once, behind the others. */
static void add_ended(forest *f) {
    size_t living = f->n;
    for (size_t i = 0; i < living; i++) {
        const frond_greenlet *g = f->list[i].greenlet;
        forest there = {f->list, living, 0};
        if (!(g->traits & FROND__MAIN) && !find(&there, g->spawner))
            f->list[f->n++] = (node){.id = g->spawner};
    }
    qsort(f->list, f->n, sizeof *f->list, by_id);
    size_t kept = 0;
    for (size_t i = 0; i < f->n; i++)
        if (kept == 0 || f->list[kept - 1].id != f->list[i].id)
            f->list[kept++] = f->list[i];
    f->n = kept;
}

static void adopt(node *parent, node *child) {
    child->parent = parent;
    *(parent->last_child ? &parent->last_child->next : &parent->child) = child;
    parent->last_child = child;
}

static bool gather(forest *f, frond_hub *h) {
    f->cap = 1;
    frond__stacks_each(h->stacks, count_one, f);
    f->list = frond_alloc(2 * f->cap * sizeof *f->list); /* and as many spawners */
    if (!f->list)
        return false;
    add(f, &h->main);
    frond__stacks_each(h->stacks, add_one, f);
    qsort(f->list, f->n, sizeof *f->list, by_id);
    add_ended(f);
    for (size_t i = 0; i < f->n; i++) {
        const frond_greenlet *g = f->list[i].greenlet;
        node *spawner = g && !(g->traits & FROND__MAIN) ? find(f, g->spawner) : NULL;
        if (spawner)
            adopt(spawner, &f->list[i]);
    }
    return true;
}

/* ---- cycles ---- */

static node *waits_for(const forest *f, const node *n) {
    const frond_greenlet *g = n->greenlet;
    const frond_waiter *w = g && g->state == FROND_WAITING ? g->wait : NULL;
    const frond_greenlet *target =
        w && w->kind->target ? w->kind->target(w->object) : NULL;
    return target ? find(f, target->id) : NULL;
}

static void print_cycle(frond__page *p, const forest *f, node *first) {
    frond__print(p, "cycle: greenlet %llu", (unsigned long long)first->id);
    node *n = first;
    do {
        char what[320];
        frond__wait_text(n->greenlet->wait, what, sizeof what);
        frond__print(p, "%s waits for %s", n == first ? "" : ", which", what);
        n = waits_for(f, n);
    } while (n != first);
    frond__print(p, "\n");
}

/* Everybody waits for one at most: whoever comes by where the same walk has been is on a cycle. */
static void print_cycles(frond__page *p, const forest *f) {
    for (size_t i = 0; i < f->n; i++) {
        uint32_t walk = (uint32_t)i + 1;
        node *n = &f->list[i];
        while (n && !n->walk) {
            n->walk = walk;
            n = waits_for(f, n);
        }
        if (n && n->walk == walk)
            print_cycle(p, f, n);
    }
}

/* ---- the whole ---- */

static node *after(node *n, int *depth) {
    if (n->child) {
        ++*depth;
        return n->child;
    }
    while (n && !n->next) {
        n = n->parent;
        --*depth;
    }
    return n ? n->next : NULL;
}

static void print_node(frond__page *p, frond_hub *h, const node *n, int depth,
                       const void *caller) {
    p->indent = STEP * (depth < DEEPEST ? depth : DEEPEST);
    if (n->greenlet)
        frond__lines_greenlet(p, h, n->greenlet, caller);
    else
        frond__print(p, "%*sgreenlet %llu has ended; it spawned\n", p->indent, "",
                     (unsigned long long)n->id);
}

void frond__tree_print(frond__page *p, frond_hub *h, const void *caller) {
    forest f = {NULL, 0, 0};
    if (!gather(&f, h)) {
        p->failed = true;
        return;
    }
    print_cycles(p, &f);
    for (size_t i = 0; i < f.n; i++) {
        int depth = 0;
        if (f.list[i].parent)
            continue;
        for (node *n = &f.list[i]; n; n = after(n, &depth))
            print_node(p, h, n, depth, caller);
    }
    p->indent = 0;
    frond_free(f.list);
}
