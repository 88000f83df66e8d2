/* SPDX-License-Identifier: MIT */
/* Maps: all results at once.  The items live in the call, which does not return before the last of them
 * has ended: what they run on may be the caller's frame. */
#include "pool/map.h"

#include "core.h"
#include <frond/impl/fail.h>
#include <frond/impl/memory.h>
#include <string.h>

typedef struct {
    frond__observer observer;
    frond_greenlet *greenlet; /* counted; NULL: not started, or ended */
    void *value;
    int error;
    char *text; /* owned: what it said of its failure */
    struct map_state *map;
} map_item;

typedef struct map_state {
    frond_group *group; /* held */
    map_item *items;
    size_t n, running;
    frond_waitlist waiters;
} map_state;

static const frond_wait_kind map_kind = {"end of a map", NULL, NULL};

char *frond__failed_text(const frond_greenlet *g) {
    const char *text = g->error && g->error != FROND_EXIT ? g->failed_text : NULL;
    return text ? frond_strndup(text, strlen(text)) : NULL;
}

static void item_ended(frond__observer *o, frond_greenlet *g) {
    map_item *item = FROND_CONTAINER_OF(o, map_item, observer);
    item->error = g->error == FROND_EXIT ? FROND_ECANCELED : g->error;
    item->value = g->value;
    item->text = frond__failed_text(g);
    item->greenlet = NULL;
    frond__greenlet_unref(g);
    if (--item->map->running == 0)
        frond_wake_all(&item->map->waiters, 0);
}

static int map_start(map_state *map, map_item *item, frond_fn run, void *arg, void *site,
                     frond_deadline d) {
    int rc = frond__group_start(map->group, run, arg, site, &item->greenlet, "map", d);
    if (rc < 0)
        return rc;
    frond_ref(item->greenlet);
    map->running++;
    item->map = map;
    item->observer.ended = item_ended;
    frond__observe(item->greenlet, &item->observer);
    return 0;
}

static int map_wait(map_state *map, frond_deadline d) {
    int rc = 0;
    while (rc == 0 && map->running) {
        frond_waiter w = {0};
        rc = frond_wait(&w, &map->waiters, &map_kind, map->group, d);
    }
    return rc;
}

static void map_abandon(map_state *map) {
    for (size_t i = 0; i < map->n; i++)
        if (map->items[i].greenlet)
            frond__kill_mark(frond__self, map->items[i].greenlet, FROND_EXIT);
    frond__shield unlimited; /* for want of memory for another */
    if (frond_shield_begin(FROND__ABANDON_MS) < 0)
        frond__shield_push(frond__self->current, &unlimited);
    map_wait(map, FROND_NEVER);
    frond_shield_end();
    for (size_t i = 0; i < map->n; i++) { /* what ignores even that goes on without us */
        map_item *item = &map->items[i];
        if (!item->greenlet)
            continue;
        frond__unobserve(item->greenlet, &item->observer);
        frond__greenlet_unref(item->greenlet);
    }
}

/* Hands out what the items came to; the error of the first that failed. */
static int map_settle(map_state *map, int rc, void **out, int *errors) {
    for (size_t i = 0; i < map->n; i++) {
        map_item *item = &map->items[i];
        if (out)
            out[i] = item->value;
        if (errors)
            errors[i] = item->error;
        if (rc == 0 && item->error)
            rc = frond_fail_text(item->error, "%s",
                                 item->text ? item->text
                                            : frond_error_message(item->error));
        frond_free(item->text);
    }
    return rc;
}

static int map_run(map_state *map, frond_fn run, void *const *in, void *site,
                   frond_deadline d) {
    int rc = 0;
    for (size_t i = 0; i < map->n; i++)
        map->items[i].error = FROND_ECANCELED;
    for (size_t i = 0; rc == 0 && i < map->n; i++)
        rc = map_start(map, &map->items[i], run, in[i], site, d);
    if (rc == 0)
        rc = map_wait(map, d);
    if (rc < 0) {
        map_abandon(map);
        frond_fail_set(rc, "map");
    }
    return rc;
}

int frond__map(frond_group *group, frond_fn run, void *const *in, size_t n, void **out,
               int *errors, void *site, frond_deadline d) {
    if (!group || !run || (!in && n))
        return frond_fail_set(FROND_EINVAL, "map");
    for (size_t i = 0; i < n; i++) {
        if (out)
            out[i] = NULL;
        if (errors)
            errors[i] = FROND_ECANCELED;
    }
    int rc = frond__group_enter(group, "map", d);
    if (rc < 0 || n == 0)
        return rc;
    map_state map = {.group = group, .n = n};
    if ((rc = frond_waitlist_own(&map.waiters)) < 0)
        return rc;
    if (!(map.items = frond_calloc(n, sizeof *map.items)))
        return frond_fail_set(FROND_ENOMEM, "map");
    frond__group_hold(group);
    rc = map_run(&map, run, in, site, d);
    rc = map_settle(&map, rc, out, errors);
    frond__group_leave(group);
    frond_free(map.items);
    return rc;
}

FROND_NOINLINE int frond_pool_map(frond_pool *pool, frond_fn run, void *const *in,
                                  size_t n, void **out, int *errors, frond_deadline d) {
    return frond__map(frond__pool_group(pool), run, in, n, out, errors,
                      FROND_RETURN_ADDRESS(), d);
}

FROND_NOINLINE int frond_group_map(frond_group *group, frond_fn run, void *const *in,
                                   size_t n, void **out, int *errors, frond_deadline d) {
    return frond__map(group, run, in, n, out, errors, FROND_RETURN_ADDRESS(), d);
}

/* ---- one ---- */

int frond__apply(frond_group *group, frond_fn run, void *arg, void **value, void *site,
                 frond_deadline d) {
    return frond__map(group, run, &arg, 1, value, NULL, site, d);
}

FROND_NOINLINE int frond_pool_apply(frond_pool *pool, frond_fn run, void *arg,
                                    void **value, frond_deadline d) {
    return frond__apply(frond__pool_group(pool), run, arg, value, FROND_RETURN_ADDRESS(),
                        d);
}

FROND_NOINLINE int frond_group_apply(frond_group *group, frond_fn run, void *arg,
                                     void **value, frond_deadline d) {
    return frond__apply(group, run, arg, value, FROND_RETURN_ADDRESS(), d);
}
