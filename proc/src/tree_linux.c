/* SPDX-License-Identifier: MIT */
/* The descendants of a process, by the list of all: children of children, as far as they are known to /proc.  Each is
 * held by a descriptor before it is looked at once more and signalled, so that no other gets it. */
#include "tree.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <frond/error.h>
#include <frond/impl/fail.h>
#include <frond/impl/memory.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

typedef struct {
    pid_t pid, parent;
    int fd;     /* holds it; -1: nothing does */
    bool known; /* to descend from the process */
} entry;

typedef struct {
    entry *all;
    size_t n, cap;
} table;

/* The fourth field, behind a name that may have spaces and parentheses; 0: it is gone. */
static pid_t parent_of(pid_t pid) {
    char path[40], text[512];
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return 0;
    ssize_t n = read(fd, text, sizeof text - 1);
    close(fd);
    text[n > 0 ? n : 0] = '\0';
    const char *end = strrchr(text, ')');
    int parent = 0;
    return end && sscanf(end + 1, " %*c %d", &parent) == 1 ? parent : 0;
}

static bool add(table *t, pid_t pid) {
    if (t->n == t->cap) {
        size_t cap = t->cap ? t->cap * 2 : 256;
        entry *all = frond_realloc(t->all, cap * sizeof *all);
        if (!all)
            return false;
        t->all = all;
        t->cap = cap;
    }
    t->all[t->n++] = (entry){.pid = pid, .parent = parent_of(pid), .fd = -1};
    return true;
}

static int list_all(table *t) {
    DIR *folder = opendir("/proc");
    struct dirent *e;
    bool room = true;
    if (!folder)
        return frond_error_from_system(errno);
    while (room && (e = readdir(folder)))
        if (isdigit((unsigned char)e->d_name[0]))
            room = add(t, (pid_t)strtol(e->d_name, NULL, 10));
    closedir(folder);
    return room ? 0 : FROND_ENOMEM;
}

static bool is_known(const table *t, pid_t pid) {
    for (size_t i = 0; i < t->n; i++)
        if (t->all[i].pid == pid)
            return t->all[i].known;
    return false;
}

static void mark(table *t, pid_t root) {
    for (bool more = true; more;) {
        more = false;
        for (size_t i = 0; i < t->n; i++) {
            entry *e = &t->all[i];
            if (!e->known && (e->parent == root || is_known(t, e->parent)))
                more = e->known = true;
        }
    }
}

/* Whether it is still who it was; what one of them is signalled by must be there before any other ends, which
 * changes who is whose child. */
static bool hold(entry *e) {
    e->fd = (int)syscall(SYS_pidfd_open, e->pid, 0);
    bool same = (e->fd >= 0 || errno != ESRCH) && parent_of(e->pid) == e->parent;
    if (!same && e->fd >= 0)
        close(e->fd);
    return same;
}

static void signal_held(const entry *e, int number) {
    if (e->fd < 0) { /* an old kernel, or no descriptor left */
        (void)kill(e->pid, number);
        return;
    }
    (void)syscall(SYS_pidfd_send_signal, e->fd, number, NULL, 0);
    close(e->fd);
}

static int signal_descendants(pid_t root, int number) {
    table t = {0};
    int rc = list_all(&t);
    if (rc == 0)
        mark(&t, root);
    for (size_t i = 0; rc == 0 && i < t.n; i++)
        t.all[i].known = t.all[i].known && hold(&t.all[i]);
    for (size_t i = 0; rc == 0 && i < t.n; i++)
        if (t.all[i].known)
            signal_held(&t.all[i], number);
    frond_free(t.all);
    return rc;
}

/* Those below it first: once it has ended they are nobody's children any more.  It is stopped meanwhile, when all are to
 * end: it would start others. */
int frond__os_signal_tree(frond__os_process *p, bool leads, int number) {
    if (leads)
        return kill((pid_t)-p->pid, number) < 0 ? frond_error_from_system(errno) : 0;
    bool ends = number == SIGKILL;
    if (ends)
        frond__os_signal(p, SIGSTOP);
    int rc = signal_descendants((pid_t)p->pid, number);
    int own = frond__os_signal(p, number);
    return own < 0 ? own : rc;
}
