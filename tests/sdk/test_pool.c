/* SPDX-License-Identifier: MIT */
/* Groups, pools and maps. */
#include "support.h"

#include <string.h>

static int running, most;

static void *number(intptr_t n) {
    return (void *)n;
}

static void *nothing(void *arg) {
    return arg;
}

static void *works(void *arg) {
    if (++running > most)
        most = running;
    int rc = frond_sleep((uint64_t)(uintptr_t)arg);
    running--;
    return rc < 0 ? NULL : arg;
}

static void *fails(void *arg) {
    (void)arg;
    return frond_failed(FROND_EPROTO, "a member failed");
}

/* ---- groups ---- */

static void group_join(void) {
    frond_group *group = frond_group_new();
    CHECK_INT(frond_group_join(group, FROND_NOW), 0); /* empty */
    for (int i = 0; i < 10; i++)
        CHECK_INT(frond_group_spawn(group, works, number(i % 3 + 1)), 0);
    CHECK_INT(frond_group_count(group), 10);
    CHECK_INT(frond_group_join(group, FROND_NOW), FROND_ETIMEDOUT);
    CHECK_INT(frond_group_join(group, FROND_NEVER), 0);
    CHECK_INT(frond_group_count(group), 0);
    frond_group_free(group);
}

static frond_group *grows;

static void *spawns_more(void *arg) {
    if (arg)
        CHECK_INT(frond_group_spawn(grows, spawns_more, number((intptr_t)arg - 1)), 0);
    log_add("x");
    return NULL;
}

static void group_that_grows(void) {
    grows = frond_group_new();
    frond_group_spawn(grows, spawns_more, number(3));
    CHECK_INT(frond_group_join(grows, FROND_NEVER), 0);
    CHECK_TEXT(log_text(), "x x x x");
    frond_group_free(grows);
}

static void group_add_and_discard(void) {
    frond_group *group = frond_group_new();
    frond_greenlet *g = frond_spawn(works, number(3));
    CHECK_INT(frond_group_add(group, g), 0);
    CHECK_INT(frond_group_add(group, g), 0); /* twice is once */
    CHECK_INT(frond_group_count(group), 1);
    CHECK_INT(frond_group_discard(group, g), 1);
    CHECK_INT(frond_group_discard(group, g), 0);
    CHECK_INT(frond_group_join(group, FROND_NOW), 0);
    frond_join(g, FROND_NEVER);
    CHECK_INT(frond_group_add(group, g), 0); /* has ended */
    CHECK_INT(frond_group_count(group), 0);
    CHECK_INT(frond_group_add(group, NULL), FROND_EINVAL);
    CHECK_INT(frond_group_add(group, frond_current()), FROND_EINVAL);
    CHECK_INT(frond_group_discard(group, NULL), 0);
    frond_release(g);
    frond_group_free(group);
}

static void *joins_its_own(void *arg) {
    CHECK_INT(frond_group_join(grows, FROND_NEVER), FROND_EINVAL);
    return arg;
}

static void group_joined_by_a_member(void) {
    grows = frond_group_new();
    frond_group_spawn(grows, joins_its_own, NULL);
    CHECK_INT(frond_group_join(grows, FROND_NEVER), 0);
    frond_group_free(grows);
}

static void group_freed_early(void) {
    frond_group *group = frond_group_new();
    running = 0;
    frond_group_spawn(group, works, number(2));
    frond_group_spawn(group, works, number(2));
    frond_yield();
    frond_group_free(group); /* they go on */
    CHECK_INT(running, 2);
    frond_hub_join(FROND_NEVER);
    CHECK_INT(running, 0);
    frond_group_free(NULL);
}

static void *joins_group(void *group) {
    log_add(frond_error_name(frond_group_join(group, FROND_NEVER)));
    return NULL;
}

static void group_freed_under_a_join(void) {
    frond_group *group = frond_group_new();
    frond_group_spawn(group, works, number(2));
    frond_greenlet *j = frond_spawn(joins_group, group);
    frond_yield();
    frond_group_free(group);
    CHECK_INT(frond_join(j, FROND_NEVER), 0);
    CHECK_TEXT(log_text(), "FROND_OK");
    frond_release(j);
}

