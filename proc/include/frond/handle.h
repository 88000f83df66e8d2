/* SPDX-License-Identifier: MIT */
/* Handles: what messages (frond_pipe_send_message) and starting a process (frond_process_options) take from one process
 * to another besides bytes: streams, listeners, message pipes, files, descriptors.  A value that names an object;
 * what a receiver gets is one of the same kind, and its own.
 * Each process has then a descriptor of its own for the same thing: the bytes of a stream, say, go to whoever reads
 * first, so the sender's is closed as a rule.  What a stream has read ahead, or a TLS session, does not go along.
 * Nothing here suspends. */
#ifndef FROND_HANDLE_H
#define FROND_HANDLE_H

#include <frond/api.h>
#include <frond/fs.h>
#include <frond/pipe.h>
#include <frond/stream.h>
#include <frond/tcp.h>

FROND_BEGIN

typedef enum {
    FROND_HANDLE_NONE = 0,
    FROND_HANDLE_STREAM,
    FROND_HANDLE_LISTENER,
    FROND_HANDLE_PIPE,
    FROND_HANDLE_FILE,      /* with its position */
    FROND_HANDLE_DESCRIPTOR /* any other: on Windows a handle or a socket */
} frond_handle_kind;

struct frond_handle {
    frond_handle_kind kind;
    union { /* by the kind */
        frond_stream *stream;
        frond_listener *listener;
        frond_pipe *pipe;
        frond_file *file;
        intptr_t descriptor;
    } of;
};

/* Names a stream that is a socket (TCP, unix, one of a pair).  Does not suspend.  Cannot fail.  Returns a value; s
 * stays owned by the caller.  Since 0.1. */
FROND_API frond_handle frond_handle_of_stream(frond_stream *s);

/* Names a listener.  Does not suspend.  Cannot fail.  Returns a value; l stays owned by the caller.  Since 0.1. */
FROND_API frond_handle frond_handle_of_listener(frond_listener *l);

/* Names an end of a message pipe.  Does not suspend.  Cannot fail.  Returns a value; p stays owned by the caller.
 * Since 0.1. */
FROND_API frond_handle frond_handle_of_pipe(frond_pipe *p);

/* Names a file that is open.  Does not suspend.  Cannot fail.  Returns a value; f stays owned by the caller.  Since
 * 0.1. */
FROND_API frond_handle frond_handle_of_file(frond_file *f);

/* Names a descriptor, or on Windows a handle or a socket.  Does not suspend.  Cannot fail.  Returns a value; the
 * descriptor stays the caller's.  Since 0.1. */
FROND_API frond_handle frond_handle_of_descriptor(intptr_t fd);

/* Frees what h names, a descriptor closes, and h is FROND_HANDLE_NONE then, as which freeing it is harmless.  NULL is
 * allowed.  Who wants to keep what h names sets h->kind to FROND_HANDLE_NONE.  Does not suspend.  The caller's
 * ownership ends.  Since 0.1. */
FROND_API void frond_handle_free(frond_handle *h);

FROND_END

#endif
