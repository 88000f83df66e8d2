/* SPDX-License-Identifier: MIT */
/* A set is a kqueue.  What it tells once it tells again as long as it holds, save that the other side writes no more:
 * asked for alone, that comes with an event for each arrival of data, which is taken then. */
#include "watch/watch.h"

#include <errno.h>
#include <fcntl.h>
#include <frond/impl/fail.h>
#include <frond/impl/process.h>
#include <sys/event.h>
#include <sys/stat.h>
#include <sys/time.h>

int frond__set_open(int *set) {
    frond_opening_begin();
    *set = kqueue();
    int error = errno;
    if (*set >= 0)
        fcntl(*set, F_SETFD, FD_CLOEXEC);
    frond_opening_end();
    return *set < 0 ? frond_error_from_system(error) : 0;
}

static int change(int set, int fd, int16_t filter, uint16_t flags) {
    struct kevent change, receipt;
    EV_SET(&change, (uintptr_t)fd, filter, flags | EV_RECEIPT, 0, 0, NULL);
    if (kevent(set, &change, 1, &receipt, 1, NULL) < 0)
        return frond_error_from_system(errno);
    return receipt.data ? frond_error_from_system((int)receipt.data) : 0;
}

/* What is always ready is refused, as by epoll. */
int frond__set_add(int set, int fd) {
    struct stat info;
    (void)set;
    if (fstat(fd, &info) < 0)
        return frond_error_from_system(errno);
    return S_ISREG(info.st_mode) || S_ISDIR(info.st_mode) ? FROND_EPERM : 0;
}

static int filter_events(int set, int fd, int16_t filter, uint16_t wanted, uint16_t had) {
    if (wanted == had)
        return 0;
    if (had) /* a filter keeps the flags that it was added with */
        (void)change(set, fd, filter, EV_DELETE);
    return wanted ? change(set, fd, filter, wanted) : 0;
}

static uint16_t reading(int events) {
    if (events & FROND_IO_READ)
        return EV_ADD;
    return events & FROND_IO_CLOSED ? EV_ADD | EV_CLEAR : 0;
}

static uint16_t writing(int events) {
    return events & FROND_IO_WRITE ? EV_ADD : 0;
}

int frond__set_events(int set, int fd, int events, int before) {
    int rc = filter_events(set, fd, EVFILT_READ, reading(events), reading(before));
    int rc_write = filter_events(set, fd, EVFILT_WRITE, writing(events), writing(before));
    return rc < 0 ? rc : rc_write;
}

int frond__set_look(int set, int events) {
    struct kevent e[2];
    const struct timespec now = {0, 0};
    int found = 0, n = kevent(set, NULL, 0, e, 2, &now);
    if (n < 0)
        return errno == EINTR ? 0 : frond_error_from_system(errno);
    for (int i = 0; i < n; i++) {
        found |= e[i].filter == EVFILT_READ ? FROND_IO_READ : FROND_IO_WRITE;
        if (e[i].flags & EV_EOF)
            found |= FROND_IO_CLOSED;
    }
    return found & events;
}
