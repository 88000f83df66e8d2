/* SPDX-License-Identifier: MIT */
/* Homes: which thread an object may be used on, and how it is freed from elsewhere. */
#include <frond/impl/home.h>

#include "hub/loop.h"
#include "report/leaks.h"
#include <frond/fork.h>

FROND_NOINLINE int frond_home_enter(frond_home *home) {
    frond_hub *h = frond_hub_current();
    *home = (frond_home){.hub = h};
    if (!h)
        return frond__no_hub();
    atomic_fetch_add(&h->refs, 1);
    if (FROND_UNLIKELY(h->leaks))
        home->origin = frond__origin_note(h);
    return 0;
}

int frond_home_check(const frond_home *home) {
    frond_hub *here = frond__hub(), *h = home->hub;
    if (!here)
        return frond__no_hub();
    if (h == here)
        return 0;
    if (h->generation != frond_generation())
        return FROND_EWRONGPROC;
    return atomic_load(&h->closed) ? FROND_ECLOSED : FROND_ETHREAD;
}

int frond_home_go_ahead(const frond_home *home) {
    frond_hub *h = home->hub;
    if (FROND_UNLIKELY(h != frond__self || !frond__is_free(h)))
        return 0;
    frond__charge(h);
    return 1;
}

int frond_home_closed(const frond_home *home) {
    return atomic_load(&home->hub->closed);
}

void frond_home_send(frond_home *home, frond_post_fn fn, void *object) {
    frond_hub *h = home->hub;
    if (h == frond__self) {
        fn(object);
    } else if (h->generation == frond_generation()) {
        home->last = (frond_posted){NULL, fn, object, FROND__POST_LAST};
        if (frond__loop_post(h, &home->last) < 0)
            fn(object);
    }
}

void frond_home_leave(frond_home *home) {
    frond_hub *h = home->hub;
    home->hub = NULL;
    if (FROND_UNLIKELY(home->origin != NULL))
        frond__origin_drop(h, home->origin);
    home->origin = NULL;
    if (h)
        frond__hub_unref(h);
}
