/* SPDX-License-Identifier: MIT */
/* What all watchers do alike: waits, handlers, closing.
 *
 * Those who wait, by themselves, beside others, or as a handler, are counted in `wants`.  As long as there are some, a
 * watcher whose news comes from outside is a source of its hub, and its timer, if it has one, may be armed.  When
 * all of them are handlers that keep nobody, the hub is told so, for frond_hub_join. */
#include "watch/watch.h"

#include <frond/fork.h>
#include <frond/impl/fail.h>
#include <frond/impl/memory.h>
#include <frond/impl/waitable.h>
#include <string.h>

frond_watcher *frond__watcher_new(const frond__watcher_ops *ops, size_t size) {
    frond_watcher *w = frond_calloc(1, size);
    if (w && frond_home_enter(&w->home) == 0) {
        frond_waitlist_own(&w->waiters);
        frond_waitlist_own(&w->watchers);
        w->ops = ops;
        return w;
    }
    frond_free(w);
    frond_fail_set(FROND_ENOMEM, ops->doing);
    return NULL;
}

static void release(frond_watcher *w) {
    frond_home home = w->home;
    if (w->ops->release)
        w->ops->release(w);
    frond_free(w);
    frond_home_leave(&home);
}

void frond__watcher_leave(frond_watcher *w) {
    if (--w->inside == 0 && w->freed)
        release(w);
}

/* ---- what the hub is told ---- */

static void count(uint32_t *n, bool *told, bool is) {
    if (is != *told)
        *n += is ? 1 : (uint32_t)-1;
    *told = is;
}

static void tell_hub(frond_watcher *w) {
    frond_hub *h = w->home.hub;
    bool source = w->ops->source && w->wants, lax = w->wants == w->lax;
    count(&h->sources, &w->is_source, source);
    count(&h->unref_sources, &w->is_lax_source, source && lax);
    count(&h->unref_armed, &w->is_lax_timer, w->timer.fire != NULL && lax);
}

void frond__watcher_arm(frond_watcher *w, int64_t at, void (*fire)(frond__timer *)) {
    frond_hub *h = w->home.hub;
    frond__timer_disarm(h, &w->timer);
    if (at != INT64_MAX)
        frond__timer_arm(h, &w->timer, at, fire);
    tell_hub(w);
}

frond_watcher *frond__watcher_fired(frond__timer *t) {
    frond_watcher *w = FROND_CONTAINER_OF(t, frond_watcher, timer);
    tell_hub(w);
    return w;
}

void frond__watcher_news(const frond__want *want, uint64_t count, int what) {
    frond_news *news = want->news;
    if (!news)
        return;
    news->count = count;
    news->what = what;
    news->name[0] = 0;
    news->before = news->now = (frond_file_info){.kind = FROND_FILE_OTHER};
    memset(news->reserved, 0, sizeof news->reserved);
}

static int want(frond_watcher *w, const frond__want *wish, bool handler) {
    w->wants++;
    w->lax += handler && !w->keeps;
    tell_hub(w);
    return w->ops->wanted ? w->ops->wanted(w, wish) : 0;
}

static void unwant(frond_watcher *w, bool handler) {
    w->wants--;
    w->lax -= handler && !w->keeps;
    if (w->ops->wanted && !w->closed)
        w->ops->wanted(w, NULL);
    tell_hub(w);
}

static bool has_news(frond_watcher *w) {
    return w->ops->pending ? w->ops->pending(w) : w->ops->take(w, &(frond__want){0}) != 0;
}

void frond__watcher_tell(frond_watcher *w) {
    for (frond_waiter *each = w->waiters.head, *next; each; each = next) {
        next = each->next;
        int rc = w->ops->take(w, each->slot);
        if (rc)
            frond_wake(each, rc < 0 ? rc : 0);
    }
    if (w->watchers.head && has_news(w))
        frond_wake_all(&w->watchers, 0);
}

/* ---- waits ---- */

int frond__watcher_check(const frond_watcher *w, const frond__watcher_ops *ops,
                         const char *doing) {
    int rc = w ? frond_home_check(&w->home) : FROND_EINVAL;
    if (rc == 0 && ops && w->ops != ops)
        rc = FROND_EINVAL;
    if (rc == 0 && w->closed)
        rc = FROND_ECLOSED;
    return rc < 0 ? frond_fail_set(rc, doing) : 0;
}

static const char *doing(const frond_watcher *w, const frond__watcher_ops *ops) {
    return ops ? ops->doing : w ? w->ops->doing : "watcher wait";
}

/* What is called many times in a row gives way to others here, who may free w. */
static int enter(frond_watcher *w, const frond__watcher_ops *ops, frond_deadline d) {
    bool held = w && frond_home_check(&w->home) == 0;
    if (held)
        w->inside++;
    int rc = frond_wait_enter(d);
    if (rc == 0)
        rc = frond__watcher_check(w, ops, doing(w, ops));
    if (held)
        frond__watcher_leave(w);
    return rc;
}

/* None of it is there yet. */
static int await_news(frond_watcher *w, const frond__want *wish, bool handler,
                      frond_deadline d) {
    frond__want own = *wish;
    frond_waiter waiter = {.slot = &own};
    w->inside++;
    int rc = want(w, wish, handler);
    if (rc == 0) {
        w->handler_waits = w->handler_waits || handler;
        rc = frond_wait(&waiter, &w->waiters, &w->ops->wait, w, d);
        w->handler_waits = w->handler_waits && !handler;
    }
    if (rc == 0 && w->freed)
        rc = FROND_ECLOSED; /* it is not to come again, whatever has woken it */
    if (!frond_home_closed(&w->home))
        unwant(w, handler);
    const char *did = w->ops->doing;
    frond__watcher_leave(w);
    return rc < 0 ? frond_fail_set(rc, did) : 0;
}

