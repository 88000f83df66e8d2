/* SPDX-License-Identifier: MIT */
/* The inside of the stacks. */
#ifndef FROND_STACK_SLAB_H
#define FROND_STACK_SLAB_H

#include "stack/stack.h"
#include <string.h>

enum {
    GUARD = 64 * 1024, /* libc has frames of 33 KiB, which would step over one page */
    CLASSES = 14       /* 32 KiB .. 256 MiB */
};

typedef struct {
    size_t size;         /* of the stack, without its guard */
    uint32_t next_slots; /* of the slab to be made next */
    uint32_t empty;      /* slabs with nothing in use */
    frond__slab *usable; /* slabs with a free slot */
    frond__slab *all;
} stack_class;

typedef struct {
    uint16_t next; /* free slot; NONE: the last */
    uint8_t state;
} slot_entry;

struct frond__slab {
    frond__stacks *stacks;
    stack_class *of;
    frond__slab *next_usable, *next_all;
    bool is_usable;
    void *memory; /* of a caller's; NULL: reserved */
    void (*release)(void *memory);
    char *base;
    size_t stride;
    uint32_t slots, fresh; /* slots from `fresh` on were never used: no guard, no page */
    uint32_t used;
    uint32_t clean; /* free, and without memory */
    uint32_t bare;  /* without a guard */
    uint32_t free;  /* slot; NONE */
    uint32_t look;  /* the next slot to look at ... */
    uint32_t round; /* ... or, the last look at all of them that is over */
    slot_entry slot[];
};

struct frond__pool_of_stacks {
    bool left;      /* there may be something to give back */
    uint8_t freed;  /* what a slot is that was given back: LEFT, or DIRTY */
    uint32_t round; /* the look at all slots that goes on, or the next */
    stack_class classes[CLASSES];
    stack_class given;  /* slabs of one, in memory of callers */
    frond__slab *ended; /* of those, what nobody uses any more */
};

#define BLOCK ((sizeof(frond_greenlet) + 63) & ~(size_t)63)

/* Leaves what the last user has left of the context for the next.  In steps that compilers make into plain
 * stores: for the whole they take an instruction that needs longer to begin than these to end. */
static inline void frond__block_clear(frond_greenlet *g) {
    enum { FROM = offsetof(frond_greenlet, hub), STEP = 64, SIZE = sizeof *g - FROM };
    char *p = (char *)g + FROM;
    for (size_t i = 0; i < SIZE / STEP; i++, p += STEP)
        memset(p, 0, STEP);
    memset(p, 0, SIZE % STEP);
}

/* How blocks lie in their slots, for debuggers (sdk/gdb). */
FROND_INTERNAL extern const uint32_t frond__layout[3];

/* Of a slab in memory of a caller's.  in_use: by whoever runs; it goes later then. */
FROND_INTERNAL void frond__given_end(frond__slab *s, bool in_use);

#endif
