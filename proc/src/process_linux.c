/* SPDX-License-Identifier: MIT */
/* Processes on Linux: a process descriptor (Linux 5.3) becomes readable when the child has ended, and
 * signals sent through it never reach another process that got its number. */
#include "process_posix.h"

#include <errno.h>
#include <fcntl.h>
#include <frond/impl/fail.h>
#include <signal.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

bool frond__is_privileged(void) {
    return getauxval(AT_SECURE) != 0;
}

char **frond__environ(void) {
    return environ;
}

/* The link of /proc is good even when the file was replaced; but to the kernel it names the emulator
 * when one runs us (Valgrind), which then only readlink and open hide. */
const char *frond__self_path(char *out, size_t cap) {
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
}

intptr_t frond__process_descriptor(int64_t pid) {
    return (intptr_t)syscall(SYS_pidfd_open, (pid_t)pid, 0);
}

int frond__os_signal(frond__os_process *p, int number) {
    long rc = p->handle >= 0
                  ? syscall(SYS_pidfd_send_signal, (int)p->handle, number, NULL, 0)
                  : kill((pid_t)p->pid, number);
    return rc < 0 ? frond_error_from_system(errno) : 0;
}

/* A kernel may lack the call, or a sandbox forbid it, so it is tried on this process itself. */
const char *frond__os_children(void) {
    int fd = (int)frond__process_descriptor(getpid());
    if (fd < 0)
        return "polled";
    close(fd);
    return "pidfd";
}
