/* SPDX-License-Identifier: MIT */
/* Queues: items between greenlets. */
#include "sync/queue.h"

#include "core.h"
#include <frond/error.h>
#include <frond/impl/fail.h>
#include <frond/impl/memory.h>
#include <frond/impl/waitable.h>

const frond_wait_kind frond__queue_get_kind = {"queue item", NULL, NULL};
const frond_wait_kind frond__queue_put_kind = {"room in queue", NULL, NULL};
static const frond_wait_kind peek_kind = {"queue item to peek at", NULL, NULL};
static const frond_wait_kind watch_kind = {"queue item", NULL, NULL}; /* has no slot */
static const frond_wait_kind join_kind = {"queue items to be done", NULL, NULL};

/* ---- making ---- */

frond_queue *frond__queue_make(size_t item_size, size_t limit,
                               const frond_queue_options *o, const char *doing) {
    static const frond_queue_options none;
    o = o ? o : &none;
    if (frond__store_init(NULL, item_size, limit == SIZE_MAX ? 0 : limit, o) < 0) {
        frond_fail_set(FROND_EINVAL, doing);
        return NULL;
    }
    frond_queue *q = frond_calloc(1, sizeof *q);
    if (!q || frond_home_enter(&q->home) < 0) {
        frond_free(q);
        frond_fail_set(FROND_ENOMEM, doing);
        return NULL;
    }
    frond__store_init(&q->store, item_size, 0, o);
    q->limit = limit;
    q->drop = o->drop;
    frond_waitlist_own(&q->getters);
    frond_waitlist_own(&q->putters);
    frond_waitlist_own(&q->joiners);
    return q;
}

frond_queue *frond_queue_new(size_t item_size, size_t capacity,
                             const frond_queue_options *o) {
    if (capacity == SIZE_MAX) { /* which stands for any number */
        frond_fail_set(FROND_EINVAL, "queue new");
        return NULL;
    }
    return frond__queue_make(item_size, capacity ? capacity : SIZE_MAX, o, "queue new");
}

/* ---- without waiting ---- */

static inline void copy(const frond_queue *q, void *to, const void *from) {
    if (FROND_LIKELY(q->store.item_size == sizeof(void *)))
        memcpy(to, from, sizeof(void *));
    else
        memcpy(to, from, q->store.item_size);
}

static inline bool takes(const frond_waiter *w) {
    return w->kind == &frond__queue_get_kind;
}

/* Gives one item to those who wait: all who look before the first who takes.  False: none took. */
static bool hand_over(frond_queue *q, const void *item) {
    frond_waiter *w;
    while ((w = q->getters.head)) {
        bool taken = takes(w);
        if (w->slot)
            copy(q, w->slot, item);
        frond_wake(w, 0);
        if (taken)
            return true;
    }
    return false;
}

static inline bool full(const frond_queue *q) {
    return q->store.used >= q->limit;
}

static bool has_taker(const frond_queue *q) {
    const frond_waiter *w = q->getters.head;
    while (w && !takes(w))
        w = w->next;
    return w != NULL;
}

void frond__queue_announce(frond_queue *q, const void *item) {
    for (frond_waiter *w = q->limit ? NULL : q->getters.head, *next; w; w = next) {
        next = w->next;
        if (takes(w))
            continue;
        if (w->slot)
            copy(q, w->slot, item);
        frond_wake(w, 0);
    }
}

static inline int try_put(frond_queue *q, const void *item) {
    if (FROND_UNLIKELY(q->closed))
        return FROND_ECLOSED;
    frond_waiter *w = q->getters.head;
    if (w && takes(w)) {
        copy(q, w->slot, item);
        frond_wake(w, 0);
    } else if (!w || (q->limit == 0 && !has_taker(q)) || !hand_over(q, item)) {
        /* At a rendezvous nobody is shown what nobody takes. */
        if (full(q))
            return FROND_ETIMEDOUT;
        int rc = frond__store_need(&q->store, q->limit);
        if (rc < 0)
            return rc;
        frond__store_put(&q->store, item);
    }
    q->unfinished++;
    return 0;
}

int frond__queue_try_put(frond_queue *q, const void *item) {
    return try_put(q, item);
}

