/* SPDX-License-Identifier: MIT */
/* The program's standard streams, on POSIX.
 *
 * The descriptors are shared with other processes, so their mode must stay as it is.  A socket is
 * asked not to block call by call, and watched by way of a set of the kernel's that holds nothing else,
 * since the loop would make a descriptor of its own non-blocking; a pipe or terminal is opened anew
 * through the file system, which makes a description of our own that may be non-blocking; everything
 * else (files, systems that cannot reopen) is read and written by the thread pool. */
#include "stream/file_stream.h"
#include "socket/sockio.h"
#include "os/stdio_os.h"

#include <errno.h>
#include <fcntl.h>
#include <frond/error.h>
#include <frond/impl/fail.h>
#include <frond/impl/memory.h>
#include <frond/impl/process.h>
#include <frond/impl/stream.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct {
    frond_stream base;
    frond__sockio io; /* a descriptor of its own, non-blocking or a socket */
    int set;          /* what is watched for a socket; else -1 */
    const char *name;
} stdio;

typedef struct {
    const stdio *of;
    void *buf;
    size_t len;
} transfer;

static const char *const names[] = {"standard input", "standard output",
                                    "standard error"};

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

static int64_t stdio_read(frond_stream *s, void *buf, size_t cap, frond_deadline d) {
    stdio *k = (stdio *)s;
    transfer t = {k, buf, cap};
    int64_t n = frond__sockio_do(&k->io, FROND_FD_READ, try_read, &t, false, d);
    return n < 0 ? frond_fail_text((int)n, "read from %s: %s", k->name,
                                   frond_error_message((int)n))
                 : n;
}

static int stdio_write(frond_stream *s, const frond_buf *bufs, size_t n, size_t *written,
                       frond_deadline d) {
    stdio *k = (stdio *)s;
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

static void stdio_close(frond_stream *s) {
    stdio *k = (stdio *)s;
    frond__sockio_close(&k->io);
    frond__socket_close(k->set);
}

static void stdio_destroy(frond_stream *s) {
    frond_free(s);
}

static const frond_stream_ops stdio_ops = {.read = stdio_read,
                                           .write = stdio_write,
                                           .close = stdio_close,
                                           .destroy = stdio_destroy};

static void describe(const void *object, char *out, size_t cap) {
    snprintf(out, cap, "%s", ((const stdio *)object)->name);
}

static int open_polled(int which, int fd, bool is_socket, frond_stream **s) {
    int set = is_socket ? frond__stdio_set(fd, which == FROND_STDIN) : -1;
    stdio *k = frond_calloc(1, sizeof *k);
    frond_fd *watch = NULL;
    if (!k || (is_socket && set < 0))
        goto out_of_memory;
    if (!(watch = frond_fd_new(is_socket ? set : fd, describe, k)) ||
        frond_stream_init(&k->base, &stdio_ops) < 0)
        goto out_of_memory;
    frond_descriptor_opened(fd);
    frond_descriptor_opened(set);
    k->io = (frond__sockio){.fd = fd, .watch = watch, .describe = describe, .object = k};
    k->set = set;
    k->name = names[which];
    *s = &k->base;
    return 0;

out_of_memory:
    frond_fd_close(watch);
    frond_free(k);
    if (set >= 0)
        close(set);
    close(fd);
    return frond_fail_set(FROND_ENOMEM, names[which]);
}

int frond_stdio_open(frond_std which, frond_stream **s) {
    struct stat st;
    int shared = (int)which, fd = -1;
    if (!s || shared < 0 || shared > FROND_STDERR)
        return frond_fail_set(FROND_EINVAL, "standard stream");
    if (fstat(shared, &st) < 0)
        return frond_fail_set(frond_error_from_system(errno), names[shared]);
    if (S_ISSOCK(st.st_mode))
        fd = fcntl(shared, F_DUPFD_CLOEXEC, 3);
    else if (S_ISFIFO(st.st_mode) || isatty(shared))
        fd = frond__stdio_reopen(shared, shared == FROND_STDIN);
    if (fd >= 0)
        return open_polled(shared, fd, S_ISSOCK(st.st_mode), s);
    return frond__file_stream(shared, names[shared], s);
}
