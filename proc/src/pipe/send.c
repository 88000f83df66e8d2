/* SPDX-License-Identifier: MIT */
/* Sending.  The first message of a greenlet's turn goes straight to the system; those that it sends in the same turn are
 * gathered, and go together when they are many, when another greenlet runs, or with the next flush.  What the system
 * would not take at once is not gathered upon: who sends more waits. */
#include "pipe/pipe.h"

#include <frond/error.h>
#include <frond/greenlet.h>
#include <frond/hub.h>
#include <frond/impl/fail.h>
#include <frond/impl/memory.h>
#include <frond/stream.h>
#include <string.h>

enum { SMALL = 8 * 1024, ENOUGH = 32 * 1024 };

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
    int rc = frond_lock_acquire(&p->senders, FROND_NEVER);
    if (rc < 0)
        return NULL;
    p->flusher = false; /* what comes now needs another */
    rc = frond__pipe_send_rest(p, FROND_NEVER);
    if (rc < 0 && rc != FROND_ECLOSED && rc != FROND_ECANCELED)
        p->broken = rc;
    frond_lock_release(&p->senders);
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

static int gather(frond_pipe *p, const unsigned char *header, const void *msg, size_t len,
                  frond_deadline d) {
    int rc = make_room(p, FROND__PIPE_HEADER + len);
    if (rc < 0)
        return rc;
    put(p, header, FROND__PIPE_HEADER);
    put(p, msg, len);
    if (p->out_len - p->out_at < ENOUGH && (p->flusher || start_flusher(p)))
        return 0;
    rc = frond__pipe_send_rest(p, d);
    return rc == FROND_ETIMEDOUT || rc == FROND_ECANCELED ? 0 : rc; /* it is on its way */
}

/* Keeps the part of a message that was not sent; the message counts as sent. */
static int keep_rest(frond_pipe *p, const unsigned char *header, const char *msg,
                     size_t len, size_t done) {
    size_t of_header = done < FROND__PIPE_HEADER ? FROND__PIPE_HEADER - done : 0;
    size_t left = FROND__PIPE_HEADER + len - done;
    int rc = make_room(p, left);
    if (rc < 0)
        return rc;
    put(p, header + FROND__PIPE_HEADER - of_header, of_header);
    put(p, msg + (len - (left - of_header)), left - of_header);
    p->blocked = true;
    return 0;
}

static int send_now(frond_pipe *p, const unsigned char *header, const char *msg,
                    size_t len, frond_deadline d) {
    size_t done = 0;
    int rc = frond__pipe_send_rest(p, d);
    if (rc < 0)
        return rc;
    frond_buf parts[2] = {{header, FROND__PIPE_HEADER}, {msg, len}};
    rc = frond_writev(p->stream, parts, len ? 2 : 1, &done, d);
    if ((rc == FROND_ETIMEDOUT || rc == FROND_ECANCELED) && done > 0) {
        rc = keep_rest(p, header, msg, len, done);
        if (rc < 0)
            frond_close(p->stream); /* half a message can only be followed by the end */
    }
    return rc;
}

static int send_message(frond_pipe *p, const char *msg, size_t len, frond_deadline d) {
    unsigned char header[FROND__PIPE_HEADER];
    if (p->broken)
        return frond_fail_set(p->broken, "pipe send");
    for (int i = 0; i < FROND__PIPE_HEADER; i++)
        header[i] = (unsigned char)((uint64_t)len >> (8 * i));
    bool again = p->burst == frond_hub_switches() + 1;
    int rc = again && !p->blocked && len <= SMALL ? gather(p, header, msg, len, d)
                                                  : send_now(p, header, msg, len, d);
    p->burst = frond_hub_switches() + 1;
    return rc;
}

int frond_pipe_send(frond_pipe *p, const void *msg, size_t len, frond_deadline d) {
    int rc = frond__pipe_enter(p, p ? &p->senders : NULL, d, "pipe send");
    if (rc < 0)
        return rc;
    if (!msg && len)
        rc = frond_fail_set(FROND_EINVAL, "pipe send");
    else if (len > p->max)
        rc = frond_fail_text(FROND_EMSGSIZE, "pipe send: %zu bytes, at most %llu", len,
                             (unsigned long long)p->max);
    else
        rc = send_message(p, msg, len, d);
    frond__pipe_leave(p, &p->senders);
    return rc;
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
