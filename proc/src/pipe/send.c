/* SPDX-License-Identifier: MIT */
/* Sending.  The first message of a greenlet's turn goes straight to the system; those that it sends in the same turn
 * are gathered, and go together when they are many, when another greenlet runs, or with the next flush.  What the
 * system would not take at once is not gathered upon: who sends more waits. */
#include "pipe/pipe.h"

#include <frond/error.h>
#include <frond/greenlet.h>
#include <frond/hub.h>
#include <frond/impl/fail.h>
#include <frond/impl/memory.h>
#include <frond/stream.h>
#include <string.h>

enum {
    SMALL = 8 * 1024,
    ENOUGH = 32 * 1024,
    FLAT = 1024 /* what is copied faster than the system looks at another part */
};

int frond__pipe_send_rest(frond_pipe *p, frond_deadline d) {
    while (p->out_at < p->out_len) {
        size_t done = 0;
        int rc =
            frond_write(p->stream, p->out + p->out_at, p->out_len - p->out_at, &done, d);
        p->out_at += done;
        if (rc < 0) {
            p->blocked = true;
            return rc;
        }
    }
    p->blocked = false;
    p->out_at = p->out_len = 0;
    if (p->out_cap > 2 * ENOUGH) { /* a large message's: not for ever */
        frond_free(p->out);
        p->out = NULL;
        p->out_cap = 0;
    }
    return 0;
}

static int make_room(frond_pipe *p, size_t n) {
    if (p->out_cap - p->out_len >= n)
        return 0;
    size_t cap = p->out_len + n < ENOUGH + SMALL ? ENOUGH + SMALL : p->out_len + n;
    char *out = frond_realloc(p->out, cap);
    if (!out)
        return frond_fail_set(FROND_ENOMEM, "pipe send");
    p->out = out;
    p->out_cap = cap;
    return 0;
}

static void put(frond_pipe *p, const void *data, size_t n) {
    if (n)
        memcpy(p->out + p->out_len, data, n);
    p->out_len += n;
}

static void let_go(void *pipe) {
    frond__pipe_leave(pipe, NULL);
}

/* A failure is told by the next call. */
static void *flush(void *pipe) {
    frond_pipe *p = pipe;
    int rc = frond_semaphore_acquire(&p->senders, FROND_NEVER);
    if (rc < 0)
        return NULL;
    p->flusher = false; /* what comes now needs another */
    rc = frond__pipe_send_rest(p, FROND_NEVER);
    if (rc < 0 && rc != FROND_ECLOSED && rc != FROND_ECANCELED)
        p->broken = rc;
    frond_semaphore_release(&p->senders);
    return NULL;
}

static bool start_flusher(frond_pipe *p) {
    static const frond_spawn_options o = {.name = "pipe flusher", .drop = let_go};
    frond_greenlet *g = frond_spawn_with(&o, flush, p);
    if (!g)
        return false;
    p->inside++;
    p->flusher = true;
    frond_release(g);
    return true;
}

static void write_header(unsigned char *header, frond__frame kind, uint64_t len,
                         size_t handles) {
    for (int i = 0; i < 6; i++)
        header[i] = (unsigned char)(len >> (8 * i));
    header[6] = (unsigned char)kind;
    header[7] = (unsigned char)handles;
}

/* A frame's parts: its header, what tells of its handles, its bytes. */
typedef struct {
    unsigned char header[FROND__PIPE_HEADER];
    frond_buf parts[3];
    size_t n, len; /* of all of them */
    const intptr_t *fds;
    size_t n_fds;
    int flags;
} frame;

static void add(frame *f, const void *data, size_t len) {
    if (len) {
        f->parts[f->n++] = (frond_buf){data, len};
        f->len += len;
    }
}

static void frame_make(frame *f, frond__frame kind, const void *data, size_t len) {
    *f = (frame){0};
    write_header(f->header, kind, len, 0);
    add(f, f->header, FROND__PIPE_HEADER);
    add(f, data, len);
}

/* Drops the first done bytes of what is to be sent. */
static void advance(frame *f, size_t done) {
    size_t i = 0;
    f->len -= done;
    for (; i < f->n && done >= f->parts[i].len; i++)
        done -= f->parts[i].len;
    f->n -= i;
    memmove(f->parts, f->parts + i, f->n * sizeof *f->parts);
    if (f->n) {
        f->parts[0].data = (const char *)f->parts[0].data + done;
        f->parts[0].len -= done;
    }
}

static void put_all(frond_pipe *p, const frame *f) {
    for (size_t i = 0; i < f->n; i++)
        put(p, f->parts[i].data, f->parts[i].len);
}

