/* SPDX-License-Identifier: MIT */
/* What wrong calls get, where no other test says it; and frees from another thread. */
#include "support.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *nothing(void *arg) {
    return arg;
}

static void note(frond_greenlet *g, void *arg) {
    (void)g;
    (void)arg;
}

static void *joins_itself(void *arg) {
    CHECK_INT(frond_join(frond_current(), FROND_NEVER), FROND_EINVAL);
    CHECK_INT(frond_get(frond_current(), NULL, FROND_NEVER), FROND_EINVAL);
    CHECK_INT(frond_join(arg, FROND_NEVER), FROND_EINVAL); /* main */
    return NULL;
}

static void greenlets(void) {
    frond_greenlet *g = frond_spawn(joins_itself, frond_current());
    CHECK_INT(frond_join(NULL, FROND_NEVER), FROND_EINVAL);
    CHECK_INT(frond_get(NULL, NULL, FROND_NEVER), FROND_EINVAL);
    CHECK_INT(frond_join(frond_current(), FROND_NEVER), FROND_EINVAL);
    CHECK_INT(frond_join(frond_parent(g), FROND_NEVER), FROND_EINVAL); /* the hub */
    CHECK_INT(frond_link(NULL, note, NULL), FROND_EINVAL);
    CHECK_INT(frond_link(g, NULL, NULL), FROND_EINVAL);
    CHECK_INT(frond_unlink(NULL, note, NULL), FROND_EINVAL);
    CHECK_INT(frond_unlink(g, NULL, NULL), FROND_EINVAL);
    CHECK_INT(frond_name_set(NULL, "x"), FROND_EINVAL);
    CHECK_INT(frond_name_set(g, NULL), FROND_EINVAL);
    CHECK_INT(frond_parent_set(g, frond_current()), FROND_EINVAL); /* scheduled */
    CHECK(frond_greenlet_new(NULL, NULL) == NULL);
    CHECK_INT(frond_error_code(), FROND_EINVAL);
    CHECK_INT(frond_join(g, FROND_NEVER), 0);
    frond_release(g);
}

static void without_a_greenlet(void) {
    CHECK_INT(frond_greenlet_state(NULL), FROND_DEAD);
    CHECK_INT(frond_dead(NULL), 1);
    CHECK_INT(frond_successful(NULL), 0);
    CHECK_INT(frond_exited(NULL), 0);
    CHECK_INT(frond_greenlet_error(NULL), 0);
    CHECK_TEXT(frond_name(NULL), "");
    CHECK_INT(frond_id(NULL), 0);
    CHECK(frond_parent(NULL) == NULL);
    CHECK_INT(frond_release(NULL), 0);
    frond_hub_free(NULL);
    frond_free(NULL);
    frond_buffer_free(NULL);
}

static void *resize(void *block, size_t size, void *user) {
    (void)user;
    return realloc(block, size);
}

static void allocators(void) {
    frond_allocator a = {.resize = resize};
    CHECK_INT(frond_allocator_set(NULL), FROND_EINVAL);
    CHECK_INT(frond_allocator_set(&a), FROND_EINVAL); /* no release */
    a.reserved[3] = 1;
    CHECK_INT(frond_allocator_set(&a), FROND_EINVAL);
}

static void buffers(void) {
    CHECK(frond_buffer_alloc(SIZE_MAX) == NULL);
    CHECK(frond_buffer_alloc(SIZE_MAX - 64) == NULL);
    frond_buffer_free(NULL);
    for (size_t size = 0; size < 300 * 1024; size = size * 3 + 1) { /* mapped ones too */
        char *buf = frond_buffer_alloc(size);
        CHECK(buf != NULL && (uintptr_t)buf % 64 == 0);
        memset(buf, 1, size);
        frond_buffer_free(buf);
    }
}

/* ---- frees from another thread go through the owner's hub ---- */

static struct {
    frond_group *group;
    frond_pool *pool;
    frond_signal *signal;
    int dropped;
} owned;

