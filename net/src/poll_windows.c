/* SPDX-License-Identifier: MIT */
/* WSAPoll knows no limit of 64 or 512 sockets, and it disturbs nobody: a second poll handle of libuv's for a
 * socket would, since the system lets go of a poll when another is begun that wants the socket to itself,
 * as all of libuv's do.  So the sockets are looked at again after a nap, which gets longer while nothing
 * happens. */
#include "polling.h"
#include "socket_windows.h"

#include <frond/error.h>
#include <frond/impl/address.h>
#include <frond/impl/fail.h>

enum { PART = 256 };

static const struct {
    short ours, theirs;
} bits[] = {{FROND_POLL_IN, POLLRDNORM},  {FROND_POLL_PRI, POLLRDBAND},
            {FROND_POLL_OUT, POLLWRNORM}, {FROND_POLL_ERR, POLLERR},
            {FROND_POLL_HUP, POLLHUP},    {FROND_POLL_NVAL, POLLNVAL}};

static short to_system(short events) {
    int theirs = 0;
    for (int i = 0; i < 3; i++)
        if (events & bits[i].ours)
            theirs |= bits[i].theirs;
    return (short)theirs;
}

static short from_system(short events) {
    int ours = 0;
    for (size_t i = 0; i < sizeof bits / sizeof bits[0]; i++)
        if (events & bits[i].theirs)
            ours |= bits[i].ours;
    return (short)ours;
}

/* One that is no socket may fail the call for all: then each is looked at by itself. */
static int look_at(WSAPOLLFD *part, size_t n) {
    if (WSAPoll(part, (ULONG)n, 0) != SOCKET_ERROR)
        return 0;
    int error = WSAGetLastError();
    if (error != WSAENOTSOCK && error != WSAEINVAL)
        return frond_error_from_system(error);
    for (size_t i = 0; i < n; i++)
        if (WSAPoll(&part[i], 1, 0) == SOCKET_ERROR)
            part[i].revents = POLLNVAL;
    return 0;
}

static int look_at_part(frond_pollfd *fds, size_t n) {
    WSAPOLLFD part[PART];
    int ready = 0;
    for (size_t i = 0; i < n; i++)
        part[i] =
            (WSAPOLLFD){.fd = (SOCKET)fds[i].fd, .events = to_system(fds[i].events)};
    int rc = look_at(part, n);
    for (size_t i = 0; rc == 0 && i < n; i++) {
        fds[i].revents = fds[i].fd < 0 ? FROND_POLL_NVAL : from_system(part[i].revents);
        ready += fds[i].revents != 0;
    }
    return rc < 0 ? rc : ready;
}

int frond__poll_look(frond_pollfd *fds, size_t n) {
    int ready = 0, rc = frond__socket_library();
    for (size_t at = 0; rc >= 0 && at < n; at += PART) {
        rc = look_at_part(fds + at, n - at < PART ? n - at : PART);
        ready += rc;
    }
    return rc < 0 ? rc : ready;
}

int frond__poll_wait(frond__polling *p, frond_deadline d) {
    return frond__poll_nap(p, d);
}

void frond__poll_again(frond__polling *p) {
    p->again = true;
}
