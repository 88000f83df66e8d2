/* SPDX-License-Identifier: MIT */
#include "file_posix.h"

#include "file_stream.h"
#include <errno.h>
#include <fcntl.h>
#include <frond/error.h>
#include <frond/impl/fail.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

intptr_t frond__file_duplicate(intptr_t fd) {
    return fcntl((int)fd, F_DUPFD_CLOEXEC, 3);
}

void frond__file_close(intptr_t fd) {
    close((int)fd);
}

/* The signal of a write goes to the writing thread: held back there, it can be taken off again. */
ssize_t frond__write_quietly(int fd, const void *buf, size_t n) {
    sigset_t broken, before, pending;
    sigemptyset(&broken);
    sigaddset(&broken, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &broken, &before);
    ssize_t done = write(fd, buf, n);
    int error = errno, number;
    if (done < 0 && error == EPIPE && !sigismember(&before, SIGPIPE) &&
        sigpending(&pending) == 0 && sigismember(&pending, SIGPIPE))
        sigwait(&broken, &number);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    errno = error;
    return done;
}

int64_t frond__file_read(intptr_t fd, void *buf, size_t cap) {
    ssize_t n;
    do
        n = read((int)fd, buf, cap);
    while (n < 0 && errno == EINTR);
    return n < 0 ? frond_error_from_system(errno) : n;
}

int64_t frond__file_write(intptr_t fd, const void *buf, size_t n) {
    ssize_t done = frond__write_quietly((int)fd, buf, n);
    if (done < 0 && errno != EINTR)
        return frond_error_from_system(errno);
    return done > 0 ? done : 0;
}
