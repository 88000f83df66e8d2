/* SPDX-License-Identifier: MIT */
/* Locks: one holder, in the order of arrival, whoever is killed, times out or ends meanwhile. */
#include "support.h"

static frond_lock l;
static frond_rlock r;

static void *locks(void *word) {
    int rc = frond_lock_acquire(&l, FROND_NEVER);
    if (rc < 0) {
        log_add(rc == FROND_ECANCELED ? "canceled" : frond_error_name(rc));
        return NULL;
    }
    log_add(word);
    frond_yield();
    CHECK_INT(frond_lock_held(&l), 1);
    CHECK_INT(frond_lock_release(&l), 0);
    return NULL;
}

static void is_free(void) {
    CHECK(l.owned.holder == NULL && l.owned.waiters.head == NULL);
    CHECK_INT(frond_lock_acquire(&l, FROND_NOW), 0);
    CHECK_INT(frond_lock_release(&l), 0);
}

static void in_order_of_arrival(void) {
    CHECK_INT(frond_lock_acquire(&l, FROND_NOW), 0);
    go_now(locks, "a");
    go_now(locks, "b");
    go_now(locks, "c");
    CHECK_INT(frond_lock_release(&l), 0);
    frond_hub_join(FROND_NEVER);
    CHECK_TEXT(log_text(), "a b c");
    is_free();
}

static void nobody_overtakes(void) {
    CHECK_INT(frond_lock_acquire(&l, FROND_NEVER), 0);
    CHECK_INT(frond_lock_held(&l), 1);
    frond_go(locks, "first");
    frond_yield();
    CHECK_INT(frond_lock_release(&l), 0); /* handed over: "first" is ready and has it */
    CHECK_INT(frond_lock_held(&l), 0);
    CHECK_INT(frond_lock_acquire(&l, FROND_NOW), FROND_ETIMEDOUT);
    frond_hub_join(FROND_NEVER);
    CHECK_TEXT(log_text(), "first");
    is_free();
}

static int turns[2];

static void *takes_turns(void *arg) {
    for (int i = 0; i < 100; i++) {
        CHECK_INT(frond_lock_acquire(&l, FROND_NEVER), 0);
        turns[(intptr_t)arg]++;
        CHECK(turns[0] - turns[1] <= 2 && turns[1] - turns[0] <= 2);
        frond_yield();
        frond_lock_release(&l);
    }
    return NULL;
}

static void fair(void) {
    frond_go(takes_turns, (void *)0);
    frond_go(takes_turns, (void *)1);
    frond_hub_join(FROND_NEVER);
    CHECK_INT(turns[0] + turns[1], 200);
}

static void times_out(void) {
    frond_timeout t;
    CHECK_INT(frond_lock_acquire(&l, FROND_NEVER), 0);
    frond_greenlet *g = frond_spawn(locks, "later");
    frond_timeout_start(&t, 1);
    CHECK_INT(frond_sleep(1000), FROND_ETIMEDOUT);
    frond_timeout_stop(&t);
    CHECK_INT(frond_lock_release(&l), 0);
    CHECK_INT(frond_lock_acquire(&l, frond_in(1)), 0);
    frond_lock_release(&l);
    frond_join(g, FROND_NEVER);
    frond_release(g);
    is_free();
}

static void *locks_for_1_ms(void *arg) {
    frond_timeout t;
    if (arg)
        frond_timeout_start(&t, 1);
    int rc = frond_lock_acquire(&l, arg ? FROND_NEVER : frond_in(1));
    CHECK_INT(rc, FROND_ETIMEDOUT);
    CHECK_HAS(frond_error_text(), arg ? "timed out" : "lock acquire: timed out");
    if (arg)
        CHECK_INT(frond_timeout_stop(&t), 1);
    return NULL;
}

static void those_who_leave_are_passed_over(void) {
    CHECK_INT(frond_lock_acquire(&l, FROND_NEVER), 0);
    frond_go(locks_for_1_ms, NULL);
    frond_greenlet *killed = frond_spawn(locks, "killed");
    frond_go(locks_for_1_ms, &l);
    frond_go(locks, "stays");
    frond_yield();
    frond_kill(killed, FROND_EXIT, FROND_NOW);
    frond_sleep(5);
    CHECK_TEXT(log_text(), "canceled");
    CHECK_INT(frond_lock_release(&l), 0);
    frond_hub_join(FROND_NEVER);
    CHECK_TEXT(log_text(), "canceled stays");
    frond_release(killed);
    is_free();
}

