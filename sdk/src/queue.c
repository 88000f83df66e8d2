/* SPDX-License-Identifier: MIT */
/* Queues: a ring of items between greenlets.
 *
 * An item goes straight into a waiting getter's memory, and a waiting putter's item into the ring as
 * soon as there is room; the waker does the copy, so whoever was woken has done its part, and one
 * that left earlier is on no list.  Invariants: getters wait only while the ring is empty, putters
 * only while it is full.  Every call in flight keeps the queue's memory. */
#include <frond/queue.h>

#include <frond/error.h>
#include <frond/impl/fail.h>
#include <frond/impl/home.h>
#include <frond/impl/memory.h>
#include <frond/impl/waitable.h>
#include <stdbool.h>
#include <string.h>

enum { FIRST_CAPACITY = 16, MOST_ITEM = 1 << 20 };

struct frond_queue {
    frond_waitlist getters, putters;
    frond_home home;
    size_t item_size, limit;     /* limit 0: none */
    size_t capacity, head, used; /* of the ring, in items */
    unsigned char *ring;
    void (*drop)(void *);
    unsigned inside; /* calls in flight */
    bool closed, freed;
};

static const frond_wait_kind get_kind = {"queue item", NULL};
static const frond_wait_kind put_kind = {"room in queue", NULL};

frond_queue *frond_queue_new(size_t item_size, size_t capacity,
                             const frond_queue_options *o) {
    static const frond_queue_options none;
    o = o ? o : &none;
    bool valid =
        item_size > 0 && item_size <= MOST_ITEM && capacity <= SIZE_MAX / 2 / item_size;
    for (size_t i = 0; i < sizeof o->reserved / sizeof o->reserved[0]; i++)
        valid = valid && !o->reserved[i];
    if (!valid) {
        frond_fail_set(FROND_EINVAL, "queue new");
        return NULL;
    }
    frond_queue *q = frond_calloc(1, sizeof *q);
    if (!q || frond_home_enter(&q->home) < 0) {
        frond_free(q);
        frond_fail_set(FROND_ENOMEM, "queue new");
        return NULL;
    }
    q->item_size = item_size;
    q->limit = capacity;
    q->drop = o->drop;
    frond_waitlist_own(&q->getters);
    frond_waitlist_own(&q->putters);
    return q;
}

static unsigned char *item_at(frond_queue *q, size_t i) {
    return q->ring + (q->head + i) % q->capacity * q->item_size;
}

/* Room for one more in the ring, whose limit the caller has checked. */
static int ring_need(frond_queue *q) {
    if (q->used < q->capacity)
        return 0;
    size_t capacity = q->capacity ? q->capacity * 2 : FIRST_CAPACITY;
    if (q->limit && capacity > q->limit)
        capacity = q->limit;
    if (capacity > SIZE_MAX / 2 / q->item_size)
        return frond_fail_set(FROND_ENOMEM, "queue put");
    unsigned char *ring = frond_alloc(capacity * q->item_size);
    if (!ring)
        return frond_fail_set(FROND_ENOMEM, "queue put");
    for (size_t i = 0; i < q->used; i++)
        memcpy(ring + i * q->item_size, item_at(q, i), q->item_size);
    frond_free(q->ring);
    q->ring = ring;
    q->capacity = capacity;
    q->head = 0;
    return 0;
}

static void ring_put(frond_queue *q, const void *item) {
    q->used++;
    memcpy(item_at(q, q->used - 1), item, q->item_size);
}

/* A getter that peeks (its slot's low bit is no use: items are bytes) is told apart by its kind. */
static const frond_wait_kind peek_kind = {"queue item to peek at", NULL};
static const frond_wait_kind watch_kind = {"queue item", NULL}; /* has no slot */

/* Gives one item to those who wait: all who peek before the first who takes.  False: none took. */
static bool hand_over(frond_queue *q, const void *item) {
    frond_waiter *w;
    while ((w = q->getters.head)) {
        bool takes = w->kind == &get_kind;
        if (w->slot)
            memcpy(w->slot, item, q->item_size);
        frond_wake(w, 0);
        if (takes)
            return true;
    }
    return false;
}

