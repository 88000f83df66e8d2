/* SPDX-License-Identifier: MIT */
/* Streams over pipes and terminals that do not block, and over sockets whose mode must stay as it is: those are asked
 * not to block call by call, and watched by way of a set of the kernel's that holds nothing else, since the
 * loop would make them non-blocking. */
#include "os/polled.h"

#include "os/stdio_os.h"
#include "socket/sockio.h"
#include <errno.h>
#include <fcntl.h>
#include <frond/error.h>
#include <frond/impl/fail.h>
#include <frond/impl/memory.h>
#include <frond/impl/process.h>
#include <frond/impl/stream.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct {
    frond_stream base;
    frond__sockio io; /* a descriptor of its own, non-blocking or a socket */
    int set;          /* what is watched for a socket; else -1 */
    bool master;      /* of a pseudo terminal */
    const char *name;
} polled;

typedef struct {
    const polled *of;
    void *buf;
    size_t len;
} transfer;

static int64_t outcome(ssize_t n) {
    if (n >= 0)
        return n;
    return errno == EAGAIN || errno == EINTR ? FROND__AGAIN
                                             : frond_error_from_system(errno);
}

static int64_t try_read(frond_os_fd fd, void *call) {
    transfer *t = call;
    return outcome(t->of->set >= 0 ? recv(fd, t->buf, t->len, MSG_DONTWAIT)
                                   : read(fd, t->buf, t->len));
}

static int64_t try_write(frond_os_fd fd, void *call) {
    transfer *t = call;
    return outcome(t->of->set >= 0 ? frond__stdio_send(fd, t->buf, t->len)
                                   : frond__stdio_write(fd, t->buf, t->len));
}

static int64_t polled_read(frond_stream *s, void *buf, size_t cap, frond_deadline d) {
    polled *k = (polled *)s;
    transfer t = {k, buf, cap};
    int64_t n = frond__sockio_do(&k->io, FROND_FD_READ, try_read, &t, false, d);
    if (n == FROND_EIO && k->master) /* Linux' word for: nobody has it open any more */
        return 0;
    return n < 0 ? frond_fail_text((int)n, "read from %s: %s", k->name,
                                   frond_error_message((int)n))
                 : n;
}

static int polled_write(frond_stream *s, const frond_buf *bufs, size_t n, size_t *written,
                        frond_deadline d) {
    polled *k = (polled *)s;
    for (size_t i = 0; i < n; i++)
        for (size_t at = 0; at < bufs[i].len;) {
            transfer t = {k, (char *)(uintptr_t)bufs[i].data + at, bufs[i].len - at};
            int64_t rc =
                frond__sockio_do(&k->io, k->set < 0 ? FROND_FD_WRITE : FROND_FD_READ,
                                 try_write, &t, false, d);
            if (rc < 0)
                return frond_fail_text((int)rc, "write to %s: %s", k->name,
                                       frond_error_message((int)rc));
            at += (size_t)rc;
            *written += (size_t)rc;
        }
    return 0;
}

static void polled_close(frond_stream *s) {
    polled *k = (polled *)s;
    frond__sockio_close(&k->io);
    frond__socket_close(k->set);
}

static void polled_destroy(frond_stream *s) {
    frond_free(s);
}

static const frond_stream_ops polled_ops = {.read = polled_read,
                                            .write = polled_write,
                                            .close = polled_close,
                                            .destroy = polled_destroy};

static void describe(const void *object, char *out, size_t cap) {
    snprintf(out, cap, "%s", ((const polled *)object)->name);
}

int frond__polled_stream(int fd, int set, const char *name, frond_stream **s) {
    polled *k = frond_calloc(1, sizeof *k);
    frond_fd *watch = k ? frond_fd_new(set >= 0 ? set : fd, describe, k) : NULL;
    if (!watch || frond_stream_init(&k->base, &polled_ops) < 0) {
        frond_fd_close(watch);
        frond_free(k);
        return frond_fail_set(FROND_ENOMEM, name);
    }
    frond_descriptor_opened(fd);
    frond_descriptor_opened(set);
    k->io = (frond__sockio){.fd = fd, .watch = watch, .describe = describe, .object = k};
    k->set = set;
    k->name = name;
    *s = &k->base;
    return 0;
}

static bool is_master(int fd) {
    int saved = errno;
    bool yes = ptsname(fd) != NULL;
    errno = saved;
    return yes;
}

int frond_stream_adopt_pipe(intptr_t fd, frond_stream **s) {
    struct stat st;
    if (fd < 0 || fd > INT_MAX || !s)
        return frond_fail_set(FROND_EINVAL, "adopt pipe");
    if (fstat((int)fd, &st) < 0)
        return frond_fail_set(frond_error_from_system(errno), "adopt pipe");
    bool pipe = S_ISFIFO(st.st_mode),
         terminal = !pipe && S_ISCHR(st.st_mode) && isatty((int)fd);
    if (!pipe && !terminal)
        return frond_fail_text(FROND_ENOTSUP,
                               "adopt pipe: descriptor %d is no pipe and no terminal",
                               (int)fd);
    if (frond_descriptor_noted(fd))
        return frond_fail_set(FROND_EBUSY, "adopt pipe");
    int flags = fcntl((int)fd, F_GETFL);
    if (flags < 0 || fcntl((int)fd, F_SETFL, flags | O_NONBLOCK) < 0 ||
        fcntl((int)fd, F_SETFD, FD_CLOEXEC) < 0)
        return frond_fail_set(frond_error_from_system(errno), "adopt pipe");
    int rc = frond__polled_stream((int)fd, -1, pipe ? "pipe" : "terminal", s);
    if (rc == 0)
        ((polled *)*s)->master = terminal && is_master((int)fd);
    return rc;
}
