/* SPDX-License-Identifier: MIT */
/* Stacks, in slabs, reused, each with a guard below it.
 *
 * A slab is one reservation of equal slots: [guard | stack], the stack growing down to its guard
 * and the greenlet's control block at its top, so that a parked greenlet costs one page in all.
 * Blocks of neighbouring slots are shifted by a few cache lines against each other: at a fixed
 * offset in every page, the blocks of a thousand greenlets would share a handful of cache sets.
 * Slots are handed out last freed first, within the slab that was freed to last.
 *
 * What is free is listed beside the slab, not in it, so that memory nobody uses can go back to the
 * system: that of each slot that was free at two looks one after the other, and whole slabs with
 * nothing else in them, save one of each size. */
#include "ensure.h"
#include "stack/guards.h"
#include "stack/slab.h"
#include "os/os.h"
#include <frond/impl/fail.h>
#include <frond/impl/memory.h>
#include <frond/stack.h>
#include <string.h>

enum {
    SMALLEST = 32 * 1024,
    USUAL = sizeof(void *) >= 8 ? 3 : 2, /* the class of FROND_STACK_SIZE */
    COLOURS = 16,
    COLOUR = 64, /* a cache line */
    FIRST_SLOTS = 16,
    MOST_SLOTS = 2048, /* a larger slab takes milliseconds to unmap */
    NONE = 65535,
    ROUND_MS = 1000, /* between two looks at all slots */
    LOOK_MS = 2,     /* between two parts of such a look, when it is a long one */
    LOOK_SLOTS = 65536,
    DISCARD_SLOTS =
        LOOK_SLOTS / 128 /* a slot given back costs as much as looking at so many */
};

enum { /* of a slot */
       USED,
       LEFT,  /* free since the last look */
       AGED,  /* since the one before */
       DIRTY, /* free, and to be made clean before it is used */
       CLEAN, /* free and without memory */
       GONE   /* ... so that it has to be made again */
};

_Static_assert((SMALLEST << USUAL) == FROND_STACK_SIZE,
               "the usual class is the default's");

const uint32_t frond__layout[] = {BLOCK, COLOURS, COLOUR};

static frond_greenlet *block_at(const frond__slab *s, uint32_t slot) {
    char *top = s->base + (size_t)(slot + 1) * s->stride;
    return (frond_greenlet *)(void *)(top - (slot % COLOURS) * COLOUR - BLOCK);
}

void frond__stack_bounds(const frond_greenlet *g, char **low, char **high) {
    *low = g->slab->base + (size_t)g->slot * g->slab->stride + GUARD;
    *high = (char *)(uintptr_t)g;
}

frond__stacks *frond__stacks_new(void) {
    frond__stacks *s = frond_calloc(1, sizeof *s);
    if (!s)
        return NULL;
    s->round = 1;
    s->freed = LEFT;
    for (int i = 0; i < CLASSES; i++) {
        s->classes[i].size = (size_t)SMALLEST << i;
        s->classes[i].next_slots = FIRST_SLOTS;
    }
    return s;
}

static inline stack_class *class_for(frond__stacks *s, size_t size) {
    int first = size == FROND_STACK_SIZE ? USUAL : 0;
    for (int i = first; i < CLASSES; i++)
        if (s->classes[i].size >= size)
            return &s->classes[i];
    return NULL;
}

static void make_usable(frond__slab *s) {
    s->next_usable = s->of->usable;
    s->of->usable = s;
    s->is_usable = true;
}

static frond__slab *slab_new(frond__stacks *stacks, stack_class *c) {
    size_t stride = c->size + GUARD;
    uint32_t slots = c->next_slots;
    char *base;
    while (!(base = frond__os_reserve(stride * slots)) && slots > 1)
        slots /= 2; /* a limit on address space: make do with less */
    frond__slab *s = base ? frond_calloc(1, sizeof *s + slots * sizeof s->slot[0]) : NULL;
    if (!s) {
        if (base)
            frond__os_unreserve(base, stride * slots);
        return NULL;
    }
    s->stacks = stacks;
    s->of = c;
    s->base = base;
    s->stride = stride;
    s->slots = slots;
    s->free = NONE;
    if (c->next_slots < MOST_SLOTS && c->size <= 2 * FROND_STACK_SIZE)
        c->next_slots *= 2;
    s->next_all = c->all;
    c->all = s;
    c->empty++;
    make_usable(s);
    return s;
}

static char *bottom_of(const frond__slab *s, uint32_t slot) {
    return s->base + (size_t)slot * s->stride;
}

static bool first_use(frond__slab *s) {
    char *bottom = bottom_of(s, s->fresh);
    int guarded = frond__guards_stack(bottom, GUARD, s->of->size);
    if (guarded < 0)
        return false;
    s->bare += guarded == 0;
    s->fresh++;
    frond__san_stack(bottom + GUARD, bottom + s->stride, 1);
    return true;
}

