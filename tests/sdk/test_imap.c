/* SPDX-License-Identifier: MIT */
/* Applies and maps, waited for, told, and taken one after the other, in groups and in pools of every
 * size. */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int running, most, begun, dropped;

static void *number(intptr_t n) {
    return (void *)n;
}

static void *nothing(void *arg) {
    return arg;
}

static void enter(void) {
    begun++;
    if (++running > most)
        most = running;
}

static void *squares(void *arg) {
    intptr_t n = (intptr_t)arg;
    enter();
    frond_sleep((uint64_t)(n * 7 % 3));
    running--;
    return number(n * n);
}

static void *forever(void *arg) {
    enter();
    int rc = frond_sleep(1000000);
    running--;
    return rc < 0 ? NULL : arg;
}

static void *fails(void *arg) {
    return frond_failed(FROND_EPROTO, "no %d", (int)(intptr_t)arg);
}

static void *fails_odd(void *arg) {
    frond_yield();
    return (intptr_t)arg % 2 ? fails(arg) : arg;
}

/* Lets others run n times over. */
static void *yields(void *arg) {
    for (intptr_t i = (intptr_t)arg * 7 % 10; i > 0; i--)
        frond_yield();
    return arg;
}

static void reset(void) {
    running = most = begun = dropped = 0;
}

static void until_running(int n) {
    while (running < n)
        frond_yield();
}

static void count_drop(void *value) {
    (void)value;
    dropped++;
}

/* ---- apply ---- */

static void apply(void) {
    frond_pool *pool = frond_pool_new(1);
    frond_group *group = frond_group_new();
    void *value = NULL;
    CHECK_INT(frond_pool_apply(pool, squares, number(7), &value, FROND_NEVER), 0);
    CHECK_INT((intptr_t)value, 49);
    CHECK_INT(frond_group_apply(group, squares, number(8), &value, FROND_NEVER), 0);
    CHECK_INT((intptr_t)value, 64);
    capture_begin();
    CHECK_INT(frond_pool_apply(pool, fails, number(3), &value, FROND_NEVER),
              FROND_EPROTO);
    CHECK_TEXT(capture_end(), "");
    CHECK_TEXT(frond_error_text(), "no 3");
    CHECK_INT(frond_group_apply(group, squares, number(2), NULL, FROND_NEVER), 0);
    reset();
    CHECK_INT(frond_pool_apply(pool, forever, NULL, &value, frond_in(2)),
              FROND_ETIMEDOUT);
    CHECK_INT(running, 0);
    CHECK_INT(frond_pool_free_count(pool), 1);
    CHECK_INT(frond_pool_apply(NULL, squares, NULL, NULL, FROND_NEVER), FROND_EINVAL);
    CHECK_INT(frond_pool_apply(pool, NULL, NULL, NULL, FROND_NEVER), FROND_EINVAL);
    CHECK_INT(frond_group_apply(NULL, squares, NULL, NULL, FROND_NEVER), FROND_EINVAL);
    frond_pool_free(pool);
    frond_group_free(group);
}

static void *applies(void *pool) {
    log_add(frond_error_name(frond_pool_apply(pool, forever, NULL, NULL, FROND_NEVER)));
    return NULL;
}

static void apply_killed(void) {
    frond_pool *pool = frond_pool_new(1);
    reset();
    frond_greenlet *a = frond_spawn(applies, pool),
                   *b = frond_spawn(applies, pool); /* b waits for room */
    until_running(1);
    frond_yield();
    frond_kill(b, FROND_EXIT, FROND_NEVER);
    frond_kill(a, FROND_EXIT, FROND_NEVER);
    CHECK_INT(running, 0);
    CHECK_TEXT(log_text(), "FROND_ECANCELED FROND_ECANCELED");
    frond_release(a);
    frond_release(b);
    frond_pool_free(pool);
}

