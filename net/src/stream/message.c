/* SPDX-License-Identifier: MIT */
/* Messages over streams. */
#include "os/os_message.h"
#include "stream/stream.h"
#include "stream/stream_limits.h"

#include <frond/error.h>
#include <frond/impl/fail.h>

typedef struct {
    frond_message *message;
    int flags;
} message_call;

static int64_t try_receive(frond_os_fd fd, void *call) {
    message_call *c = call;
    return frond__message_receive(fd, c->message, c->flags);
}

static int64_t try_send(frond_os_fd fd, void *call) {
    message_call *c = call;
    return frond__message_send(fd, c->message, c->flags);
}

int64_t frond_receive_message(frond_stream *s, frond_message *m, int flags,
                              frond_deadline d) {
    message_call call = {m, flags};
    if (!frond__message_is_valid(m))
        return frond_fail_set(FROND_EINVAL, "receive message");
    return frond__stream_run(s, FROND_FD_READ, try_receive, &call, "receive message", d);
}

int64_t frond_send_message(frond_stream *s, frond_message *m, int flags,
                           frond_deadline d) {
    message_call call = {m, flags};
    if (!frond__message_is_valid(m))
        return frond_fail_set(FROND_EINVAL, "send message");
    int64_t n = frond__stream_run(s, FROND_FD_WRITE, try_send, &call, "send message", d);
    m->len = n > 0 ? (size_t)n : 0;
    return n;
}

int64_t frond_receive(frond_stream *s, void *buf, size_t cap, int flags,
                      frond_deadline d) {
    frond_part part = {buf, cap};
    frond_message m = {.parts = &part, .n_parts = 1};
    return flags && cap ? frond_receive_message(s, &m, flags, d)
                        : frond_read(s, buf, cap, d);
}

int64_t frond_send(frond_stream *s, const void *buf, size_t len, int flags,
                   frond_deadline d) {
    frond_part part = {(void *)(uintptr_t)buf, len};
    frond_message m = {.parts = &part, .n_parts = 1};
    return frond_send_message(s, &m, flags, d);
}

/* ---- descriptors ---- */

typedef struct {
    frond_stream *stream;
    frond_buf data;
    const intptr_t *fds;
    size_t n;
} send_fds_call;

static int64_t try_send_fds(frond_os_fd fd, void *call) {
    send_fds_call *c = call;
    return frond__fds_send(fd, c->stream, &c->data, c->fds, c->n);
}

static int64_t try_flush_fds(frond_os_fd fd, void *stream) {
    return frond__fds_flush(fd, stream);
}

int frond_send_fds(frond_stream *s, const void *buf, size_t len, const intptr_t *fds,
                   size_t n, size_t *written, frond_deadline d) {
    static const char doing[] = "send descriptors";
    size_t none = 0;
    written = written ? written : &none;
    *written = 0;
    if (!buf || !len || (!fds && n) || n > FROND_MOST_FDS)
        return frond_fail_set(FROND_EINVAL, doing);
    while (*written < len) {
        send_fds_call call = {
            s, {(const char *)buf + *written, len - *written}, fds, *written ? 0 : n};
        int64_t sent =
            frond__stream_run(s, FROND_FD_WRITE, try_send_fds, &call, doing, d);
        if (sent < 0)
            return (int)sent;
        *written += (size_t)sent;
    }
    if (!s->extras || !s->extras->handover)
        return 0;
    int64_t rc = frond__stream_run(s, FROND_FD_WRITE, try_flush_fds, s, doing, d);
    return rc == FROND_ETIMEDOUT || rc == FROND_ECANCELED ? 0 : (int)rc; /* it is kept */
}

typedef struct {
    frond_stream *stream;
    void *buf;
    size_t cap;
    intptr_t *fds;
    size_t room, *n;
} receive_fds_call;

static int64_t try_receive_fds(frond_os_fd fd, void *call) {
    receive_fds_call *c = call;
    *c->n = c->room;
    return frond__fds_receive(fd, c->stream, c->buf, c->cap, c->fds, c->n);
}

int64_t frond_receive_fds(frond_stream *s, void *buf, size_t cap, intptr_t *fds,
                          size_t *n, frond_deadline d) {
    static const char doing[] = "receive descriptors";
    if (!buf || !cap || !n || (!fds && *n))
        return frond_fail_set(FROND_EINVAL, doing);
    receive_fds_call call = {s, buf, cap, fds, *n, n};
    int64_t got = frond__stream_run(s, FROND_FD_READ, try_receive_fds, &call, doing, d);
    if (got < 0)
        *n = 0;
    return got;
}
