/* SPDX-License-Identifier: MIT */
/* A buffer before a stream, for protocols that write in small pieces: text, formatted text, bytes, sent
 * together.  What a call has taken is kept until it is sent: nothing is lost or sent twice when a deadline
 * passes.  One greenlet at a time; it belongs to the stream's thread.  What suspends has a deadline. */
#ifndef FROND_WRITER_H
#define FROND_WRITER_H

#include <frond/api.h>
#include <frond/deadline.h>
#include <frond/stream.h>

FROND_BEGIN

typedef struct frond_writer frond_writer;

/* Makes a writer that sends by itself when it holds `size` bytes (0: 4096), and to which frond_writer_format may
 * add up to limit (0: 1 MiB).  Does not suspend.  Returns a writer owned by the caller (frond_writer_free), or NULL
 * with FROND_EINVAL or FROND_ENOMEM.  The stream is borrowed until it is freed.  Since 0.1. */
FROND_API frond_writer *frond_writer_new(frond_stream *s, size_t size, size_t limit);

/* Writes all of buf: into the buffer, or, when that is full, on to the stream.  Suspends in that case.  Returns 0:
 * all of it is taken, though perhaps not sent; or, and then none of it is taken, as frond_write does:
 * FROND_ETIMEDOUT, FROND_ECANCELED, FROND_ECLOSED, FROND_EBUSY, FROND_EPIPE, FROND_ETHREAD, FROND_EINVAL,
 * FROND_EDEADLK, FROND_ENOSUSPEND, FROND_ECONNRESET; or FROND_ENOMEM, after which the stream is of no use when
 * len was more than size: a part may have gone.  buf is borrowed until it returns.  Since 0.1. */
FROND_API int frond_writer_write(frond_writer *w, const void *buf, size_t len,
                                 frond_deadline d);

/* The same with text up to its NUL.  Suspends.  Returns as frond_writer_write does: 0, FROND_ETIMEDOUT,
 * FROND_ECANCELED, FROND_ECLOSED, FROND_EBUSY, FROND_EPIPE, FROND_ETHREAD, FROND_EINVAL, FROND_EDEADLK,
 * FROND_ENOSUSPEND, FROND_ECONNRESET, FROND_ENOMEM.  text is borrowed until it returns.  Since 0.1. */
FROND_API int frond_writer_text(frond_writer *w, const char *text, frond_deadline d);

/* Adds formatted text (printf) to the buffer, which grows; it is sent by the next write that finds it full, or by
 * frond_writer_flush.  Does not suspend.  Returns 0, or with nothing added FROND_ELIMIT beyond the limit,
 * FROND_ENOMEM, FROND_EINVAL.  Arguments are borrowed until it returns.  Since 0.1. */
FROND_API int frond_writer_format(frond_writer *w, const char *format, ...)
    FROND_PRINTF(2, 3);

/* Sends what is in the buffer.  Suspends.  Returns 0, or as frond_write does, with what is not sent still in it:
 * FROND_ETIMEDOUT, FROND_ECANCELED, FROND_ECLOSED, FROND_EBUSY, FROND_EPIPE, FROND_ETHREAD, FROND_EINVAL,
 * FROND_EDEADLK, FROND_ENOSUSPEND, FROND_ECONNRESET.  w stays owned by the caller.  Since 0.1. */
FROND_API int frond_writer_flush(frond_writer *w, frond_deadline d);

/* Does not suspend.  Cannot fail.  Returns how many bytes are not sent.  w is borrowed.  Since 0.1. */
FROND_API size_t frond_writer_buffered(const frond_writer *w);

/* Frees the writer, not the stream; what was not flushed is lost.  No call on it may be under way.  NULL is allowed.
 * Does not suspend.  The caller's ownership ends.  Since 0.1. */
FROND_API void frond_writer_free(frond_writer *w);

FROND_END

#endif
