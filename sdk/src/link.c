/* SPDX-License-Identifier: MIT */
/* Links: functions called in greenlets of their own once another has ended. */
#include "core.h"
#include <frond/impl/fail.h>
#include <frond/impl/memory.h>
#include <stdio.h>

typedef struct {
    frond__observer observer;
    frond_link_fn fn;
    void *arg;
    frond_greenlet *ended;
} link_record;

static void *link_run(void *arg) {
    link_record *l = arg;
    l->fn(l->ended, l->arg);
    return NULL;
}

static void link_drop(void *arg) {
    link_record *l = arg;
    frond__greenlet_unref(l->ended);
    frond_free(l);
}

static void link_fire(frond__observer *o, frond_greenlet *g) {
    link_record *l = FROND_CONTAINER_OF(o, link_record, observer);
    frond_spawn_options options = {.drop = link_drop};
    l->ended = frond_ref(g);
    frond_greenlet *runner = frond__spawn_at(&options, link_run, l, g->spawned_at);
    if (runner) {
        frond__greenlet_unref(runner);
    } else {
        fprintf(stderr, "frond: link of greenlet %llu not called: %s\n",
                (unsigned long long)g->id, frond_error_text());
        link_drop(l);
    }
}

int frond_link(frond_greenlet *g, frond_link_fn fn, void *arg) {
    frond_hub *h = frond__hub();
    if (!h)
        return FROND_ENOMEM;
    if (!g || !fn)
        return frond_fail_set(FROND_EINVAL, "link");
    if (g->hub != h)
        return frond_fail_set(FROND_ETHREAD, "link");
    link_record *l = frond_alloc(sizeof *l);
    if (!l)
        return frond_fail_set(FROND_ENOMEM, "link");
    *l = (link_record){.observer.ended = link_fire, .fn = fn, .arg = arg};
    if (g->state == FROND_DEAD)
        link_fire(&l->observer, g);
    else
        frond__observe(g, &l->observer);
    return 0;
}

int frond_unlink(frond_greenlet *g, frond_link_fn fn, void *arg) {
    if (!g || !fn)
        return frond_fail_set(FROND_EINVAL, "unlink");
    if (g->hub != frond__self)
        return frond_fail_set(FROND_ETHREAD, "unlink");
    for (frond__observer *o = g->observers; o; o = o->next) {
        link_record *l = FROND_CONTAINER_OF(o, link_record, observer);
        if (o->ended != link_fire || l->fn != fn || l->arg != arg)
            continue;
        frond__unobserve(g, o);
        frond_free(l);
        return 1;
    }
    return 0;
}
