/* SPDX-License-Identifier: MIT */
/* Message pipes: whole messages between two ends, in this process or in two.  A message is delivered
 * whole or not at all; one deadline covers it, and time never breaks it.  With it handles may go: streams, listeners,
 * other pipes, files (handle.h).  What is longer than a message may be goes as a stream of its own.  An end belongs
 * to the thread that made it (FROND_ETHREAD elsewhere, FROND_EWRONGPROC in another process).  Any number of
 * greenlets may send and receive: they take turns in the order in which they came.  What suspends has a
 * deadline.
 *
 * The first message that a greenlet sends goes to the system at once.  Small ones that it sends before any other
 * greenlet has run are gathered, and go together when there are many, or when others run, or with the
 * next flush or close: a program that ends by exit flushes first. */
#ifndef FROND_PIPE_H
#define FROND_PIPE_H

#include <frond/api.h>
#include <frond/deadline.h>
#include <frond/stream.h>
#include <frond/wait.h>

FROND_BEGIN

typedef struct frond_pipe frond_pipe;
typedef struct frond_handle frond_handle; /* handle.h */

/* What turns what is sent into bytes, and bytes into what is received.  The functions are called by the greenlet that
 * sends or receives, and may suspend; one that fails answers a FROND_E*, which the call then answers, and the
 * pipe stays as usable as it was. */
typedef struct {
    /* Makes *bytes, *n of them, of what was given to the send. */
    int (*encode)(void *arg, const void *object, size_t len, void **bytes, size_t *n);
    /* Called once what encode has made is not needed any more; NULL: it need not be freed. */
    void (*encoded)(void *arg, void *bytes);
    /* Makes *object, the receiver's, and *len, which the receive answers, of bytes, which are borrowed. */
    int (*decode)(void *arg, const void *bytes, size_t n, void **object, size_t *len);
    void *arg;             /* of all three */
    uintptr_t reserved[2]; /* zero */
} frond_codec;

typedef struct {
    uint64_t max_message;     /* bytes; 0: 64 MiB */
    const frond_codec *codec; /* of both ends, borrowed; NULL: bytes as they are */
    uintptr_t reserved[3];    /* zero */
} frond_pipe_options;

enum { /* frond_pipe_message.flags */
       FROND_PIPE_FIRST_BYTE =
           1, /* the deadline is that of the message's beginning, not of
                                       all of it: once begun, it is waited for */
       FROND_PIPE_KEEP_HANDLES = 2, /* sending: what went with it stays open here, too */
       FROND_PIPE_RAW = 4           /* its bytes as they are, whatever the codec */
};

typedef struct {
    void *data; /* sending: borrowed and only read; received: the caller's (frond_free) */
    size_t len;
    frond_handle *handles; /* sending: what goes with it; receiving: where that goes */
    size_t n_handles;      /* at most 64; receiving: room, and then how many came */
    int flags;
    uintptr_t reserved[3]; /* zero */
} frond_pipe_message;

/* Makes the two ends of a pipe that carries messages both ways (o may be NULL).  Does not suspend.
 * Returns 0 with *a and *b owned by the caller (frond_pipe_free), or FROND_EINVAL, FROND_ENOMEM,
 * FROND_EMFILE.  Since 0.1. */
FROND_API int frond_pipe_pair(const frond_pipe_options *o, frond_pipe **a,
                              frond_pipe **b);

/* Sends one message (len may be 0).  Suspends.  Returns 0: it is on its way, and what the system has
 * not taken yet is sent later, or by the next send, flush or close, which tells if that failed; or
 *   FROND_ETIMEDOUT  d passed and none of it was sent   FROND_ECANCELED  this greenlet was killed
 *   FROND_EMSGSIZE   longer than max_message            FROND_EPIPE      the other end is closed
 *   FROND_ECONNRESET the other end is gone              FROND_ECLOSED    closed before or meanwhile
 *   FROND_ENOMEM     no memory
 *   FROND_EINVAL     NULL                               FROND_ETHREAD    FROND_EWRONGPROC
 *   FROND_EDEADLK    nothing can end the wait           FROND_ENOSUSPEND called in a hub callback
 *   or what the codec's encode answers
 * msg is borrowed until it returns.  Since 0.1. */
FROND_API int frond_pipe_send(frond_pipe *p, const void *msg, size_t len,
                              frond_deadline d);

