/* SPDX-License-Identifier: MIT */
/* Messages on POSIX.  A frond_part is laid out as a struct iovec, so that nothing is copied. */
#include "os/message_posix.h"

#include <errno.h>
#include <frond/error.h>
#include <frond/impl/address.h>
#include <frond/impl/rights.h>
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
    return frond_rights_send(fd, data, 1, fds, n);
}

/* What there is no room for is closed. */
int64_t frond__fds_receive(frond_os_fd fd, frond_stream *s, void *buf, size_t cap,
                           intptr_t *fds, size_t *n) {
    (void)s;
    frond_rights came;
    int64_t got = frond_rights_receive(fd, &(frond_part){buf, cap}, 1, &came);
    if (got < 0)
        return got;
    size_t taken = came.lost ? 0 : came.n < *n ? came.n : *n;
    for (size_t i = 0; i < came.n; i++)
        if (i < taken)
            fds[i] = came.fds[i];
        else
            close((int)came.fds[i]);
    *n = came.lost ? 0 : came.n;
    return came.lost ? FROND_EMFILE : got;
}