static void *locks_then_waits(void *arg) {
    (void)arg;
    CHECK_INT(frond_lock_acquire(&l, FROND_NEVER), 0);
    CHECK_INT(frond_yield(), FROND_ECANCELED);
    CHECK_INT(frond_lock_release(&l), 0);
    log_add("released");
    return NULL;
}

static void killed_after_being_woken(void) {
    CHECK_INT(frond_lock_acquire(&l, FROND_NEVER), 0);
    frond_greenlet *g = frond_spawn(locks_then_waits, NULL);
    frond_yield();
    frond_lock_release(&l);
    frond_kill(g, FROND_EXIT, FROND_NOW); /* it has the lock already */
    frond_go(locks, "next");
    frond_hub_join(FROND_NEVER);
    CHECK_TEXT(log_text(), "released next");
    frond_release(g);
    is_free();
}

static void recursion(void) {
    CHECK_INT(frond_lock_acquire(&l, FROND_NEVER), 0);
    CHECK_INT(frond_lock_acquire(&l, FROND_NEVER), FROND_EDEADLK);
    CHECK_TEXT(frond_error_text(), "lock acquire: held already: would wait forever");
    CHECK_INT(frond_lock_acquire(&l, FROND_NOW), FROND_EDEADLK);
    CHECK_INT(frond_lock_release(&l), 0);
    is_free();
    for (uint32_t i = 1; i <= 3; i++) {
        CHECK_INT(frond_rlock_acquire(&r, FROND_NOW), 0);
        CHECK_INT(frond_rlock_held(&r), i);
    }
    r.owned.depth = UINT32_MAX;
    CHECK_INT(frond_rlock_acquire(&r, FROND_NOW), FROND_ELIMIT);
    r.owned.depth = 3;
    for (uint32_t i = 3; i-- > 0;) {
        CHECK_INT(frond_rlock_release(&r), 0);
        CHECK_INT(frond_rlock_held(&r), i);
    }
    CHECK_INT(frond_rlock_release(&r), FROND_EPERM);
}

static void *rlocks_twice(void *word) {
    CHECK_INT(frond_rlock_acquire(&r, FROND_NEVER), 0);
    CHECK_INT(frond_rlock_acquire(&r, FROND_NEVER), 0);
    frond_yield();
    CHECK_INT(frond_rlock_release(&r), 0);
    frond_yield();
    log_add(word);
    CHECK_INT(frond_rlock_release(&r), 0);
    return NULL;
}

static void rlock_goes_on_at_the_last_release(void) {
    frond_go(rlocks_twice, "a");
    frond_go(rlocks_twice, "b");
    frond_yield();
    CHECK_INT(frond_rlock_held(&r), 0);
    CHECK_INT(frond_rlock_release(&r), FROND_EPERM);
    CHECK_INT(frond_rlock_acquire(&r, frond_in(1)), 0);
    CHECK_TEXT(log_sorted(), "a b");
    frond_rlock_release(&r);
    frond_hub_join(FROND_NEVER);
}

/* ---- ends ---- */

static void *dies(void *arg) {
    CHECK_INT(frond_lock_acquire(&l, FROND_NEVER), 0);
    CHECK_INT(frond_rlock_acquire(&r, FROND_NEVER), 0);
    CHECK_INT(frond_rlock_acquire(&r, FROND_NEVER), 0);
    while (!arg && frond_sleep(1000) == 0) {}
    if (arg)
        frond_yield();
    return NULL;
}

static void *sees_it_dead(void *arg) {
    (void)arg;
    CHECK_INT(frond_rlock_acquire(&r, FROND_NEVER), FROND_EOWNERDEAD);
    return NULL;
}

static void holder_ends(void) {
    for (int killed = 0; killed < 2; killed++) {
        frond_greenlet *g = frond_spawn(dies, killed ? NULL : "returns");
        frond_yield();
        frond_go(locks, "a");
        frond_go(locks, "b");
        frond_go(sees_it_dead, NULL);
        frond_yield();
        if (killed)
            frond_kill(g, FROND_EXIT, FROND_NOW);
        CHECK_INT(frond_lock_acquire(&l, FROND_NEVER), FROND_EOWNERDEAD);
        CHECK_TEXT(frond_error_text(),
                   "lock acquire: its holder ended without releasing it");
        CHECK_INT(frond_lock_acquire(&l, FROND_NOW), FROND_EOWNERDEAD);
        CHECK_INT(frond_lock_release(&l), FROND_EPERM);
        CHECK_INT(frond_lock_held(&l), 0);
        CHECK_INT(frond_hub_join(FROND_NEVER), 0);
        CHECK_TEXT(log_text(), "FROND_EOWNERDEAD FROND_EOWNERDEAD");
        log_clear();
        CHECK_INT(frond_lock_recover(&l), 1);
        CHECK_INT(frond_lock_recover(&l), 0);
        CHECK_INT(frond_rlock_recover(&r), 1);
        CHECK_INT(frond_rlock_held(&r), 0);
        is_free();
        frond_release(g);
    }
}

