/* SPDX-License-Identifier: MIT */
/* Dumps: the tree by who has spawned whom, cycles of waits, many greenlets, all threads. */
#include "support.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <support/os.h>

static const char *dump(void) {
    FILE *f = temporary_file();
    if (f)
        CHECK_INT(frond_dump(fileno(f)), 0);
    return temporary_text(f);
}

/* The line that has these words, without what follows; "" when there is none. */
static const char *line_with(const char *all, const char *words) {
    static char line[300];
    const char *at = strstr(all, words), *begin = at;
    while (begin && begin > all && begin[-1] != '\n')
        begin--;
    snprintf(line, sizeof line, "%.*s", begin ? (int)strcspn(begin, "\n") : 0,
             begin ? begin : "");
    return line;
}

static int indent_of(const char *all, const char *words) {
    const char *line = line_with(all, words);
    return *line ? (int)strspn(line, " ") : -1;
}

/* ---- the tree ---- */

static frond_event gate;
static size_t parked;

static void *waits(void *arg) {
    (void)arg;
    parked++;
    frond_event_wait(&gate, FROND_NEVER);
    return NULL;
}

static void spawn_named(frond_fn run, const char *name) {
    frond_spawn_options o = {.name = name};
    frond_release(frond_spawn_with(&o, run, NULL));
}

static void *spawns_two(void *arg) {
    spawn_named(waits, "grandchild one");
    spawn_named(waits, "grandchild two");
    return waits(arg);
}

static void *spawns_and_ends(void *arg) {
    (void)arg;
    spawn_named(waits, "orphan one");
    spawn_named(waits, "orphan two");
    return NULL;
}

static void a_tree(void) {
    in_order();
    frond_event_clear(&gate);
    spawn_named(spawns_two, "child");
    spawn_named(spawns_and_ends, "gone");
    spawn_named(waits, "other child");
    frond_idle();
    const char *all = dump();
    CHECK_INT(indent_of(all, "(main)"), 0);
    CHECK_INT(indent_of(all, "\"child\""), 2);
    CHECK_INT(indent_of(all, "\"grandchild one\""), 4);
    CHECK_INT(indent_of(all, "\"grandchild two\""), 4);
    CHECK_INT(indent_of(all, "\"other child\""), 2);
    CHECK_INT(indent_of(all, "\"orphan one\""), 2);
    CHECK_INT(indent_of(all, "has ended; it spawned"), 0);
    const char *child = strstr(all, "\"child\""),
               *first = strstr(all, "\"grandchild one\""),
               *second = strstr(all, "\"grandchild two\""),
               *other = strstr(all, "\"other child\""),
               *ended = strstr(all, "has ended; it spawned"),
               *orphan = strstr(all, "\"orphan one\"");
    CHECK(child < first && first < second && second < other && other < ended &&
          ended < orphan);
    CHECK(!strstr(all, "\"gone\""));
    frond_event_set(&gate);
    CHECK_INT(frond_hub_join(FROND_NEVER), 0);
}

static void *spawns_the_next(void *depth) {
    uintptr_t left = (uintptr_t)depth;
    if (left > 0)
        frond_go(spawns_the_next, (void *)(left - 1));
    return waits(NULL);
}

/* Longer than the stack it is printed on would be deep. */
static void a_long_chain(void) {
    enum { LONG = 2000 };
    frond_event_clear(&gate);
    frond_go(spawns_the_next, (void *)(uintptr_t)LONG);
    while (frond_hub_greenlets() <= LONG)
        frond_yield();
    const char *all = dump();
    size_t n = 0;
    for (const char *at = all; (at = strstr(at, " spawns_the_next(0x")); at++)
        n++;
    CHECK_INT(n, LONG + 1);
    CHECK_INT(indent_of(all, " spawns_the_next(0x0)"), 60); /* no deeper */
    frond_event_set(&gate);
    CHECK_INT(frond_hub_join(FROND_NEVER), 0);
}

/* ---- many ---- */

static void *spawns_many(void *arg) {
    for (uintptr_t i = 0; i < (uintptr_t)arg; i++)
        frond_go(waits, NULL);
    return waits(NULL);
}

/* Ten thousand, in a hundred families, each with its stack. */
static void ten_thousand(void) {
    const uintptr_t families = 100, children = under_valgrind() ? 9 : 99;
    frond_event_clear(&gate);
    parked = 0;
    for (uintptr_t i = 0; i < families; i++)
        frond_go(spawns_many, (void *)children);
    while (parked < families * (children + 1))
        frond_yield();
    const char *all = dump();
    size_t parents = 0, leaves = 0, stacks = 0, in_families = 0, now = 0;
    for (const char *line = all; *line; line += strcspn(line, "\n") + 1) {
        size_t n = strcspn(line, "\n");
        char copy[200];
        snprintf(copy, sizeof copy, "%.*s", (int)n, line);
        if (strncmp(copy, "  greenlet ", 11) == 0 && strstr(copy, " spawns_many(")) {
            parents++;
            now = 0;
        }
        if (strncmp(copy, "    greenlet ", 13) == 0 && strstr(copy, " waits(")) {
            leaves++;
            in_families += ++now <= children;
        }
        stacks += strstr(copy, "frond_event_wait+") != NULL;
    }
    CHECK_INT(parents, families);
    CHECK_INT(leaves, families * children);
    CHECK_INT(in_families, leaves); /* below their own */
    CHECK_INT(stacks, families * (children + 1));
    frond_event_set(&gate);
    CHECK_INT(frond_hub_join(FROND_NEVER), 0);
}