/* Sends one message with what m says more: handles, flags.  The handles are of the system's from the first byte on,
 * and closed (not freed) here when this returns 0, unless FROND_PIPE_KEEP_HANDLES; otherwise they are as they were.
 * Those are of other processes at that time: on Windows they are copied into the one at the other end, which must be
 * one to trust, and the last that has taken the end over and from which something was received since.
 * Suspends.  Returns as frond_pipe_send does: 0, FROND_ETIMEDOUT, FROND_ECANCELED, FROND_EMSGSIZE, FROND_EPIPE,
 * FROND_ECONNRESET, FROND_ECLOSED, FROND_ENOMEM, FROND_EINVAL (also: more than 64 handles, or one that is NULL),
 * FROND_ETHREAD, FROND_EWRONGPROC, FROND_EDEADLK, FROND_ENOSUSPEND; or of handles, with nothing sent,
 *   FROND_EBUSY    one is in use: a greenlet waits in it, a pipe has messages that were read or not sent yet
 *   FROND_ENOTSUP  a stream that is more than a socket (TLS)       FROND_EBADF  a descriptor that is not open
 *   FROND_EACCES   a process that may not be given any (Windows)
 * m and what it points to are borrowed until it returns.  Since 0.1. */
FROND_API int frond_pipe_send_message(frond_pipe *p, const frond_pipe_message *m,
                                      frond_deadline d);

/* Sends a message of any length in parts: *s takes what is written to it, frond_shutdown ends the message, and closing
 * it without gives it up (the receiver gets FROND_ECONNABORTED).  It is this greenlet's turn to send until then:
 * others that send wait.  Codecs do not concern it.  Suspends until it is its turn.  Returns 0 with *s owned by the
 * caller (frond_stream_free), or FROND_ETIMEDOUT, FROND_ECANCELED, FROND_ECLOSED, FROND_ENOMEM, FROND_EINVAL,
 * FROND_ETHREAD, FROND_EWRONGPROC, FROND_EDEADLK, FROND_ENOSUSPEND.  p must not be freed before s, but may.  Since
 * 0.1. */
FROND_API int frond_pipe_send_stream(frond_pipe *p, frond_stream **s, frond_deadline d);

/* Waits until all that was sent has been taken by the system.  Suspends.  Returns 0, FROND_ETIMEDOUT,
 * FROND_ECANCELED, FROND_EPIPE, FROND_ECONNRESET, FROND_ECLOSED, FROND_EINVAL,
 * FROND_ETHREAD, FROND_EWRONGPROC, FROND_EDEADLK, FROND_ENOSUSPEND.  p stays the caller's.
 * Since 0.1. */
FROND_API int frond_pipe_flush(frond_pipe *p, frond_deadline d);

/* Receives one message.  Suspends.  Returns its length, with *msg (never NULL) owned by the caller
 * (frond_free) and a NUL behind it, or
 *   FROND_EPIPE      the other end was closed between two messages
 *   FROND_EOF        ... in the middle of one           FROND_ECONNRESET it is gone
 *   FROND_EMSGSIZE   longer than max_message; it stays: frond_pipe_receive_stream or frond_pipe_skip
 *   FROND_ECONNABORTED  its sender has given it up in the middle (frond_pipe_send_stream); the next may come
 *   FROND_EPROTO     what comes is no message of frond's; there is no going on
 *   FROND_ETIMEDOUT  d passed; what has come is kept, and the next call goes on
 *   FROND_ECANCELED  this greenlet was killed           FROND_ECLOSED    closed before or meanwhile
 *   FROND_ENOMEM     no memory
 *   FROND_EINVAL     NULL                               FROND_ETHREAD    FROND_EWRONGPROC
 *   FROND_EDEADLK    nothing can end the wait           FROND_ENOSUSPEND called in a hub callback
 *   or what the codec's decode answers: then the message is gone
 * Handles that came with it are closed.  Since 0.1. */
FROND_API int64_t frond_pipe_receive(frond_pipe *p, void **msg, frond_deadline d);

/* Receives one message into *m: its data and length, and the handles that came with it, each the caller's
 * (frond_handle_free): m->handles has room for m->n_handles of them, and more are closed.  m->flags are the caller's.
 * Suspends.  Returns its length, or as frond_pipe_receive does: FROND_EPIPE, FROND_EOF, FROND_ECONNRESET,
 * FROND_EMSGSIZE, FROND_ECONNABORTED, FROND_EPROTO (also: handles that are not there, or for another process),
 * FROND_ETIMEDOUT, FROND_ECANCELED, FROND_ECLOSED, FROND_ENOMEM, FROND_EINVAL, FROND_ETHREAD, FROND_EWRONGPROC,
 * FROND_EDEADLK, FROND_ENOSUSPEND, or FROND_EMFILE when this process can have no more handles.  A message with which
 * handles came that cannot be had, for that reason or another, is gone, and they are closed.  m is borrowed until it
 * returns.  Since 0.1. */
FROND_API int64_t frond_pipe_receive_message(frond_pipe *p, frond_pipe_message *m,
                                             frond_deadline d);

