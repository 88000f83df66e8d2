/* SPDX-License-Identifier: MIT */
/* macOS and the BSDs: a pipe cannot be opened anew there, a terminal can. */
#include "stdio_os.h"

#include <fcntl.h>
#include <sys/event.h>
#include <unistd.h>

int frond__stdio_reopen(int fd, bool reads) {
    char path[128];
    if (!isatty(fd) || ttyname_r(fd, path, sizeof path) != 0)
        return -1;
    return open(path, (reads ? O_RDONLY : O_WRONLY) | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
}

int frond__stdio_set(int fd, bool reads) {
    struct kevent event;
    int set = kqueue();
    if (set < 0)
        return -1;
    EV_SET(&event, fd, reads ? EVFILT_READ : EVFILT_WRITE, EV_ADD, 0, 0, NULL);
    if (fcntl(set, F_SETFD, FD_CLOEXEC) == 0 &&
        kevent(set, &event, 1, NULL, 0, NULL) == 0)
        return set;
    close(set);
    return -1;
}
