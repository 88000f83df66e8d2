/* SPDX-License-Identifier: MIT */
/* The door of a hub: what other threads have called on its own. */
#include "hub/loop.h"

#include "monitor/monitor.h"
#include <frond/fork.h>
#include <frond/impl/fail.h>
#include <frond/impl/memory.h>

void frond__run_posts(uv_async_t *door) {
    frond_hub *h = door->data;
    frond__loop *l = h->loop;
    frond__pulse_run(&h->watch);
    if (FROND_UNLIKELY(atomic_load_explicit(&h->watch.asked, memory_order_relaxed)) &&
        atomic_exchange(&h->watch.asked, false))
        frond__dump_asked(h);
    uv_mutex_lock(&l->lock);
    frond_posted *p = l->posts, *next;
    l->posts = NULL;
    l->posts_tail = &l->posts;
    uv_mutex_unlock(&l->lock);
    for (; p; p = next) {
        next = p->next;
        bool owned = p->kind == FROND__POST_OWNED;
        p->fn(p->arg);
        if (owned)
            frond_free(p);
    }
}

int frond__loop_post(frond_hub *h, frond_posted *p) {
    frond__loop *l = h->loop;
    p->next = NULL;
    uv_mutex_lock(&l->lock);
    bool taken = p->kind == FROND__POST_LAST ? !l->gone : !l->closed;
    bool first = l->posts == NULL;
    if (taken) {
        *l->posts_tail = p;
        l->posts_tail = &p->next;
        if (first && !l->closed)
            uv_async_send(
                &l->door); /* under the lock: the door cannot be closed meanwhile */
    }
    uv_mutex_unlock(&l->lock);
    return taken ? 0 : FROND_ECLOSED;
}

void frond__loop_nudge(frond_hub *h) {
    frond__loop *l = h->loop;
    uv_mutex_lock(&l->lock);
    if (!l->closed)
        uv_async_send(&l->door);
    uv_mutex_unlock(&l->lock);
}

int frond_post(frond_hub *h, frond_post_fn fn, void *arg) {
    if (!h || !fn || !h->loop)
        return FROND_EINVAL;
    if (h->generation != frond_generation())
        return FROND_EWRONGPROC;
    frond_posted *p = frond_alloc(sizeof *p);
    if (!p)
        return FROND_ENOMEM;
    *p = (frond_posted){NULL, fn, arg, FROND__POST_OWNED};
    int rc = frond__loop_post(h, p);
    if (rc < 0)
        frond_free(p);
    return rc;
}
