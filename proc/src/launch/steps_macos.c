/* SPDX-License-Identifier: MIT */
/* The steps that macOS does in a way of its own.  What posix_spawn can express is left to it: its cost does not grow
 * with our memory. */
#include "launch/identity.h"
#include "launch/steps.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <spawn.h>
#include <sys/resource.h>
#include <unistd.h>

void frond__steps_close_from(int first) {
    int end = getdtablesize();
    for (int fd = first; fd < end; fd++)
        (void)fcntl(fd, F_SETFD, FD_CLOEXEC);
}

int frond__steps_become(const frond__plan *p) {
    if (p->set_groups && setgroups((int)p->n_groups, p->groups) < 0)
        return -1;
    if (p->set_user_group && setgid(p->user_group) < 0)
        return -1;
    return p->set_user ? setuid(p->user) : 0;
}

int frond__steps_limit(const frond_resource_limit *l) {
    struct rlimit r = {(rlim_t)l->soft, (rlim_t)l->hard};
    return setrlimit(l->resource, &r);
}

/* The call has the numbers as int. */
int frond__identity_groups(const char *user, gid_t own, gid_t *groups, int cap) {
    int n = cap;
    return getgrouplist(user, (int)own, (int *)groups, &n) < 0 ? cap : n;
}

int frond__steps_death_signal(int number) {
    (void)number;
    errno = ENOSYS;
    return -1;
}

/* ---- by posix_spawn ---- */

static bool can_spawn(const frond__plan *p) {
    const frond_subprocess_options *o = p->o;
    return !o->n_limits && !o->nice && !o->set_umask && !o->foreground && !o->pty &&
           !o->death_signal && !p->set_user && !p->set_user_group && !p->set_groups;
}

/* Copies above the targets, so that no move overwrites what a later one needs. */
static int lift(const frond__plan *p, int *from) {
    for (size_t i = 0; i < p->n_moves; i++) {
        from[i] = fcntl(p->moves[i].from, F_DUPFD_CLOEXEC, p->highest + 1);
        if (from[i] < 0) {
            int error = errno;
            while (i-- > 0)
                close(from[i]);
            return error;
        }
    }
    return 0;
}

static bool is_target(const frond__plan *p, int fd) {
    for (size_t i = 0; i < p->n_moves; i++)
        if (p->moves[i].to == fd)
            return true;
    return false;
}

/* The system closes all that is not named (POSIX_SPAWN_CLOEXEC_DEFAULT). */
static int add_actions(const frond__plan *p, const int *from,
                       posix_spawn_file_actions_t *actions) {
    int rc = 0;
    for (int fd = 0; rc == 0 && fd < 3; fd++)
        if (!is_target(p, fd) && fcntl(fd, F_GETFD) >= 0)
            rc = posix_spawn_file_actions_addinherit_np(actions, fd);
    for (size_t i = 0; rc == 0 && i < p->n_moves; i++)
        rc = posix_spawn_file_actions_adddup2(actions, from[i], p->moves[i].to);
    if (rc == 0 && p->o->directory)
        rc = posix_spawn_file_actions_addchdir_np(actions, p->o->directory);
    return rc;
}

static void add_attributes(const frond__plan *p, posix_spawnattr_t *a) {
    sigset_t none, all;
    int flags =
        POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_CLOEXEC_DEFAULT;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(a, &none);
    posix_spawnattr_setsigdefault(a, &all);
    if (p->o->new_session)
        flags |= POSIX_SPAWN_SETSID;
    else if (p->o->new_group || p->o->group) {
        flags |= POSIX_SPAWN_SETPGROUP;
        posix_spawnattr_setpgroup(a, (pid_t)p->o->group);
    }
    posix_spawnattr_setflags(a, (short)flags);
}

/* A directory that is not there and a program that is not there answer alike: who is asked is the directory. */
static int failing_step(const frond__plan *p) {
    return p->o->directory && access(p->o->directory, X_OK) < 0 ? FROND__STEP_DIRECTORY
                                                                : FROND__STEP_PROGRAM;
}

static pid_t spawn(frond__plan *p, posix_spawn_file_actions_t *actions,
                   posix_spawnattr_t *a) {
    pid_t pid = -1;
    int error = ENOENT;
    for (char *const *program = p->programs; *program; program++) {
        int rc = posix_spawn(&pid, *program, actions, a, p->argv, p->env);
        if (rc == 0)
            return pid;
        if (rc == EACCES || !p->programs[1])
            error = rc;
        if (rc != EACCES && rc != ENOENT && rc != ENOTDIR) {
            error = rc;
            break;
        }
    }
    p->step = failing_step(p);
    p->error = error;
    return -1;
}

static pid_t spawn_child(frond__plan *p) {
    int from[FROND__MOST_MOVES];
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    pid_t pid = -1;
    int rc = lift(p, from);
    if (rc == 0 && (rc = posix_spawn_file_actions_init(&actions)) == 0) {
        if ((rc = posix_spawnattr_init(&attributes)) == 0) {
            rc = add_actions(p, from, &actions);
            add_attributes(p, &attributes);
            pid = rc == 0 ? spawn(p, &actions, &attributes) : -1;
            posix_spawnattr_destroy(&attributes);
        }
        posix_spawn_file_actions_destroy(&actions);
        for (size_t i = 0; i < p->n_moves; i++)
            close(from[i]);
    }
    p->ran = pid > 0;
    if (rc != 0) {
        p->step = FROND__STEP_DESCRIPTORS;
        p->error = rc;
    }
    return pid;
}

pid_t frond__steps_child(frond__plan *plan) {
    if (can_spawn(plan))
        return spawn_child(plan);
    pid_t pid = fork();
    if (pid == 0)
        frond__steps_run(plan);
    return pid;
}
