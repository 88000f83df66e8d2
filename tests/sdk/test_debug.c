/* SPDX-License-Identifier: MIT */
/* Marks for those who look for what blocks: scopes that must give way, regions that must not, what is left over. */
#include "support.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <support/os.h>

static int told;
static char last[3000];

static int notes(const frond_notice *n, void *arg) {
    (void)arg;
    told++;
    snprintf(last, sizeof last, "%s", n->text);
    return 1;
}

static void listen(frond_notice_kind kind) {
    told = 0;
    last[0] = '\0';
    CHECK_INT(frond_notice_subscribe((unsigned)kind, notes, NULL), 0);
}

static void unlisten(void) {
    CHECK_INT(frond_notice_unsubscribe(notes, NULL), 1);
}

static void *nothing(void *arg) {
    return arg;
}

/* ---- it must give way ---- */

static void *gives_way(void *arg) {
    (void)arg;
    CHECK_INT(frond_assert_switches_begin(10000), 0);
    for (int i = 0; i < 100; i++)
        CHECK_INT(frond_yield(), 0);
    CHECK_INT(frond_sleep(1), 0);
    CHECK_INT(frond_assert_switches_end(), 0);
    return NULL;
}

static void *does_not_give_way(void *arg) {
    (void)arg;
    CHECK_INT(frond_assert_switches_begin(10000), 0);
    CHECK_INT(frond_assert_switches_begin(200), 0);
    frond_yield();
    busy_ms(300);
    CHECK_INT(told, 0);
    frond_sleep(1); /* here */
    CHECK_INT(told, 1);
    CHECK_INT(frond_assert_switches_end(), FROND_ELIMIT);
    CHECK_INT(frond_assert_switches_end(), 0); /* the outer allows for it */
    CHECK_INT(frond_assert_switches_end(), FROND_EINVAL);
    return NULL;
}

static void must_give_way(void) {
    listen(FROND_NOTICE_ASSERTION);
    frond_greenlet *g = frond_spawn(gives_way, NULL);
    CHECK_INT(frond_join(g, FROND_NEVER), 0);
    frond_release(g);
    CHECK_INT(told, 0);
    g = frond_spawn(does_not_give_way, NULL);
    CHECK_INT(frond_join(g, FROND_NEVER), 0);
    frond_release(g);
    CHECK_INT(told, 1);
    CHECK_HAS(last, " does_not_give_way(0x0) has not given way for ");
    CHECK_HAS(last, " ms, of 200 that it may (");
    CHECK_HAS(last, "test_debug.c:");
    CHECK_HAS(last, "frond_sleep+");
    unlisten();
}

/* Up to the end of the scope; a yield counts where nobody else is ready, time of others does not. */
static void at_the_end(void) {
    listen(FROND_NOTICE_ASSERTION);
    CHECK_INT(frond_assert_switches_begin(20), 0);
    busy_ms(60);
    CHECK_INT(frond_assert_switches_end(), FROND_ELIMIT);
    CHECK_INT(told, 1);
    CHECK_INT(frond_assert_switches_begin(1000), 0);
    for (int i = 0; i < 20; i++) {
        busy_ms(100);
        CHECK_INT(frond_yield(), 0);
    }
    CHECK_INT(frond_assert_switches_end(), 0);
    CHECK_INT(told, 1);
    CHECK_INT(frond_assert_switches_begin(500), 0);
    CHECK_INT(frond_sleep(1000), 0);
    CHECK_INT(frond_assert_switches_end(), 0);
    CHECK_INT(told, 1);
    unlisten();
}

static void *leaves_a_scope(void *arg) {
    return frond_assert_switches_begin(1000) == 0 ? arg : NULL;
}

static void scopes_end_with_their_greenlets(void) {
    for (int i = 0; i < 3; i++) {
        frond_greenlet *g = frond_spawn(leaves_a_scope, &told);
        void *value = NULL;
        CHECK_INT(frond_get(g, &value, FROND_NEVER), 0);
        CHECK(value == &told);
        frond_release(g);
    }
    CHECK_INT(frond_assert_switches_begin(1000), 0); /* main's, at the hub's end */
}

/* ---- it must not ---- */

static void must_not_give_way(void) {
    frond_event e = FROND_EVENT_INIT;
    listen(FROND_NOTICE_ASSERTION);
    frond_greenlet *other = frond_spawn(nothing, NULL);
    frond_greenlet *raw = frond_greenlet_new(nothing, NULL);
    uint64_t before = frond_hub_switches();
    CHECK_INT(frond_no_yield_begin(), 0);
    CHECK_INT(frond_no_yield_begin(), 0);
    CHECK_INT(frond_event_wait(&e, FROND_NOW), FROND_ETIMEDOUT);
    CHECK_INT(told, 0); /* it only tries */
    CHECK_INT(frond_event_wait(&e, frond_in(10)), FROND_ENOSUSPEND);
    CHECK_INT(told, 1);
    CHECK_HAS(last,
              "greenlet 1 (main) was about to give way in a region in which it must "
              "not (");
    CHECK_HAS(last, "test_debug.c:");
    CHECK_HAS(last, "must_not_give_way+");
    CHECK_INT(frond_sleep(1), FROND_ENOSUSPEND);
    CHECK_INT(frond_yield(), FROND_ENOSUSPEND);
    CHECK_INT(frond_join(other, FROND_NEVER), FROND_ENOSUSPEND);
    CHECK_INT(frond_switch(raw, NULL, NULL), FROND_ENOSUSPEND);
    CHECK_INT(told, 5);
    for (int i = 0; i < 1000; i++) /* nor does it by itself, after many calls */
        CHECK_INT(frond_event_wait(&e, FROND_NOW), FROND_ETIMEDOUT);
    CHECK_INT(frond_no_yield_end(), 0);
    CHECK_INT(frond_yield(), FROND_ENOSUSPEND);
    CHECK_INT(frond_hub_switches(), before);
    CHECK_INT(frond_no_yield_end(), 0);
    CHECK_INT(frond_no_yield_end(), FROND_EINVAL);
    CHECK_INT(frond_join(other, FROND_NEVER), 0);
    CHECK_INT(frond_switch(raw, NULL, NULL), 0);
    frond_release(other);
    frond_release(raw);
    unlisten();
}

