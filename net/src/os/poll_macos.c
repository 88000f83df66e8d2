/* SPDX-License-Identifier: MIT */
/* The descriptor that stands for others is a kqueue.  What it refuses (files of some kinds) is looked at
 * once a second: see poll_posix.c. */
#include "socket/polling.h"

#include <errno.h>
#include <fcntl.h>
#include <frond/error.h>
#include <frond/impl/fail.h>
#include <frond/impl/process.h>
#include <sys/event.h>
#include <sys/time.h>

/* EV_RECEIPT: the answer is about this change, and no event is taken. */
static void enter(int queue, intptr_t fd, int16_t filter, uint32_t flags) {
    struct kevent change, receipt;
    EV_SET(&change, (uintptr_t)fd, filter, EV_ADD | EV_RECEIPT, flags, 0, NULL);
    kevent(queue, &change, 1, &receipt, 1, NULL);
}

static int open_queue(int *queue) {
    frond_opening_begin();
    *queue = kqueue();
    int error = errno;
    if (*queue >= 0) {
        fcntl(*queue, F_SETFD, FD_CLOEXEC);
        frond_descriptor_opened(*queue);
    }
    frond_opening_end();
    return *queue < 0 ? frond_error_from_system(error) : 0;
}

int frond__poll_gather(const frond_pollfd *fds, size_t n, frond_os_fd *set) {
    int rc = open_queue(set);
    for (size_t i = 0; rc == 0 && i < n; i++) {
        if (fds[i].events & FROND_POLL_IN)
            enter(*set, fds[i].fd, EVFILT_READ, 0);
        if (fds[i].events & FROND_POLL_OUT)
            enter(*set, fds[i].fd, EVFILT_WRITE, 0);
        if (!(fds[i].events &
              (FROND_POLL_IN | FROND_POLL_OUT))) /* urgent data, or the end */
            enter(*set, fds[i].fd, EVFILT_EXCEPT, NOTE_OOB);
    }
    return rc;
}
