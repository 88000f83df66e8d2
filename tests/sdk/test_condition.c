/* SPDX-License-Identifier: MIT */
/* Conditions: the lock is always held again, and a notify is never lost. */
#include "support.h"

static frond_lock l;
static frond_rlock r;
static frond_condition c;

static void is_free(void) {
    CHECK_INT(frond_lock_acquire(&l, FROND_NOW), 0);
    CHECK_INT(frond_lock_release(&l), 0);
    CHECK(c.waiters.head == NULL && l.owned.waiters.head == NULL);
}

static void *waits(void *word) {
    CHECK_INT(frond_lock_acquire(&l, FROND_NEVER), 0);
    int rc = frond_condition_wait(&c, &l, FROND_NEVER);
    CHECK_INT(frond_lock_held(&l), 1);
    log_add(rc < 0 ? frond_error_name(rc) : word);
    CHECK_INT(frond_lock_release(&l), 0);
    return NULL;
}

static void in_order_of_arrival(void) {
    go_now(waits, "a");
    go_now(waits, "b");
    go_now(waits, "c");
    go_now(waits, "d");
    CHECK_INT(frond_lock_acquire(&l, FROND_NOW), 0); /* they have let it go */
    CHECK_INT(frond_condition_notify(&c, 0), 0);
    CHECK_INT(frond_condition_notify(&c, 2), 2);
    frond_yield();
    CHECK_TEXT(log_text(), ""); /* they want it */
    CHECK_INT(frond_lock_release(&l), 0);
    frond_sleep(1);
    CHECK_TEXT(log_sorted(), "a b");
    CHECK_INT(frond_condition_notify_all(&c), 2);
    CHECK_INT(frond_condition_notify_all(&c), 0);
    frond_hub_join(FROND_NEVER);
    CHECK_TEXT(log_sorted(), "a b c d");
    is_free();
}

/* ---- the lock is held again, whatever happens ---- */

static void *waits_for_1_ms(void *arg) {
    frond_timeout t;
    CHECK_INT(frond_lock_acquire(&l, FROND_NEVER), 0);
    if (arg)
        frond_timeout_start(&t, 1);
    int rc = frond_condition_wait(&c, &l, arg ? FROND_NEVER : frond_in(1));
    CHECK_INT(rc, FROND_ETIMEDOUT);
    CHECK_HAS(frond_error_text(), arg ? "timed out" : "condition wait: timed out");
    CHECK_INT(frond_lock_held(&l), 1);
    if (arg)
        CHECK_INT(frond_timeout_stop(&t), 1);
    CHECK_INT(frond_lock_release(&l), 0);
    log_add("late");
    return NULL;
}

static void times_out(void) {
    for (int held = 0; held < 2; held++) { /* while it is free, and while it is not */
        frond_go(waits_for_1_ms, NULL);
        frond_go(waits_for_1_ms, &l);
        frond_yield();
        if (held)
            CHECK_INT(frond_lock_acquire(&l, FROND_NOW), 0);
        frond_sleep(10);
        CHECK_TEXT(log_text(), held ? "" : "late late");
        if (held)
            CHECK_INT(frond_lock_release(&l), 0);
        frond_hub_join(FROND_NEVER);
        CHECK_TEXT(log_text(), "late late");
        log_clear();
        is_free();
    }
}

static void kill_while_waiting(void) {
    for (int held = 0; held < 2; held++) {
        frond_greenlet *g = frond_spawn(waits, "notified");
        frond_yield();
        if (held)
            CHECK_INT(frond_lock_acquire(&l, FROND_NOW), 0);
        for (int i = 0; i < 3; i++) {
            frond_kill(g, FROND_EXIT, FROND_NOW);
            frond_yield();
        }
        CHECK_INT(frond_condition_notify_all(&c), 0);
        CHECK_TEXT(log_text(), held ? "" : "FROND_ECANCELED");
        if (held)
            CHECK_INT(frond_lock_release(&l), 0);
        frond_hub_join(FROND_NEVER);
        CHECK_TEXT(log_text(), "FROND_ECANCELED");
        log_clear();
        CHECK_INT(frond_exited(g), 1);
        frond_release(g);
        is_free();
    }
}

static void notified_then_killed(void) {
    frond_greenlet *g = frond_spawn(waits, "notified");
    frond_yield();
    CHECK_INT(frond_condition_notify(&c, 1), 1);
    frond_kill(g, FROND_EXIT, FROND_NOW);
    frond_hub_join(FROND_NEVER);
    CHECK_TEXT(log_text(), "notified");
    frond_release(g);
    is_free();
}

