/* SPDX-License-Identifier: MIT */
/* Raw greenlets: switching, throwing, parents, and how they end. */
#include "support.h"

#include <string.h>

static frond_greenlet *home; /* the test's own */
static frond_greenlet *peer[4];

static void *number(intptr_t n) {
    return (void *)n;
}

static intptr_t to(frond_greenlet *g, intptr_t n) {
    void *result = number(-1);
    int rc = frond_switch(g, number(n), &result);
    return rc < 0 ? rc : (intptr_t)result;
}

/* ---- switching ---- */

static void *count_up(void *arg) {
    CHECK_INT((intptr_t)arg, 0);
    CHECK_INT(to(home, 1), 2);
    CHECK_INT(to(home, 3), 4);
    return number(5);
}

static void values_alternate(void) {
    home = frond_current();
    frond_greenlet *g = frond_greenlet_new(count_up, NULL);
    CHECK_INT(frond_greenlet_state(g), FROND_NEW);
    CHECK_INT(to(g, 0), 1);
    CHECK_INT(frond_greenlet_state(g), FROND_SUSPENDED);
    CHECK_INT(to(g, 2), 3);
    CHECK(!frond_dead(g));
    CHECK_INT(to(g, 4), 5);
    CHECK(frond_dead(g));
    CHECK(frond_successful(g));
    void *value = NULL;
    CHECK_INT(frond_get(g, &value, FROND_NOW), 0);
    CHECK_INT((intptr_t)value, 5);
    CHECK_INT(to(g, 6), 6); /* dead: lands in its parent, which is us */
    frond_release(g);
}

static void *three_steps(void *name) {
    for (int i = 0; i < 2; i++) {
        log_add(name);
        to(home, 0);
    }
    log_add(name);
    return NULL;
}

static void two_children(void) {
    home = frond_current();
    frond_greenlet *a = frond_greenlet_new(three_steps, NULL);
    frond_greenlet *b = frond_greenlet_new(three_steps, NULL);
    frond_switch(a, "a", NULL);
    frond_switch(b, "b", NULL);
    to(a, 0);
    CHECK_INT(frond_dead(a), 0);
    to(a, 0);
    CHECK_INT(frond_dead(a), 1);
    CHECK_INT(frond_dead(b), 0);
    to(b, 0);
    to(b, 0);
    CHECK_INT(frond_dead(b), 1);
    CHECK_TEXT(log_text(), "a b a a b b");
    frond_release(a);
    frond_release(b);
}

static void *inner(void *arg) {
    (void)arg;
    log_add("b");
    return NULL;
}

static void *outer(void *arg) {
    (void)arg;
    log_add("a");
    frond_greenlet *g = frond_greenlet_new(inner, NULL);
    CHECK(frond_parent(g) == frond_current());
    to(g, 0);
    log_add("c");
    frond_release(g);
    return NULL;
}

static void children_of_children(void) {
    frond_greenlet *g = frond_greenlet_new(outer, NULL);
    CHECK(frond_parent(g) == frond_current());
    to(g, 0);
    CHECK_TEXT(log_text(), "a b c");
    CHECK(frond_dead(g));
    frond_release(g);
}

/* greenlet's own first example: 78 is never printed. */
static void *test1(void *arg) {
    (void)arg;
    log_add("12");
    to(peer[1], 0);
    log_add("34");
    return NULL;
}

static void *test2(void *arg) {
    (void)arg;
    log_add("56");
    to(peer[0], 0);
    log_add("78");
    return NULL;
}

static void the_classic(void) {
    peer[0] = frond_greenlet_new(test1, NULL);
    peer[1] = frond_greenlet_new(test2, NULL);
    to(peer[0], 0);
    CHECK_TEXT(log_text(), "12 56 34");
    CHECK(frond_dead(peer[0]));
    CHECK_INT(frond_greenlet_state(peer[1]), FROND_SUSPENDED);
    CHECK_INT(frond_hub_greenlets(), 1);
    frond_release(peer[0]);
    frond_release(peer[1]); /* thrown out of its switch */
    CHECK_TEXT(log_text(), "12 56 34 78");
    CHECK_INT(frond_hub_greenlets(), 0);
}

