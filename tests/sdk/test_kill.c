/* SPDX-License-Identifier: MIT */
/* Killing: in every state, with both kinds of wait and of error, and in front of a shield. */
#include "support.h"

#include <stdio.h>
#include <string.h>

static void *number(intptr_t n) {
    return (void *)n;
}

/* ---- every combination ---- */

typedef enum { NEVER_STARTED, STARTED, LATER, RUNNING, STATES } when;

static int ran, ended, links;

static void *victim(void *arg) {
    ran++;
    int rc = frond_sleep(FROND_FOREVER);
    CHECK_INT(rc, FROND_ECANCELED);
    ended++;
    return arg;
}

static void count_link(frond_greenlet *g, void *arg) {
    (void)arg;
    CHECK(frond_dead(g));
    links++;
}

static frond_greenlet *make_victim(when state) {
    frond_greenlet *g = NULL;
    switch (state) {
    case NEVER_STARTED: /* a raw one: nothing has queued it */
        g = frond_greenlet_new(victim, NULL);
        break;
    case STARTED:
        g = frond_spawn(victim, NULL);
        break;
    case LATER:
        g = frond_spawn_later(100000, victim, NULL);
        break;
    default:
        g = frond_spawn(victim, NULL);
        frond_yield();
        CHECK_INT(ran, 1);
    }
    return g;
}

static void kill_one(when state, bool block, int error) {
    ran = ended = links = 0;
    frond_greenlet *g = make_victim(state);
    CHECK_INT(frond_link(g, count_link, NULL), 0);
    CHECK_INT(frond_kill(g, error, block ? FROND_NEVER : FROND_NOW), 0);
    if (block)
        CHECK(frond_dead(g));
    CHECK_INT(frond_kill(g, FROND_EPIPE, FROND_NOW), 0); /* harmless, changes nothing */
    CHECK_INT(frond_join(g, FROND_NEVER), 0);
    CHECK_INT(frond_kill(g, FROND_EPIPE, FROND_NEVER), 0);
    CHECK(frond_dead(g));
    CHECK_INT(frond_successful(g), error == FROND_EXIT);
    CHECK_INT(frond_exited(g), error == FROND_EXIT);
    CHECK_INT(frond_greenlet_error(g), error);
    CHECK_INT(ran, state == RUNNING);
    CHECK_INT(ended, state == RUNNING);
    void *value = number(1);
    CHECK_INT(frond_get(g, &value, FROND_NOW), error == FROND_EXIT ? 0 : error);
    if (error == FROND_EXIT)
        CHECK(value == NULL);
    frond_hub_join(FROND_NEVER);
    CHECK_INT(links, 1);
    frond_release(g);
}

static void every_combination(void) {
    for (int state = 0; state < STATES; state++)
        for (int block = 0; block < 2; block++) {
            kill_one((when)state, block, FROND_EXIT);
            kill_one((when)state, block, FROND_EPROTO);
        }
}

static void every_combination_in_a_group(void) {
    for (int state = 0; state < STATES; state++)
        for (int block = 0; block < 2; block++)
            for (int own = 0; own < 2; own++) {
                int error = own ? FROND_EPROTO : FROND_EXIT;
                ran = ended = links = 0;
                frond_group *group = frond_group_new();
                frond_greenlet *g = make_victim((when)state);
                frond_link(g, count_link, NULL);
                CHECK_INT(frond_group_add(group, g), 0);
                CHECK_INT(frond_group_kill(group, error, block ? FROND_NEVER : FROND_NOW),
                          0);
                CHECK_INT(frond_group_join(group, FROND_NEVER), 0);
                CHECK_INT(frond_group_count(group), 0);
                CHECK_INT(frond_greenlet_error(g), error);
                CHECK_INT(ran, state == RUNNING);
                frond_hub_join(FROND_NEVER);
                CHECK_INT(links, 1);
                frond_release(g);
                frond_group_free(group);
            }
}

/* ---- results of the killed ---- */

static void *keeps_a_value(void *arg) {
    frond_sleep(FROND_FOREVER);
    return arg;
}

