/* SPDX-License-Identifier: MIT */
/* Pools: a group and a semaphore that counts its room. */
#include "core.h"
#include "pool/group.h"
#include <frond/impl/fail.h>
#include <frond/impl/memory.h>
#include <frond/pool.h>
#include <frond/semaphore.h>
#include <frond/wait.h>

struct frond_pool {
    frond_group *group;
    frond_semaphore room;
    bool freed;
    unsigned inside; /* spawns that wait for room keep the memory */
};

static void leave(frond_pool *pool) {
    if (--pool->inside == 0 && pool->freed)
        frond_free(pool);
}

static int take_room(void *arg, frond_deadline d, const char *doing) {
    frond_pool *pool = arg;
    pool->inside++;
    int rc = frond_semaphore_acquire(&pool->room, d);
    bool freed = pool->freed;
    leave(pool);
    if ((rc == 0 || rc == FROND_ETIMEDOUT) && freed)
        rc = FROND_ECLOSED;
    return rc < 0 && rc != FROND_ETHREAD ? frond_fail_set(rc, doing) : rc;
}

static bool try_take_room(void *arg) {
    frond_pool *pool = arg;
    if (!pool->room.count)
        return false;
    pool->room.count--;
    return true;
}

static void give_room(void *pool) {
    frond_semaphore_release(&((frond_pool *)pool)->room);
}

static const frond__gate gate = {take_room, try_take_room, give_room};

frond_pool *frond_pool_new(size_t size) {
    if (size > SIZE_MAX / 2) {
        frond_fail_set(FROND_EINVAL, "pool new: a negative size");
        return NULL;
    }
    frond_pool *pool = frond_calloc(1, sizeof *pool);
    if (!pool || !(pool->group = frond_group_new())) {
        frond_free(pool);
        frond_fail_set(FROND_ENOMEM, "pool new");
        return NULL;
    }
    pool->room.count = size;
    frond__group_bound(pool->group, &gate, pool);
    return pool;
}

frond_group *frond__pool_group(frond_pool *pool) {
    return pool ? pool->group : NULL;
}

static int spawn_at(frond_pool *pool, const frond_spawn_options *o, frond_fn run,
                    void *arg, frond_deadline d, void *site) {
    if (!pool || !run)
        return frond_fail_set(FROND_EINVAL, "pool spawn");
    int rc = take_room(pool, d, "pool spawn");
    if (rc < 0)
        return rc;
    rc = frond__group_spawn_at(pool->group, o, run, arg, site, NULL);
    if (rc < 0)
        give_room(pool);
    return rc;
}

FROND_NOINLINE int frond_pool_spawn(frond_pool *pool, frond_fn run, void *arg,
                                    frond_deadline d) {
    return spawn_at(pool, NULL, run, arg, d, FROND_RETURN_ADDRESS());
}

FROND_NOINLINE int frond_pool_spawn_with(frond_pool *pool, const frond_spawn_options *o,
                                         frond_fn run, void *arg, frond_deadline d) {
    return spawn_at(pool, o, run, arg, d, FROND_RETURN_ADDRESS());
}

int frond_pool_add(frond_pool *pool, frond_greenlet *g, frond_deadline d) {
    int rc = frond__group_takes(frond__pool_group(pool), g);
    if (rc <= 0 || (rc = take_room(pool, d, "pool add")) < 0)
        return rc;
    size_t before = frond_group_count(pool->group);
    rc = frond_group_add(pool->group, g);
    if (frond_group_count(pool->group) == before) /* refused, or no need any more */
        give_room(pool);
    return rc;
}

int frond_pool_discard(frond_pool *pool, frond_greenlet *g) {
    return frond_group_discard(frond__pool_group(pool), g);
}

int frond_pool_contains(const frond_pool *pool, const frond_greenlet *g) {
    return pool && frond_group_contains(pool->group, g);
}

int frond_pool_full(const frond_pool *pool) {
    return pool && pool->room.count == 0;
}

int frond_pool_wait_available(frond_pool *pool, frond_deadline d) {
    if (!pool)
        return frond_fail_set(FROND_EINVAL, "pool wait");
    int rc = take_room(pool, d, "pool wait");
    if (rc == 0)
        give_room(pool);
    return rc;
}

size_t frond_pool_count(const frond_pool *pool) {
    return pool ? frond_group_count(pool->group) : 0;
}

size_t frond_pool_free_count(const frond_pool *pool) {
    return pool ? (size_t)pool->room.count : 0;
}

int frond_pool_join(frond_pool *pool, frond_deadline d) {
    return frond_group_join(frond__pool_group(pool), d);
}

int frond_pool_kill(frond_pool *pool, int error, frond_deadline d) {
    return frond_group_kill(frond__pool_group(pool), error, d);
}

int frond_pool_killone(frond_pool *pool, frond_greenlet *g, int error, frond_deadline d) {
    return frond_group_killone(frond__pool_group(pool), g, error, d);
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

frond_waitable frond_pool_waitable(frond_pool *pool) {
    return frond_group_waitable(pool ? pool->group : NULL);
}