/* One that has left does not take the notify of the one behind it. */
static void no_notify_is_lost(void) {
    go_now(waits_for_1_ms, NULL);
    frond_greenlet *g = frond_spawn(waits, "killed");
    frond_yield();
    go_now(waits, "last");
    CHECK_INT(frond_lock_acquire(&l, FROND_NOW), 0);
    frond_sleep(5);
    frond_kill(g, FROND_EXIT, FROND_NOW);
    CHECK_INT(frond_condition_notify(&c, 1), 1); /* before the two have run on */
    CHECK_INT(frond_lock_release(&l), 0);
    frond_hub_join(FROND_NEVER);
    CHECK_TEXT(log_sorted(), "FROND_ECANCELED last late");
    frond_release(g);
    is_free();
}

static void *waits_shielded(void *arg) {
    frond_timeout t;
    CHECK_INT(frond_lock_acquire(&l, FROND_NEVER), 0);
    frond_shield_begin(1);
    frond_timeout_start(&t, 100000);
    CHECK_INT(frond_condition_wait(&c, &l, FROND_NEVER), FROND_ETIMEDOUT);
    CHECK_INT(frond_timeout_stop(&t), 0);
    CHECK_INT(frond_shield_end(), 0);
    CHECK_INT(frond_shield_end(), FROND_EINVAL); /* ours is gone */
    CHECK_INT(frond_lock_release(&l), 0);
    return arg;
}

static void within_a_shield(void) {
    frond_go(waits_shielded, NULL);
    frond_yield();
    CHECK_INT(frond_lock_acquire(&l, FROND_NOW), 0);
    frond_sleep(5);
    CHECK_INT(frond_lock_release(&l), 0);
    frond_hub_join(FROND_NEVER);
    is_free();
}

static void *waits_deep(void *arg) {
    for (int i = 0; i < 3; i++)
        CHECK_INT(frond_rlock_acquire(&r, FROND_NEVER), 0);
    CHECK_INT(frond_condition_wait_rlock(&c, &r, frond_in(arg ? 1 : 20000)),
              arg ? FROND_ETIMEDOUT : 0);
    CHECK_INT(frond_rlock_held(&r), 3);
    for (int i = 0; i < 3; i++)
        CHECK_INT(frond_rlock_release(&r), 0);
    return NULL;
}

static void all_levels(void) {
    frond_go(waits_deep, NULL);
    frond_go(waits_deep, &r);
    frond_yield();
    CHECK_INT(frond_rlock_acquire(&r, FROND_NOW), 0);
    frond_sleep(3);
    CHECK_INT(frond_condition_notify_all(&c), 1);
    CHECK_INT(frond_rlock_release(&r), 0);
    frond_hub_join(FROND_NEVER);
    CHECK_INT(frond_rlock_acquire(&r, FROND_NOW), 0);
    CHECK_INT(frond_rlock_release(&r), 0);
}

/* ---- when it cannot be had again ---- */

static void *dies_holding(void *arg) {
    CHECK_INT(frond_lock_acquire(&l, FROND_NEVER), 0);
    if (!arg)
        frond_condition_notify_all(&c);
    frond_yield();
    return arg;
}

static void *finds_it_dead(void *arg) {
    CHECK_INT(frond_lock_acquire(&l, FROND_NEVER), 0);
    CHECK_INT(frond_condition_wait(&c, &l, FROND_NEVER), FROND_EOWNERDEAD);
    CHECK_INT(frond_lock_held(&l), 0);
    return arg;
}

static void *is_late(void *arg) {
    CHECK_INT(frond_lock_acquire(&l, FROND_NEVER), 0);
    CHECK_INT(frond_condition_wait(&c, &l, frond_in(5)), FROND_EOWNERDEAD);
    CHECK_INT(frond_lock_held(&l), 0);
    return arg;
}

static void abandoned(void) {
    frond_go(finds_it_dead, NULL);
    frond_yield();
    frond_go(dies_holding, NULL);
    frond_hub_join(FROND_NEVER);
    CHECK_INT(frond_lock_recover(&l), 1);
    frond_go(is_late, NULL); /* it was abandoned long before */
    frond_yield();
    frond_go(dies_holding, &c);
    frond_hub_join(FROND_NEVER);
    CHECK_INT(frond_lock_recover(&l), 1);
    is_free();
}

