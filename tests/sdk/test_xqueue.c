/* SPDX-License-Identifier: MIT */
/* Queues between threads. */
#include "support.h"

#include <stdatomic.h>
#include <string.h>

static frond_xqueue *q;

static int put(int item, frond_deadline d) {
    return frond_xqueue_put(q, &item, d);
}

static int get(frond_deadline d) {
    int item = -1;
    int rc = frond_xqueue_get(q, &item, d);
    return rc < 0 ? rc : item;
}

static void begin(size_t capacity) {
    q = frond_xqueue_new(sizeof(int), capacity, NULL);
}

static void on_one_thread(void) {
    begin(2);
    CHECK_INT(get(FROND_NOW), FROND_ETIMEDOUT);
    CHECK_INT(put(1, FROND_NOW), 0);
    CHECK_INT(put(2, FROND_NOW), 0);
    CHECK_INT(put(3, FROND_NOW), FROND_ETIMEDOUT);
    CHECK_INT(put(3, frond_in(1)), FROND_ETIMEDOUT);
    CHECK_TEXT(frond_error_text(), "xqueue put: timed out");
    CHECK_INT(frond_xqueue_length(q), 2);
    CHECK_INT(get(FROND_NOW), 1);
    CHECK_INT(get(FROND_NEVER), 2);
    CHECK_INT(get(frond_in(1)), FROND_ETIMEDOUT);
    CHECK_INT(put(4, FROND_NOW), 0);
    CHECK_INT(frond_xqueue_close(q), 0);
    CHECK_INT(put(5, FROND_NOW), FROND_ECLOSED);
    CHECK_INT(get(FROND_NOW), 4);
    CHECK_INT(get(FROND_NEVER), FROND_ECLOSED);
    frond_xqueue_free(q);
}

static void *gets(void *word) {
    int item = get(FROND_NEVER);
    log_add(item < 0 ? frond_error_name(item) : word);
    return NULL;
}

static void in_the_order_of_arrival(void) {
    begin(0);
    go_now(gets, "a");
    frond_greenlet *g = frond_spawn(gets, "b");
    frond_yield();
    go_now(gets, "c");
    frond_kill(g, FROND_EXIT, FROND_NEVER);
    CHECK_TEXT(log_text(), "FROND_ECANCELED");
    frond_release(g);
    put(1, FROND_NOW);
    put(2, FROND_NOW);
    frond_hub_join(FROND_NEVER);
    CHECK_TEXT(log_sorted(), "FROND_ECANCELED a c");
    CHECK_INT(frond_xqueue_length(q), 0);
    frond_xqueue_free(q);
}

/* ---- two threads ---- */

static void puts_ten(void *nothing) {
    (void)nothing;
    for (int i = 0; i < 10; i++)
        put(i, FROND_NOW); /* without a hub */
}

static void from_a_thread_without_a_hub(void) {
    begin(0);
    thread_run(puts_ten, NULL);
    for (int i = 0; i < 10; i++)
        CHECK_INT(get(FROND_NEVER), i);
    test_thread *t = thread_start(puts_ten, NULL);
    for (int i = 0; i < 10; i++)
        CHECK_INT(get(FROND_NEVER), i); /* waits, now and then */
    thread_join(t);
    frond_xqueue_free(q);
}

enum { THREADS = 3, EACH = 400, GREENLETS = 4 };
static _Atomic long sum;
static _Atomic int got, at_once;

static void *produces(void *base) {
    for (int i = 0; i < EACH; i++)
        if (put((int)(intptr_t)base + i, FROND_NEVER) < 0)
            atomic_fetch_add(&at_once, 1);
    return NULL;
}

static void producers(void *base) {
    for (int i = 0; i < GREENLETS; i++)
        frond_go(produces, (char *)base + i * EACH);
    frond_hub_join(FROND_NEVER);
    frond_hub_close(FROND_NEVER);
}

