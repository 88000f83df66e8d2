/* SPDX-License-Identifier: MIT */
/* Maps whose results are taken one after the other.  A greenlet takes the inputs and begins them; it is
 * the only one that does, so inputs are begun in order.  A result is a block on its own, from its
 * beginning until it is taken, and the bound is on their number: a consumer that is slow stops the
 * producer, not the greenlets that have begun.
 *
 * The iterator goes with the last of the greenlets that it has begun, once it was ended. */
#include "core.h"
#include "pool/map.h"
#include <frond/impl/fail.h>
#include <frond/impl/home.h>
#include <frond/impl/memory.h>

typedef struct result {
    frond__observer observer;
    struct result *next, *prev; /* in the order of the inputs */
    struct result *next_done;   /* in the order of their ends */
    frond_imap *imap;
    frond_greenlet *greenlet; /* counted; NULL: has ended */
    frond_imap_item item;
    char *text; /* owned: what it said of its failure */
} result;

struct frond_imap {
    frond_home home;
    frond_group *group; /* held */
    frond_fn run;
    frond_input input;
    frond_imap_options o;
    bool unordered;
    void *site;
    frond__observer producer_ended;
    frond_greenlet *producer; /* counted; NULL: there are no more inputs */
    result *first, *last;
    result *done, **done_tail;
    size_t taken, begun; /* how many */
    size_t
        live; /* greenlets that have not ended, and calls in flight: they keep the memory */
    int error; /* why there are no more inputs, unless it is their end */
    bool ended;
    frond_waitlist consumer, room, ender;
};

static const frond_wait_kind next_kind = {"result of a map", NULL, NULL};
static const frond_wait_kind room_kind = {"map's results to be taken", NULL, NULL};
static const frond_wait_kind end_kind = {"end of a map", NULL, NULL};

frond_input frond_input_array(void *const *items, size_t n) {
    return (frond_input){.items = items, .n = n};
}

frond_input frond_input_from(frond_next_fn next, void *arg) {
    return (frond_input){.next = next, .arg = arg};
}

/* ---- results ---- */

static void unlink_result(result *r) {
    frond_imap *it = r->imap;
    if (r->prev)
        r->prev->next = r->next;
    else
        it->first = r->next;
    if (r->next)
        r->next->prev = r->prev;
    else
        it->last = r->prev;
}

/* Frees one that has ended, and has left its lists. */
static void discard(result *r) {
    if (r->item.value && r->imap->o.drop)
        r->imap->o.drop(r->item.value);
    frond_free(r->text);
    frond_free(r);
}

/* The next result to be taken, if it is there. */
static result *ready(const frond_imap *it) {
    if (it->unordered)
        return it->done;
    return it->first && !it->first->greenlet ? it->first : NULL;
}

static bool over(const frond_imap *it) {
    return !it->producer && !it->first;
}

static void free_imap(frond_imap *it) {
    frond__group_leave(it->group);
    frond_home home = it->home;
    frond_free(it);
    frond_home_leave(&home);
}

/* One of its greenlets has ended, or a call has returned. */
static void count_down(frond_imap *it) {
    it->live--;
    if (!it->ended) {
        if (ready(it) || over(it))
            frond_wake_one(&it->consumer, 0);
    } else if (it->live == 0) {
        free_imap(it);
    } else {
        frond_wake_one(&it->ender, 0);
    }
}

static void result_ended(frond__observer *o, frond_greenlet *g) {
    result *r = FROND_CONTAINER_OF(o, result, observer);
    frond_imap *it = r->imap;
    r->item.error = g->error == FROND_EXIT ? FROND_ECANCELED : g->error;
    r->item.value = g->value;
    r->text = frond__failed_text(g);
    r->greenlet = NULL;
    frond__greenlet_unref(g);
    if (it->ended) {
        unlink_result(r);
        discard(r);
    } else if (it->unordered) {
        *it->done_tail = r;
        it->done_tail = &r->next_done;
    }
    count_down(it);
}

/* ---- the producer ---- */

static int await_room(frond_imap *it) {
    int rc = 0;
    while (rc == 0 && it->o.maxsize && it->begun - it->taken >= it->o.maxsize) {
        frond_waiter w = {0};
        rc = frond_wait(&w, &it->room, &room_kind, it, FROND_NEVER);
    }
    return rc < 0 ? rc : it->ended ? FROND_ECLOSED : 0;
}

