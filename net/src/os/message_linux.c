/* SPDX-License-Identifier: MIT */
/* Linux receives and sends many datagrams in one call, and cuts one buffer into many (UDP GSO, 4.18) or
 * puts many into one (GRO, 5.0). */
#include "os/message_posix.h"

#include <errno.h>
#include <frond/error.h>
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>

enum {
    MOST_AT_ONCE = 32, /* of about 250 bytes each, on the caller's stack */
    SEGMENT = 103,     /* UDP_SEGMENT and UDP_GRO: newer than some headers */
    SEGMENTS_RECEIVED = 104
};

size_t frond__message_segment(const struct msghdr *head) {
    struct msghdr all = *head;
    int size = 0;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&all); c; c = frond__next_control(&all, c))
        if (c->cmsg_level == IPPROTO_UDP && c->cmsg_type == SEGMENTS_RECEIVED)
            memcpy(&size, CMSG_DATA(c), sizeof size);
    return (size_t)size;
}

ssize_t frond__rights_recvmsg(int fd, struct msghdr *head) {
    ssize_t n;
    FROND__RETRY(n, recvmsg(fd, head, MSG_CMSG_CLOEXEC));
    return n;
}

static void add_segment(struct msghdr *head, uint16_t segment) {
    struct cmsghdr *c = CMSG_FIRSTHDR(head);
    c->cmsg_level = IPPROTO_UDP;
    c->cmsg_type = SEGMENT;
    c->cmsg_len = CMSG_LEN(sizeof segment);
    memcpy(CMSG_DATA(c), &segment, sizeof segment);
}

/* A kernel that does not know it, or a route whose device cannot, says EINVAL or EIO; so does the kernel when
 * there are more segments than it takes. */
int64_t frond__message_send_segments(frond_os_fd fd, frond_message *m, int flags) {
    frond__system_message s;
    ssize_t n;
    if (m->control_len || m->segment > UINT16_MAX)
        return FROND_ENOTSUP;
    int rc = frond__message_to_send(&s, m);
    if (rc < 0)
        return rc;
    memset(&s.control, 0, sizeof s.control);
    s.head.msg_control = s.control.bytes;
    s.head.msg_controllen = CMSG_SPACE(sizeof(uint16_t));
    add_segment(&s.head, (uint16_t)m->segment);
    FROND__RETRY(n, sendmsg(fd, &s.head, frond__message_flags(flags) | MSG_NOSIGNAL));
    if (n >= 0)
        return n;
    return errno == EINVAL || errno == EIO || errno == EMSGSIZE ? FROND_ENOTSUP
                                                                : frond__socket_code();
}

int64_t frond__message_receive_many(frond_os_fd fd, frond_message *list, size_t n) {
    frond__system_message s[MOST_AT_ONCE];
    struct mmsghdr heads[MOST_AT_ONCE];
    int done;
    n = n > MOST_AT_ONCE ? MOST_AT_ONCE : n;
    for (size_t i = 0; i < n; i++) {
        frond__message_to_receive(&s[i], &list[i]);
        heads[i] = (struct mmsghdr){.msg_hdr = s[i].head};
    }
    FROND__RETRY(done, recvmmsg(fd, heads, (unsigned)n, MSG_DONTWAIT, NULL));
    if (done < 0)
        return frond__socket_code();
    for (int i = 0; i < done; i++) {
        s[i].head = heads[i].msg_hdr;
        frond__message_received(&s[i], &list[i], heads[i].msg_len);
    }
    return done;
}

int64_t frond__message_send_many(frond_os_fd fd, frond_message *list, size_t n) {
    frond__system_message s[MOST_AT_ONCE];
    struct mmsghdr heads[MOST_AT_ONCE];
    int done, rc;
    n = n > MOST_AT_ONCE ? MOST_AT_ONCE : n;
    for (size_t i = 0; i < n; i++) {
        if ((rc = frond__message_to_send(&s[i], &list[i])) < 0) {
            if (i == 0)
                return rc;
            n = i; /* its turn comes */
            break;
        }
        heads[i] = (struct mmsghdr){.msg_hdr = s[i].head};
    }
    FROND__RETRY(done, sendmmsg(fd, heads, (unsigned)n, MSG_NOSIGNAL));
    if (done < 0)
        return frond__socket_code();
    for (int i = 0; i < done; i++)
        list[i].len = heads[i].msg_len;
    return done;
}
