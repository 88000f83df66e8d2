/* SPDX-License-Identifier: MIT */
/* Readers and writers: one line, nobody starves, nobody stands in the way of others by leaving. */
#include "support.h"

#include <string.h>

static frond_rwlock l;

typedef struct {
    const char *word;
    bool writes;
    frond_deadline d;
} plan;

static void *goes_in(void *arg) {
    const plan *p = arg;
    int rc = p->writes ? frond_rwlock_acquire_write(&l, p->d)
                       : frond_rwlock_acquire_read(&l, p->d);
    if (rc < 0) {
        log_add(frond_error_name(rc));
        return NULL;
    }
    log_add(p->word);
    CHECK_INT(frond_rwlock_held(&l), p->writes ? 2 : 1);
    frond_yield();
    CHECK_INT(frond_rwlock_release(&l), 0);
    log_add("-");
    return NULL;
}

static const plan reader = {"r", false, {INT64_MAX}}, writer = {"w", true, {INT64_MAX}};

static void start(const plan *p) {
    frond_release(frond_spawn(goes_in, (void *)(uintptr_t)p));
    frond_yield(); /* it is in, or waits behind all who were started before */
}

static void is_free(void) {
    CHECK_INT(frond_rwlock_acquire_write(&l, FROND_NOW), 0);
    CHECK_INT(frond_rwlock_release(&l), 0);
    CHECK(l.owned.holder == NULL && l.owned.waiters.head == NULL && l.readers == 0);
}

static void in_order_of_arrival(void) {
    static const bool writes[] = {false, false, true, true, false, false, true, false};
    CHECK_INT(frond_rwlock_acquire_write(&l, FROND_NOW), 0);
    for (size_t i = 0; i < sizeof writes / sizeof writes[0]; i++)
        start(writes[i] ? &writer : &reader);
    CHECK_INT(frond_rwlock_release(&l), 0);
    frond_hub_join(FROND_NEVER);
    CHECK_TEXT(log_text(), "r r - - w - w - r r - - w - r -");
    is_free();
}

static void readers_wait_behind_a_writer(void) {
    CHECK_INT(frond_rwlock_acquire_read(&l, FROND_NOW), 0);
    start(&reader);
    start(&writer);
    start(&reader);
    frond_yield();
    frond_yield(); /* the first reader goes in, and out */
    CHECK_TEXT(log_text(), "r -");
    CHECK_INT(frond_rwlock_release(&l), 0);
    CHECK_INT(frond_rwlock_acquire_read(&l, FROND_NOW), FROND_ETIMEDOUT);
    CHECK_TEXT(frond_error_text(), "rwlock acquire to read: timed out");
    frond_hub_join(FROND_NEVER);
    CHECK_TEXT(log_text(), "r - w - r -");
    is_free();
}

static int turns[2];

static void *takes_turns(void *arg) {
    for (int i = 0; i < 100; i++) {
        int rc = arg ? frond_rwlock_acquire_write(&l, FROND_NEVER)
                     : frond_rwlock_acquire_read(&l, FROND_NEVER);
        CHECK_INT(rc, 0);
        turns[arg != NULL]++;
        CHECK(turns[0] - 2 * turns[1] <= 6);
        CHECK(turns[1] - turns[0] <= 2);
        frond_yield();
        frond_rwlock_release(&l);
    }
    return NULL;
}

static void fair(void) { /* two readers, who never leave it empty, and a writer */
    frond_go(takes_turns, NULL);
    frond_go(takes_turns, NULL);
    frond_go(takes_turns, turns);
    frond_hub_join(FROND_NEVER);
    CHECK_INT(turns[0] + turns[1], 300);
}

/* A writer that gives up was all that kept the readers behind it out. */
static void a_writer_leaves_the_line(void) {
    for (int way = 0; way < 3; way++) {
        plan leaves = {"w", true, way ? FROND_NEVER : frond_in(1)};
        CHECK_INT(frond_rwlock_acquire_read(&l, FROND_NOW), 0);
        frond_greenlet *g = frond_spawn(goes_in, &leaves);
        frond_yield();
        start(&reader);
        start(&reader);
        frond_yield();
        if (way == 1)
            frond_kill(g, FROND_EXIT, FROND_NOW);
        if (way == 2) {
            frond_rwlock_release(&l); /* the writer has it, and is killed */
            frond_kill(g, FROND_EXIT, FROND_NOW);
        }
        frond_hub_join(FROND_NEVER);
        CHECK_TEXT(log_text(), way == 0   ? "FROND_ETIMEDOUT r r - -"
                               : way == 1 ? "FROND_ECANCELED r r - -"
                                          : "w - r r - -");
        log_clear();
        if (way < 2)
            CHECK_INT(frond_rwlock_release(&l), 0);
        frond_release(g);
        is_free();
    }
}