/* Whoever is applied is killed by another. */
static void applied_killed(void) {
    frond_pool *pool = frond_pool_new(1);
    reset();
    frond_greenlet *a = frond_spawn(applies, pool);
    until_running(1);
    frond_pool_kill(pool, FROND_EXIT, FROND_NEVER);
    CHECK_INT(frond_join(a, FROND_NEVER), 0);
    CHECK_TEXT(log_text(), "FROND_ECANCELED");
    frond_release(a);
    frond_pool_free(pool);
}

static void done(int error, void *value, void *arg) {
    char word[80];
    frond_sleep(1); /* a greenlet of its own: it may wait */
    snprintf(word, sizeof word, "%s:%s=%d", (char *)arg, frond_error_name(error),
             (int)(intptr_t)value);
    log_add(word);
}

/* gevent's test_execute_async */
static void apply_async(void) {
    frond_pool *pool = frond_pool_new(1);
    frond_greenlet *a, *b;
    void *value = NULL;
    reset();
    CHECK_INT(frond_pool_apply_async(pool, squares, number(4), done, "a", &a), 0);
    CHECK_INT(frond_pool_apply_async(pool, squares, number(5), done, "b", &b), 0);
    CHECK_INT(frond_pool_apply_async(pool, squares, number(6), NULL, NULL, NULL), 0);
    CHECK_INT(frond_pool_count(pool), 1);
    CHECK_INT(frond_get(a, &value, FROND_NEVER), 0);
    CHECK_INT((intptr_t)value, 16);
    CHECK_INT(frond_get(b, &value, FROND_NEVER), 0);
    CHECK_INT((intptr_t)value, 25);
    CHECK_INT(most, 1);
    frond_hub_join(FROND_NEVER);
    CHECK_INT(begun, 3);
    CHECK_TEXT(log_text(), "a:FROND_OK=16 b:FROND_OK=25");
    frond_release(a);
    frond_release(b);
    frond_pool_free(pool);
}

static void apply_async_that_fails(void) {
    frond_group *group = frond_group_new();
    frond_pool *pool = frond_pool_new(0);
    frond_greenlet *a, *b;
    capture_begin();
    CHECK_INT(frond_group_apply_async(group, fails, number(1), done, "a", NULL), 0);
    CHECK_INT(frond_group_apply_async(group, forever, NULL, done, "b", &a), 0);
    CHECK_INT(frond_pool_apply_async(pool, forever, NULL, done, "c", &b), 0);
    frond_sleep(5);
    frond_kill(a, FROND_EXIT, FROND_NEVER);
    frond_kill(b, FROND_EXIT, FROND_NEVER);
    frond_hub_join(FROND_NEVER);
    CHECK_TEXT(capture_end(), "");
    CHECK_TEXT(log_sorted(), "a:FROND_EPROTO=0 b:FROND_ECANCELED=0 c:FROND_ECANCELED=0");
    frond_release(a);
    frond_release(b);
    capture_begin();
    CHECK_INT(frond_group_apply_async(group, fails, number(2), NULL, NULL, NULL), 0);
    CHECK_INT(frond_group_join(group, FROND_NEVER), 0);
    CHECK_HAS(capture_end(), "no 2 (FROND_EPROTO)"); /* that nobody waits for */
    CHECK_INT(frond_pool_apply_async(NULL, nothing, NULL, NULL, NULL, NULL),
              FROND_EINVAL);
    CHECK_INT(frond_group_apply_async(group, NULL, NULL, NULL, NULL, NULL), FROND_EINVAL);
    frond_group_free(group);
    frond_pool_free(pool);
}

static void done_and_fails(int error, void *value, void *arg) {
    (void)value;
    (void)arg;
    frond_fail(FROND_EPROTO, "told of %d, and failed", error);
}

