/* SPDX-License-Identifier: MIT */
/* Links: functions called once a greenlet has ended, in greenlets of their own or, raw, on the spot. */
#include "core.h"
#include <frond/impl/fail.h>
#include <frond/impl/memory.h>
#include <stdio.h>

enum { ON_VALUE = 1, ON_ERROR = 2, RAW = 4 };

typedef struct {
    frond__observer observer;
    frond_link_fn fn;
    void *arg;
    frond_greenlet *ended;
    unsigned when;
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

static void spawn_link(link_record *l, frond_greenlet *g) {
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

/* On the stack of whoever runs, which must not be suspended here. */
static void call_raw(link_record *l, frond_greenlet *g) {
    bool outermost = frond__callback_begin(g->hub);
    l->fn(g, l->arg);
    frond__callback_end(g->hub, outermost);
    frond_free(l);
}

static void link_fire(frond__observer *o, frond_greenlet *g) {
    link_record *l = FROND_CONTAINER_OF(o, link_record, observer);
    bool failed = g->error && g->error != FROND_EXIT;
    if (!(l->when & (failed ? ON_ERROR : ON_VALUE)))
        frond_free(l);
    else if (l->when & RAW)
        call_raw(l, g);
    else
        spawn_link(l, g);
}

static int check(frond_greenlet *g, frond_link_fn fn, const char *doing) {
    if (!frond__hub())
        return frond__no_hub();
    if (!g || !fn)
        return frond_fail_set(FROND_EINVAL, doing);
    if (g->hub != frond__self)
        return frond__fail_thread(g->hub->owner_id, doing);
    return 0;
}

static link_record *make(frond_link_fn fn, void *arg, unsigned when) {
    link_record *l = frond_alloc(sizeof *l);
    if (!l) {
        frond_fail_set(FROND_ENOMEM, "link");
        return NULL;
    }
    *l = (link_record){.fn = fn, .arg = arg, .when = when};
    l->observer.ended = link_fire;
    l->observer.deaf = !(when & ON_ERROR);
    return l;
}

frond__observer *frond__link_make(frond_link_fn fn, void *arg) {
    link_record *l = make(fn, arg, ON_VALUE | ON_ERROR | RAW);
    return l ? &l->observer : NULL;
}

void frond__link_free(frond__observer *o) {
    frond_free(FROND_CONTAINER_OF(o, link_record, observer));
}

static int add(frond_greenlet *g, frond_link_fn fn, void *arg, unsigned when) {
    int rc = check(g, fn, "link");
    if (rc < 0)
        return rc;
    link_record *l = make(fn, arg, when);
    if (!l)
        return FROND_ENOMEM;
    if (g->state == FROND_DEAD)
        link_fire(&l->observer, g);
    else
        frond__observe(g, &l->observer);
    return 0;
}

int frond_link(frond_greenlet *g, frond_link_fn fn, void *arg) {
    return add(g, fn, arg, ON_VALUE | ON_ERROR);
}

int frond_link_value(frond_greenlet *g, frond_link_fn fn, void *arg) {
    return add(g, fn, arg, ON_VALUE);
}

int frond_link_error(frond_greenlet *g, frond_link_fn fn, void *arg) {
    return add(g, fn, arg, ON_ERROR);
}

int frond_link_raw(frond_greenlet *g, frond_link_fn fn, void *arg) {
    return add(g, fn, arg, ON_VALUE | ON_ERROR | RAW);
}

static void store(frond_greenlet *ended, void *result) {
    if (ended->error && ended->error != FROND_EXIT)
        frond_result_set_error(result, ended->error);
    else
        frond_result_set(result, ended->value);
}

int frond_link_result(frond_greenlet *g, frond_result *r) {
    return frond_link_raw(g, r ? store : NULL, r);
}

/* The first of g's links from *from on; NULL: there is none. */
static frond__observer **next_link(frond__observer **from) {
    while (*from && (*from)->ended != link_fire)
        from = &(*from)->next;
    return *from ? from : NULL;
}

/* Takes back those with this fn and arg (fn NULL: all), at most so many; how many there were. */
static int take_back(frond_greenlet *g, frond_link_fn fn, const void *arg, int most) {
    int n = 0;
    frond__observer **at = &g->observers;
    while (n < most && (at = next_link(at))) {
        link_record *l = FROND_CONTAINER_OF(*at, link_record, observer);
        if (fn && (l->fn != fn || l->arg != arg)) {
            at = &(*at)->next;
            continue;
        }
        frond__unobserve(g, *at);
        frond_free(l);
        n++;
    }
    return n;
}

int frond_unlink(frond_greenlet *g, frond_link_fn fn, void *arg) {
    int rc = check(g, fn, "unlink");
    return rc < 0 ? rc : take_back(g, fn, arg, 1);
}

int frond_unlink_result(frond_greenlet *g, frond_result *r) {
    return frond_unlink(g, r ? store : NULL, r);
}

int frond_unlink_all(frond_greenlet *g) {
    int rc = check(g, store, "unlink");
    return rc < 0 ? rc : take_back(g, NULL, NULL, INT32_MAX);
}

size_t frond_links(const frond_greenlet *g) {
    size_t n = 0;
    for (const frond__observer *o = g ? g->observers : NULL; o; o = o->next)
        n += o->ended == link_fire;
    return n;
}