static frond_lock three[3];

static void *dies_with_three(void *arg) {
    for (int i = 0; i < 3; i++)
        CHECK_INT(frond_lock_acquire(&three[i], FROND_NOW), 0);
    CHECK_INT(frond_lock_release(&three[(intptr_t)arg]), 0);
    return NULL;
}

static void of_many(void) {
    for (int given_back = 0; given_back < 3; given_back++) {
        frond_go(dies_with_three, (void *)(intptr_t)given_back);
        frond_yield();
        for (int i = 0; i < 3; i++)
            CHECK_INT(frond_lock_recover(&three[i]), i != given_back);
    }
}

static void hold(void *arg) {
    *(int *)arg = frond_lock_acquire(&l, FROND_NOW);
}

/* A thread that ends is the end of its main greenlet, whose frames are gone. */
static void thread_ends(void) {
    int got = -1;
    thread_run(hold, &got);
    CHECK_INT(got, 0);
    CHECK_INT(frond_lock_acquire(&l, FROND_NOW), FROND_EOWNERDEAD);
    CHECK_INT(frond_lock_recover(&l), 1);
    is_free();
}

static void hub_ends(void) {
    frond_go(dies, NULL);
    frond_yield();
    frond_hub_close(frond_in(1000));
    CHECK_INT(frond_lock_acquire(&l, FROND_NOW), FROND_EOWNERDEAD);
    CHECK_INT(frond_lock_recover(&l), 1);
    CHECK_INT(frond_rlock_recover(&r), 1);
    is_free();
}

static void deferred(void *lock) {
    CHECK_INT(frond_lock_release(lock), 0);
}

static void *releases_at_its_end(void *arg) {
    CHECK_INT(frond_lock_acquire(&l, FROND_NEVER), 0);
    frond_defer(deferred, &l);
    frond_sleep(1000);
    return arg;
}

static void a_deferred_release_is_in_time(void) {
    frond_greenlet *g = frond_spawn(releases_at_its_end, NULL);
    frond_yield();
    go_now(locks, "next");
    frond_kill(g, FROND_EXIT, FROND_NOW);
    frond_hub_join(FROND_NEVER);
    CHECK_TEXT(log_text(), "next");
    frond_release(g);
    is_free();
}

/* ---- where it is not allowed ---- */