/* Gives up now and then, and is killed and begun anew. */
static void *consumes(void *nothing) {
    for (int n = 0;; n++) {
        int item = get(n % 3 ? FROND_NEVER : frond_in(1));
        if (item == FROND_ETIMEDOUT)
            continue;
        if (item < 0)
            return nothing;
        atomic_fetch_add(&sum, item);
        if (atomic_fetch_add(&got, 1) + 1 == THREADS * GREENLETS * EACH)
            frond_xqueue_close(q);
    }
}

static void consumers(void *nothing) {
    (void)nothing;
    frond_greenlet *g[GREENLETS];
    for (int i = 0; i < GREENLETS; i++)
        g[i] = frond_spawn(consumes, NULL);
    for (int n = 0; n < 20; n++) {
        frond_sleep(1);
        frond_kill(g[n % GREENLETS], FROND_EXIT, FROND_NEVER);
        frond_release(g[n % GREENLETS]);
        g[n % GREENLETS] = frond_spawn(consumes, NULL);
    }
    frond_joinall(g, GREENLETS, 0, 0, FROND_NEVER);
    for (int i = 0; i < GREENLETS; i++)
        frond_release(g[i]);
    frond_hub_close(FROND_NEVER);
}

static void between_many(void) {
    static const size_t capacities[] = {0, 1, 7};
    long n = THREADS * GREENLETS * EACH;
    for (size_t c = 0; c < 3; c++) {
        test_thread *t[2 * THREADS];
        begin(capacities[c]);
        atomic_store(&sum, 0);
        atomic_store(&got, 0);
        for (int i = 0; i < THREADS; i++) {
            t[2 * i] = thread_start(consumers, NULL);
            t[2 * i + 1] =
                thread_start(producers, (void *)(intptr_t)(i * GREENLETS * EACH));
        }
        for (int i = 0; i < 2 * THREADS; i++)
            thread_join(t[i]);
        CHECK_INT(atomic_load(&got), n);
        CHECK_INT(atomic_load(&sum), n * (n - 1) / 2);
        CHECK_INT(atomic_load(&at_once), 0);
        frond_xqueue_free(q);
    }
}

/* ---- ends ---- */

static void *waits_for_ever(void *nothing) {
    get(FROND_NEVER);
    return nothing;
}

static void hub_ends(void) {
    begin(0);
    frond_go(waits_for_ever, NULL);
    frond_yield();
    frond_hub_close(FROND_NOW);
    CHECK_INT(put(1, FROND_NOW), 0); /* nobody is there to be given it */
    CHECK_INT(frond_xqueue_length(q), 1);
    frond_xqueue_free(q);
}

static int drops;
static void drop(void *item) {
    drops += *(int *)item;
}

static void dropped_with_the_last_reference(void) {
    frond_queue_options o = {.drop = drop};
    q = frond_xqueue_new(sizeof(int), 0, &o);
    frond_xqueue *other = frond_xqueue_ref(q);
    put(3, FROND_NOW);
    put(4, FROND_NOW);
    frond_xqueue_free(other);
    CHECK_INT(drops, 0);
    frond_xqueue_free(q);
    CHECK_INT(drops, 7);
}

static void misuse(void) {
    int item = 0;
    CHECK(frond_xqueue_new(0, 0, NULL) == NULL);
    CHECK_INT(frond_error_code(), FROND_EINVAL);
    CHECK_INT(frond_xqueue_put(NULL, &item, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_xqueue_get(NULL, &item, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_xqueue_close(NULL), FROND_EINVAL);
    CHECK_INT(frond_xqueue_length(NULL), 0);
    frond_xqueue_free(NULL);
    begin(0);
    CHECK_INT(frond_xqueue_put(q, NULL, FROND_NOW), FROND_EINVAL);
    frond_xqueue_free(q);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"on one thread", on_one_thread},
        {"in the order of arrival", in_the_order_of_arrival},
        {"from a thread without a hub", from_a_thread_without_a_hub},
        {"between many", between_many},
        {"hub ends", hub_ends},
        {"dropped with the last reference", dropped_with_the_last_reference},
        {"misuse", misuse},
        {0}};
    return test_main("xqueue", tests, argc, argv);
}
