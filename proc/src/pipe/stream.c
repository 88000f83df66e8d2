/* SPDX-License-Identifier: MIT */
/* Messages of any length, as streams: what is written goes as parts, and what is read ends with the last of them.
 * Such a stream has the pipe's turn until the message is over. */
#include "pipe/pipe.h"

#include <frond/error.h>
#include <frond/impl/fail.h>
#include <frond/impl/memory.h>
#include <string.h>

enum { PART = 64 * 1024 };

typedef struct {
    frond_stream base;
    frond_pipe *pipe;
    bool receives;
    bool begun; /* sending: parts have gone */
    bool over;  /* and the turn given back */
    int error;  /* of the message: all further calls answer it */
} body;

static body *body_of(frond_stream *s) {
    return (body *)(void *)s;
}

static void end(body *b) {
    b->over = true;
    frond_pipe *p = b->pipe;
    p->inside++; /* until the stream goes */
    frond__pipe_leave(p, b->receives ? &p->receivers : &p->senders);
}

/* The stream is closed: the message is skipped, or given up. */
static void leave_message(body *b) {
    frond_pipe *p = b->pipe;
    if (b->over || frond_home_closed(&p->home))
        return;
    if (b->receives)
        p->in.skip = p->in.begun;
    else if (b->begun && !p->stream->closed && !p->broken)
        frond__pipe_post_frame(p, FROND__GIVEN_UP, 0);
    end(b);
}

/* Who was in a call on a stream that was closed meanwhile leaves it. */
static int left(body *b, int rc) {
    if (!b->base.closed)
        return rc;
    leave_message(b);
    return frond_fail_set(FROND_ECLOSED, "pipe stream");
}

/* ---- sending ---- */

static int send_one(body *b, const frond_buf *buf, size_t *written, frond_deadline d) {
    for (size_t at = 0; at < buf->len;) {
        size_t n = buf->len - at < PART ? buf->len - at : PART;
        int rc = frond__pipe_send_frame(b->pipe, FROND__PART,
                                        (const char *)buf->data + at, n, d);
        b->begun = b->begun || rc == 0;
        if (rc < 0 || b->base.closed)
            return rc;
        at += n;
        *written += n;
    }
    return 0;
}

static int body_write(frond_stream *s, const frond_buf *bufs, size_t n, size_t *written,
                      frond_deadline d) {
    body *b = body_of(s);
    int rc = b->receives ? frond_fail_set(FROND_ENOTSUP, "write") : 0;
    for (size_t i = 0; rc == 0 && i < n; i++)
        rc = send_one(b, &bufs[i], written, d);
    return left(b, rc);
}

static int body_shutdown(frond_stream *s, frond_deadline d) {
    body *b = body_of(s);
    if (b->receives)
        return frond_fail_set(FROND_ENOTSUP, "shutdown");
    int rc = frond__pipe_send_frame(b->pipe, FROND__LAST, NULL, 0, d);
    if (rc == 0)
        end(b);
    return left(b, rc);
}

/* ---- receiving ---- */

/* What a receive has collected before it found that it was too much. */
static int64_t read_collected(frond__pipe_input *in, void *buf, size_t cap) {
    size_t n = in->got < cap ? in->got : cap;
    memcpy(buf, in->body, n);
    in->got -= n;
    if (in->got) {
        memmove(in->body, in->body + n, in->got);
    } else {
        frond_free(in->body);
        in->body = NULL;
        in->cap = 0;
    }
    return (int64_t)n;
}

/* 1 while there is something to read, 0 at the end. */
static int next_part(frond_pipe *p, frond_deadline d) {
    frond__pipe_input *in = &p->in;
    while (!in->whole && !(in->known && in->left)) {
        int rc = frond__pipe_next_frame(p, d);
        if (rc < 0)
            return rc;
        if (in->kind == FROND__GIVEN_UP)
            return frond_fail_text(FROND_ECONNABORTED,
                                   "read: the sender has given the message up");
        in->whole = in->kind != FROND__PART && !in->left;
        in->known = in->left != 0;
    }
    return !in->whole;
}

static int64_t read_message(body *b, void *buf, size_t cap, frond_deadline d) {
    frond__pipe_input *in = &b->pipe->in;
    if (in->got)
        return read_collected(in, buf, cap);
    int rc = next_part(b->pipe, d);
    if (rc == 1)
        return frond__pipe_read_frame(b->pipe, buf, cap, d);
    if (rc == 0 || rc == FROND_ECONNABORTED) {
        b->error = rc;
        frond__pipe_drop_message(b->pipe);
        end(b);
    }
    return rc;
}

static int64_t body_read(frond_stream *s, void *buf, size_t cap, frond_deadline d) {
    body *b = body_of(s);
    if (!b->receives)
        return frond_fail_set(FROND_ENOTSUP, "read");
    if (b->over)
        return b->error ? frond_fail_set(b->error, "read") : 0;
    int64_t n = read_message(b, buf, cap, d);
    return s->closed ? left(b, 0) : n;
}

/* ---- both ---- */

static void body_close(frond_stream *s) {
    body *b = body_of(s);
    frond_stream *under = b->pipe->stream;
    if (!s->reading && !s->writing)
        leave_message(b);
    else if (!under->closed)
        under->ops->interrupt(under, b->receives ? FROND_FD_READ : FROND_FD_WRITE,
                              FROND_ECLOSED);
}

static void body_destroy(frond_stream *s) {
    frond__pipe_leave(body_of(s)->pipe, NULL);
    frond_free(s);
}

static const frond_stream_ops ops = {.read = body_read,
                                     .write = body_write,
                                     .shutdown = body_shutdown,
                                     .close = body_close,
                                     .destroy = body_destroy};

/* The turn and the pipe are the stream's on success, else given back. */
static int make(frond_pipe *p, bool receives, frond_stream **s) {
    body *b = frond_calloc(1, sizeof *b);
    if (!b || frond_stream_init(&b->base, &ops) < 0) {
        frond_free(b);
        frond__pipe_leave(p, receives ? &p->receivers : &p->senders);
        return frond_fail_set(FROND_ENOMEM, "pipe stream");
    }
    b->pipe = p;
    b->receives = receives;
    *s = &b->base;
    return 0;
}

int frond_pipe_send_stream(frond_pipe *p, frond_stream **s, frond_deadline d) {
    int rc = frond__pipe_enter(p, p ? &p->senders : NULL, d, "pipe send");
    if (rc < 0)
        return rc;
    if (s)
        return make(p, false, s);
    frond__pipe_leave(p, &p->senders);
    return frond_fail_set(FROND_EINVAL, "pipe send");
}

int frond_pipe_receive_stream(frond_pipe *p, frond_stream **s, frond_deadline d) {
    int rc = frond__pipe_enter(p, p ? &p->receivers : NULL, d, "pipe receive");
    if (rc < 0)
        return rc;
    rc = s ? 0 : frond_fail_set(FROND_EINVAL, "pipe receive");
    if (rc == 0 && p->in.skip)
        rc = frond__pipe_skip_rest(p, d);
    if (rc == 0 && !p->in.begun)
        rc = frond__pipe_next_frame(p, d);
    if (rc == 0)
        return make(p, true, s);
    frond__pipe_leave(p, &p->receivers);
    return rc;
}