/* Receives a message of any length, as *s, which ends where the message does: for one that frond_pipe_send_stream sent,
 * one longer than max_message, or any other.  Closed before its end, *s leaves the rest of the message to be skipped
 * by the next receive.  Reading it answers FROND_ECONNABORTED when the sender has given the message up, FROND_EOF
 * when the other end was closed.  It is this greenlet's turn to receive until *s is closed or has ended.  Handles that
 * came with it are closed; codecs do not concern it.  Suspends until there is one.  Returns 0 with *s owned by the
 * caller (frond_stream_free), or
 * FROND_EPIPE, FROND_EOF, FROND_ECONNRESET, FROND_EPROTO, FROND_ETIMEDOUT, FROND_ECANCELED, FROND_ECLOSED,
 * FROND_ENOMEM, FROND_EINVAL, FROND_ETHREAD, FROND_EWRONGPROC, FROND_EDEADLK, FROND_ENOSUSPEND.  Since 0.1. */
FROND_API int frond_pipe_receive_stream(frond_pipe *p, frond_stream **s,
                                        frond_deadline d);

/* Throws the next message away, or what is left of one that has come in part, with its handles.  Suspends.  Returns 0,
 * or FROND_EPIPE, FROND_EOF, FROND_ECONNRESET, FROND_EPROTO, FROND_ETIMEDOUT (call again: it goes on), FROND_ECANCELED,
 * FROND_ECLOSED, FROND_ENOMEM, FROND_EINVAL, FROND_ETHREAD, FROND_EWRONGPROC, FROND_EDEADLK, FROND_ENOSUSPEND.
 * p stays the caller's.  Since 0.1. */
FROND_API int frond_pipe_skip(frond_pipe *p, frond_deadline d);

/* p as something to wait for beside others (frond/wait.h): ready once a receive would not wait, since a whole message
 * is there, the end, or another error.  While another greenlet receives it is not ready.  What has come is read
 * meanwhile, one message at most.  Does not suspend.  Cannot fail.  Returns a value; waiting for it answers
 * FROND_EINVAL when p is NULL, FROND_ETHREAD on another thread, FROND_EWRONGPROC.  p is borrowed as long as it is
 * used.  Since 0.1. */
FROND_API frond_waitable frond_pipe_waitable(frond_pipe *p);

/* The socket under it, for other loops to watch; what is read or written by others breaks the messages, and some may
 * have been read already (frond_pipe_waitable knows).  Does not suspend.  Returns 0 with *fd, which stays the pipe's,
 * or FROND_EINVAL, FROND_ECLOSED, FROND_ETHREAD, FROND_EWRONGPROC.  p stays the caller's.  Since 0.1. */
FROND_API int frond_pipe_fd(const frond_pipe *p, intptr_t *fd);

/* Gives p a codec, or NULL: none; for what comes and what is sent from now on.  Does not suspend.  Returns 0,
 * FROND_EINVAL (encode or decode is missing, or a reserved word is not zero), FROND_ETHREAD, FROND_EWRONGPROC,
 * FROND_ECLOSED.  c is borrowed as long as p has it.  Since 0.1. */
FROND_API int frond_pipe_set_codec(frond_pipe *p, const frond_codec *c);

/* Closes: wakes who sends and receives with FROND_ECLOSED; what is still to be sent is sent as far as
 * that needs no waiting.  Closing twice is harmless.  Does not suspend.  Returns 0, FROND_EINVAL,
 * FROND_ETHREAD, FROND_EWRONGPROC.  The caller still owns p.  Since 0.1. */
FROND_API int frond_pipe_close(frond_pipe *p);

/* Closes p if nobody is in it.  Does not suspend.  Returns 0, also when it is closed already, or FROND_EBUSY with
 * nothing changed: a greenlet sends or receives, or what was sent has not gone yet (frond_pipe_flush); FROND_EINVAL,
 * FROND_ETHREAD, FROND_EWRONGPROC.  The caller still owns p.  Since 0.1. */
FROND_API int frond_pipe_try_close(frond_pipe *p);

/* frond_pipe_close, of two: the second even if the first fails.  NULL stands for none.  Does not suspend.  Returns the
 * first error there was, or 0: FROND_ETHREAD, FROND_EWRONGPROC.  The caller still owns both.  Since 0.1. */
FROND_API int frond_pipe_close2(frond_pipe *a, frond_pipe *b);

/* frond_pipe_try_close, of two: the second even if the first is busy.  NULL stands for none.  Does not suspend.
 * Returns the first error there was, or 0: FROND_EBUSY, FROND_ETHREAD, FROND_EWRONGPROC.  The caller still owns both.
 * Since 0.1. */
FROND_API int frond_pipe_try_close2(frond_pipe *a, frond_pipe *b);

/* Closes, and frees once those have left that it wakes; NULL is allowed.  Does not suspend.  The caller's ownership
 * ends.  Since 0.1. */
FROND_API void frond_pipe_free(frond_pipe *p);

FROND_END

#endif