static void free_them(void *arg) {
    (void)arg;
    frond_group_free(owned.group);
    frond_pool_free(owned.pool);
    frond_signal_free(owned.signal);
}

static void *sleeps(void *arg) {
    frond_sleep(10);
    owned.dropped++;
    return arg;
}

static void make_them(void *arg) {
    (void)arg;
    const int number = SIGTERM;
    owned.group = frond_group_new();
    owned.pool = frond_pool_new(2);
    owned.signal = NULL;
    CHECK_INT(frond_signal_open(&number, 1, &owned.signal), 0);
}

static void free_from_another_thread(void) {
    make_them(NULL);
    owned.dropped = 0;
    frond_group_spawn(owned.group, sleeps, NULL);
    frond_pool_spawn(owned.pool, sleeps, NULL, FROND_NEVER);
    frond_yield();
    frond_hub *h = frond_hub_ref(frond_hub_current());
    thread_run(free_them, NULL);
    frond_hub_free(h);
    CHECK_INT(frond_hub_join(FROND_NEVER), 0);
    CHECK_INT(owned.dropped, 2); /* their greenlets went on */
}

static void make_groups(void *arg) {
    (void)arg;
    owned.group = frond_group_new();
    owned.pool = frond_pool_new(2);
}

static void free_after_the_thread_has_ended(void) {
    thread_run(make_groups, NULL);
    frond_group_free(owned.group);
    frond_pool_free(owned.pool);
}

static void spawn_into_the_freed(void) {
    frond_group *group = frond_group_new();
    frond_spawn_options o = {.reserved = {7}};
    CHECK_INT(frond_group_spawn_with(group, &o, nothing, NULL), FROND_EINVAL);
    CHECK_INT(frond_group_spawn(group, NULL, NULL), FROND_EINVAL);
    CHECK_INT(frond_group_count(group), 0);
    CHECK_INT(frond_group_count(NULL), 0);
    frond_group_free(group);
}

static frond_greenlet *of_main;
static frond_event event_of_main = FROND_EVENT_INIT;
static char said[4][200];

static void uses_what_is_mains(void *arg) {
    (void)arg;
    frond_kill(of_main, FROND_EXIT, FROND_NOW);
    snprintf(said[0], sizeof said[0], "%s", frond_error_text());
    frond_join(of_main, FROND_NOW);
    snprintf(said[1], sizeof said[1], "%s", frond_error_text());
    frond_switch(of_main, NULL, NULL);
    snprintf(said[2], sizeof said[2], "%s", frond_error_text());
    frond_event_set(&event_of_main);
    snprintf(said[3], sizeof said[3], "%s", frond_error_text());
}

/* The sentence names both threads. */
static void two_threads(void) {
    static const char *doing[] = {"kill: ", "join: ", "switch: ", ""};
    unsigned long long theirs, ours;
    frond_event_clear(&event_of_main);
    of_main = frond_spawn(nothing, NULL);
    thread_run(uses_what_is_mains, NULL);
    for (int i = 0; i < 4; i++) {
        const char *numbers = strrchr(said[i], '(');
        CHECK(strncmp(said[i], doing[i], strlen(doing[i])) == 0);
        CHECK_HAS(said[i], "belongs to another thread (");
        CHECK(numbers && sscanf(numbers, "(%llu, this is %llu)", &theirs, &ours) == 2 &&
              theirs > 0 && ours > 0 && theirs != ours);
    }
    frond_release(of_main);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"two threads", two_threads},
        {"greenlets", greenlets},
        {"without a greenlet", without_a_greenlet},
        {"allocators", allocators},
        {"buffers", buffers},
        {"free from another thread", free_from_another_thread},
        {"free after the thread has ended", free_after_the_thread_has_ended},
        {"spawn into the freed", spawn_into_the_freed},
        {0}};
    return test_main("misuse", tests, argc, argv);
}
