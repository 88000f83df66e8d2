/* SPDX-License-Identifier: MIT */
/* See sockio.h.  A deadline that is over still gets its one attempt. */
#include "socket/sockio.h"

#include "socket/polling.h"
#include <frond/error.h>

int frond__sockio_wait(frond__sockio *io, int direction, frond_deadline d) {
    if (!io->watch && !(io->watch = frond_fd_new(io->fd, io->describe, io->object)))
        return FROND_ENOMEM;
    int rc = frond_fd_wait(io->watch, direction, d);
    bool over = rc == 0 || rc == FROND_ETIMEDOUT;
    if (over && io->fd == FROND__NO_FD) /* closed between the wake and our turn */
        rc = FROND_ECLOSED;
    return rc;
}

int64_t frond__sockio_do(frond__sockio *io, int direction, frond_attempt attempt,
                         void *call, bool wait_first, frond_deadline d) {
    if (d.ns <= 0)
        wait_first = false;
    for (;;) {
        if (!wait_first) {
            int64_t rc = attempt(io->fd, call);
            if (rc != FROND__AGAIN)
                return rc;
        }
        int rc = frond__sockio_wait(io, direction, d);
        if (rc < 0)
            return rc;
        wait_first = false;
    }
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
