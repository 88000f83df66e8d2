/* SPDX-License-Identifier: MIT */
/* Writers: bytes [start, end) that were taken and are not sent. */
#include <frond/writer.h>

#include <frond/error.h>
#include <frond/impl/fail.h>
#include <frond/impl/memory.h>
#include <frond/impl/waiter.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { DEFAULT_SIZE = 4096, DEFAULT_LIMIT = 1024 * 1024 };

struct frond_writer {
    frond_stream *stream;
    size_t size, limit;
    char *buf; /* owned; NULL until the first byte */
    size_t cap, start, end;
};

frond_writer *frond_writer_new(frond_stream *s, size_t size, size_t limit) {
    frond_writer *w = NULL;
    if (!s || size > SIZE_MAX / 4 || limit > SIZE_MAX / 4)
        frond_fail_set(FROND_EINVAL, "writer new");
    else if (!(w = frond_calloc(1, sizeof *w)))
        frond_fail_set(FROND_ENOMEM, "writer new");
    else
        *w = (frond_writer){.stream = s,
                            .size = size ? size : DEFAULT_SIZE,
                            .limit = limit ? limit : DEFAULT_LIMIT};
    return w;
}

/* Room for n bytes more behind the others. */
static int make_room(frond_writer *w, size_t n) {
    if (w->cap - w->end >= n)
        return 0;
    size_t held = w->end - w->start, cap = w->cap ? w->cap : w->size;
    if (w->start)
        memmove(w->buf, w->buf + w->start, held);
    w->start = 0;
    w->end = held;
    while (cap - held < n)
        cap *= 2;
    char *buf = cap == w->cap ? w->buf : frond_realloc(w->buf, cap);
    if (!buf)
        return frond_fail_set(FROND_ENOMEM, "write");
    w->buf = buf;
    w->cap = cap;
    return 0;
}

static int keep(frond_writer *w, const void *data, size_t n) {
    int rc = make_room(w, n);
    if (rc == 0 && n) {
        memcpy(w->buf + w->end, data, n);
        w->end += n;
    }
    return rc;
}

int frond_writer_flush(frond_writer *w, frond_deadline d) {
    int entered = frond_wait_enter(d);
    if (entered < 0)
        return entered;
    if (!w)
        return frond_fail_set(FROND_EINVAL, "flush");
    while (w->start < w->end) {
        size_t done = 0;
        int rc = frond_write(w->stream, w->buf + w->start, w->end - w->start, &done, d);
        w->start += done;
        if (rc < 0)
            return rc;
    }
    w->start = w->end = 0;
    return 0;
}

/* More than the buffer is for: with what is in it, by one call.  Once a part of it has gone the rest is kept. */
static int write_through(frond_writer *w, const void *buf, size_t len, frond_deadline d) {
    size_t held = w->end - w->start, done = 0;
    frond_buf parts[2] = {{w->buf + w->start, held}, {buf, len}};
    int rc = frond_writev(w->stream, held ? parts : parts + 1, held ? 2 : 1, &done, d);
    if (done <= held) {
        w->start += done;
        if (w->start == w->end)
            w->start = w->end = 0;
        return done == held && rc == 0 ? 0 : rc;
    }
    w->start = w->end = 0;
    done -= held;
    return keep(w, (const char *)buf + done, len - done);
}

int frond_writer_write(frond_writer *w, const void *buf, size_t len, frond_deadline d) {
    int rc = frond_wait_enter(d);
    if (rc < 0)
        return rc;
    if (!w || (!buf && len))
        return frond_fail_set(FROND_EINVAL, "write");
    if (w->end - w->start + len < w->size)
        return keep(w, buf, len);
    if (len >= w->size)
        return write_through(w, buf, len, d);
    rc = frond_writer_flush(w, d);
    return rc < 0 ? rc : keep(w, buf, len);
}

int frond_writer_text(frond_writer *w, const char *text, frond_deadline d) {
    return frond_writer_write(w, text, text ? strlen(text) : 1, d);
}

int frond_writer_format(frond_writer *w, const char *format, ...) {
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int n = w && format ? vsnprintf(NULL, 0, format, args) : -1;
    int rc = n < 0 ? frond_fail_set(FROND_EINVAL, "format") : 0;
    if (rc == 0 && w->end - w->start + (size_t)n > w->limit)
        rc = frond_fail_set(FROND_ELIMIT, "format");
    if (rc == 0 && (rc = make_room(w, (size_t)n + 1)) == 0) {
        vsnprintf(w->buf + w->end, (size_t)n + 1, format, again);
        w->end += (size_t)n;
    }
    va_end(again);
    va_end(args);
    return rc;
}

size_t frond_writer_buffered(const frond_writer *w) {
    return w ? w->end - w->start : 0;
}

void frond_writer_free(frond_writer *w) {
    if (!w)
        return;
    frond_free(w->buf);
    frond_free(w);
}