static void *see_alive(void *arg) {
    (void)arg;
    CHECK(!frond_dead(frond_current()));
    CHECK_INT(frond_greenlet_state(frond_current()), FROND_RUNNING);
    CHECK_INT(frond_greenlet_state(home), FROND_SUSPENDED);
    return NULL;
}

static void not_dead_while_running(void) {
    home = frond_current();
    frond_greenlet *g = frond_greenlet_new(see_alive, NULL);
    to(g, 0);
    CHECK(frond_dead(g));
    frond_release(g);
}

static void to_oneself(void) {
    CHECK_INT(to(frond_current(), 7), 7);
}

/* ---- errors and ends ---- */

static void *fails(void *arg) {
    (void)arg;
    return frond_failed(FROND_EPROTO, "broken %d", 7);
}

static void *fails_deep(void *arg) {
    (void)arg;
    frond_fail(FROND_ERANGE, "out of hand");
}

static void error_reaches_parent(void) {
    frond_greenlet *g = frond_greenlet_new(fails, NULL);
    capture_begin();
    void *result = NULL;
    CHECK_INT(frond_switch(g, NULL, &result), FROND_EPROTO);
    CHECK_TEXT(capture_end(), ""); /* it was not lost */
    CHECK(frond_dead(g));
    CHECK(!frond_successful(g));
    CHECK_INT(frond_greenlet_error(g), FROND_EPROTO);
    CHECK_INT(frond_get(g, NULL, FROND_NOW), FROND_EPROTO);
    CHECK_TEXT(frond_error_text(), "broken 7");
    frond_release(g);
    g = frond_greenlet_new(fails_deep, NULL);
    CHECK_INT(frond_switch(g, NULL, &result), FROND_ERANGE);
    frond_release(g);
}

static void *gets_error(void *arg) {
    (void)arg;
    void *result = number(9);
    CHECK_INT(frond_switch(home, NULL, &result), FROND_EPROTO);
    CHECK_INT((intptr_t)result, 9);
    return number(8);
}

static void throw_into_suspended(void) {
    home = frond_current();
    frond_greenlet *g = frond_greenlet_new(gets_error, NULL);
    to(g, 0);
    void *result = NULL;
    CHECK_INT(frond_throw(g, FROND_EPROTO, &result), 0);
    CHECK_INT((intptr_t)result, 8);
    frond_release(g);
}

static void throw_into_new(void) {
    frond_greenlet *g = frond_greenlet_new(gets_error, NULL);
    CHECK_INT(frond_throw(g, FROND_EPROTO, NULL), FROND_EPROTO);
    CHECK(frond_dead(g));
    CHECK_INT(frond_greenlet_error(g), FROND_EPROTO);
    frond_release(g);
}

static void exit_becomes_value(void) {
    frond_greenlet *g = frond_greenlet_new(gets_error, NULL);
    void *result = number(3);
    CHECK_INT(frond_throw(g, FROND_EXIT, &result), 0);
    CHECK(result == NULL);
    CHECK(frond_dead(g));
    CHECK(frond_successful(g));
    CHECK(frond_exited(g));
    frond_release(g);
}

static void *exits(void *arg) {
    (void)arg;
    void *result;
    int rc = frond_switch(home, NULL, &result);
    return frond_failed(rc, NULL);
}

static void exit_is_caught(void) {
    home = frond_current();
    frond_greenlet *g = frond_greenlet_new(exits, NULL);
    to(g, 0);
    void *result = number(3);
    CHECK_INT(frond_throw(g, FROND_EXIT, &result), 0);
    CHECK(frond_dead(g));
    CHECK(frond_successful(g));
    frond_release(g);
}