static void discard(frond__slab *s, uint32_t slot) {
    char *bottom = bottom_of(s, slot);
    frond__context_drop(&block_at(s, slot)->context);
    bool stays = frond__os_discard(bottom, GUARD, s->of->size);
    s->slot[slot].state = stays ? CLEAN : GONE;
    s->clean++;
    if (!stays)
        frond__guards_gone(1);
}

/* One that was given back is used again. */
static bool use_again(frond__slab *s, uint32_t slot) {
    if (s->slot[slot].state == DIRTY)
        discard(s, slot);
    if (s->slot[slot].state == GONE &&
        frond__guards_stack(bottom_of(s, slot), GUARD, s->of->size) < 0)
        return false;
    s->clean--;
    return true;
}

static FROND_NOINLINE frond__slab *slab_for(frond__stacks *stacks, stack_class *c) {
    frond__guards_plan();
    frond__slab *s = slab_new(stacks, c);
    if (!s)
        frond_fail_text(FROND_ENOMEM, "spawn: no address space for stacks of %zu bytes",
                        c->size);
    return s;
}

/* Has the first free slot of s be one that can be used as it is. */
static FROND_NOINLINE bool make_ready(frond__slab *s) {
    if (s->free != NONE)
        return use_again(s, s->free);
    if (!first_use(s))
        return false;
    s->free = s->fresh - 1;
    s->slot[s->free].next = NONE;
    return true;
}

static void no_longer_usable(frond__slab *s) {
    s->of->usable = s->next_usable; /* it was the first: full now */
    s->is_usable = false;
}

frond_greenlet *frond__stack_take(frond__stacks *stacks, size_t size, char **low) {
    stack_class *c = class_for(stacks, size);
    frond__slab *s = FROND_LIKELY(c->usable != NULL) ? c->usable : slab_for(stacks, c);
    if (FROND_UNLIKELY(!s))
        return NULL;
    if (FROND_UNLIKELY(s->free == NONE || s->slot[s->free].state >= DIRTY) &&
        !make_ready(s))
        return NULL;
    uint32_t slot = s->free;
    s->free = s->slot[slot].next;
    s->slot[slot].state = USED;
    frond_greenlet *g = block_at(s, slot);
    frond__block_clear(g);
    g->slab = s;
    g->slot = slot;
    if (s->used++ == 0)
        c->empty--;
    if (FROND_UNLIKELY(s->free == NONE && s->fresh == s->slots))
        no_longer_usable(s);
    *low = bottom_of(s, slot) + GUARD;
    return g;
}

void frond__stack_give(frond_greenlet *g) {
    frond__slab *s = g->slab;
    if (FROND_UNLIKELY(s->memory != NULL)) {
        frond__given_end(s, g == g->hub->current);
        return;
    }
    s->slot[g->slot] = (slot_entry){(uint16_t)s->free, s->stacks->freed};
    s->free = g->slot;
    s->stacks->left = true;
    if (--s->used == 0)
        s->of->empty++;
    if (FROND_UNLIKELY(!s->is_usable))
        make_usable(s);
}

void frond__stack_untake(frond_greenlet *g) {
    frond__slab *s = g->slab;
    s->release = NULL;
    if (s->memory)
        frond__given_end(s, false);
    else
        frond__stack_give(g);
}

static void slab_free(frond__slab *s) {
    size_t guards = s->fresh - s->bare;
    for (uint32_t i = 0; i < s->fresh; i++) {
        if (s->slot[i].state < CLEAN)
            frond__context_drop(&block_at(s, i)->context);
        guards -= s->slot[i].state == GONE;
        char *bottom = bottom_of(s, i);
        frond__san_stack(bottom + GUARD, bottom + s->stride, 0);
    }
    frond__guards_gone(guards);
    frond__os_unreserve(s->base, s->stride * s->slots);
    frond_free(s);
}

/* ---- giving memory back ---- */

/* Goes on with the look at a slab's slots while there is budget left; true: all were looked at. */
static bool slab_look(frond__slab *s, int32_t *budget) {
    for (; s->look<s->fresh && * budget> 0; s->look++, --*budget) {
        slot_entry *e = &s->slot[s->look];
        if (e->state == LEFT) {
            e->state = AGED;
        } else if (e->state == AGED || e->state == DIRTY) {
            discard(s, s->look);
            *budget -= DISCARD_SLOTS;
        }
    }
    if (s->look < s->fresh)
        return false;
    s->look = 0;
    s->round = s->stacks->round;
    return true;
}

static void slab_unlink(frond__slab **link) {
    frond__slab *s = *link, **usable = &s->of->usable;
    while (*usable != s)
        usable = &(*usable)->next_usable;
    *usable = s->next_usable;
    *link = s->next_all;
    s->of->empty--;
}

