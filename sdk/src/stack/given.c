/* SPDX-License-Identifier: MIT */
/* Stacks in memory of callers: each a slab of one, which nobody reserves, guards, or gives back to the system.
 * A greenlet that ends lets go of its own stack while it still runs on it, so the caller hears of that later:
 * at the hub's next turn, or its end. */
#include "stack/slab.h"

#include "os/os.h"
#include <frond/impl/fail.h>
#include <frond/impl/memory.h>
#include <string.h>

enum { ALIGNED = 64 };

frond_greenlet *frond__stack_given(frond__stacks *stacks, const frond_spawn_options *o,
                                   char **low) {
    frond__slab *s = frond_calloc(1, sizeof *s + sizeof s->slot[0]);
    if (!s) {
        frond_fail_set(FROND_ENOMEM, "spawn");
        return NULL;
    }
    uintptr_t bottom = (uintptr_t)o->stack,
              top = (bottom + o->stack_size) & ~(uintptr_t)(ALIGNED - 1);
    s->stacks = stacks;
    s->of = &stacks->given;
    s->memory = o->stack;
    s->release = o->stack_release;
    s->base = (char *)(bottom - GUARD); /* as if there were one */
    s->stride = top - bottom + GUARD;
    s->slots = s->fresh = s->used = 1;
    s->next_all = stacks->given.all;
    stacks->given.all = s;
    frond_greenlet *g = (frond_greenlet *)(top - BLOCK);
    memset(&g->context, 0, sizeof g->context);
    frond__os_stack_given(&g->context, o->stack);
    frond__block_clear(g);
    g->slab = s;
    g->slot = 0;
    *low = o->stack;
    frond__san_stack(*low, (char *)top, 1);
    return g;
}

static void let_go(frond__slab *s) {
    if (s->release)
        s->release(s->memory);
    frond_free(s);
}

void frond__given_end(frond__slab *s, bool in_use) {
    frond__stacks *stacks = s->stacks;
    frond__slab **link = &stacks->given.all;
    while (*link != s)
        link = &(*link)->next_all;
    *link = s->next_all;
    char *top = s->base + s->stride;
    frond__san_stack(s->memory, top, 0);
    frond__context_drop(&((frond_greenlet *)(void *)(top - BLOCK))->context);
    if (!in_use) {
        let_go(s);
        return;
    }
    s->next_all = stacks->ended;
    stacks->ended = s;
}

bool frond__stacks_ended(const frond__stacks *stacks) {
    return stacks->ended != NULL;
}

void frond__stacks_settle(frond__stacks *stacks) {
    while (stacks->ended) {
        frond__slab *s = stacks->ended;
        stacks->ended = s->next_all;
        let_go(s);
    }
}
