/* SPDX-License-Identifier: MIT */
/* Same outside events, same order.  A seed makes a program: some greenlets, each with a list of things to
 * do to objects that they share, and to each other.  It runs on a virtual clock, so nothing comes from
 * outside; its trace is every switch, throw, spawn and end that a tracer is told of, and every answer that a
 * call has given, with the time.  Two runs must have the same trace, to the last of them. */
#include "support.h"

#include <stdio.h>
#include <string.h>

enum { MOST_WORKERS = 8, MOST_STEPS = 12, OBJECTS = 2, NESTED = 40 };

typedef struct {
    uint64_t state;
} dice;

static uint32_t roll(dice *d, uint32_t sides) {
    d->state = d->state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(d->state >> 33) % sides;
}

/* ---- the trace ---- */

static uint64_t hash, told, running;
static int64_t first_ns;

static void tell(uint64_t what) {
    hash = (hash ^ what) * 1099511628211u;
    hash ^= hash >> 29;
    told++;
}

/* Who goes on, who ends.  Whether the hub looks at the system in between, also before it goes on with who
 * has yielded alone, depends on how fast this machine is, and changes nothing. */
static int told_of(frond_trace_event event, frond_greenlet *from, frond_greenlet *to,
                   void *hub) {
    uint64_t id = frond_id(to ? to : from);
    if (to == hub || (event == FROND_TRACE_SWITCH && id == running))
        return 0;
    tell((uint64_t)event * 1000 + id);
    if (to && event != FROND_TRACE_SPAWN)
        running = id;
    return 0;
}

static void answer(int64_t rc) {
    tell((uint64_t)rc);
    tell((uint64_t)(frond_now() - first_ns));
}

/* ---- the program ---- */

typedef struct {
    frond_event event[OBJECTS];
    frond_semaphore semaphore[OBJECTS];
    frond_lock lock[OBJECTS];
    frond_queue *queue[OBJECTS];
    frond_channel *channel;
    frond_greenlet *worker[MOST_WORKERS];
    dice of[MOST_WORKERS];
    int workers, nested;
    uint64_t seed;
} program;

static program p;

static void *nested(void *arg) {
    dice d = {p.seed + (uintptr_t)arg};
    answer(frond_sleep(roll(&d, 4)));
    answer(frond_event_set(&p.event[roll(&d, OBJECTS)]));
    return arg;
}

static void with_lock(dice *d, frond_lock *l, frond_deadline limit) {
    int rc = frond_lock_acquire(l, limit);
    answer(rc);
    if (rc == FROND_EOWNERDEAD)
        answer(frond_lock_recover(l));
    else if (rc == 0) {
        answer(frond_sleep(roll(d, 3)));
        answer(frond_lock_release(l));
    }
}

static void choose(dice *d, frond_deadline limit) {
    int item = 7, got;
    size_t which = 9;
    frond_select_case cases[] = {
        {.channel = p.channel, .send = roll(d, 2) ? &item : NULL, .receive = &got},
        {.channel = p.queue[0], .receive = &got},
    };
    if (cases[0].send)
        cases[0].receive = NULL;
    answer(frond_select(cases, 2, &which, limit));
    tell(which);
}

static void step(dice *d) {
    uint32_t which = roll(d, OBJECTS);
    frond_greenlet *other = p.worker[roll(d, (uint32_t)p.workers)];
    static const uint64_t limits[] = {0, 1, 2, 5, 20};
    frond_deadline limit = frond_in(limits[roll(d, 5)]);
    int item = (int)roll(d, 100);
    frond_timeout scope;
    switch (roll(d, 19)) {
    case 0:
        answer(frond_yield());
        break;
    case 1:
        answer(frond_sleep(roll(d, 5)));
        break;
    case 2:
        answer(frond_event_wait(&p.event[which], limit));
        break;
    case 3:
        answer(frond_event_set(&p.event[which]));
        break;
    case 4:
        answer(frond_event_clear(&p.event[which]));
        break;
    case 5:
        answer(frond_semaphore_acquire(&p.semaphore[which], limit));
        break;
    case 6:
        answer(frond_semaphore_release(&p.semaphore[which]));
        break;
    case 7:
        with_lock(d, &p.lock[which], limit);
        break;
    case 8:
    case 9:
        answer(frond_queue_put(p.queue[which], &item, limit));
        break;
    case 10:
    case 11:
        answer(frond_queue_get(p.queue[which], &item, limit));
        tell((uint64_t)item);
        break;
    case 12:
        answer(frond_channel_send(p.channel, &item, limit));
        break;
    case 13:
        answer(frond_channel_receive(p.channel, &item, limit));
        break;
    case 14:
        choose(d, limit);
        break;
    case 15:
        if (other && other != frond_current())
            answer(frond_join(other, limit));
        break;
    case 16:
        if (other && other != frond_current())
            answer(frond_kill(other, FROND_EXIT, FROND_NOW));
        break;
    case 17:
        if (p.nested < NESTED)
            answer(frond_go(nested, (void *)(uintptr_t)++p.nested));
        break;
    case 18:
        frond_timeout_start(&scope, 1 + roll(d, 3));
        answer(frond_event_wait(&p.event[which], FROND_NEVER));
        answer(frond_timeout_stop(&scope));
        break;
    default:
        break;
    }
}

