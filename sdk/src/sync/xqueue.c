/* SPDX-License-Identifier: MIT */
/* Queues between threads.
 *
 * A waiter is on its greenlet's stack and, while nobody has served it, on a list of the queue, whose lock
 * guards it.  Who serves it copies the item, takes it off, and sends its hub a post that is part of it:
 * from then on it stays where it is until the post has come, whatever else wakes its greenlet.  It is
 * posted under the lock, under which its greenlet takes it off when something else ends the wait, or its
 * hub does that drops it: so none is served behind the back of a hub that ends. */
#include <frond/xqueue.h>

#include "core.h"
#include "hub/loop.h"
#include "sync/store.h"
#include <frond/fork.h>
#include <frond/impl/fail.h>
#include <frond/impl/memory.h>

enum { MOST_ITEM = 1 << 20 };

typedef struct side side;

typedef struct member {
    frond_waiter waiter;
    frond_posted post;
    struct member *next, *prev;
    side *on; /* NULL: on none */
    frond_hub *hub;
    frond_xqueue *queue;
    void *slot;
    int code; /* what it was served with */
    bool getter;
    bool sent;    /* the post is under way */
    bool arrived; /* it has come */
    bool lost;
} member;

struct side { /* those who wait on one side, in order */
    member *head, *tail;
};

struct frond_xqueue {
    uv_mutex_t lock; /* of all that follows */
    frond__store store;
    size_t limit;
    side getters, putters;
    size_t refs;   /* 0: freed */
    size_t inside; /* calls that wait or give way: they keep the memory too */
    bool closed;
    uint64_t generation;
    void (*drop)(void *);
};

static const frond_wait_kind get_kind = {"item of a queue between threads", NULL, NULL};
static const frond_wait_kind put_kind = {"room in a queue between threads", NULL, NULL};

/* ---- making ---- */

frond_xqueue *frond_xqueue_new(size_t item_size, size_t capacity,
                               const frond_queue_options *o) {
    static const frond_queue_options none;
    o = o ? o : &none;
    frond_xqueue *q = NULL;
    int rc = frond__store_init(NULL, item_size, capacity, o);
    if (rc == 0 && (!(q = frond_calloc(1, sizeof *q)) || uv_mutex_init(&q->lock) < 0))
        rc = FROND_ENOMEM;
    if (rc < 0) {
        frond_free(q);
        frond_fail_set(rc, "xqueue new");
        return NULL;
    }
    frond__store_init(&q->store, item_size, capacity, o);
    q->limit = capacity ? capacity : SIZE_MAX;
    q->refs = 1;
    q->generation = frond_generation();
    q->drop = o->drop;
    return q;
}

frond_xqueue *frond_xqueue_ref(frond_xqueue *q) {
    uv_mutex_lock(&q->lock);
    q->refs++;
    uv_mutex_unlock(&q->lock);
    return q;
}

/* ---- the lists ---- */

static void append(side *s, member *m) {
    m->on = s;
    m->next = NULL;
    m->prev = s->tail;
    if (m->prev)
        m->prev->next = m;
    else
        s->head = m;
    s->tail = m;
}

static void take_off(member *m) {
    side *s = m->on;
    if (!s)
        return;
    if (m->prev)
        m->prev->next = m->next;
    else
        s->head = m->next;
    if (m->next)
        m->next->prev = m->prev;
    else
        s->tail = m->prev;
    m->on = NULL;
}

/* ---- the memory ---- */

static void destroy(frond_xqueue *q) {
    while (q->store.used) {
        if (q->drop)
            q->drop(frond__store_next(&q->store));
        frond__store_drop(&q->store);
    }
    uv_mutex_destroy(&q->lock);
    frond_free(q->store.places);
    frond_free(q);
}

/* Gives the lock back; the last who leaves a queue that was freed frees the memory. */
static void unlock(frond_xqueue *q) {
    bool last = !q->refs && !q->inside;
    uv_mutex_unlock(&q->lock);
    if (last)
        destroy(q);
}

/* ---- the ends of waits ---- */

static int try_put(frond_xqueue *q, const void *item);