/* gevent's test_exception_in_on_async_doesnt_crash, for pools */
static void a_callback_that_fails(void) {
    frond_pool *pool = frond_pool_new(1);
    frond_greenlet *g;
    void *value = NULL;
    capture_begin();
    CHECK_INT(frond_pool_apply_async(pool, nothing, number(1), done_and_fails, NULL, &g),
              0);
    frond_hub_join(FROND_NEVER);
    CHECK_HAS(capture_end(), "told of 0, and failed");
    CHECK_INT(frond_get(g, &value, FROND_NEVER), 0);
    CHECK_INT((intptr_t)value, 1);
    CHECK_INT(frond_pool_apply(pool, nothing, number(2), &value, FROND_NEVER), 0);
    frond_release(g);
    frond_pool_free(pool);
}

static void apply_cb(void) {
    frond_pool *pool = frond_pool_new(1);
    frond_group *group = frond_group_new();
    void *value = NULL;
    CHECK_INT(
        frond_pool_apply_cb(pool, squares, number(3), done, "a", &value, FROND_NEVER), 0);
    CHECK_INT((intptr_t)value, 9);
    CHECK_INT(frond_group_apply_cb(group, fails, NULL, done, "b", NULL, FROND_NEVER),
              FROND_EPROTO);
    CHECK_INT(frond_pool_apply_cb(pool, forever, NULL, done, "c", NULL, frond_in(3)),
              FROND_ETIMEDOUT);
    CHECK_INT(frond_pool_apply_cb(NULL, nothing, NULL, done, "d", NULL, FROND_NEVER),
              FROND_EINVAL);
    frond_hub_join(FROND_NEVER);
    CHECK_TEXT(log_sorted(), "a:FROND_OK=9 b:FROND_EPROTO=0 c:FROND_ETIMEDOUT=0");
    frond_pool_free(pool);
    frond_group_free(group);
}

/* ---- map ---- */

static void told_of_map(int error, void *value, void *arg) {
    void **out = value;
    char word[80];
    snprintf(word, sizeof word, "%s:%s=%d", (char *)arg, frond_error_name(error),
             (int)(intptr_t)out[2]);
    log_add(word);
}

static void map_forms(void) {
    frond_pool *pool = frond_pool_new(2);
    frond_group *group = frond_group_new();
    void *in[3] = {number(1), number(2), number(3)}, *out[3], *out2[3];
    void *out3[3];
    int errors[3];
    frond_greenlet *g;
    CHECK_INT(frond_group_map(group, squares, in, 3, out, errors, FROND_NEVER), 0);
    CHECK_INT((intptr_t)out[2], 9);
    CHECK_INT(frond_pool_map_cb(pool, squares, in, 3, out3, NULL, told_of_map, "a",
                                FROND_NEVER),
              0);
    CHECK_INT(frond_group_map_cb(group, fails_odd, in, 3, out, errors, told_of_map, "b",
                                 FROND_NEVER),
              FROND_EPROTO);
    CHECK_TEXT(frond_error_text(), "no 1");
    CHECK_INT(errors[1], 0);
    frond_sleep(1);
    CHECK_INT(
        frond_pool_map_async(pool, squares, in, 3, out2, errors, told_of_map, "c", &g),
        0);
    CHECK_INT(frond_get(g, NULL, FROND_NEVER), 0);
    CHECK_INT((intptr_t)out2[2], 9);
    frond_release(g);
    CHECK_INT(frond_group_map_async(group, fails, in, 3, out, NULL, NULL, NULL, &g), 0);
    CHECK_INT(frond_get(g, NULL, FROND_NEVER), FROND_EPROTO);
    CHECK_TEXT(frond_error_text(), "no 1");
    frond_release(g);
    CHECK_INT(frond_pool_map_async(pool, squares, NULL, 3, NULL, NULL, NULL, NULL, NULL),
              FROND_EINVAL);
    CHECK_INT(
        frond_group_map_cb(NULL, squares, in, 3, NULL, NULL, NULL, NULL, FROND_NEVER),
        FROND_EINVAL);
    frond_hub_join(FROND_NEVER);
    CHECK_TEXT(log_sorted(), "a:FROND_OK=9 b:FROND_EPROTO=0 c:FROND_OK=9");
    frond_pool_free(pool);
    frond_group_free(group);
}