static void group_killone(void) {
    frond_group *group = frond_group_new();
    frond_greenlet *a = frond_spawn(works, number(1000000)),
                   *b = frond_spawn(works, number(1000000));
    running = 0;
    frond_group_add(group, a);
    CHECK_INT(frond_group_contains(group, a), 1);
    CHECK_INT(frond_group_contains(group, b), 0);
    CHECK_INT(frond_group_contains(NULL, b), 0);
    CHECK_INT(frond_group_contains(group, NULL), 0);
    frond_yield();
    CHECK_INT(frond_group_killone(group, b, FROND_EXIT, FROND_NEVER), 0);
    CHECK_INT(running, 2);
    CHECK_INT(frond_group_killone(group, a, FROND_EXIT, FROND_NOW), 1);
    CHECK(!frond_dead(a));
    CHECK_INT(frond_group_killone(group, a, FROND_EXIT, FROND_NEVER), 1);
    CHECK(frond_dead(a));
    CHECK_INT(frond_group_killone(group, a, FROND_EXIT, FROND_NEVER), 0);
    CHECK_INT(frond_group_killone(group, b, 1, FROND_NEVER), FROND_EINVAL);
    CHECK_INT(frond_group_killone(NULL, b, FROND_EXIT, FROND_NEVER), FROND_EINVAL);
    frond_kill(b, FROND_EXIT, FROND_NEVER);
    frond_release(a);
    frond_release(b);
    frond_group_free(group);
}

static void group_kill(void) {
    frond_group *group = frond_group_new();
    running = 0;
    for (int i = 0; i < 5; i++)
        frond_group_spawn(group, works, number(1000000));
    frond_yield();
    frond_group_spawn(group, works, number(1000000)); /* not yet run */
    CHECK_INT(running, 5);
    CHECK_INT(frond_group_kill(group, 1, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_group_kill(group, FROND_EXIT, FROND_NEVER), 0);
    CHECK_INT(running, 0);
    CHECK_INT(frond_group_count(group), 0);
    frond_group_free(group);
}

/* Nobody looks at a member's result: its failure is reported like any other. */
static void failures_of_members_are_reported(void) {
    frond_group *group = frond_group_new();
    frond_pool *pool = frond_pool_new(1);
    capture_begin();
    frond_group_spawn(group, fails, NULL);
    CHECK_INT(frond_group_join(group, FROND_NEVER), 0);
    CHECK_HAS(capture_end(), "a member failed (FROND_EPROTO)");
    capture_begin();
    frond_pool_spawn(pool, fails, NULL, FROND_NEVER);
    CHECK_INT(frond_pool_join(pool, FROND_NEVER), 0);
    CHECK_HAS(capture_end(), "a member failed (FROND_EPROTO)");
    frond_group_free(group);
    frond_pool_free(pool);
}

/* ---- pools ---- */

static void pool_bounds(void) {
    static const size_t sizes[] = {1, 2, 3, 10, 1000};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        frond_pool *pool = frond_pool_new(sizes[i]);
        running = most = 0;
        for (int n = 0; n < 50; n++)
            CHECK_INT(frond_pool_spawn(pool, works, number(n % 3), FROND_NEVER), 0);
        CHECK_INT(frond_pool_join(pool, FROND_NEVER), 0);
        CHECK((size_t)most <= sizes[i]);
        CHECK(most >= (sizes[i] < 50 ? (int)sizes[i] : 17));
        CHECK_INT(frond_pool_free_count(pool), sizes[i]);
        CHECK_INT(frond_pool_count(pool), 0);
        frond_pool_free(pool);
    }
}

/* gevent's test_init_error */
static void pool_of_a_negative_size(void) {
    CHECK(frond_pool_new((size_t)-1) == NULL);
    CHECK_INT(frond_error_code(), FROND_EINVAL);
    frond_pool *pool = frond_pool_new(SIZE_MAX / 2);
    CHECK_INT(frond_pool_spawn(pool, nothing, NULL, FROND_NOW), 0);
    CHECK_INT(frond_pool_join(pool, FROND_NEVER), 0);
    frond_pool_free(pool);
}

