/* SPDX-License-Identifier: MIT */
/* Pools: a group and a semaphore that counts its room. */
#include "core.h"
#include "group.h"
#include <frond/impl/fail.h>
#include <frond/impl/memory.h>
#include <frond/pool.h>
#include <frond/semaphore.h>

struct frond_pool {
    frond_group *group;
    frond_semaphore room;
    size_t size;
    bool freed;
    unsigned inside; /* spawns that wait for room keep the memory */
};

static void gained_room(void *pool) {
    frond_semaphore_release(&((frond_pool *)pool)->room);
}

frond_pool *frond_pool_new(size_t size) {
    if (size == 0) {
        frond_fail_set(FROND_EINVAL, "pool new: size 0");
        return NULL;
    }
    frond_pool *pool = frond_calloc(1, sizeof *pool);
    if (!pool || !(pool->group = frond_group_new())) {
        frond_free(pool);
        frond_fail_set(FROND_ENOMEM, "pool new");
        return NULL;
    }
    pool->size = size;
    pool->room.count = size;
    frond__group_on_leave(pool->group, gained_room, pool);
    return pool;
}

static void leave(frond_pool *pool) {
    if (--pool->inside == 0 && pool->freed)
        frond_free(pool);
}

/* Takes room for one, or waits for it. */
static int take_room(frond_pool *pool, frond_deadline d, const char *doing) {
    if (!pool)
        return frond_fail_set(FROND_EINVAL, doing);
    pool->inside++;
    int rc = frond_semaphore_acquire(&pool->room, d);
    bool freed = pool->freed;
    leave(pool);
    if (rc == 0 && freed)
        rc = FROND_ECLOSED;
    return rc < 0 && rc != FROND_ETHREAD ? frond_fail_set(rc, doing) : rc;
}

static int spawn_at(frond_pool *pool, const frond_spawn_options *o, frond_fn run,
                    void *arg, frond_deadline d, void *site) {
    if (!run)
        return frond_fail_set(FROND_EINVAL, "pool spawn");
    int rc = take_room(pool, d, "pool spawn");
    if (rc < 0)
        return rc;
    rc = frond__group_spawn_at(pool->group, o, run, arg, site, NULL);
    if (rc < 0)
        gained_room(pool);
    return rc;
}

int frond_pool_spawn(frond_pool *pool, frond_fn run, void *arg, frond_deadline d) {
    return spawn_at(pool, NULL, run, arg, d, FROND_RETURN_ADDRESS());
}

int frond_pool_spawn_with(frond_pool *pool, const frond_spawn_options *o, frond_fn run,
                          void *arg, frond_deadline d) {
    return spawn_at(pool, o, run, arg, d, FROND_RETURN_ADDRESS());
}

int frond_pool_wait_available(frond_pool *pool, frond_deadline d) {
    int rc = take_room(pool, d, "pool wait");
    if (rc == 0)
        gained_room(pool);
    return rc;
}

size_t frond_pool_count(const frond_pool *pool) {
    return pool ? frond_group_count(pool->group) : 0;
}

size_t frond_pool_free_count(const frond_pool *pool) {
    return pool ? (size_t)pool->room.count : 0;
}

int frond_pool_join(frond_pool *pool, frond_deadline d) {
    return pool ? frond_group_join(pool->group, d)
                : frond_fail_set(FROND_EINVAL, "pool join");
}

int frond_pool_kill(frond_pool *pool, int error, frond_deadline d) {
    return pool ? frond_group_kill(pool->group, error, d)
                : frond_fail_set(FROND_EINVAL, "pool kill");
}

static void free_here(void *arg) {
    frond_pool *pool = arg;
    frond_group_free(pool->group);
    frond_wake_all(&pool->room.waiters, FROND_ECLOSED);
    pool->freed = true;
    pool->inside++;
    leave(pool);
}

void frond_pool_free(frond_pool *pool) {
    if (pool)
        frond_home_send(frond__group_home(pool->group), free_here, pool);
}