static void a_deadlock(void) {
    CHECK_INT(frond_lock_acquire(&l, FROND_NOW), 0);
    capture_begin();
    CHECK_INT(frond_condition_wait(&c, &l, FROND_NEVER), FROND_EDEADLK);
    CHECK_HAS(capture_end(), "for condition 0x");
    CHECK_INT(frond_lock_held(&l), 1);
    CHECK_INT(frond_lock_release(&l), 0);
    is_free();
}

static void *keeps(void *e) {
    CHECK_INT(frond_lock_acquire(&l, FROND_NEVER), 0);
    frond_event_wait(e, FROND_NEVER);
    CHECK_INT(frond_lock_release(&l), 0);
    return NULL;
}

static void a_deadlock_for_the_lock(void) {
    frond_event e = FROND_EVENT_INIT;
    CHECK_INT(frond_lock_acquire(&l, FROND_NOW), 0);
    frond_go(keeps, &e);
    capture_begin();
    CHECK_INT(frond_condition_wait(&c, &l, FROND_NEVER), FROND_EDEADLK);
    CHECK_HAS(capture_end(), "for lock after condition 0x");
    CHECK_INT(frond_lock_held(&l), 0);
    frond_event_set(&e);
    frond_hub_join(FROND_NEVER);
    is_free();
}

static void *waits_for_good(void *arg) {
    CHECK_INT(frond_lock_acquire(&l, FROND_NEVER), 0);
    frond_shield_begin(FROND_FOREVER);
    frond_condition_wait(&c, &l, FROND_NEVER);
    log_add("went on");
    return arg;
}

static void *keeps_for_good(void *e) {
    CHECK_INT(frond_lock_acquire(&l, FROND_NEVER), 0);
    frond_shield_begin(FROND_FOREVER);
    frond_event_wait(e, FROND_NEVER);
    log_add("went on");
    return NULL;
}

/* The hub ends while greenlets that cannot be brought to their end wait for either. */
static void hub_ends(void) {
    frond_event e = FROND_EVENT_INIT;
    frond_go(waits_for_good, NULL);
    frond_go(waits_for_good, NULL);
    frond_yield();
    frond_go(keeps_for_good, &e);
    frond_yield();
    CHECK_INT(frond_condition_notify(&c, 1), 1);
    frond_yield();
    CHECK_INT(frond_hub_close(frond_in(5)), FROND_ETIMEDOUT);
    CHECK_TEXT(log_text(), "");
    CHECK_INT(frond_condition_notify_all(&c), 0);
    CHECK_INT(frond_lock_recover(&l), 1);
    is_free();
}

/* ---- where it is not allowed ---- */

