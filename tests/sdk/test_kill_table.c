/* SPDX-License-Identifier: MIT */
/* Every way to kill in every state: gevent's TestKill, as one table.  Whatever the combination, the
 * function stops or never runs, links are called once, a second kill changes nothing, and only the
 * default error is a success. */
#include "support.h"

enum state { NEVER_STARTED, STARTED, LATER, WAITING, READY, SHIELDED, STATES };
enum verb { KILL, KILLALL, GROUP, POOL, VERBS };
static int begun, ended, links;

static void *victim(void *state) {
    begun++;
    if ((intptr_t)state == SHIELDED)
        frond_shield_begin(1000);
    if ((intptr_t)state == READY)
        while (frond_yield() == 0)
            continue;
    else
        frond_sleep((intptr_t)state == SHIELDED ? 5 : 100000);
    if ((intptr_t)state == SHIELDED)
        frond_shield_end();
    ended++;
    return NULL;
}

static void linked(frond_greenlet *g, void *arg) {
    (void)g, (void)arg;
    links++;
}

static frond_greenlet *make(enum state state) {
    void *arg = (void *)(intptr_t)state;
    if (state == NEVER_STARTED)
        return frond_greenlet_new(victim, NULL);
    if (state == LATER)
        return frond_spawn_later(100000, victim, arg);
    frond_greenlet *g = frond_spawn(victim, arg);
    if (state != STARTED)
        frond_yield();
    return g;
}

static void kill_by(enum verb verb, frond_greenlet *g, int error, frond_deadline d) {
    int rc = 0;
    if (verb == KILL) {
        rc = frond_kill(g, error, d);
    } else if (verb == KILLALL) {
        frond_greenlet *both[] = {g, g};
        rc = frond_killall(both, 2, error, d);
    } else if (verb == GROUP) {
        frond_group *group = frond_group_new();
        frond_group_add(group, g);
        rc = frond_group_kill(group, error, d);
        frond_group_free(group);
    } else {
        frond_pool *pool = frond_pool_new(1);
        frond_pool_add(pool, g, FROND_NOW);
        rc = frond_pool_kill(pool, error, d);
        frond_pool_free(pool);
    }
    CHECK_INT(rc, 0);
}

static void check_outcome(frond_greenlet *g, enum state state, int error) {
    void *value = &value;
    bool ran = state == WAITING || state == READY || state == SHIELDED;
    CHECK_INT(begun, ran);
    CHECK_INT(ended, ran);
    CHECK(frond_dead(g));
    CHECK_INT(frond_greenlet_state(g), FROND_DEAD);
    CHECK_INT(frond_greenlet_error(g), error);
    CHECK_INT(frond_successful(g), error == FROND_EXIT);
    CHECK_INT(frond_exited(g), error == FROND_EXIT);
    CHECK_INT(frond_get(g, &value, FROND_NOW), error == FROND_EXIT ? 0 : error);
    CHECK(error != FROND_EXIT || value == NULL);
}

static void combine(enum state state, enum verb verb, int error, bool waits) {
    begun = ended = links = 0;
    frond_greenlet *g = make(state);
    frond_link(g, linked, NULL);
    frond_link_raw(g, linked, NULL);
    kill_by(verb, g, error, waits ? FROND_NEVER : FROND_NOW);
    if (waits)
        CHECK(frond_dead(g));
    else if (state == WAITING || state == READY || state == SHIELDED)
        CHECK(!frond_dead(g));
    CHECK_INT(frond_join(g, FROND_NEVER), 0);
    check_outcome(g, state, error);
    CHECK_INT(frond_kill(g, FROND_EPIPE, FROND_NEVER), 0); /* once more */
    CHECK_INT(frond_killall(&g, 1, FROND_EPIPE, FROND_NEVER), 0);
    CHECK_INT(frond_hub_join(FROND_NEVER), 0);
    check_outcome(g, state, error);
    CHECK_INT(links, 2);
    frond_release(g);
}

static void all_of(enum state state) {
    for (int verb = 0; verb < VERBS; verb++)
        for (int own = 0; own < 2; own++)
            for (int waits = 0; waits < 2; waits++)
                combine(state, (enum verb)verb, own ? FROND_EIO : FROND_EXIT, waits);
}

static void never_started(void) {
    all_of(NEVER_STARTED);
}

static void started(void) {
    all_of(STARTED);
}

static void later(void) {
    all_of(LATER);
}

static void waiting(void) {
    all_of(WAITING);
}

static void ready(void) {
    all_of(READY);
}

static void shielded(void) {
    all_of(SHIELDED);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {{"never started", never_started},
                                      {"started", started},
                                      {"later", later},
                                      {"waiting", waiting},
                                      {"ready", ready},
                                      {"shielded", shielded},
                                      {0}};
    test_clock_virtual();
    return test_main("kill table", tests, argc, argv);
}