static void *fails_when_killed(void *arg) {
    (void)arg;
    frond_sleep(FROND_FOREVER);
    return frond_failed(FROND_EIO, "cleanup went wrong");
}

static void own_results_win(void) {
    frond_greenlet *g = frond_spawn(keeps_a_value, number(4));
    frond_yield();
    CHECK_INT(frond_kill(g, FROND_EPROTO, FROND_NEVER), 0);
    void *value = NULL;
    CHECK_INT(frond_get(g, &value, FROND_NOW), 0);
    CHECK_INT((intptr_t)value, 4);
    CHECK(frond_successful(g) && !frond_exited(g));
    frond_release(g);
    g = frond_spawn(fails_when_killed, NULL);
    frond_yield();
    CHECK_INT(frond_kill(g, FROND_EXIT, FROND_NEVER), 0);
    CHECK_INT(frond_greenlet_error(g), FROND_EIO);
    frond_release(g);
}

/* ---- waits of the killed ---- */

static void *waits_again_and_again(void *arg) {
    frond_event e = FROND_EVENT_INIT;
    frond_queue *q = frond_queue_new(sizeof(int), 1, NULL);
    frond_semaphore s = FROND_SEMAPHORE_INIT(1);
    int item = 0;
    CHECK_INT(frond_event_wait(&e, FROND_NEVER), FROND_ECANCELED);
    for (int i = 0; i < 3; i++) {
        CHECK_INT(frond_event_wait(&e, FROND_NEVER), FROND_ECANCELED);
        CHECK_INT(frond_event_wait(&e, FROND_NOW), FROND_ECANCELED);
        CHECK_INT(frond_sleep(1), FROND_ECANCELED);
        CHECK_INT(frond_yield(), FROND_ECANCELED);
        CHECK_INT(frond_semaphore_acquire(&s, FROND_NEVER), FROND_ECANCELED);
        CHECK_INT(frond_queue_put(q, &item, FROND_NEVER), FROND_ECANCELED);
        CHECK_INT(frond_queue_get(q, &item, FROND_NEVER), FROND_ECANCELED);
        CHECK_INT(frond_join(arg, FROND_NEVER), FROND_ECANCELED);
        CHECK_INT(frond_get(arg, NULL, FROND_NOW), FROND_ECANCELED);
        CHECK_INT(frond_hub_join(FROND_NEVER), FROND_ECANCELED);
    }
    CHECK_INT(s.count, 1);
    CHECK_INT(frond_queue_length(q), 0);
    frond_queue_free(q);
    log_add("end");
    return NULL;
}

static void every_wait_answers_canceled(void) {
    frond_greenlet *g = frond_spawn(waits_again_and_again, frond_current());
    frond_yield();
    CHECK_INT(frond_kill(g, FROND_EXIT, FROND_NEVER), 0);
    CHECK_TEXT(log_text(), "end");
    frond_release(g);
}

static void *does_not_wait(void *arg) {
    frond_sleep(1);
    log_add("went on");
    return arg;
}

/* Killed while it is ready to run: the wake it had got is not taken back. */
static void *gets_one(void *s) {
    log_add(frond_error_name(frond_semaphore_acquire(s, FROND_NEVER)));
    log_add(frond_error_name(frond_sleep(0)));
    frond_semaphore_release(s);
    return NULL;
}

static void killed_when_ready(void) {
    frond_semaphore s = FROND_SEMAPHORE_INIT(0);
    frond_greenlet *g = frond_spawn(gets_one, &s);
    frond_yield();
    frond_semaphore_release(&s);
    CHECK_INT(frond_kill(g, FROND_EXIT, FROND_NEVER), 0);
    CHECK_TEXT(log_text(), "FROND_OK FROND_ECANCELED");
    CHECK_INT(s.count, 1);
    frond_release(g);
}

/* ---- cleanup ---- */

static void deferred(void *word) {
    log_add(word);
}