static void misuse(void) {
    CHECK_INT(frond_condition_wait(NULL, &l, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_condition_wait(&c, NULL, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_condition_wait_rlock(NULL, &r, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_condition_wait_rlock(&c, NULL, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_condition_notify(NULL, 1), FROND_EINVAL);
    CHECK_INT(frond_condition_notify_all(NULL), FROND_EINVAL);
    CHECK_INT(frond_condition_wait(&c, &l, FROND_NEVER), FROND_EPERM);
    CHECK_INT(frond_condition_wait_rlock(&c, &r, FROND_NEVER), FROND_EPERM);
    CHECK_INT(frond_lock_acquire(&l, FROND_NOW), 0);
    CHECK_INT(frond_condition_wait(&c, &l, FROND_NOW), FROND_ETIMEDOUT);
    CHECK_INT(frond_lock_held(&l), 1);
    CHECK_INT(frond_lock_release(&l), 0);
    is_free();
}

static void use_elsewhere(void *arg) {
    frond_lock mine = FROND_LOCK_INIT;
    frond_condition here = FROND_CONDITION_INIT;
    int *rc = arg;
    frond_lock_acquire(&mine, FROND_NOW);
    rc[0] = frond_condition_wait(&c, &mine, FROND_NEVER);
    rc[1] = frond_condition_wait(&here, &l, FROND_NEVER);
    rc[2] = frond_condition_notify(&c, 1);
    rc[3] = frond_condition_notify_all(&c);
    frond_lock_release(&mine);
}

static void other_thread(void) {
    int rc[4];
    CHECK_INT(frond_lock_acquire(&l, FROND_NOW), 0);
    CHECK_INT(frond_condition_notify_all(&c), 0);
    thread_run(use_elsewhere, rc);
    for (int i = 0; i < 4; i++)
        CHECK_INT(rc[i], FROND_ETHREAD);
    CHECK_INT(frond_lock_release(&l), 0);
}

static void in_callback(void *arg) {
    (void)arg;
    CHECK_INT(frond_lock_acquire(&l, FROND_NOW), 0);
    CHECK_INT(frond_condition_wait(&c, &l, frond_in(1)), FROND_ENOSUSPEND);
    CHECK_INT(frond_condition_wait(&c, &l, FROND_NOW), FROND_ETIMEDOUT);
    CHECK_INT(frond_condition_notify_all(&c), 1);
    CHECK_INT(frond_lock_release(&l), 0);
}

static void in_hub_callbacks(void) {
    frond_go(waits, "told");
    frond_yield();
    frond_post(frond_hub_current(), in_callback, NULL);
    frond_hub_join(FROND_NEVER);
    CHECK_TEXT(log_text(), "told");
    is_free();
}

/* ---- at random: units made under the lock, each told of once, each taken once ---- */

static uint32_t seed;
static int units, made, taken;

static uint32_t any(uint32_t below) {
    seed ^= seed << 13;
    seed ^= seed >> 17;
    seed ^= seed << 5;
    return seed % below;
}

static void *takes(void *arg) {
    (void)arg;
    for (int i = 0; i < 40; i++) {
        frond_timeout t;
        int rc = frond_lock_acquire(&l, FROND_NEVER);
        if (rc < 0)
            return NULL;
        frond_timeout_start(&t, any(3) ? FROND_FOREVER : any(3));
        rc = units
                 ? 0
                 : frond_condition_wait(&c, &l, any(3) ? FROND_NEVER : frond_in(any(3)));
        frond_timeout_stop(&t);
        CHECK_INT(frond_lock_held(&l), 1);
        if (units) {
            units--;
            taken++;
        } else if (rc == 0) {
            CHECK_INT(frond_condition_notify(&c, 0), 0); /* somebody was quicker */
        }
        if (any(2))
            frond_yield();
        CHECK_INT(frond_lock_release(&l), 0);
        if (rc == FROND_ECANCELED || frond_yield() < 0)
            return NULL;
    }
    return NULL;
}

static void *makes(void *arg) {
    for (int i = 0; i < 100; i++) {
        CHECK_INT(frond_lock_acquire(&l, FROND_NEVER), 0);
        units++;
        made++;
        frond_condition_notify(&c, 1);
        if (any(2))
            frond_yield();
        CHECK_INT(frond_lock_release(&l), 0);
        frond_yield();
    }
    return arg;
}

static void *takes_the_rest(void *arg) {
    CHECK_INT(frond_lock_acquire(&l, FROND_NEVER), 0);
    while (taken < made && frond_condition_wait(&c, &l, frond_in(1)) != FROND_ECANCELED) {
        taken += units;
        units = 0;
    }
    CHECK_INT(frond_lock_release(&l), 0);
    return arg;
}

static void random_round(void) {
    frond_greenlet *g[12];
    for (int i = 0; i < 12; i++)
        g[i] = i < 10 ? frond_spawn(takes, NULL) : frond_spawn(makes, NULL);
    for (int i = 0; i < 6; i++) {
        for (uint32_t n = any(20); n > 0; n--)
            frond_yield();
        frond_kill(g[any(10)], FROND_EXIT, FROND_NOW);
    }
    frond_join(g[10], FROND_NEVER);
    frond_join(g[11], FROND_NEVER);
    frond_greenlet *rest = frond_spawn(takes_the_rest, NULL);
    CHECK_INT(frond_join(rest, frond_in(20000)), 0);
    frond_release(rest);
    for (int i = 0; i < 12; i++) {
        frond_kill(g[i], FROND_EXIT, FROND_NEVER);
        frond_release(g[i]);
    }
    CHECK_INT(taken, made);
    is_free();
}

static void at_random(void) {
    for (uint32_t i = 1; i <= 20; i++) {
        seed = i * 2654435761U;
        random_round();
    }
    CHECK_INT(made, 20 * 200);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"in order of arrival", in_order_of_arrival},
        {"times out", times_out},
        {"kill while waiting", kill_while_waiting},
        {"notified, then killed", notified_then_killed},
        {"no notify is lost", no_notify_is_lost},
        {"within a shield", within_a_shield},
        {"all levels", all_levels},
        {"abandoned", abandoned},
        {"a deadlock", a_deadlock},
        {"a deadlock for the lock", a_deadlock_for_the_lock},
        {"hub ends", hub_ends},
        {"misuse", misuse},
        {"other thread", other_thread},
        {"in hub callbacks", in_hub_callbacks},
        {"at random", at_random},
        {0}};
    test_clock_virtual();
    return test_main("condition", tests, argc, argv);
}
