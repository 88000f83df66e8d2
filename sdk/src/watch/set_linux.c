/* SPDX-License-Identifier: MIT */
/* A set is an epoll instance. */
#include "watch/watch.h"

#include <errno.h>
#include <frond/impl/fail.h>
#include <sys/epoll.h>

int frond__set_open(int *set) {
    *set = epoll_create1(EPOLL_CLOEXEC);
    return *set < 0 ? frond_error_from_system(errno) : 0;
}

int frond__set_add(int set, int fd) {
    struct epoll_event none = {.events = 0};
    return epoll_ctl(set, EPOLL_CTL_ADD, fd, &none) < 0 ? frond_error_from_system(errno)
                                                        : 0;
}

int frond__set_events(int set, int fd, int events, int before) {
    (void)before;
    struct epoll_event e = {.events =
                                (events & FROND_IO_READ ? (uint32_t)EPOLLIN : 0) |
                                (events & FROND_IO_WRITE ? (uint32_t)EPOLLOUT : 0) |
                                (events & FROND_IO_CLOSED ? (uint32_t)EPOLLRDHUP : 0)};
    return epoll_ctl(set, EPOLL_CTL_MOD, fd, &e) < 0 ? frond_error_from_system(errno) : 0;
}

int frond__set_look(int set, int events) {
    struct epoll_event e;
    int n = epoll_wait(set, &e, 1, 0);
    if (n <= 0)
        return n < 0 && errno != EINTR ? frond_error_from_system(errno) : 0;
    if (e.events & (EPOLLERR | EPOLLHUP))
        return events;
    return events & ((e.events & EPOLLIN ? FROND_IO_READ : 0) |
                     (e.events & EPOLLOUT ? FROND_IO_WRITE : 0) |
                     (e.events & EPOLLRDHUP ? FROND_IO_CLOSED : 0));
}