static int next_input(frond_imap *it, void **item) {
    frond_input *in = &it->input;
    if (in->next)
        return in->next(in->arg, item);
    if (it->begun == in->n)
        return 0;
    *item = in->items[it->begun];
    return 1;
}

static int begin(frond_imap *it, void *input) {
    result *r = frond_calloc(1, sizeof *r);
    if (!r)
        return FROND_ENOMEM;
    int rc = it->ended ? FROND_ECLOSED
                       : frond__group_start(it->group, it->run, input, it->site,
                                            &r->greenlet, "imap", FROND_NEVER);
    if (rc < 0) {
        frond_free(r);
        return rc;
    }
    frond_ref(r->greenlet);
    r->observer.ended = result_ended;
    r->imap = it;
    r->item.index = it->begun++;
    r->prev = it->last;
    if (r->prev)
        r->prev->next = r;
    else
        it->first = r;
    it->last = r;
    it->live++;
    frond__observe(r->greenlet, &r->observer);
    if (it->ended) /* while it waited for room in the pool */
        frond__kill_mark(frond__self, r->greenlet, FROND_EXIT);
    return 0;
}

static void *produce(void *arg) {
    frond_imap *it = arg;
    void *item;
    int rc;
    do {
        rc = await_room(it);
        if (rc == 0 && (rc = next_input(it, &item)) == 1)
            rc = begin(it, item);
        else if (rc >= 0)
            break; /* the end of the inputs */
    } while (rc == 0);
    it->error = rc;
    return NULL;
}

static void produced(frond__observer *o, frond_greenlet *g) {
    frond_imap *it = FROND_CONTAINER_OF(o, frond_imap, producer_ended);
    if (it->error == 0 && g->error)
        it->error = g->error == FROND_EXIT ? FROND_ECANCELED : g->error;
    it->producer = NULL;
    frond__greenlet_unref(g);
    count_down(it);
}

/* ---- making ---- */

static int check(frond_group *group, frond_fn run, const frond_input *in,
                 const frond_imap_options *o) {
    bool valid = group && run && (in->next || in->items || in->n == 0);
    for (size_t i = 0; o && i < sizeof o->reserved / sizeof o->reserved[0]; i++)
        valid = valid && !o->reserved[i];
    return valid ? frond__group_check(group, "imap")
                 : frond_fail_set(FROND_EINVAL, "imap");
}

static frond_imap *make(frond_group *group, frond_fn run, frond_input in,
                        const frond_imap_options *o, bool unordered, void *site) {
    if (check(group, run, &in, o) < 0)
        return NULL;
    frond_imap *it = frond_calloc(1, sizeof *it);
    if (!it || frond_home_enter(&it->home) < 0)
        goto free_it;
    it->group = group;
    it->run = run;
    it->input = in;
    if (o)
        it->o = *o;
    it->unordered = unordered;
    it->site = site;
    it->done_tail = &it->done;
    frond_waitlist_own(&it->consumer);
    frond_waitlist_own(&it->room);
    frond_waitlist_own(&it->ender);
    frond_spawn_options plain = {.name = "imap"};
    if (!(it->producer = frond__spawn_at(&plain, produce, it, site)))
        goto leave_home;
    it->live = 1;
    it->producer_ended.ended = produced;
    frond__observe(it->producer, &it->producer_ended);
    frond__group_hold(group);
    return it;

leave_home:
    frond_home_leave(&it->home);
free_it:
    frond_free(it);
    frond_fail_set(FROND_ENOMEM, "imap");
    return NULL;
}

FROND_NOINLINE frond_imap *frond_pool_imap(frond_pool *pool, frond_fn run, frond_input in,
                                           const frond_imap_options *o) {
    return make(frond__pool_group(pool), run, in, o, false, FROND_RETURN_ADDRESS());
}

FROND_NOINLINE frond_imap *frond_pool_imap_unordered(frond_pool *pool, frond_fn run,
                                                     frond_input in,
                                                     const frond_imap_options *o) {
    return make(frond__pool_group(pool), run, in, o, true, FROND_RETURN_ADDRESS());
}

FROND_NOINLINE frond_imap *frond_group_imap(frond_group *group, frond_fn run,
                                            frond_input in, const frond_imap_options *o) {
    return make(group, run, in, o, false, FROND_RETURN_ADDRESS());
}

