/* SPDX-License-Identifier: MIT */
/* Starting programs on POSIX: all that needs memory or a lock is done before there is a child, which then only makes
 * system calls (steps.h).  Where it shares our memory meanwhile, its cost does not grow with ours, and a
 * failure is read from there; elsewhere it comes through a pipe that closes when the program begins. */
#include "launch/launch.h"
#include "process_posix.h"

#include "launch/identity.h"
#include "launch/steps.h"
#include "launch/words.h"
#include <errno.h>
#include <fcntl.h>
#include <frond/error.h>
#include <frond/impl/fail.h>
#include <frond/impl/process.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>
#include <uv.h>

enum { HIGHEST_PASSED = 65535 };

/* ---- what the child's streams lead to ---- */

/* Close-on-exec from the beginning where the system can, else as good as that: see frond_opening_begin. */
static int make_pipe(int fds[2]) {
    frond_opening_begin();
    int rc = uv_pipe(fds, 0, 0);
    frond_opening_end();
    return rc < 0 ? frond_error_from_uv(rc) : 0;
}

int frond__launch_pipe(bool child_reads, intptr_t *ours, intptr_t *theirs) {
    int fds[2];
    int rc = make_pipe(fds);
    if (rc == 0) {
        *ours = fds[child_reads ? 1 : 0];
        *theirs = fds[child_reads ? 0 : 1];
    }
    return rc;
}

/* A named pipe is not waited for: one that nobody reads cannot be written. */
int frond__launch_file(frond_stdio_kind kind, const char *path, bool child_reads,
                       intptr_t *theirs) {
    int how = child_reads                  ? O_RDONLY
              : kind == FROND_STDIO_APPEND ? O_WRONLY | O_CREAT | O_APPEND
              : kind == FROND_STDIO_FILE   ? O_WRONLY | O_CREAT | O_TRUNC
                                           : O_WRONLY;
    int fd = open(kind == FROND_STDIO_NULL ? "/dev/null" : path,
                  how | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0666);
    if (fd < 0)
        return frond_error_from_system(errno);
    (void)fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
    *theirs = fd;
    return 0;
}

int frond__launch_terminal(intptr_t *fd) {
    *fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
    return *fd < 0 ? frond_error_from_system(errno) : 0;
}

intptr_t frond__launch_standard(int which) {
    return which;
}

void frond__launch_close(intptr_t fd) {
    if (fd >= 0)
        close((int)fd);
}

/* ---- the child ---- */

int frond__launch_check(const frond_subprocess_options *o) {
    for (size_t i = 0; i < o->n_pass; i++) {
        int as = o->pass[i].as;
        if (as < 3 || as > HIGHEST_PASSED)
            return frond_fail_text(FROND_EINVAL,
                                   "start: a descriptor is passed under 3 to 65,535");
        for (size_t j = 0; j < i; j++)
            if (o->pass[j].as == as)
                return frond_fail_text(
                    FROND_EINVAL, "start: two descriptors are passed under one number");
    }
    return 0;
}

static atomic_bool memory_is_shared; /* seen to be */

static const char *const step_names[] = {
    "new session", "process group", "terminal",          "limits",       "priority",
    "descriptors", "user",          "working directory", "death signal", NULL};

static int failed(const frond__launch *l, const frond__plan *plan) {
    const char *step = step_names[plan->step],
               *name = l->o->program ? l->o->program : l->argv[0];
    int rc = frond_error_from_system(plan->error);
    bool directory = plan->step == FROND__STEP_DIRECTORY;
    if (directory)
        return frond_fail_text(rc, "start \"%.128s\": working directory \"%.200s\": %s",
                               name, l->o->directory, frond_error_message(rc));
    return frond_fail_text(rc, "start \"%.128s\": %s%s%s", name, step ? step : "",
                           step ? ": " : "", frond_error_message(rc));
}

/* Who does not share our memory says by the pipe, which ends when the program begins. */
static void hear(frond__plan *plan, int pipe) {
    int record[2];
    ssize_t n;
    while ((n = read(pipe, record, sizeof record)) < 0 && errno == EINTR) {}
    if (n == (ssize_t)sizeof record) {
        plan->step = record[0];
        plan->error = record[1];
    }
}

static pid_t run(frond__plan *plan) {
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    pid_t pid = frond__steps_child(plan);
    int error = errno;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    errno = error;
    return pid;
}

static int start(const frond__launch *l, frond__plan *plan, frond__os_process *p) {
    int report[2] = {-1, -1};
    int rc = 0;
    if (!atomic_load(&memory_is_shared) && (rc = make_pipe(report)) < 0)
        return frond_fail_set(rc, "start");
    plan->report = report[1];
    pid_t pid = run(plan);
    if (pid < 0 && !plan->error)
        rc = frond_fail_set(frond_error_from_system(errno), "start");
    if (report[1] >= 0)
        close(report[1]);
    if (pid > 0 && plan->ran)
        atomic_store(&memory_is_shared, true);
    else if (pid > 0)
        hear(plan, report[0]);
    if (report[0] >= 0)
        close(report[0]);
    if (plan->error) {
        if (plan->child >= 0)
            close(plan->child);
        while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR) {}
        return failed(l, plan);
    }
    if (rc == 0)
        frond__os_hold_by(pid, plan->child, p);
    return rc;
}

static void add_move(frond__plan *plan, frond__move *moves, intptr_t from, int to) {
    if (from < 0)
        return;
    moves[plan->n_moves++] = (frond__move){(int)from, to};
    if (to > plan->highest)
        plan->highest = to;
}

int frond__launch_start(const frond__launch *l, frond__os_process *p, frond_deadline d) {
    frond__move moves[FROND__MOST_MOVES];
    frond__words words;
    frond__plan plan = {.o = l->o,
                        .moves = moves,
                        .highest = 2,
                        .terminal = (int)l->terminal,
                        .all_signals = l->all_signals,
                        .child = -1,
                        .parent = getpid()};
    for (int i = 0; i < 3; i++)
        add_move(&plan, moves, l->stdio[i].fd, i);
    for (size_t i = 0; i < l->o->n_pass; i++)
        add_move(&plan, moves, l->o->pass[i].fd, l->o->pass[i].as);
    int rc = frond__words_make(&words, l->argv, l->o);
    if (rc == 0)
        rc = frond__identity_find(&plan, d);
    if (rc == 0) {
        plan.argv = words.argv;
        plan.env = words.env;
        plan.programs = words.programs;
        rc = start(l, &plan, p);
    }
    frond__identity_free(&plan);
    frond__words_free(&words);
    return rc;
}
