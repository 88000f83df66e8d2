/* SPDX-License-Identifier: MIT */
/* Streams over the loop's own pipes, for systems whose pipes cannot be polled.
 *
 * The system writes into a buffer whenever it likes once a call was started, and reads from one until
 * it is done, so both are ours (`pump`), and live until the loop has closed the pipe.  The loop reads only
 * while somebody waits; what comes too late is kept for the next read.  What a write has handed over
 * counts as written; the next write waits for it, and the pipe is not closed before. */
#include "stream/loop_stream.h"

#include "stream/gather.h"
#include <frond/error.h>
#include <frond/event.h>
#include <frond/impl/fail.h>
#include <frond/impl/loop.h>
#include <frond/impl/memory.h>
#include <frond/impl/stream.h>
#include <frond/impl/waiter.h>
#include <stdbool.h>
#include <string.h>
#include <uv.h>

enum { CHUNK = 64 * 1024 };

typedef struct {
    uv_pipe_t pipe;
    uv_write_t request;
    unsigned refs;       /* the stream's, the open pipe's */
    bool closing;        /* the stream is gone: close once the last write is done */
    frond_event came;    /* there is something to read, or the end, or an error */
    frond_event written; /* no write is under way */
    int read_end;        /* 0, FROND_EOF or an error */
    int write_error;     /* of the last write */
    size_t at, end;      /* of in: read and not given out */
    char in[CHUNK], out[CHUNK];
} pump;

typedef struct {
    frond_stream base;
    pump *p;
    const char *name;
} loop_stream;

static void unref(pump *p) {
    if (--p->refs == 0)
        frond_free(p);
}

static void closed(uv_handle_t *handle) {
    unref(handle->data);
}

static void close_pump(pump *p) {
    if (!uv_is_closing((uv_handle_t *)&p->pipe))
        uv_close((uv_handle_t *)&p->pipe, closed);
}

/* ---- reading ---- */

static void give_room(uv_handle_t *handle, size_t wanted, uv_buf_t *buf) {
    (void)wanted;
    pump *p = handle->data;
    *buf = uv_buf_init(p->in, CHUNK);
}

static void received(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf) {
    (void)buf;
    pump *p = stream->data;
    if (n == 0)
        return; /* nothing yet after all */
    uv_read_stop(stream);
    p->at = 0;
    p->end = n > 0 ? (size_t)n : 0;
    if (n < 0)
        p->read_end = frond_error_from_uv((int)n);
    frond_event_set(&p->came);
}

static int await(frond_event *e, frond_deadline d) {
    frond_wake_source(1);
    int rc = frond_event_wait(e, d.ns <= 0 ? frond_in(0) : d);
    frond_wake_source(-1);
    return rc;
}

static int fail(const loop_stream *k, int code, const char *doing) {
    return frond_fail_text(code, "%s %s: %s", doing, k->name, frond_error_message(code));
}

static int fill(pump *p, frond_deadline d) {
    frond_event_clear(&p->came);
    int rc = uv_read_start((uv_stream_t *)&p->pipe, give_room, received);
    if (rc < 0)
        return frond_error_from_uv(rc);
    p->refs++;
    rc = await(&p->came, d);
    if (rc < 0 && !p->closing)
        uv_read_stop((uv_stream_t *)&p->pipe);
    unref(p);
    return rc;
}

static int64_t loop_read(frond_stream *s, void *buf, size_t cap, frond_deadline d) {
    loop_stream *k = (loop_stream *)s;
    pump *p = k->p;
    int rc = 0;
    if (p->at == p->end && !p->read_end)
        rc = fill(p, d);
    if (rc == 0 && s->closed)
        rc = FROND_ECLOSED;
    if (rc == 0 && p->at == p->end)
        rc = p->read_end;
    if (rc == FROND_EOF)
        return 0;
    if (rc < 0)
        return fail(k, rc, "read from");
    size_t n = p->end - p->at;
    if (n > cap)
        n = cap;
    memcpy(buf, p->in + p->at, n);
    p->at += n;
    return (int64_t)n;
}