static void *cleans_up(void *arg) {
    frond_defer(deferred, "deferred");
    frond_sleep(FROND_FOREVER);
    CHECK_INT(frond_shield_begin(10000), 0);
    CHECK_INT(frond_sleep(2), 0);
    CHECK_INT(frond_yield(), 0);
    log_add("shielded");
    CHECK_INT(frond_shield_end(), 0);
    CHECK_INT(frond_sleep(2), FROND_ECANCELED);
    log_add("out");
    return arg;
}

static void cleanup_ends_before_kill_returns(void) {
    frond_greenlet *g = frond_spawn(cleans_up, NULL);
    frond_yield();
    CHECK_INT(frond_kill(g, FROND_EXIT, FROND_NEVER), 0);
    log_add("killed");
    CHECK_TEXT(log_text(), "shielded out deferred killed");
    CHECK(frond_exited(g));
    frond_release(g);
}

static void kill_with_a_deadline(void) {
    frond_greenlet *g = frond_spawn(cleans_up, NULL);
    frond_yield();
    CHECK_INT(frond_kill(g, FROND_EXIT, frond_in(1)), FROND_ETIMEDOUT);
    CHECK(!frond_dead(g));
    CHECK_INT(frond_join(g, FROND_NEVER), 0);
    frond_release(g);
}

/* ---- shields ---- */

static void *shielded_from_the_start(void *arg) {
    frond_shield_begin(10000);
    CHECK_INT(frond_sleep(5), 0); /* killed in here */
    log_add("undisturbed");
    frond_shield_begin(10000);
    CHECK_INT(frond_sleep(1), 0);
    CHECK_INT(frond_shield_end(), 0);
    CHECK_INT(frond_sleep(1), 0); /* the outer one still holds */
    CHECK_INT(frond_shield_end(), 0);
    CHECK_INT(frond_shield_end(), FROND_EINVAL);
    CHECK_INT(frond_sleep(1), FROND_ECANCELED);
    return arg;
}

static void kill_in_a_shield(void) {
    frond_greenlet *g = frond_spawn(shielded_from_the_start, NULL);
    frond_yield();
    CHECK_INT(frond_kill(g, FROND_EXIT, FROND_NOW), 0);
    frond_yield();
    CHECK_INT(frond_greenlet_state(g), FROND_WAITING);
    CHECK_INT(frond_join(g, FROND_NEVER), 0);
    CHECK_TEXT(log_text(), "undisturbed");
    CHECK(frond_exited(g));
    frond_release(g);
}

static void *runs_out_of_budget(void *arg) {
    frond_sleep(FROND_FOREVER);
    frond_deadline d = frond_in(3);
    frond_shield_begin(3);
    CHECK_INT(frond_sleep(FROND_FOREVER), FROND_ETIMEDOUT);
    CHECK_INT(frond_now(), d.ns);
    CHECK_INT(frond_sleep(FROND_FOREVER), FROND_ETIMEDOUT); /* stays in force */
    frond_shield_end();
    CHECK_INT(frond_sleep(FROND_FOREVER), FROND_ECANCELED);
    return arg;
}

static void a_shield_has_a_budget(void) {
    frond_greenlet *g = frond_spawn(runs_out_of_budget, NULL);
    frond_yield();
    CHECK_INT(frond_kill(g, FROND_EXIT, FROND_NEVER), 0);
    CHECK(frond_dead(g));
    frond_release(g);
}

static void *leaves_a_shield_open(void *arg) {
    frond_shield_begin(10000);
    frond_shield_begin(10000);
    frond_sleep(1);
    return arg;
}

static void a_shield_left_open(void) {
    frond_greenlet *g = frond_spawn(leaves_a_shield_open, NULL);
    capture_begin();
    CHECK_INT(frond_join(g, FROND_NEVER), 0);
    CHECK_HAS(capture_end(), "shield that it had begun");
    frond_release(g);
    CHECK_INT(frond_shield_begin(10), 0); /* main may, too */
    CHECK_INT(frond_shield_end(), 0);
}

/* ---- self and others ---- */