/* After an item left: the first putter's goes in. */
static void admit(frond_queue *q) {
    while (q->putters.head && !full(q)) {
        frond_waiter *w = q->putters.head;
        if (frond__store_need(&q->store, q->limit) < 0)
            return; /* it waits on, for the next item that leaves */
        frond__store_put(&q->store, w->slot);
        q->unfinished++;
        frond_wake(w, 0);
    }
}

static inline int try_get(frond_queue *q, void *item) {
    if (q->store.used) {
        frond__store_take(&q->store, item);
        if (q->putters.head)
            admit(q);
        return 0;
    }
    frond_waiter *w = q->putters.head; /* at a rendezvous */
    if (!w)
        return q->closed ? FROND_ECLOSED : FROND_ETIMEDOUT;
    copy(q, item, w->slot);
    q->unfinished++;
    frond_wake(w, 0);
    return 0;
}

int frond__queue_try_get(frond_queue *q, void *item) {
    return try_get(q, item);
}

static int try_peek(frond_queue *q, void *item) {
    const frond_waiter *w = q->putters.head;
    if (q->store.used)
        copy(q, item, frond__store_next(&q->store));
    else if (w)
        copy(q, item, w->slot);
    else
        return q->closed ? FROND_ECLOSED : FROND_ETIMEDOUT;
    return 0;
}

/* ---- waiting ---- */

void frond__queue_leave(frond_queue *q) {
    if (--q->inside || !q->freed)
        return;
    frond_home home = q->home;
    frond_free(q->store.places);
    frond_free(q);
    frond_home_leave(&home);
}

/* What is called many times in a row gives way to others here, who may free q. */
static int enter(frond_queue *q, const void *item, frond_deadline d, const char *doing) {
    bool held = q && frond__waitlist_own(&q->getters) == 0;
    if (held)
        q->inside++;
    int rc = frond__wait_enter(d);
    if (rc == 0 && (!q || !item))
        rc = frond_fail_set(FROND_EINVAL, doing);
    if (rc == 0 && (rc = frond__waitlist_own(&q->getters)) == 0 && q->freed)
        rc = frond_fail_set(FROND_ECLOSED, doing);
    if (held)
        frond__queue_leave(q);
    return rc;
}

/* rc is what trying has given.  Who was woken does not look at the queue any more: it may be gone. */
static inline int wait_for(frond_queue *q, frond_waitlist *list,
                           const frond_wait_kind *kind, void *slot, int rc,
                           frond_deadline d, const char *doing) {
    if (FROND_LIKELY(rc == FROND_ETIMEDOUT && d.ns > 0)) {
        frond_waiter w = {.slot = slot};
        rc = frond_wait(&w, list, kind, q, d);
    }
    return FROND_UNLIKELY(rc < 0) ? frond_fail_set(rc, doing) : rc;
}

/* Each of the two in three parts: nothing has to be done but the copy; somebody has to be woken or to wait;
 * there is something to say before. */

static FROND_NOINLINE int put_and_wait(frond_queue *q, const void *item,
                                       frond_deadline d) {
    int rc = try_put(q, item);
    if (rc == 0)
        return 0;
    if (q->getters.head && rc == FROND_ETIMEDOUT && d.ns > 0)
        frond__queue_announce(q, item);
    return wait_for(q, &q->putters, &frond__queue_put_kind, (void *)(uintptr_t)item, rc,
                    d, "queue put");
}

static FROND_NOINLINE int put_checked(frond_queue *q, const void *item,
                                      frond_deadline d) {
    int rc = enter(q, item, d, "queue put");
    return rc < 0 ? rc : put_and_wait(q, item, d);
}

int frond_queue_put(frond_queue *q, const void *item, frond_deadline d) {
    frond_hub *h = q && item ? frond__go_ahead(&q->getters) : NULL;
    if (FROND_UNLIKELY(!h))
        return put_checked(q, item, d);
    frond__charge(h);
    if (FROND_UNLIKELY(q->getters.head || q->closed ||
                       q->store.used ==
                           q->store.capacity)) /* which is the limit at most */
        return put_and_wait(q, item, d);
    frond__store_put(&q->store, item);
    q->unfinished++;
    return 0;
}

