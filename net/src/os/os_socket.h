/* SPDX-License-Identifier: MIT */
/* The system's socket calls, each tried once and never blocking; socket_posix.c and socket_windows.c
 * are whole files.  They answer >= 0, a FROND_E* code, or FROND__AGAIN. */
#ifndef FROND_OS_SOCKET_H
#define FROND_OS_SOCKET_H

#include <frond/addr.h>
#include <frond/impl/fd.h>
#include <frond/impl/stream.h>
#include <frond/unix.h>
#include <stdbool.h>

enum {
    FROND__AGAIN = FROND_STREAM_AGAIN, /* it would block */
    FROND__FULL =
        FROND__AGAIN -
        1 /* of a connect: the listener's queue; nothing tells when to try again */
};

#define FROND__NO_FD ((frond_os_fd)-1)

/* A new non-blocking, close-on-exec socket of the address's family. */
int frond__socket_open(const frond_addr *family_of, bool stream, frond_os_fd *fd);
int frond__socket_pair(frond_os_fd fds[2], bool stream);
/* Makes a socket from elsewhere one of ours. */
int frond__socket_prepare(frond_os_fd fd);
int frond__socket_dup(frond_os_fd fd, frond_os_fd *twin);
void frond__socket_close(frond_os_fd fd);

int frond__socket_bind(frond_os_fd fd, const frond_addr *a);
int frond__socket_listen(frond_os_fd fd, int backlog);
int frond__socket_accept(frond_os_fd fd, frond_os_fd *accepted, frond_addr *peer);
int frond__socket_connect(frond_os_fd fd,
                          const frond_addr *to); /* AGAIN: it goes on; or FULL */
int frond__socket_error(frond_os_fd fd);         /* SO_ERROR: 0 or a code */

int64_t frond__socket_recv(frond_os_fd fd, void *buf, size_t cap);
int64_t frond__socket_send(frond_os_fd fd, const frond_buf *bufs, size_t n);
int64_t frond__socket_recvfrom(frond_os_fd fd, void *buf, size_t cap, frond_addr *from,
                               bool *truncated);
int64_t frond__socket_sendto(frond_os_fd fd, const void *buf, size_t len,
                             const frond_addr *to);
int frond__socket_shutdown(frond_os_fd fd);

int frond__socket_name(frond_os_fd fd, bool peer, frond_addr *a);
void frond__socket_nodelay(frond_os_fd fd, bool on);
void frond__socket_reuse(
    frond_os_fd fd); /* SO_REUSEADDR where it means what it means on POSIX */
int frond__socket_reuseport(frond_os_fd fd);
int frond__socket_v6only(frond_os_fd fd, bool on);
int frond__socket_credentials(frond_os_fd fd, frond_credentials *c);

#endif
