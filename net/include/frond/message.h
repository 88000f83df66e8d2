/* SPDX-License-Identifier: MIT */
/* What recv, send, recvmsg, sendmsg, recvmmsg and sendmmsg are for, with greenlets that wait: parts,
 * flags, control messages, descriptors, and many datagrams in one call.  For streams that are sockets and
 * for datagram sockets; what has a deadline suspends. */
#ifndef FROND_MESSAGE_H
#define FROND_MESSAGE_H

#include <frond/addr.h>
#include <frond/api.h>
#include <frond/deadline.h>
#include <frond/stream.h>
#include <frond/udp.h>

FROND_BEGIN

enum {                     /* flags of a call */
       FROND_MSG_PEEK = 1, /* what is read stays there for the next */
       FROND_MSG_OOB = 2,  /* urgent data */
       FROND_MSG_DONTROUTE = 4,
       FROND_MSG_MORE =
           8 /* more will follow: do not send a small packet yet (Linux; else no effect) */
};

enum {                                  /* frond_message.flags, after receiving */
       FROND_MSG_TRUNCATED = 16,        /* the datagram was longer; its rest is gone */
       FROND_MSG_CONTROL_TRUNCATED = 32 /* the control messages were longer */
};

typedef struct {
    void *data; /* borrowed; only read when it is sent */
    size_t len;
} frond_part;

typedef struct {
    frond_part *parts; /* borrowed */
    size_t n_parts;    /* of a datagram that is sent 1024 at most: FROND_EMSGSIZE */
    frond_addr
        addr; /* datagrams: whom it goes to or came from; family 0: the connected peer, unknown */
    void
        *control; /* control messages in the system's form (struct cmsghdr); NULL: none */
    size_t
        control_len; /* bytes of them; receiving: how much room, and then how many came */
    size_t
        segment; /* datagrams: the parts hold several of this length each, the last may be shorter; 0: one */
    size_t len;  /* after a call: how many bytes it received or sent */
    int flags;   /* after receiving */
    uintptr_t reserved[2]; /* zero */
} frond_message;

/* ---- streams ---- */

/* Reads as frond_read does, with flags: FROND_MSG_PEEK, FROND_MSG_OOB.  Suspends.  Returns 1 .. cap bytes, 0 at
 * the end, FROND_ENOTSUP for flags on a stream that is no socket, FROND_EINVAL (not on Windows) when there is no
 * urgent data, or
 * FROND_ETIMEDOUT, FROND_ECANCELED, FROND_ECLOSED, FROND_EBUSY, FROND_ETHREAD, FROND_EDEADLK,
 * FROND_ENOSUSPEND, FROND_ECONNRESET.  buf is borrowed until it returns.  Since 0.1. */
FROND_API int64_t frond_receive(frond_stream *s, void *buf, size_t cap, int flags,
                                frond_deadline d);

/* Sends some of buf, as much as the system takes at once, with flags.  Suspends until it takes any.  Returns how
 * many bytes, or FROND_ENOTSUP on a stream that is no socket, FROND_ETIMEDOUT, FROND_ECANCELED, FROND_ECLOSED,
 * FROND_EBUSY, FROND_EPIPE, FROND_ETHREAD, FROND_EINVAL, FROND_EDEADLK, FROND_ENOSUSPEND, FROND_ECONNRESET.
 * buf is borrowed until it returns.  Since 0.1. */
FROND_API int64_t frond_send(frond_stream *s, const void *buf, size_t len, int flags,
                             frond_deadline d);

/* Receives into m's parts, with control messages.  Suspends.  Returns the number of bytes, 0 at the end, or as
 * frond_receive does: FROND_ENOTSUP, FROND_EINVAL, FROND_ETIMEDOUT, FROND_ECANCELED, FROND_ECLOSED,
 * FROND_EBUSY, FROND_ETHREAD, FROND_EDEADLK, FROND_ENOSUSPEND, FROND_ECONNRESET.  m and what it points to are
 * borrowed until it returns.  Since 0.1. */
FROND_API int64_t frond_receive_message(frond_stream *s, frond_message *m, int flags,
                                        frond_deadline d);

/* Sends m once, perhaps in part (m->len says how much; the control messages went with its first byte).
 * Suspends until the system takes any.  Returns how many bytes, or as frond_send does: FROND_ENOTSUP,
 * FROND_ETIMEDOUT, FROND_ECANCELED, FROND_ECLOSED, FROND_EBUSY, FROND_EPIPE, FROND_ETHREAD, FROND_EINVAL,
 * FROND_EDEADLK, FROND_ENOSUSPEND, FROND_ECONNRESET.  m and what it points to are borrowed until it returns.
 * Since 0.1. */
FROND_API int64_t frond_send_message(frond_stream *s, frond_message *m, int flags,
                                     frond_deadline d);

enum { FROND_MOST_FDS = 64 /* of one message */ };

