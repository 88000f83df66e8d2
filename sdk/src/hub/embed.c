/* SPDX-License-Identifier: MIT */
/* The hub as a guest of another loop: turns that are asked for, and when to ask. */
#include <frond/embed.h>

#include "hub/loop.h"
#include <frond/impl/fail.h>

static const frond_wait_kind kind = {"a turn of the hub", NULL, NULL};

/* The hub comes first, then those that are ready or that a poll finds, and then who asked. */
static int make_turn(frond_hub *h, frond_deadline d) {
    frond__loop *l = h->loop;
    frond_waiter w = {0};
    l->turn_now = d.ns <= 0;
    l->turn_polled = false;
    l->turn_ran = h->ready.head != NULL;
    h->slice = h->slices = 1;
    h->batch = h->switches;
    int rc = frond_wait(&w, &l->turners, &kind, NULL, l->turn_now ? FROND_NEVER : d);
    if (rc == FROND_ETIMEDOUT && !frond_remaining(d))
        rc = 0;
    return rc < 0 ? rc : l->turn_ran;
}

int frond_run_once(frond_deadline d) {
    int rc = frond_wait_enter(d);
    if (rc < 0)
        return rc;
    frond_hub *h = frond_hub_current();
    if (!h)
        return frond__no_hub();
    if (h->current->attention & FROND__CALLBACK)
        rc = FROND_ENOSUSPEND;
    else if (h->current->attention & FROND__FORKHOOK)
        rc = FROND_EFORKHOOK;
    else if (h->loop->turners.head)
        rc = FROND_EBUSY;
    else
        rc = make_turn(h, d);
    return rc < 0 ? frond_fail_set(rc, "run once") : rc;
}

int frond_backend_fd(intptr_t *fd) {
    if (!fd)
        return frond_fail_set(FROND_EINVAL, "backend descriptor");
    frond_hub *h = frond_hub_current();
    if (!h)
        return frond__no_hub();
    int backend = uv_backend_fd(&h->loop->uv);
    if (backend < 0)
        return frond_fail_set(FROND_ENOTSUP, "backend descriptor");
    *fd = backend;
    return 0;
}

/* libuv answers 0 while it has something to tell the system before it waits. */
int64_t frond_backend_timeout(void) {
    frond_hub *h = frond__self;
    if (!h || !h->loop)
        return INT64_MAX;
    if (h->ready.head || h->idlers.head || h->loop->found_n || frond__loop_can_move(h))
        return 0;
    uv_update_time(&h->loop->uv);
    int ms = uv_backend_timeout(&h->loop->uv);
    int64_t ns = ms < 0 ? INT64_MAX : (int64_t)ms * 1000000;
    if (h->first_timer && h->first_timer->ns != INT64_MAX) {
        int64_t left = h->first_timer->ns - frond_now();
        ns = left < ns ? left : ns;
    }
    return ns > 0 ? ns : 0;
}
