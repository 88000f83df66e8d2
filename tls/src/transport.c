/* SPDX-License-Identifier: MIT */
/* See transport.h. */
#include "transport.h"

#include <frond/error.h>
#include <frond/impl/fail.h>
#include <frond/impl/fd.h>
#include <frond/impl/memory.h>
#include <limits.h>
#include <openssl/crypto.h>
#include <string.h>
#include <uv.h>

enum { CHUNK = 17 * 1024 /* a whole record and its overhead */ };

static int reserve(frond__tls_buffer *b, size_t n) {
    if (b->cap - b->end >= n)
        return 0;
    if (b->start) {
        memmove(b->data, b->data + b->start, b->end - b->start);
        b->end -= b->start;
        b->start = 0;
    }
    if (b->cap - b->end >= n)
        return 0;
    size_t cap = b->end + n > 2 * b->cap ? b->end + n : 2 * b->cap;
    char *data = frond_realloc(b->data, cap);
    if (!data)
        return FROND_ENOMEM;
    b->data = data;
    b->cap = cap;
    return 0;
}

static size_t held(const frond__tls_buffer *b) {
    return b->end - b->start;
}

static void consume(frond__tls_buffer *b, size_t n) {
    b->start += n;
    if (b->start == b->end)
        b->start = b->end = 0;
}

/* ---- the BIO ---- */

static int bio_read(BIO *bio, char *out, int cap) {
    frond__tls_transport *t = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    if (cap <= 0 || t->error)
        return -1;
    if (!t->direct) {
        size_t n = held(&t->in);
        if (n == 0 && !t->ended)
            BIO_set_retry_read(bio);
        if (n == 0)
            return t->ended ? 0 : -1;
        if (n > (size_t)cap)
            n = (size_t)cap;
        memcpy(out, t->in.data + t->in.start, n);
        consume(&t->in, n);
        return (int)n;
    }
    int64_t n = t->drained && !t->eager
                    ? FROND_STREAM_AGAIN
                    : t->under->ops->try_read(t->under, out, (size_t)cap);
    if (n == FROND_STREAM_AGAIN) {
        BIO_set_retry_read(bio);
        return -1;
    }
    t->drained = n > 0 && n < cap;
    t->ended = n == 0;
    if (n < 0)
        t->error = (int)n;
    return n < 0 ? -1 : (int)n;
}

static int bio_write(BIO *bio, const char *data, int len) {
    frond__tls_transport *t = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    if (len <= 0 || t->error)
        return -1;
    if (!t->direct) {
        if (reserve(&t->out, (size_t)len) < 0) {
            t->error = FROND_ENOMEM;
            return -1;
        }
        memcpy(t->out.data + t->out.end, data, (size_t)len);
        t->out.end += (size_t)len;
        return len;
    }
    int64_t n = t->under->ops->try_write(t->under, data, (size_t)len);
    if (n == FROND_STREAM_AGAIN) {
        BIO_set_retry_write(bio);
        return -1;
    }
    if (n < 0)
        t->error = (int)n;
    return n < 0 ? -1 : (int)n;
}

static long bio_ctrl(BIO *bio, int command, long number, void *pointer) {
    (void)number;
    (void)pointer;
    if (command == BIO_CTRL_EOF)
        return ((frond__tls_transport *)BIO_get_data(bio))->ended;
    return command == BIO_CTRL_FLUSH || command == BIO_CTRL_PUSH ||
           command == BIO_CTRL_POP;
}

static uv_once_t method_once = UV_ONCE_INIT;
static BIO_METHOD *method; /* one for the process */

static void make_method(void) {
    method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "frond stream");
    if (!method)
        return;
    BIO_meth_set_read(method, bio_read);
    BIO_meth_set_write(method, bio_write);
    BIO_meth_set_ctrl(method, bio_ctrl);
}

BIO *frond__tls_bio(frond__tls_transport *t) {
    uv_once(&method_once, make_method);
    BIO *bio = method ? BIO_new(method) : NULL;
    if (bio) {
        BIO_set_data(bio, t);
        BIO_set_init(bio, 1);
    }
    return bio;
}

/* ---- around it ---- */

int frond__tls_transport_flush(frond__tls_transport *t, frond_deadline d) {
    int rc = 0;
    if (t->direct || t->flushing) /* whoever flushes goes on until nothing is left */
        return 0;
    t->flushing = true;
    while (rc == 0 && held(&t->out)) {
        /* OpenSSL may add to the buffer, and move it, while this waits: write from a copy */
        char part[4096];
        size_t n = held(&t->out) < sizeof part ? held(&t->out) : sizeof part, done = 0;
        memcpy(part, t->out.data + t->out.start, n);
        rc = frond_write(t->under, part, n, &done, d);
        consume(&t->out, done);
    }
    t->flushing = false;
    bool passing = rc == FROND_ETIMEDOUT || rc == FROND_ECANCELED ||
                   rc == FROND_EDEADLK || rc == FROND_ENOSUSPEND;
    if (rc < 0 && !passing)
        t->error = rc;
    return rc;
}

static int fill(frond__tls_transport *t, frond_deadline d) {
    if (t->ended)
        return 0;
    if (reserve(&t->in, CHUNK) < 0)
        return frond_fail_set(FROND_ENOMEM, "tls");
    int64_t n = frond_read(t->under, t->in.data + t->in.end, CHUNK, d);
    if (n < 0)
        return (int)n;
    t->in.end += (size_t)n;
    t->ended = n == 0;
    return 0;
}

int frond__tls_transport_wait(frond__tls_transport *t, int direction, frond_deadline d) {
    if (!t->direct)
        return direction == FROND_FD_READ ? fill(t, d) : 0;
    int rc = t->under->ops->wait(t->under, direction, d);
    if (rc == 0 && direction == FROND_FD_READ)
        t->drained = false;
    return rc;
}

void frond__tls_transport_free(frond__tls_transport *t) {
    if (t->in.data)
        OPENSSL_cleanse(t->in.data, t->in.cap);
    frond_free(t->in.data);
    frond_free(t->out.data);
}