/* Sends bytes, at least one, and n descriptors with the first of them, over a unix stream or one of
 * frond_stream_pair; the receiver gets descriptors of its own, so the caller may close these afterwards.
 *
 * On Windows they are sockets or handles, and are copied into the process that made the other end, which must be one to
 * trust.  They travel between the bytes there: whatever goes over the stream meanwhile is sent and received by these
 * two calls (n may be 0).
 *
 * Suspends.  Returns 0 once all are on their way, or FROND_ENOTSUP for another kind of stream, FROND_EINVAL for no
 * bytes or more than FROND_MOST_FDS, FROND_EBADF, FROND_ETIMEDOUT, FROND_ECANCELED, FROND_ECLOSED, FROND_EBUSY,
 * FROND_EPIPE, FROND_ETHREAD, FROND_EDEADLK, FROND_ENOSUSPEND, FROND_ECONNRESET, and on Windows FROND_EACCES for a
 * process that may not be given any, FROND_ENOMEM.  *written (may be NULL) says how many bytes went; with the first
 * the descriptors did.  All are borrowed until it returns.  Since 0.1. */
FROND_API int frond_send_fds(frond_stream *s, const void *buf, size_t len,
                             const intptr_t *fds, size_t n, size_t *written,
                             frond_deadline d);

/* Receives 1 .. cap bytes and the descriptors that came with them, close-on-exec and the caller's to close.
 * *n: how many there is room for in fds, and then how many came: what had no room was closed.  Suspends.
 * Returns the number of bytes, 0 at the end, or FROND_ENOTSUP for a stream that is no unix socket, on Windows
 * FROND_EPROTO for what frond_send_fds has not sent to this process, and FROND_ENOMEM;
 * FROND_EINVAL, FROND_EMFILE when this process can have no more of them (the bytes are lost),
 * FROND_ETIMEDOUT, FROND_ECANCELED, FROND_ECLOSED, FROND_EBUSY, FROND_ETHREAD, FROND_EDEADLK,
 * FROND_ENOSUSPEND, FROND_ECONNRESET.  buf and fds are borrowed until it returns.  Since 0.1. */
FROND_API int64_t frond_receive_fds(frond_stream *s, void *buf, size_t cap, intptr_t *fds,
                                    size_t *n, frond_deadline d);

/* ---- datagrams ---- */

/* Receives one datagram, or several of one size (m->segment) where FROND_SO_DATAGRAM_RECEIVE_OFFLOAD is on.
 * What does not fit is gone: FROND_MSG_TRUNCATED.  Suspends.  Returns how many bytes, or
 * FROND_ECONNREFUSED, FROND_ETIMEDOUT, FROND_ECANCELED, FROND_ECLOSED, FROND_EBUSY, FROND_ETHREAD,
 * FROND_EINVAL, FROND_EDEADLK, FROND_ENOSUSPEND.  m and what it points to are borrowed until it returns.
 * Since 0.1. */
FROND_API int64_t frond_udp_receive_message(frond_udp *u, frond_message *m, int flags,
                                            frond_deadline d);

/* Sends one datagram, or several of one size (m->segment): in one system call where Linux can.  Suspends.
 * Returns how many bytes: fewer than there are only when some of several datagrams have gone and the system
 * takes no more now; or as frond_udp_send does: FROND_EMSGSIZE, FROND_ECONNREFUSED, FROND_ETIMEDOUT,
 * FROND_ECANCELED, FROND_ECLOSED, FROND_EBUSY, FROND_ETHREAD, FROND_EINVAL, FROND_ENETUNREACH,
 * FROND_EHOSTUNREACH, FROND_EACCES, FROND_ENOBUFS, FROND_EAFNOSUPPORT, FROND_EDEADLK, FROND_ENOSUSPEND.
 * m and what it points to are borrowed until it returns.  Since 0.1. */
FROND_API int64_t frond_udp_send_message(frond_udp *u, frond_message *m, int flags,
                                         frond_deadline d);

/* Receives as many of n messages as there are, at least one; each one's len and flags say what it got.  One
 * system call where Linux can.  Suspends until there is one.  Returns how many, or as
 * frond_udp_receive_message does: FROND_ECONNREFUSED, FROND_ETIMEDOUT, FROND_ECANCELED, FROND_ECLOSED,
 * FROND_EBUSY, FROND_ETHREAD, FROND_EINVAL, FROND_EDEADLK, FROND_ENOSUSPEND.  The messages are borrowed until
 * it returns.  Since 0.1. */
FROND_API int64_t frond_udp_receive_many(frond_udp *u, frond_message *list, size_t n,
                                         frond_deadline d);

/* Sends all n messages, many in one system call where Linux can.  Suspends while the system's buffer is full.
 * *sent (may be NULL) says how many went.  Returns 0, or as frond_udp_send does, for the message at *sent:
 * FROND_EMSGSIZE, FROND_ECONNREFUSED, FROND_ETIMEDOUT, FROND_ECANCELED, FROND_ECLOSED, FROND_EBUSY,
 * FROND_ETHREAD, FROND_EINVAL, FROND_ENETUNREACH, FROND_EHOSTUNREACH, FROND_EACCES, FROND_ENOBUFS,
 * FROND_EAFNOSUPPORT, FROND_EDEADLK, FROND_ENOSUSPEND.  The messages are borrowed until it returns.
 * Since 0.1. */
FROND_API int frond_udp_send_many(frond_udp *u, frond_message *list, size_t n,
                                  size_t *sent, frond_deadline d);

FROND_END

#endif