static void map_async_killed(void) {
    frond_pool *pool = frond_pool_new(2);
    void *in[3] = {0};
    int errors[3];
    frond_greenlet *g;
    reset();
    CHECK_INT(frond_pool_map_async(pool, forever, in, 3, NULL, errors, NULL, NULL, &g),
              0);
    until_running(2);
    CHECK_INT(frond_kill(g, FROND_EXIT, FROND_NEVER), 0);
    CHECK_INT(running, 0);
    CHECK_INT(errors[2], FROND_ECANCELED);
    frond_release(g);
    frond_pool_free(pool);
}

/* ---- imap ---- */

enum { N = 40 };

static void *inputs[N];

static void make_inputs(void) {
    for (intptr_t i = 0; i < N; i++)
        inputs[i] = number(i);
}

static const size_t sizes[] = {1, 2, 3, 10, 1000};
enum { SIZES = sizeof sizes / sizeof sizes[0] };

static void takes_all(frond_imap *it, bool ordered) {
    bool seen[N] = {false};
    frond_imap_item item;
    for (size_t i = 0; i < N; i++) {
        CHECK_INT(frond_imap_next(it, &item, FROND_NEVER), 1);
        CHECK_INT(item.error, 0);
        CHECK(item.index < N && !seen[item.index]);
        seen[item.index % N] = true;
        CHECK_INT((intptr_t)item.value, (intptr_t)(item.index * item.index));
        if (ordered)
            CHECK_INT(item.index, i);
    }
    CHECK_INT(frond_imap_next(it, &item, FROND_NEVER), 0);
    CHECK_INT(frond_imap_next(it, &item, FROND_NOW), 0);
    CHECK_INT(frond_imap_end(it, FROND_NEVER), 0);
}

static void imap_gives_all(void) {
    frond_group *group = frond_group_new();
    frond_input in = frond_input_array(inputs, N);
    make_inputs();
    for (size_t i = 0; i < SIZES; i++)
        for (size_t maxsize = 0; maxsize < 6; maxsize += 1 + 2 * maxsize) {
            frond_imap_options o = {.maxsize = maxsize};
            frond_pool *pool = frond_pool_new(sizes[i]);
            reset();
            takes_all(frond_pool_imap(pool, squares, in, &o), true);
            takes_all(frond_pool_imap_unordered(pool, squares, in, &o), false);
            CHECK((size_t)most <= sizes[i]);
            CHECK(maxsize == 0 || (size_t)most <= maxsize);
            CHECK_INT(frond_pool_count(pool), 0);
            frond_pool_free(pool);
        }
    takes_all(frond_group_imap(group, squares, in, NULL), true);
    takes_all(frond_group_imap_unordered(group, squares, in, NULL), false);
    frond_group_free(group);
}

static void imap_of_nothing(void) {
    frond_pool *pool = frond_pool_new(2);
    frond_imap_item item;
    frond_imap *it = frond_pool_imap(pool, squares, frond_input_array(NULL, 0), NULL);
    CHECK_INT(frond_imap_next(it, &item, FROND_NEVER), 0);
    CHECK_INT(frond_imap_end(it, FROND_NEVER), 0);
    it = frond_pool_imap_unordered(pool, squares, frond_input_array(NULL, 0), NULL);
    CHECK_INT(frond_imap_end(it, FROND_NEVER), 0);
    CHECK_INT(frond_imap_end(NULL, FROND_NEVER), 0);
    frond_pool_free(pool);
}

static void order_of(frond_pool *pool, char *out, size_t cap) {
    frond_imap_item item;
    frond_imap *it =
        frond_pool_imap_unordered(pool, yields, frond_input_array(inputs, 10), NULL);
    out[0] = '\0';
    while (frond_imap_next(it, &item, FROND_NEVER) == 1) {
        size_t n = strlen(out);
        snprintf(out + n, cap - n, "%d ", (int)(intptr_t)item.value);
    }
    CHECK_INT(frond_imap_end(it, FROND_NEVER), 0);
}