static void throw_into_dead(void) {
    frond_greenlet *g = frond_greenlet_new(inner, NULL);
    to(g, 0);
    void *result = number(3);
    CHECK_INT(frond_throw(g, FROND_EPROTO, &result), FROND_EPROTO); /* its parent: us */
    CHECK_INT(frond_throw(g, FROND_EXIT, &result), 0);
    CHECK_INT(frond_throw(g, 5, &result), FROND_EINVAL);
    CHECK_INT(frond_throw(NULL, FROND_EXIT, &result), FROND_EINVAL);
    CHECK_INT(frond_switch(NULL, NULL, &result), FROND_EINVAL);
    frond_release(g);
}

/* ---- parents ---- */

static void *returns_arg_plus_one(void *arg) {
    return number((intptr_t)arg + 1);
}

static void falls_into_unstarted_parent(void) {
    frond_greenlet *parent = frond_greenlet_new(returns_arg_plus_one, NULL);
    frond_greenlet *child = frond_greenlet_new(returns_arg_plus_one, parent);
    CHECK(frond_parent(child) == parent);
    CHECK_INT(to(child, 10), 12);
    CHECK(frond_dead(parent));
    CHECK(frond_dead(child));
    frond_release(parent);
    frond_release(child);
}

static void error_passes_unstarted_parent(void) {
    frond_greenlet *parent = frond_greenlet_new(returns_arg_plus_one, NULL);
    frond_greenlet *child = frond_greenlet_new(fails, parent);
    CHECK_INT(to(child, 10), FROND_EPROTO);
    CHECK(frond_dead(parent));
    CHECK_INT(frond_greenlet_error(parent), FROND_EPROTO);
    frond_release(parent);
    frond_release(child);
}

static void *stays(void *arg) {
    (void)arg;
    while (to(home, 0) >= 0) {}
    return NULL;
}

static void cycles_are_refused(void) {
    home = frond_current();
    frond_greenlet *a = frond_greenlet_new(stays, NULL);
    frond_greenlet *b = frond_greenlet_new(stays, a);
    frond_greenlet *c = frond_greenlet_new(stays, b);
    CHECK_INT(frond_parent_set(a, a), FROND_EINVAL);
    CHECK_INT(frond_parent_set(a, b), FROND_EINVAL);
    CHECK_INT(frond_parent_set(a, c), FROND_EINVAL);
    CHECK(frond_parent(a) == home);
    CHECK(frond_parent(home) == NULL);
    CHECK_INT(frond_parent_set(home, a), FROND_EINVAL);
    CHECK_INT(frond_parent_set(a, NULL), FROND_EINVAL);
    CHECK_INT(frond_parent_set(c, a), 0);
    CHECK(frond_parent(c) == a);
    frond_release(c);
    frond_release(b);
    frond_release(a);
}

static void dead_stands_for_its_parent(void) {
    home = frond_current();
    frond_greenlet *a = frond_greenlet_new(count_up, NULL);
    frond_greenlet *b = frond_greenlet_new(returns_arg_plus_one, a);
    CHECK_INT(to(a, 0), 1);
    CHECK_INT(to(b, 1), 3); /* b's 2 goes to a, which answers 3 */
    CHECK(frond_dead(b));
    CHECK_INT(to(b, 4), 5);
    CHECK(frond_dead(a));
    CHECK_INT(to(b, 6), 6);
    frond_release(a);
    frond_release(b);
}

static void parent_survives_kill(void) {
    home = frond_current();
    frond_greenlet *a = frond_greenlet_new(stays, NULL);
    frond_greenlet *b = frond_greenlet_new(stays, a);
    to(b, 0);
    frond_kill(b, FROND_EXIT, FROND_NOW);
    CHECK(frond_parent(b) == a);
    frond_release(b);
    frond_release(a);
    frond_hub_join(FROND_NEVER);
}

/* ---- threads ---- */

static void note_link(frond_greenlet *ended, void *arg) {
    (void)arg;
    CHECK(frond_dead(ended));
    log_add("linked");
}

static struct {
    int switched, thrown, parented, made, killed, joined, linked, named;
    frond_greenlet *own;
} foreign;

