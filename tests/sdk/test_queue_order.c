/* SPDX-License-Identifier: MIT */
/* Queues by other orders than of arrival; items that are done with; the immediate close. */
#include "support.h"

#include <stdio.h>
#include <string.h>

typedef struct {
    int priority;
    char name[12]; /* an item whose size is no multiple of a word */
} errand;

static int before(const void *a, const void *b) {
    return ((const errand *)a)->priority < ((const errand *)b)->priority;
}

static frond_queue *by_priority(size_t capacity) {
    frond_queue_options o = {.order = FROND_PRIORITY, .before = before};
    return frond_queue_new(sizeof(errand), capacity, &o);
}

static int put(frond_queue *q, int priority, const char *name, frond_deadline d) {
    errand e = {.priority = priority};
    snprintf(e.name, sizeof e.name, "%s", name);
    return frond_queue_put(q, &e, d);
}

static void take(frond_queue *q) {
    errand e = {0};
    if (frond_queue_get(q, &e, FROND_NOW) == 0)
        log_add(e.name);
}

static void last_in_first_out(void) {
    frond_queue_options o = {.order = FROND_LIFO};
    frond_queue *q = frond_queue_new(sizeof(int), 0, &o);
    int item = 0, next = 0;
    for (int i = 0; i < 100; i++)
        frond_queue_put(q, &i, FROND_NOW);
    CHECK_INT(frond_queue_peek(q, &item, FROND_NOW), 0);
    CHECK_INT(item, 99);
    for (int i = 99; i >= 50; i--) {
        CHECK_INT(frond_queue_get(q, &next, FROND_NOW), 0);
        CHECK_INT(next, i);
    }
    frond_queue_put(q, &(int){7}, FROND_NOW);
    CHECK_INT(frond_queue_get(q, &next, FROND_NOW), 0);
    CHECK_INT(next, 7);
    CHECK_INT(frond_queue_length(q), 50);
    frond_queue_free(q);
}

static void the_most_urgent_first(void) {
    frond_queue *q = by_priority(0);
    put(q, 3, "c1", FROND_NOW);
    put(q, 1, "a1", FROND_NOW);
    put(q, 3, "c2", FROND_NOW);
    put(q, 2, "b", FROND_NOW);
    put(q, 1, "a2", FROND_NOW);
    put(q, 3, "c3", FROND_NOW);
    for (int i = 0; i < 3; i++)
        take(q);
    put(q, 0, "z", FROND_NOW);
    put(q, 3, "c4", FROND_NOW);
    while (frond_queue_length(q))
        take(q);
    CHECK_TEXT(log_text(), "a1 a2 b z c1 c2 c3 c4");
    frond_queue_free(q);
}

/* Against a plain sort, with many equals. */
static void any_input_comes_out_sorted(void) {
    uint32_t seed = 12345;
    for (int round = 0; round < 50; round++) {
        frond_queue *q = by_priority(0);
        int n = round * 7, last = -1, counts[10] = {0}, seen[10] = {0};
        for (int i = 0; i < n; i++) {
            char name[12];
            seed = seed * 1664525u + 1013904223u;
            int priority = (int)(seed >> 16) % 10;
            snprintf(name, sizeof name, "%d", counts[priority]++);
            put(q, priority, name, FROND_NOW);
        }
        for (int i = 0; i < n; i++) {
            errand e;
            char name[12];
            CHECK_INT(frond_queue_get(q, &e, FROND_NOW), 0);
            CHECK(e.priority >= last);
            last = e.priority;
            snprintf(name, sizeof name, "%d", seen[e.priority]++);
            CHECK_TEXT(e.name, name);
        }
        frond_queue_free(q);
    }
}

static void *puts_urgent(void *q) {
    CHECK_INT(put(q, 0, "late", FROND_NEVER), 0);
    return NULL;
}

/* What waits for room takes part once it is in. */
static void full_by_priority(void) {
    frond_queue *q = by_priority(2);
    put(q, 5, "x", FROND_NOW);
    put(q, 6, "y", FROND_NOW);
    CHECK_INT(put(q, 1, "no", FROND_NOW), FROND_ETIMEDOUT);
    frond_go(puts_urgent, q);
    frond_yield();
    take(q);
    take(q);
    take(q);
    CHECK_TEXT(log_text(), "x late y");
    frond_hub_join(FROND_NEVER);
    frond_queue_free(q);
}

