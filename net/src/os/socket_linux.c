/* SPDX-License-Identifier: MIT */
/* Linux opens and accepts close-on-exec and non-blocking at once, and avoids SIGPIPE call by call. */
#include "os/socket_posix.h"

#include <errno.h>
#include <fcntl.h>
#include <frond/impl/process.h>

int frond__socket_make(int family, int type, int *fd) {
    *fd = socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (*fd < 0)
        return frond__socket_code();
    frond_descriptor_opened(*fd);
    return 0;
}

int frond__socket_take(int listener, int *fd, struct sockaddr_storage *from,
                       socklen_t *len) {
    FROND__RETRY(*fd, accept4(listener, (struct sockaddr *)from, len,
                              SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (*fd < 0)
        return frond__socket_code();
    frond_descriptor_opened(*fd);
    return 0;
}

int frond__socket_pair(frond_os_fd fds[2], bool stream) {
    int type = stream ? SOCK_STREAM : SOCK_DGRAM;
    if (socketpair(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds) < 0)
        return frond__socket_code();
    frond_descriptor_opened(fds[0]);
    frond_descriptor_opened(fds[1]);
    return 0;
}

int frond__socket_prepare(frond_os_fd fd) {
    int flags = fcntl(fd, F_GETFL);
    if (fcntl(fd, F_SETFD, FD_CLOEXEC) < 0 || flags < 0 ||
        fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
        return frond__socket_code();
    frond_descriptor_opened(fd);
    return 0;
}

int frond__socket_credentials(frond_os_fd fd, frond_credentials *c) {
    struct ucred who;
    socklen_t n = sizeof who;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &n) < 0)
        return frond__socket_code();
    if (who.pid == 0 && who.uid == (uid_t)-1) /* no unix socket */
        return FROND_ENOTSUP;
    *c = (frond_credentials){who.pid, who.uid, who.gid};
    return 0;
}