/* ---- writing ---- */

static void wrote(uv_write_t *request, int status) {
    pump *p = request->data;
    int rc = frond_error_from_uv(status);
    p->write_error = rc == FROND_EOF ? FROND_EPIPE : rc;
    frond_event_set(&p->written);
    if (!p->closing)
        return;
    if (uv_is_closing(
            (uv_handle_t *)&p->pipe)) /* by the hub's end, which knows no callback */
        p->pipe.close_cb = closed;
    else
        close_pump(p);
}

static int start_write(pump *p, size_t n) {
    uv_buf_t buf = uv_buf_init(p->out, (unsigned)n);
    p->request.data = p;
    int rc = uv_write(&p->request, (uv_stream_t *)&p->pipe, &buf, 1, wrote);
    if (rc == 0)
        frond_event_clear(&p->written);
    return frond_error_from_uv(rc);
}

/* Waits for the last write and takes its error. */
static int write_settled(loop_stream *k, frond_deadline d) {
    pump *p = k->p;
    int rc = await(&p->written, d);
    if (rc == 0 && k->base.closed)
        rc = FROND_ECLOSED;
    if (rc == 0) {
        rc = p->write_error;
        p->write_error = 0;
    }
    return rc;
}

static int loop_write(frond_stream *s, const frond_buf *bufs, size_t n, size_t *written,
                      frond_deadline d) {
    loop_stream *k = (loop_stream *)s;
    pump *p = k->p;
    int rc = write_settled(k, d);
    frond__gather left = {bufs, n, 0};
    while (rc == 0 && left.n) {
        size_t used = frond__gather_next(&left, p->out, CHUNK);
        if (used == 0)
            break;
        if ((rc = start_write(p, used)) < 0)
            break;
        *written += used;
        rc = write_settled(k, d);
        if (rc == FROND_ETIMEDOUT && left.n == 0)
            rc = 0; /* all of it is under way */
    }
    return rc < 0 ? fail(k, rc, "write to") : 0;
}

/* ---- the end ---- */

static void loop_close(frond_stream *s) {
    pump *p = ((loop_stream *)s)->p;
    p->closing = true;
    if (frond_home_closed(&s->home)) { /* the loop has closed what it had */
        unref(p);
        return;
    }
    uv_read_stop((uv_stream_t *)&p->pipe);
    frond_wake_all(&p->came.waiters, FROND_ECLOSED);
    frond_wake_all(&p->written.waiters, FROND_ECLOSED);
    if (frond_event_is_set(&p->written))
        close_pump(p);
}

static void loop_destroy(frond_stream *s) {
    unref(((loop_stream *)s)->p);
    frond_free(s);
}

static const frond_stream_ops loop_ops = {
    .read = loop_read, .write = loop_write, .close = loop_close, .destroy = loop_destroy};

int frond__loop_stream(int fd, const char *name, frond_stream **s) {
    uv_loop_t *loop = frond_loop();
    loop_stream *k = frond_calloc(1, sizeof *k);
    pump *p = loop ? frond_calloc(1, sizeof *p) : NULL;
    if (!k || !p || frond_stream_init(&k->base, &loop_ops) < 0) {
        frond_free(k);
        frond_free(p);
        return frond_fail_set(FROND_ENOMEM, name);
    }
    uv_pipe_init(loop, &p->pipe, 0);
    p->pipe.data = p;
    p->refs = 2;
    frond_event_set(&p->written);
    k->p = p;
    k->name = name;
    int rc = uv_pipe_open(&p->pipe, fd);
    if (rc < 0) {
        frond_stream_undo(&k->base);
        frond_free(k);
        p->refs--;
        close_pump(p);
        rc = frond_error_from_uv(rc);
        return frond_fail_text(rc, "%s: %s", name, frond_error_message(rc));
    }
    uv_unref((uv_handle_t *)&p->pipe); /* its waiters are what counts */
    *s = &k->base;
    return 0;
}
