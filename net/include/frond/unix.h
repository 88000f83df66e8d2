/* SPDX-License-Identifier: MIT */
/* Unix sockets: connections between programs of one machine, by a file's path or, on Linux, by an abstract
 * name ("@name"), which is no file.  What listens and connects are the listeners and streams of tcp.h, and
 * frond_udp_open makes datagram sockets of such addresses; Windows has streams only.  What suspends has a
 * deadline. */
#ifndef FROND_UNIX_H
#define FROND_UNIX_H

#include <frond/api.h>
#include <frond/deadline.h>
#include <frond/stream.h>
#include <frond/tcp.h>

FROND_BEGIN

/* Listens at a path.  The file is made, and removed when the listener closes unless another has taken its
 * place.  Does not suspend.  Returns 0 with *l owned by the caller (frond_listener_free), or
 *   FROND_EADDRINUSE     the file is there (see frond_listen_options.replace)
 *   FROND_ENAMETOOLONG   FROND_EACCES  FROND_ENOENT  FROND_ENOTDIR  FROND_EROFS: the path cannot be
 *   FROND_EAFNOSUPPORT   this system has none     FROND_ENOTSUP  it has no abstract names
 *   FROND_EMFILE         FROND_EINVAL             FROND_ENOMEM
 * Path and options are copied.  Since 0.1. */
FROND_API int frond_unix_listen(const char *path, const frond_listen_options *o,
                                frond_listener **l);

/* Connects to a path.  Suspends while the listener's queue is full.  Returns 0 with *s owned by the caller,
 * or FROND_ENOENT, FROND_ECONNREFUSED when nobody listens, FROND_EACCES, FROND_ENAMETOOLONG,
 * FROND_EAFNOSUPPORT, FROND_ENOTSUP, FROND_EPROTOTYPE for a datagram socket, FROND_ETIMEDOUT,
 * FROND_ECANCELED, FROND_EMFILE, FROND_ENOMEM, FROND_EINVAL, FROND_ENOSUSPEND.  Path and options are borrowed
 * until it returns.  Since 0.1. */
FROND_API int frond_unix_connect(const char *path, const frond_connect_options *o,
                                 frond_stream **s, frond_deadline d);

/* Who is at the other end of a unix stream, as the system knows. */
typedef struct {
    int64_t pid; /* -1 where the system does not tell */
    int64_t uid, gid;
} frond_credentials;

/* Does not suspend.  Returns 0 with *c, or FROND_ENOTSUP for another kind of stream or on Windows,
 * FROND_EINVAL, FROND_ECLOSED.  s stays owned by the caller.  Since 0.1. */
FROND_API int frond_stream_credentials(const frond_stream *s, frond_credentials *c);

FROND_END

#endif
