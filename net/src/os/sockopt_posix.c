/* SPDX-License-Identifier: MIT */
/* Options on POSIX. */
#include "os/socket_posix.h"
#include "socket/sockopt.h"

#include <errno.h>
#include <fcntl.h>
#include <frond/error.h>
#include <frond/impl/fail.h>

int frond__socket_set(frond_os_fd fd, int level, int name, const void *data, size_t len) {
    return setsockopt(fd, level, name, data, (socklen_t)len) < 0 ? frond__socket_code()
                                                                 : 0;
}

int frond__socket_get(frond_os_fd fd, int level, int name, void *data, size_t *len) {
    socklen_t n = (socklen_t)*len;
    if (getsockopt(fd, level, name, data, &n) < 0)
        return frond__socket_code();
    *len = n;
    return 0;
}

int frond__sockopt_linger(frond_os_fd fd, int seconds) {
    const frond__sockopt_row *row = &frond__sockopt_table[FROND_SO_LINGER];
    struct linger l = {seconds >= 0, seconds > 0 ? seconds : 0};
    return frond__socket_set(fd, row->level, row->name, &l, sizeof l);
}

int frond__sockopt_get_linger(frond_os_fd fd, int *seconds) {
    const frond__sockopt_row *row = &frond__sockopt_table[FROND_SO_LINGER];
    struct linger l = {0, 0};
    size_t len = sizeof l;
    int rc = frond__socket_get(fd, row->level, row->name, &l, &len);
    *seconds = l.l_onoff ? l.l_linger : -1;
    return rc;
}

int frond_inheritable_set(intptr_t fd, int on) {
    int flags = fcntl((int)fd, F_GETFD);
    if (flags < 0 ||
        fcntl((int)fd, F_SETFD, on ? flags & ~FD_CLOEXEC : flags | FD_CLOEXEC) < 0)
        return frond_fail_set(frond__socket_code(), "set inheritable");
    return 0;
}

int frond_inheritable(intptr_t fd) {
    int flags = fcntl((int)fd, F_GETFD);
    if (flags < 0)
        return frond_fail_set(frond__socket_code(), "inheritable");
    return !(flags & FD_CLOEXEC);
}
