/* SPDX-License-Identifier: MIT */
/* Messages over a stream socket: eight bytes of length, little-endian, then the message.  What a call
 * that ran out of time has left, of either direction, is kept here and goes on with the next call. */
#include "pipe.h"

#include <frond/error.h>
#include <frond/hub.h>
#include <frond/impl/fail.h>
#include <frond/impl/memory.h>
#include <frond/impl/process.h>
#include <frond/impl/stream.h>
#include <frond/impl/waiter.h>
#include <stdbool.h>
#include <string.h>

enum { HEADER = 8, MAX_MESSAGE = 64 << 20, FIRST_PART = 64 * 1024 };

struct frond_pipe {
    frond_stream *stream;
    uint64_t max;
    unsigned inside;
    bool freed, sending, receiving;
    /* going out: of a message that was begun */
    char *rest;
    size_t rest_at, rest_len;
    /* coming in */
    unsigned char header[HEADER];
    size_t header_got;
    char *body; /* grows as the message comes: a length alone costs no memory */
    size_t body_got, body_cap;
};

static bool options_valid(const frond_pipe_options *o) {
    for (size_t i = 0; i < sizeof o->reserved / sizeof o->reserved[0]; i++)
        if (o->reserved[i])
            return false;
    return true;
}

static frond_pipe *make(frond_stream *s, uint64_t max) {
    frond_pipe *p = frond_calloc(1, sizeof *p);
    if (p) {
        p->stream = s;
        p->max = max ? max : MAX_MESSAGE;
    }
    return p;
}

int frond_pipe_pair(const frond_pipe_options *o, frond_pipe **a, frond_pipe **b) {
    static const frond_pipe_options none;
    frond_stream *first, *second;
    o = o ? o : &none;
    if (!a || !b || !options_valid(o))
        return frond_fail_set(FROND_EINVAL, "pipe pair");
    int rc = frond_stream_pair(&first, &second);
    if (rc < 0)
        return rc;
    *a = make(first, o->max_message);
    *b = make(second, o->max_message);
    if (*a && *b)
        return 0;
    frond_free(*a);
    frond_free(*b);
    frond_stream_free(first);
    frond_stream_free(second);
    return frond_fail_set(FROND_ENOMEM, "pipe pair");
}

int frond__pipe_adopt(intptr_t fd, uint64_t max_message, frond_pipe **p) {
    frond_stream *s;
    int rc = frond_stream_adopt(fd, &s);
    if (rc < 0)
        return rc;
    if ((*p = make(s, max_message)))
        return 0;
    frond_stream_free(s);
    return frond_fail_set(FROND_ENOMEM, "pipe");
}

int frond__pipe_descriptor(const frond_pipe *p, intptr_t *fd) {
    return frond_stream_descriptor(p->stream, fd);
}

uint64_t frond__pipe_max(const frond_pipe *p) {
    return p->max;
}

static void leave(frond_pipe *p) {
    if (--p->inside || !p->freed)
        return;
    frond_stream_free(p->stream);
    frond_free(p->rest);
    frond_free(p->body);
    frond_free(p);
}

/* ---- sending ---- */

/* Sends what earlier calls have left. */
static int send_rest(frond_pipe *p, frond_deadline d) {
    while (p->rest) {
        size_t done = 0;
        int rc = frond_write(p->stream, p->rest + p->rest_at, p->rest_len - p->rest_at,
                             &done, d);
        p->rest_at += done;
        if (rc < 0)
            return rc;
        frond_free(p->rest);
        p->rest = NULL;
    }
    return 0;
}

/* Keeps the part of a message that was not sent; the message counts as sent. */
static int keep_rest(frond_pipe *p, const unsigned char *header, const char *msg,
                     size_t len, size_t done) {
    size_t left = HEADER + len - done;
    if (!(p->rest = frond_alloc(left)))
        return frond_fail_set(FROND_ENOMEM, "pipe send"); /* the stream is out of step: */
    size_t of_header = done < HEADER ? HEADER - done : 0;
    memcpy(p->rest, header + HEADER - of_header, of_header);
    memcpy(p->rest + of_header, msg + (len - (left - of_header)), left - of_header);
    p->rest_at = 0;
    p->rest_len = left;
    return 0;
}

static int send_message(frond_pipe *p, const char *msg, size_t len, frond_deadline d) {
    unsigned char header[HEADER];
    size_t done = 0;
    int rc = send_rest(p, d);
    if (rc < 0)
        return rc;
    for (int i = 0; i < HEADER; i++)
        header[i] = (unsigned char)((uint64_t)len >> (8 * i));
    frond_buf parts[2] = {{header, HEADER}, {msg, len}};
    rc = frond_writev(p->stream, parts, len ? 2 : 1, &done, d);
    if ((rc == FROND_ETIMEDOUT || rc == FROND_ECANCELED) && done > 0) {
        rc = keep_rest(p, header, msg, len, done);
        if (rc < 0)
            frond_close(p->stream); /* half a message can only be followed by the end */
    }
    return rc;
}

