/* SPDX-License-Identifier: MIT */
/* Processes on POSIX.  posix_spawn does not copy the parent's page tables, so its cost does not grow
 * with the parent. */
#include "process_posix.h"

#include <errno.h>
#include <fcntl.h>
#include <frond/error.h>
#include <frond/greenlet.h>
#include <frond/impl/fail.h>
#include <frond/impl/fd.h>
#include <frond/impl/memory.h>
#include <frond/impl/process.h>
#include <frond/impl/waiter.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define VARIABLE "FROND_CHILD"
enum { FIRST = 3 /* behind the standard streams */, POLL_MS = 20 };

/* Where this program is, or what starts it. */
static const char *executable(char *out, size_t cap) {
    const char *named = frond__is_privileged() ? NULL : getenv("FROND_EXECUTABLE");
    return named && *named ? named : frond__self_path(out, cap);
}

/* The environment with the variable set, without changing ours: other threads may read it. */
static char **child_environment(char *variable) {
    char **environment = frond__environment();
    size_t n = 0;
    while (environment[n])
        n++;
    char **copy = frond_alloc((n + 2) * sizeof *copy);
    if (!copy)
        return NULL;
    size_t used = 0;
    for (size_t i = 0; i < n; i++)
        if (strncmp(environment[i], VARIABLE "=", sizeof VARIABLE) != 0)
            copy[used++] = environment[i];
    copy[used++] = variable;
    copy[used] = NULL;
    return copy;
}

/* Copies well above the targets, so that no dup2 overwrites what a later one needs. */
static int lift(const intptr_t *fds, size_t n, int *high) {
    for (size_t i = 0; i < n; i++) {
        high[i] = fcntl((int)fds[i], F_DUPFD_CLOEXEC, FIRST + (int)n);
        if (high[i] < 0) {
            int error = errno;
            while (i-- > 0)
                close(high[i]);
            return error;
        }
    }
    return 0;
}

static int spawn_with(const char *path, const int *high, size_t n, char **environment,
                      pid_t *pid) {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none, all;
    char name[] = "frond worker";
    char *arguments[] = {name, NULL};
    sigemptyset(&none);
    sigfillset(&all);
    if (posix_spawn_file_actions_init(&actions) != 0)
        return ENOMEM;
    int rc = posix_spawnattr_init(&attributes);
    if (rc != 0) {
        posix_spawn_file_actions_destroy(&actions);
        return rc;
    }
    posix_spawnattr_setflags(
        &attributes,
        (short)(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | frond__spawn_flags));
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    for (size_t i = 0; rc == 0 && i < n; i++)
        rc = posix_spawn_file_actions_adddup2(&actions, high[i], FIRST + (int)i);
    if (rc == 0)
        rc = frond__spawn_keep(&actions, FIRST + (int)n);
    if (rc == 0)
        rc = posix_spawn(pid, path, &actions, &attributes, arguments, environment);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return rc;
}

int frond__os_spawn_self(const intptr_t *fds, size_t n, frond__os_process *p) {
    char variable[40], buffer[4096];
    int high[FROND__CHILD_PIPES + 1];
    pid_t pid;
    const char *path = executable(buffer, sizeof buffer);
    snprintf(variable, sizeof variable, VARIABLE "=%zu", n);
    char **environment = child_environment(variable);
    if (!environment || !path) {
        frond_free(environment);
        return FROND_ENOMEM;
    }
    int rc = lift(fds, n, high);
    if (rc == 0) {
        rc = spawn_with(path, high, n, environment, &pid);
        for (size_t i = 0; i < n; i++)
            close(high[i]);
    }
    frond_free(environment);
    if (rc == 0)
        frond__os_hold(pid, p);
    return frond_error_from_system(rc);
}

size_t frond__os_inherited(intptr_t *fds, size_t cap) {
    const char *value = getenv(VARIABLE);
    size_t n = value ? strtoul(value, NULL, 10) : 0;
    if (!value)
        return 0;
    unsetenv(VARIABLE);
    if (frond__is_privileged() || n > cap)
        return 0;
    for (size_t i = 0; i < n; i++) {
        fds[i] = FIRST + (intptr_t)i;
        if (fcntl((int)fds[i], F_GETFD) < 0)
            return 0;
    }
    return n;
}

void frond__os_hold(int64_t pid, frond__os_process *p) {
    *p = (frond__os_process){.pid = pid, .handle = frond__process_descriptor(pid)};
    frond_descriptor_opened(p->handle);
}

void frond__os_release(frond__os_process *p) {
    if (p->handle < 0)
        return;
    frond_descriptor_closing(p->handle);
    close((int)p->handle);
    p->handle = -1;
}

bool frond__os_ended(frond__os_process *p, int *status) {
    int raw;
    pid_t done = waitpid((pid_t)p->pid, &raw, WNOHANG);
    if (done == 0 || (done < 0 && errno == EINTR))
        return false;
    if (done < 0)
        *status = 0; /* somebody else has reaped it: nobody knows */
    else
        *status = WIFSIGNALED(raw) ? -WTERMSIG(raw) : WEXITSTATUS(raw);
    return true;
}

int frond__os_await(frond__os_process *p) {
    if (p->handle < 0)
        return frond_nap(POLL_MS, FROND_NEVER);
    frond_fd *watch = frond_fd_new((frond_os_fd)p->handle, NULL, NULL);
    int rc = watch ? frond_fd_wait(watch, FROND_FD_READ, FROND_NEVER) : FROND_ENOMEM;
    frond_fd_close(watch);
    return rc;
}

const char *frond__os_status_name(int status) {
    return status < 0 ? strsignal(-status) : NULL;
}
