/* SPDX-License-Identifier: MIT */
/* Queues: capacity, order, nothing lost, closing, use from callbacks. */
#include "support.h"

#include <stdio.h>
#include <string.h>

static frond_queue *q;
static frond_group *group;

static void begin(size_t capacity) {
    q = frond_queue_new(sizeof(int), capacity, NULL);
    group = frond_group_new();
}

static void end(void) {
    frond_queue_free(q);
    frond_group_free(group);
}

static int put(int item, frond_deadline d) {
    return frond_queue_put(q, &item, d);
}

static int get(frond_deadline d) {
    int item = -1;
    int rc = frond_queue_get(q, &item, d);
    return rc < 0 ? rc : item;
}

static void *puts_it(void *arg) {
    int item = (int)(intptr_t)arg;
    char word[32];
    int rc = frond_queue_put(q, &item, FROND_NEVER);
    snprintf(word, sizeof word, "put%d%s", item, rc < 0 ? frond_error_name(rc) : "");
    log_add(word);
    return NULL;
}

static void *gets_one(void *arg) {
    char word[40];
    int item = get(FROND_NEVER);
    snprintf(word, sizeof word, "%s%d", (char *)arg, item);
    log_add(item < 0 ? frond_error_name(item) : word);
    return NULL;
}

static void start(frond_fn run, void *arg) {
    CHECK_INT(frond_group_spawn(group, run, arg), 0);
    frond_yield(); /* it waits, behind all that were started before */
}

static void *number(intptr_t n) {
    return (void *)n;
}

static void first_in_first_out(void) {
    begin(0);
    for (int i = 0; i < 1000; i++)
        CHECK_INT(put(i, FROND_NOW), 0);
    CHECK_INT(frond_queue_length(q), 1000);
    for (int i = 0; i < 1000; i++)
        CHECK_INT(get(FROND_NOW), i);
    CHECK_INT(get(FROND_NOW), FROND_ETIMEDOUT);
    end();
}

/* The ring wraps around and grows while it is wrapped. */
static void grows_when_wrapped(void) {
    begin(0);
    int next_in = 0, next_out = 0;
    for (int round = 1; round < 200; round++) {
        for (int i = 0; i < round; i++)
            put(next_in++, FROND_NOW);
        for (int i = 0; i < round - 1; i++)
            CHECK_INT(get(FROND_NOW), next_out++);
    }
    while (next_out < next_in)
        CHECK_INT(get(FROND_NOW), next_out++);
    end();
}

static void capacity(void) {
    for (size_t n = 1; n < 40; n += 7) {
        begin(n);
        for (size_t i = 0; i < n; i++)
            CHECK_INT(put((int)i, FROND_NOW), 0);
        CHECK_INT(put(99, FROND_NOW), FROND_ETIMEDOUT);
        CHECK_INT(put(99, frond_in(1)), FROND_ETIMEDOUT);
        CHECK_INT(frond_queue_length(q), n);
        CHECK_INT(get(FROND_NOW), 0);
        CHECK_INT(put(100, FROND_NOW), 0);
        end();
    }
}

static void getters_in_order(void) {
    begin(0);
    start(gets_one, "a");
    start(gets_one, "b");
    start(gets_one, "c");
    put(1, FROND_NEVER);
    put(2, FROND_NEVER);
    put(3, FROND_NEVER);
    CHECK_INT(get(FROND_NOW), FROND_ETIMEDOUT); /* all handed over */
    CHECK_INT(frond_group_join(group, FROND_NEVER), 0);
    CHECK_TEXT(log_sorted(), "a1 b2 c3");
    end();
}

static void putters_in_order(void) {
    begin(1);
    start(puts_it, number(1));
    start(puts_it, number(2));
    start(puts_it, number(3));
    CHECK_TEXT(log_text(), "put1");
    CHECK_INT(get(FROND_NEVER), 1);
    CHECK_INT(get(FROND_NEVER), 2);
    CHECK_INT(get(FROND_NEVER), 3);
    CHECK_INT(frond_group_join(group, FROND_NEVER), 0);
    CHECK_TEXT(log_sorted(), "put1 put2 put3");
    end();
}