/* ---- map ---- */

typedef struct {
    frond__observer observer;
    frond_greenlet *greenlet; /* counted; NULL: not started, or ended */
    void **out;
    int *error;
    struct map_state *map;
} map_item;

typedef struct map_state {
    frond_pool *pool;
    size_t running;
    frond_waitlist waiters;
} map_state;

static const frond_wait_kind map_kind = {"end of a map", NULL};

static void item_ended(frond__observer *o, frond_greenlet *g) {
    map_item *item = FROND_CONTAINER_OF(o, map_item, observer);
    int error = g->error == FROND_EXIT ? FROND_ECANCELED : g->error;
    *item->error = error;
    if (item->out)
        *item->out = g->value;
    item->greenlet = NULL;
    frond__greenlet_unref(g);
    if (--item->map->running == 0)
        frond_wake_all(&item->map->waiters, 0);
}

static int map_start(map_state *map, map_item *item, frond_fn run, void *arg,
                     frond_deadline d, void *site) {
    int rc = take_room(map->pool, d, "pool map");
    if (rc < 0)
        return rc;
    rc = frond__group_spawn_at(map->pool->group, NULL, run, arg, site, &item->greenlet);
    if (rc < 0) {
        gained_room(map->pool);
        return rc;
    }
    frond_ref(item->greenlet);
    map->running++;
    item->observer.ended = item_ended;
    frond__observe(item->greenlet, &item->observer);
    return 0;
}

static int map_wait(map_state *map, frond_deadline d) {
    int rc = 0;
    while (rc == 0 && map->running) {
        frond_waiter w = {0};
        rc = frond_wait(&w, &map->waiters, &map_kind, map->pool, d);
    }
    return rc;
}

/* The items live in this call: it does not return before the last of them has ended. */
static void map_abandon(map_state *map, map_item *items, size_t n) {
    enum { CLEANUP_MS = 5000 };
    for (size_t i = 0; i < n; i++)
        if (items[i].greenlet)
            frond__kill_mark(frond__self, items[i].greenlet, FROND_EXIT);
    bool shielded = frond_shield_begin(CLEANUP_MS) == 0;
    map_wait(map, FROND_NEVER);
    if (shielded)
        frond_shield_end();
    for (size_t i = 0; i < n; i++) /* what ignores even that goes on without us */
        if (items[i].greenlet) {
            frond__unobserve(items[i].greenlet, &items[i].observer);
            frond__greenlet_unref(items[i].greenlet);
        }
}

int frond_pool_map(frond_pool *pool, frond_fn run, void *const *in, size_t n, void **out,
                   int *errors, frond_deadline d) {
    if (!pool || !run || (!in && n))
        return frond_fail_set(FROND_EINVAL, "pool map");
    int rc = frond_wait_enter(d);
    if (rc < 0 || n == 0)
        return rc;
    map_state map = {.pool = pool};
    map_item *items = frond_calloc(n, sizeof *items);
    int *codes = errors ? errors : frond_calloc(n, sizeof *codes);
    if (!items || !codes) {
        rc = frond_fail_set(FROND_ENOMEM, "pool map");
        goto done;
    }
    frond_waitlist_own(&map.waiters);
    for (size_t i = 0; i < n; i++) {
        items[i] =
            (map_item){.out = out ? &out[i] : NULL, .error = &codes[i], .map = &map};
        codes[i] = FROND_ECANCELED;
        if (out)
            out[i] = NULL;
    }
    for (size_t i = 0; rc == 0 && i < n; i++)
        rc = map_start(&map, &items[i], run, in[i], d, FROND_RETURN_ADDRESS());
    if (rc == 0)
        rc = map_wait(&map, d);
    if (rc < 0)
        map_abandon(&map, items, n);
    for (size_t i = 0; rc == 0 && i < n; i++)
        rc = codes[i];
    if (rc < 0)
        frond_fail_set(rc, "pool map");
done:
    if (codes != errors)
        frond_free(codes);
    frond_free(items);
    return rc;
}
