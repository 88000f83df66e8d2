/* SPDX-License-Identifier: MIT */
/* Descriptors that go beside bytes over a unix socket (SCM_RIGHTS), on POSIX; Windows has no such thing. */
#ifndef FROND_IMPL_RIGHTS_H
#define FROND_IMPL_RIGHTS_H

#include <frond/impl/stream.h>
#include <frond/message.h>

FROND_BEGIN

/* What has come beside the bytes: close-on-exec, the receiver's own to close. */
typedef struct {
    intptr_t fds[FROND_MOST_FDS];
    size_t n;
    int lost; /* not all that were sent could be opened */
} frond_rights;

/* One attempt to send n parts, 8 of them at most, and the descriptors with the first byte: at most FROND_MOST_FDS.
 * All stay the caller's.  Raises no SIGPIPE.  Does not suspend.  Returns how many bytes went, FROND_STREAM_AGAIN, or
 * FROND_EPIPE, FROND_ECONNRESET, FROND_ENOTCONN, FROND_EBADF for what is no descriptor, FROND_ENOMEM.  Since 0.1. */
FROND_API int64_t frond_rights_send(frond_os_fd fd, const frond_buf *parts, size_t n,
                                    const intptr_t *fds, size_t n_fds);

/* One attempt to receive into n parts, which stay the caller's.  It ends behind the bytes that descriptors came with.
 * Does not suspend.  Returns how many bytes came, 0 at the end, FROND_STREAM_AGAIN, or FROND_ECONNRESET,
 * FROND_ENOTCONN, FROND_EBADF, FROND_ENOMEM; *came is set, and what is in it the caller's.  Since 0.1. */
FROND_API int64_t frond_rights_receive(frond_os_fd fd, const frond_part *parts, size_t n,
                                       frond_rights *came);

FROND_END

#endif
