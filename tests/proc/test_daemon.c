/* SPDX-License-Identifier: MIT */
/* What a process object tells, how children are started by default, and those that do not outlive their parent: killed
 * with it, however it ends, and however busy they are; each by both methods. */
#include "proc/method.h"
#include "support.h"

#include <frond/proc.h>
#include <stdio.h>
#include <string.h>

static int generation_main(frond_child *self) {
    (void)self;
    return (int)frond_generation();
}

/* Holds its pipe until the pipe ends, or, when it is busy, until it is killed. */
static int sleeper_main(frond_child *self) {
    size_t len;
    const char *how = frond_child_args(self, &len);
    char *message = NULL;
    volatile int busy = len && *how == 'b';
    while (busy) {}
    frond_pipe_receive(frond_child_pipe(self, 0), (void **)&message, frond_in(60000));
    frond_free(message);
    return 0;
}

/* Starts one with what it was given, and has it, or ends, or waits to be ended. */
static int parent_main(frond_child *self) {
    size_t len;
    const char *how = frond_child_args(self, &len);
    frond_pipe *passed = frond_child_pipe(self, 1);
    frond_process *p = NULL;
    frond_process_options o = {.method = how[0] == 'f' ? FROND_FORK : FROND_SPAWN,
                               .args = how + 1,
                               .args_len = 1,
                               .pipes = &passed,
                               .n_pipes = 1,
                               .daemon = how[2] == 'd'};
    if (frond_process_start("sleeper", &o, &p, frond_in(20000)) < 0)
        return 1;
    if (frond_pipe_send(frond_child_pipe(self, 0), "on", 2, frond_in(20000)) < 0)
        return 2;
    if (how[3] == 'w')
        frond_sleep(60000);
    int alive = frond_process_alive(p);
    if (how[3] == 'k')
        frond_process_kill(p);
    frond_process_free(p);
    return alive ? 0 : 3;
}

static const frond_entry entries[] = {{"generation", generation_main},
                                      {"sleeper", sleeper_main},
                                      {"parent", parent_main},
                                      {0}};

/* ---- what is told ---- */

static void demand_9_spawn_is_the_default(void) {
    frond_process *p = NULL;
    int status = -1;
    CHECK_INT(frond_process_start("generation", NULL, &p, frond_in(20000)), 0);
    CHECK_TEXT(frond_process_name(p), "generation");
    CHECK_INT(frond_process_join(p, &status, frond_in(20000)), 0);
    CHECK_INT(status, 0); /* nobody has forked */
    frond_process_free(p);
    frond_process_options o = {.name = "number one"};
    CHECK_INT(frond_process_start("generation", &o, &p, frond_in(20000)), 0);
    CHECK_TEXT(frond_process_name(p), "number one");
    CHECK_INT(frond_process_join(p, NULL, frond_in(20000)), 0);
    CHECK_TEXT(frond_process_name(p), "number one");
    frond_process_free(p);
    CHECK_TEXT(frond_process_name(NULL), "");
}

/* ---- with the parent ---- */

/* A process that has a child; *ours has the other end of the child's pipe. */
static frond_process *family(const char *how, frond_pipe **ours) {
    char args[10], *on = NULL;
    frond_pipe *ends[2], *control;
    frond_process *p = NULL;
    snprintf(args, sizeof args, "%c%s", method == FROND_FORK ? 'f' : 's', how);
    CHECK_INT(frond_pipe_pair(NULL, &control, &ends[0]), 0);
    CHECK_INT(frond_pipe_pair(NULL, ours, &ends[1]), 0);
    frond_process_options o = {.method = method,
                               .args = args,
                               .args_len = strlen(args),
                               .pipes = ends,
                               .n_pipes = 2};
    CHECK_INT(frond_process_start("parent", &o, &p, frond_in(20000)), 0);
    CHECK_INT(frond_pipe_receive(control, (void **)&on, frond_in(20000)), 2);
    frond_free(on);
    frond_pipe_free(control);
    frond_pipe_free(ends[0]);
    frond_pipe_free(ends[1]);
    return p;
}

/* Whether the child is gone, within so many ms. */
static bool has_ended(frond_pipe *ours, uint64_t ms) {
    char *message = NULL;
    int64_t n = frond_pipe_receive(ours, (void **)&message, frond_in(ms));
    CHECK(n == FROND_ETIMEDOUT || n == FROND_EPIPE || n == FROND_ECONNRESET);
    return n != FROND_ETIMEDOUT;
}

static void killed_with_its_parent(void) {
    static const char *const busy_or_not[] = {"sdw", "bdw"};
    for (int i = 0; i < 2; i++) {
        frond_pipe *ours;
        frond_process *p = family(busy_or_not[i], &ours);
        CHECK(!has_ended(ours, 30));
        CHECK_INT(frond_process_kill(p), 0);
        CHECK(has_ended(ours, 20000));
        CHECK_INT(frond_process_join(p, NULL, frond_in(20000)), 0);
        frond_process_free(p);
        frond_pipe_free(ours);
    }
}

static void ended_with_its_parent(void) {
    frond_pipe *ours;
    frond_process *p = family("sde", &ours);
    int status = -1;
    CHECK_INT(frond_process_join(p, &status, frond_in(20000)), 0);
    CHECK_INT(status, 0);
    CHECK(has_ended(ours, 20000));
    frond_process_free(p);
    frond_pipe_free(ours);
}

/* One that is no daemon stays, until somebody ends it: here the parent, on its way. */
static void others_stay(void) {
    frond_pipe *ours;
    frond_process *p = family("s-w", &ours);
    CHECK(!has_ended(ours, 30));
    CHECK_INT(frond_process_kill(p), 0);
    CHECK_INT(frond_process_join(p, NULL, frond_in(20000)), 0);
    frond_process_free(p);
    CHECK(!has_ended(ours, 100));
    frond_pipe_free(ours);
    p = family("s-k", &ours);
    CHECK_INT(frond_process_join(p, NULL, frond_in(20000)), 0);
    CHECK(has_ended(ours, 20000));
    frond_process_free(p);
    frond_pipe_free(ours);
}

BOTH(killed_with_its_parent)
BOTH(ended_with_its_parent)
BOTH(others_stay)

static const test_case tests[] = {
    {"demand 9: spawn is the default", demand_9_spawn_is_the_default},
    ROWS(killed_with_its_parent, "killed with its parent"),
    ROWS(ended_with_its_parent, "ended with its parent"),
    ROWS(others_stay, "others stay"),
    {0}};

int main(int argc, char **argv) {
    if (frond_init(&argc, &argv, entries) < 0)
        return 2;
    return test_main("proc/daemon", tests, argc, argv);
}
