/* SPDX-License-Identifier: MIT */
#include "launch/steps.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

static FROND_NORETURN void give_up(frond__plan *plan, frond__step step, int error) {
    plan->error = error;
    plan->step = (int)step;
    if (plan->report >= 0) {
        int record[2] = {(int)step, error};
        while (write(plan->report, record, sizeof record) < 0 && errno == EINTR) {}
    }
    _exit(127);
}

static void check(frond__plan *plan, frond__step step, int rc) {
    if (rc < 0)
        give_up(plan, step, errno);
}

static void begin_session(frond__plan *plan) {
    const frond_subprocess_options *o = plan->o;
    if (o->new_session || o->pty)
        check(plan, FROND__STEP_SESSION, setsid());
    else if (o->new_group || o->group)
        check(plan, FROND__STEP_GROUP, setpgid(0, (pid_t)o->group));
    if (o->pty)
        check(plan, FROND__STEP_TERMINAL, ioctl(plan->terminal, TIOCSCTTY, 0));
    else if (o->foreground) /* SIGTTOU is blocked */
        check(plan, FROND__STEP_TERMINAL, tcsetpgrp(plan->terminal, getpgrp()));
}

static void bound(frond__plan *plan) {
    for (size_t i = 0; i < plan->o->n_limits; i++)
        check(plan, FROND__STEP_LIMITS, frond__steps_limit(&plan->o->limits[i]));
    if (plan->o->nice) {
        errno = 0;
        int now = getpriority(PRIO_PROCESS, 0);
        check(plan, FROND__STEP_PRIORITY, errno ? -1 : 0);
        check(plan, FROND__STEP_PRIORITY,
              setpriority(PRIO_PROCESS, 0, now + plan->o->nice));
    }
}

static bool overwritten(const frond__plan *plan, int fd) {
    for (size_t i = 0; i < plan->n_moves; i++)
        if (plan->moves[i].to == fd && plan->moves[i].from != fd)
            return true;
    return false;
}

static int lift(frond__plan *plan, int fd) {
    int high = fcntl(fd, F_DUPFD_CLOEXEC, plan->highest + 1);
    check(plan, FROND__STEP_DESCRIPTORS, high);
    return high;
}

/* What one move needs is not overwritten by another: it is moved out of the way first. */
static void arrange_descriptors(frond__plan *plan) {
    int from[FROND__MOST_MOVES];
    if (plan->report >= 0 && plan->report <= plan->highest)
        plan->report = lift(plan, plan->report);
    for (size_t i = 0; i < plan->n_moves; i++) {
        from[i] = plan->moves[i].from;
        if (from[i] != plan->moves[i].to && overwritten(plan, from[i]))
            from[i] = lift(plan, from[i]);
    }
    frond__steps_close_from(3);
    for (size_t i = 0; i < plan->n_moves; i++) {
        int to = plan->moves[i].to;
        check(plan, FROND__STEP_DESCRIPTORS,
              from[i] == to ? fcntl(to, F_SETFD, 0) : dup2(from[i], to));
    }
}

/* Handlers must be gone before signals come in.  What was ignored stays so, as who starts programs by nohup expects,
 * but for what libraries ignore for themselves. */
static void default_signals(const frond__plan *plan) {
    struct sigaction action = {.sa_handler = SIG_DFL}, now;
    sigset_t none;
    for (int number = 1; number < 65 && (plan->all_signals || !plan->handlers_cleared);
         number++)
        if (plan->all_signals || (sigaction(number, NULL, &now) == 0 &&
                                  now.sa_handler != SIG_IGN && now.sa_handler != SIG_DFL))
            (void)sigaction(number, &action, NULL);
    (void)sigaction(SIGPIPE, &action, NULL);
    (void)sigaction(SIGXFSZ, &action, NULL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

/* As a shell looks for programs: one that may not be run is remembered, and the search goes on. */
static FROND_NORETURN void become_program(frond__plan *plan) {
    int error = ENOENT;
    for (char *const *program = plan->programs; *program; program++) {
        execve(*program, plan->argv, plan->env);
        if (errno == EACCES)
            error = EACCES;
        else if (errno != ENOENT && errno != ENOTDIR && errno != ESTALE &&
                 errno != ENODEV && errno != ETIMEDOUT)
            give_up(plan, FROND__STEP_PROGRAM, errno);
        else if (!plan->programs[1])
            error = errno;
    }
    give_up(plan, FROND__STEP_PROGRAM, error);
}

void frond__steps_run(frond__plan *plan) {
    const frond_subprocess_options *o = plan->o;
    plan->ran = 1;
    begin_session(plan);
    bound(plan);
    arrange_descriptors(plan);
    if (o->set_umask)
        umask((mode_t)o->umask);
    check(plan, FROND__STEP_USER, frond__steps_become(plan));
    if (o->directory)
        check(plan, FROND__STEP_DIRECTORY, chdir(o->directory));
    if (o->death_signal) { /* the parent may have ended before */
        check(plan, FROND__STEP_DEATH_SIGNAL, frond__steps_death_signal(o->death_signal));
        if (getppid() != plan->parent)
            kill(getpid(), o->death_signal);
    }
    default_signals(plan);
    become_program(plan);
}