/* gevent's TestPool0.test_wait_full */
static void pool_of_size_0(void) {
    frond_pool *pool = frond_pool_new(0);
    frond_greenlet *g = frond_spawn(works, number(1000000));
    void *in[1] = {NULL};
    CHECK_INT(frond_pool_full(pool), 1);
    CHECK_INT(frond_pool_free_count(pool), 0);
    CHECK_INT(frond_pool_wait_available(pool, frond_in(5)), FROND_ETIMEDOUT);
    CHECK_INT(frond_pool_spawn(pool, nothing, NULL, FROND_NOW), FROND_ETIMEDOUT);
    CHECK_INT(frond_pool_spawn(pool, nothing, NULL, frond_in(2)), FROND_ETIMEDOUT);
    CHECK_INT(frond_pool_add(pool, g, FROND_NOW), FROND_ETIMEDOUT);
    CHECK_INT(frond_pool_apply(pool, nothing, NULL, NULL, frond_in(2)), FROND_ETIMEDOUT);
    CHECK_INT(frond_pool_map(pool, nothing, in, 1, NULL, NULL, frond_in(2)),
              FROND_ETIMEDOUT);
    CHECK_INT(frond_pool_join(pool, FROND_NEVER), 0); /* TestJoinEmpty */
    CHECK_INT(frond_pool_kill(pool, FROND_EXIT, FROND_NEVER), 0);
    frond_kill(g, FROND_EXIT, FROND_NEVER);
    frond_release(g);
    frond_pool_free(pool);
}

static void *takes_room(void *pool) {
    log_add(frond_error_name(frond_pool_spawn(pool, works, number(2), FROND_NEVER)));
    log_add(frond_name(frond_current()));
    return NULL;
}

static void room_goes_to_the_first(void) {
    in_order();
    frond_pool *pool = frond_pool_new(1);
    frond_greenlet *g[3];
    frond_pool_spawn(pool, works, number(2), FROND_NOW);
    for (int i = 0; i < 3; i++) {
        g[i] = frond_spawn(takes_room, pool);
        frond_name_set(g[i], i == 0 ? "a" : i == 1 ? "b" : "c");
    }
    frond_yield();
    frond_kill(g[1], FROND_EXIT, FROND_NOW);
    frond_sleep(2);
    CHECK_INT(frond_pool_count(pool), 0);
    /* it is free, and yet the one who has waited has it */
    CHECK_INT(frond_pool_spawn(pool, works, number(2), FROND_NOW), FROND_ETIMEDOUT);
    CHECK_INT(frond_joinall(g, 3, 0, 0, FROND_NEVER), 0);
    CHECK_INT(frond_pool_join(pool, FROND_NEVER), 0);
    CHECK_TEXT(log_text(), "FROND_ECANCELED b FROND_OK a FROND_OK c");
    for (int i = 0; i < 3; i++)
        frond_release(g[i]);
    frond_pool_free(pool);
}