FROND_NOINLINE frond_imap *frond_group_imap_unordered(frond_group *group, frond_fn run,
                                                      frond_input in,
                                                      const frond_imap_options *o) {
    return make(group, run, in, o, true, FROND_RETURN_ADDRESS());
}

/* ---- taking ---- */

static void take(frond_imap *it, result *r, frond_imap_item *item) {
    if (it->unordered && !(it->done = r->next_done))
        it->done_tail = &it->done;
    unlink_result(r);
    it->taken++;
    *item = r->item;
    if (item->error)
        frond_fail_text(item->error, "%s",
                        r->text ? r->text : frond_error_message(item->error));
    frond_free(r->text);
    frond_free(r);
    frond_wake_one(&it->room, 0);
}

static int await_result(frond_imap *it, frond_deadline d) {
    int rc = 0;
    while (rc == 0 && !ready(it) && !over(it)) {
        frond_waiter w = {0};
        it->live++;
        rc = frond_wait(&w, &it->consumer, &next_kind, it, d);
        if (it->ended)
            rc = FROND_ECLOSED;
        count_down(it);
    }
    return rc;
}

static int check_next(const frond_imap *it, const frond_imap_item *item) {
    int rc = it && item ? frond_home_check(&it->home) : FROND_EINVAL;
    if (rc == 0 && (it->ended || it->consumer.head))
        rc = it->ended ? FROND_ECLOSED : FROND_EBUSY;
    return rc < 0 ? frond_fail_set(rc, "imap next") : 0;
}

/* What is called many times in a row gives way to others here, who may end it. */
static int enter_next(frond_imap *it, const frond_imap_item *item, frond_deadline d) {
    bool held = it && frond_home_check(&it->home) == 0;
    if (held)
        it->live++;
    int rc = frond_wait_enter(d);
    if (rc == 0)
        rc = check_next(it, item);
    if (held)
        count_down(it);
    return rc;
}

int frond_imap_next(frond_imap *it, frond_imap_item *item, frond_deadline d) {
    int rc = enter_next(it, item, d);
    if (rc < 0)
        return rc;
    if ((rc = await_result(it, d)) < 0)
        return frond_fail_set(rc, "imap next");
    result *r = ready(it);
    if (r) {
        take(it, r, item);
        return 1;
    }
    return it->error ? frond_fail_set(it->error, "imap next") : 0;
}

/* ---- the end ---- */

static void stop(frond_imap *it) {
    it->ended = true;
    frond_wake_all(&it->consumer, FROND_ECLOSED);
    if (it->producer)
        frond__kill_mark(frond__self, it->producer, FROND_EXIT);
    for (result *r = it->first, *next; r; r = next) {
        next = r->next;
        if (r->greenlet) {
            frond__kill_mark(frond__self, r->greenlet, FROND_EXIT);
        } else {
            unlink_result(r);
            discard(r);
        }
    }
}

static int await_end(frond_imap *it, frond_deadline d) {
    int rc = 0;
    while (rc == 0 && it->live > 1) {
        frond_waiter w = {0};
        rc = frond_wait(&w, &it->ender, &end_kind, it, d);
    }
    return rc;
}

/* Also one that was killed waits: what it gave to the map may be in its frame. */
static int await_end_shielded(frond_imap *it, frond_deadline d) {
    if (frond_shield_begin(FROND__ABANDON_MS) < 0)
        return FROND_ECANCELED;
    int rc = await_end(it, d);
    frond_shield_end();
    return rc;
}

int frond_imap_end(frond_imap *it, frond_deadline d) {
    if (!it)
        return 0;
    int rc = frond_home_check(&it->home);
    if (rc < 0 && rc != FROND_ECLOSED)
        return frond_fail_set(rc, "imap end");
    rc = d.ns > 0 && rc == 0 ? frond_wait_enter(d) : 0;
    it->live++;
    stop(it);
    if (rc == 0 && d.ns > 0)
        rc = await_end(it, d);
    if (rc == FROND_ECANCELED && it->live > 1)
        rc = await_end_shielded(it, d);
    bool all = it->live == 1;
    count_down(it);
    return rc == 0 || all ? 0 : frond_fail_set(rc, "imap end");
}
