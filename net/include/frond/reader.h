/* SPDX-License-Identifier: MIT */
/* A buffer over a stream, for protocols: exact lengths, lines, delimiters, peeking.  On a socket the readers of
 * a thread go through a few buffers of 32 KiB that are lent to them from a read to their next call: one that
 * waits, and has nothing left of before, has no buffer.  What a call that failed had read already stays in the
 * reader for the next one.  What a call gives out lies in the
 * buffer and is borrowed until the next call on the reader.  One greenlet at a time; it belongs to
 * the stream's thread.  What suspends has a deadline. */
#ifndef FROND_READER_H
#define FROND_READER_H

#include <frond/api.h>
#include <frond/deadline.h>
#include <frond/stream.h>

FROND_BEGIN

typedef struct frond_reader frond_reader;

/* Makes a reader whose buffer grows to at most limit bytes (0: 64 KiB), which is also the longest
 * line, delimited part or peek.  Does not suspend.  Returns a reader owned by the caller
 * (frond_reader_free), or NULL with FROND_EINVAL or FROND_ENOMEM.  The stream is borrowed until it is
 * freed.  Since 0.1. */
FROND_API frond_reader *frond_reader_new(frond_stream *s, size_t limit);

/* Reads 1 .. cap bytes, from the buffer first.  Suspends.  Returns as frond_read does: bytes, 0 at the
 * end, FROND_ETIMEDOUT, FROND_ECANCELED, FROND_ECLOSED, FROND_EBUSY, FROND_ETHREAD, FROND_EINVAL,
 * FROND_EDEADLK, FROND_ENOSUSPEND, FROND_ENOMEM.  buf is borrowed until it returns.  Since 0.1. */
FROND_API int64_t frond_reader_read(frond_reader *r, void *buf, size_t cap,
                                    frond_deadline d);

/* Reads exactly len bytes into buf, of any length.  *got (may be NULL) says how many are there; after
 * FROND_ETIMEDOUT or FROND_ECANCELED go on with buf + *got.  Suspends.  Returns 0, or FROND_EOF when the
 * stream ended before, FROND_ETIMEDOUT, FROND_ECANCELED, FROND_ECLOSED, FROND_EBUSY, FROND_ETHREAD,
 * FROND_EINVAL, FROND_EDEADLK, FROND_ENOSUSPEND.  buf is borrowed until it returns.  Since 0.1. */
FROND_API int frond_reader_exact(frond_reader *r, void *buf, size_t len, size_t *got,
                                 frond_deadline d);

/* Reads up to and with a delimiter of n bytes (1 .. 64); *data is what came, the delimiter included.
 * Suspends.  Returns its length, 0 when the stream ended with nothing left, or
 *   FROND_EOF        it ended in the middle; the rest stays for frond_reader_read
 *   FROND_ELIMIT     no delimiter within the limit; nothing was consumed
 *   FROND_ETIMEDOUT  FROND_ECANCELED  FROND_ECLOSED  FROND_EBUSY  FROND_ETHREAD  FROND_EINVAL
 *   FROND_EDEADLK    FROND_ENOSUSPEND FROND_ENOMEM
 * *data is borrowed until the next call on r.  Since 0.1. */
FROND_API int64_t frond_reader_until(frond_reader *r, const void *delimiter, size_t n,
                                     const char **data, frond_deadline d);

/* Reads a line; *line is its text, with a NUL in place of its LF or CR LF, and the result its length.
 * The end of the stream ends a line too.  Suspends.  Returns the length (0: an empty line), or
 *   FROND_EOF        the stream has ended and no line is left
 *   FROND_ELIMIT     longer than the limit; nothing was consumed
 *   FROND_ETIMEDOUT  FROND_ECANCELED  FROND_ECLOSED  FROND_EBUSY  FROND_ETHREAD  FROND_EINVAL
 *   FROND_EDEADLK    FROND_ENOSUSPEND FROND_ENOMEM
 * *line is borrowed until the next call on r.  Since 0.1. */
FROND_API int64_t frond_reader_line(frond_reader *r, char **line, frond_deadline d);

/* Sees to it that at least n bytes are in the buffer (n within the limit) and shows all of it.
 * Consumes nothing.  Suspends.  Returns how many there are: fewer than n only at the end of the
 * stream; or FROND_ELIMIT, FROND_ETIMEDOUT, FROND_ECANCELED, FROND_ECLOSED, FROND_EBUSY, FROND_ETHREAD,
 * FROND_EINVAL, FROND_EDEADLK, FROND_ENOSUSPEND, FROND_ENOMEM.  *data is borrowed until the next call.
 * Since 0.1. */
FROND_API int64_t frond_reader_peek(frond_reader *r, size_t n, const char **data,
                                    frond_deadline d);

/* Reads all that is left, to the end of the stream; *data is what came.  Suspends.  Returns its length (0: there is
 * nothing), FROND_ELIMIT beyond the limit, with nothing consumed, or FROND_ETIMEDOUT, FROND_ECANCELED, FROND_ECLOSED,
 * FROND_EBUSY, FROND_ETHREAD, FROND_EINVAL, FROND_EDEADLK, FROND_ENOSUSPEND, FROND_ENOMEM.  *data is borrowed until
 * the next call on r.  Since 0.1. */
FROND_API int64_t frond_reader_all(frond_reader *r, const char **data, frond_deadline d);

/* Consumes n bytes that a peek showed.  Does not suspend.  Returns 0, or FROND_EINVAL when there are
 * fewer.  r stays owned by the caller.  Since 0.1. */
FROND_API int frond_reader_skip(frond_reader *r, size_t n);

/* Does not suspend.  Cannot fail.  Returns how many bytes are in the buffer.  r is borrowed.
 * Since 0.1. */
FROND_API size_t frond_reader_buffered(const frond_reader *r);

/* Frees the reader and what is in its buffer, not the stream.  No call on it may be under way.  NULL is allowed.
 * Does not suspend.  The caller's ownership ends.  Since 0.1. */
FROND_API void frond_reader_free(frond_reader *r);

FROND_END

#endif
