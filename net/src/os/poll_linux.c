/* SPDX-License-Identifier: MIT */
/* The descriptor that stands for others is an epoll instance. */
#include "socket/polling.h"

#include <errno.h>
#include <frond/error.h>
#include <frond/impl/fail.h>
#include <frond/impl/memory.h>
#include <frond/impl/process.h>
#include <stdlib.h>
#include <sys/epoll.h>

typedef struct {
    int fd;
    uint32_t events;
} wish;

static int by_fd(const void *a, const void *b) {
    const wish *x = a, *y = b;
    return (x->fd > y->fd) - (x->fd < y->fd);
}

static uint32_t to_epoll(short events) {
    return (events & FROND_POLL_IN ? (uint32_t)EPOLLIN : 0) |
           (events & FROND_POLL_PRI ? (uint32_t)EPOLLPRI : 0) |
           (events & FROND_POLL_OUT ? (uint32_t)EPOLLOUT : 0);
}

/* An instance takes a descriptor once only: wishes for the same one are put together. */
static size_t merge(wish *wishes, size_t n) {
    size_t merged = 0;
    qsort(wishes, n, sizeof *wishes, by_fd);
    for (size_t i = 0; i < n; i++)
        if (merged && wishes[merged - 1].fd == wishes[i].fd)
            wishes[merged - 1].events |= wishes[i].events;
        else
            wishes[merged++] = wishes[i];
    return merged;
}

/* EPERM: always ready, and asked for nothing, or poll(2) would have said so. */
static int enter(int set, const wish *w) {
    struct epoll_event e = {.events = w->events};
    if (epoll_ctl(set, EPOLL_CTL_ADD, w->fd, &e) == 0 || errno == EPERM || errno == EBADF)
        return 0;
    return frond_error_from_system(errno);
}

int frond__poll_gather(const frond_pollfd *fds, size_t n, frond_os_fd *out) {
    wish *wishes = frond_alloc((n ? n : 1) * sizeof *wishes);
    if (!wishes)
        return FROND_ENOMEM;
    for (size_t i = 0; i < n; i++)
        wishes[i] = (wish){(int)fds[i].fd, to_epoll(fds[i].events)};
    n = merge(wishes, n);
    int set = epoll_create1(EPOLL_CLOEXEC);
    int rc = set < 0 ? frond_error_from_system(errno) : 0;
    if (set >= 0)
        frond_descriptor_opened(set);
    for (size_t i = 0; rc == 0 && i < n; i++)
        rc = enter(set, &wishes[i]);
    frond_free(wishes);
    if (rc < 0)
        frond__socket_close(set);
    *out = set;
    return rc;
}
