/* SPDX-License-Identifier: MIT */
/* Processes on macOS: a queue of the kernel's that holds nothing but the end of a child becomes readable with it.
 * Signals go by the number, which is the child's until it is reaped. */
#include "process_posix.h"

#include <crt_externs.h>
#include <errno.h>
#include <fcntl.h>
#include <frond/impl/fail.h>
#include <frond/impl/process.h>
#include <mach-o/dyld.h>
#include <signal.h>
#include <sys/event.h>
#include <unistd.h>

bool frond__is_privileged(void) {
    return issetugid() != 0;
}

char **frond__environ(void) {
    return *_NSGetEnviron(); /* a shared library has no environ */
}

const char *frond__self_path(char *out, size_t cap) {
    uint32_t n = (uint32_t)cap;
    return _NSGetExecutablePath(out, &n) == 0 ? out : NULL;
}

/* One that has ended already cannot be watched any more. */
intptr_t frond__process_descriptor(int64_t pid) {
    struct kevent end;
    frond_opening_begin();
    int queue = kqueue();
    if (queue >= 0)
        (void)fcntl(queue, F_SETFD, FD_CLOEXEC);
    frond_opening_end();
    EV_SET(&end, (uintptr_t)pid, EVFILT_PROC, EV_ADD | EV_ONESHOT, NOTE_EXIT, 0, NULL);
    if (queue >= 0 && kevent(queue, &end, 1, NULL, 0, NULL) == 0)
        return queue;
    if (queue >= 0)
        close(queue);
    return -1;
}

int frond__os_signal(frond__os_process *p, int number) {
    return kill((pid_t)p->pid, number) < 0 ? frond_error_from_system(errno) : 0;
}

const char *frond__os_children(void) {
    return "kqueue";
}
