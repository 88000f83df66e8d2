/* SPDX-License-Identifier: MIT */
/* Streams over connected sockets.  A read that did not fill its buffer has emptied the socket's, as a
 * rule: the next read waits before it tries. */
#include "stream/socket.h"
#include "stream/lent.h"

#include <frond/error.h>
#include <frond/impl/fail.h>
#include <frond/impl/memory.h>
#include <frond/impl/process.h>
#include <frond/impl/stream.h>
#include <stdio.h>

typedef struct {
    frond_stream base;
    bool drained;
    bool paired; /* its addresses, where it has any, mean nothing */
    frond__sockio io;
    frond_addr peer; /* family 0: none */
} sock;

typedef struct {
    void *buf;
    size_t cap;
} recv_call;

static sock *sock_of(const frond_stream *s) {
    return (sock *)(uintptr_t)s;
}

static void describe(const void *object, char *out, size_t cap) {
    const sock *k = object;
    if (k->peer.family)
        frond_addr_format(&k->peer, out, cap);
    else
        snprintf(out, cap, "socket %lld", (long long)k->io.fd);
}

static int fail(const sock *k, int64_t code, const char *doing) {
    return k->peer.family ? frond_fail_addr((int)code, doing, &k->peer)
                          : frond_fail_set((int)code, doing);
}

static int64_t try_recv(frond_os_fd fd, void *call) {
    recv_call *c = call;
    return frond__socket_recv(fd, c->buf, c->cap);
}

static int64_t sock_read(frond_stream *s, void *buf, size_t cap, frond_deadline d) {
    sock *k = sock_of(s);
    recv_call call = {buf, cap};
    int64_t n = frond__sockio_do(&k->io, FROND_FD_READ, try_recv, &call, k->drained, d);
    k->drained = n > 0 && (size_t)n < cap;
    return n < 0 ? fail(k, n, "read from") : n;
}

/* The buffer is lent when there is something to read, and not before. */
static int64_t try_recv_lent(frond_os_fd fd, void *call) {
    recv_call *c = call;
    c->buf = frond__lend();
    if (!c->buf)
        return FROND_ENOMEM;
    int64_t n = frond__socket_recv(fd, c->buf, c->cap);
    if (n <= 0)
        frond__give_back(c->buf);
    return n;
}

static int64_t sock_read_lent(frond_stream *s, char **buf, size_t most,
                              frond_deadline d) {
    sock *k = sock_of(s);
    recv_call call = {NULL, most};
    int64_t n =
        frond__sockio_do(&k->io, FROND_FD_READ, try_recv_lent, &call, k->drained, d);
    k->drained = n > 0 && (size_t)n < most;
    *buf = call.buf;
    return n < 0 ? fail(k, n, "read from") : n;
}

typedef struct {
    const frond_buf *bufs;
    size_t n;
} send_call;

static int64_t try_send(frond_os_fd fd, void *call) {
    send_call *c = call;
    return frond__socket_send(fd, c->bufs, c->n);
}

static inline int64_t send_some(sock *k, const frond_buf *bufs, size_t n, size_t *written,
                                frond_deadline d) {
    send_call call = {bufs, n};
    int64_t sent = frond__sockio_do(&k->io, FROND_FD_WRITE, try_send, &call, false, d);
    if (sent < 0)
        return fail(k, sent, "write to");
    *written += (size_t)sent;
    return sent;
}

/* Of one buffer what is left to send, as long as it takes. */
static int write_rest(sock *k, frond_buf rest, size_t *written, frond_deadline d) {
    while (rest.len) {
        int64_t n = send_some(k, &rest, 1, written, d);
        if (n < 0)
            return (int)n;
        rest.data = (const char *)rest.data + n;
        rest.len -= (size_t)n;
    }
    return 0;
}