/* Goes on with the look at a class's slabs, the largest first; true: all were looked at. */
static bool class_look(stack_class *c, int32_t *budget, bool *left) {
    for (frond__slab **link = &c->all, *s; (s = *link);) {
        if (*budget <= 0)
            return false;
        if (s->round != s->stacks->round && !slab_look(s, budget))
            return false;
        if (s->used + s->clean < s->fresh)
            *left = true;
        if (s->clean == s->fresh && c->empty > 1) {
            slab_unlink(link);
            slab_free(s);
            *budget = 0;
        } else {
            link = &s->next_all;
        }
    }
    return true;
}

void frond__stacks_exact(frond__stacks *stacks) {
    stacks->freed = DIRTY;
}

bool frond__stacks_left(const frond__stacks *stacks) {
    return stacks->left;
}

uint32_t frond__stacks_trim(frond__stacks *stacks) {
    int32_t budget = LOOK_SLOTS;
    bool left = false;
    for (int i = 0; i < CLASSES; i++)
        if (!class_look(&stacks->classes[i], &budget, &left))
            return LOOK_MS;
    stacks->round++;
    stacks->left = left;
    return left ? ROUND_MS : 0;
}

/* A stack is given back in the second round that finds it unused; then one more, for slabs that are empty now. */
void frond_trim(void) {
    enum { ROUNDS = 3 };
    for (int rounds = 0; frond__self && rounds < ROUNDS;) {
        uint32_t again = frond__stacks_trim(frond__self->stacks);
        if (!again)
            return;
        rounds += again != LOOK_MS;
    }
}

void frond__stacks_free(frond__stacks *stacks) {
    for (int i = 0; i < CLASSES; i++) {
        frond__slab *next, *s = stacks->classes[i].all;
        for (; s; s = next) {
            next = s->next_all;
            slab_free(s);
        }
    }
    frond__stacks_settle(stacks);
    while (stacks->given.all)
        frond__given_end(stacks->given.all, false);
    frond_free(stacks);
}

static void each_of(const stack_class *c, void (*fn)(frond_greenlet *, void *),
                    void *arg) {
    for (frond__slab *s = c->all; s; s = s->next_all)
        for (uint32_t slot = 0; slot < s->fresh; slot++)
            if (s->slot[slot].state == USED)
                fn(block_at(s, slot), arg);
}

void frond__stacks_sum(const frond__stacks *stacks, uint64_t *n, uint64_t *bytes) {
    for (int i = 0; i <= CLASSES; i++) {
        const stack_class *c = i < CLASSES ? &stacks->classes[i] : &stacks->given;
        for (const frond__slab *s = c->all; s; s = s->next_all) {
            *n += s->used;
            *bytes += (uint64_t)s->used * s->stride;
        }
    }
}

void frond__stacks_each(frond__stacks *stacks, void (*fn)(frond_greenlet *, void *),
                        void *arg) {
    for (int i = 0; i < CLASSES; i++)
        each_of(&stacks->classes[i], fn, arg);
    each_of(&stacks->given, fn, arg);
}

frond_greenlet *frond__stack_guard_hit(frond__stacks *stacks, const void *address) {
    const char *p = address;
    for (int i = 0; i < CLASSES; i++)
        for (frond__slab *s = stacks->classes[i].all; s; s = s->next_all) {
            if (p < s->base || p >= s->base + s->stride * s->fresh)
                continue;
            size_t offset = (size_t)(p - s->base);
            if (offset % s->stride >= GUARD)
                return NULL;
            return block_at(s, (uint32_t)(offset / s->stride));
        }
    return NULL;
}

size_t frond_stacks_unguarded(void) {
    const frond_hub *h = frond__self;
    size_t n = 0;
    for (int i = 0; h && i < CLASSES; i++)
        for (frond__slab *s = h->stacks->classes[i].all; s; s = s->next_all)
            n += s->bare;
    for (frond__slab *s = h ? h->stacks->given.all : NULL; s; s = s->next_all)
        n++;
    return n;
}

size_t frond_stack_used(const frond_greenlet *g) {
    char *low, *high;
    if (!g || !g->slab || FROND__CONTEXT_HAS_STACK)
        return 0;
    frond__stack_bounds(g, &low, &high);
    size_t page = frond__os_page();
    low = (char *)(((uintptr_t)low + page - 1) & ~(uintptr_t)(page - 1));
    high = (char *)(((uintptr_t)high + page - 1) & ~(uintptr_t)(page - 1));
    return frond__os_touched(low, high);
}

void frond__stacks_copied(frond__stacks *stacks, const frond_greenlet *g, bool copied) {
    for (int i = 0; i < CLASSES; i++)
        for (frond__slab *s = stacks->classes[i].all; s; s = s->next_all)
            if (s->fresh)
                frond__os_copied(s->base, s->stride * s->fresh, copied);
    if (g->slab && !g->slab->memory && !copied) /* its own goes with it */
        frond__os_copied(g->slab->base + (size_t)g->slot * g->slab->stride,
                         g->slab->stride, true);
}
