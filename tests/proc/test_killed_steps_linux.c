/* SPDX-License-Identifier: MIT */
/* Workers that are killed at every step: at their first system call, the second, and so on until they have served and
 * ended.  The start fails with the right words, or what comes after it does; nobody waits for ever, and nothing is
 * left over. */
#include "support.h"

#include <errno.h>
#include <frond/proc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

static int echo_main(frond_child *self) {
    char *message;
    frond_pipe *p = frond_child_pipe(self, 0);
    int64_t n = frond_pipe_receive(p, (void **)&message, frond_in(20000));
    if (n < 0 || frond_pipe_send(p, message, (size_t)n, frond_in(20000)) < 0)
        return 1;
    frond_free(message);
    return 5;
}

static const frond_entry entries[] = {{"echo", echo_main}, {0}};

/* ---- in the child: one process watches the other, which goes on as the worker ---- */

static int watch(pid_t worker, int steps) {
    int status;
    for (int fd = 3; fd < 100; fd++)
        close(fd);
    for (waitpid(worker, &status, 0); WIFSTOPPED(status); waitpid(worker, &status, 0)) {
        int number = WSTOPSIG(status);
        if (number == SIGTRAP && --steps <= 0)
            kill(worker, SIGKILL);
        else
            ptrace(PTRACE_SYSCALL, worker, 0,
                   number == SIGTRAP || number == SIGSTOP ? 0 : number);
    }
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static void be_watched(int steps) {
    pid_t worker = fork();
    if (worker != 0)
        _exit(watch(worker, steps));
    unsetenv("TEST_STEPS");
    if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
        _exit(99);
    raise(SIGSTOP);
}

/* ---- in the parent ---- */

static bool is_end(int64_t rc) {
    return rc == FROND_EPIPE || rc == FROND_EOF || rc == FROND_ECONNRESET;
}

/* One word with the worker, which may be dead by now. */
static void talk(frond_pipe *p) {
    char *answer = NULL;
    int rc = frond_pipe_send(p, "word", 4, frond_in(20000));
    CHECK(rc == 0 || is_end(rc));
    int64_t n = frond_pipe_receive(p, (void **)&answer, frond_in(20000));
    CHECK((n == 4 && memcmp(answer, "word", 4) == 0) || is_end(n));
    frond_free(answer);
}

/* The worker's exit status; -1: it never was ready. */
static int start_and_talk(int steps) {
    char text[20];
    int status = -1;
    frond_pipe *ours, *theirs;
    frond_process *p = NULL;
    CHECK_INT(frond_pipe_pair(NULL, &ours, &theirs), 0);
    frond_process_options o = {.pipes = &theirs, .n_pipes = 1};
    snprintf(text, sizeof text, "%d", steps);
    setenv("TEST_STEPS", text, 1);
    int rc = frond_process_start("echo", &o, &p, frond_in(20000));
    unsetenv("TEST_STEPS");
    if (rc == 0) {
        talk(ours);
        CHECK_INT(frond_process_join(p, &status, frond_in(20000)), 0);
    } else {
        CHECK_INT(rc, FROND_EPROC_START);
        CHECK_TEXT(frond_error_text(),
                   "start process \"echo\": it ended before it was ready");
    }
    frond_process_free(p);
    frond_pipe_free(ours);
    frond_pipe_free(theirs);
    return status;
}

static void demand_15_killed_at_every_step(void) {
    int unready = 0, died = 0, status = -1;
    for (int steps = 1; steps < 3000 && status != 5; steps++) {
        status = start_and_talk(steps);
        unready += status == -1;
        died += status == 128 + SIGKILL;
        CHECK(status == -1 || status == 128 + SIGKILL || status == 5);
        CHECK_INT(waitpid(-1, NULL, WNOHANG), -1);
        CHECK_INT(errno, ECHILD);
    }
    CHECK_INT(status, 5);
    printf("%d before it was ready, %d after; ", unready, died);
    CHECK(unready > 10 && died > 10);
}

int main(int argc, char **argv) {
    const char *steps = getenv("TEST_STEPS");
    static const test_case tests[] = {
        {"demand 15: killed at every step", demand_15_killed_at_every_step}, {0}};
    if (steps)
        be_watched(atoi(steps));
    if (frond_init(&argc, &argv, entries) < 0)
        return 2;
    return test_main("proc/killed_steps", tests, argc, argv);
}
