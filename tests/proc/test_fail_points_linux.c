/* SPDX-License-Identifier: MIT */
/* Every system call of starting, talking to and ending processes fails once, and so does every allocation: what was
 * begun ends with an error or gets through, nothing hangs or leaks, and nobody is left to be reaped. */
#include "fail_points.h"

#include <errno.h>
#include <frond/proc.h>
#include <string.h>
#include <sys/wait.h>

/* Its failures are its result. */
long __real_frond__clone(void *args, size_t size, void (*run)(void *), void *arg);
long __wrap_frond__clone(void *args, size_t size, void (*run)(void *), void *arg);
long __wrap_frond__clone(void *args, size_t size, void (*run)(void *), void *arg) {
    static const fail_point p = {"clone3", {EAGAIN, 0, 0, ENOSYS}};
    return fail_point_fails(&p) ? -errno : __real_frond__clone(args, size, run, arg);
}

static void no_child_left(void) {
    CHECK_INT(waitpid(-1, NULL, WNOHANG), -1);
    CHECK_INT(errno, ECHILD);
}

/* ---- other programs ---- */

static void a_program(void) {
    static const char *const argv[] = {"cat", NULL};
    frond_output out = {0};
    frond_subprocess_options o = {.in = {.kind = FROND_STDIO_PIPE},
                                  .out = {.kind = FROND_STDIO_PIPE}};
    if (WORKS(frond_subprocess_run(argv, &o, "hello", 5, &out, SOON)) && out.status == 0)
        CHECK_TEXT(out.out, "hello");
    frond_output_free(&out);
    fail_points_end();
    no_child_left();
}

static void an_ended_program(void) {
    static const char *const argv[] = {"sleep", "60", NULL};
    frond_process *p = NULL;
    if (!WORKS(frond_subprocess_start(argv, NULL, &p, SOON)))
        return;
    WORKS(frond_process_terminate(p));
    fail_points_end();
    frond_process_kill(p);
    CHECK_INT(frond_process_join(p, NULL, SOON), 0);
    frond_process_free(p);
    no_child_left();
}

/* ---- workers ---- */

static int echo_main(frond_child *self) {
    char *message;
    frond_pipe *p = frond_child_pipe(self, 0);
    int64_t n = frond_pipe_receive(p, (void **)&message, SOON);
    if (n < 0 || frond_pipe_send(p, message, (size_t)n, SOON) < 0)
        return 1;
    frond_free(message);
    return 0;
}

static const frond_entry entries[] = {{"echo", echo_main}, {0}};

static void talk(frond_pipe *p) {
    char *answer = NULL;
    int64_t n = -1;
    if (WORKS(frond_pipe_send(p, "word", 4, SOON)) &&
        WORKS(n = frond_pipe_receive(p, (void **)&answer, SOON)))
        CHECK(n == 4 && memcmp(answer, "word", 4) == 0);
    frond_free(answer);
}

static frond_method method;

static void a_worker(void) {
    frond_pipe *ours = NULL, *theirs = NULL;
    frond_process *p = NULL;
    if (WORKS(frond_pipe_pair(NULL, &ours, &theirs))) {
        frond_process_options o = {.method = method, .pipes = &theirs, .n_pipes = 1};
        if (WORKS(frond_process_start("echo", &o, &p, SOON)))
            talk(ours);
    }
    frond_pipe_free(ours);
    frond_pipe_free(theirs);
    if (p && frond_process_join(p, NULL, SOON) < 0) {
        fail_points_end();
        frond_process_kill(p);
        CHECK_INT(frond_process_join(p, NULL, SOON), 0);
    }
    fail_points_end();
    frond_process_free(p);
    no_child_left();
}

static void programs(void) {
    fail_points_sweep(a_program);
    fail_points_sweep(an_ended_program);
}

static void spawned(void) {
    method = FROND_SPAWN;
    fail_points_sweep(a_worker);
}

static void forked(void) {
    method = FROND_FORK;
    fail_points_sweep(a_worker);
}

static void programs_without_memory(void) {
    memory_sweep(a_program);
    memory_sweep(an_ended_program);
}

static void spawned_without_memory(void) {
    method = FROND_SPAWN;
    memory_sweep(a_worker);
}

static const test_case tests[] = {{"programs", programs},
                                  {"workers, spawned", spawned},
                                  {"workers, forked", forked},
                                  {"programs, without memory", programs_without_memory},
                                  {"workers, without memory", spawned_without_memory},
                                  {0}};

int main(int argc, char **argv) {
    if (frond_init(&argc, &argv, entries) < 0)
        return 2;
    return test_main("fail points of proc", tests, argc, argv);
}
