/* SPDX-License-Identifier: MIT */
/* Sockets on POSIX.  SIGPIPE is avoided per call (MSG_NOSIGNAL) or per socket (SO_NOSIGPIPE), never
 * ignored for the whole process. */
#include "os/socket_posix.h"

#include <errno.h>
#include <fcntl.h>
#include <frond/error.h>
#include <frond/impl/address.h>
#include <frond/impl/fail.h>
#include <frond/impl/process.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

enum { MOST_PARTS = 64 /* of one gathered write; the rest goes with the next */ };

int frond__socket_code(void) {
    return errno == EAGAIN || errno == EWOULDBLOCK ? FROND__AGAIN
                                                   : frond_error_from_system(errno);
}

int frond__socket_open(const frond_addr *of, bool stream, frond_os_fd *fd) {
    int family = of->family == FROND_IPV4   ? AF_INET
                 : of->family == FROND_IPV6 ? AF_INET6
                 : of->family == FROND_UNIX ? AF_UNIX
                                            : -1;
    if (family < 0)
        return FROND_EAFNOSUPPORT;
    return frond__socket_make(family, stream ? SOCK_STREAM : SOCK_DGRAM, fd);
}

/* The twin shares the mode: it does not block either. */
int frond__socket_dup(frond_os_fd fd, frond_os_fd *twin) {
    *twin = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (*twin < 0)
        return frond__socket_code();
    frond_descriptor_opened(*twin);
    return 0;
}

void frond__socket_close(frond_os_fd fd) {
    if (fd < 0)
        return;
    frond_descriptor_closing(fd);
    close(
        fd); /* not again on EINTR: the descriptor is gone, and may be another's by now */
}

/* Why a unix address has no form here: it is longer than macOS takes, or abstract elsewhere than on Linux. */
static int no_form(const frond_addr *a) {
    return a->path_length && !a->path[0] ? FROND_ENOTSUP
           : a->path_length              ? FROND_ENAMETOOLONG
                                         : FROND_EINVAL;
}

int frond__socket_bind(frond_os_fd fd, const frond_addr *a) {
    struct sockaddr_storage to;
    socklen_t n = frond_addr_to_system(a, &to);
    if (!n)
        return no_form(a);
    return bind(fd, (struct sockaddr *)&to, n) < 0 ? frond__socket_code() : 0;
}

int frond__socket_listen(frond_os_fd fd, int backlog) {
    return listen(fd, backlog > 0 ? backlog : SOMAXCONN) < 0 ? frond__socket_code() : 0;
}

int frond__socket_accept(frond_os_fd fd, frond_os_fd *accepted, frond_addr *peer) {
    struct sockaddr_storage from;
    socklen_t n = sizeof from;
    int rc = frond__socket_take(fd, accepted, &from, &n);
    if (rc < 0)
        return rc;
    if (n < sizeof(sa_family_t) ||
        frond_addr_from_system(peer, (struct sockaddr *)&from, n) < 0)
        memset(peer, 0, sizeof *peer);
    return 0;
}

int frond__socket_connect(frond_os_fd fd, const frond_addr *a) {
    struct sockaddr_storage to;
    socklen_t n = frond_addr_to_system(a, &to);
    if (!n)
        return no_form(a);
    int rc;
    do
        rc = connect(fd, (struct sockaddr *)&to, n);
    while (rc < 0 && errno == EINTR && a->family == FROND_UNIX); /* it has not begun */
    if (rc == 0)
        return 0;
    if (errno == EINPROGRESS ||
        errno == EINTR) /* interrupted, it goes on in the background */
        return FROND__AGAIN;
    if (errno == EAGAIN) /* of IP not "later": no local port is left */
        return a->family == FROND_UNIX ? FROND__FULL : FROND_EADDRNOTAVAIL;
    return frond__socket_code();
}

int frond__socket_error(frond_os_fd fd) {
    int error = 0;
    socklen_t n = sizeof error;
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &n) < 0)
        return frond__socket_code();
    return frond_error_from_system(error);
}