static void use_from_afar(void *arg) {
    frond_greenlet *g = arg;
    foreign.switched = frond_switch(g, NULL, NULL);
    foreign.thrown = frond_throw(g, FROND_EXIT, NULL);
    frond_greenlet *made = frond_greenlet_new(inner, g);
    foreign.made = made ? 0 : frond_error_code();
    foreign.own = frond_greenlet_new(inner, NULL);
    foreign.parented = frond_parent_set(foreign.own, g);
    foreign.killed = frond_kill(g, FROND_EXIT, FROND_NOW);
    foreign.joined = frond_join(g, FROND_NOW);
    foreign.linked = frond_link(g, note_link, NULL);
    foreign.named = frond_name_set(g, "x");
    frond_release(foreign.own);
}

static void other_thread_is_refused(void) {
    home = frond_current();
    frond_greenlet *g = frond_greenlet_new(count_up, NULL);
    thread_run(use_from_afar, g);
    CHECK_INT(foreign.switched, FROND_ETHREAD);
    CHECK_INT(foreign.thrown, FROND_ETHREAD);
    CHECK_INT(foreign.made, FROND_ETHREAD);
    CHECK_INT(foreign.parented, FROND_ETHREAD);
    CHECK_INT(foreign.killed, FROND_ETHREAD);
    CHECK_INT(foreign.joined, FROND_ETHREAD);
    CHECK_INT(foreign.linked, FROND_ETHREAD);
    CHECK_INT(foreign.named, FROND_ETHREAD);
    CHECK_INT(to(g, 0), 1); /* nothing has changed */
    CHECK_INT(to(g, 2), 3);
    CHECK_INT(to(g, 4), 5);
    frond_release(g);
}

static void leave_suspended(void *arg) {
    home = frond_current();
    frond_greenlet **kept = arg;
    kept[0] = frond_greenlet_new(stays, NULL);
    frond_switch(kept[0], NULL, NULL);
    kept[1] = frond_greenlet_new(stays, NULL);
    frond_name_set(kept[0], "left behind");
}

static void throw_after_its_thread_ended(void) {
    frond_greenlet *kept[2];
    thread_run(leave_suspended, kept);
    CHECK_INT(frond_throw(kept[0], FROND_EXIT, NULL), FROND_ETHREAD);
    CHECK_INT(frond_switch(kept[1], NULL, NULL), FROND_ETHREAD);
    CHECK(frond_dead(kept[0]));
    frond_release(kept[0]);
    frond_release(kept[1]);
}

/* ---- with the hub ---- */

static void *sleeps(void *arg) {
    (void)arg;
    frond_sleep(5);
    return number(4);
}

static void waiting_one_is_refused(void) {
    frond_greenlet *g = frond_spawn(sleeps, NULL);
    CHECK_INT(frond_switch(g, NULL, NULL), FROND_EINVALSWITCH); /* ready */
    frond_yield();
    CHECK_INT(frond_greenlet_state(g), FROND_WAITING);
    CHECK_INT(frond_switch(g, NULL, NULL), FROND_EINVALSWITCH);
    CHECK_INT(frond_throw(g, FROND_EPROTO, NULL), FROND_EINVALSWITCH);
    CHECK_INT(frond_switch(frond_parent(g), NULL, NULL),
              FROND_EINVALSWITCH); /* the hub */
    void *value = NULL;
    CHECK_INT(frond_get(g, &value, FROND_NEVER), 0);
    CHECK_INT((intptr_t)value, 4);
    frond_release(g);
}

static void *sleep_then_return(void *arg) {
    (void)arg;
    frond_sleep(2);
    log_add("raw");
    return number(1);
}

/* A raw greenlet that waits gives control to the hub; its value finds its parent parked and is
 * dropped. */
static void *make_and_wait(void *arg) {
    (void)arg;
    frond_greenlet *g = frond_greenlet_new(sleep_then_return, NULL);
    void *result = NULL;
    CHECK_INT(frond_switch(g, NULL, &result), 0);
    CHECK_INT((intptr_t)result, 1);
    log_add("parent");
    frond_release(g);
    return NULL;
}

static void raw_ones_may_wait(void) {
    frond_greenlet *g = frond_spawn(make_and_wait, NULL);
    CHECK_INT(frond_join(g, FROND_NEVER), 0);
    CHECK_TEXT(log_text(), "raw parent");
    frond_release(g);
}

