/* SPDX-License-Identifier: MIT */
/* What all streams have in common: the checks, one reader and one writer, and who keeps the memory. */
#include "stream/lent.h"
#include "stream/stream_limits.h"
#include "stream/stream.h"

#include <frond/error.h>
#include <frond/impl/fail.h>
#include <frond/impl/memory.h>
#include <frond/impl/waiter.h>
#include <stdbool.h>
#include <string.h>

int frond_stream_init(frond_stream *s, const frond_stream_ops *ops) {
    s->ops = ops;
    s->refs = 1;
    s->inside = 0;
    s->extras = NULL;
    s->closed = s->reading = s->writing = s->shut = 0;
    return frond_home_enter(&s->home);
}

void frond_stream_undo(frond_stream *s) {
    frond_home_leave(&s->home);
}

static int check(const frond_stream *s, const char *doing) {
    if (!s)
        return frond_fail_set(FROND_EINVAL, doing);
    int rc = frond_home_check(&s->home);
    if (rc < 0)
        return frond_fail_set(rc, doing);
    if (s->closed)
        return frond_fail_set(FROND_ECLOSED, doing);
    return 0;
}

static void destroy(frond_stream *s) {
    frond_home home = s->home;
    frond__extras_free(s);
    s->ops->destroy(s);
    frond_home_leave(&home);
}

static inline void leave(frond_stream *s) {
    if (--s->inside == 0 && s->refs == 0)
        destroy(s);
}

void frond_stream_hold(frond_stream *s) {
    s->inside++;
}

void frond_stream_let_go(frond_stream *s) {
    leave(s);
}

/* What is called many times in a row gives way to others here, who may free s. */
static int enter_slowly(frond_stream *s, const char *doing, frond_deadline d) {
    bool held = s && frond_home_check(&s->home) == 0;
    if (held)
        s->inside++;
    int rc = frond_wait_enter(d);
    if (rc == 0)
        rc = check(s, doing);
    if (held)
        leave(s);
    return rc;
}

static inline int enter(frond_stream *s, const char *doing, frond_deadline d) {
    if (s && frond_home_go_ahead(&s->home) && !s->closed)
        return 0;
    return enter_slowly(s, doing, d);
}

int64_t frond_read(frond_stream *s, void *buf, size_t cap, frond_deadline d) {
    int rc = enter(s, "read", d);
    if (rc < 0)
        return rc;
    if (!buf && cap)
        return frond_fail_set(FROND_EINVAL, "read");
    if (s->reading)
        return frond_fail_set(FROND_EBUSY, "read");
    if (cap == 0)
        return 0;
    s->reading = 1;
    s->inside++;
    int64_t n =
        !s->extras ? s->ops->read(s, buf, cap, d) : frond__limited_read(s, buf, cap, d);
    s->reading = 0;
    leave(s);
    return n;
}

bool frond__can_lend(const frond_stream *s) {
    return s->ops->read_lent && !s->extras;
}

int64_t frond__read_lent(frond_stream *s, char **buf, size_t most, frond_deadline d) {
    int rc = enter(s, "read", d);
    if (rc < 0)
        return rc;
    if (s->reading)
        return frond_fail_set(FROND_EBUSY, "read");
    s->reading = 1;
    s->inside++;
    int64_t n = s->ops->read_lent(s, buf, most, d);
    s->reading = 0;
    leave(s);
    return n;
}

static inline int write_parts(frond_stream *s, const frond_buf *bufs, size_t n,
                              size_t *written, frond_deadline d) {
    size_t none = 0;
    written = written ? written : &none;
    *written = 0;
    int rc = enter(s, "write", d);
    if (rc < 0)
        return rc;
    for (size_t i = 0; i < n; i++)
        if (!bufs || (!bufs[i].data && bufs[i].len))
            return frond_fail_set(FROND_EINVAL, "write");
    if (s->writing)
        return frond_fail_set(FROND_EBUSY, "write");
    if (s->shut)
        return frond_fail_set(FROND_EPIPE, "write after shutdown");
    s->writing = 1;
    s->inside++;
    rc = !s->extras ? s->ops->write(s, bufs, n, written, d)
                    : frond__limited_write(s, bufs, n, written, d);
    s->writing = 0;
    leave(s);
    return rc;
}

int frond_writev(frond_stream *s, const frond_buf *bufs, size_t n, size_t *written,
                 frond_deadline d) {
    return write_parts(s, bufs, n, written, d);
}

int frond_write(frond_stream *s, const void *buf, size_t len, size_t *written,
                frond_deadline d) {
    frond_buf whole = {buf, len};
    return write_parts(s, &whole, 1, written, d);
}

