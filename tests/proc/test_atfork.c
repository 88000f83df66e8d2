/* SPDX-License-Identifier: MIT */
/* What is called around forks: in which order and where, what it may not do there, after a fork that was not frond's,
 * in a worker that was forked, and what was taken back. */
#include "fork.h"

#include <frond/proc.h>
#include <frond/sdk.h>
#include <stdio.h>
#include <string.h>

static char trail[200];

static void note(const char *what, void *arg) {
    size_t n = strlen(trail);
    snprintf(trail + n, sizeof trail - n, "%s%s ", what, (const char *)arg);
}

static void prepare(void *arg) {
    note("prepare ", arg);
}

static void parent(void *arg) {
    note("parent ", arg);
}

static void child(void *arg) {
    note("child ", arg);
}

static void the_order(void) {
    static char a[] = "a", b[] = "b", c[] = "c";
    trail[0] = '\0';
    CHECK_INT(frond_atfork(prepare, parent, child, a), 0);
    CHECK_INT(frond_atfork(NULL, NULL, child, b), 0);
    CHECK_INT(frond_atfork(prepare, parent, NULL, c), 0);
    int64_t pid = do_fork();
    if (pid == 0) {
        CHILD_CHECK(strcmp(trail, "prepare c prepare a child a child b ") == 0);
        CHILD_CHECK(frond_sleep(1) == 0);
        _exit(0);
    }
    CHECK_TEXT(trail, "prepare c prepare a parent a parent c ");
    CHECK_INT(reap(pid), 0);
    CHECK_INT(frond_atfork_remove(prepare, parent, child, a), 0);
    CHECK_INT(frond_atfork_remove(prepare, parent, child, a), FROND_ENOENT);
    CHECK_INT(frond_atfork_remove(NULL, NULL, child, b), 0);
    trail[0] = '\0';
    pid = do_fork();
    if (pid == 0)
        _exit(0);
    CHECK_TEXT(trail, "prepare c parent c ");
    CHECK_INT(reap(pid), 0);
    CHECK_INT(frond_atfork_remove(prepare, parent, NULL, c), 0);
    CHECK_INT(frond_atfork(NULL, NULL, NULL, a), FROND_EINVAL);
}

/* ---- what would suspend ---- */

static int refusals;

static void tries(void *arg) {
    refusals += frond_sleep(1) == FROND_EFORKHOOK;
    refusals += frond_join(arg, frond_in(1000)) == FROND_EFORKHOOK;
    refusals += frond_fork(NULL, frond_in(1000)) == FROND_EFORKHOOK;
    refusals += frond_fork(NULL, FROND_NOW) == FROND_EFORKHOOK;
    refusals += frond_atfork(tries, NULL, NULL, NULL) == FROND_EFORKHOOK;
    refusals += frond_atfork_remove(tries, tries, tries, arg) == FROND_EFORKHOOK;
    frond_yield();
}

static int turns;

static void *count(void *arg) {
    (void)arg;
    while (frond_yield() == 0)
        turns++;
    return NULL;
}

static void no_suspending(void) {
    frond_greenlet *other = frond_spawn(count, NULL);
    frond_yield();
    CHECK_INT(frond_atfork(tries, tries, tries, other), 0);
    refusals = 0;
    int before = turns;
    int64_t pid = do_fork();
    if (pid == 0) {
        CHILD_CHECK(refusals == 12 && turns == before);
        CHILD_CHECK(frond_sleep(1) == 0 && turns == before);
        _exit(0);
    }
    CHECK_INT(refusals, 12);
    CHECK_INT(turns, before); /* nobody else has run */
    CHECK_INT(reap(pid), 0);
    CHECK_INT(frond_atfork_remove(tries, tries, tries, other), 0);
    frond_kill(other, FROND_EXIT, FROND_NEVER);
    frond_release(other);
}

/* ---- forks of others ---- */

static int doubled(void *arg) {
    return 2 * *(int *)arg;
}