static void misuse(void) {
    CHECK_INT(frond_lock_acquire(NULL, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_lock_release(NULL), FROND_EINVAL);
    CHECK_INT(frond_lock_recover(NULL), FROND_EINVAL);
    CHECK_INT(frond_lock_held(NULL), 0);
    CHECK_INT(frond_rlock_acquire(NULL, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_rlock_release(NULL), FROND_EINVAL);
    CHECK_INT(frond_rlock_recover(NULL), FROND_EINVAL);
    CHECK_INT(frond_rlock_held(NULL), 0);
    CHECK_INT(frond_lock_release(&l), FROND_EPERM);
    CHECK_TEXT(frond_error_text(), "lock release: not permitted");
    CHECK_INT(frond_lock_recover(&l), 0);
    frond_go(locks, "a");
    frond_yield();
    CHECK_INT(frond_lock_release(&l), FROND_EPERM);
    CHECK_INT(frond_lock_recover(&l), 0);
    frond_hub_join(FROND_NEVER);
    is_free();
}

static void use_elsewhere(void *arg) {
    int *rc = arg;
    rc[0] = frond_lock_acquire(&l, FROND_NOW);
    rc[1] = frond_lock_release(&l);
    rc[2] = frond_lock_held(&l);
    rc[3] = frond_lock_recover(&l);
}

static void other_thread(void) {
    int rc[4];
    CHECK_INT(frond_lock_acquire(&l, FROND_NOW), 0);
    thread_run(use_elsewhere, rc);
    CHECK_INT(rc[0], FROND_ETHREAD);
    CHECK_INT(rc[1], FROND_ETHREAD);
    CHECK_INT(rc[2], 0);
    CHECK_INT(rc[3], FROND_ETHREAD);
    CHECK_INT(frond_lock_release(&l), 0);
}

static void in_callback(void *arg) {
    CHECK_INT(frond_lock_acquire(&l, frond_in(10)), FROND_ENOSUSPEND);
    int rc = frond_lock_acquire(&l, FROND_NOW);
    CHECK_INT(rc, arg ? FROND_ETIMEDOUT : 0);
    CHECK_INT(frond_lock_release(&l), arg ? FROND_EPERM : 0);
    log_add("called");
}

static void in_hub_callbacks(void) {
    frond_hub *h = frond_hub_current();
    frond_post(h, in_callback, NULL);
    frond_hub_join(FROND_NEVER);
    CHECK_INT(frond_lock_acquire(&l, FROND_NOW), 0);
    frond_post(h, in_callback, &l);
    frond_hub_join(FROND_NEVER);
    CHECK_TEXT(log_text(), "called called");
    CHECK_INT(frond_lock_release(&l), 0);
}

static void *keeps(void *e) {
    CHECK_INT(frond_lock_acquire(&l, FROND_NEVER), 0);
    frond_event_wait(e, FROND_NEVER);
    CHECK_INT(frond_lock_release(&l), 0);
    return NULL;
}

static void held_for_ever_is_a_deadlock(void) {
    frond_event e = FROND_EVENT_INIT;
    frond_spawn_options o = {.name = "keeper"};
    frond_greenlet *g = frond_spawn_with(&o, keeps, &e);
    frond_yield();
    capture_begin();
    CHECK_INT(frond_lock_acquire(&l, FROND_NEVER), FROND_EDEADLK);
    const char *report = capture_end();
    CHECK_HAS(report, "for lock 0x");
    CHECK_HAS(report, "held by greenlet 3 keeper");
    frond_event_set(&e);
    CHECK_INT(frond_join(g, FROND_NEVER), 0);
    frond_release(g);
    is_free();
}

/* ---- at random ---- */

static uint32_t seed;
static int inside, taken, given;

static uint32_t any(uint32_t below) {
    seed ^= seed << 13;
    seed ^= seed >> 17;
    seed ^= seed << 5;
    return seed % below;
}

static void *random_holder(void *arg) {
    for (int i = 0; i < 40; i++) {
        frond_timeout t;
        frond_deadline d[] = {FROND_NEVER, FROND_NOW, frond_in(any(3))};
        frond_timeout_start(&t, any(4) ? FROND_FOREVER : any(3));
        int rc = frond_rlock_acquire(&r, d[any(3)]);
        frond_timeout_stop(&t);
        if (rc == FROND_ECANCELED || rc == FROND_EOWNERDEAD)
            break;
        if (rc == 0) {
            CHECK_INT(++inside, 1);
            taken++;
            for (uint32_t n = any(3); n > 0; n--)
                frond_yield();
            inside--;
            given++;
            if (arg && any(30) == 0)
                return NULL; /* holding it */
            CHECK_INT(frond_rlock_release(&r), 0);
        }
        if (frond_yield() < 0)
            break;
    }
    return NULL;
}

static void random_round(void) {
    frond_greenlet *g[20];
    for (int i = 0; i < 20; i++)
        g[i] = frond_spawn(random_holder, i % 5 ? NULL : g);
    for (int i = 0; i < 10; i++) {
        for (uint32_t n = any(20); n > 0; n--)
            frond_yield();
        frond_kill(g[any(20)], FROND_EXIT, FROND_NOW);
        frond_rlock_recover(&r);
    }
    frond_hub_join(FROND_NEVER);
    frond_rlock_recover(&r);
    CHECK(r.owned.holder == NULL && r.owned.waiters.head == NULL && !r.owned.abandoned);
    for (int i = 0; i < 20; i++)
        frond_release(g[i]);
}

static void at_random(void) {
    for (uint32_t i = 1; i <= 30; i++) {
        seed = i * 2654435761U;
        random_round();
    }
    CHECK_INT(inside, 0);
    CHECK_INT(taken, given);
    CHECK(taken > 1000);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"in order of arrival", in_order_of_arrival},
        {"nobody overtakes", nobody_overtakes},
        {"fair", fair},
        {"times out", times_out},
        {"those who leave are passed over", those_who_leave_are_passed_over},
        {"killed after being woken", killed_after_being_woken},
        {"recursion", recursion},
        {"rlock goes on at the last release", rlock_goes_on_at_the_last_release},
        {"holder ends", holder_ends},
        {"of many", of_many},
        {"thread ends", thread_ends},
        {"hub ends", hub_ends},
        {"a deferred release is in time", a_deferred_release_is_in_time},
        {"misuse", misuse},
        {"other thread", other_thread},
        {"in hub callbacks", in_hub_callbacks},
        {"held for ever is a deadlock", held_for_ever_is_a_deadlock},
        {"at random", at_random},
        {0}};
    test_clock_virtual();
    return test_main("lock", tests, argc, argv);
}
