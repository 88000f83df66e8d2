/* SPDX-License-Identifier: MIT */
/* Processes on POSIX. */
#include "process_posix.h"

#include "launch/launch.h"
#include "reaper.h"

#include <errno.h>
#include <fcntl.h>
#include <frond/error.h>
#include <frond/greenlet.h>
#include <frond/impl/fail.h>
#include <frond/impl/fd.h>
#include <frond/impl/process.h>
#include <frond/impl/settings.h>
#include <frond/impl/waiter.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define VARIABLE "FROND_CHILD"
enum { FIRST = 3 /* behind the standard streams */, POLL_MS = 20 };

/* Where this program is, or what starts it. */
static const char *executable(char *out, size_t cap) {
    const char *named = frond_config_text(FROND_SETTING_EXECUTABLE);
    return named ? named : frond__self_path(out, cap);
}

int frond__os_spawn_self(const intptr_t *fds, size_t n, bool daemon,
                         frond__os_process *p) {
    (void)daemon; /* the child sees to that by itself */
    char variable[40], buffer[4096];
    frond_passed pass[FROND__CHILD_PIPES + 1];
    const char *const argv[] = {"frond worker", NULL}, *const change[] = {variable, NULL};
    frond_subprocess_options o = {.program = executable(buffer, sizeof buffer),
                                  .env_change = change,
                                  .pass = pass,
                                  .n_pass = n};
    frond__launch l = {.argv = argv,
                       .o = &o,
                       .stdio = {{-1, 0}, {-1, 0}, {-1, 0}},
                       .all_signals = true,
                       .terminal = -1};
    if (!o.program)
        return FROND_ENOENT;
    snprintf(variable, sizeof variable, VARIABLE "=%zu", n);
    for (size_t i = 0; i < n; i++)
        pass[i] = (frond_passed){fds[i], FIRST + (int)i};
    return frond__launch_start(&l, p, FROND_NEVER);
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

void frond__os_hold_by(int64_t pid, intptr_t fd, frond__os_process *p) {
    *p = (frond__os_process){.pid = pid,
                             .handle = fd >= 0 ? fd : frond__process_descriptor(pid)};
    frond_descriptor_opened(p->handle);
    frond__reaper_begin(pid);
}

void frond__os_hold(int64_t pid, frond__os_process *p) {
    frond__os_hold_by(pid, -1, p);
}

void frond__os_release(frond__os_process *p) {
    frond__reaper_end(p->pid);
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

/* Without a descriptor it is asked again and again, less often as it lasts. */
int frond__os_await(frond__os_process *p, frond_deadline d) {
    if (p->handle < 0) {
        p->nap_ms = p->nap_ms ? p->nap_ms * 2 : 1;
        if (p->nap_ms > POLL_MS)
            p->nap_ms = POLL_MS;
        return frond_nap(p->nap_ms, d);
    }
    frond_fd *watch = frond_fd_new((frond_os_fd)p->handle, NULL, NULL);
    int rc = watch ? frond_fd_wait(watch, FROND_FD_READ, d) : FROND_ENOMEM;
    frond_fd_close(watch);
    return rc;
}

/* ---- a child that does not outlive its parent ---- */

/* Nothing is sent to it any more: whatever happens there is the end. */
static void *await_the_end(void *arg) {
    struct pollfd end = {.fd = (int)(intptr_t)arg, .events = POLLIN};
    while (poll(&end, 1, -1) < 0 && errno == EINTR) {}
    kill(getpid(), SIGKILL);
    return NULL;
}

/* A thread notices it while the program computes, and handles none of its signals. */
int frond__os_end_with(intptr_t fd) {
    pthread_t thread;
    pthread_attr_t attributes;
    sigset_t all, mask;
    sigfillset(&all);
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_sigmask(SIG_BLOCK, &all, &mask);
    int rc = pthread_create(&thread, &attributes, await_the_end, (void *)fd);
    pthread_sigmask(SIG_SETMASK, &mask, NULL);
    pthread_attr_destroy(&attributes);
    return rc ? frond_error_from_system(rc) : 0;
}

const char *frond__os_status_name(int status) {
    return status < 0 ? strsignal(-status) : NULL;
}

int frond_wait_pid(int64_t pid, int *status, frond_deadline d) {
    frond__os_process os;
    siginfo_t info;
    int rc = frond_wait_enter(d), ended = 0;
    if (rc < 0)
        return rc;
    if (pid <= 0 || pid > INT_MAX)
        return frond_fail_set(FROND_EINVAL, "wait for process");
    if (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0)
        return frond_fail_set(frond_error_from_system(errno), "wait for process");
    frond__os_hold(pid, &os);
    rc = frond__process_await_end(&os, &ended, d);
    frond__os_release(&os);
    if (rc == 0 && status)
        *status = ended;
    return rc < 0 ? frond_fail_set(rc, "wait for process") : 0;
}
