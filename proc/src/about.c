/* SPDX-License-Identifier: MIT */
/* The facts of proc: how it learns of the end of a child.  A kernel may lack pidfd_open, or a sandbox
 * forbid it, so it is tried on this process itself. */
#include <frond/proc.h>

#if defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif

static const char *children(void) {
#if defined(SYS_pidfd_open)
    int fd = (int)syscall(SYS_pidfd_open, getpid(), 0);
    if (fd < 0)
        return "polled";
    close(fd);
    return "pidfd";
#elif defined(_WIN32)
    return "handle";
#else
    return "polled";
#endif
}

void frond_proc_about(frond_fact_fn fact, void *arg) {
    fact("children", children(), arg);
}