int64_t frond__socket_recv(frond_os_fd fd, void *buf, size_t cap) {
    ssize_t n;
    FROND__RETRY(n, recv(fd, buf, cap, 0));
    return n < 0 ? frond__socket_code() : n;
}

int64_t frond__socket_send(frond_os_fd fd, const frond_buf *bufs, size_t n) {
    ssize_t done;
    if (n == 1) {
        FROND__RETRY(done, send(fd, bufs[0].data, bufs[0].len, MSG_NOSIGNAL));
        return done < 0 ? frond__socket_code() : done;
    }
    struct iovec parts[MOST_PARTS];
    if (n > MOST_PARTS)
        n = MOST_PARTS;
    for (size_t i = 0; i < n; i++)
        parts[i] = (struct iovec){(void *)(uintptr_t)bufs[i].data, bufs[i].len};
    struct msghdr message = {.msg_iov = parts};
    message.msg_iovlen = (unsigned char)n; /* of int or of size_t */
    FROND__RETRY(done, sendmsg(fd, &message, MSG_NOSIGNAL));
    return done < 0 ? frond__socket_code() : done;
}

int64_t frond__socket_recvfrom(frond_os_fd fd, void *buf, size_t cap, frond_addr *from,
                               bool *truncated) {
    struct sockaddr_storage source;
    struct iovec part = {buf, cap};
    struct msghdr message = {.msg_name = &source,
                             .msg_namelen = sizeof source,
                             .msg_iov = &part,
                             .msg_iovlen = 1};
    ssize_t n;
    FROND__RETRY(n, recvmsg(fd, &message, 0));
    if (n < 0)
        return frond__socket_code();
    *truncated = (message.msg_flags & MSG_TRUNC) != 0;
    if (from &&
        frond_addr_from_system(from, (struct sockaddr *)&source, message.msg_namelen) < 0)
        memset(from, 0, sizeof *from);
    return n;
}

int64_t frond__socket_sendto(frond_os_fd fd, const void *buf, size_t len,
                             const frond_addr *to) {
    struct sockaddr_storage target;
    socklen_t n = to ? frond_addr_to_system(to, &target) : 0;
    ssize_t done;
    if (to && !n)
        return no_form(to);
    FROND__RETRY(done, sendto(fd, buf, len, MSG_NOSIGNAL,
                              to ? (struct sockaddr *)&target : NULL, n));
    return done < 0 ? frond__socket_code() : done;
}

int frond__socket_shutdown(frond_os_fd fd) {
    return shutdown(fd, SHUT_WR) < 0 ? frond__socket_code() : 0;
}

int frond__socket_name(frond_os_fd fd, bool peer, frond_addr *a) {
    struct sockaddr_storage name = {.ss_family = AF_UNSPEC};
    socklen_t n = sizeof name;
    int rc = peer ? getpeername(fd, (struct sockaddr *)&name, &n)
                  : getsockname(fd, (struct sockaddr *)&name, &n);
    if (rc < 0)
        return frond__socket_code();
    return frond_addr_from_system(a, (struct sockaddr *)&name, n) < 0 ? FROND_ENOTSUP : 0;
}

static int set(int fd, int level, int option, bool on) {
    int value = on;
    return setsockopt(fd, level, option, &value, sizeof value) < 0 ? frond__socket_code()
                                                                   : 0;
}

void frond__socket_nodelay(frond_os_fd fd, bool on) {
    set(fd, IPPROTO_TCP, TCP_NODELAY, on);
}

void frond__socket_reuse(frond_os_fd fd) {
    set(fd, SOL_SOCKET, SO_REUSEADDR, true);
}

int frond__socket_reuseport(frond_os_fd fd) {
    return set(fd, SOL_SOCKET, SO_REUSEPORT, true);
}

int frond__socket_v6only(frond_os_fd fd, bool on) {
    return set(fd, IPPROTO_IPV6, IPV6_V6ONLY, on);
}
