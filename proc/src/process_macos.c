/* SPDX-License-Identifier: MIT */
/* Processes on macOS, where there is nothing to watch one by but its number. */
#include "process_posix.h"

#include <crt_externs.h>
#include <errno.h>
#include <fcntl.h>
#include <frond/impl/fail.h>
#include <mach-o/dyld.h>
#include <signal.h>
#include <unistd.h>

bool frond__is_privileged(void) {
    return issetugid() != 0;
}

char **frond__environment(void) {
    return *_NSGetEnviron(); /* a shared library has no environ */
}

const char *frond__self_path(char *out, size_t cap) {
    uint32_t n = (uint32_t)cap;
    return _NSGetExecutablePath(out, &n) == 0 ? out : NULL;
}

intptr_t frond__process_descriptor(int64_t pid) {
    (void)pid;
    return -1;
}

int frond__os_signal(frond__os_process *p, int number) {
    return kill((pid_t)p->pid, number) < 0 ? frond_error_from_system(errno) : 0;
}

const char *frond__os_children(void) {
    return "polled";
}
