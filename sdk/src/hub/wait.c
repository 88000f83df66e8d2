/* SPDX-License-Identifier: MIT */
/* Waits on several things.  Each is watched from the beginning to the end, so that one that is ready
 * for a moment only is not missed; the order of their wakes is the order in which they are given. */
#include <frond/impl/waitable.h>

#include <frond/error.h>
#include <frond/impl/fail.h>
#include <stdio.h>
#include <string.h>

_Static_assert(sizeof(frond_watch) <= sizeof((frond_waitable *)0)->reserved,
               "a watch fits into what a waitable reserves");

static frond_watch *watch_of(frond_waitable *w) {
    return (frond_watch *)(void *)w->reserved;
}

int frond_waitable_ready(const frond_waitable *w) {
    if (!w || !w->ops || !w->object)
        return frond_fail_set(FROND_EINVAL, "wait");
    return w->ops->ready(w->object);
}

/* ---- the iterator ---- */

static void became_ready(frond_iwait *it, frond_watch *w) {
    w->next = NULL;
    if (it->last)
        ((frond_watch *)it->last)->next = w;
    else
        it->first = w;
    it->last = w;
}

static void woken(frond_waiter *waiter) {
    frond_watch *w = (frond_watch *)(void *)waiter;
    became_ready(w->by, w);
    frond_wake_one(&w->by->waiters, 0);
}

static int begin_one(frond_iwait *it, frond_waitable *item) {
    frond_watch *w = watch_of(item);
    int rc = frond_waitable_ready(item);
    if (rc < 0)
        return rc;
    memset(w, 0, sizeof *w);
    w->by = it;
    w->waiter.woken = woken;
    if (rc)
        became_ready(it, w);
    else
        item->ops->watch(item->object, w);
    return 0;
}

int frond_iwait_begin(frond_iwait *it, frond_waitable *items, size_t n) {
    if (!it)
        return frond_fail_set(FROND_EINVAL, "wait");
    memset(it, 0, sizeof *it);
    int rc = frond_waitlist_own(&it->waiters);
    if (rc == 0 && n && !items)
        rc = frond_fail_set(FROND_EINVAL, "wait");
    if (rc < 0)
        return rc;
    it->items = items;
    while (it->n < n && (rc = begin_one(it, &items[it->n])) == 0)
        it->n++;
    it->left = it->n;
    if (rc < 0)
        frond_iwait_end(it);
    return rc;
}

void frond_iwait_end(frond_iwait *it) {
    for (size_t i = 0; it && i < it->n; i++) {
        frond_waitable *item = &it->items[i];
        frond_watch *w = watch_of(item);
        if (!w->waiter.kind)
            continue; /* it was ready from the beginning */
        if (item->ops->unwatch)
            item->ops->unwatch(item->object, w);
        else
            frond_watch_end(&w->waiter);
    }
    if (it) {
        it->n = it->left = 0;
        it->first = it->last = NULL;
    }
}

static void describe(const void *object, char *out, size_t cap) {
    const frond_iwait *it = object;
    const frond_waitable *item = it->n ? &it->items[0] : NULL;
    const frond_watch *w =
        item ? (const frond_watch *)(const void *)item->reserved : NULL;
    snprintf(out, cap, "%zu things%s%s", it->n,
             w && w->waiter.kind ? ", the first: " : "",
             w && w->waiter.kind ? w->waiter.kind->what : "");
}

static const frond_wait_kind kind = {"one of", describe, NULL};

static int await_one(frond_iwait *it, frond_deadline d) {
    if (it->waiters.head)
        return frond_fail_set(FROND_EBUSY, "wait");
    if (d.ns <= 0)
        return frond_fail_set(FROND_ETIMEDOUT, "wait");
    frond_waiter w = {0};
    int rc = frond_wait(&w, &it->waiters, &kind, it, d);
    return rc < 0 ? frond_fail_set(rc, "wait") : 0;
}

int frond_iwait_next(frond_iwait *it, size_t *which, frond_deadline d) {
    int rc = frond_wait_enter(d);
    if (rc < 0)
        return rc;
    if (!it)
        return frond_fail_set(FROND_EINVAL, "wait");
    if ((rc = frond_waitlist_own(&it->waiters)) < 0)
        return rc;
    if (it->left == 0)
        return frond_fail_set(FROND_EOF, "wait");
    if (!it->first && (rc = await_one(it, d)) < 0)
        return rc;
    frond_watch *w = it->first;
    it->first = w->next;
    if (!it->first)
        it->last = NULL;
    it->left--;
    if (which)
        *which = (size_t)((frond_waitable *)(void *)((char *)w -
                                                     offsetof(frond_waitable, reserved)) -
                          it->items);
    return 0;
}

/* ---- whole waits ---- */

int frond_wait_any(frond_waitable *w, size_t n, size_t *which, frond_deadline d) {
    if (n == 0)
        return frond_fail_set(FROND_EINVAL, "wait: for none");
    frond_iwait it;
    int rc = frond_iwait_begin(&it, w, n);
    if (rc == 0)
        rc = frond_iwait_next(&it, which, d);
    frond_iwait_end(&it);
    return rc;
}

int frond_wait_some(frond_waitable *w, size_t n, size_t count, size_t *ready,
                    frond_deadline d) {
    frond_iwait it;
    size_t done = 0;
    int rc =
        count > n ? frond_fail_set(FROND_EINVAL, "wait: for more than there are") : 0;
    if (rc == 0 && (rc = frond_iwait_begin(&it, w, n)) == 0) {
        while (done < count && (rc = frond_iwait_next(&it, NULL, d)) == 0)
            done++;
        frond_iwait_end(&it);
    }
    if (ready)
        *ready = done;
    return rc;
}

int frond_wait_all(frond_waitable *w, size_t n, size_t *ready, frond_deadline d) {
    return frond_wait_some(w, n, n, ready, d);
}
