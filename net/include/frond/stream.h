/* SPDX-License-Identifier: MIT */
/* Streams: bytes in order, both ways, over TCP, TLS, pipes, terminals or memory, one type for all.
 * A stream belongs to the thread that made it (FROND_ETHREAD elsewhere); one greenlet may read while
 * another writes; a second reader or writer is refused with FROND_EBUSY.  A call that timed out or
 * was killed leaves the stream usable and says what moved.  What suspends has a deadline. */
#ifndef FROND_STREAM_H
#define FROND_STREAM_H

#include <frond/addr.h>
#include <frond/api.h>
#include <frond/deadline.h>
#include <frond/error.h>

FROND_BEGIN

typedef struct frond_stream frond_stream;

typedef struct {
    const void *data;
    size_t len;
} frond_buf;

/* Reads 1 .. cap bytes into buf.  Suspends.
 * Returns the number of bytes read, 0 at the end of the stream (or for cap 0), or
 *   FROND_ETIMEDOUT  d passed; nothing was consumed, call again at will
 *   FROND_ECANCELED  this greenlet was killed       FROND_ECLOSED  closed before or during the wait
 *   FROND_EBUSY      another greenlet is reading s  FROND_ETHREAD  s is of another thread
 *   FROND_EINVAL     s or buf is NULL               FROND_EDEADLK  nothing can end the wait
 *   FROND_ENOSUSPEND called in a hub callback       and the transport's own errors, such as
 *   FROND_ECONNRESET
 * buf is borrowed until the call returns.  Since 0.1. */
FROND_API int64_t frond_read(frond_stream *s, void *buf, size_t cap, frond_deadline d);

/* Reads exactly len bytes.  *got (may be NULL) says how many are there; after FROND_ETIMEDOUT or FROND_ECANCELED
 * go on with buf + *got.  Suspends.  Returns 0, or FROND_EOF when the stream ended before, or as frond_read does:
 * FROND_ETIMEDOUT, FROND_ECANCELED, FROND_ECLOSED, FROND_EBUSY, FROND_ETHREAD, FROND_EINVAL, FROND_EDEADLK,
 * FROND_ENOSUSPEND, FROND_ECONNRESET.  buf is borrowed until it returns.  Since 0.1. */
FROND_API int frond_read_exact(frond_stream *s, void *buf, size_t len, size_t *got,
                               frond_deadline d);

/* Puts bytes back: the next reads give them first.  For who looked at the beginning of a stream to see what it is,
 * or copied more than it could hand on.  Does not suspend.  Returns 0, FROND_EINVAL, FROND_ETHREAD, FROND_ECLOSED,
 * FROND_ENOMEM.  data is copied.  Since 0.1. */
FROND_API int frond_unread(frond_stream *s, const void *data, size_t len);

/* Writes all of buf.  Suspends.  *written (may be NULL) says how much went out, all of it on success.
 * Returns 0, or
 *   FROND_ETIMEDOUT  d passed                       FROND_ECANCELED  this greenlet was killed
 *   FROND_ECLOSED    closed before or during it     FROND_EBUSY      another greenlet is writing s
 *   FROND_EPIPE      the peer, or frond_shutdown,   FROND_ETHREAD    s is of another thread
 *                    has closed this direction      FROND_EINVAL     s or buf is NULL
 *   FROND_EDEADLK    nothing can end the wait       FROND_ENOSUSPEND called in a hub callback
 *   and the transport's own errors, such as FROND_ECONNRESET
 * buf is borrowed until the call returns.  Since 0.1. */
FROND_API int frond_write(frond_stream *s, const void *buf, size_t len, size_t *written,
                          frond_deadline d);

/* Writes n buffers, one after the other, with as few system calls as can be.  Suspends.  Returns as
 * frond_write does: 0, FROND_ETIMEDOUT, FROND_ECANCELED, FROND_ECLOSED, FROND_EBUSY, FROND_EPIPE,
 * FROND_ETHREAD, FROND_EINVAL, FROND_EDEADLK, FROND_ENOSUSPEND, FROND_ECONNRESET.  The buffers are
 * borrowed until the call returns.  Since 0.1. */
FROND_API int frond_writev(frond_stream *s, const frond_buf *bufs, size_t n,
                           size_t *written, frond_deadline d);

/* Says that nothing more will be written; reading goes on.  Suspends where the transport must say so
 * itself (TLS).  Returns 0, FROND_ETIMEDOUT, FROND_ECANCELED, FROND_ECLOSED, FROND_EBUSY,
 * FROND_ETHREAD, FROND_EINVAL, FROND_ENOTCONN, FROND_EDEADLK, FROND_ENOSUSPEND, FROND_ENOTSUP for a
 * transport that cannot.  s stays owned by the caller.  Since 0.1. */
FROND_API int frond_shutdown(frond_stream *s, frond_deadline d);

/* Closes s: wakes its reader and writer with FROND_ECLOSED, then closes the descriptor.  Closing
 * twice is harmless.  Does not suspend.  Returns 0, FROND_EINVAL, FROND_ETHREAD.  The caller still
 * owns s.  Since 0.1. */
FROND_API int frond_close(frond_stream *s);

/* Takes another reference.  Does not suspend.  Cannot fail.  Returns s; the caller owns one more.
 * Since 0.1. */
FROND_API frond_stream *frond_stream_ref(frond_stream *s);