static bool full(const frond_queue *q) {
    return q->limit && q->used >= q->limit;
}

/* After an item left: the first putter's goes in. */
static void admit(frond_queue *q) {
    while (q->putters.head && !full(q)) {
        frond_waiter *w = q->putters.head;
        if (ring_need(q) < 0)
            return; /* it waits on, for the next item that leaves */
        ring_put(q, w->slot);
        frond_wake(w, 0);
    }
}

static int enter(frond_queue *q, const void *item, frond_deadline d, const char *doing) {
    int rc = frond_wait_enter(d);
    if (rc < 0)
        return rc;
    if (!q || !item)
        return frond_fail_set(FROND_EINVAL, doing);
    return frond_waitlist_own(&q->getters);
}

static void leave(frond_queue *q) {
    if (--q->inside || !q->freed)
        return;
    frond_home home = q->home;
    frond_free(q->ring);
    frond_free(q);
    frond_home_leave(&home);
}

static int wait_for(frond_queue *q, frond_waitlist *list, const frond_wait_kind *kind,
                    void *slot, frond_deadline d, const char *doing) {
    if (d.ns <= 0)
        return frond_fail_set(FROND_ETIMEDOUT, doing);
    frond_waiter w = {.slot = slot};
    q->inside++;
    int rc = frond_wait(&w, list, kind, q, d);
    leave(q);
    return rc < 0 ? frond_fail_set(rc, doing) : rc;
}

int frond_queue_put(frond_queue *q, const void *item, frond_deadline d) {
    int rc = enter(q, item, d, "queue put");
    if (rc < 0)
        return rc;
    if (q->closed)
        return frond_fail_set(FROND_ECLOSED, "queue put");
    if (full(q))
        return wait_for(q, &q->putters, &put_kind, (void *)(uintptr_t)item, d,
                        "queue put");
    if (!hand_over(q, item)) {
        if ((rc = ring_need(q)) < 0)
            return rc;
        ring_put(q, item);
    }
    return 0;
}

static int take(frond_queue *q, void *item, bool remove, frond_deadline d,
                const char *doing) {
    int rc = enter(q, item, d, doing);
    if (rc < 0)
        return rc;
    if (!q->used && q->closed)
        return frond_fail_set(FROND_ECLOSED, doing);
    if (!q->used)
        return wait_for(q, &q->getters, remove ? &get_kind : &peek_kind, item, d, doing);
    memcpy(item, item_at(q, 0), q->item_size);
    if (remove) {
        q->head = (q->head + 1) % q->capacity;
        q->used--;
        admit(q);
    }
    return 0;
}

int frond_queue_get(frond_queue *q, void *item, frond_deadline d) {
    return take(q, item, true, d, "queue get");
}

int frond_queue_peek(frond_queue *q, void *item, frond_deadline d) {
    return take(q, item, false, d, "queue peek");
}

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

size_t frond_queue_length(const frond_queue *q) {
    return q ? q->used : 0;
}

static void free_here(void *queue) {
    frond_queue *q = queue;
    frond_queue_close(q);
    for (size_t i = 0; q->drop && i < q->used; i++)
        q->drop(item_at(q, i));
    q->used = 0;
    q->freed = true;
    q->inside++;
    leave(q);
}

void frond_queue_free(frond_queue *q) {
    if (q)
        frond_home_send(&q->home, free_here, q);
}

static int item_ready(void *queue) {
    frond_queue *q = queue;
    int rc = frond_waitlist_own(&q->getters);
    return rc < 0 ? rc : q->used > 0 || q->closed;
}

static void item_watch(void *queue, frond_watch *w) {
    frond_watch_begin(&w->waiter, &((frond_queue *)queue)->getters, &watch_kind, queue);
}

static const frond_waitable_ops item_ops = {item_ready, item_watch, NULL};

frond_waitable frond_queue_waitable(frond_queue *q) {
    return (frond_waitable){&item_ops, q, {0}};
}