/* An item that nobody will look at goes to somebody else. */
static void give_up(member *m) {
    frond_xqueue *q = m->queue;
    uv_mutex_lock(&q->lock);
    if (m->getter && m->arrived && m->code == 0 && try_put(q, m->slot) < 0 && q->drop)
        q->drop(m->slot);
    q->inside--;
    unlock(q);
}

/* Its hub ends, and its greenlet never goes on. */
static void lost(void *arg) {
    member *m = arg;
    uv_mutex_lock(&m->queue->lock);
    take_off(m);
    uv_mutex_unlock(&m->queue->lock);
    m->lost = true;
    if (!m->sent || m->arrived)
        give_up(m);
}

/* ---- serving; the lock is held ---- */

static void wake(member *m) {
    m->arrived = true;
    if (frond__waits(
            &m->waiter)) /* else something has woken it, and it has not run yet */
        frond_wake(&m->waiter, 0);
}

static void arrived(void *arg) {
    member *m = arg;
    wake(m);
    if (m->lost)
        give_up(m);
}

/* False: its hub takes nothing any more. */
static bool serve(member *m, int code) {
    m->post = (frond_posted){NULL, arrived, m, FROND__POST_BORROWED};
    m->code = code;
    m->sent = true; /* before it is posted: it may be gone then */
    take_off(m);
    if (m->hub == frond__self) {
        wake(m);
        return true;
    }
    if (frond__loop_post(m->hub, &m->post) == 0)
        return true;
    return m->sent = false;
}

static bool hand_over(frond_xqueue *q, const void *item) {
    member *m;
    while ((m = q->getters.head)) {
        memcpy(m->slot, item, q->store.item_size);
        if (serve(m, 0))
            return true;
    }
    return false;
}

static int try_put(frond_xqueue *q, const void *item) {
    if (q->closed)
        return FROND_ECLOSED;
    if (hand_over(q, item))
        return 0;
    if (q->store.used >= q->limit)
        return FROND_ETIMEDOUT;
    int rc = frond__store_need(&q->store, q->limit);
    if (rc == 0)
        frond__store_put(&q->store, item);
    return rc;
}

static void admit(frond_xqueue *q) {
    member *m;
    while ((m = q->putters.head) && q->store.used < q->limit &&
           frond__store_need(&q->store, q->limit) == 0)
        if (serve(m, 0))
            frond__store_put(&q->store, m->slot);
}

static int try_get(frond_xqueue *q, void *item) {
    if (q->store.used == 0)
        return q->closed ? FROND_ECLOSED : FROND_ETIMEDOUT;
    frond__store_take(&q->store, item);
    admit(q);
    return 0;
}

static void close_locked(frond_xqueue *q) {
    q->closed = true;
    while (q->getters.head)
        serve(q->getters.head, FROND_ECLOSED);
    while (q->putters.head)
        serve(q->putters.head, FROND_ECLOSED);
}

/* ---- waiting ---- */

/* For the post of one that was served, whatever becomes of its greenlet meanwhile. */
static void await_post(member *m, const frond_wait_kind *kind) {
    frond__shield shield;
    frond__shield_push(frond__self->current, &shield);
    while (m->sent && !m->arrived)
        frond_wait(&m->waiter, NULL, kind, m->queue, FROND_NEVER);
    frond_shield_end();
}

/* The lock is held, and given back. */
static int wait_on(frond_xqueue *q, side *s, member *m, const frond_wait_kind *kind,
                   frond_deadline d) {
    frond_greenlet *g = frond__self->current;
    bool may_be_lost = !(g->traits & FROND__MAIN);
    if (may_be_lost && frond_defer(lost, m) < 0) {
        uv_mutex_unlock(&q->lock);
        return FROND_ENOMEM;
    }
    m->hub = frond__self;
    m->queue = q;
    append(s, m);
    q->inside++;
    uv_mutex_unlock(&q->lock);
    frond_wake_source(1);
    frond_timeout *scope = frond__scope_unfired(g);
    int rc = frond_wait(&m->waiter, NULL, kind, q, d);
    uv_mutex_lock(&q->lock);
    take_off(m); /* from now on nobody serves it */
    uv_mutex_unlock(&q->lock);
    if (m->sent && !m->arrived)
        await_post(m, kind);
    frond_wake_source(-1);
    if (may_be_lost)
        frond__undefer(g, lost, m);
    if (m->arrived) {
        frond__wait_overruled(g, rc, scope);
        rc = m->code;
    }
    uv_mutex_lock(&q->lock);
    q->inside--;
    unlock(q);
    return rc;
}