static void *kills_itself(void *arg) {
    CHECK_INT(frond_kill(frond_current(), FROND_EPROTO, FROND_NEVER), FROND_ECANCELED);
    CHECK_INT(frond_kill(frond_current(), FROND_EPROTO, FROND_NOW), FROND_ECANCELED);
    CHECK_INT(frond_sleep(1), FROND_ECANCELED);
    return arg;
}

static void self_kill(void) {
    frond_greenlet *g = frond_spawn(kills_itself, NULL);
    CHECK_INT(frond_get(g, NULL, FROND_NEVER), FROND_EPROTO);
    frond_release(g);
}

static frond_greenlet *pair[2];

static void *kills_the_other(void *arg) {
    int i = (int)(intptr_t)arg;
    int rc = frond_kill(pair[1 - i], FROND_EXIT, FROND_NEVER);
    CHECK(rc == 0 || rc == FROND_ECANCELED);
    return NULL;
}

static void they_kill_each_other(void) {
    pair[0] = frond_spawn(kills_the_other, number(0));
    pair[1] = frond_spawn(kills_the_other, number(1));
    frond_ref(pair[0]);
    CHECK_INT(frond_join(pair[0], FROND_NEVER), 0);
    CHECK_INT(frond_join(pair[1], FROND_NEVER), 0);
    frond_release(pair[0]);
    frond_release(pair[0]);
    frond_release(pair[1]);
}

static void *joins_it(void *g) {
    return number(frond_join(g, FROND_NEVER));
}

/* The joiner and the joined are killed in the same turn, in both orders. */
static void joiner_and_joined(void) {
    for (int order = 0; order < 2; order++) {
        ran = ended = 0;
        frond_greenlet *v = frond_spawn(victim, NULL), *j = frond_spawn(joins_it, v);
        frond_yield();
        frond_kill(order ? j : v, FROND_EXIT, FROND_NOW);
        frond_kill(order ? v : j, FROND_EXIT, FROND_NOW);
        CHECK_INT(frond_join(v, FROND_NEVER), 0);
        void *rc = NULL;
        CHECK_INT(frond_get(j, &rc, FROND_NEVER), 0);
        CHECK_INT((intptr_t)rc, FROND_ECANCELED);
        CHECK_INT(ended, 1);
        frond_release(v);
        frond_release(j);
    }
}

static void *sleeps_a_little(void *arg) {
    int rc = frond_sleep(2);
    CHECK(rc == 0 || rc == FROND_ECANCELED);
    return arg;
}

/* Its time is up when it is killed, and nobody has looked at the clock yet. */
static void killed_when_its_time_is_up(void) {
    test_clock_real();
    frond_greenlet *g = frond_spawn(sleeps_a_little, NULL);
    frond_yield();
    busy_ms(5);
    CHECK_INT(frond_kill(g, FROND_EXIT, FROND_NEVER), 0);
    frond_release(g);
}

static void *killer_of_killer(void *g) {
    CHECK_INT(frond_kill(g, FROND_EXIT, FROND_NEVER), FROND_ECANCELED);
    return NULL;
}

static void killer_is_killed(void) {
    frond_greenlet *slow = frond_spawn(cleans_up, NULL);
    frond_yield();
    frond_greenlet *killer = frond_spawn(killer_of_killer, slow);
    frond_yield();
    CHECK_INT(frond_kill(killer, FROND_EXIT, FROND_NEVER), 0);
    CHECK_INT(frond_join(slow, FROND_NEVER), 0);
    CHECK_TEXT(log_text(), "shielded out deferred");
    frond_release(slow);
    frond_release(killer);
}

static void a_thousand(void) {
    frond_greenlet *all[1000];
    ran = ended = 0;
    for (int i = 0; i < 1000; i++)
        all[i] = frond_spawn(victim, NULL);
    frond_yield();
    for (int i = 0; i < 1000; i++)
        frond_kill(all[i], FROND_EXIT, FROND_NOW);
    for (int i = 0; i < 1000; i++) {
        CHECK_INT(frond_join(all[i], FROND_NEVER), 0);
        frond_release(all[i]);
    }
    CHECK_INT(ran, 1000);
    CHECK_INT(ended, 1000);
}

