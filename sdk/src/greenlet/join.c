/* SPDX-License-Identifier: MIT */
/* Waiting for a greenlet's end. */
#include "core.h"
#include <frond/impl/fail.h>
#include <frond/impl/waitable.h>
#include <stdio.h>

void frond__observe(frond_greenlet *g, frond__observer *o) {
    o->next = NULL;
    *g->observers_tail = o;
    g->observers_tail = &o->next;
}

int frond__unobserve(frond_greenlet *g, frond__observer *o) {
    frond__observer **link = &g->observers;
    while (*link && *link != o)
        link = &(*link)->next;
    if (!*link)
        return 0;
    *link = o->next;
    if (g->observers_tail == &o->next)
        g->observers_tail = link;
    return 1;
}

typedef struct {
    frond__observer observer;
    frond_waiter waiter;
} joiner;

static void joined(frond__observer *o, frond_greenlet *g) {
    (void)g;
    frond_waiter *w = &FROND_CONTAINER_OF(o, joiner, observer)->waiter;
    if (frond__waits(w))
        frond_wake(w, 0);
}

static void describe_greenlet(const void *object, char *out, size_t cap) {
    const frond_greenlet *g = object;
    snprintf(out, cap, "greenlet %llu%s%s", (unsigned long long)g->id, g->name ? " " : "",
             g->name ? g->name : "");
}

static frond_greenlet *ended_by(const void *object) {
    return (frond_greenlet *)(uintptr_t)object;
}

static const frond_wait_kind join_kind = {"end of", describe_greenlet, ended_by};

static int join_check(frond_hub *h, frond_greenlet *g, frond_deadline d) {
    if (!h)
        return frond__no_hub();
    int rc = frond__enter(h, d);
    if (rc < 0)
        return rc;
    if (!g || g == h->current || (g->traits & (FROND__MAIN | FROND__HUB)))
        return frond_fail_set(FROND_EINVAL, "join");
    if (g->hub != h)
        return frond__fail_thread(g->hub->owner_id, "join");
    return 0;
}

/* Waits for a death that has not happened yet. */
static int await_end(frond_greenlet *g, frond_deadline d) {
    joiner j = {.observer.ended = joined};
    frond_ref(g);
    frond__observe(g, &j.observer);
    int rc = frond_wait(&j.waiter, NULL, &join_kind, g, d);
    if (rc < 0) {
        frond__unobserve(g, &j.observer);
        frond_fail_set(rc, "join");
    }
    frond__greenlet_unref(g);
    return rc;
}

/* One that has ended and nothing else to see to. */
static inline bool is_over(const frond_greenlet *g) {
    frond_hub *h = frond__self;
    if (FROND_UNLIKELY(!g || g->state != FROND_DEAD || g->hub != h || !h ||
                       !frond__is_free(h)))
        return false;
    frond__charge(h);
    return true;
}

static FROND_NOINLINE int join(frond_greenlet *g, frond_deadline d) {
    int rc = join_check(frond__hub(), g, d);
    if (rc < 0)
        return rc;
    return g->state == FROND_DEAD ? 0 : await_end(g, d);
}

int frond_join(frond_greenlet *g, frond_deadline d) {
    return FROND_LIKELY(is_over(g)) ? 0 : join(g, d);
}

int frond_get(frond_greenlet *g, void **value, frond_deadline d) {
    int rc = frond_join(g, d);
    if (rc < 0)
        return rc;
    if (g->error && g->error != FROND_EXIT)
        return frond_fail_text(g->error, "%s",
                               g->failed_text ? g->failed_text
                                              : frond_error_message(g->error));
    if (value)
        *value = g->value;
    return 0;
}

/* ---- beside others ---- */

_Static_assert(sizeof(frond__observer) <= sizeof((frond_watch *)0)->own,
               "an observer is what a watch has of its own");

static int end_ready(void *object) {
    frond_greenlet *g = object;
    frond_hub *h = frond__hub();
    if (!h)
        return frond__no_hub();
    if (g == h->current || (g->traits & (FROND__MAIN | FROND__HUB)))
        return frond_fail_set(FROND_EINVAL, "wait: for the end of itself, or of main");
    if (g->hub != h)
        return frond__fail_thread(g->hub->owner_id, "wait: for the end of a greenlet");
    return g->state == FROND_DEAD;
}

static void watched_ended(frond__observer *o, frond_greenlet *g) {
    (void)g;
    frond_wake(&FROND_CONTAINER_OF(o, frond_watch, own)->waiter, 0);
}

static void end_watch(void *object, frond_watch *w) {
    frond_greenlet *g = object;
    frond__observer *o = (frond__observer *)(void *)w->own;
    o->ended = watched_ended;
    w->waiter.kind = &join_kind;
    w->waiter.object = g;
    frond__observe(frond_ref(g), o);
}

static void end_unwatch(void *object, frond_watch *w) {
    frond__unobserve(object, (frond__observer *)(void *)w->own);
    frond__greenlet_unref(object);
}

static const frond_waitable_ops end_ops = {end_ready, end_watch, end_unwatch};

frond_waitable frond_greenlet_waitable(frond_greenlet *g) {
    return (frond_waitable){&end_ops, g, {0}};
}
