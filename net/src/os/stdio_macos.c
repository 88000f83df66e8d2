/* SPDX-License-Identifier: MIT */
/* On macOS a pipe cannot be opened anew, a terminal can, if the loop's kqueue takes it.  SIGPIPE is sent
 * to the process there, whichever thread had written, so that holding it back in one is of no use: the
 * description itself is told not to cause it, and stays so. */
#include "os/stdio_os.h"

#include <fcntl.h>
#include <frond/impl/process.h>
#include <sys/event.h>
#include <sys/socket.h>
#include <unistd.h>

static int kqueue_closed_on_exec(void) {
    frond_opening_begin();
    int set = kqueue();
    if (set >= 0 && fcntl(set, F_SETFD, FD_CLOEXEC) < 0) {
        close(set);
        set = -1;
    }
    frond_opening_end();
    return set;
}

int frond__stdio_set(int fd, bool reads) {
    struct kevent event;
    int set = kqueue_closed_on_exec();
    if (set < 0)
        return -1;
    EV_SET(&event, fd, reads ? EVFILT_READ : EVFILT_WRITE, EV_ADD, 0, 0, NULL);
    if (kevent(set, &event, 1, NULL, 0, NULL) == 0)
        return set;
    close(set);
    return -1;
}

int frond__stdio_reopen(int fd, bool reads) {
    char path[128];
    if (!isatty(fd) || ttyname_r(fd, path, sizeof path) != 0)
        return -1;
    int own =
        open(path, (reads ? O_RDONLY : O_WRONLY) | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    if (own < 0)
        return -1;
    int set = frond__stdio_set(own, reads);
    close(set >= 0 ? set : own); /* without one the loop could not watch it either */
    return set >= 0 ? own : -1;
}

ssize_t frond__stdio_write(int fd, const void *buf, size_t n) {
    (void)fcntl(fd, F_SETNOSIGPIPE, 1);
    return write(fd, buf, n);
}

ssize_t frond__stdio_send(int fd, const void *buf, size_t n) {
    (void)fcntl(fd, F_SETNOSIGPIPE, 1);
    return send(fd, buf, n, MSG_DONTWAIT);
}
