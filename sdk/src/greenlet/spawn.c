/* SPDX-License-Identifier: MIT */
/* Starting scheduled greenlets, now or later. */
#include "core.h"
#include <frond/impl/fail.h>
#include <frond/impl/memory.h>
#include <string.h>

/* Until it starts, a delayed greenlet's timer is kept below its first frame, on its own stack. */
enum { BELOW_FIRST_FRAME = 1024 };

typedef struct {
    frond__timer timer;
    frond_greenlet *greenlet;
} delayed;

static delayed *delay_of(const frond_greenlet *g) {
    uintptr_t at = (uintptr_t)g->context.sp - BELOW_FIRST_FRAME;
    return (delayed *)(at & ~(uintptr_t)15);
}

static void delay_over(frond__timer *t) {
    frond_greenlet *g = FROND_CONTAINER_OF(t, delayed, timer)->greenlet;
    g->traits &= (uint8_t)~FROND__DELAYED;
    frond__ready_push(g->hub, g);
}

static void delay(frond_hub *h, frond_greenlet *g, uint64_t ms) {
    int64_t start = frond_in(ms).ns;
    if (start != INT64_MAX)
        frond__timer_arm(h, &delay_of(g)->timer, start, delay_over);
}

void frond__delay_end(frond_hub *h, frond_greenlet *g) {
    frond__timer_disarm(h, &delay_of(g)->timer);
    delay_over(&delay_of(g)->timer);
}

bool frond__delay_is_endless(const frond_greenlet *g) {
    return (g->traits & FROND__DELAYED) && !delay_of(g)->timer.fire;
}

bool frond__spawn_options_valid(const frond_spawn_options *o) {
    for (size_t i = 0; i < sizeof o->reserved / sizeof o->reserved[0]; i++)
        if (o->reserved[i])
            return false;
    if (o->stack ? o->stack_size < FROND_STACK_LEAST : o->stack_release != NULL)
        return false;
    return o->stack_size <= FROND_STACK_MAX;
}

static frond_greenlet *spawn_plain(frond_hub *h, const frond_spawn_options *o,
                                   frond_fn run, void *arg, void *site) {
    if (!run) {
        frond_fail_set(FROND_EINVAL, "spawn");
        return NULL;
    }
    if (FROND_UNLIKELY(!h->loop) && frond__loop_need(h) < 0)
        return NULL;
    frond_greenlet *g = frond__greenlet_make(h, o, run, arg, FROND__STARTED, site);
    if (g)
        g->refs = 2; /* the caller's, and its own until it ends */
    return g;
}

frond_greenlet *frond__spawn_at(const frond_spawn_options *o, frond_fn run, void *arg,
                                void *site) {
    frond_hub *h = frond__hub();
    if (!h)
        return NULL;
    if (!frond__spawn_options_valid(o)) {
        frond_fail_set(FROND_EINVAL, "spawn: options");
        return NULL;
    }
    char *name = o->name ? frond_strndup(o->name, strnlen(o->name, 255)) : NULL;
    if (o->name && !name) {
        frond_fail_set(FROND_ENOMEM, "spawn");
        return NULL;
    }
    frond_greenlet *g = spawn_plain(h, o, run, arg, site);
    if (!g) {
        frond_free(name);
        return NULL;
    }
    g->name = name;
    g->drop = o->drop;
    if (o->delay_ms) {
        g->traits |= FROND__DELAYED;
        *delay_of(g) = (delayed){.greenlet = g};
        delay(h, g, o->delay_ms);
    } else {
        frond__ready_push(h, g);
    }
    frond__spawned(h, g);
    return g;
}

FROND_NOINLINE frond_greenlet *frond_spawn(frond_fn run, void *arg) {
    frond_hub *h = frond__hub();
    frond_greenlet *g = h ? spawn_plain(h, NULL, run, arg, FROND_RETURN_ADDRESS()) : NULL;
    if (!g)
        return NULL;
    frond__ready_push(h, g);
    frond__spawned(h, g);
    return g;
}

FROND_NOINLINE frond_greenlet *frond_spawn_later(uint64_t ms, frond_fn run, void *arg) {
    frond_spawn_options o = {.delay_ms = ms};
    return frond__spawn_at(&o, run, arg, FROND_RETURN_ADDRESS());
}

FROND_NOINLINE frond_greenlet *frond_spawn_with(const frond_spawn_options *o,
                                                frond_fn run, void *arg) {
    static const frond_spawn_options none;
    return frond__spawn_at(o ? o : &none, run, arg, FROND_RETURN_ADDRESS());
}

int frond_start_later(frond_greenlet *g, uint64_t ms) {
    frond_hub *h = frond__hub();
    if (!h)
        return frond__no_hub();
    if (!g || (g->traits & (FROND__RAW | FROND__MAIN | FROND__HUB)))
        return frond_fail_set(FROND_EINVAL, "start");
    if (g->hub != h)
        return frond__fail_thread(g->hub->owner_id, "start");
    if (!(g->traits & FROND__DELAYED))
        return 0;
    frond__timer_disarm(h, &delay_of(g)->timer);
    if (ms)
        delay(h, g, ms);
    else
        frond__delay_end(h, g);
    return 0;
}

int frond_start(frond_greenlet *g) {
    return frond_start_later(g, 0);
}

FROND_NOINLINE int frond_go(frond_fn run, void *arg) {
    frond_hub *h = frond__hub();
    if (!h)
        return frond__no_hub();
    frond_greenlet *g = spawn_plain(h, NULL, run, arg, FROND_RETURN_ADDRESS());
    if (!g)
        return frond_error_code();
    g->refs = 1;
    frond__ready_push(h, g);
    frond__spawned(h, g);
    return 0;
}
