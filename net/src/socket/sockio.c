/* SPDX-License-Identifier: MIT */
/* See sockio.h. */
#include "socket/sockio.h"

#include "socket/polling.h"
#include <frond/error.h>

static int need_watch(frond__sockio *io) {
    if (!io->watch)
        io->watch = frond_fd_new(io->fd, io->describe, io->object);
    return io->watch ? 0 : FROND_ENOMEM;
}

int frond__sockio_watch(frond__sockio *io, frond_waiter *w) {
    int rc = io->fd == FROND__NO_FD ? FROND_ECLOSED : need_watch(io);
    return rc < 0 ? rc : frond_fd_watch(io->watch, w);
}

int frond__sockio_wait(frond__sockio *io, int direction, frond_deadline d) {
    if (!io->watch && !(io->watch = frond_fd_new(io->fd, io->describe, io->object)))
        return FROND_ENOMEM;
    int rc = frond_fd_await(io->watch, direction, d);
    bool over = rc == 0 || rc == FROND_ETIMEDOUT;
    if (over && io->fd == FROND__NO_FD) /* closed between the wake and our turn */
        rc = FROND_ECLOSED;
    return rc;
}

frond_os_fd frond__sockio_release(frond__sockio *io) {
    frond_os_fd fd = io->fd;
    frond_fd_close(io->watch);
    io->watch = NULL;
    io->fd = FROND__NO_FD;
    return fd;
}

void frond__sockio_close(frond__sockio *io) {
    if (io->fd == FROND__NO_FD)
        return;
    frond__poll_closing(io->fd);
    frond__socket_close(frond__sockio_release(io));
}
