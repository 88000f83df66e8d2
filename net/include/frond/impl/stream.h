/* SPDX-License-Identifier: MIT */
/* How a stream is made: a struct that begins with frond_stream, and a table of functions.  The table's
 * functions are called on the owner's thread, one read and one write at a time, on an open stream,
 * after the entry check; close wakes them.  Those with a deadline suspend. */
#ifndef FROND_IMPL_STREAM_H
#define FROND_IMPL_STREAM_H

#include <frond/impl/fd.h>
#include <frond/impl/home.h>
#include <frond/stream.h>

FROND_BEGIN

/* One attempt at a system call: >= 0, a FROND_E* code, or FROND_STREAM_AGAIN. */
typedef int64_t (*frond_attempt)(frond_os_fd fd, void *call);

typedef struct {
    int64_t (*read)(frond_stream *s, void *buf, size_t cap, frond_deadline d);
    int (*write)(frond_stream *s, const frond_buf *bufs, size_t n, size_t *written,
                 frond_deadline d);
    int (*shutdown)(frond_stream *s, frond_deadline d); /* NULL: FROND_ENOTSUP */
    void (*close)(frond_stream *s);                     /* wakes and stops */
    void (*destroy)(frond_stream *s);                   /* frees; nobody is inside */
    int (*address)(const frond_stream *s, int peer,
                   frond_addr *a); /* NULL: FROND_ENOTSUP */
    /* Sockets have these too: one attempt that never suspends, and the wait for the next.  They are the
     * transport's own: what a stream's extras ask for is not theirs to know. */
    int64_t (*try_read)(frond_stream *s, void *buf, size_t cap);
    int64_t (*try_write)(frond_stream *s, const void *buf, size_t len);
    int64_t (*read_lent)(frond_stream *s, char **buf, size_t most,
                         frond_deadline d); /* net's own: lent.h */
    int (*wait)(frond_stream *s, int direction, frond_deadline d);
    int64_t (*run)(frond_stream *s, int direction, frond_attempt attempt, void *call,
                   frond_deadline d); /* attempts until one does not answer AGAIN */
    int (*watch)(frond_stream *s, frond_waiter *w);              /* frond_fd_watch */
    void (*interrupt)(frond_stream *s, int direction, int code); /* frond_fd_interrupt */
    intptr_t (*descriptor)(const frond_stream *s);
    intptr_t (*release)(
        frond_stream *s); /* stops and gives it up, or FROND_EBUSY: somebody waits */
} frond_stream_ops;

enum { FROND_STREAM_AGAIN = -1000 /* try_read, try_write: it would block */ };

typedef struct frond_stream_extras frond_stream_extras; /* stream_limits.h */

struct frond_stream {
    frond_home home; /* each call needs its end, and what follows */
    const frond_stream_ops *ops;
    frond_stream_extras
        *extras; /* time limits, rates, bytes put back; NULL: nothing of the kind */
    uint32_t refs;
    uint32_t inside; /* calls in flight: they keep the memory */
    uint8_t closed, reading, writing, shut;
};

/* Fills in the head of a new stream with one reference.  Does not suspend.  Returns 0 or FROND_ENOMEM.
 * s stays owned by the caller.  Since 0.1. */
FROND_API int frond_stream_init(frond_stream *s, const frond_stream_ops *ops);

/* Takes that back, for a stream that came to nothing; the caller frees it.  Does not suspend.  s stays
 * owned by the caller.  Since 0.1. */
FROND_API void frond_stream_undo(frond_stream *s);

/* In between s is in use, on its thread: who frees it leaves its memory to the last call in flight.  Does not
 * suspend.  Cannot fail.  In pairs; s stays owned by who owns it.  Since 0.1. */
FROND_API void frond_stream_hold(frond_stream *s);
FROND_API void frond_stream_let_go(frond_stream *s);

/* The socket of a stream that is nothing but one (frond_stream_fd is the same for users).  Does not suspend.  Returns
 * 0, FROND_ENOTSUP, FROND_ECLOSED.  The socket stays owned by the stream.  Since 0.1. */
FROND_API int frond_stream_descriptor(const frond_stream *s, intptr_t *fd);

FROND_END

#endif
