/* SPDX-License-Identifier: MIT */
/* Listeners that come from elsewhere or go there: from a parent process, from another library, from systemd;
 * to workers.  Nothing here suspends. */
#ifndef FROND_LISTENER_H
#define FROND_LISTENER_H

#include <frond/api.h>
#include <frond/tcp.h>

FROND_BEGIN

/* Makes a listener of a socket that listens already.  It becomes non-blocking, for all who share it, and
 * close-on-exec.  Does not suspend.  Returns 0 with *l owned by the caller (frond_listener_free), and the
 * socket the listener's, or with the socket still the caller's
 *   FROND_EBADF   it is none             FROND_EINVAL    negative, it does not listen, or l is NULL
 *   FROND_ENOMEM  no memory              FROND_ENOTSOCK  it is something else
 *   FROND_EBUSY   another listener has it, noticed as by frond_stream_adopt
 * Since 0.1. */
FROND_API int frond_listener_adopt(intptr_t fd, frond_listener **l);

/* Takes the socket out of a listener, for another thread to adopt, say.  l is closed then, and still the
 * caller's to free.  Does not suspend.  Returns 0 with the socket in *fd, owned by the caller, or, with
 * nothing changed,
 *   FROND_EBUSY    a greenlet accepts        FROND_ECLOSED  closed before
 *   FROND_ETHREAD  l is of another thread    FROND_EINVAL   l or fd is NULL
 * Since 0.1. */
FROND_API int frond_listener_release(frond_listener *l, intptr_t *fd);

/* Makes another descriptor of the same socket: for another hub's thread, which accepts from the same queue,
 * or for forked children, which keep it, since frond does not count it among its own.  It is close-on-exec.
 * Does not suspend.  Returns 0 with the descriptor in *fd, owned by the caller, who has it adopted or closes
 * it, or FROND_EINVAL, FROND_ECLOSED, FROND_ETHREAD, FROND_EMFILE, FROND_ENFILE.  Since 0.1. */
FROND_API int frond_listener_dup(const frond_listener *l, intptr_t *fd);

#define FROND_LISTENER_NAME 256 /* holds any name systemd gives, with the NUL */

/* A socket that systemd has opened. */
typedef struct {
    frond_listener
        *listener; /* the caller's; NULL: it is another kind of socket, or of file */
    intptr_t fd;   /* then this is it, and the caller's; else -1 */
    char name
        [FROND_LISTENER_NAME]; /* FileDescriptorName=; "unknown", as systemd has it, without one */
} frond_system_listener;

/* Takes over the sockets by which systemd has started this process (LISTEN_FDS, LISTEN_PID, LISTEN_FDNAMES),
 * the first n of them; to be called once.  The environment stays as it is.  Does not suspend.  Returns how
 * many there were, filled into list or not, 0 when it was not started so, or FROND_EINVAL for a malformed
 * environment, FROND_ENOMEM, FROND_EBADF for a descriptor that is not open, FROND_ENOTSUP on Windows; after
 * an error none was taken.  What is in list is owned by the caller.  Since 0.1. */
FROND_API int frond_listeners_from_system(frond_system_listener *list, size_t n);

FROND_END

#endif
