/* SPDX-License-Identifier: MIT */
/* What socket_posix.c shares with socket_linux.c and socket_macos.c. */
#ifndef FROND_SOCKET_POSIX_H
#define FROND_SOCKET_POSIX_H

#include "os/os_socket.h"
#include <sys/socket.h>

#ifndef MSG_NOSIGNAL
#define MSG_NOSIGNAL 0 /* macOS: each socket was told, by SO_NOSIGPIPE */
#endif

#ifdef MSG_MORE
#define FROND__MSG_MORE MSG_MORE
#else
#define FROND__MSG_MORE 0
#endif

#define FROND__RETRY(result, call)                                                       \
    do                                                                                   \
        result = (call);                                                                 \
    while (result < 0 && errno == EINTR)

/* What errno says. */
int frond__socket_code(void);

/* socket(2) and accept(2), and what we want of every descriptor: that it does not block, and that no
 * child inherits it.  0, a FROND_E* code or FROND__AGAIN. */
int frond__socket_make(int family, int type, int *fd);
int frond__socket_take(int listener, int *fd, struct sockaddr_storage *from,
                       socklen_t *len);

#endif