/* ---- what is said of each ---- */

static void *nothing(void *arg) {
    return arg;
}

static void *sleeps_2(void *arg) {
    frond_sleep(2);
    return arg;
}

static void *waits_for(void *e) {
    frond_event_wait(e, FROND_NEVER);
    return NULL;
}

static void *dumps(void *arg) {
    (void)arg;
    const char *text = dump();
    CHECK_HAS(text, "running");
    CHECK(!strstr(text, "print_greenlet")); /* what the dump itself does is no news */
    return NULL;
}

static void dump_tells_all(void) {
    frond_event e = FROND_EVENT_INIT;
    frond_spawn_options o = {.name = "waiter of an event"};
    frond_greenlet *waits = frond_spawn_with(&o, waits_for, &e);
    frond_greenlet *later = frond_spawn_later(1000000, nothing, NULL);
    frond_greenlet *raw = frond_greenlet_new(nothing, NULL);
    frond_yield();
    frond_greenlet *fresh = frond_spawn(sleeps_2, NULL);
    char object[60];
    snprintf(object, sizeof object, "waiting for event 0x%llx, since",
             (unsigned long long)(uintptr_t)&e);
    for (int i = 0; i < 3; i++) {
        const char *text = dump();
        CHECK_HAS(text, "greenlet 1 (main)");
        CHECK_HAS(text, "(hub)");
        CHECK_HAS(text, "\"waiter of an event\" waits_for(");
        CHECK_HAS(text, object);
        CHECK_HAS(text, "spawned by greenlet 1 at dump_tells_all+");
        CHECK_HAS(text, "starts later");
        CHECK_HAS(text, "frond_event_wait+"); /* of its backtrace */
        CHECK_HAS(text, ": new");
    }
    CHECK_HAS(dump(), ": ready");
    CHECK_INT(frond_join(fresh, FROND_NEVER), 0); /* looking has not hurt it */
    frond_greenlet *d = frond_spawn(dumps, NULL);
    frond_join(d, FROND_NEVER);
    frond_event_set(&e);
    CHECK_INT(frond_join(waits, FROND_NEVER), 0);
    frond_kill(later, FROND_EXIT, FROND_NEVER);
    CHECK_INT(frond_dump(-1), FROND_EIO);
    CHECK_TEXT(frond_error_text(), "dump: input/output error");
    frond_release(waits);
    frond_release(later);
    frond_release(raw);
    frond_release(fresh);
    frond_release(d);
}

static void dump_before_anything(void) {
    CHECK_HAS(dump(), "greenlet 1 (main)");
}

/* ---- cycles ---- */

static frond_lock locks[3];
static frond_greenlet *all_three[3];

static void *holds_one_wants_the_next(void *number) {
    size_t i = (size_t)(uintptr_t)number;
    frond_lock_acquire(&locks[i], FROND_NEVER);
    frond_sleep(1);
    int rc = frond_lock_acquire(&locks[(i + 1) % 3], FROND_NEVER);
    if (rc == 0)
        frond_lock_release(&locks[(i + 1) % 3]);
    frond_lock_release(&locks[i]);
    return NULL;
}

/* gevent#368, #585, #2019: "would block forever" said nothing. */
static void a_deadlock_names_its_cycle(void) {
    char cycle[400];
    in_order();
    for (size_t i = 0; i < 3; i++) {
        locks[i] = (frond_lock)FROND_LOCK_INIT;
        all_three[i] = frond_spawn(holds_one_wants_the_next, (void *)i);
    }
    capture_begin();
    CHECK_INT(frond_join(all_three[0], FROND_NEVER), FROND_EDEADLK);
    const char *said = capture_end();
    unsigned long long a = frond_id(all_three[0]), b = frond_id(all_three[1]),
                       c = frond_id(all_three[2]);
    snprintf(cycle, sizeof cycle,
             "\ncycle: greenlet %llu waits for lock 0x%llx held by greenlet %llu, which "
             "waits for lock 0x%llx held by greenlet %llu, which waits for lock 0x%llx "
             "held by greenlet %llu\n",
             a, (unsigned long long)(uintptr_t)&locks[1], b,
             (unsigned long long)(uintptr_t)&locks[2], c,
             (unsigned long long)(uintptr_t)&locks[0], a);
    CHECK_HAS(said, cycle);
    CHECK_INT(strstr(strstr(said, "cycle:") + 1, "cycle:") == NULL, 1); /* once */
    CHECK_HAS(dump(), cycle); /* as in any dump */
    for (size_t i = 0; i < 3; i++)
        frond_kill(all_three[i], FROND_EXIT, FROND_NEVER);
    for (size_t i = 0; i < 3; i++)
        frond_release(all_three[i]);
}

