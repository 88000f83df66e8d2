/* SPDX-License-Identifier: MIT */
/* Messages on POSIX.  A frond_part is laid out as a struct iovec, so that nothing is copied. */
#include "os/message_posix.h"

#include <errno.h>
#include <frond/error.h>
#include <frond/impl/address.h>
#include <limits.h>
#include <stddef.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

_Static_assert(sizeof(frond_part) == sizeof(struct iovec) &&
                   offsetof(frond_part, data) == offsetof(struct iovec, iov_base) &&
                   offsetof(frond_part, len) == offsetof(struct iovec, iov_len),
               "one is passed as the other");

int frond__message_flags(int flags) {
    return (flags & FROND_MSG_PEEK ? MSG_PEEK : 0) |
           (flags & FROND_MSG_OOB ? MSG_OOB : 0) |
           (flags & FROND_MSG_DONTROUTE ? MSG_DONTROUTE : 0) |
           (flags & FROND_MSG_MORE ? FROND__MSG_MORE : 0);
}

static void set_parts(struct msghdr *head, const frond_message *m) {
    unsigned short n = (unsigned short)(m->n_parts > IOV_MAX ? IOV_MAX : m->n_parts);
    head->msg_iov = (struct iovec *)(void *)m->parts;
    head->msg_iovlen = n; /* of int or of size_t */
}

void frond__message_to_receive(frond__system_message *s, const frond_message *m) {
    memset(&s->head, 0, sizeof s->head);
    s->name.ss_family = AF_UNSPEC;
    s->head.msg_name = &s->name;
    s->head.msg_namelen = sizeof s->name;
    set_parts(&s->head, m);
    s->head.msg_control = m->control ? m->control : s->control.bytes;
    unsigned room = m->control ? (unsigned)m->control_len : sizeof s->control;
    s->head.msg_controllen = room; /* of int or of size_t */
}

void frond__message_received(const frond__system_message *s, frond_message *m, size_t n) {
    m->len = n;
    m->segment = frond__message_segment(&s->head);
    m->flags =
        (s->head.msg_flags & MSG_TRUNC ? FROND_MSG_TRUNCATED : 0) |
        (s->head.msg_flags & MSG_CTRUNC && m->control ? FROND_MSG_CONTROL_TRUNCATED : 0) |
        (s->head.msg_flags & MSG_OOB ? FROND_MSG_OOB : 0);
    m->control_len = m->control ? s->head.msg_controllen : 0;
    if (frond_addr_from_system(&m->addr, (const struct sockaddr *)&s->name,
                               s->head.msg_namelen) < 0)
        memset(&m->addr, 0, sizeof m->addr);
}

int64_t frond__message_receive(frond_os_fd fd, frond_message *m, int flags) {
    frond__system_message s;
    ssize_t n;
    frond__message_to_receive(&s, m);
    FROND__RETRY(n, recvmsg(fd, &s.head, frond__message_flags(flags)));
    if (n < 0)
        return frond__socket_code();
    frond__message_received(&s, m, (size_t)n);
    return n;
}

int frond__message_to_send(frond__system_message *s, frond_message *m) {
    memset(&s->head, 0, sizeof s->head);
    set_parts(&s->head, m);
    s->head.msg_control = m->control_len ? m->control : NULL;
    unsigned control = (unsigned)m->control_len;
    s->head.msg_controllen = control;
    if (!m->addr.family)
        return 0;
    s->head.msg_name = &s->name;
    s->head.msg_namelen = frond_addr_to_system(&m->addr, &s->name);
    return s->head.msg_namelen ? 0 : FROND_EAFNOSUPPORT;
}

int64_t frond__message_send(frond_os_fd fd, frond_message *m, int flags) {
    frond__system_message s;
    ssize_t n;
    int rc = frond__message_to_send(&s, m);
    if (rc < 0)
        return rc;
    FROND__RETRY(n, sendmsg(fd, &s.head, frond__message_flags(flags) | MSG_NOSIGNAL));
    return n < 0 ? frond__socket_code() : n;
}

/* ---- descriptors ---- */

typedef union {
    struct cmsghdr first;
    char bytes[CMSG_SPACE(FROND_MOST_FDS * sizeof(int))];
} fd_control;

void frond__handover_free(frond__handover *h) {
    (void)h;
}

int64_t frond__fds_flush(frond_os_fd fd, frond_stream *s) {
    (void)fd;
    (void)s;
    return 0;
}

int64_t frond__fds_send(frond_os_fd fd, frond_stream *s, const frond_buf *data,
                        const intptr_t *fds, size_t n) {
    (void)s;
    fd_control control;
    struct iovec part = {(void *)(uintptr_t)data->data, data->len};
    struct msghdr head = {.msg_iov = &part, .msg_iovlen = 1};
    if (n) {
        memset(&control, 0, sizeof control);
        head.msg_control = control.bytes;
        unsigned len = (unsigned)CMSG_SPACE(n * sizeof(int));
        head.msg_controllen = len;
        struct cmsghdr *c = CMSG_FIRSTHDR(&head);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        len = (unsigned)CMSG_LEN(n * sizeof(int));
        c->cmsg_len = len;
        for (size_t i = 0; i < n; i++) {
            int one = (int)fds[i];
            memcpy(CMSG_DATA(c) + i * sizeof one, &one, sizeof one);
        }
    }
    ssize_t done;
    FROND__RETRY(done, sendmsg(fd, &head, MSG_NOSIGNAL));
    return done < 0 ? frond__socket_code() : done;
}

/* Takes those that there is room for, and closes the rest. */
static size_t take_fds(const struct cmsghdr *c, intptr_t *fds, size_t room, size_t have) {
    size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < n; i++, have++) {
        int one;
        memcpy(&one, CMSG_DATA(c) + i * sizeof one, sizeof one);
        if (have < room)
            fds[have] = one;
        else
            close(one);
    }
    return have;
}

int64_t frond__fds_receive(frond_os_fd fd, frond_stream *s, void *buf, size_t cap,
                           intptr_t *fds, size_t *n) {
    (void)s;
    fd_control control;
    struct iovec part = {buf, cap};
    struct msghdr head = {.msg_iov = &part, .msg_iovlen = 1};
    size_t room = *n, have = 0;
    head.msg_control = control.bytes;
    unsigned len = sizeof control;
    head.msg_controllen = len;
    ssize_t got = frond__fds_recvmsg(fd, &head);
    if (got < 0)
        return frond__socket_code();
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&head); c; c = frond__next_control(&head, c))
        if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
            have = take_fds(c, fds, room, have);
    *n = have;
    if (!(head.msg_flags & MSG_CTRUNC))
        return got;
    for (size_t i = 0; i < have && i < room; i++) /* not all could be opened */
        close((int)fds[i]);
    *n = 0;
    return FROND_EMFILE;
}