static FROND_NOINLINE int get_and_wait(frond_queue *q, void *item, frond_deadline d) {
    int rc = try_get(q, item);
    if (rc == 0)
        return 0;
    return wait_for(q, &q->getters, &frond__queue_get_kind, item, rc, d, "queue get");
}

static FROND_NOINLINE int get_checked(frond_queue *q, void *item, frond_deadline d) {
    int rc = enter(q, item, d, "queue get");
    return rc < 0 ? rc : get_and_wait(q, item, d);
}

int frond_queue_get(frond_queue *q, void *item, frond_deadline d) {
    frond_hub *h = q && item ? frond__go_ahead(&q->getters) : NULL;
    if (FROND_UNLIKELY(!h))
        return get_checked(q, item, d);
    frond__charge(h);
    if (FROND_UNLIKELY(q->store.used == 0 || q->putters.head))
        return get_and_wait(q, item, d);
    frond__store_take(&q->store, item);
    return 0;
}

int frond_queue_peek(frond_queue *q, void *item, frond_deadline d) {
    int rc = enter(q, item, d, "queue peek");
    if (rc == 0 && (rc = try_peek(q, item)) < 0)
        rc = wait_for(q, &q->getters, &peek_kind, item, rc, d, "queue peek");
    return rc;
}

/* ---- what was got, and is not done yet ---- */

static void done(frond_queue *q, uint64_t n) {
    q->unfinished -= n;
    if (n && q->unfinished == 0)
        frond_wake_all(&q->joiners, 0);
}

int frond_queue_task_done(frond_queue *q) {
    int rc =
        q ? frond_waitlist_own(&q->joiners) : frond_fail_set(FROND_EINVAL, "task done");
    if (rc == 0 && q->unfinished <= q->store.used)
        rc = frond_fail_set(FROND_EINVAL, "task done: more often than got");
    if (rc == 0)
        done(q, 1);
    return rc;
}

int frond_queue_join(frond_queue *q, frond_deadline d) {
    int rc = enter(q, q, d, "queue join");
    if (rc == 0 && q->unfinished)
        rc = wait_for(q, &q->joiners, &join_kind, NULL, FROND_ETIMEDOUT, d, "queue join");
    return rc;
}

/* ---- the end ---- */

int frond_queue_close(frond_queue *q) {
    if (!q)
        return frond_fail_set(FROND_EINVAL, "queue close");
    int rc = frond_waitlist_own(&q->getters);
    if (rc < 0)
        return rc;
    q->closed = true;
    frond_wake_all(&q->getters, FROND_ECLOSED);
    frond_wake_all(&q->putters, FROND_ECLOSED);
    return 0;
}

int frond_queue_close_now(frond_queue *q) {
    int rc = frond_queue_close(q);
    uint64_t dropped = rc < 0 ? 0 : q->store.used;
    while (rc == 0 && q->store.used) {
        void *item = frond__store_next(&q->store);
        if (q->drop)
            q->drop(item);
        frond__store_drop(&q->store);
    }
    if (dropped)
        done(q, dropped);
    return rc;
}

int frond_queue_closed(const frond_queue *q) {
    return q && q->closed;
}

size_t frond_queue_length(const frond_queue *q) {
    return q ? q->store.used : 0;
}

static void free_here(void *queue) {
    frond_queue *q = queue;
    frond_queue_close_now(q);
    frond_wake_all(&q->joiners, FROND_ECLOSED);
    q->freed = true;
    q->inside++;
    frond__queue_leave(q);
}

void frond_queue_free(frond_queue *q) {
    if (q)
        frond_home_send(&q->home, free_here, q);
}

/* ---- beside others ---- */

static int item_ready(void *queue) {
    frond_queue *q = queue;
    int rc = frond_waitlist_own(&q->getters);
    return rc < 0 ? rc : q->store.used > 0 || q->putters.head || q->closed;
}

static void item_watch(void *queue, frond_watch *w) {
    frond_watch_begin(&w->waiter, &((frond_queue *)queue)->getters, &watch_kind, queue);
}

static const frond_waitable_ops item_ops = {item_ready, item_watch, NULL};

frond_waitable frond_queue_waitable(frond_queue *q) {
    return (frond_waitable){&item_ops, q, {0}};
}