static void *joins(void *other) {
    frond_join(*(frond_greenlet **)other, FROND_NEVER);
    return NULL;
}

static void *holds_and_joins(void *other) {
    frond_lock_acquire(&locks[0], FROND_NEVER);
    frond_join(*(frond_greenlet **)other, FROND_NEVER);
    frond_lock_release(&locks[0]);
    return NULL;
}

static void *wants_the_lock(void *arg) {
    (void)arg;
    if (frond_lock_acquire(&locks[0], FROND_NEVER) == 0)
        frond_lock_release(&locks[0]);
    return NULL;
}

/* Of different kinds; who only waits at its edge is no part of it. */
static void joins_and_locks(void) {
    char cycle[300];
    in_order();
    locks[0] = (frond_lock)FROND_LOCK_INIT;
    frond_greenlet *wants, *holds = frond_spawn(holds_and_joins, &wants);
    wants = frond_spawn(wants_the_lock, NULL);
    frond_greenlet *outside = frond_spawn(joins, &holds);
    frond_yield(); /* all wait */
    snprintf(
        cycle, sizeof cycle,
        "\ncycle: greenlet %llu waits for end of greenlet %llu, which waits for lock "
        "0x%llx held by greenlet %llu\n",
        (unsigned long long)frond_id(holds), (unsigned long long)frond_id(wants),
        (unsigned long long)(uintptr_t)&locks[0], (unsigned long long)frond_id(holds));
    CHECK_HAS(dump(), cycle);
    frond_kill(holds, FROND_EXIT, FROND_NEVER);
    CHECK_INT(frond_join(outside, FROND_NEVER), 0);
    CHECK(!strstr(dump(), "cycle:"));
    frond_release(wants);
    frond_release(holds);
    frond_release(outside);
}

/* ---- all threads ---- */

typedef struct {
    _Atomic(frond_hub *) hub; /* the last to be filled in */
    frond_event *done;
    test_thread *thread;
} elsewhere;

static void set_event(void *e) {
    frond_event_set(e);
}

static void *other_threads_greenlet(void *e) {
    frond_event_wait(e, FROND_NEVER);
    return NULL;
}

static void other_thread(void *arg) {
    elsewhere *o = arg;
    frond_event done = FROND_EVENT_INIT;
    frond_greenlet *g = frond_spawn(other_threads_greenlet, &done);
    frond_yield();
    o->done = &done;
    o->hub = frond_hub_ref(frond_hub_current());
    frond_join(g, FROND_NEVER);
    frond_release(g);
}

static char file[600];

static size_t read_file(char *out, size_t cap) {
    FILE *f = fopen(file, "rb");
    size_t n = f ? fread(out, 1, cap - 1, f) : 0;
    if (f)
        fclose(f);
    out[n] = '\0';
    return n;
}

static bool has_both(void *arg) {
    static char all[100000];
    (void)arg;
    read_file(all, sizeof all);
    return strstr(all, " all_threads+") && strstr(all, " other_threads_greenlet(");
}

static bool has_hub(void *o) {
    return atomic_load(&((elsewhere *)o)->hub) != NULL;
}

static void all_threads(void) {
    frond_hub_close(FROND_NEVER);
    elsewhere o = {.done = NULL};
    test_path(file, sizeof file, "dump-of-all");
    remove(file);
    CHECK_INT(frond_config_set("FROND_DUMP_FILE", file), 0);
    o.thread = thread_start(other_thread, &o);
    CHECK(eventually(has_hub, &o));
    CHECK_INT(frond_dump_all(), 0);
    CHECK(eventually(has_both, NULL));
    CHECK_INT(frond_post(o.hub, set_event, o.done), 0);
    frond_hub_free(o.hub);
    thread_join(o.thread);
    CHECK_INT(frond_hub_close(FROND_NEVER), 0);
    CHECK_INT(frond_config_set("FROND_DUMP_FILE", "/no such folder/at all"), 0);
    capture_begin();
    CHECK_INT(frond_dump_all(), FROND_ENOENT);
    CHECK_HAS(capture_end(), "/no such folder/at all cannot be opened");
    CHECK_INT(frond_hub_close(FROND_NEVER), 0);
    CHECK_INT(frond_config_set("FROND_DUMP_FILE", NULL), 0);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"dump tells all", dump_tells_all},
        {"dump before anything", dump_before_anything},
        {"demand 42: a tree", a_tree},
        {"a long chain", a_long_chain},
        {"demand 42: ten thousand", ten_thousand},
        {"demand 43: a deadlock names its cycle", a_deadlock_names_its_cycle},
        {"demand 43: joins and locks", joins_and_locks},
        {"all threads", all_threads},
        {0},
    };
    return test_main("dump", tests, argc, argv);
}