static void killed_getter_loses_no_item(void) {
    begin(0);
    frond_greenlet *a = frond_spawn(gets_one, "a");
    frond_yield();
    frond_greenlet *b = frond_spawn(gets_one, "b");
    frond_yield();
    frond_kill(a, FROND_EXIT, FROND_NOW);
    put(1, FROND_NEVER);
    frond_join(b, FROND_NEVER);
    frond_join(a, FROND_NEVER);
    CHECK_TEXT(log_sorted(), "FROND_ECANCELED b1");
    frond_release(a);
    frond_release(b);
    a = frond_spawn(gets_one, "a");
    frond_yield();
    put(2, FROND_NEVER); /* handed over before the kill: it has it */
    frond_kill(a, FROND_EXIT, FROND_NEVER);
    CHECK_TEXT(log_sorted(), "FROND_ECANCELED a2 b1");
    frond_release(a);
    end();
}

static void killed_putter_puts_nothing(void) {
    begin(1);
    put(1, FROND_NEVER);
    frond_greenlet *a = frond_spawn(puts_it, number(2));
    frond_yield();
    frond_greenlet *b = frond_spawn(puts_it, number(3));
    frond_yield();
    frond_kill(a, FROND_EXIT, FROND_NOW);
    CHECK_INT(get(FROND_NEVER), 1);
    CHECK_INT(get(FROND_NEVER), 3);
    CHECK_INT(get(FROND_NOW), FROND_ETIMEDOUT);
    frond_join(a, FROND_NEVER);
    frond_join(b, FROND_NEVER);
    frond_release(a);
    frond_release(b);
    end();
}

static void peek_leaves_it_there(void) {
    begin(0);
    int item = 0;
    put(5, FROND_NOW);
    CHECK_INT(frond_queue_peek(q, &item, FROND_NOW), 0);
    CHECK_INT(item, 5);
    CHECK_INT(frond_queue_length(q), 1);
    CHECK_INT(get(FROND_NOW), 5);
    CHECK_INT(frond_queue_peek(q, &item, FROND_NOW), FROND_ETIMEDOUT);
    end();
}

static void *peeks(void *word) {
    int item = 0;
    CHECK_INT(frond_queue_peek(q, &item, FROND_NEVER), 0);
    CHECK_INT(item, 8);
    log_add(word);
    return NULL;
}

static void several_peek(void) {
    begin(0);
    start(peeks, "p1");
    start(peeks, "p2");
    start(gets_one, "g");
    start(peeks, "p3");
    put(8, FROND_NOW);
    frond_yield();
    CHECK_TEXT(log_sorted(), "g8 p1 p2");
    put(8, FROND_NOW);
    CHECK_INT(frond_group_join(group, FROND_NEVER), 0);
    CHECK_TEXT(log_sorted(), "g8 p1 p2 p3");
    CHECK_INT(get(FROND_NOW), 8);
    end();
}

static void peek_alone_is_a_deadlock(void) {
    begin(0);
    int item;
    capture_begin();
    CHECK_INT(frond_queue_peek(q, &item, FROND_NEVER), FROND_EDEADLK);
    CHECK_HAS(capture_end(), "queue item to peek at");
    end();
}

