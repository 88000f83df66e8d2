/* SPDX-License-Identifier: MIT */
/* Bytes and descriptors over a unix socket.  The kernel ends a read behind the bytes that descriptors came with, so
 * they are there no later than the first byte of their message, and in the order of the messages. */
#include "pipe/carry.h"
#include "pipe/carry_posix.h"

#include <errno.h>
#include <fcntl.h>
#include <frond/error.h>
#include <frond/impl/fail.h>
#include <frond/impl/memory.h>
#include <frond/impl/process.h>
#include <stddef.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

enum {
    MOST_PARTS = 4,
    MOST_WAITING = 2 * FROND__CARRIED /* more come only from a program that is no frond */
};

typedef union {
    struct cmsghdr first;
    char bytes[CMSG_SPACE(FROND__CARRIED * sizeof(int))];
} fd_control;

static int64_t code(void) {
    return errno == EAGAIN || errno == EWOULDBLOCK ? FROND_STREAM_AGAIN
                                                   : frond_error_from_system(errno);
}

static void add_fds(struct msghdr *head, fd_control *control,
                    const frond__carry_out *out) {
    memset(control, 0, sizeof *control);
    unsigned len = (unsigned)CMSG_SPACE(out->n_fds * sizeof(int));
    head->msg_control = control->bytes;
    head->msg_controllen = len; /* of int or of size_t */
    struct cmsghdr *c = CMSG_FIRSTHDR(head);
    len = (unsigned)CMSG_LEN(out->n_fds * sizeof(int));
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = len;
    for (size_t i = 0; i < out->n_fds; i++) {
        int one = (int)out->fds[i];
        memcpy(CMSG_DATA(c) + i * sizeof one, &one, sizeof one);
    }
}

int64_t frond__carry_send(frond_os_fd fd, void *call) {
    const frond__carry_out *out = call;
    struct iovec parts[MOST_PARTS];
    fd_control control;
    struct msghdr head = {.msg_iov = parts};
    size_t n = out->n < MOST_PARTS ? out->n : MOST_PARTS;
    for (size_t i = 0; i < n; i++)
        parts[i] = (struct iovec){(void *)(uintptr_t)out->bufs[i].data, out->bufs[i].len};
    unsigned short used = (unsigned short)n;
    head.msg_iovlen = used; /* of int or of size_t */
    if (out->n_fds)
        add_fds(&head, &control, out);
    ssize_t done;
    do
        done = frond__carry_sendmsg(fd, &head);
    while (done < 0 && errno == EINTR);
    return done < 0 ? code() : done;
}

static void keep_fds(const struct cmsghdr *c, frond__carried *to) {
    size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    if (!to->fds)
        to->fds = frond_alloc(MOST_WAITING * sizeof *to->fds);
    for (size_t i = 0; i < n; i++) {
        int one;
        memcpy(&one, CMSG_DATA(c) + i * sizeof one, sizeof one);
        if (to->fds && to->n < MOST_WAITING) {
            frond_descriptor_opened(one);
            to->fds[to->n++] = one;
        } else {
            close(one);
            to->lost = true;
        }
    }
}

int64_t frond__carry_receive(frond_os_fd fd, void *call) {
    frond__carry_in *in = call;
    fd_control control;
    struct iovec parts[2] = {{in->to[0], in->room[0]}, {in->to[1], in->room[1]}};
    struct msghdr head = {.msg_iov = parts, .msg_control = control.bytes};
    unsigned len = sizeof control;
    head.msg_iovlen = in->room[1] ? 2 : 1;
    head.msg_controllen = len;
    ssize_t n;
    do
        n = frond__carry_recvmsg(fd, &head);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return code();
    if (head.msg_controllen == 0)
        return n;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&head); c; c = frond__carry_next(&head, c))
        if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
            keep_fds(c, in->carried);
    if (head.msg_flags & MSG_CTRUNC) /* not all could be opened */
        in->carried->lost = true;
    return n;
}

size_t frond__carry_item_size(void) {
    return offsetof(frond__item, to);
}

uint64_t frond__carry_self(void) {
    return 0;
}

int frond__carry_export(uint64_t to, intptr_t fd, frond__item *item) {
    (void)to;
    (void)item;
    return frond__carry_is_open(fd) ? 0 : FROND_EBADF;
}

void frond__carry_retract(frond__item *item) {
    (void)item;
}

int frond__carry_import(frond__item *item, frond__carried *carried, intptr_t *fd) {
    (void)item;
    if (carried->n == 0)
        return carried->lost ? FROND_EMFILE : FROND_EPROTO;
    *fd = carried->fds[0];
    memmove(carried->fds, carried->fds + 1, --carried->n * sizeof *carried->fds);
    frond_descriptor_closing(*fd); /* it is whose it becomes */
    return 0;
}

void frond__carry_forget(frond__carried *carried) {
    for (size_t i = 0; i < carried->n; i++) {
        frond_descriptor_closing(carried->fds[i]);
        close((int)carried->fds[i]);
    }
    frond_free(carried->fds);
    *carried = (frond__carried){0};
}

/* What was sent over a unix socket is the receiver's. */
void frond__carry_finish(intptr_t fd) {
    (void)fd;
}

void frond__carry_close(intptr_t fd) {
    close((int)fd);
}

bool frond__carry_is_open(intptr_t fd) {
    return fcntl((int)fd, F_GETFD) >= 0;
}