static int gather(frond_pipe *p, const frame *f, frond_deadline d) {
    int rc = make_room(p, f->len);
    if (rc < 0)
        return rc;
    put_all(p, f);
    if (p->out_len - p->out_at < ENOUGH && (p->flusher || start_flusher(p)))
        return 0;
    rc = frond__pipe_send_rest(p, d);
    return rc == FROND_ETIMEDOUT || rc == FROND_ECANCELED ? 0 : rc; /* it is on its way */
}

/* Keeps the part of a frame that was not sent; it counts as sent. */
static int keep_rest(frond_pipe *p, const frame *f) {
    int rc = make_room(p, f->len);
    if (rc < 0) {
        frond_close(p->stream); /* half a frame can only be followed by the end */
        return rc;
    }
    put_all(p, f);
    p->blocked = true;
    return 0;
}

/* The first bytes, and with them the descriptors. */
static int send_with_fds(frond_pipe *p, const frame *f, size_t *done, frond_deadline d) {
    frond__carry_out out = {f->parts, f->n, f->fds, f->n_fds};
    if (p->stream->closed)
        return frond_fail_set(FROND_ECLOSED, "pipe send");
    int64_t n =
        p->stream->ops->run(p->stream, FROND_FD_WRITE, frond__carry_send, &out, d);
    *done = n > 0 ? (size_t)n : 0;
    return n < 0 ? frond_fail_set((int)n, "pipe send") : 0;
}

/* In one piece where that is cheaper than telling the system of two. */
static int send_parts(frond_pipe *p, const frame *f, size_t *done, frond_deadline d) {
    char flat[FLAT];
    size_t at = 0;
    if (f->len > sizeof flat || f->n == 1)
        return frond_writev(p->stream, f->parts, f->n, done, d);
    for (size_t i = 0; i < f->n; at += f->parts[i++].len)
        memcpy(flat + at, f->parts[i].data, f->parts[i].len);
    return frond_write(p->stream, flat, at, done, d);
}

static int send_now(frond_pipe *p, frame *f, frond_deadline d) {
    size_t done = 0;
    int rc = frond__pipe_send_rest(p, d);
    if (rc < 0)
        return rc;
    rc = (f->n_fds ? send_with_fds : send_parts)(p, f, &done, d);
    bool begun = done > 0;
    advance(f, done);
    if (begun && (f->flags & FROND_PIPE_FIRST_BYTE) && rc == FROND_ETIMEDOUT)
        rc = 0;
    if (rc == 0 && f->len) {
        rc = frond_writev(p->stream, f->parts, f->n, &done,
                          f->flags & FROND_PIPE_FIRST_BYTE ? FROND_NEVER : d);
        advance(f, done);
    }
    bool ended =
        rc == FROND_ECLOSED && !p->stream->closed; /* the call was, not the pipe */
    if ((rc == FROND_ETIMEDOUT || rc == FROND_ECANCELED || ended) && begun)
        rc = keep_rest(p, f);
    return rc;
}

int frond__pipe_send_frame(frond_pipe *p, frond__frame kind, const void *data, size_t len,
                           frond_deadline d) {
    frame f;
    if (p->broken)
        return frond_fail_set(p->broken, "pipe send");
    frame_make(&f, kind, data, len);
    return send_now(p, &f, d);
}

int frond__pipe_post_frame(frond_pipe *p, frond__frame kind, uint64_t length) {
    int rc = make_room(p, FROND__PIPE_HEADER);
    if (rc < 0)
        return rc;
    unsigned char header[FROND__PIPE_HEADER];
    write_header(header, kind, length, 0);
    put(p, header, sizeof header);
    if (frond__pipe_send_rest(p, FROND_NOW) == FROND_ETIMEDOUT && !p->flusher)
        start_flusher(p);
    return 0;
}

/* Gathered, where it is a small one of several that one greenlet sends. */
static int send_or_gather(frond_pipe *p, frame *f, frond_deadline d) {
    bool again = p->burst == frond_hub_switches() + 1;
    int rc =
        again && !p->blocked && f->len <= SMALL ? gather(p, f, d) : send_now(p, f, d);
    p->burst = frond_hub_switches() + 1;
    return rc;
}

static int send_bytes(frond_pipe *p, const void *data, size_t len, int flags,
                      frond_deadline d) {
    frame f;
    frame_make(&f, FROND__WHOLE, data, len);
    f.flags = flags;
    return send_or_gather(p, &f, d);
}

static int too_long(const frond_pipe *p, size_t len) {
    return frond_fail_text(FROND_EMSGSIZE, "pipe send: %zu bytes, at most %llu", len,
                           (unsigned long long)p->max);
}

