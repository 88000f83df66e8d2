/* SPDX-License-Identifier: MIT */
/* The descendants of a process, as the system lists the children of each. */
#include "tree.h"

#include <errno.h>
#include <frond/impl/fail.h>
#include <libproc.h>
#include <signal.h>

enum { MOST_CHILDREN = 1024, MOST_DEPTH = 32 };

static void signal_children(pid_t pid, int number, int depth) {
    pid_t children[MOST_CHILDREN];
    int n =
        depth < MOST_DEPTH ? proc_listchildpids(pid, children, (int)sizeof children) : 0;
    for (int i = 0; i < n && i < MOST_CHILDREN; i++) {
        signal_children(children[i], number, depth + 1);
        (void)kill(children[i], number);
    }
}

int frond__os_signal_tree(frond__os_process *p, bool leads, int number) {
    if (leads)
        return kill((pid_t)-p->pid, number) < 0 ? frond_error_from_system(errno) : 0;
    if (number == SIGKILL)
        frond__os_signal(p, SIGSTOP);
    signal_children((pid_t)p->pid, number, 0);
    return frond__os_signal(p, number);
}
