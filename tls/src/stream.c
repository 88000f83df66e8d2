/* SPDX-License-Identifier: MIT */
/* TLS as a stream: reading, writing, closing. */
#include "engine.h"

#include <frond/error.h>
#include <frond/impl/fail.h>
#include <frond/impl/memory.h>
#include <frond/impl/waiter.h>
#include <limits.h>
#include <openssl/err.h>
#include <stdio.h>
#include <string.h>

enum { RECORD = 16 * 1024 /* most plaintext in one */ };

static frond__tls *tls_of(const frond_stream *s) {
    return (frond__tls *)(uintptr_t)s;
}

/* ---- reading ---- */

typedef struct {
    void *buf;
    size_t cap;
} read_call;

static int call_read(frond__tls *t, void *arg) {
    read_call *c = arg;
    return SSL_read(t->ssl, c->buf, c->cap > INT_MAX ? INT_MAX : (int)c->cap);
}

static int64_t tls_read(frond_stream *s, void *buf, size_t cap, frond_deadline d) {
    frond__tls *t = tls_of(s);
    read_call c = {buf, cap};
    if (frond__tls_buffer_held(&t->early))
        return (int64_t)frond__tls_buffer_take(&t->early, buf, cap);
    if (t->received_close)
        return 0;
    int rc = frond__tls_drive(t, call_read, &c, "read from", true, d);
    int judged = rc >= 0 ? frond__tls_judge_answer(t, d) : 0;
    return judged < 0 ? judged : rc;
}

/* ---- writing ---- */

static int call_write(frond__tls *t, void *arg) {
    const frond_buf *record = arg;
    return SSL_write(t->ssl, record->data, (int)record->len);
}

/* Where a write has come to in what it has to send. */
typedef struct {
    const frond_buf *bufs;
    size_t n, at; /* at: bytes of the first that are done with */
} parts;

static void step_over(parts *p, size_t done) {
    while (p->n && p->bufs->len - p->at <= done) {
        done -= p->bufs->len - p->at;
        p->bufs++;
        p->n--;
        p->at = 0;
    }
    p->at += done;
}

/* What goes into the next record: of one buffer what fits, or several small ones gathered. */
static frond_buf next_record(const parts *p, char *gathered, size_t cap) {
    size_t taken = 0, from = p->at, j = 0;
    for (; j < p->n && p->bufs[j].len - from <= cap - taken; j++, from = 0) {
        if (p->n > 1 && p->bufs[j].len > from)
            memcpy(gathered + taken, (const char *)p->bufs[j].data + from,
                   p->bufs[j].len - from);
        taken += p->bufs[j].len - from;
    }
    if (j > 1)
        return (frond_buf){gathered, taken};
    size_t len = p->bufs->len - p->at;
    return (frond_buf){(const char *)p->bufs->data + p->at, len < RECORD ? len : RECORD};
}

/* One record at a time: what is left of it after SSL_write is in the transport's buffer, counted as written, and
 * goes before anything else (law 2). */
static int tls_write(frond_stream *s, const frond_buf *bufs, size_t n, size_t *written,
                     frond_deadline d) {
    frond__tls *t = tls_of(s);
    char gathered[RECORD / 4]; /* small parts share a record */
    parts rest = {bufs, n, 0};
    int rc = frond__tls_drain(t, "write to", d);
    step_over(&rest, 0);
    while (rc >= 0 && rest.n) {
        frond_buf record = next_record(&rest, gathered, sizeof gathered);
        rc = frond__tls_drive(t, call_write, &record, "write to", false, d);
        if (rc == 0)
            rc = frond_fail_set(FROND_EPIPE, "tls write");
        if (rc < 0)
            break;
        *written += (size_t)rc;
        step_over(&rest, (size_t)rc);
        rc = frond__tls_drain(t, "write to", d);
    }
    bool under_way = rc == FROND_ETIMEDOUT && !t->broken && n && !rest.n && *written;
    return rc < 0 && !under_way ? rc : 0;
}

/* ---- ending ---- */

static int call_shutdown(frond__tls *t, void *arg) {
    (void)arg;
    int rc = SSL_shutdown(t->ssl);
    return rc == 0 ? 1 : rc; /* ours is sent; the peer's is a reader's business */
}

int frond__tls_say_goodbye(frond__tls *t, frond_deadline d) {
    int rc = frond__tls_drive(t, call_shutdown, NULL, "shutdown", false, d);
    return rc < 0 ? rc : frond__tls_drain(t, "shutdown", d);
}

static int tls_shutdown(frond_stream *s, frond_deadline d) {
    int rc = frond__tls_say_goodbye(tls_of(s), d);
    return rc < 0 ? rc : 0;
}

/* Says goodbye if that needs no waiting. */
static void tls_close(frond_stream *s) {
    frond__tls *t = tls_of(s);
    if (!t->transport.under) /* given back */
        return;
    if (!t->broken && !s->shut && SSL_is_init_finished(t->ssl)) {
        ERR_clear_error();
        SSL_shutdown(t->ssl);
        ERR_clear_error();
        frond__tls_transport_flush(&t->transport, FROND_NOW);
    }
    frond_close(t->transport.under);
}

static void tls_destroy(frond_stream *s) {
    frond__tls *t = tls_of(s);
    frond_stream *under = t->transport.under;
    frond__tls_free(t);
    frond_stream_free(under);
}

static int tls_address(const frond_stream *s, int peer, frond_addr *a) {
    const frond_stream *under = tls_of(s)->transport.under;
    return peer ? frond_stream_peer(under, a) : frond_stream_local(under, a);
}

const frond_stream_ops frond__tls_ops = {.read = tls_read,
                                         .write = tls_write,
                                         .shutdown = tls_shutdown,
                                         .close = tls_close,
                                         .destroy = tls_destroy,
                                         .address = tls_address};

frond__tls *frond__tls_of(const frond_stream *s) {
    return s && s->ops == &frond__tls_ops && !s->closed ? tls_of(s) : NULL;
}
