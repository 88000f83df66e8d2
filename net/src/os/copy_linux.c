/* SPDX-License-Identifier: MIT */
/* Linux moves bytes from socket to socket through a pipe (splice), and from the page cache into a socket
 * (sendfile), without showing them to us. */
#include "stream/copy.h"
#include "os/os_socket.h"
#include "os/socket_posix.h"
#include "stream/stream.h"
#include "stream/stream_limits.h"

#include <errno.h>
#include <fcntl.h>
#include <frond/error.h>
#include <frond/impl/fail.h>
#include <frond/impl/sigpipe.h>
#include <frond/impl/file.h>
#include <frond/impl/memory.h>
#include <frond/impl/process.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum {
    NOWAIT = 8,        /* RWF_NOWAIT: as preadv2 itself, newer than some libraries */
    PIPE = 256 * 1024, /* fewer calls than with the default of 64 KiB */
    CACHED = 256 * 1024
};

typedef struct {
    int in, out; /* of the pipe */
    size_t most;
} splice_call;

static int64_t try_in(frond_os_fd fd, void *call) {
    splice_call *c = call;
    ssize_t n;
    FROND__RETRY(
        n, splice(fd, NULL, c->in, NULL, c->most, SPLICE_F_MOVE | SPLICE_F_NONBLOCK));
    return n < 0 ? errno == EINVAL ? FROND_ENOTSUP : frond__socket_code() : n;
}

static int64_t try_out(frond_os_fd fd, void *call) {
    splice_call *c = call;
    frond_sigpipe before;
    ssize_t n;
    frond_sigpipe_hold(&before);
    FROND__RETRY(
        n, splice(c->out, NULL, fd, NULL, c->most, SPLICE_F_MOVE | SPLICE_F_NONBLOCK));
    frond_sigpipe_let(&before, n < (ssize_t)c->most);
    return n < 0 ? errno == EINVAL ? FROND_ENOTSUP : frond__socket_code() : n;
}

/* What is in the pipe still goes back to where it came from. */
static int put_back(frond_stream *from, int out, size_t n) {
    char *rest = frond_alloc(n);
    ssize_t got = -1;
    int rc = FROND_ENOMEM;
    if (rest)
        FROND__RETRY(got, read(out, rest, n));
    if (got > 0)
        rc = from->closed ? 0 : frond_unread(from, rest, (size_t)got);
    frond_free(rest);
    return rc;
}

/* Moves what is there; how much, 0 at the end, or an error. */
static int64_t move_some(frond_stream *from, frond_stream *to, splice_call *c,
                         uint64_t *copied, frond_deadline d) {
    int64_t n = frond__stream_run(from, FROND_FD_READ, try_in, c, "copy from", d);
    if (n <= 0)
        return n;
    for (size_t left = (size_t)n; left;) {
        splice_call rest = {c->in, c->out, left};
        int64_t sent =
            frond__stream_run(to, FROND_FD_WRITE, try_out, &rest, "copy to", d);
        if (sent < 0) {
            int rc = put_back(from, c->out, left);
            return rc < 0 ? frond_fail_set(rc, "copy from") : sent;
        }
        *copied += (uint64_t)sent;
        left -= (size_t)sent;
    }
    return n;
}

static bool is_plain(const frond_stream *s) {
    return s->ops->run && !frond__is_limited(s);
}

int frond__copy_inside(frond_stream *from, frond_stream *to, uint64_t left,
                       uint64_t *copied, frond_deadline d) {
    int ends[2];
    int64_t n = 1;
    if (!is_plain(from) || !is_plain(to) || pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0)
        return FROND_ENOTSUP;
    frond_descriptor_opened(ends[0]);
    frond_descriptor_opened(ends[1]);
    fcntl(ends[0], F_SETPIPE_SZ, PIPE); /* or it stays as it is */
    while (left && n > 0) {
        splice_call c = {ends[1], ends[0], left < PIPE ? (size_t)left : PIPE};
        n = move_some(from, to, &c, copied, d);
        left -= n > 0 ? (uint64_t)n : 0;
    }
    for (int i = 0; i < 2; i++) {
        frond_descriptor_closing(ends[i]);
        close(ends[i]);
    }
    return n < 0 ? (int)n : 0;
}

/* ---- files ---- */

typedef struct {
    frond_file *file;
    int64_t offset;
    size_t most;
} file_call;

/* Whether a byte of the file can be had without waiting for a device. */
static bool is_cached(int fd, int64_t offset) {
    char byte;
    struct iovec part = {&byte, 1};
    unsigned long low = (unsigned long)offset, high = (unsigned long)(offset >> 16 >> 16);
    return syscall(SYS_preadv2, fd, &part, 1UL, low, high, NOWAIT) == 1;
}

/* Its first and last bytes tell of what lies between: the system reads ahead. */
static int64_t try_file(frond_os_fd fd, void *call) {
    file_call *c = call;
    off_t at = (off_t)c->offset;
    int file;
    ssize_t n;
    int rc = frond_file_descriptor(c->file, &file);
    if (rc < 0)
        return rc;
    size_t most = c->most;
    while (most > 1 && !is_cached(file, c->offset + (int64_t)most - 1))
        most /= 2;
    if (!is_cached(file, c->offset))
        return FROND_ENOTSUP;
    frond_sigpipe before;
    frond_sigpipe_hold(&before);
    FROND__RETRY(n, sendfile(fd, file, &at, most));
    frond_sigpipe_let(&before, n < (ssize_t)most);
    return n < 0 ? errno == EINVAL ? FROND_ENOTSUP : frond__socket_code() : n;
}

int64_t frond__send_cached(frond_stream *s, frond_file *file, int64_t offset,
                           int64_t most, frond_deadline d) {
    file_call c = {file, offset, most < CACHED ? (size_t)most : CACHED};
    if (!is_plain(s))
        return FROND_ENOTSUP;
    return frond__stream_run(s, FROND_FD_WRITE, try_file, &c, "send file", d);
}