/* Unlike that of processes: gevent's tutorial. */
static void the_same_order_three_times(void) {
    in_order();
    make_inputs();
    for (size_t i = 0; i < SIZES; i++) {
        char first[64], again[64];
        frond_pool *pool = frond_pool_new(sizes[i]);
        order_of(pool, first, sizeof first);
        CHECK_INT(strlen(first), 20);
        for (int n = 0; n < 2; n++) {
            order_of(pool, again, sizeof again);
            CHECK_TEXT(again, first);
        }
        frond_pool_free(pool);
    }
}

static void errors_of_items(void) {
    frond_pool *pool = frond_pool_new(3);
    frond_imap_item item;
    make_inputs();
    for (int unordered = 0; unordered < 2; unordered++) {
        frond_input in = frond_input_array(inputs, N);
        frond_imap *it = unordered ? frond_pool_imap_unordered(pool, fails_odd, in, NULL)
                                   : frond_pool_imap(pool, fails_odd, in, NULL);
        int n = 0;
        capture_begin();
        while (frond_imap_next(it, &item, FROND_NEVER) == 1) {
            char text[16];
            bool odd = item.index % 2;
            n++;
            CHECK_INT(item.error, odd ? FROND_EPROTO : 0);
            CHECK_INT((intptr_t)item.value, odd ? 0 : (intptr_t)item.index);
            snprintf(text, sizeof text, "no %d", (int)item.index);
            if (odd)
                CHECK_TEXT(frond_error_text(), text);
        }
        CHECK_TEXT(capture_end(), "");
        CHECK_INT(n, N);
        CHECK_INT(frond_imap_end(it, FROND_NEVER), 0);
    }
    frond_pool_free(pool);
}

/* ---- inputs from a function ---- */

typedef struct {
    int next, end;
    int answer; /* at the end */
    bool waits;
} counter;

static int count(void *arg, void **item) {
    counter *c = arg;
    if (c->waits && frond_sleep(1) < 0)
        return frond_error_code();
    if (c->next == c->end)
        return c->answer;
    *item = number(c->next++);
    return 1;
}

static void inputs_from_a_function(void) {
    frond_pool *pool = frond_pool_new(3);
    frond_imap_item item;
    for (int waits = 0; waits < 2; waits++) {
        counter c = {.end = N, .waits = waits};
        takes_all(frond_pool_imap(pool, squares, frond_input_from(count, &c), NULL),
                  true);
        c = (counter){.end = 3, .answer = FROND_EIO, .waits = waits};
        frond_imap *it =
            frond_pool_imap(pool, squares, frond_input_from(count, &c), NULL);
        for (int i = 0; i < 3; i++)
            CHECK_INT(frond_imap_next(it, &item, FROND_NEVER), 1);
        CHECK_INT(frond_imap_next(it, &item, FROND_NEVER), FROND_EIO);
        CHECK_INT(frond_imap_next(it, &item, FROND_NEVER), FROND_EIO);
        CHECK_INT(frond_imap_end(it, FROND_NEVER), 0);
    }
    frond_pool_free(pool);
}

/* ---- the bound ---- */