/* Case 91: the child's function runs in the child alone, and the threads of a pool are to be had there. */
static void after_a_plain_fork(void) {
    static char a[] = "a";
    int n = 21;
    trail[0] = '\0';
    CHECK_INT(frond_atfork(prepare, parent, child, a), 0);
    frond_sleep(1);
    pid_t pid = fork();
    if (pid == 0) {
        CHILD_CHECK(strcmp(trail, "") == 0);
        CHILD_CHECK(frond_sleep(1) == 0);
        CHILD_CHECK(strcmp(trail, "child a ") == 0);
        CHILD_CHECK(frond_sleep(1) == 0);
        CHILD_CHECK(strcmp(trail, "child a ") == 0);
        CHILD_CHECK(frond_threadpool_run(frond_threadpool_class(FROND_THREADS_CPU),
                                         doubled, &n, NULL, NULL, frond_in(20000)) == 42);
        int64_t grandchild = frond_fork(NULL, frond_in(20000));
        if (grandchild == 0)
            _exit(strcmp(trail, "child a prepare a child a ") == 0 ? 0 : 1);
        CHILD_CHECK(reap(grandchild) == 0);
        CHILD_CHECK(strcmp(trail, "child a prepare a parent a ") == 0);
        _exit(0);
    }
    CHECK_TEXT(trail, "");
    CHECK_INT(reap(pid), 0);
    CHECK_TEXT(trail, "");
    CHECK_INT(frond_atfork_remove(prepare, parent, child, a), 0);
}

static int look_main(frond_child *self) {
    (void)self;
    return strcmp(trail, "prepare a child a ") == 0 ? 0 : 1;
}

static void in_a_worker(void) {
    static char a[] = "a";
    frond_process *p = NULL;
    int status = -1;
    trail[0] = '\0';
    CHECK_INT(frond_atfork(prepare, parent, child, a), 0);
    CHECK_INT(frond_process_start("look", &(frond_process_options){.method = FROND_FORK},
                                  &p, frond_in(20000)),
              0);
    CHECK_TEXT(trail, "prepare a parent a ");
    CHECK_INT(frond_process_join(p, &status, frond_in(20000)), 0);
    CHECK_INT(status, 0);
    frond_process_free(p);
    CHECK_INT(frond_atfork_remove(prepare, parent, child, a), 0);
}

static const frond_entry entries[] = {{"look", look_main}, {0}};

/* Threads whose hubs are made and ended meanwhile: their loops are in every state when the child comes to be. */
static _Atomic int hubs_go_on;

static void makes_and_ends_hubs(void *arg) {
    (void)arg;
    while (hubs_go_on) {
        frond_sleep(0);
        frond_hub_close(FROND_NOW);
    }
}

static void forks_while_hubs_end(void) {
    if (under_thread_sanitizer())
        return; /* which is not told that libuv has closed a descriptor whose number another thread gets */
    enum { THREADS = 3, FORKS = 200 };
    test_thread *t[THREADS];
    int bad = 0;
    hubs_go_on = 1;
    for (int i = 0; i < THREADS; i++)
        t[i] = thread_start(makes_and_ends_hubs, NULL);
    for (int i = 0; i < FORKS; i++) {
        pid_t pid = fork();
        if (pid == 0)
            _exit(0); /* sanitizers' allocators may be locked there */
        bad += pid < 0 || reap(pid) != 0;
    }
    hubs_go_on = 0;
    for (int i = 0; i < THREADS; i++)
        thread_join(t[i]);
    CHECK_INT(bad, 0);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {{"in order", the_order},
                                      {"demand 8: no suspending", no_suspending},
                                      {"case 91: after a plain fork", after_a_plain_fork},
                                      {"in a worker", in_a_worker},
                                      {"while hubs end", forks_while_hubs_end},
                                      {0}};
    if (frond_init(&argc, &argv, entries) < 0)
        return 2;
    return test_main("proc/atfork", tests, argc, argv);
}
