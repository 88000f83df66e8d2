/* SPDX-License-Identifier: MIT */
/* Processes on POSIX.  posix_spawn does not copy the parent's page tables, so its cost does not grow
 * with the parent; a process descriptor (Linux 5.3) becomes readable when the child has ended, and
 * signals sent through it never reach another process that got its number. */
#include "start.h"

#include <errno.h>
#include <fcntl.h>
#include <frond/error.h>
#include <frond/greenlet.h>
#include <frond/impl/fail.h>
#include <frond/impl/fd.h>
#include <frond/impl/process.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#if defined(__linux__)
#include <sys/auxv.h>
#include <sys/syscall.h>
#endif
#if defined(__APPLE__)
#include <mach-o/dyld.h>
#endif

extern char **environ;

#define VARIABLE "FROND_CHILD"
enum { FIRST = 3 /* behind the standard streams */, POLL_MS = 20 };

static bool is_privileged(void) {
#if defined(__linux__)
    return getauxval(AT_SECURE) != 0;
#else
    return issetugid() != 0;
#endif
}

/* Where this program is, or what starts it.  The link of /proc is good even when the file was replaced;
 * but to the kernel it names the emulator when one runs us (Valgrind), which then only readlink and
 * open hide. */
static const char *self_path(char *out, size_t cap) {
    const char *named = is_privileged() ? NULL : getenv("FROND_EXECUTABLE");
    if (named && *named)
        return named;
#if defined(__APPLE__)
    uint32_t n = (uint32_t)cap;
    return _NSGetExecutablePath(out, &n) == 0 ? out : NULL;
#else
    static const char self[] = "/proc/self/exe";
    struct stat linked, opened;
    int fd = open(self, O_RDONLY | O_CLOEXEC);
    bool emulated = fd >= 0 && stat(self, &linked) == 0 && fstat(fd, &opened) == 0 &&
                    (linked.st_ino != opened.st_ino || linked.st_dev != opened.st_dev);
    if (fd >= 0)
        close(fd);
    ssize_t n = emulated ? readlink(self, out, cap - 1) : -1;
    if (n < 0)
        return self;
    out[n] = '\0';
    return out;
#endif
}

/* The environment with the variable set, without changing ours: other threads may read it. */
static char **child_environment(char *variable) {
    size_t n = 0;
    while (environ[n])
        n++;
    char **copy = malloc((n + 2) * sizeof *copy);
    if (!copy)
        return NULL;
    size_t used = 0;
    for (size_t i = 0; i < n; i++)
        if (strncmp(environ[i], VARIABLE "=", sizeof VARIABLE) != 0)
            copy[used++] = environ[i];
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
    short flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
#if defined(POSIX_SPAWN_CLOEXEC_DEFAULT)
    flags |= POSIX_SPAWN_CLOEXEC_DEFAULT;
    for (int fd = 0; fd < FIRST; fd++)
        posix_spawn_file_actions_addinherit_np(&actions, fd);
#endif
    posix_spawnattr_setflags(&attributes, flags);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    for (size_t i = 0; rc == 0 && i < n; i++)
        rc = posix_spawn_file_actions_adddup2(&actions, high[i], FIRST + (int)i);
#if defined(__GLIBC__) && (__GLIBC__ > 2 || __GLIBC_MINOR__ >= 34)
    if (rc == 0) /* what the program itself forgot to mark close-on-exec */
        rc = posix_spawn_file_actions_addclosefrom_np(&actions, FIRST + (int)n);
#endif
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
    const char *path = self_path(buffer, sizeof buffer);
    snprintf(variable, sizeof variable, VARIABLE "=%zu", n);
    char **environment = child_environment(variable);
    if (!environment || !path) {
        free(environment);
        return FROND_ENOMEM;
    }
    int rc = lift(fds, n, high);
    if (rc == 0) {
        rc = spawn_with(path, high, n, environment, &pid);
        for (size_t i = 0; i < n; i++)
            close(high[i]);
    }
    free(environment);
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
    if (is_privileged() || n > cap)
        return 0;
    for (size_t i = 0; i < n; i++) {
        fds[i] = FIRST + (intptr_t)i;
        if (fcntl((int)fds[i], F_GETFD) < 0)
            return 0;
    }
    return n;
}

void frond__os_hold(int64_t pid, frond__os_process *p) {
    *p = (frond__os_process){.pid = pid, .handle = -1};
#if defined(SYS_pidfd_open)
    p->handle = (intptr_t)syscall(SYS_pidfd_open, (pid_t)pid, 0);
    frond_descriptor_opened(p->handle);
#endif
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
        return frond_sleep(POLL_MS);
    frond_fd *watch = frond_fd_new((frond_os_fd)p->handle, NULL, NULL);
    int rc = watch ? frond_fd_wait(watch, FROND_FD_READ, FROND_NEVER) : FROND_ENOMEM;
    frond_fd_close(watch);
    return rc;
}

int frond__os_signal(frond__os_process *p, int number) {
#if defined(SYS_pidfd_send_signal)
    if (p->handle >= 0)
        return syscall(SYS_pidfd_send_signal, (int)p->handle, number, NULL, 0) < 0
                   ? frond_error_from_system(errno)
                   : 0;
#endif
    return kill((pid_t)p->pid, number) < 0 ? frond_error_from_system(errno) : 0;
}

const char *frond__os_status_name(int status) {
    return status < 0 ? strsignal(-status) : NULL;
}