static void the_producer_stops(void) {
    for (int unordered = 0; unordered < 2; unordered++) {
        counter c = {.end = 1000};
        frond_imap_options o = {.maxsize = 4, .drop = count_drop};
        frond_pool *pool = frond_pool_new(10);
        frond_imap_item item;
        frond_input in = frond_input_from(count, &c);
        reset();
        frond_imap *it = unordered ? frond_pool_imap_unordered(pool, squares, in, &o)
                                   : frond_pool_imap(pool, squares, in, &o);
        for (int taken = 0; taken < 20; taken++) {
            frond_sleep(3);
            while (begun < taken + 4)
                frond_yield();
            CHECK_INT(c.next, taken + 4); /* not one input more */
            CHECK_INT(begun, taken + 4);
            CHECK_INT(frond_imap_next(it, &item, FROND_NEVER), 1);
        }
        while (begun < 24 || running)
            frond_sleep(1);
        CHECK_INT(frond_imap_end(it, FROND_NEVER), 0);
        CHECK_INT(c.next, 24);
        CHECK_INT(dropped, 4);
        frond_pool_free(pool);
    }
}

/* ---- leaving early ---- */

static void left_early(void) {
    for (int unordered = 0; unordered < 2; unordered++)
        for (int at = 0; at < 4; at++) {
            frond_pool *pool = frond_pool_new(3);
            frond_input in = frond_input_array(inputs, N);
            frond_imap_item item;
            reset();
            frond_imap *it = unordered
                                 ? frond_pool_imap_unordered(pool, forever, in, NULL)
                                 : frond_pool_imap(pool, forever, in, NULL);
            if (at == 1)
                frond_yield();
            if (at == 2)
                CHECK_INT(frond_imap_next(it, &item, frond_in(2)), FROND_ETIMEDOUT);
            CHECK_INT(frond_imap_end(it, at == 3 ? FROND_NOW : FROND_NEVER), 0);
            if (at == 3)
                frond_hub_join(FROND_NEVER);
            CHECK_INT(running, 0);
            CHECK_INT(frond_pool_free_count(pool), 3);
            frond_pool_free(pool);
        }
}

static frond_event relent = FROND_EVENT_INIT;

static void *stubborn(void *arg) {
    frond_shield_begin(20000);
    enter();
    frond_event_wait(&relent, FROND_NEVER);
    running--;
    frond_shield_end();
    return arg;
}

static void an_end_that_times_out(void) {
    frond_group *group = frond_group_new();
    reset();
    frond_imap *it =
        frond_group_imap(group, stubborn, frond_input_array(inputs, 3), NULL);
    until_running(3);
    CHECK_INT(frond_imap_end(it, frond_in(2)), FROND_ETIMEDOUT);
    CHECK_INT(running, 3);
    frond_event_set(&relent);
    CHECK_INT(frond_group_join(group, FROND_NEVER), 0);
    CHECK_INT(running, 0);
    frond_group_free(group);
}

static int frames;

static void *uses_frame(void *arg) {
    running++;
    frond_sleep(1000000);
    ++*(int *)arg;
    return NULL;
}

/* What it maps over is in its frame, and is used until the end. */
static void *consumes(void *pool) {
    int used[5] = {0};
    void *in[5] = {&used[0], &used[1], &used[2], &used[3], &used[4]};
    frond_imap_item item;
    frond_imap *it = frond_pool_imap(pool, uses_frame, frond_input_array(in, 5), NULL);
    int rc = frond_imap_next(it, &item, FROND_NEVER);
    log_add(frond_error_name(rc));
    rc = frond_imap_end(it, FROND_NEVER);
    log_add(frond_error_name(rc));
    for (int i = 0; i < 5; i++)
        frames += used[i];
    return NULL;
}

static void a_killed_consumer(void) {
    for (size_t size = 2; size < 9; size += 6) {
        frond_pool *pool = frond_pool_new(size);
        log_clear();
        frames = running = 0;
        frond_greenlet *g = frond_spawn(consumes, pool);
        until_running(size == 2 ? 2 : 5);
        frond_yield();
        CHECK_INT(frond_kill(g, FROND_EXIT, FROND_NEVER), 0);
        CHECK_TEXT(log_text(), "FROND_ECANCELED FROND_OK");
        CHECK_INT(frames, size == 2 ? 2 : 5);
        CHECK_INT(frond_pool_count(pool), 0);
        frond_release(g);
        frond_pool_free(pool);
    }
}

static frond_imap *taken;