/* Those who wait already are served first. */
static int wait_for(frond_watcher *w, const frond__want *wish, bool handler,
                    frond_deadline d) {
    bool turn = !w->ops->pending || !w->waiters.head;
    int rc = turn ? w->ops->take(w, wish) : 0;
    if (rc)
        return rc < 0 ? frond_fail_set(rc, w->ops->doing) : 0;
    if (d.ns <= 0)
        return frond_fail_set(FROND_ETIMEDOUT, w->ops->doing);
    return await_news(w, wish, handler, d);
}

int frond__watcher_wait(frond_watcher *w, const frond__watcher_ops *ops,
                        const frond__want *wish, frond_deadline d) {
    int rc = enter(w, ops, d);
    return rc < 0 ? rc : wait_for(w, wish, false, d);
}

int frond_watcher_wait(frond_watcher *w, frond_news *news, frond_deadline d) {
    return frond__watcher_wait(w, NULL, &(frond__want){0, news}, d);
}

/* ---- beside others ---- */

static int ready(void *arg) {
    frond_watcher *w = arg;
    int rc = frond_home_check(&w->home);
    if (rc < 0)
        return frond_fail_set(rc, "wait: for a watcher");
    return w->closed || has_news(w);
}

static void watch(void *arg, frond_watch *by) {
    frond_watcher *w = arg;
    w->inside++;
    frond_watch_begin(&by->waiter, &w->watchers, &w->ops->wait, w);
    if (want(w, NULL, false) < 0)
        frond_wake(&by->waiter, 0); /* a wait of its own says why */
}

static void unwatch(void *arg, frond_watch *by) {
    frond_watcher *w = arg;
    frond_watch_end(&by->waiter);
    if (!frond_home_closed(&w->home))
        unwant(w, false);
    frond__watcher_leave(w);
}

static const frond_waitable_ops waitable_ops = {ready, watch, unwatch};

frond_waitable frond_watcher_waitable(frond_watcher *w) {
    return (frond_waitable){&waitable_ops, w, {0}};
}

/* ---- handlers ---- */

static void *handle(void *arg) {
    frond_watcher *w = arg;
    frond_news news = {0};
    for (;;) {
        int rc = frond_wait_enter(FROND_NEVER);
        if (rc < 0 || w->closed)
            return NULL;
        rc = wait_for(w, &(frond__want){0, &news}, true, FROND_NEVER);
        if (rc == FROND_ECLOSED || rc == FROND_ECANCELED)
            return NULL;
        if (rc < 0)
            return frond_failed(rc, NULL);
        w->handler(w, &news, w->handler_arg);
    }
}

/* Whether it has ended, has failed, or was killed. */
static void handler_ended(void *arg) {
    frond_watcher *w = arg;
    w->handled = false;
    frond__watcher_leave(w);
}

int frond_watcher_handle(frond_watcher *w, frond_watch_fn fn, void *arg) {
    static const frond_spawn_options own = {.name = "handler", .drop = handler_ended};
    int rc = frond__watcher_check(w, NULL, "watcher handle");
    if (rc == 0 && !fn)
        rc = frond_fail_set(FROND_EINVAL, "watcher handle");
    if (rc == 0 && w->handled)
        rc = frond_fail_set(FROND_EBUSY, "watcher handle");
    if (rc < 0)
        return rc;
    w->handler = fn;
    w->handler_arg = arg;
    frond_greenlet *g = frond_spawn_with(&own, handle, w);
    if (!g)
        return frond_error_code();
    w->handled = true;
    w->inside++;
    frond_release(g);
    return 0;
}

int frond_watcher_ref(frond_watcher *w, int keeps) {
    int rc = frond__watcher_check(w, NULL, "watcher ref");
    if (rc < 0)
        return rc;
    bool did = w->keeps;
    if (w->handler_waits && did != (keeps != 0))
        w->lax += did ? 1 : (uint32_t)-1;
    w->keeps = keeps != 0;
    tell_hub(w);
    return did;
}

/* ---- the end ---- */

static void close_here(frond_watcher *w) {
    if (w->closed)
        return;
    w->closed = true;
    w->inside++;
    frond__watcher_arm(w, INT64_MAX, NULL);
    frond_wake_all(&w->waiters, FROND_ECLOSED);
    frond_wake_all(&w->watchers, 0);
    w->ops->close(w);
    frond__watcher_leave(w);
}

int frond_watcher_close(frond_watcher *w) {
    int rc = w ? frond_home_check(&w->home) : FROND_EINVAL;
    if (rc == FROND_ECLOSED)
        return 0;
    if (rc < 0)
        return frond_fail_set(rc, "watcher close");
    close_here(w);
    return 0;
}

static void free_here(void *arg) {
    frond_watcher *w = arg;
    if (frond_home_closed(&w->home)) { /* and its handles with it */
        release(w);
        return;
    }
    w->inside++;
    close_here(w);
    w->freed = true;
    frond__watcher_leave(w);
}

void frond_watcher_free(frond_watcher *w) {
    if (w)
        frond_home_send(&w->home, free_here, w);
}
