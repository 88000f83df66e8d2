/* SPDX-License-Identifier: MIT */
/* macOS marks received descriptors afterwards, and has told each socket that SIGPIPE is not wanted. */
#include "pipe/carry_posix.h"

#include <fcntl.h>
#include <frond/impl/process.h>
#include <string.h>

static void mark(const struct cmsghdr *c) {
    size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < n; i++) {
        int one;
        memcpy(&one, CMSG_DATA(c) + i * sizeof one, sizeof one);
        fcntl(one, F_SETFD, FD_CLOEXEC);
    }
}

ssize_t frond__carry_recvmsg(int fd, struct msghdr *head) {
    frond_opening_begin();
    ssize_t n = recvmsg(fd, head, 0);
    for (struct cmsghdr *c = n >= 0 ? CMSG_FIRSTHDR(head) : NULL; c;
         c = frond__carry_next(head, c))
        if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
            mark(c);
    frond_opening_end();
    return n;
}

ssize_t frond__carry_sendmsg(int fd, const struct msghdr *head) {
    return sendmsg(fd, head, 0);
}
