/* SPDX-License-Identifier: MIT */
/* The steps that Linux does in a way of its own.  Credentials are changed by the kernel's calls: the C library's
 * would change those of all threads, which are the parent's. */
#include "launch/identity.h"
#include "launch/steps.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_close_range /* Linux 5.9; the same number everywhere */
#define SYS_close_range 436
#endif
#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC (1U << 2)
#endif
#ifdef SYS_setgroups32 /* where the old ones take 16 bits */
#define SET_GROUPS SYS_setgroups32
#define SET_GROUP SYS_setresgid32
#define SET_USER SYS_setresuid32
#else
#define SET_GROUPS SYS_setgroups
#define SET_GROUP SYS_setresgid
#define SET_USER SYS_setresuid
#endif

/* As the kernel writes it. */
typedef struct {
    uint64_t inode;
    int64_t offset;
    uint16_t length;
    unsigned char type;
    char name[];
} entry;

static int number_of(const char *name) {
    int n = 0;
    for (; *name; name++) {
        if (*name < '0' || *name > '9')
            return -1;
        n = n * 10 + (*name - '0');
    }
    return n;
}

static void close_listed(int folder, int first) {
    _Alignas(entry) char list[1024];
    long n;
    while ((n = syscall(SYS_getdents64, folder, list, sizeof list)) > 0)
        for (long at = 0; at < n;) {
            const entry *e = (const entry *)(const void *)(list + at);
            int fd = number_of(e->name);
            if (fd >= first)
                (void)fcntl(fd, F_SETFD, FD_CLOEXEC);
            at += e->length;
        }
}

void frond__steps_close_from(int first) {
    if (syscall(SYS_close_range, (unsigned)first, ~0U, CLOSE_RANGE_CLOEXEC) == 0)
        return;
    int folder = open("/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder >= 0) {
        close_listed(folder, first);
        close(folder);
        return;
    }
    struct rlimit r;
    int end = getrlimit(RLIMIT_NOFILE, &r) == 0 && r.rlim_cur < 1 << 20 ? (int)r.rlim_cur
                                                                        : 1 << 20;
    for (int fd = first; fd < end; fd++)
        (void)fcntl(fd, F_SETFD, FD_CLOEXEC);
}

int frond__steps_become(const frond__plan *p) {
    if (p->set_groups && syscall(SET_GROUPS, p->n_groups, p->groups) < 0)
        return -1;
    if (p->set_user_group &&
        syscall(SET_GROUP, p->user_group, p->user_group, p->user_group) < 0)
        return -1;
    return p->set_user ? (int)syscall(SET_USER, p->user, p->user, p->user) : 0;
}

int frond__steps_limit(const frond_resource_limit *l) {
    const uint64_t limit[2] = {l->soft, l->hard};
    return (int)syscall(SYS_prlimit64, 0, l->resource, limit, NULL);
}

int frond__identity_groups(const char *user, gid_t own, gid_t *groups, int cap) {
    int n = cap;
    return getgrouplist(user, own, groups, &n) < 0 ? cap : n;
}

int frond__steps_death_signal(int number) {
    return prctl(PR_SET_PDEATHSIG, number);
}

#ifdef FROND_CLONE
#ifndef CLONE_CLEAR_SIGHAND /* Linux 5.5 */
#define CLONE_CLEAR_SIGHAND 0x100000000U
#endif

/* As clone3 takes it. */
typedef struct {
    uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls;
} clone_args;

long frond__clone(clone_args *args, size_t size, void (*run)(frond__plan *),
                  frond__plan *plan);

/* A child whose handlers are gone already, with a descriptor that stands for it; -1 where the kernel or an
 * emulator does not know the call. */
static pid_t clone_child(frond__plan *plan) {
    int fd = -1;
    clone_args args = {.flags =
                           CLONE_VM | CLONE_VFORK | CLONE_PIDFD | CLONE_CLEAR_SIGHAND,
                       .pidfd = (uint64_t)(uintptr_t)&fd,
                       .exit_signal = SIGCHLD};
    plan->handlers_cleared = true;
    long pid = frond__clone(&args, sizeof args, frond__steps_run, plan);
    if (pid > 0)
        plan->child = fd;
    plan->handlers_cleared = pid > 0;
    errno = pid < 0 ? (int)-pid : 0;
    return pid < 0 ? -1 : (pid_t)pid;
}
#else
static pid_t clone_child(frond__plan *plan) {
    (void)plan;
    errno = ENOSYS;
    return -1;
}
#endif

/* The parent stands still until the child is the program or has ended. */
pid_t frond__steps_child(frond__plan *plan) {
    pid_t pid = clone_child(plan);
    if (pid > 0 || (errno != ENOSYS && errno != EINVAL && errno != EPERM))
        return pid;
    pid = vfork();
    if (pid == 0)
        frond__steps_run(plan);
    return pid;
}