static void close_wakes_all(void) {
    begin(1);
    start(gets_one, "a");
    start(gets_one, "b");
    CHECK_INT(frond_queue_close(q), 0);
    CHECK_INT(frond_queue_close(q), 0);
    CHECK_INT(frond_group_join(group, FROND_NEVER), 0);
    CHECK_TEXT(log_text(), "FROND_ECLOSED FROND_ECLOSED");
    CHECK_INT(put(1, FROND_NOW), FROND_ECLOSED);
    end();
    log_clear();
    begin(1);
    put(1, FROND_NOW);
    start(puts_it, number(2));
    frond_queue_close(q);
    CHECK_INT(frond_group_join(group, FROND_NEVER), 0);
    CHECK_TEXT(log_text(), "put2FROND_ECLOSED");
    CHECK_INT(get(FROND_NEVER), 1); /* what was in it stays */
    CHECK_INT(get(FROND_NEVER), FROND_ECLOSED);
    end();
}

static int dropped;

static void drop(void *item) {
    dropped += *(int *)item;
}

static void free_drops_and_wakes(void) {
    frond_queue_options o = {.drop = drop};
    q = frond_queue_new(sizeof(int), 0, &o);
    group = frond_group_new();
    for (int i = 1; i <= 20; i++)
        put(i, FROND_NOW);
    CHECK_INT(get(FROND_NOW), 1);
    dropped = 0;
    frond_queue_free(q);
    CHECK_INT(dropped, 209);
    q = frond_queue_new(sizeof(int), 0, &o);
    start(gets_one, "a");
    frond_queue_free(q); /* its waiter still returns through it */
    CHECK_INT(frond_group_join(group, FROND_NEVER), 0);
    CHECK_TEXT(log_text(), "FROND_ECLOSED");
    frond_group_free(group);
    frond_queue_free(NULL);
}

static int rcs[8];

static void use_in_callback(void *arg) {
    frond_event *done = arg;
    int item = 7;
    rcs[0] = frond_queue_put(q, &item, FROND_NOW);
    rcs[1] = frond_queue_put(q, &item, FROND_NOW);
    rcs[2] = frond_queue_put(q, &item, FROND_NEVER);
    rcs[3] = frond_queue_get(q, &item, FROND_NOW);
    rcs[4] = frond_queue_get(q, &item, FROND_NOW);
    rcs[5] = frond_queue_get(q, &item, FROND_NEVER);
    frond_event_set(done);
}

static void now_in_a_callback(void) {
    frond_event done = FROND_EVENT_INIT;
    begin(1);
    frond_post(frond_hub_current(), use_in_callback, &done);
    CHECK_INT(frond_event_wait(&done, FROND_NEVER), 0);
    CHECK_INT(rcs[0], 0);
    CHECK_INT(rcs[1], FROND_ETIMEDOUT);
    CHECK_INT(rcs[2], FROND_ENOSUSPEND);
    CHECK_INT(rcs[3], 0);
    CHECK_INT(rcs[4], FROND_ETIMEDOUT);
    CHECK_INT(rcs[5], FROND_ENOSUSPEND);
    end();
}

static void put_in_callback(void *arg) {
    (void)arg;
    int item = 3;
    rcs[0] = frond_queue_put(q, &item, FROND_NOW);
}

static void callback_unblocks_a_getter(void) {
    begin(1);
    frond_hub *h = frond_hub_ref(frond_hub_current());
    frond_post(h, put_in_callback, NULL);
    CHECK_INT(get(FROND_NEVER), 3);
    frond_hub_free(h);
    end();
}

typedef struct {
    char bytes[1000];
} big;

static void big_items(void) {
    big in, out;
    frond_queue *b = frond_queue_new(sizeof in, 3, NULL);
    for (int i = 0; i < 10; i++) {
        memset(&in, i, sizeof in);
        CHECK_INT(frond_queue_put(b, &in, FROND_NOW), 0);
        CHECK_INT(frond_queue_get(b, &out, FROND_NOW), 0);
        CHECK(memcmp(&in, &out, sizeof in) == 0);
    }
    frond_queue_free(b);
}

static int64_t total;

static void *produces(void *arg) {
    for (int i = 1; i <= 1000; i++)
        CHECK_INT(put(i, FROND_NEVER), 0);
    return arg;
}

