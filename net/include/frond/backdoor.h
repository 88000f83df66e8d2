/* SPDX-License-Identifier: MIT */
/* A door into a running program: commands (frond/command.h) over a socket, for `frond ctl` and for people.  It has a
 * thread and a hub of its own, so it answers when other hubs do not turn, and no wait of theirs is any longer for it.
 *
 * Whoever can open the door can do to the program what its user can: a unix socket is opened by that user alone (mode
 * 0600), a port on loopback by everybody on the machine.
 *
 * A line is a command (of an empty one the answer is empty); its answer is lines, of which one that begins with a dot
 * has that doubled, then one that is a dot alone.  An answer whose last line before that begins with "error: " is of
 * one that failed.  The greeting is an answer, too.  `quit` ends the session. */
#ifndef FROND_BACKDOOR_H
#define FROND_BACKDOOR_H

#include <frond/api.h>
#include <stddef.h>
#include <stdint.h>

FROND_BEGIN

typedef struct frond_backdoor frond_backdoor;

/* All zero is the default. */
typedef struct {
    const char *banner;    /* a line of the greeting; NULL: none */
    size_t max_sessions;   /* at a time; 0: 16 */
    uintptr_t reserved[4]; /* zero */
} frond_backdoor_options;

/* Opens a door at "unix:/path" (or "/path"), a file that is removed when it closes and replaced where nobody listens
 * any more, or at an address and port of loopback, "127.0.0.1:0" (any free port) or "localhost:0".  Commands run on
 * its thread: those of the program's reach its hubs by frond_post.  Any thread.  Does not suspend: it waits until the
 * thread listens.  Returns 0 with *b owned by the caller (frond_backdoor_free), or
 *   FROND_EACCES  the address is not loopback's, or not to be had    FROND_EADDRINUSE  somebody listens there
 *   FROND_EINVAL  where is none of these, or options                 FROND_ENOMEM      no memory, or no thread
 * and what else frond_listen says.  where and options are copied.  Since 0.1. */
FROND_API int frond_backdoor_start(const char *where, const frond_backdoor_options *o,
                                   frond_backdoor **b);

/* Where it is, as frond_dial takes it: with the port that it got.  Does not suspend.  Cannot fail.  Returns the text,
 * borrowed from b.  Since 0.1. */
FROND_API const char *frond_backdoor_where(const frond_backdoor *b);

/* Ends its sessions, closes it and waits for its thread.  In a forked child, which has not that thread, it only
 * forgets.  NULL is allowed.  Any thread but its own.  Does not suspend.  The caller's ownership ends.  Since 0.1. */
FROND_API void frond_backdoor_free(frond_backdoor *b);

FROND_END

#endif
