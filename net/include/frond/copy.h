/* SPDX-License-Identifier: MIT */
/* Bytes from one place to another: between streams, both ways, and out of a file, as cheaply as the system
 * can.  What has a deadline suspends. */
#ifndef FROND_COPY_H
#define FROND_COPY_H

#include <frond/api.h>
#include <frond/deadline.h>
#include <frond/fs.h>
#include <frond/stream.h>

FROND_BEGIN

/* Copies what `from` gives to `to`, until its end or limit bytes (0: no limit).  *copied (may be NULL) says how
 * many have been written; what was read beyond that, when it fails, is put back into `from` (frond_unread), so
 * that nothing is lost and the call can be made again, unless it is FROND_ENOMEM that it answers.  Between
 * sockets on Linux the bytes stay in the kernel (splice).  Suspends.  Returns 0, or FROND_ETIMEDOUT, FROND_ECANCELED,
 * FROND_ECLOSED, FROND_EBUSY, FROND_ETHREAD, FROND_EINVAL, FROND_EPIPE, FROND_ECONNRESET, FROND_EDEADLK,
 * FROND_ENOSUSPEND, FROND_ENOMEM, or what else frond_read and frond_write return.  Both are borrowed until it
 * returns.  Since 0.1. */
FROND_API int frond_copy(frond_stream *from, frond_stream *to, uint64_t limit,
                         uint64_t *copied, frond_deadline d);

/* Copies both ways between two streams, as a port forwarder or a proxy does: the end of one is passed on to the
 * other (frond_shutdown), and it is over when both have ended, or when one direction fails: the other is
 * stopped then.  there and back (may be NULL) say how many bytes went from a to b and from b to a.  An idle
 * limit is frond_stream_timeouts of both.  Suspends.  Returns 0 when both ended, or the first error, as
 * frond_copy does: FROND_ETIMEDOUT, FROND_ECANCELED, FROND_ECLOSED, FROND_EBUSY, FROND_ETHREAD, FROND_EINVAL,
 * FROND_EPIPE, FROND_ECONNRESET, FROND_EDEADLK, FROND_ENOSUSPEND, FROND_ENOMEM.  Both are borrowed until it
 * returns.  Since 0.1. */
FROND_API int frond_relay(frond_stream *a, frond_stream *b, uint64_t *there,
                          uint64_t *back, frond_deadline d);

/* Writes count bytes of a file from offset on, or to its end (count -1); 0 is as frond_write with nothing.  *sent
 * (may be NULL) says how many went.  On Linux, to a socket, without copying what is in memory already (sendfile);
 * what is not is read by the file class of threads, so that no disk stops the hub.  Suspends.  Returns 0 (a file that
 * ends before count is no error: *sent tells), or what frond_file_pread and frond_write return: FROND_ETIMEDOUT,
 * FROND_ECANCELED, FROND_ECLOSED, FROND_EBUSY, FROND_ETHREAD, FROND_EINVAL, FROND_EPIPE, FROND_ECONNRESET, FROND_EIO,
 * FROND_EDEADLK, FROND_ENOSUSPEND, FROND_ENOMEM.  Both are borrowed until it returns.  Since 0.1. */
FROND_API int frond_send_file(frond_stream *s, frond_file *file, int64_t offset,
                              int64_t count, int64_t *sent, frond_deadline d);

FROND_END

#endif
