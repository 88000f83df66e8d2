/* SPDX-License-Identifier: MIT */
/* The ends of pipes: how they are made, entered and closed.  A message over the stream socket is eight bytes of
 * length, then itself.  What a call that ran out of time has left, of either direction, is kept and goes on with
 * the next call. */
#include "pipe/pipe.h"

#include <frond/error.h>
#include <frond/impl/fail.h>
#include <frond/impl/memory.h>
#include <frond/impl/stream.h>
#include <frond/impl/waiter.h>

enum { MAX_MESSAGE = 64 << 20 };

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

/* ---- calls ---- */

/* What is called many times in a row gives way to others here, and who waits for its turn does; they may free p. */
int frond__pipe_enter(frond_pipe *p, frond_lock *lock, frond_deadline d,
                      const char *doing) {
    int rc = p ? frond_home_check(&p->stream->home) : frond_wait_enter(d);
    if (!p || rc < 0)
        return frond_fail_set(rc < 0 ? rc : FROND_EINVAL, doing);
    p->inside++;
    rc = frond_lock_acquire(lock, d);
    if (rc < 0)
        frond_fail_set(rc, doing);
    if (rc == 0 && p->freed) {
        frond_lock_release(lock);
        rc = frond_fail_set(FROND_ECLOSED, doing);
    }
    if (rc < 0)
        frond__pipe_leave(p, NULL);
    return rc;
}

void frond__pipe_leave(frond_pipe *p, frond_lock *lock) {
    if (lock)
        frond_lock_release(lock);
    if (--p->inside || !p->freed)
        return;
    frond_reader_free(p->in);
    frond_stream_free(p->stream);
    frond_free(p->out);
    frond_free(p->body);
    frond_free(p);
}

/* ---- the end ---- */

int frond_pipe_close(frond_pipe *p) {
    if (!p)
        return frond_fail_set(FROND_EINVAL, "pipe close");
    int rc = frond_home_check(&p->stream->home);
    if (rc < 0)
        return frond_fail_set(rc, "pipe close");
    if (p->out_at < p->out_len && !p->stream->closed &&
        frond_lock_acquire(&p->senders, FROND_NOW) == 0) {
        (void)frond__pipe_send_rest(p, FROND_NOW);
        frond_lock_release(&p->senders);
    }
    return frond_close(p->stream);
}

void frond_pipe_free(frond_pipe *p) {
    if (!p || p->freed)
        return;
    if (frond_pipe_close(p) == FROND_EWRONGPROC)
        return; /* the parent's: not one byte may go over it */
    p->freed = true;
    p->inside++;
    frond__pipe_leave(p, NULL);
}
