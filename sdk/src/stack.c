/* SPDX-License-Identifier: MIT */
/* Stacks, in slabs, reused, each with a guard below it.
 *
 * A slab is one reservation of equal slots: [guard | stack], the stack growing down to its guard
 * and the greenlet's control block at its top, so that a parked greenlet costs one page in all.
 * Blocks of neighbouring slots are shifted by a few cache lines against each other: at a fixed
 * offset in every page, the blocks of a thousand greenlets would share a handful of cache sets.
 * Slots are handed out last freed first, within the slab that was freed to last. */
#include "ensure.h"
#include "fork.h"
#include "core.h"
#include "os.h"
#include <frond/impl/fail.h>
#include <frond/impl/memory.h>
#include <string.h>

enum {
    GUARD = 64 * 1024, /* libc has frames of 33 KiB, which would step over one page */
    SMALLEST = 32 * 1024,
    CLASSES = 14,                        /* 32 KiB .. 256 MiB */
    USUAL = sizeof(void *) >= 8 ? 3 : 2, /* the class of FROND_STACK_SIZE */
    COLOURS = 16,
    COLOUR = 64, /* a cache line */
    FIRST_SLOTS = 16,
    MOST_SLOTS = 16384,
    TRIM_NS = 1000000000 /* between two looks for slabs to give back */
};

_Static_assert((SMALLEST << USUAL) == FROND_STACK_SIZE,
               "the usual class is the default's");

typedef struct {
    size_t size;         /* of the stack, without its guard */
    uint32_t next_slots; /* of the slab to be made next */
    uint32_t empty;      /* slabs with nothing in use */
    frond__slab *usable; /* slabs with a free slot */
    frond__slab *all;
} stack_class;

struct frond__slab {
    stack_class *of;
    frond__slab *next_usable, *next_all;
    bool is_usable;
    char *base;
    size_t stride;
    uint32_t slots, fresh; /* slots from `fresh` on were never used: no guard, no page */
    uint32_t used;
    frond_greenlet *free;
};

struct frond__pool_of_stacks {
    stack_class classes[CLASSES];
    int64_t trimmed;
};