static int fail(int rc, const char *doing) {
    return rc < 0 && frond__self ? frond_fail_set(rc, doing) : rc;
}

/* Who is to wait needs a hub with a loop, for others to post to. */
static int enter_hub(frond_deadline d) {
    int rc = frond_wait_enter(d);
    return rc < 0 || d.ns <= 0 ? rc : frond__loop_need(frond__self);
}

/* What is called many times in a row gives way to others here, who may free q. */
static int enter_held(frond_xqueue *q, frond_deadline d) {
    q->inside++;
    uv_mutex_unlock(&q->lock);
    int rc = enter_hub(d);
    uv_mutex_lock(&q->lock);
    q->inside--;
    return rc == 0 && !q->refs ? FROND_ECLOSED : rc;
}

/* Whether entering has nothing to say, and no hub to make. */
static bool is_free(frond_deadline d) {
    frond_hub *h = frond__self;
    if (!h)
        return d.ns <= 0;
    if (!frond__is_free(h) || (d.ns > 0 && !h->loop))
        return false;
    frond__charge(h);
    return true;
}

/* After 0 the lock is held. */
static int enter(frond_xqueue *q, const void *item, frond_deadline d) {
    if (!q || !item)
        return FROND_EINVAL;
    if (q->generation != frond_generation())
        return FROND_EWRONGPROC;
    uv_mutex_lock(&q->lock);
    int rc = is_free(d) ? 0 : enter_held(q, d);
    if (rc < 0)
        unlock(q);
    return rc;
}

int frond_xqueue_put(frond_xqueue *q, const void *item, frond_deadline d) {
    int rc = enter(q, item, d);
    if (rc < 0)
        return fail(rc, "xqueue put");
    rc = try_put(q, item);
    if (rc == FROND_ETIMEDOUT && d.ns > 0) {
        member m = {.slot = (void *)(uintptr_t)item};
        rc = wait_on(q, &q->putters, &m, &put_kind, d);
    } else {
        uv_mutex_unlock(&q->lock);
    }
    return fail(rc, "xqueue put");
}

int frond_xqueue_get(frond_xqueue *q, void *item, frond_deadline d) {
    int rc = enter(q, item, d);
    if (rc < 0)
        return fail(rc, "xqueue get");
    rc = try_get(q, item);
    if (rc == FROND_ETIMEDOUT && d.ns > 0) {
        member m = {.slot = item, .getter = true};
        rc = wait_on(q, &q->getters, &m, &get_kind, d);
    } else {
        uv_mutex_unlock(&q->lock);
    }
    return fail(rc, "xqueue get");
}

/* ---- the end ---- */

int frond_xqueue_close(frond_xqueue *q) {
    if (!q)
        return fail(FROND_EINVAL, "xqueue close");
    if (q->generation != frond_generation())
        return fail(FROND_EWRONGPROC, "xqueue close");
    uv_mutex_lock(&q->lock);
    close_locked(q);
    uv_mutex_unlock(&q->lock);
    return 0;
}

size_t frond_xqueue_length(frond_xqueue *q) {
    if (!q || q->generation != frond_generation())
        return 0;
    uv_mutex_lock(&q->lock);
    size_t n = q->store.used;
    uv_mutex_unlock(&q->lock);
    return n;
}

void frond_xqueue_free(frond_xqueue *q) {
    if (!q || q->generation != frond_generation()) /* a fork may have found it locked */
        return;
    uv_mutex_lock(&q->lock);
    if (--q->refs == 0)
        close_locked(q);
    unlock(q);
}