static void *switch_back_then_end(void *arg) {
    (void)arg;
    to(home, 0);
    return number(6); /* home is parked by now */
}

static void *finisher(void *raw) {
    frond_switch(raw, NULL, NULL);
    return NULL;
}

static void value_does_not_wake_a_parked_parent(void) {
    home = frond_current();
    frond_greenlet *raw = frond_greenlet_new(switch_back_then_end, NULL);
    to(raw, 0);
    frond_greenlet *g = frond_spawn(finisher, raw);
    frond_deadline until = frond_in(10);
    CHECK_INT(frond_sleep(10), 0);
    CHECK_INT(frond_now(), until.ns);
    CHECK(frond_dead(raw));
    /* whoever switched to it is suspended for good: only a kill ends it */
    CHECK_INT(frond_greenlet_state(g), FROND_SUSPENDED);
    CHECK_INT(frond_kill(g, FROND_EXIT, FROND_NEVER), 0);
    frond_release(g);
    frond_release(raw);
}

/* ---- releasing ---- */

static void *note_error(void *arg) {
    (void)arg;
    int rc = frond_switch(home, NULL, NULL);
    log_add(frond_error_name(rc));
    return NULL;
}

static void release_throws_exit(void) {
    home = frond_current();
    frond_greenlet *g = frond_greenlet_new(note_error, NULL);
    to(g, 0);
    frond_release(g);
    CHECK_TEXT(log_text(), "FROND_EXIT");
    CHECK_INT(frond_hub_greenlets(), 0);
}

/* The releaser goes on, whoever the parent of the released one is. */
static void release_comes_back(void) {
    home = frond_current();
    frond_greenlet *parent = frond_greenlet_new(note_error, NULL);
    frond_greenlet *child = frond_greenlet_new(note_error, parent);
    to(parent, 0);
    to(child, 0);
    frond_release(child);
    log_add("released");
    CHECK_TEXT(log_text(), "FROND_EXIT released");
    CHECK_INT(frond_greenlet_state(parent), FROND_SUSPENDED);
    frond_release(parent);
    CHECK_TEXT(log_text(), "FROND_EXIT released FROND_EXIT");
}

static frond_greenlet *of_parent;

static void *makes_a_child(void *arg) {
    (void)arg;
    frond_greenlet *child = frond_greenlet_new(switch_back_then_end, NULL);
    of_parent = child;
    void *result = NULL;
    int rc = frond_switch(child, NULL, &result);
    log_add(frond_error_name(rc));
    return result;
}

/* A child keeps its parent, and its end hands the value over as if nothing were. */
static void parent_held_by_its_child(void) {
    home = frond_current();
    frond_greenlet *parent = frond_greenlet_new(makes_a_child, NULL);
    to(parent, 0);
    frond_release(parent);
    CHECK_TEXT(log_text(), "");
    frond_greenlet *child = of_parent;
    frond_release(frond_ref(child));
    CHECK_INT(to(child, 0), 6);
    CHECK_TEXT(log_text(), "FROND_OK");
    frond_release(child);
    CHECK_INT(frond_hub_greenlets(), 0);
}

static void release_unstarted(void) {
    frond_greenlet *g = frond_greenlet_new(count_up, NULL);
    CHECK_INT(frond_hub_greenlets(), 1);
    frond_release(g);
    CHECK_INT(frond_hub_greenlets(), 0);
    frond_release(NULL);
}

static void release_unstarted_with_link(void) {
    frond_greenlet *g = frond_greenlet_new(count_up, NULL);
    frond_link(g, note_link, NULL);
    frond_release(g);
    frond_greenlet *other = frond_greenlet_new(inner, NULL); /* must not get g's stack */
    frond_hub_join(FROND_NEVER);
    CHECK_TEXT(log_text(), "linked");
    frond_release(other);
}

static void release_posted(void *g) {
    frond_release(g);
}