static void *consumes(void *arg) {
    int item;
    while ((item = get(FROND_NEVER)) >= 0)
        total += item;
    CHECK_INT(item, FROND_ECLOSED);
    return arg;
}

static void producers_and_consumers(void) {
    for (size_t n = 0; n < 4; n++) {
        begin(n);
        frond_group *producers = frond_group_new();
        total = 0;
        for (int i = 0; i < 5; i++) {
            frond_group_spawn(producers, produces, NULL);
            start(consumes, NULL);
        }
        CHECK_INT(frond_group_join(producers, FROND_NEVER), 0);
        frond_queue_close(q);
        CHECK_INT(frond_group_join(group, FROND_NEVER), 0);
        CHECK_INT(total, 5 * 500500);
        frond_group_free(producers);
        end();
    }
}

static void *gets_shortly(void *sum) {
    int rc = get(frond_in(1));
    CHECK(rc > 0 || rc == FROND_ETIMEDOUT);
    *(int *)sum += rc > 0;
    return NULL;
}

static void put_and_expiry_together(void) {
    test_clock_real();
    begin(0);
    int got = 0;
    for (int i = 0; i < 5; i++) {
        start(gets_shortly, &got);
        busy_ms(3);
        put(1, FROND_NOW);
        CHECK_INT(frond_group_join(group, FROND_NEVER), 0);
    }
    CHECK_INT((size_t)got + frond_queue_length(q), 5);
    end();
}

static void free_from_afar(void *queue) {
    frond_queue_free(queue);
}

static void free_from_another_thread(void) {
    frond_hub *h = frond_hub_ref(frond_hub_current());
    frond_queue_options o = {.drop = drop};
    q = frond_queue_new(sizeof(int), 0, &o);
    put(11, FROND_NOW);
    dropped = 0;
    thread_run(free_from_afar, q);
    frond_sleep(1);
    CHECK_INT(dropped, 11);
    frond_hub_free(h);
}

static void misuse(void) {
    frond_queue_options o = {.reserved = {1}};
    CHECK(frond_queue_new(0, 1, NULL) == NULL);
    CHECK_INT(frond_error_code(), FROND_EINVAL);
    CHECK(frond_queue_new((1 << 20) + 1, 1, NULL) == NULL);
    CHECK(frond_queue_new(1, SIZE_MAX, NULL) == NULL);
    CHECK(frond_queue_new(1, 1, &o) == NULL);
    CHECK_INT(frond_error_code(), FROND_EINVAL);
    int item;
    CHECK_INT(frond_queue_put(NULL, &item, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_queue_get(NULL, &item, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_queue_peek(NULL, &item, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_queue_close(NULL), FROND_EINVAL);
    CHECK_INT(frond_queue_length(NULL), 0);
    begin(1);
    CHECK_INT(frond_queue_put(q, NULL, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_queue_get(q, NULL, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_queue_peek(q, NULL, FROND_NOW), FROND_EINVAL);
    end();
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"first in, first out", first_in_first_out},
        {"grows when wrapped", grows_when_wrapped},
        {"capacity", capacity},
        {"getters in order", getters_in_order},
        {"putters in order", putters_in_order},
        {"killed getter loses no item", killed_getter_loses_no_item},
        {"killed putter puts nothing", killed_putter_puts_nothing},
        {"peek leaves it there", peek_leaves_it_there},
        {"several peek", several_peek},
        {"peek alone is a deadlock", peek_alone_is_a_deadlock},
        {"close wakes all", close_wakes_all},
        {"free drops and wakes", free_drops_and_wakes},
        {"now in a callback", now_in_a_callback},
        {"callback unblocks a getter", callback_unblocks_a_getter},
        {"big items", big_items},
        {"producers and consumers", producers_and_consumers},
        {"put and expiry together", put_and_expiry_together},
        {"free from another thread", free_from_another_thread},
        {"misuse", misuse},
        {0}};
    test_clock_virtual();
    return test_main("queue", tests, argc, argv);
}
