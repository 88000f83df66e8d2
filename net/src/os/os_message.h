/* SPDX-License-Identifier: MIT */
/* The system's calls on messages, each tried once and never blocking.  They answer as those of os_socket.h. */
#ifndef FROND_OS_MESSAGE_H
#define FROND_OS_MESSAGE_H

#include "os/os_socket.h"
#include <frond/message.h>

/* Whether what it points to is there. */
static inline bool frond__message_is_valid(const frond_message *m) {
    if (!m || (!m->parts && m->n_parts) || (!m->control && m->control_len) ||
        m->reserved[0] || m->reserved[1])
        return false;
    for (size_t i = 0; i < m->n_parts; i++)
        if (!m->parts[i].data && m->parts[i].len)
            return false;
    return true;
}

int64_t frond__message_receive(frond_os_fd fd, frond_message *m, int flags);
/* As one datagram, whatever m->segment says. */
int64_t frond__message_send(frond_os_fd fd, frond_message *m, int flags);
/* Datagrams of m->segment bytes, in one call; FROND_ENOTSUP where that cannot be. */
int64_t frond__message_send_segments(frond_os_fd fd, frond_message *m, int flags);
/* How many of n, or what the first met. */
int64_t frond__message_receive_many(frond_os_fd fd, frond_message *list, size_t n);
int64_t frond__message_send_many(frond_os_fd fd, frond_message *list, size_t n);

/* What a stream's extras keep of descriptors that are under way; POSIX has nothing to keep. */
typedef struct frond__handover frond__handover;
void frond__handover_free(frond__handover *h);

int64_t frond__fds_send(frond_os_fd fd, frond_stream *s, const frond_buf *data,
                        const intptr_t *fds, size_t n);
int64_t frond__fds_flush(frond_os_fd fd, frond_stream *s); /* what was kept */
int64_t frond__fds_receive(frond_os_fd fd, frond_stream *s, void *buf, size_t cap,
                           intptr_t *fds, size_t *n);

#endif