/* Drops a reference that the caller owns; the last one closes s, and frees it once calls in flight
 * have left.  NULL is allowed.  From another thread it goes through the owner's hub.  Does not
 * suspend.  Since 0.1. */
FROND_API void frond_stream_free(frond_stream *s);

/* Makes a stream of a connected stream socket: one that frond_stream_release gave, on any thread, or one of
 * another library's.  It becomes non-blocking and close-on-exec.  Does not suspend.  Returns 0 with *s
 * owned by the caller, and the socket the stream's, or with the socket still the caller's
 *   FROND_EBADF   it is none             FROND_EINVAL  it is negative, or s is NULL
 *   FROND_ENOMEM  no memory              FROND_ENOTSOCK  it is something else
 *   FROND_EBUSY   another stream, or another object of frond's, has it (not noticed on Windows, nor in the child of
 *                 a fork that was not frond's)
 * Since 0.1. */
FROND_API int frond_stream_adopt(intptr_t fd, frond_stream **s);

/* Makes a stream of an end of a pipe, or, but for Windows, of a terminal or the master of a pseudo terminal.  On
 * Windows fd is a handle, of a pipe made for overlapped use.  It becomes non-blocking, which whoever shares it
 * notices, and close-on-exec.  Does not suspend.  Returns 0 with *s owned by the caller, and fd the stream's,
 * or with fd still the caller's
 *   FROND_EBADF    it is none             FROND_EINVAL   it is negative, or s is NULL
 *   FROND_ENOMEM   no memory              FROND_ENOTSUP  it is something else, or blocks for ever (Windows)
 *   FROND_EMFILE   no descriptor is left  FROND_EBUSY    another object of frond's has it
 * Since 0.1. */
FROND_API int frond_stream_adopt_pipe(intptr_t fd, frond_stream **s);

/* Closes a socket that frond_stream_release or frond_receive_fds gave and nobody has adopted: close, on Windows
 * closesocket.  Does not suspend.  Returns 0 or FROND_EBADF.  The caller's ownership ends.  Since 0.1. */
FROND_API int frond_socket_close(intptr_t fd);

/* Takes the socket out of a stream that is nothing but one (TCP, or one of a pair), for another thread to
 * adopt.  s is closed then, and still the caller's to free.  No byte is lost: s keeps none itself, so what
 * has arrived and was not read goes with the socket, and what was written is the system's.  What has read
 * ahead of its user, a frond_reader, keeps what it has; a TLS stream over s cannot go on.
 * Does not suspend.  Returns 0 with the socket in *fd, owned by the caller, who hands it on or closes it
 * (frond_socket_close), or, with nothing changed,
 *   FROND_EBUSY    a greenlet reads, writes or waits in s   FROND_ENOTSUP  it is more than a socket
 *   FROND_ECLOSED  closed before                            FROND_ETHREAD  s is of another thread
 *   FROND_EINVAL   s or fd is NULL
 * Since 0.1. */
FROND_API int frond_stream_release(frond_stream *s, intptr_t *fd);

/* The socket of a stream that is one (TCP, unix, one of a pair): for options (sockopt.h), or for frond_poll.
 * Does not suspend.  Returns 0 with *fd, which stays the stream's, or FROND_ENOTSUP, FROND_EINVAL,
 * FROND_ECLOSED.  s stays owned by the caller.  Since 0.1. */
FROND_API int frond_stream_fd(const frond_stream *s, intptr_t *fd);

/* A second stream over the same connection, with a descriptor of its own (dup): the connection ends when both are
 * closed.  Bytes that were put back stay with s.  Does not suspend.  Returns 0 with *twin owned by the caller, or
 * FROND_ENOTSUP for a stream that is more than a socket, FROND_EMFILE, FROND_ENOMEM, FROND_EINVAL,
 * FROND_ETHREAD, FROND_ECLOSED.  s stays owned by the caller.  Since 0.1. */
FROND_API int frond_stream_dup(frond_stream *s, frond_stream **twin);

/* Does not suspend.  Returns 0 with the peer's address in *a, or FROND_ENOTSUP when there is none,
 * FROND_EINVAL, FROND_ECLOSED.  s stays owned by the caller.  Since 0.1. */
FROND_API int frond_stream_peer(const frond_stream *s, frond_addr *a);

/* Does not suspend.  Returns 0 with the local address in *a, or FROND_ENOTSUP when there is none,
 * FROND_EINVAL, FROND_ECLOSED.  s stays owned by the caller.  Since 0.1. */
FROND_API int frond_stream_local(const frond_stream *s, frond_addr *a);

/* The program's own standard streams. */
typedef enum { FROND_STDIN = 0, FROND_STDOUT = 1, FROND_STDERR = 2 } frond_std;

/* Opens one of the program's standard streams, be it a terminal, a pipe, a socket or a file.  The
 * descriptor others share keeps its mode; closing the stream leaves it open.  Does not suspend.
 * Returns 0 with *s owned by the caller (frond_stream_free), or FROND_EINVAL, FROND_EBADF when it is
 * closed, FROND_ENOMEM, FROND_EMFILE.  Since 0.1. */
FROND_API int frond_stdio_open(frond_std which, frond_stream **s);

/* Two connected streams within this process.  Does not suspend.  Returns 0 with *a and *b owned by the
 * caller, or FROND_EINVAL, FROND_ENOMEM, FROND_EMFILE.  Since 0.1. */
FROND_API int frond_stream_pair(frond_stream **a, frond_stream **b);

FROND_END

#endif
