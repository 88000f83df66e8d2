/* SPDX-License-Identifier: MIT */
/* The ends of pipes: how they are made, entered and closed.  What a call that ran out of time has left, of either
 * direction, is kept and goes on with the next call. */
#include "pipe/pipe.h"

#include <frond/error.h>
#include <frond/impl/fail.h>
#include <frond/impl/memory.h>
#include <frond/impl/stream.h>

enum { MAX_MESSAGE = 64 << 20 };

static bool codec_valid(const frond_codec *c) {
    return !c || (c->encode && c->decode && !c->reserved[0] && !c->reserved[1]);
}

static bool options_valid(const frond_pipe_options *o) {
    for (size_t i = 0; i < sizeof o->reserved / sizeof o->reserved[0]; i++)
        if (o->reserved[i])
            return false;
    return codec_valid(o->codec);
}

static frond_pipe *make(frond_stream *s, uint64_t max, uint64_t peer) {
    frond_pipe *p = frond_calloc(1, sizeof *p);
    if (!p || frond_home_enter(&p->home) < 0) {
        frond_free(p);
        return NULL;
    }
    p->stream = s;
    p->max = max ? max : MAX_MESSAGE;
    p->peer = peer;
    p->senders.count = p->receivers.count = 1;
    return p;
}

static void unmake(frond_pipe *p) {
    if (p)
        frond_home_leave(&p->home);
    frond_free(p);
}

int frond_pipe_pair(const frond_pipe_options *o, frond_pipe **a, frond_pipe **b) {
    static const frond_pipe_options none;
    frond_stream *first, *second;
    uint64_t self = frond__carry_self();
    o = o ? o : &none;
    if (!a || !b || !options_valid(o))
        return frond_fail_set(FROND_EINVAL, "pipe pair");
    int rc = frond_stream_pair(&first, &second);
    if (rc < 0)
        return rc;
    *a = make(first, o->max_message, self);
    *b = make(second, o->max_message, self);
    if (*a && *b) {
        (*a)->codec = (*b)->codec = o->codec;
        (*a)->twin = *b;
        (*b)->twin = *a;
        return 0;
    }
    unmake(*a);
    unmake(*b);
    *a = *b = NULL;
    frond_stream_free(first);
    frond_stream_free(second);
    return frond_fail_set(FROND_ENOMEM, "pipe pair");
}

int frond__pipe_adopt(intptr_t fd, uint64_t max_message, uint64_t peer, frond_pipe **p) {
    frond_stream *s;
    uint64_t self = frond__carry_self();
    int rc = frond_stream_adopt(fd, &s);
    if (rc < 0)
        return rc;
    if (!(*p = make(s, max_message, peer))) {
        frond_stream_free(s);
        return frond_fail_set(FROND_ENOMEM, "pipe");
    }
    if (self)
        frond__pipe_post_frame(*p, FROND__HELLO, self);
    return 0;
}

int frond_pipe_fd(const frond_pipe *p, intptr_t *fd) {
    int rc = p && fd ? frond_home_check(&p->home) : FROND_EINVAL;
    return rc < 0 ? frond_fail_set(rc, "pipe descriptor")
                  : frond_stream_descriptor(p->stream, fd);
}

static bool in_use(const frond_pipe *p) {
    return !p->senders.count || !p->receivers.count || p->out_at < p->out_len;
}

int frond__pipe_movable(frond_pipe *p, intptr_t *fd) {
    int rc = p ? frond_home_check(&p->home) : FROND_EINVAL;
    if (rc == 0 && p->stream->closed)
        rc = FROND_ECLOSED;
    if (rc == 0 && p->out_at < p->out_len && p->senders.count)
        frond_pipe_flush(p, FROND_NOW);
    if (rc == 0 && (in_use(p) || p->in.begun || p->in.at < p->in.end))
        rc = FROND_EBUSY;
    return rc < 0 ? frond_fail_set(rc, "hand over pipe")
                  : frond_stream_descriptor(p->stream, fd);
}

static void part_twins(frond_pipe *p) {
    if (p->twin)
        p->twin->twin = NULL;
    p->twin = NULL;
}

void frond__pipe_moved(frond_pipe *p, uint64_t to) {
    if (p->twin && to)
        p->twin->peer = to;
    part_twins(p);
    p->moved = true;
    frond_pipe_close(p);
}