static void *works(void *arg) {
    dice *d = arg;
    for (uint32_t steps = 1 + roll(d, MOST_STEPS); steps > 0; steps--)
        step(d);
    return arg;
}

static void begin_trace(void) {
    frond_greenlet *any = frond_spawn(works, &p.of[0]);
    frond_trace_set(told_of, frond_parent(any), NULL);
    frond_kill(any, FROND_EXIT, FROND_NEVER);
    frond_release(any);
    first_ns = frond_now();
    hash = 14695981039346656037u;
    told = 0;
    running = frond_id(frond_current());
}

/* With a hub of its own, whose choices begin anew.  Returns the hash of the trace. */
static uint64_t run_program(uint64_t seed, uint64_t shuffle) {
    dice d = {seed};
    frond_hub_close(FROND_NOW);
    frond_shuffle(shuffle, NULL);
    memset(&p, 0, sizeof p);
    p.seed = seed;
    p.workers = 2 + (int)roll(&d, MOST_WORKERS - 1);
    p.channel = frond_channel_new(sizeof(int), 0, NULL);
    for (int i = 0; i < OBJECTS; i++)
        p.queue[i] = frond_queue_new(sizeof(int), 1 + roll(&d, 3), NULL);
    begin_trace();
    for (int i = 0; i < p.workers; i++) {
        p.of[i].state = seed * 31 + (uint64_t)i;
        p.worker[i] = frond_spawn(works, &p.of[i]);
    }
    CHECK_INT(frond_joinall(p.worker, (size_t)p.workers, 0, false, FROND_NEVER), 0);
    CHECK_INT(frond_hub_join(FROND_NEVER), 0);
    frond_trace_set(NULL, NULL, NULL);
    tell((uint64_t)(frond_now() - first_ns));
    for (int i = 0; i < p.workers; i++)
        frond_release(p.worker[i]);
    for (int i = 0; i < OBJECTS; i++)
        frond_queue_free(p.queue[i]);
    frond_channel_free(p.channel);
    return hash;
}

/* Each makes two hubs, for which tools and emulators need their time. */
static uint64_t as_many_as(uint64_t n) {
    return under_valgrind() || under_sanitizer() ? n / 50 : n;
}

static void same_order(uint64_t programs, uint64_t shuffle) {
    uint64_t shortest = UINT64_MAX, different = 0, before = 0, differ = 0;
    frond_clock_virtual(1);
    for (uint64_t seed = 1; seed <= programs && differ < 5; seed++) {
        uint64_t once = run_program(seed, shuffle ? shuffle + seed : 0), n = told;
        uint64_t again = run_program(seed, shuffle ? shuffle + seed : 0);
        if (once != again || n != told) {
            printf("program %llu: two runs differ\n", (unsigned long long)seed);
            differ++;
        }
        different += once != before;
        before = once;
        if (n < shortest)
            shortest = n;
    }
    CHECK_INT(differ, 0);
    CHECK(different > programs - 10); /* the seeds do make programs of their own */
    CHECK(shortest > 6);              /* at least two are spawned, run and end */
    frond_clock_virtual(0);
}

static void in_the_order_of_arrival(void) {
    same_order(as_many_as(10000), 0);
}

static void shuffled(void) {
    same_order(as_many_as(1000), 1000000007);
}

/* The shuffle does reorder: most programs have another trace. */
static void shuffled_otherwise(void) {
    int otherwise = 0;
    frond_clock_virtual(1);
    for (uint64_t seed = 1; seed <= 100; seed++) {
        uint64_t once = run_program(seed, 1);
        otherwise += once != run_program(seed, 2);
    }
    CHECK(otherwise > 80);
    frond_clock_virtual(0);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"in the order of arrival", in_the_order_of_arrival},
        {"shuffled", shuffled},
        {"shuffled otherwise", shuffled_otherwise},
        {0},
    };
    return test_main("determinism", tests, argc, argv);
}
