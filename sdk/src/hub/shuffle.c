/* SPDX-License-Identifier: MIT */
/* The shuffle: in what order the ready run when it is not the one in which they became ready.  One who
 * yields waits for all that were ready before, so it is not drawn while others stand ahead of it. */
#include "core.h"

enum { WINDOW = 16 }; /* how many may be passed over in one draw: a bounded effort */

/* xorshift64*: any seed but 0, which stands for no shuffle. */
static uint64_t draw(frond_hub *h) {
    uint64_t x = h->shuffle;
    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    h->shuffle = x;
    return (x * 2685821657736338717u) >> 32;
}

static frond_greenlet *unlink_after(frond_hub *h, frond_greenlet *before) {
    frond_greenlet *g = before->next;
    before->next = g->next;
    if (h->ready.tail == g)
        h->ready.tail = before;
    h->ready.n--;
    return g;
}

frond_greenlet *frond__ready_draw(frond_hub *h) {
    size_t most = h->ready.n < WINDOW ? h->ready.n : WINDOW;
    size_t skip = most > 1 ? (size_t)(draw(h) % most) : 0;
    if (skip == 0)
        return frond__ready_pop(h);
    frond_greenlet *before = h->ready.head;
    while (--skip)
        before = before->next;
    return before->next->yields ? frond__ready_pop(h) : unlink_after(h, before);
}

int frond_shuffle(uint64_t seed, uint64_t *before) {
    frond_hub *h = frond__hub();
    if (!h)
        return frond__no_hub();
    if (before)
        *before = h->shuffle;
    h->shuffle = seed;
    h->slice = 1;
    return 0;
}
