/* SPDX-License-Identifier: MIT */
/* What tests that fork have in common.  The child's checks are its exit status: 0, or the number of the
 * line that failed, modulo 250, plus one. */
#ifndef FROND_TESTS_FORK_H
#define FROND_TESTS_FORK_H

#include "support.h"
#include <sys/wait.h>
#include <unistd.h>

#define CHILD_CHECK(condition)                                                           \
    do {                                                                                 \
        if (!(condition))                                                                \
            _exit(__LINE__ % 250 + 1);                                                   \
    } while (0)

/* Reaps without blocking the hub: the exit status, or minus the signal. */
static inline int reap(int64_t pid) {
    int status;
    while (waitpid((pid_t)pid, &status, WNOHANG) == 0)
        frond_sleep(1);
    return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

static inline int64_t do_fork(void) {
    int64_t pid = frond_fork(NULL, frond_in(20000));
    CHECK(pid >= 0);
    return pid;
}

#endif