static void readers_leave_the_line(void) {
    plan shortly = {"r", false, {0}};
    CHECK_INT(frond_rwlock_acquire_write(&l, FROND_NOW), 0);
    shortly.d = frond_in(1);
    start(&shortly);
    start(&shortly);
    frond_greenlet *g = frond_spawn(goes_in, (void *)(uintptr_t)&reader);
    start(&writer);
    frond_yield();
    frond_kill(g, FROND_EXIT, FROND_NEVER);
    frond_sleep(3);
    const char *said = log_text(); /* a slow machine has time run out before the kill */
    CHECK(strcmp(said, "FROND_ECANCELED FROND_ETIMEDOUT FROND_ETIMEDOUT") == 0 ||
          strcmp(said, "FROND_ETIMEDOUT FROND_ECANCELED FROND_ETIMEDOUT") == 0 ||
          strcmp(said, "FROND_ETIMEDOUT FROND_ETIMEDOUT FROND_ECANCELED") == 0);
    log_clear();
    CHECK_INT(frond_rwlock_release(&l), 0);
    frond_hub_join(FROND_NEVER);
    CHECK_TEXT(log_text(), "w -");
    frond_release(g);
    is_free();
}

static void *scoped(void *arg) {
    frond_timeout t;
    frond_timeout_start(&t, 1);
    CHECK_INT(arg ? frond_rwlock_acquire_write(&l, FROND_NEVER)
                  : frond_rwlock_acquire_read(&l, FROND_NEVER),
              FROND_ETIMEDOUT);
    CHECK_INT(frond_timeout_stop(&t), 1);
    return NULL;
}

static void scopes(void) {
    CHECK_INT(frond_rwlock_acquire_write(&l, FROND_NOW), 0);
    frond_go(scoped, NULL);
    frond_go(scoped, &l);
    frond_hub_join(FROND_NEVER);
    CHECK_INT(frond_rwlock_release(&l), 0);
    is_free();
}

/* ---- ends ---- */

static void *reads_and_ends(void *arg) {
    CHECK_INT(frond_rwlock_acquire_read(&l, FROND_NEVER), 0);
    frond_yield();
    return arg;
}

static void *writes_and_ends(void *arg) {
    CHECK_INT(frond_rwlock_acquire_write(&l, FROND_NEVER), 0);
    frond_yield();
    return arg;
}

static void holder_ends(void) {
    frond_go(reads_and_ends, NULL);
    go_now(reads_and_ends, NULL);
    start(&writer);
    frond_hub_join(FROND_NEVER);
    CHECK_TEXT(log_text(), "w -"); /* what was only read is as it was */
    log_clear();
    is_free();

    go_now(writes_and_ends, NULL);
    start(&reader);
    start(&writer);
    frond_hub_join(FROND_NEVER);
    CHECK_TEXT(log_text(), "FROND_EOWNERDEAD FROND_EOWNERDEAD");
    CHECK_INT(frond_rwlock_acquire_read(&l, FROND_NEVER), FROND_EOWNERDEAD);
    CHECK_INT(frond_rwlock_acquire_write(&l, FROND_NEVER), FROND_EOWNERDEAD);
    CHECK_INT(frond_rwlock_release(&l), FROND_EPERM);
    CHECK_INT(frond_rwlock_recover(&l), 1);
    CHECK_INT(frond_rwlock_recover(&l), 0);
    is_free();
}

static void hold(void *arg) {
    *(int *)arg = *(int *)arg ? frond_rwlock_acquire_write(&l, FROND_NOW)
                              : frond_rwlock_acquire_read(&l, FROND_NOW);
}