/* ---- items that are done with ---- */

static void *works(void *q) {
    int item;
    while (frond_queue_get(q, &item, FROND_NEVER) == 0) {
        frond_yield();
        log_add(item == 1 ? "1" : item == 2 ? "2" : "3");
        CHECK_INT(frond_queue_task_done(q), 0);
    }
    return NULL;
}

static void join_waits_for_the_work(void) {
    frond_queue *q = frond_queue_new(sizeof(int), 1, NULL);
    CHECK_INT(frond_queue_join(q, FROND_NEVER), 0);
    frond_go(works, q);
    for (int i = 1; i <= 3; i++)
        CHECK_INT(frond_queue_put(q, &i, FROND_NEVER), 0);
    CHECK_INT(frond_queue_join(q, FROND_NOW), FROND_ETIMEDOUT);
    CHECK_INT(frond_queue_join(q, FROND_NEVER), 0);
    CHECK_TEXT(log_text(), "1 2 3");
    CHECK_INT(frond_queue_task_done(q), FROND_EINVAL);
    frond_queue_put(q, &(int){1}, FROND_NOW);
    frond_queue_close(q);
    CHECK_INT(frond_queue_join(q, FROND_NEVER), 0);
    frond_queue_free(q);
    frond_hub_join(FROND_NEVER);
}

static void *joins(void *q) {
    log_add(frond_error_name(frond_queue_join(q, FROND_NEVER)));
    return NULL;
}

static int drops;
static void dropped(void *item) {
    drops += *(int *)item;
}

static void closed_at_once(void) {
    frond_queue_options o = {.drop = dropped};
    frond_queue *q = frond_queue_new(sizeof(int), 0, &o);
    int item = 0;
    for (int i = 1; i <= 3; i++)
        frond_queue_put(q, &i, FROND_NOW);
    frond_queue_get(q, &item, FROND_NOW);
    frond_go(joins, q);
    frond_yield();
    CHECK_INT(frond_queue_closed(q), 0);
    CHECK_INT(frond_queue_close_now(q), 0);
    CHECK_INT(frond_queue_closed(q), 1);
    CHECK_INT(drops, 5);
    CHECK_INT(frond_queue_get(q, &item, FROND_NEVER), FROND_ECLOSED);
    CHECK_INT(frond_queue_put(q, &item, FROND_NEVER), FROND_ECLOSED);
    frond_yield();
    CHECK_TEXT(log_text(), ""); /* what was got is not done yet */
    CHECK_INT(frond_queue_task_done(q), 0);
    frond_yield();
    CHECK_TEXT(log_text(), "FROND_OK");
    frond_queue_free(q);
    drops = 0;
}

static void freed_under_a_join(void) {
    frond_queue *q = frond_queue_new(sizeof(int), 0, NULL);
    frond_queue_put(q, &(int){1}, FROND_NOW);
    frond_queue_get(q, &(int){0}, FROND_NOW);
    frond_go(joins, q);
    frond_yield();
    frond_queue_free(q);
    frond_hub_join(FROND_NEVER);
    CHECK_TEXT(log_text(), "FROND_ECLOSED");
}

static void misuse(void) {
    frond_queue_options no_order = {.order = FROND_PRIORITY},
                        needless = {.before = before},
                        unknown = {.order = (frond_queue_order)7};
    CHECK(frond_queue_new(4, 0, &no_order) == NULL);
    CHECK_INT(frond_error_code(), FROND_EINVAL);
    CHECK(frond_queue_new(4, 0, &needless) == NULL);
    CHECK(frond_queue_new(4, 0, &unknown) == NULL);
    CHECK_INT(frond_queue_task_done(NULL), FROND_EINVAL);
    CHECK_INT(frond_queue_join(NULL, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_queue_close_now(NULL), FROND_EINVAL);
    CHECK_INT(frond_queue_closed(NULL), 0);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"last in, first out", last_in_first_out},
        {"the most urgent first", the_most_urgent_first},
        {"any input comes out sorted", any_input_comes_out_sorted},
        {"full, by priority", full_by_priority},
        {"join waits for the work", join_waits_for_the_work},
        {"closed at once", closed_at_once},
        {"freed under a join", freed_under_a_join},
        {"misuse", misuse},
        {0}};
    return test_main("queue order", tests, argc, argv);
}
