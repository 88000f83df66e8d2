/* SPDX-License-Identifier: MIT */
/* Receiving messages.  What has come of one is kept whatever becomes of the call, and the next goes on with it. */
#include "pipe/pipe.h"

#include <frond/error.h>
#include <frond/impl/fail.h>
#include <frond/impl/memory.h>

enum { FIRST_PART = 64 * 1024 };

/* Room for what the frame that is known has left; at least one byte, and one more for a NUL. */
static int grow_body(frond__pipe_input *in) {
    uint64_t need = in->got + in->left;
    size_t cap = in->cap ? in->cap * 2 : FIRST_PART;
    if (in->body && in->got < in->cap)
        return 0;
    if (cap > need)
        cap = (size_t)need;
    char *grown = frond_realloc(in->body, cap + 1);
    if (!grown)
        return frond_fail_set(FROND_ENOMEM, "pipe receive");
    in->body = grown;
    in->cap = cap;
    return 0;
}

static int read_body(frond_pipe *p, frond_deadline d) {
    frond__pipe_input *in = &p->in;
    if (in->left > p->max - in->got)
        return frond_fail_text(FROND_EMSGSIZE, "pipe receive: %llu bytes%s, at most %llu",
                               (unsigned long long)(in->got + in->left),
                               in->kind == FROND__PART ? " or more" : "",
                               (unsigned long long)p->max);
    while (in->left || !in->body) {
        int rc = grow_body(in);
        if (rc < 0)
            return rc;
        if (!in->left)
            break;
        int64_t n = frond__pipe_read_frame(p, in->body + in->got, in->cap - in->got, d);
        if (n < 0)
            return (int)n;
        in->got += (size_t)n;
    }
    return 0;
}

static int collect_frame(frond_pipe *p, frond_deadline d) {
    frond__pipe_input *in = &p->in;
    int rc = frond__pipe_next_frame(p, d);
    if (rc < 0)
        return rc;
    if (in->kind == FROND__GIVEN_UP)
        return frond_fail_text(FROND_ECONNABORTED,
                               "pipe receive: the sender has given the message up");
    if ((rc = read_body(p, d)) < 0)
        return rc;
    in->known = false;
    in->whole = in->kind != FROND__PART;
    return 0;
}

int frond__pipe_collect(frond_pipe *p, int flags, frond_deadline d) {
    frond__pipe_input *in = &p->in;
    int rc = in->skip ? frond__pipe_skip_rest(p, d) : 0;
    while (rc == 0 && !in->whole) {
        if ((flags & FROND_PIPE_FIRST_BYTE) && !in->begun)
            rc = frond__pipe_next_frame(p, d);
        if (rc == 0)
            rc = collect_frame(p, flags & FROND_PIPE_FIRST_BYTE ? FROND_NEVER : d);
    }
    return rc;
}

/* What was collected is m's. */
static int64_t take(frond_pipe *p, frond_pipe_message *m) {
    frond__pipe_input *in = &p->in;
    m->data = in->body;
    m->len = in->got;
    in->body[in->got] = '\0';
    in->body = NULL;
    int rc = frond__handles_import(p, m->handles, &m->n_handles);
    frond__pipe_drop_message(p);
    if (rc == 0)
        return (int64_t)m->len;
    frond_free(m->data);
    m->data = NULL;
    return rc;
}

static int64_t decode(const frond_codec *c, frond_pipe_message *m) {
    void *bytes = m->data, *object = NULL;
    size_t len = 0;
    int rc = c->decode(c->arg, bytes, m->len, &object, &len);
    frond_free(bytes);
    m->data = rc < 0 ? NULL : object;
    m->len = rc < 0 ? 0 : len;
    if (rc == 0)
        return (int64_t)len;
    for (size_t i = 0; i < m->n_handles; i++)
        frond_handle_free(&m->handles[i]);
    m->n_handles = 0;
    return frond_fail_set(rc, "pipe decode");
}

static bool is_valid(const frond_pipe_message *m) {
    return m && (m->handles || !m->n_handles) && !m->reserved[0] && !m->reserved[1] &&
           !m->reserved[2];
}

int64_t frond_pipe_receive_message(frond_pipe *p, frond_pipe_message *m,
                                   frond_deadline d) {
    int64_t n = frond__pipe_enter(p, p ? &p->receivers : NULL, d, "pipe receive");
    if (n < 0)
        return n;
    if (!is_valid(m))
        n = frond_fail_set(FROND_EINVAL, "pipe receive");
    else if ((n = frond__pipe_collect(p, m->flags, d)) == 0)
        n = take(p, m);
    else if (p->in.known && p->in.kind == FROND__GIVEN_UP) /* now it has been told */
        frond__pipe_drop_message(p);
    const frond_codec *codec = n < 0 || m->flags & FROND_PIPE_RAW ? NULL : p->codec;
    frond__pipe_leave(p, &p->receivers);
    return codec ? decode(codec, m) : n;
}

int64_t frond_pipe_receive(frond_pipe *p, void **msg, frond_deadline d) {
    frond_pipe_message m = {0};
    int64_t n = frond_pipe_receive_message(p, msg ? &m : NULL, d);
    if (n >= 0)
        *msg = m.data;
    return n;
}

int frond_pipe_skip(frond_pipe *p, frond_deadline d) {
    int rc = frond__pipe_enter(p, p ? &p->receivers : NULL, d, "pipe skip");
    if (rc < 0)
        return rc;
    if (p->in.skip)
        rc = frond__pipe_skip_rest(p, d);
    if (rc == 0 && !p->in.begun)
        rc = frond__pipe_next_frame(p, d);
    if (rc == 0) {
        p->in.skip = true;
        rc = frond__pipe_skip_rest(p, d);
    }
    frond__pipe_leave(p, &p->receivers);
    return rc;
}