/* gevent's test_add_method, _non_blocking, _timeout, and test_discard */
static void pool_add_and_discard(void) {
    frond_pool *pool = frond_pool_new(1);
    frond_greenlet *a = frond_spawn(works, number(1000000)),
                   *b = frond_spawn(works, number(2));
    CHECK_INT(frond_pool_add(pool, a, FROND_NEVER), 0);
    CHECK_INT(frond_pool_add(pool, a, FROND_NOW), 0); /* twice is once */
    CHECK_INT(frond_pool_contains(pool, a), 1);
    CHECK_INT(frond_pool_contains(pool, b), 0);
    CHECK_INT(frond_pool_add(pool, b, FROND_NOW), FROND_ETIMEDOUT);
    CHECK_INT(frond_pool_add(pool, b, frond_in(1)), FROND_ETIMEDOUT);
    CHECK_INT(frond_pool_discard(pool, a), 1);
    CHECK_INT(frond_pool_discard(pool, a), 0);
    CHECK_INT(frond_pool_free_count(pool), 1);
    CHECK_INT(frond_pool_add(pool, b, FROND_NOW), 0);
    CHECK_INT(frond_pool_full(pool), 1);
    CHECK_INT(frond_pool_add(pool, a, FROND_NEVER), 0); /* once b has ended */
    CHECK(frond_dead(b));
    CHECK_INT(frond_pool_add(pool, b, FROND_NOW), 0); /* needs no room */
    CHECK_INT(frond_pool_killone(pool, b, FROND_EXIT, FROND_NEVER), 0);
    CHECK_INT(frond_pool_killone(pool, a, 0, FROND_NEVER), FROND_EINVAL);
    CHECK_INT(frond_pool_killone(pool, a, FROND_EXIT, FROND_NEVER), 1);
    CHECK(frond_dead(a));
    CHECK_INT(frond_pool_free_count(pool), 1);
    CHECK_INT(frond_pool_add(pool, NULL, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_pool_add(pool, frond_current(), FROND_NOW), FROND_EINVAL);
    frond_release(a);
    frond_release(b);
    frond_pool_free(pool);
}

static frond_greenlet *late;

static void *adds_late(void *pool) {
    log_add(frond_error_name(frond_pool_add(pool, late, FROND_NEVER)));
    return NULL;
}

/* What was to be added has ended while it was waited for room: that is not used up. */
static void pool_add_of_what_ends_meanwhile(void) {
    frond_pool *pool = frond_pool_new(1);
    frond_pool_spawn(pool, works, number(5), FROND_NOW);
    late = frond_spawn(works, number(1));
    frond_greenlet *g = frond_spawn(adds_late, pool);
    CHECK_INT(frond_join(g, FROND_NEVER), 0);
    CHECK_TEXT(log_text(), "FROND_OK");
    CHECK_INT(frond_pool_free_count(pool), 1);
    CHECK_INT(frond_pool_count(pool), 0);
    frond_release(g);
    g = frond_spawn(adds_late, pool);
    frond_release(late);
    late = frond_spawn(works, number(1000000));
    frond_pool_spawn(pool, works, number(1), FROND_NOW);
    frond_yield();
    frond_pool_free(pool); /* while it waits */
    CHECK_INT(frond_join(g, FROND_NEVER), 0);
    CHECK_TEXT(log_text(), "FROND_OK FROND_ECLOSED");
    frond_kill(late, FROND_EXIT, FROND_NEVER);
    frond_release(late);
    frond_release(g);
}

static void pool_full(void) {
    frond_pool *pool = frond_pool_new(2);
    CHECK_INT(frond_pool_spawn(pool, works, number(5), FROND_NOW), 0);
    CHECK_INT(frond_pool_spawn(pool, works, number(1000000), FROND_NOW), 0);
    CHECK_INT(frond_pool_free_count(pool), 0);
    CHECK_INT(frond_pool_spawn(pool, works, number(5), FROND_NOW), FROND_ETIMEDOUT);
    CHECK_INT(frond_pool_spawn(pool, works, number(5), frond_in(1)), FROND_ETIMEDOUT);
    CHECK_INT(frond_pool_wait_available(pool, FROND_NOW), FROND_ETIMEDOUT);
    CHECK_INT(frond_pool_wait_available(pool, FROND_NEVER), 0);
    CHECK_INT(frond_pool_free_count(pool), 1);
    CHECK_INT(frond_pool_kill(pool, FROND_EXIT, FROND_NEVER), 0);
    CHECK_INT(frond_pool_free_count(pool), 2);
    frond_pool_free(pool);
}

static void *spawns_into(void *pool) {
    log_add(frond_error_name(frond_pool_spawn(pool, nothing, NULL, FROND_NEVER)));
    return NULL;
}

static void *waits_for_go(void *go) {
    CHECK_INT(frond_event_wait(go, FROND_NEVER), 0);
    return NULL;
}

/* Room was handed over, and the pool freed before the spawn came to use it. */
static void pool_freed_under_a_spawn_with_room(void) {
    in_order();
    frond_pool *pool = frond_pool_new(1);
    frond_event go = FROND_EVENT_INIT;
    CHECK_INT(frond_pool_spawn(pool, waits_for_go, &go, FROND_NOW), 0);
    frond_greenlet *g = frond_spawn(spawns_into, pool);
    frond_yield(); /* it waits for room */
    frond_event_set(&go);
    frond_yield(); /* there is room: g is ready, and has not run */
    frond_pool_free(pool);
    CHECK_INT(frond_join(g, FROND_NEVER), 0);
    frond_release(g);
    CHECK_TEXT(log_text(), "FROND_ECLOSED");
}

static void pool_freed_while_spawns_wait(void) {
    frond_pool *pool = frond_pool_new(1);
    frond_pool_spawn(pool, works, number(3), FROND_NEVER);
    frond_greenlet *a = frond_spawn(spawns_into, pool),
                   *b = frond_spawn(spawns_into, pool);
    frond_yield();
    frond_pool_free(pool);
    frond_join(a, FROND_NEVER);
    frond_join(b, FROND_NEVER);
    CHECK_TEXT(log_text(), "FROND_ECLOSED FROND_ECLOSED");
    frond_release(a);
    frond_release(b);
    frond_hub_join(FROND_NEVER);
    frond_pool_free(NULL);
}

static void a_killed_spawner_takes_no_room(void) {
    frond_pool *pool = frond_pool_new(1);
    frond_pool_spawn(pool, works, number(3), FROND_NEVER);
    frond_greenlet *a = frond_spawn(spawns_into, pool),
                   *b = frond_spawn(spawns_into, pool);
    frond_yield();
    frond_kill(a, FROND_EXIT, FROND_NOW);
    CHECK_INT(frond_join(b, FROND_NEVER), 0);
    CHECK_INT(frond_pool_join(pool, FROND_NEVER), 0);
    CHECK_TEXT(log_text(), "FROND_ECANCELED FROND_OK");
    CHECK_INT(frond_pool_free_count(pool), 1);
    frond_release(a);
    frond_release(b);
    frond_pool_free(pool);
}

static int drops;

static void count_drop(void *arg) {
    (void)arg;
    drops++;
}

static void pool_spawn_with(void) {
    frond_pool *pool = frond_pool_new(1);
    frond_spawn_options o = {.drop = count_drop, .name = "member"};
    drops = 0;
    CHECK_INT(frond_pool_spawn_with(pool, &o, works, number(3), FROND_NEVER), 0);
    CHECK_INT(frond_pool_spawn_with(pool, &o, works, number(3), FROND_NOW),
              FROND_ETIMEDOUT);
    CHECK_INT(frond_pool_join(pool, FROND_NEVER), 0);
    CHECK_INT(drops, 1);
    o.reserved[1] = 1;
    CHECK_INT(frond_pool_spawn_with(pool, &o, works, NULL, FROND_NEVER), FROND_EINVAL);
    CHECK_INT(frond_pool_free_count(pool), 1);
    CHECK_INT(frond_pool_spawn(pool, NULL, NULL, FROND_NEVER), FROND_EINVAL);
    CHECK_INT(frond_pool_spawn(NULL, works, NULL, FROND_NEVER), FROND_EINVAL);
    CHECK_INT(frond_pool_join(NULL, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_pool_kill(NULL, FROND_EXIT, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_pool_wait_available(NULL, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_pool_add(NULL, frond_current(), FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_pool_discard(NULL, NULL), FROND_EINVAL);
    CHECK_INT(frond_pool_contains(NULL, NULL), 0);
    CHECK_INT(frond_pool_full(NULL), 0);
    CHECK_INT(frond_pool_killone(NULL, NULL, FROND_EXIT, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_pool_count(NULL), 0);
    CHECK_INT(frond_pool_free_count(NULL), 0);
    CHECK_INT(frond_group_join(NULL, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_group_spawn(NULL, works, NULL), FROND_EINVAL);
    CHECK_INT(frond_group_kill(NULL, FROND_EXIT, FROND_NOW), FROND_EINVAL);
    frond_pool_free(pool);
}

static frond_pool *ours;

static void *spawns_a_sibling(void *arg) {
    if (arg)
        CHECK_INT(frond_pool_spawn(ours, spawns_a_sibling, number((intptr_t)arg - 1),
                                   FROND_NEVER),
                  0);
    return NULL;
}

static void spawns_from_inside(void) {
    ours = frond_pool_new(2);
    frond_pool_spawn(ours, spawns_a_sibling, number(100), FROND_NEVER);
    CHECK_INT(frond_pool_join(ours, FROND_NEVER), 0);
    frond_pool_free(ours);
}

/* ---- map (imap: test_imap.c) ---- */

static void *squares(void *arg) {
    intptr_t n = (intptr_t)arg;
    frond_sleep((uint64_t)(n % 3));
    return number(n * n);
}

static void *fails_odd(void *arg) {
    intptr_t n = (intptr_t)arg;
    frond_sleep((uint64_t)(9 - n % 10));
    return n % 2 ? frond_failed(FROND_EPROTO - (int)n, "odd") : arg;
}

static void map_gives_all(void) {
    static const size_t sizes[] = {1, 2, 3, 10, 1000};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        frond_pool *pool = frond_pool_new(sizes[i]);
        void *in[40], *out[40];
        int errors[40];
        for (intptr_t n = 0; n < 40; n++)
            in[n] = number(n);
        CHECK_INT(frond_pool_map(pool, squares, in, 40, out, errors, FROND_NEVER), 0);
        for (intptr_t n = 0; n < 40; n++) {
            CHECK_INT((intptr_t)out[n], n * n);
            CHECK_INT(errors[n], 0);
        }
        CHECK_INT(frond_pool_map(pool, squares, in, 40, NULL, NULL, FROND_NEVER), 0);
        CHECK_INT(frond_pool_map(pool, squares, in, 0, out, errors, FROND_NEVER), 0);
        CHECK_INT(frond_pool_map(pool, squares, NULL, 0, NULL, NULL, FROND_NEVER), 0);
        frond_pool_free(pool);
    }
}

static void map_with_failures(void) {
    frond_pool *pool = frond_pool_new(3);
    void *in[10], *out[10];
    int errors[10];
    for (intptr_t n = 0; n < 10; n++)
        in[n] = number(n);
    capture_begin();
    CHECK_INT(frond_pool_map(pool, fails_odd, in, 10, out, errors, FROND_NEVER),
              FROND_EPROTO - 1);
    CHECK_TEXT(capture_end(), "");
    for (int n = 0; n < 10; n++) {
        CHECK_INT(errors[n], n % 2 ? FROND_EPROTO - n : 0);
        CHECK_INT((intptr_t)out[n], n % 2 ? 0 : n);
    }
    frond_pool_free(pool);
}

static void map_times_out(void) {
    frond_pool *pool = frond_pool_new(2);
    void *in[6] = {number(1),       number(1000000), number(1),
                   number(1000000), number(1),       number(1)};
    void *out[6];
    int errors[6];
    running = 0;
    CHECK_INT(frond_pool_map(pool, works, in, 6, out, errors, frond_in(20)),
              FROND_ETIMEDOUT);
    CHECK_INT(running, 0); /* the rest was killed and joined */
    CHECK_INT(errors[0], 0);
    CHECK_INT((intptr_t)out[0], 1);
    CHECK_INT(errors[1], FROND_ECANCELED);
    CHECK_INT(errors[4], FROND_ECANCELED);
    CHECK_INT(errors[5], FROND_ECANCELED);
    CHECK_INT(frond_pool_free_count(pool), 2);
    frond_pool_free(pool);
}

static void *maps(void *pool) {
    void *in[4] = {number(1000000), number(1000000), number(1000000), number(1000000)};
    CHECK_INT(frond_pool_map(pool, works, in, 4, NULL, NULL, FROND_NEVER),
              FROND_ECANCELED);
    CHECK_INT(running, 0);
    return NULL;
}

static void map_killed(void) {
    for (int size = 2; size < 6; size += 3) {
        frond_pool *pool = frond_pool_new((size_t)size);
        running = 0;
        frond_greenlet *g = frond_spawn(maps, pool);
        frond_sleep(1);
        CHECK_INT(frond_kill(g, FROND_EXIT, FROND_NEVER), 0);
        CHECK_INT(frond_pool_count(pool), 0);
        frond_release(g);
        frond_pool_free(pool);
    }
}

static void map_misuse(void) {
    frond_pool *pool = frond_pool_new(1);
    void *in[1] = {NULL};
    CHECK_INT(frond_pool_map(NULL, works, in, 1, NULL, NULL, FROND_NEVER), FROND_EINVAL);
    CHECK_INT(frond_pool_map(pool, NULL, in, 1, NULL, NULL, FROND_NEVER), FROND_EINVAL);
    CHECK_INT(frond_pool_map(pool, works, NULL, 1, NULL, NULL, FROND_NEVER),
              FROND_EINVAL);
    frond_pool_free(pool);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"group: join", group_join},
        {"group: one that grows", group_that_grows},
        {"group: add and discard", group_add_and_discard},
        {"group: joined by a member", group_joined_by_a_member},
        {"group: freed early", group_freed_early},
        {"group: freed under a join", group_freed_under_a_join},
        {"group: kill", group_kill},
        {"group: kill one", group_killone},
        {"failures of members are reported", failures_of_members_are_reported},
        {"pool: bounds", pool_bounds},
        {"pool: of a negative size", pool_of_a_negative_size},
        {"pool: of size 0", pool_of_size_0},
        {"pool: full", pool_full},
        {"pool: room goes to the first", room_goes_to_the_first},
        {"pool: add and discard", pool_add_and_discard},
        {"pool: add of what ends meanwhile", pool_add_of_what_ends_meanwhile},
        {"pool: freed under a spawn with room", pool_freed_under_a_spawn_with_room},
        {"pool: freed while spawns wait", pool_freed_while_spawns_wait},
        {"pool: a killed spawner takes no room", a_killed_spawner_takes_no_room},
        {"pool: spawn with", pool_spawn_with},
        {"pool: spawns from inside", spawns_from_inside},
        {"map gives all", map_gives_all},
        {"map with failures", map_with_failures},
        {"map times out", map_times_out},
        {"map killed", map_killed},
        {"map misuse", map_misuse},
        {0}};
    test_clock_virtual();
    return test_main("pool", tests, argc, argv);
}