static void *takes_one(void *arg) {
    frond_imap_item item;
    log_add(frond_error_name(frond_imap_next(taken, &item, FROND_NEVER)));
    return arg;
}

static void ended_under_its_consumer(void) {
    frond_group *group = frond_group_new();
    taken = frond_group_imap(group, forever, frond_input_array(inputs, 3), NULL);
    frond_greenlet *g = frond_spawn(takes_one, NULL);
    frond_imap_item item;
    frond_yield();
    frond_yield();
    CHECK_INT(frond_imap_next(taken, &item, FROND_NEVER), FROND_EBUSY);
    CHECK_INT(frond_imap_end(taken, FROND_NEVER), 0);
    CHECK_INT(frond_join(g, FROND_NEVER), 0);
    CHECK_TEXT(log_text(), "FROND_ECLOSED");
    frond_release(g);
    /* a result has woken it, and it has not run yet */
    taken = frond_group_imap(group, nothing, frond_input_array(inputs, 1), NULL);
    g = frond_spawn(takes_one, NULL);
    frond_yield();
    frond_yield();
    CHECK_INT(frond_imap_end(taken, FROND_NOW), 0);
    CHECK_INT(frond_join(g, FROND_NEVER), 0);
    frond_release(g);
    frond_group_free(group);
}

/* An item that another kills, and a pool that goes. */
static void items_killed_and_pools_freed(void) {
    frond_pool *pool = frond_pool_new(2);
    frond_imap_item item;
    make_inputs();
    reset();
    frond_imap *it = frond_pool_imap(pool, forever, frond_input_array(inputs, N), NULL);
    until_running(2);
    CHECK_INT(frond_pool_kill(pool, FROND_EXIT, FROND_NOW), 0);
    for (int i = 0; i < 2; i++) {
        CHECK_INT(frond_imap_next(it, &item, FROND_NEVER), 1);
        CHECK_INT(item.error, FROND_ECANCELED);
    }
    until_running(2);
    frond_pool_free(pool);
    for (int i = 0; i < 2; i++) /* they go on, and no more are begun */
        CHECK_INT(frond_imap_next(it, &item, frond_in(1)), FROND_ETIMEDOUT);
    CHECK_INT(frond_imap_end(it, FROND_NEVER), 0);
    pool = frond_pool_new(2);
    it = frond_pool_imap(pool, nothing, frond_input_array(inputs, 1), NULL);
    frond_pool_free(pool); /* before it has begun */
    CHECK_INT(frond_imap_next(it, &item, FROND_NEVER), FROND_ECLOSED);
    CHECK_INT(frond_imap_end(it, FROND_NEVER), 0);
}

static void from_afar(void *it) {
    frond_imap_item item;
    int *codes = it;
    codes[0] = frond_imap_next(taken, &item, FROND_NOW);
    codes[1] = frond_imap_end(taken, FROND_NOW);
}

static void leaves_one(void *group) {
    (void)group;
    frond_group *own = frond_group_new();
    taken = frond_group_imap(own, forever, frond_input_array(inputs, 3), NULL);
    frond_sleep(1);
    frond_group_free(own);
}

static void of_another_thread(void) {
    frond_group *group = frond_group_new();
    int codes[2] = {0, 0};
    taken = frond_group_imap(group, nothing, frond_input_array(inputs, 3), NULL);
    frond_yield();
    thread_run(from_afar, codes);
    CHECK_INT(codes[0], FROND_ETHREAD);
    CHECK_INT(codes[1], FROND_ETHREAD);
    CHECK_INT(frond_imap_end(taken, FROND_NEVER), 0);
    frond_group_free(group);
    thread_run(leaves_one, NULL);
    CHECK_INT(frond_imap_end(taken, FROND_NEVER), 0); /* its thread has ended */
}

