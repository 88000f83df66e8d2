/* SPDX-License-Identifier: MIT */
/* What carry_posix.c needs of carry_linux.c and carry_macos.c. */
#ifndef FROND_SRC_CARRY_POSIX_H
#define FROND_SRC_CARRY_POSIX_H

#include <sys/socket.h>
#include <sys/types.h>

/* recvmsg, whose descriptors are close-on-exec, once. */
ssize_t frond__carry_recvmsg(int fd, struct msghdr *head);
ssize_t frond__carry_sendmsg(int fd, const struct msghdr *head);

/* The next control message; musl's macro is careless with signs. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wsign-conversion"
static inline struct cmsghdr *frond__carry_next(struct msghdr *head, struct cmsghdr *c) {
    return CMSG_NXTHDR(head, c);
}
#pragma GCC diagnostic pop

#endif
