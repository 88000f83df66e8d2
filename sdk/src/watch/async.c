/* SPDX-License-Identifier: MIT */
/* Sends from anywhere.  What a signal handler may interrupt, it may interrupt at any place of: there are no locks here,
 * only a count of those who are sending to a hub, which closing waits to become none. */
#include "hub/loop.h"
#include "watch/watch.h"

#include <frond/fork.h>
#include <frond/impl/fail.h>
#include <frond/impl/loop.h>

typedef struct {
    frond_watcher watcher;
    uv_async_t handle;
    _Atomic uint64_t sent;
    _Atomic bool open;
} async;

static bool pending(frond_watcher *w) {
    return atomic_load(&((async *)w)->sent) != 0;
}

static int take(frond_watcher *w, const frond__want *want) {
    uint64_t sent = atomic_exchange(&((async *)w)->sent, 0);
    if (sent)
        frond__watcher_news(want, sent, 0);
    return sent != 0;
}

static void told(uv_async_t *handle) {
    frond__watcher_tell(&FROND_CONTAINER_OF(handle, async, handle)->watcher);
}

static void handle_closed(uv_handle_t *handle) {
    async *a = FROND_CONTAINER_OF((uv_async_t *)handle, async, handle);
    frond__watcher_leave(&a->watcher);
}

static void close_handle(frond_watcher *w) {
    async *a = (async *)w;
    atomic_store(&a->open, false);
    frond__hub_sends_end(w->home.hub);
    uv_close((uv_handle_t *)&a->handle, handle_closed);
}

static const frond__watcher_ops ops = {
    .wait = {"async", NULL, NULL},
    .doing = "async wait",
    .source = true,
    .take = take,
    .pending = pending,
    .close = close_handle,
};

int frond_async_open(frond_watcher **w) {
    if (!w)
        return frond_fail_set(FROND_EINVAL, "async open");
    uv_loop_t *loop = frond_loop();
    async *a = loop ? (async *)frond__watcher_new(&ops, sizeof *a) : NULL;
    if (!a)
        return frond_fail_set(FROND_ENOMEM, "async open");
    int rc = uv_async_init(loop, &a->handle, told);
    if (rc < 0) {
        a->watcher.closed = true; /* there is nothing to close */
        frond_watcher_free(&a->watcher);
        return frond_fail_set(frond_error_from_uv(rc), "async open");
    }
    uv_unref((uv_handle_t *)&a->handle); /* its waiters are what counts */
    a->watcher.inside++;
    atomic_store(&a->open, true);
    *w = &a->watcher;
    return 0;
}

/* No failure is recorded: a signal handler has no greenlet to record it for. */
int frond_async_send(frond_watcher *w) {
    if (!w || w->ops != &ops)
        return FROND_EINVAL;
    frond_hub *h = w->home.hub;
    if (h->generation != frond_generation())
        return FROND_EWRONGPROC;
    async *a = (async *)w;
    atomic_fetch_add(&h->sending, 1);
    bool open = atomic_load(&a->open) && !atomic_load(&h->sends_ended);
    if (open) {
        atomic_fetch_add(&a->sent, 1);
        uv_async_send(&a->handle);
    }
    atomic_fetch_sub(&h->sending, 1);
    return open ? 0 : FROND_ECLOSED;
}
