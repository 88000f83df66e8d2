/* SPDX-License-Identifier: MIT */
/* Descriptors beside bytes, on POSIX. */
#include "os/message_posix.h"

#include <errno.h>
#include <frond/impl/rights.h>
#include <string.h>
#include <sys/uio.h>

enum { MOST_PARTS = 8 };

typedef union {
    struct cmsghdr first;
    char bytes[CMSG_SPACE(FROND_MOST_FDS * sizeof(int))];
} fd_control;

static void add_fds(struct msghdr *head, fd_control *control, const intptr_t *fds,
                    size_t n) {
    memset(control, 0, sizeof *control);
    unsigned len = (unsigned)CMSG_SPACE(n * sizeof(int));
    head->msg_control = control->bytes;
    head->msg_controllen = len; /* of int or of size_t */
    struct cmsghdr *c = CMSG_FIRSTHDR(head);
    len = (unsigned)CMSG_LEN(n * sizeof(int));
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = len;
    for (size_t i = 0; i < n; i++) {
        int one = (int)fds[i];
        memcpy(CMSG_DATA(c) + i * sizeof one, &one, sizeof one);
    }
}

int64_t frond_rights_send(frond_os_fd fd, const frond_buf *parts, size_t n,
                          const intptr_t *fds, size_t n_fds) {
    struct iovec each[MOST_PARTS];
    fd_control control;
    struct msghdr head = {.msg_iov = each};
    unsigned short used = (unsigned short)(n < MOST_PARTS ? n : MOST_PARTS);
    for (size_t i = 0; i < used; i++)
        each[i] = (struct iovec){(void *)(uintptr_t)parts[i].data, parts[i].len};
    head.msg_iovlen = used; /* of int or of size_t */
    if (n_fds)
        add_fds(&head, &control, fds, n_fds);
    ssize_t done;
    FROND__RETRY(done, sendmsg(fd, &head, MSG_NOSIGNAL));
    return done < 0 ? frond__socket_code() : done;
}

static void take_fds(const struct cmsghdr *c, frond_rights *came) {
    size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < n; i++) { /* there was no room for more */
        int one;
        memcpy(&one, CMSG_DATA(c) + i * sizeof one, sizeof one);
        came->fds[came->n++] = one;
    }
}

int64_t frond_rights_receive(frond_os_fd fd, const frond_part *parts, size_t n,
                             frond_rights *came) {
    fd_control control;
    struct msghdr head = {.msg_iov = (struct iovec *)(void *)(uintptr_t)parts,
                          .msg_control = control.bytes};
    unsigned len = sizeof control;
    unsigned short used = (unsigned short)n;
    head.msg_iovlen = used;
    head.msg_controllen = len;
    came->n = 0;
    came->lost = 0;
    ssize_t got = frond__rights_recvmsg(fd, &head);
    if (got < 0)
        return frond__socket_code();
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&head); c; c = frond__next_control(&head, c))
        if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
            take_fds(c, came);
    came->lost = (head.msg_flags & MSG_CTRUNC) != 0;
    return got;
}