static void misuse(void) {
    frond_group *group = frond_group_new();
    frond_imap_options bad = {.reserved = {0, 0, 1}};
    frond_imap_item item;
    frond_input in = frond_input_array(inputs, 1);
    CHECK(frond_group_imap(NULL, nothing, in, NULL) == NULL);
    CHECK_INT(frond_error_code(), FROND_EINVAL);
    CHECK(frond_pool_imap(NULL, nothing, in, NULL) == NULL);
    CHECK(frond_group_imap(group, NULL, in, NULL) == NULL);
    CHECK(frond_group_imap(group, nothing, frond_input_array(NULL, 1), NULL) == NULL);
    CHECK(frond_group_imap(group, nothing, in, &bad) == NULL);
    CHECK_INT(frond_error_code(), FROND_EINVAL);
    frond_imap *it = frond_group_imap(group, nothing, in, NULL);
    CHECK_INT(frond_imap_next(NULL, &item, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_imap_next(it, NULL, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_imap_next(it, &item, FROND_NOW), FROND_ETIMEDOUT);
    CHECK_INT(frond_imap_end(it, FROND_NEVER), 0);
    frond_group_free(group);
}

/* ---- without memory ---- */

static void told(int error, void *value, void *arg) {
    (void)error;
    (void)value;
    (void)arg;
}

static void everything(void) {
    frond_pool *pool = frond_pool_new(2);
    frond_imap_item item;
    void *value;
    make_inputs();
    if (!pool)
        return;
    int rc = frond_pool_apply(pool, nothing, NULL, &value, FROND_NEVER);
    CHECK(rc == 0 || rc == FROND_ENOMEM);
    rc = frond_pool_apply_async(pool, nothing, NULL, told, NULL, NULL);
    CHECK(rc == 0 || rc == FROND_ENOMEM);
    rc = frond_pool_map_async(pool, nothing, inputs, 3, NULL, NULL, told, NULL, NULL);
    CHECK(rc == 0 || rc == FROND_ENOMEM);
    for (int unordered = 0; unordered < 2; unordered++) {
        frond_input in = frond_input_array(inputs, 5);
        frond_imap *it = unordered ? frond_pool_imap_unordered(pool, fails_odd, in, NULL)
                                   : frond_pool_imap(pool, fails_odd, in, NULL);
        if (!it)
            continue;
        while ((rc = frond_imap_next(it, &item, FROND_NEVER)) == 1)
            CHECK(item.error == 0 || item.error == FROND_EPROTO);
        CHECK(rc == 0 || rc == FROND_ENOMEM);
        rc = frond_imap_end(it, FROND_NEVER);
        CHECK(rc == 0 || rc == FROND_ENOMEM);
    }
    while (frond_hub_greenlets() && frond_sleep(1) == 0) {}
    frond_pool_free(pool);
}

static void without_memory(void) {
    capture_begin(); /* ends that could not be told, failures that nobody saw */
    memory_sweep(everything);
    capture_end();
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"apply", apply},
        {"apply killed", apply_killed},
        {"applied killed", applied_killed},
        {"apply async", apply_async},
        {"apply async that fails", apply_async_that_fails},
        {"a callback that fails", a_callback_that_fails},
        {"apply and tell", apply_cb},
        {"map forms", map_forms},
        {"map async killed", map_async_killed},
        {"imap gives all", imap_gives_all},
        {"imap of nothing", imap_of_nothing},
        {"the same order three times", the_same_order_three_times},
        {"errors of items", errors_of_items},
        {"inputs from a function", inputs_from_a_function},
        {"the producer stops", the_producer_stops},
        {"left early", left_early},
        {"an end that times out", an_end_that_times_out},
        {"a killed consumer", a_killed_consumer},
        {"ended under its consumer", ended_under_its_consumer},
        {"items killed and pools freed", items_killed_and_pools_freed},
        {"of another thread", of_another_thread},
        {"misuse", misuse},
        {"without memory", without_memory},
        {0}};
    test_clock_virtual();
    return test_main("imap", tests, argc, argv);
}
