/* SPDX-License-Identifier: MIT */
#include "os/stdio_os.h"

#include <fcntl.h>
#include <frond/impl/sigpipe.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

int frond__stdio_reopen(int fd, bool reads) {
    char path[32];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    return open(path, (reads ? O_RDONLY : O_WRONLY) | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
}

int frond__stdio_set(int fd, bool reads) {
    struct epoll_event event = {.events = reads ? EPOLLIN : EPOLLOUT};
    int set = epoll_create1(EPOLL_CLOEXEC);
    if (set < 0 || epoll_ctl(set, EPOLL_CTL_ADD, fd, &event) == 0)
        return set;
    close(set);
    return -1;
}

ssize_t frond__stdio_write(int fd, const void *buf, size_t n) {
    frond_sigpipe before;
    frond_sigpipe_hold(&before);
    ssize_t done = write(fd, buf, n);
    frond_sigpipe_let(&before, done < (ssize_t)n);
    return done;
}

ssize_t frond__stdio_send(int fd, const void *buf, size_t n) {
    return send(fd, buf, n, MSG_DONTWAIT | MSG_NOSIGNAL);
}