static void misuse(void) {
    frond_greenlet *g = frond_spawn(does_not_wait, NULL);
    CHECK_INT(frond_kill(NULL, FROND_EXIT, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_kill(g, 0, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_kill(g, 3, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_kill(frond_current(), FROND_EXIT, FROND_NOW),
              FROND_EINVAL); /* main */
    CHECK_INT(frond_kill(frond_parent(g), FROND_EXIT, FROND_NOW), FROND_EINVAL); /* hub */
    CHECK_INT(frond_join(g, FROND_NEVER), 0);
    CHECK_TEXT(log_text(), "went on");
    frond_release(g);
}

/* ---- between two waits of one call ---- */

static void *waits_for(void *e) {
    frond_event_wait(e, FROND_NEVER);
    return NULL;
}

static void *joins_group(void *group) {
    log_add(frond_error_name(frond_group_join(group, FROND_NEVER)));
    return NULL;
}

static void *applies_in(void *pool) {
    log_add(frond_error_name(
        frond_pool_apply(pool, keeps_a_value, number(1), NULL, FROND_NEVER)));
    return NULL;
}

/* The group was empty for a moment: the join, woken, finds the next member when it goes on. */
static void killed_before_it_waits_again(void) {
    in_order();
    frond_event e = FROND_EVENT_INIT;
    frond_group *group = frond_group_new();
    frond_group_spawn(group, waits_for, &e);
    frond_greenlet *g = frond_spawn(joins_group, group);
    frond_yield();
    frond_event_set(&e);
    frond_yield(); /* g is ready, and has not run */
    frond_group_spawn(group, keeps_a_value, NULL);
    frond_kill(g, FROND_EXIT, FROND_NOW);
    CHECK_INT(frond_join(g, frond_in(100)), 0);
    CHECK_TEXT(log_text(), "FROND_ECANCELED");
    CHECK_INT(frond_group_kill(group, FROND_EXIT, FROND_NEVER), 0);
    frond_release(g);
    frond_group_free(group);
}

/* There was room in the pool: what is applied is begun, and not waited for. */
static void killed_before_what_it_applies(void) {
    in_order();
    frond_event e = FROND_EVENT_INIT;
    frond_pool *pool = frond_pool_new(1);
    frond_pool_spawn(pool, waits_for, &e, FROND_NOW);
    frond_greenlet *g = frond_spawn(applies_in, pool);
    frond_yield();
    frond_event_set(&e);
    frond_yield();
    frond_kill(g, FROND_EXIT, FROND_NOW);
    CHECK_INT(frond_join(g, frond_in(100)), 0);
    CHECK_TEXT(log_text(), "FROND_ECANCELED");
    CHECK_INT(frond_pool_kill(pool, FROND_EXIT, FROND_NEVER), 0);
    frond_release(g);
    frond_pool_free(pool);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"every combination", every_combination},
        {"every combination in a group", every_combination_in_a_group},
        {"own results win", own_results_win},
        {"every wait answers canceled", every_wait_answers_canceled},
        {"killed when ready", killed_when_ready},
        {"cleanup ends before kill returns", cleanup_ends_before_kill_returns},
        {"kill with a deadline", kill_with_a_deadline},
        {"kill in a shield", kill_in_a_shield},
        {"a shield has a budget", a_shield_has_a_budget},
        {"a shield left open", a_shield_left_open},
        {"self kill", self_kill},
        {"they kill each other", they_kill_each_other},
        {"joiner and joined", joiner_and_joined},
        {"killed when its time is up", killed_when_its_time_is_up},
        {"killer is killed", killer_is_killed},
        {"a thousand", a_thousand},
        {"killed before it waits again", killed_before_it_waits_again},
        {"killed before what it applies", killed_before_what_it_applies},
        {"misuse", misuse},
        {0}};
    test_clock_virtual();
    return test_main("kill", tests, argc, argv);
}