int frond__pipe_send_headed(frond_pipe *p, const void *head, size_t head_len,
                            const void *data, size_t len, frond_deadline d) {
    frame f = {0};
    int rc = frond__pipe_enter(p, &p->senders, d, "pipe send");
    if (rc < 0)
        return rc;
    if (len > SIZE_MAX - head_len || head_len + len > p->max) {
        rc = too_long(p, len);
    } else if (p->broken) {
        rc = frond_fail_set(p->broken, "pipe send");
    } else {
        write_header(f.header, FROND__WHOLE, head_len + len, 0);
        add(&f, f.header, sizeof f.header);
        add(&f, head, head_len);
        add(&f, data, len);
        rc = send_or_gather(p, &f, d);
    }
    frond__pipe_leave(p, &p->senders);
    return rc;
}

static int send_handles(frond_pipe *p, const frond_pipe_message *m, const void *data,
                        size_t len, frond_deadline d) {
    intptr_t fds[FROND__CARRIED];
    size_t size = frond__carry_item_size();
    frame f = {.fds = fds, .n_fds = m->n_handles, .flags = m->flags};
    frond__item *items = frond_calloc(m->n_handles, sizeof *items);
    if (!items)
        return frond_fail_set(FROND_ENOMEM, "pipe send");
    int rc = frond__handles_export(p, m->handles, m->n_handles, items, fds);
    if (rc == 0) {
        char *wire = (char *)items;
        for (size_t i = 1; i < m->n_handles; i++)
            memmove(wire + i * size, &items[i], size);
        write_header(f.header, FROND__WHOLE, len, m->n_handles);
        add(&f, f.header, sizeof f.header);
        add(&f, wire, m->n_handles * size);
        add(&f, data, len);
        rc = send_now(p, &f, d);
        if (rc == 0)
            frond__handles_gone(p, m->handles, m->n_handles,
                                (m->flags & FROND_PIPE_KEEP_HANDLES) != 0);
    }
    frond_free(items);
    return rc;
}

static int send_message(frond_pipe *p, const frond_pipe_message *m, const void *data,
                        size_t len, frond_deadline d) {
    if (len > p->max)
        return too_long(p, len);
    if (p->broken)
        return frond_fail_set(p->broken, "pipe send");
    return m->n_handles ? send_handles(p, m, data, len, d)
                        : send_bytes(p, data, len, m->flags, d);
}

static bool is_valid(const frond_pipe_message *m) {
    return m && (m->handles || !m->n_handles) && m->n_handles <= FROND__CARRIED &&
           !m->reserved[0] && !m->reserved[1] && !m->reserved[2];
}

static int send_encoded(frond_pipe *p, const frond_pipe_message *m, frond_deadline d) {
    const frond_codec *c = p->codec;
    void *bytes = NULL;
    size_t n = 0;
    int rc = c->encode(c->arg, m->data, m->len, &bytes, &n);
    if (rc < 0)
        return frond_fail_set(rc, "pipe encode");
    rc = p->stream->closed ? frond_fail_set(FROND_ECLOSED, "pipe send")
                           : send_message(p, m, bytes, n, d);
    if (c->encoded)
        c->encoded(c->arg, bytes);
    return rc;
}

int frond_pipe_send_message(frond_pipe *p, const frond_pipe_message *m,
                            frond_deadline d) {
    int rc = frond__pipe_enter(p, p ? &p->senders : NULL, d, "pipe send");
    if (rc < 0)
        return rc;
    bool encodes = p->codec && m && !(m->flags & FROND_PIPE_RAW);
    if (!is_valid(m) || (!encodes && !m->data && m->len))
        rc = frond_fail_set(FROND_EINVAL, "pipe send");
    else
        rc = encodes ? send_encoded(p, m, d) : send_message(p, m, m->data, m->len, d);
    frond__pipe_leave(p, &p->senders);
    return rc;
}

int frond_pipe_send(frond_pipe *p, const void *msg, size_t len, frond_deadline d) {
    frond_pipe_message m = {.data = (void *)(uintptr_t)msg, .len = len};
    return frond_pipe_send_message(p, &m, d);
}

int frond_pipe_flush(frond_pipe *p, frond_deadline d) {
    int rc = frond__pipe_enter(p, p ? &p->senders : NULL, d, "pipe flush");
    if (rc < 0)
        return rc;
    rc =
        p->broken ? frond_fail_set(p->broken, "pipe flush") : frond__pipe_send_rest(p, d);
    frond__pipe_leave(p, &p->senders);
    return rc;
}