static void thread_ends(void) {
    int rc = 0;
    thread_run(hold, &rc); /* reads */
    CHECK_INT(rc, 0);
    is_free();
    l = (frond_rwlock)FROND_RWLOCK_INIT;
    rc = 1;
    thread_run(hold, &rc);
    CHECK_INT(rc, 0);
    CHECK_INT(frond_rwlock_acquire_read(&l, FROND_NOW), FROND_EOWNERDEAD);
    CHECK_INT(frond_rwlock_recover(&l), 1);
    is_free();
}

static void hub_ends(void) {
    CHECK_INT(frond_rwlock_acquire_read(&l, FROND_NOW), 0);
    frond_go(reads_and_ends, NULL);
    frond_yield();
    frond_hub_close(frond_in(1000));
    is_free();
}

/* ---- where it is not allowed ---- */

static void misuse(void) {
    CHECK_INT(frond_rwlock_acquire_read(NULL, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_rwlock_acquire_write(NULL, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_rwlock_release(NULL), FROND_EINVAL);
    CHECK_INT(frond_rwlock_recover(NULL), FROND_EINVAL);
    CHECK_INT(frond_rwlock_held(NULL), 0);
    CHECK_INT(frond_rwlock_held(&l), 0);
    CHECK_INT(frond_rwlock_release(&l), FROND_EPERM);
    CHECK_INT(frond_rwlock_acquire_read(&l, FROND_NOW), 0);
    CHECK_INT(frond_rwlock_held(&l), 1);
    CHECK_INT(frond_rwlock_acquire_read(&l, FROND_NEVER), FROND_EDEADLK);
    CHECK_INT(frond_rwlock_acquire_write(&l, FROND_NEVER), FROND_EDEADLK);
    CHECK_INT(frond_rwlock_release(&l), 0);
    CHECK_INT(frond_rwlock_acquire_write(&l, FROND_NOW), 0);
    CHECK_INT(frond_rwlock_acquire_read(&l, FROND_NEVER), FROND_EDEADLK);
    CHECK_INT(frond_rwlock_acquire_write(&l, FROND_NEVER), FROND_EDEADLK);
    CHECK_INT(frond_rwlock_release(&l), 0);
    frond_go(reads_and_ends, NULL);
    frond_yield();
    CHECK_INT(frond_rwlock_release(&l), FROND_EPERM);
    frond_hub_join(FROND_NEVER);
    is_free();
}

static void use_elsewhere(void *arg) {
    int *rc = arg;
    rc[0] = frond_rwlock_acquire_read(&l, FROND_NOW);
    rc[1] = frond_rwlock_acquire_write(&l, FROND_NOW);
    rc[2] = frond_rwlock_release(&l);
    rc[3] = frond_rwlock_recover(&l);
    rc[4] = frond_rwlock_held(&l);
}

static void other_thread(void) {
    int rc[5];
    CHECK_INT(frond_rwlock_acquire_read(&l, FROND_NOW), 0);
    thread_run(use_elsewhere, rc);
    for (int i = 0; i < 4; i++)
        CHECK_INT(rc[i], FROND_ETHREAD);
    CHECK_INT(rc[4], 0);
    CHECK_INT(frond_rwlock_release(&l), 0);
}

static void in_callback(void *arg) {
    (void)arg;
    CHECK_INT(frond_rwlock_acquire_write(&l, frond_in(10)), FROND_ENOSUSPEND);
    CHECK_INT(frond_rwlock_acquire_write(&l, FROND_NOW), FROND_ETIMEDOUT);
    CHECK_INT(frond_rwlock_acquire_read(&l, frond_in(10)), FROND_ENOSUSPEND);
    CHECK_INT(frond_rwlock_acquire_read(&l, FROND_NOW), 0);
    CHECK_INT(frond_rwlock_release(&l), 0);
    log_add("called");
}

static void in_hub_callbacks(void) {
    CHECK_INT(frond_rwlock_acquire_read(&l, FROND_NOW), 0);
    frond_post(frond_hub_current(), in_callback, NULL);
    frond_hub_join(FROND_NEVER);
    CHECK_TEXT(log_text(), "called");
    CHECK_INT(frond_rwlock_release(&l), 0);
}

static void *keeps(void *e) {
    CHECK_INT(frond_rwlock_acquire_write(&l, FROND_NEVER), 0);
    frond_event_wait(e, FROND_NEVER);
    CHECK_INT(frond_rwlock_release(&l), 0);
    return NULL;
}

static void held_for_ever_is_a_deadlock(void) {
    frond_event e = FROND_EVENT_INIT;
    frond_go(keeps, &e);
    frond_yield();
    capture_begin();
    CHECK_INT(frond_rwlock_acquire_read(&l, FROND_NEVER), FROND_EDEADLK);
    CHECK_HAS(capture_end(), "for rwlock to read 0x");
    frond_event_set(&e);
    frond_hub_join(FROND_NEVER);
    is_free();
}

static void reads(void) {
    int rc = frond_rwlock_acquire_read(&l, FROND_NOW);
    CHECK(rc == 0 || rc == FROND_ENOMEM);
    CHECK_INT(frond_rwlock_held(&l), rc == 0);
    if (rc == 0)
        CHECK_INT(frond_rwlock_release(&l), 0);
}

static void out_of_memory(void) {
    memory_sweep(reads);
}

/* ---- at random ---- */

static uint32_t seed;
static int readers, writers, most_readers, entries;

static uint32_t any(uint32_t below) {
    seed ^= seed << 13;
    seed ^= seed >> 17;
    seed ^= seed << 5;
    return seed % below;
}

static void visit(int *mine) {
    ++*mine;
    entries++;
    CHECK(writers <= 1 && (!writers || !readers));
    most_readers = readers > most_readers ? readers : most_readers;
    for (uint32_t n = any(3); n > 0; n--)
        frond_yield();
    --*mine;
}

static void *random_visitor(void *arg) {
    for (int i = 0; i < 40; i++) {
        frond_timeout t;
        frond_deadline d[] = {FROND_NEVER, FROND_NOW, frond_in(any(3))};
        bool write = any(3) == 0;
        frond_timeout_start(&t, any(4) ? FROND_FOREVER : any(3));
        int rc = write ? frond_rwlock_acquire_write(&l, d[any(3)])
                       : frond_rwlock_acquire_read(&l, d[any(3)]);
        frond_timeout_stop(&t);
        if (rc == FROND_ECANCELED || rc == FROND_EOWNERDEAD)
            break;
        if (rc == 0) {
            visit(write ? &writers : &readers);
            if (arg && any(30) == 0)
                return NULL; /* holding it */
            CHECK_INT(frond_rwlock_release(&l), 0);
        }
        if (frond_yield() < 0)
            break;
    }
    return NULL;
}

static void random_round(void) {
    frond_greenlet *g[20];
    for (int i = 0; i < 20; i++)
        g[i] = frond_spawn(random_visitor, i % 5 ? NULL : g);
    for (int i = 0; i < 10; i++) {
        for (uint32_t n = any(20); n > 0; n--)
            frond_yield();
        frond_kill(g[any(20)], FROND_EXIT, FROND_NOW);
        frond_rwlock_recover(&l);
    }
    frond_hub_join(FROND_NEVER);
    frond_rwlock_recover(&l);
    CHECK(!l.owned.holder && !l.owned.waiters.head && !l.readers && !l.owned.abandoned);
    for (int i = 0; i < 20; i++)
        frond_release(g[i]);
}

static void at_random(void) {
    for (uint32_t i = 1; i <= 30; i++) {
        seed = i * 2654435761U;
        random_round();
    }
    CHECK_INT(readers + writers, 0);
    CHECK(entries > 1000);
    CHECK(most_readers > 3);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"in order of arrival", in_order_of_arrival},
        {"readers wait behind a writer", readers_wait_behind_a_writer},
        {"fair", fair},
        {"a writer leaves the line", a_writer_leaves_the_line},
        {"readers leave the line", readers_leave_the_line},
        {"scopes", scopes},
        {"holder ends", holder_ends},
        {"thread ends", thread_ends},
        {"hub ends", hub_ends},
        {"misuse", misuse},
        {"other thread", other_thread},
        {"in hub callbacks", in_hub_callbacks},
        {"held for ever is a deadlock", held_for_ever_is_a_deadlock},
        {"out of memory", out_of_memory},
        {"at random", at_random},
        {0}};
    test_clock_virtual();
    return test_main("rwlock", tests, argc, argv);
}