/* What is called many times in a row gives way to others here, who may free p. */
static int enter(frond_pipe *p, frond_deadline d, const char *doing) {
    bool held = p && frond_home_check(&p->stream->home) == 0;
    if (held)
        p->inside++;
    int rc = frond_wait_enter(d);
    if (rc == 0 && (!p || p->freed))
        rc = frond_fail_set(p ? FROND_ECLOSED : FROND_EINVAL, doing);
    if (held)
        leave(p);
    return rc;
}

static int send_checked(frond_pipe *p, const void *msg, size_t len, bool flush,
                        frond_deadline d) {
    if (p->sending)
        return frond_fail_set(FROND_EBUSY, "pipe send");
    p->sending = true;
    p->inside++;
    int rc = flush ? send_rest(p, d) : send_message(p, msg, len, d);
    p->sending = false;
    leave(p);
    return rc;
}

int frond_pipe_send(frond_pipe *p, const void *msg, size_t len, frond_deadline d) {
    int rc = enter(p, d, "pipe send");
    if (rc < 0)
        return rc;
    if (!msg && len)
        return frond_fail_set(FROND_EINVAL, "pipe send");
    if (len > p->max)
        return frond_fail_text(FROND_EMSGSIZE, "pipe send: %zu bytes, at most %llu", len,
                               (unsigned long long)p->max);
    return send_checked(p, msg, len, false, d);
}

int frond_pipe_flush(frond_pipe *p, frond_deadline d) {
    int rc = enter(p, d, "pipe flush");
    return rc < 0 ? rc : send_checked(p, NULL, 0, true, d);
}

/* ---- receiving ---- */

static int need_body(frond_pipe *p, uint64_t len) {
    if (p->body && p->body_got < p->body_cap)
        return 0;
    size_t cap = p->body_cap ? p->body_cap * 2 : FIRST_PART;
    if (cap > len)
        cap = (size_t)len;
    char *grown = frond_realloc(p->body, cap + 1);
    if (!grown)
        return frond_fail_set(FROND_ENOMEM, "pipe receive");
    p->body = grown;
    p->body_cap = cap;
    return 0;
}

/* Reads up to len bytes to *at; the end of the stream is `end`. */
static int read_part(frond_pipe *p, void *to, size_t *got, size_t len, int end,
                     frond_deadline d) {
    while (*got < len) {
        int64_t n = frond_read(p->stream, (char *)to + *got, len - *got, d);
        if (n < 0)
            return (int)n;
        if (n == 0)
            return frond_fail_set(*got || end == FROND_EOF ? FROND_EOF : end,
                                  "pipe receive");
        *got += (size_t)n;
    }
    return 0;
}

static int64_t receive_message(frond_pipe *p, void **msg, frond_deadline d) {
    uint64_t len = 0;
    int rc = read_part(p, p->header, &p->header_got, HEADER, FROND_EPIPE, d);
    if (rc < 0)
        return rc;
    for (int i = 0; i < HEADER; i++)
        len |= (uint64_t)p->header[i] << (8 * i);
    if (len > p->max)
        return frond_fail_text(FROND_EMSGSIZE, "pipe receive: %llu bytes, at most %llu",
                               (unsigned long long)len, (unsigned long long)p->max);
    while (p->body_got < len || !p->body) {
        if ((rc = need_body(p, len)) < 0)
            return rc;
        rc = read_part(p, p->body, &p->body_got, p->body_cap, FROND_EOF, d);
        if (rc < 0)
            return rc;
        if (len == 0)
            break;
    }
    p->body[len] = '\0';
    *msg = p->body;
    p->body = NULL;
    p->header_got = p->body_got = p->body_cap = 0;
    return (int64_t)len;
}

int64_t frond_pipe_receive(frond_pipe *p, void **msg, frond_deadline d) {
    int rc = enter(p, d, "pipe receive");
    if (rc < 0)
        return rc;
    if (!msg)
        return frond_fail_set(FROND_EINVAL, "pipe receive");
    if (p->receiving)
        return frond_fail_set(FROND_EBUSY, "pipe receive");
    p->receiving = true;
    p->inside++;
    int64_t n = receive_message(p, msg, d);
    p->receiving = false;
    leave(p);
    return n;
}

/* ---- the end ---- */

int frond_pipe_close(frond_pipe *p) {
    if (!p)
        return frond_fail_set(FROND_EINVAL, "pipe close");
    int rc = frond_home_check(&p->stream->home);
    if (rc < 0)
        return frond_fail_set(rc, "pipe close");
    if (p->rest && !p->sending && !p->stream->closed)
        (void)send_rest(p, FROND_NOW);
    return frond_close(p->stream);
}

void frond_pipe_free(frond_pipe *p) {
    if (!p || p->freed)
        return;
    if (frond_pipe_close(p) == FROND_EWRONGPROC)
        return; /* the parent's: not one byte may go over it */
    p->freed = true;
    p->inside++;
    leave(p);
}
