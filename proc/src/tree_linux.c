/* SPDX-License-Identifier: MIT */
/* The descendants of a process, by the list of all: children of children, as far as they are known to /proc.  Each is
 * held by a descriptor before it is looked at once more and signalled, so that no other gets it. */
#include "tree.h"

#include "processes_linux.h"
#include <errno.h>
#include <frond/error.h>
#include <frond/impl/fail.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

static bool is_known(const frond__processes *t, pid_t pid) {
    for (size_t i = 0; i < t->n; i++)
        if (t->all[i].pid == pid)
            return t->all[i].known;
    return false;
}

static void mark(frond__processes *t, pid_t root) {
    for (bool more = true; more;) {
        more = false;
        for (size_t i = 0; i < t->n; i++) {
            frond__entry *e = &t->all[i];
            if (!e->known && (e->parent == root || is_known(t, e->parent)))
                more = e->known = true;
        }
    }
}

/* Whether it is still who it was; what one of them is signalled by must be there before any other ends, which
 * changes who is whose child. */
static bool hold(frond__entry *e) {
    e->fd = (int)syscall(SYS_pidfd_open, e->pid, 0);
    frond__entry now;
    bool same = (e->fd >= 0 || errno != ESRCH) && frond__process_look(e->pid, &now) &&
                now.parent == e->parent;
    if (!same && e->fd >= 0)
        close(e->fd);
    return same;
}

static void signal_held(const frond__entry *e, int number) {
    if (e->fd < 0) { /* an old kernel, or no descriptor left */
        (void)kill(e->pid, number);
        return;
    }
    (void)syscall(SYS_pidfd_send_signal, e->fd, number, NULL, 0);
    close(e->fd);
}

static int signal_descendants(pid_t root, int number) {
    frond__processes t;
    int rc = frond__processes_list(&t);
    if (rc == 0)
        mark(&t, root);
    for (size_t i = 0; rc == 0 && i < t.n; i++)
        t.all[i].known = t.all[i].known && hold(&t.all[i]);
    for (size_t i = 0; rc == 0 && i < t.n; i++)
        if (t.all[i].known)
            signal_held(&t.all[i], number);
    frond__processes_free(&t);
    return rc;
}

/* Those below it first: once it has ended they are nobody's children any more.  It is stopped meanwhile, when all are
 * to end: it would start others. */
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
