/* SPDX-License-Identifier: MIT */
/* Receiving, through a reader: one read of the system may bring many messages. */
#include "pipe/pipe.h"

#include <frond/error.h>
#include <frond/impl/fail.h>
#include <frond/impl/memory.h>

enum { FIRST_PART = 64 * 1024 };

/* The length of the next message is there, or known already. */
static int await_header(frond_pipe *p, frond_deadline d) {
    const char *data;
    uint64_t len = 0;
    if (p->in_body)
        return 0;
    if (!p->in && !(p->in = frond_reader_new(p->stream, 0)))
        return frond_fail_set(FROND_ENOMEM, "pipe receive");
    int64_t n = frond_reader_peek(p->in, FROND__PIPE_HEADER, &data, d);
    if (n < 0)
        return (int)n;
    if (n < FROND__PIPE_HEADER)
        return frond_fail_set(n ? FROND_EOF : FROND_EPIPE, "pipe receive");
    for (int i = 0; i < FROND__PIPE_HEADER; i++)
        len |= (uint64_t)(unsigned char)data[i] << (8 * i);
    if (len > p->max)
        return frond_fail_text(FROND_EMSGSIZE, "pipe receive: %llu bytes, at most %llu",
                               (unsigned long long)len, (unsigned long long)p->max);
    frond_reader_skip(p->in, FROND__PIPE_HEADER);
    p->in_body = true;
    p->body_len = len;
    return 0;
}

static int grow_body(frond_pipe *p) {
    size_t cap = p->body_cap ? p->body_cap * 2 : FIRST_PART;
    if (cap > p->body_len)
        cap = (size_t)p->body_len;
    char *grown = frond_realloc(p->body, cap + 1);
    if (!grown)
        return frond_fail_set(FROND_ENOMEM, "pipe receive");
    p->body = grown;
    p->body_cap = cap;
    return 0;
}

static int64_t receive_message(frond_pipe *p, void **msg, frond_deadline d) {
    int rc = await_header(p, d);
    while (rc == 0 && (!p->body || p->body_got < p->body_len)) {
        size_t part = 0;
        if ((!p->body || p->body_got == p->body_cap) && (rc = grow_body(p)) < 0)
            break;
        if (p->body_cap > p->body_got) {
            rc = frond_reader_exact(p->in, p->body + p->body_got,
                                    p->body_cap - p->body_got, &part, d);
            p->body_got += part;
        }
    }
    if (rc < 0)
        return rc;
    int64_t len = (int64_t)p->body_len;
    p->body[len] = '\0';
    *msg = p->body;
    p->body = NULL;
    p->in_body = false;
    p->body_got = p->body_cap = 0;
    return len;
}

int64_t frond_pipe_receive(frond_pipe *p, void **msg, frond_deadline d) {
    int rc = frond__pipe_enter(p, p ? &p->receivers : NULL, d, "pipe receive");
    if (rc < 0)
        return rc;
    int64_t n =
        msg ? receive_message(p, msg, d) : frond_fail_set(FROND_EINVAL, "pipe receive");
    frond__pipe_leave(p, &p->receivers);
    return n;
}