/* Goes on after a call that has sent some of it. */
static int write_on(sock *k, const frond_buf *bufs, size_t n, size_t sent,
                    size_t *written, frond_deadline d) {
    for (;;) {
        for (; n && sent >= bufs->len; bufs++, n--)
            sent -= bufs->len;
        if (sent) { /* stopped inside a buffer: finish that one by itself */
            frond_buf rest = {(const char *)bufs->data + sent, bufs->len - sent};
            int rc = write_rest(k, rest, written, d);
            if (rc < 0)
                return rc;
            bufs++;
            n--;
        }
        if (!n)
            return 0;
        int64_t more = send_some(k, bufs, n, written, d);
        if (more < 0)
            return (int)more;
        sent = (size_t)more;
    }
}

static int sock_write(frond_stream *s, const frond_buf *bufs, size_t n, size_t *written,
                      frond_deadline d) {
    if (!n)
        return 0;
    int64_t sent = send_some(sock_of(s), bufs, n, written, d);
    if (sent < 0 || (n == 1 && (size_t)sent == bufs->len))
        return sent < 0 ? (int)sent : 0;
    return write_on(sock_of(s), bufs, n, (size_t)sent, written, d);
}

static int sock_shutdown(frond_stream *s, frond_deadline d) {
    (void)d; /* the kernel sends the end of the stream by itself */
    sock *k = sock_of(s);
    int rc = frond__socket_shutdown(k->io.fd);
    return rc < 0 ? fail(k, rc, "shutdown") : 0;
}

static void sock_close(frond_stream *s) {
    frond__sockio_close(&sock_of(s)->io);
}

static intptr_t sock_release(frond_stream *s) {
    frond__sockio *io = &sock_of(s)->io;
    if (io->watch && (frond_fd_waiting(io->watch, FROND_FD_READ) ||
                      frond_fd_waiting(io->watch, FROND_FD_WRITE)))
        return FROND_EBUSY; /* of a TLS stream over it */
    intptr_t fd = (intptr_t)frond__sockio_release(io);
    frond_descriptor_closing(fd);
    return fd;
}

static void sock_destroy(frond_stream *s) {
    frond_free(s);
}

static int sock_address(const frond_stream *s, int peer, frond_addr *a) {
    sock *k = sock_of(s);
    if (peer && k->peer.family) {
        *a = k->peer;
        return 0;
    }
    return k->paired ? FROND_ENOTSUP : frond__socket_name(k->io.fd, peer, a);
}

static int64_t sock_try_read(frond_stream *s, void *buf, size_t cap) {
    return frond__socket_recv(sock_of(s)->io.fd, buf, cap);
}

static int64_t sock_try_write(frond_stream *s, const void *buf, size_t len) {
    frond_buf whole = {buf, len};
    return frond__socket_send(sock_of(s)->io.fd, &whole, 1);
}

static int sock_wait(frond_stream *s, int direction, frond_deadline d) {
    return frond__sockio_wait(&sock_of(s)->io, direction, d);
}

static int64_t sock_run(frond_stream *s, int direction, frond_attempt attempt, void *call,
                        frond_deadline d) {
    return frond__sockio_do(&sock_of(s)->io, direction, attempt, call, false, d);
}

static int sock_watch(frond_stream *s, frond_waiter *w) {
    return frond__sockio_watch(&sock_of(s)->io, w);
}

static void sock_interrupt(frond_stream *s, int direction, int code) {
    frond_fd *watch = sock_of(s)->io.watch;
    if (watch)
        frond_fd_interrupt(watch, direction, code);
}

static intptr_t sock_descriptor(const frond_stream *s) {
    return (intptr_t)sock_of(s)->io.fd;
}

static const frond_stream_ops sock_ops = {.descriptor = sock_descriptor,
                                          .release = sock_release,
                                          .read = sock_read,
                                          .write = sock_write,
                                          .shutdown = sock_shutdown,
                                          .close = sock_close,
                                          .destroy = sock_destroy,
                                          .address = sock_address,
                                          .try_read = sock_try_read,
                                          .try_write = sock_try_write,
                                          .read_lent = sock_read_lent,
                                          .wait = sock_wait,
                                          .watch = sock_watch,
                                          .interrupt = sock_interrupt,
                                          .run = sock_run};

