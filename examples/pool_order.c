/* SPDX-License-Identifier: MIT */
/* One after the other or side by side, and in what order: ten tasks, done by a loop and by a pool.  The
 * pool gives them in the order in which they end; and since greenlets take turns by a rule, and not as
 * threads or processes happen to be run, that order is the same every time. */
#include <frond/frond.h>
#include <stdio.h>
#include <string.h>

enum { TASKS = 10 };

/* Gives way a few times, more or fewer by its number, as one does that waits for answers. */
static void *task(void *number) {
    int i = *(int *)number;
    for (int turns = i * 7 % TASKS; turns > 0; turns--)
        frond_yield();
    return number;
}

static void *waits(void *number) {
    frond_sleep(20);
    return number;
}

static void run(frond_pool *pool, void **in, char *order, size_t cap) {
    frond_imap_item item;
    size_t n = 0;
    frond_imap *it =
        frond_pool_imap_unordered(pool, task, frond_input_array(in, TASKS), NULL);
    while (frond_imap_next(it, &item, FROND_NEVER) == 1)
        n += (size_t)snprintf(order + n, cap - n, " %d", *(int *)item.value);
    frond_imap_end(it, FROND_NEVER);
}

static int64_t milliseconds_since(int64_t begin) {
    return (frond_now() - begin) / 1000000;
}

int main(void) {
    int numbers[TASKS];
    void *in[TASKS];
    char first[80] = "", order[80] = "";
    for (int i = 0; i < TASKS; i++) {
        numbers[i] = i;
        in[i] = &numbers[i];
    }
    frond_pool *pool = frond_pool_new(4);
    if (!pool)
        return 1;

    printf("loop: ");
    for (int i = 0; i < TASKS; i++)
        printf(" %d", *(int *)task(in[i]));
    printf("\n");
    int same = 1;
    for (int i = 0; i < 3; i++) {
        run(pool, in, order, sizeof order);
        printf("pool: %s\n", order);
        if (i == 0)
            memcpy(first, order, sizeof first);
        same = same && strcmp(first, order) == 0;
    }
    printf("the same three times: %s\n", same ? "yes" : "no");

    frond_clock_virtual(1); /* exact, and in no time */
    int64_t begin = frond_now();
    for (int i = 0; i < TASKS; i++)
        waits(in[i]);
    int64_t loop = milliseconds_since(begin);
    begin = frond_now();
    frond_pool_map(pool, waits, in, TASKS, NULL, NULL, FROND_NEVER);
    printf("the pool waits for less long: %s\n",
           milliseconds_since(begin) < loop ? "yes" : "no");
    frond_pool_free(pool);
    return same ? 0 : 1;
}