#define BLOCK ((sizeof(frond_greenlet) + 63) & ~(size_t)63)

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
    for (int i = 0; s && i < CLASSES; i++) {
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

static frond__slab *slab_new(stack_class *c) {
    frond__slab *s = frond_calloc(1, sizeof *s);
    if (!s)
        return NULL;
    s->of = c;
    s->stride = c->size + GUARD;
    s->slots = c->next_slots;
    while (!(s->base = frond__os_reserve(s->stride * s->slots)) && s->slots > 1)
        s->slots /= 2; /* a limit on address space: make do with less */
    if (!s->base) {
        frond_free(s);
        return NULL;
    }
    if (c->next_slots < MOST_SLOTS && c->size <= 2 * FROND_STACK_SIZE)
        c->next_slots *= 2;
    s->next_all = c->all;
    c->all = s;
    c->empty++;
    make_usable(s);
    return s;
}

/* In steps that compilers make into plain stores: for the whole they take an instruction that needs longer
 * to begin than these to end. */
static inline void clear(frond_greenlet *g) {
    enum { FROM = offsetof(frond_greenlet, hub), STEP = 64, SIZE = sizeof *g - FROM };
    char *p = (char *)g + FROM;
    for (size_t i = 0; i < SIZE / STEP; i++, p += STEP)
        memset(p, 0, STEP);
    memset(p, 0, SIZE % STEP);
}

static frond_greenlet *first_use(frond__slab *s) {
    char *bottom = s->base + (size_t)s->fresh * s->stride;
    if (!frond__os_stack(bottom, GUARD, s->of->size)) {
        char why[200];
        frond_fail_text(FROND_ENOMEM, "spawn: %s",
                        frond__os_stack_refused(why, sizeof why));
        return NULL;
    }
    frond__san_stack(bottom + GUARD, bottom + s->stride, 1);
    frond_greenlet *g = block_at(s, s->fresh);
    g->slab = s;
    g->slot = s->fresh++;
    return g;
}

/* From a slab that has none freed. */
static FROND_NOINLINE frond_greenlet *take_fresh(stack_class *c) {
    frond__slab *s = c->usable ? c->usable : slab_new(c);
    if (s)
        return s->free ? s->free : first_use(s);
    frond_fail_text(FROND_ENOMEM, "spawn: no address space for stacks of %zu bytes",
                    c->size);
    return NULL;
}

static void no_longer_usable(frond__slab *s) {
    s->of->usable = s->next_usable; /* it was the first: full now */
    s->is_usable = false;
}

frond_greenlet *frond__stack_take(frond__stacks *stacks, size_t size) {
    stack_class *c = class_for(stacks, size);
    frond_greenlet *g = c->usable && c->usable->free ? c->usable->free : take_fresh(c);
    if (FROND_UNLIKELY(!g))
        return NULL;
    frond__slab *s = g->slab;
    if (s->free == g)
        s->free = g->next;
    if (s->used++ == 0)
        c->empty--;
    if (FROND_UNLIKELY(!s->free && s->fresh == s->slots))
        no_longer_usable(s);
    clear(g);
    return g;
}

void frond__stack_give(frond_greenlet *g) {
    frond__slab *s = g->slab;
    g->hub = NULL; /* marks a free block */
    g->next = s->free;
    s->free = g;
    if (--s->used == 0)
        s->of->empty++;
    if (FROND_UNLIKELY(!s->is_usable))
        make_usable(s);
}

static void slab_free(frond__slab *s) {
    for (uint32_t i = 0; i < s->fresh; i++) {
        char *bottom = s->base + (size_t)i * s->stride;
        frond__context_drop(&block_at(s, i)->context);
        frond__san_stack(bottom + GUARD, bottom + s->stride, 0);
    }
    frond__os_unreserve(s->base, s->stride * s->slots);
    frond_free(s);
}

/* Gives back the slabs of a class that nothing uses, but for one. */
static void class_trim(stack_class *c) {
    uint32_t spare = 1;
    frond__slab **link = &c->all, *s;
    while ((s = *link)) {
        if (s->used || spare) {
            spare -= s->used == 0;
            link = &s->next_all;
            continue;
        }
        frond__slab **usable = &c->usable;
        while (*usable != s)
            usable = &(*usable)->next_usable;
        *usable = s->next_usable;
        *link = s->next_all;
        c->empty--;
        slab_free(s);
    }
}

void frond__stacks_trim(frond__stacks *stacks, int64_t now) {
    if (now - stacks->trimmed < TRIM_NS)
        return;
    stacks->trimmed = now;
    for (int i = 0; i < CLASSES; i++)
        if (stacks->classes[i].empty > 1)
            class_trim(&stacks->classes[i]);
}

void frond__stacks_free(frond__stacks *stacks) {
    for (int i = 0; i < CLASSES; i++) {
        frond__slab *next, *s = stacks->classes[i].all;
        for (; s; s = next) {
            next = s->next_all;
            slab_free(s);
        }
    }
    frond_free(stacks);
}

void frond__stacks_each(frond__stacks *stacks, void (*fn)(frond_greenlet *, void *),
                        void *arg) {
    for (int i = 0; i < CLASSES; i++)
        for (frond__slab *s = stacks->classes[i].all; s; s = s->next_all)
            for (uint32_t slot = 0; slot < s->fresh; slot++) {
                frond_greenlet *g = block_at(s, slot);
                if (g->hub)
                    fn(g, arg);
            }
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

size_t frond_stack_used(const frond_greenlet *g) {
    char *low, *high;
    if (!g || !g->slab || FROND__CONTEXT_HAS_STACK)
        return 0;
    frond__stack_bounds(g, &low, &high);
    size_t page = frond__os_page();
    high = (char *)(((uintptr_t)high + page - 1) & ~(uintptr_t)(page - 1));
    return frond__os_touched(low, high);
}

void frond__stacks_copied(frond__stacks *stacks, const frond_greenlet *g, bool copied) {
    for (int i = 0; i < CLASSES; i++)
        for (frond__slab *s = stacks->classes[i].all; s; s = s->next_all)
            if (s->fresh)
                frond__os_copied(s->base, s->stride * s->fresh, copied);
    if (g->slab && !copied) /* its own goes with it */
        frond__os_copied(g->slab->base + (size_t)g->slot * g->slab->stride,
                         g->slab->stride, true);
}