static void *ends_in_a_region(void *arg) {
    CHECK_INT(frond_no_yield_begin(), 0);
    return arg;
}

/* The others are none of its business. */
static void a_region_ends_with_its_greenlet(void) {
    listen(FROND_NOTICE_ASSERTION);
    frond_greenlet *g = frond_spawn(ends_in_a_region, NULL);
    CHECK_INT(frond_join(g, FROND_NEVER), 0);
    frond_release(g);
    CHECK_INT(frond_sleep(1), 0);
    CHECK_INT(frond_no_yield_end(), FROND_EINVAL);
    CHECK_INT(frond_no_yield_begin(), 0);
    CHECK_INT(frond_sleep(1), FROND_ENOSUSPEND);
    CHECK_INT(frond_no_yield_end(), 0);
    CHECK_INT(frond_sleep(1), 0);
    unlisten();
}

/* ---- what is left over ---- */

static const char *leaks(int64_t expected) {
    FILE *f = temporary_file();
    if (f)
        CHECK_INT(frond_leaks(fileno(f)), expected);
    return temporary_text(f);
}

static void leak_begin(void) {
    frond_hub_close(FROND_NEVER);
    CHECK_INT(frond_config_set("FROND_LEAKS", "1"), 0);
    listen(FROND_NOTICE_LEAKS);
    CHECK_INT(frond_sleep(1), 0);
}

static void leak_end(void) {
    frond_hub_close(FROND_NEVER); /* made again by what was freed, perhaps */
    unlisten();
    CHECK_INT(frond_config_set("FROND_LEAKS", NULL), 0);
}

static void a_count_to_compare(void) {
    leak_begin();
    int64_t before = frond_leaks(-1);
    CHECK_INT(before, 0);
    frond_queue *q = frond_queue_new(1, 1, NULL);
    frond_greenlet *g = frond_spawn(nothing, NULL);
    const char *text = leaks(2);
    CHECK_HAS(text, "an object made by greenlet 1 was not freed\n    #0 ");
    CHECK_HAS(text, "queue");
    CHECK_HAS(text, "a_count_to_compare+");
    CHECK_HAS(text, " nothing(0x0): has not ended\n    spawned by greenlet 1 at ");
    CHECK_INT(frond_join(g, FROND_NEVER), 0);
    CHECK_HAS(leaks(2), " nothing(0x0): was not released\n");
    frond_release(g);
    frond_queue_free(q);
    CHECK_TEXT(leaks(before), "");
    CHECK_INT(frond_hub_close(FROND_NEVER), 0);
    CHECK_INT(told, 0);
    leak_end();
    CHECK_INT(frond_leaks(-1), FROND_EINVAL);
}

static void at_the_end_of_a_hub(void) {
    leak_begin();
    frond_queue *q = frond_queue_new(1, 1, NULL);
    frond_pool *p = frond_pool_new(1);
    frond_spawn_options named = {.name = "kept"};
    frond_greenlet *g = frond_spawn_with(&named, nothing, NULL);
    CHECK_INT(frond_join(g, FROND_NEVER), 0);
    CHECK_INT(frond_hub_close(FROND_NEVER), 0);
    CHECK_INT(told, 1);
    CHECK_HAS(last, "frond: thread ");
    CHECK_HAS(last, " has ended its hub and left 3 behind:\n");
    CHECK_HAS(last, " \"kept\" nothing(0x0): was not released\n");
    CHECK_HAS(last, "queue");
    CHECK_HAS(last, "frond_pool_new");
    frond_queue_free(q); /* what is left can still be freed */
    frond_pool_free(p);
    frond_release(g);
    leak_end();
}

static void makes_and_leaves(void *out) {
    *(frond_queue **)out = frond_queue_new(1, 1, NULL);
}

static void of_another_thread(void) {
    frond_queue *q = NULL;
    leak_begin();
    thread_run(makes_and_leaves, &q);
    CHECK_INT(told, 1);
    CHECK_HAS(last, "makes_and_leaves");
    frond_queue_free(q);
    CHECK_INT(frond_leaks(-1), 0);
    leak_end();
}

static void without_memory(void) {
    frond_queue *q = frond_queue_new(1, 1, NULL);
    frond_queue_free(q);
    CHECK(frond_assert_switches_begin(1000) <= 0);
    frond_yield();
    frond_assert_switches_end();
}

static void nomem(void) {
    leak_begin();
    frond_hub_close(FROND_NEVER);
    memory_sweep(without_memory);
    CHECK_INT(told, 0);
    leak_end();
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"must give way", must_give_way},
        {"at the end", at_the_end},
        {"scopes end with their greenlets", scopes_end_with_their_greenlets},
        {"must not give way", must_not_give_way},
        {"a region ends with its greenlet", a_region_ends_with_its_greenlet},
        {"a count to compare", a_count_to_compare},
        {"at the end of a hub", at_the_end_of_a_hub},
        {"of another thread", of_another_thread},
        {"nomem", nomem},
        {0},
    };
    return test_main("debug", tests, argc, argv);
}