/* On failure descriptor and watch stay the caller's. */
static sock *sock_new(const frond__sockio *io, const frond_addr *peer) {
    sock *k = frond_calloc(1, sizeof *k);
    if (!k || frond_stream_init(&k->base, &sock_ops) < 0) {
        frond_free(k);
        frond_fail_set(FROND_ENOMEM, "stream");
        return NULL;
    }
    k->io = (frond__sockio){
        .fd = io->fd, .watch = io->watch, .describe = describe, .object = k};
    if (io->watch)
        frond_fd_named(io->watch, describe, k);
    if (peer)
        k->peer = *peer;
    return k;
}

int frond__socket_stream(frond__sockio *io, const frond_addr *peer, frond_stream **s) {
    sock *k = sock_new(io, peer);
    if (!k) {
        frond__sockio_close(io);
        return FROND_ENOMEM;
    }
    *s = &k->base;
    return 0;
}

int frond_stream_pair(frond_stream **a, frond_stream **b) {
    frond_os_fd fds[2];
    if (!a || !b)
        return frond_fail_set(FROND_EINVAL, "stream pair");
    int rc = frond__socket_pair(fds, true);
    if (rc < 0)
        return frond_fail_set(rc, "stream pair");
    frond__sockio first = {.fd = fds[0]}, second = {.fd = fds[1]};
    frond_stream *ends[2];
    if ((rc = frond__socket_stream(&first, NULL, &ends[0])) < 0) {
        frond__sockio_close(&second);
        return rc;
    }
    if ((rc = frond__socket_stream(&second, NULL, &ends[1])) < 0) {
        frond_stream_free(ends[0]);
        return rc;
    }
    sock_of(ends[0])->paired = sock_of(ends[1])->paired = true;
    *a = ends[0];
    *b = ends[1];
    return 0;
}

bool frond__socket_is_paired(const frond_stream *s) {
    return s->ops == &sock_ops && sock_of(s)->paired;
}

int frond_stream_dup(frond_stream *s, frond_stream **twin) {
    intptr_t fd;
    frond__sockio io = {.fd = FROND__NO_FD};
    int rc = s && twin ? frond_home_check(&s->home) : FROND_EINVAL;
    if (rc < 0)
        return frond_fail_set(rc, "dup");
    if ((rc = frond_stream_descriptor(s, &fd)) < 0)
        return rc;
    if ((rc = frond__socket_dup((frond_os_fd)fd, &io.fd)) < 0)
        return frond_fail_set(rc, "dup");
    frond_addr peer;
    bool named = frond_stream_peer(s, &peer) == 0;
    if ((rc = frond__socket_stream(&io, named ? &peer : NULL, twin)) == 0)
        sock_of(*twin)->paired = sock_of(s)->paired;
    return rc;
}

int frond_socket_close(intptr_t fd) {
    frond_addr any;
    int rc = fd < 0 ? FROND_EBADF : frond__socket_name((frond_os_fd)fd, false, &any);
    if (rc == FROND_EBADF || fd < 0)
        return frond_fail_set(FROND_EBADF, "close socket");
    frond__socket_close((frond_os_fd)fd);
    return 0;
}

int frond_stream_adopt(intptr_t fd, frond_stream **s) {
    if (fd < 0 || !s)
        return frond_fail_set(FROND_EINVAL, "adopt socket");
    frond__sockio io = {.fd = (frond_os_fd)fd};
    frond_addr peer;
    int rc = frond__socket_name(io.fd, true, &peer);
    bool named = rc == 0;
    if (rc != FROND_EBADF && rc != FROND_ENOTSOCK)
        rc = frond_descriptor_noted(fd) ? FROND_EBUSY : frond__socket_prepare(io.fd);
    if (rc < 0)
        return frond_fail_set(rc, "adopt socket");
    sock *k = sock_new(&io, named ? &peer : NULL);
    if (!k) {
        frond_descriptor_closing(fd);
        return FROND_ENOMEM;
    }
    *s = &k->base;
    return 0;
}
