/* SPDX-License-Identifier: MIT */
/* macOS marks descriptors after it has opened them, so that no fork may come in between, and avoids
 * SIGPIPE by an option of the socket.  An accepted socket has its listener's; setting it once more
 * fails where the peer has gone already, which does no harm then. */
#include "os/socket_posix.h"

#include <errno.h>
#include <fcntl.h>
#include <frond/impl/process.h>
#include <frond/error.h>
#include <sys/un.h>
#include <unistd.h>

int frond__socket_prepare(frond_os_fd fd) {
    int on = 1, flags = fcntl(fd, F_GETFL);
    if (fcntl(fd, F_SETFD, FD_CLOEXEC) < 0 || flags < 0 ||
        fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
        return frond__socket_code();
    setsockopt(fd, SOL_SOCKET, SO_NOSIGPIPE, &on, sizeof on);
    frond_descriptor_opened(fd);
    return 0;
}

/* What was opened becomes ours, or is closed. */
static int adopt(int fd) {
    if (fd < 0)
        return frond__socket_code();
    int rc = frond__socket_prepare(fd);
    if (rc < 0)
        close(fd);
    return rc;
}

int frond__socket_make(int family, int type, int *fd) {
    frond_opening_begin();
    *fd = socket(family, type, 0);
    int rc = adopt(*fd);
    frond_opening_end();
    return rc;
}

int frond__socket_take(int listener, int *fd, struct sockaddr_storage *from,
                       socklen_t *len) {
    frond_opening_begin();
    FROND__RETRY(*fd, accept(listener, (struct sockaddr *)from, len));
    int rc = adopt(*fd);
    frond_opening_end();
    return rc;
}

int frond__socket_pair(frond_os_fd fds[2], bool stream) {
    frond_opening_begin();
    int rc = socketpair(AF_UNIX, stream ? SOCK_STREAM : SOCK_DGRAM, 0, fds) < 0
                 ? frond__socket_code()
                 : 0;
    if (rc == 0 && (rc = adopt(fds[0])) < 0)
        close(fds[1]);
    else if (rc == 0 && (rc = adopt(fds[1])) < 0)
        frond__socket_close(fds[0]);
    frond_opening_end();
    return rc;
}

int frond__socket_credentials(frond_os_fd fd, frond_credentials *c) {
    uid_t uid;
    gid_t gid;
    pid_t pid = -1;
    socklen_t n = sizeof pid;
    if (getpeereid(fd, &uid, &gid) < 0)
        return errno == EINVAL || errno == EOPNOTSUPP ? FROND_ENOTSUP
                                                      : frond__socket_code();
    if (getsockopt(fd, SOL_LOCAL, LOCAL_PEERPID, &pid, &n) < 0)
        pid = -1;
    *c = (frond_credentials){pid, uid, gid};
    return 0;
}
