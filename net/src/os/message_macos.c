/* SPDX-License-Identifier: MIT */
/* macOS receives and sends one datagram a call, and marks received descriptors afterwards. */
#include "os/message_each.h"
#include "os/message_posix.h"

#include <errno.h>
#include <fcntl.h>
#include <frond/error.h>
#include <frond/impl/process.h>
#include <string.h>

size_t frond__message_segment(const struct msghdr *head) {
    (void)head;
    return 0;
}

int64_t frond__message_send_segments(frond_os_fd fd, frond_message *m, int flags) {
    (void)fd;
    (void)m;
    (void)flags;
    return FROND_ENOTSUP;
}

int64_t frond__message_receive_many(frond_os_fd fd, frond_message *list, size_t n) {
    return frond__message_each(fd, list, n, frond__message_receive);
}

int64_t frond__message_send_many(frond_os_fd fd, frond_message *list, size_t n) {
    return frond__message_each(fd, list, n, frond__message_send);
}

static void mark(const struct cmsghdr *c) {
    size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < n; i++) {
        int one;
        memcpy(&one, CMSG_DATA(c) + i * sizeof one, sizeof one);
        fcntl(one, F_SETFD, FD_CLOEXEC);
    }
}

ssize_t frond__rights_recvmsg(int fd, struct msghdr *head) {
    ssize_t n;
    frond_opening_begin();
    FROND__RETRY(n, recvmsg(fd, head, 0));
    for (struct cmsghdr *c = n >= 0 ? CMSG_FIRSTHDR(head) : NULL; c;
         c = frond__next_control(head, c))
        if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
            mark(c);
    frond_opening_end();
    return n;
}
