/* SPDX-License-Identifier: MIT */
/* Linux makes received descriptors close-on-exec by itself. */
#include "pipe/carry_posix.h"

ssize_t frond__carry_recvmsg(int fd, struct msghdr *head) {
    return recvmsg(fd, head, MSG_CMSG_CLOEXEC);
}

ssize_t frond__carry_sendmsg(int fd, const struct msghdr *head) {
    return sendmsg(fd, head, MSG_NOSIGNAL);
}