static void release_in_a_callback(void) {
    home = frond_current();
    frond_greenlet *g = frond_greenlet_new(note_error, NULL);
    to(g, 0);
    frond_post(frond_hub_current(), release_posted, g);
    frond_sleep(1);
    frond_hub_join(FROND_NEVER);
    CHECK_TEXT(log_text(), "FROND_EXIT");
    CHECK_INT(frond_hub_greenlets(), 0);
}

static void *refuses_to_go(void *arg) {
    (void)arg;
    frond_switch(home, NULL, NULL);
    log_add("no");
    frond_switch(home, NULL, NULL);
    log_add("well");
    return NULL;
}

static void release_of_a_stubborn_one(void) {
    home = frond_current();
    frond_greenlet *g = frond_greenlet_new(refuses_to_go, NULL);
    to(g, 0);
    frond_ref(g);
    frond_release(g);
    CHECK_TEXT(log_text(), "");
    frond_release(g);
    CHECK_TEXT(log_text(), "no");
    CHECK_INT(frond_hub_greenlets(), 1);
    CHECK_INT(frond_hub_close(FROND_NEVER), 0); /* ends it */
    CHECK_TEXT(log_text(), "no well");
}

static void close_ends_suspended(void) {
    home = frond_current();
    frond_greenlet *g = frond_greenlet_new(note_error, NULL);
    to(g, 0);
    CHECK_INT(frond_hub_close(FROND_NEVER), 0);
    CHECK_TEXT(log_text(), "FROND_ECANCELED");
    frond_release(g);
}

/* ---- many ---- */

static void *chain(void *arg) {
    intptr_t n = (intptr_t)arg;
    if (n == 0)
        return number(0);
    frond_greenlet *g = frond_greenlet_new(chain, NULL);
    intptr_t sum = to(g, n - 1);
    frond_release(g);
    return number(sum + n);
}

static void a_long_chain(void) {
    frond_greenlet *g = frond_greenlet_new(chain, NULL);
    CHECK_INT(to(g, 1000), 500500);
    frond_release(g);
}

static void *returns_it(void *arg) {
    return arg;
}

static void many_one_after_the_other(void) {
    intptr_t bad = 0;
    for (intptr_t i = 0; i < 20000; i++) {
        frond_greenlet *g = frond_greenlet_new(returns_it, NULL);
        bad += to(g, i) != i;
        frond_release(g);
    }
    CHECK_INT(bad, 0);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"values alternate", values_alternate},
        {"two children", two_children},
        {"children of children", children_of_children},
        {"the classic", the_classic},
        {"not dead while running", not_dead_while_running},
        {"to oneself", to_oneself},
        {"error reaches parent", error_reaches_parent},
        {"throw into suspended", throw_into_suspended},
        {"throw into new", throw_into_new},
        {"exit becomes value", exit_becomes_value},
        {"exit is caught", exit_is_caught},
        {"throw into dead", throw_into_dead},
        {"falls into unstarted parent", falls_into_unstarted_parent},
        {"error passes unstarted parent", error_passes_unstarted_parent},
        {"cycles are refused", cycles_are_refused},
        {"dead stands for its parent", dead_stands_for_its_parent},
        {"parent survives kill", parent_survives_kill},
        {"other thread is refused", other_thread_is_refused},
        {"throw after its thread ended", throw_after_its_thread_ended},
        {"waiting one is refused", waiting_one_is_refused},
        {"raw ones may wait", raw_ones_may_wait},
        {"value does not wake a parked parent", value_does_not_wake_a_parked_parent},
        {"release throws exit", release_throws_exit},
        {"release comes back", release_comes_back},
        {"parent held by its child", parent_held_by_its_child},
        {"release unstarted", release_unstarted},
        {"release unstarted with link", release_unstarted_with_link},
        {"release in a callback", release_in_a_callback},
        {"release of a stubborn one", release_of_a_stubborn_one},
        {"close ends suspended", close_ends_suspended},
        {"a long chain", a_long_chain},
        {"many one after the other", many_one_after_the_other},
        {0}};
    test_clock_virtual();
    return test_main("greenlet", tests, argc, argv);
}