int frond_shutdown(frond_stream *s, frond_deadline d) {
    int rc = enter(s, "shutdown", d);
    if (rc < 0)
        return rc;
    if (!s->ops->shutdown)
        return frond_fail_set(FROND_ENOTSUP, "shutdown");
    if (s->writing)
        return frond_fail_set(FROND_EBUSY, "shutdown");
    if (s->shut)
        return 0;
    s->writing = 1;
    s->inside++;
    rc = s->ops->shutdown(s, d);
    s->writing = 0;
    if (rc == 0)
        s->shut = 1;
    leave(s);
    return rc;
}

int64_t frond__stream_run(frond_stream *s, int direction, frond_attempt attempt,
                          void *call, const char *doing, frond_deadline d) {
    int rc = enter(s, doing, d);
    if (rc < 0)
        return rc;
    uint8_t *busy = direction == FROND_FD_READ ? &s->reading : &s->writing;
    if (!s->ops->run)
        return frond_fail_set(FROND_ENOTSUP, doing);
    if (*busy)
        return frond_fail_set(FROND_EBUSY, doing);
    if (direction == FROND_FD_WRITE && s->shut)
        return frond_fail_set(FROND_EPIPE, doing);
    *busy = 1;
    s->inside++;
    int64_t n = s->ops->run(s, direction, attempt, call, d);
    *busy = 0;
    leave(s);
    return n < 0 ? frond_fail_set((int)n, doing) : n;
}

static void close_here(frond_stream *s) {
    if (s->closed)
        return;
    s->closed = 1;
    frond__limits_closed(s);
    s->ops->close(s);
}

int frond_close(frond_stream *s) {
    if (s && s->closed)
        return 0;
    int rc = check(s, "close");
    if (rc == 0)
        close_here(s);
    return rc;
}

int frond_stream_release(frond_stream *s, intptr_t *fd) {
    int rc = check(fd ? s : NULL, "release");
    if (rc < 0)
        return rc;
    if (!s->ops->release)
        return frond_fail_set(FROND_ENOTSUP, "release");
    intptr_t released = s->inside ? FROND_EBUSY : s->ops->release(s);
    if (released < 0)
        return frond_fail_set((int)released, "release");
    s->closed = 1;
    *fd = released;
    return 0;
}

frond_stream *frond_stream_ref(frond_stream *s) {
    s->refs++;
    return s;
}

static void unref(void *stream) {
    frond_stream *s = stream;
    if (--s->refs)
        return;
    s->inside++;
    close_here(s);
    leave(s);
}

void frond_stream_free(frond_stream *s) {
    if (s)
        frond_home_send(&s->home, unref, s);
}

static int address(const frond_stream *s, int peer, frond_addr *a) {
    const char *doing = peer ? "peer address" : "local address";
    if (!s || !a)
        return frond_fail_set(FROND_EINVAL, doing);
    if (s->closed)
        return frond_fail_set(FROND_ECLOSED, doing);
    int rc = s->ops->address ? s->ops->address(s, peer, a) : FROND_ENOTSUP;
    return rc < 0 ? frond_fail_set(rc, doing) : 0;
}

int frond_stream_peer(const frond_stream *s, frond_addr *a) {
    return address(s, 1, a);
}

int frond_stream_local(const frond_stream *s, frond_addr *a) {
    return address(s, 0, a);
}

int frond_read_exact(frond_stream *s, void *buf, size_t len, size_t *got,
                     frond_deadline d) {
    size_t none = 0;
    got = got ? got : &none;
    *got = 0;
    while (*got < len) {
        int64_t n = frond_read(s, buf ? (char *)buf + *got : NULL, len - *got, d);
        if (n <= 0)
            return n < 0 ? (int)n : frond_fail_set(FROND_EOF, "read exactly");
        *got += (size_t)n;
    }
    return 0;
}

int frond_unread(frond_stream *s, const void *data, size_t len) {
    int rc = check(s, "unread");
    if (rc < 0)
        return rc;
    if (!data && len)
        return frond_fail_set(FROND_EINVAL, "unread");
    frond_stream_extras *e = len ? frond__extras_need(s) : NULL;
    if (!e)
        return len ? FROND_ENOMEM : 0;
    size_t rest = e->back_end - e->back_at;
    char *back = frond_alloc(len + rest);
    if (!back)
        return frond_fail_set(FROND_ENOMEM, "unread");
    memcpy(back, data, len);
    if (rest)
        memcpy(back + len, e->back + e->back_at, rest);
    frond_free(e->back);
    e->back = back;
    e->back_at = 0;
    e->back_end = len + rest;
    return 0;
}

int frond_stream_fd(const frond_stream *s, intptr_t *fd) {
    return s && fd ? frond_stream_descriptor(s, fd)
                   : frond_fail_set(FROND_EINVAL, "descriptor");
}

int frond_stream_descriptor(const frond_stream *s, intptr_t *fd) {
    if (s->closed)
        return frond_fail_set(FROND_ECLOSED, "descriptor");
    if (!s->ops->descriptor)
        return frond_fail_set(FROND_ENOTSUP, "descriptor");
    *fd = s->ops->descriptor(s);
    return 0;
}