uint64_t frond__pipe_max(const frond_pipe *p) {
    return p->max;
}

int frond_pipe_set_codec(frond_pipe *p, const frond_codec *c) {
    int rc = p && codec_valid(c) ? frond_home_check(&p->home) : FROND_EINVAL;
    if (rc == 0 && p->stream->closed)
        rc = FROND_ECLOSED;
    if (rc < 0)
        return frond_fail_set(rc, "pipe codec");
    p->codec = c;
    return 0;
}

/* ---- calls ---- */

/* What is called many times in a row gives way to others here, and who waits for its turn does; they may free p. */
int frond__pipe_enter(frond_pipe *p, frond_semaphore *turn, frond_deadline d,
                      const char *doing) {
    int rc = p ? frond_home_check(&p->home) : frond_wait_enter(d);
    if (!p || rc < 0)
        return frond_fail_set(rc < 0 ? rc : FROND_EINVAL, doing);
    p->inside++;
    rc = frond_semaphore_acquire(turn, d);
    if (rc < 0)
        frond_fail_set(rc, doing);
    if (rc == 0 && (p->freed || p->stream->closed)) {
        frond_semaphore_release(turn);
        rc = frond_fail_set(FROND_ECLOSED, doing);
    }
    if (rc < 0)
        frond__pipe_leave(p, NULL);
    return rc;
}

static void destroy(frond_pipe *p) {
    frond__pipe_drop_message(p);
    frond__carry_forget(&p->in.carried);
    frond_free(p->in.buf);
    frond_stream_free(p->stream);
    frond_free(p->out);
    frond_home home = p->home;
    frond_free(p);
    frond_home_leave(&home);
}

void frond__pipe_leave(frond_pipe *p, frond_semaphore *turn) {
    if (turn)
        frond_semaphore_release(turn);
    if (turn == &p->receivers && p->watchers.head)
        frond__pipe_tell(p);
    if (--p->inside == 0 && p->freed)
        destroy(p);
}

/* ---- the end ---- */

/* What goes without waiting; a failure is nobody's any more, and must not hide another. */
static void send_last(frond_pipe *p) {
    int64_t n = 1;
    while (n > 0 && p->out_at < p->out_len) {
        n = p->stream->ops->try_write(p->stream, p->out + p->out_at,
                                      p->out_len - p->out_at);
        p->out_at += n > 0 ? (size_t)n : 0;
    }
}

int frond_pipe_close(frond_pipe *p) {
    if (!p)
        return frond_fail_set(FROND_EINVAL, "pipe close");
    int rc = frond_home_check(&p->home);
    if (rc < 0)
        return frond_fail_set(rc, "pipe close");
    if (p->out_at < p->out_len && !p->stream->closed && p->senders.count)
        send_last(p);
    intptr_t fd;
    if (!p->stream->closed && frond_stream_descriptor(p->stream, &fd) == 0 && !p->moved)
        frond__carry_finish(fd);
    return frond_close(p->stream);
}

int frond_pipe_try_close(frond_pipe *p) {
    int rc = p ? frond_home_check(&p->home) : FROND_EINVAL;
    if (rc < 0)
        return frond_fail_set(rc, "pipe close");
    if (p->stream->closed)
        return 0;
    if (p->senders.count && p->out_at < p->out_len)
        send_last(p);
    return in_use(p) ? frond_fail_set(FROND_EBUSY, "pipe close") : frond_pipe_close(p);
}

static int close_both(frond_pipe *a, frond_pipe *b, int (*close)(frond_pipe *)) {
    int first = a ? close(a) : 0, second = b ? close(b) : 0;
    if (first < 0 && second < 0)
        frond_fail_set(first, "pipe close");
    return first < 0 ? first : second;
}

int frond_pipe_close2(frond_pipe *a, frond_pipe *b) {
    return close_both(a, b, frond_pipe_close);
}

int frond_pipe_try_close2(frond_pipe *a, frond_pipe *b) {
    return close_both(a, b, frond_pipe_try_close);
}

static void free_here(void *arg) {
    frond_pipe *p = arg;
    frond_pipe_close(p);
    p->freed = true;
    part_twins(p);
    p->inside++;
    frond__pipe_leave(p, NULL);
}

/* In another process than its own not one byte goes over it. */
void frond_pipe_free(frond_pipe *p) {
    if (p && !p->freed)
        frond_home_send(&p->home, free_here, p);
}
