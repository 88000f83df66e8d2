/* SPDX-License-Identifier: MIT */
/* Readers: a buffer [start, end) over a stream: one that is lent as long as a read brings all that is asked for, and
 * the reader's own when more has to be waited for.  Nothing leaves it before a call succeeds, so a call
 * that timed out can be made again; a search goes on where the last one stopped. */
#include "stream/lent.h"
#include <frond/reader.h>

#include <frond/error.h>
#include <frond/impl/fail.h>
#include <frond/impl/memory.h>
#include <frond/impl/waiter.h>
#include <stdbool.h>
#include <string.h>

enum { DEFAULT_LIMIT = 64 * 1024, FIRST = 4096, MOST_DELIMITER = 64 };

struct frond_reader {
    frond_stream *stream;
    size_t limit;
    char *buf;
    size_t cap, start, end;
    bool lent;       /* the buffer is (lent.h); else it is the reader's own */
    size_t searched; /* bytes from start on that hold no beginning of the delimiter */
    bool ended;
};

frond_reader *frond_reader_new(frond_stream *s, size_t limit) {
    if (!s || limit > SIZE_MAX / 4) {
        frond_fail_set(FROND_EINVAL, "reader new");
        return NULL;
    }
    frond_reader *r = frond_calloc(1, sizeof *r);
    if (!r) {
        frond_fail_set(FROND_ENOMEM, "reader new");
        return NULL;
    }
    r->stream = s;
    r->limit = limit ? limit : DEFAULT_LIMIT;
    return r;
}

static void consume(frond_reader *r, size_t n) {
    r->start += n;
    r->searched = 0;
    if (r->start == r->end)
        r->start = r->end = 0;
}

static void drop_buffer(frond_reader *r) {
    if (r->lent)
        frond__give_back(r->buf);
    else
        frond_buffer_free(r->buf);
    r->buf = NULL;
    r->cap = 0;
    r->lent = false;
}

/* To a larger buffer, which is the reader's own. */
static int move_to_own(frond_reader *r) {
    size_t n = r->end - r->start, cap = FIRST;
    if (n >= r->limit)
        return frond_fail_set(FROND_ELIMIT, "read");
    while (cap <= n + 1)
        cap *= 2;
    if (cap > r->limit + 1)
        cap = r->limit + 1;
    char *own = frond_buffer_alloc(cap);
    if (!own)
        return frond_fail_set(FROND_ENOMEM, "read");
    if (n)
        memcpy(own, r->buf + r->start, n);
    drop_buffer(r);
    r->buf = own;
    r->cap = cap;
    r->start = 0;
    r->end = n;
    return 0;
}

/* Room behind the data, for a NUL too.  What is in a buffer that is lent moves: more has to be waited for. */
static int make_room(frond_reader *r) {
    if (!r->lent && r->end + 1 < r->cap)
        return 0;
    if (r->lent || r->start == 0)
        return move_to_own(r);
    memmove(r->buf, r->buf + r->start, r->end - r->start);
    r->end -= r->start;
    r->start = 0;
    return 0;
}

/* The same into a buffer that is lent, for one that has nothing. */
static int64_t fill_lent(frond_reader *r, frond_deadline d) {
    size_t most = FROND__LENT - 1; /* for a NUL */
    drop_buffer(r);
    int64_t n =
        frond__read_lent(r->stream, &r->buf, most < r->limit ? most : r->limit, d);
    if (n > 0) {
        r->lent = true;
        r->cap = FROND__LENT;
        r->end = (size_t)n;
    } else {
        r->buf = NULL;
        r->ended = n == 0;
    }
    return n;
}

/* Reads more: bytes, 0 at the end, or an error. */
static int64_t fill(frond_reader *r, frond_deadline d) {
    if (r->ended)
        return 0;
    if (r->start == r->end && frond__can_lend(r->stream))
        return fill_lent(r, d);
    int rc = make_room(r);
    if (rc < 0)
        return rc;
    int64_t n = frond_read(r->stream, r->buf + r->end, r->cap - r->end - 1, d);
    if (n > 0)
        r->end += (size_t)n;
    r->ended = n == 0;
    return n;
}

static int enter(const frond_reader *r, frond_deadline d, const char *doing) {
    int rc = frond_wait_enter(d);
    if (rc < 0)
        return rc;
    return r ? 0 : frond_fail_set(FROND_EINVAL, doing);
}

int64_t frond_reader_read(frond_reader *r, void *buf, size_t cap, frond_deadline d) {
    int rc = enter(r, d, "read");
    if (rc < 0)
        return rc;
    if (!buf && cap)
        return frond_fail_set(FROND_EINVAL, "read");
    size_t there = r->end - r->start;
    if (there == 0) {
        if (r->lent)
            drop_buffer(r);
        return r->ended ? 0 : frond_read(r->stream, buf, cap, d);
    }
    if (cap > there)
        cap = there;
    if (cap)
        memcpy(buf, r->buf + r->start, cap);
    consume(r, cap);
    return (int64_t)cap;
}

int frond_reader_exact(frond_reader *r, void *buf, size_t len, size_t *got,
                       frond_deadline d) {
    size_t none = 0;
    got = got ? got : &none;
    *got = 0;
    if (len == 0)
        return enter(r, d, "read exactly");
    while (*got < len) {
        int64_t n = frond_reader_read(r, (char *)buf + *got, len - *got, d);
        if (n < 0)
            return (int)n;
        if (n == 0)
            return frond_fail_set(FROND_EOF, "read exactly");
        *got += (size_t)n;
    }
    return 0;
}

/* Where the delimiter begins, counted from start, or -1. */
static int64_t find(frond_reader *r, const char *delimiter, size_t n) {
    const char *data = r->buf + r->start;
    size_t there = r->end - r->start, i = r->searched;
    while (there >= n && i <= there - n) {
        const char *p = memchr(data + i, delimiter[0], there - n - i + 1);
        if (!p)
            break;
        i = (size_t)(p - data);
        if (memcmp(p, delimiter, n) == 0)
            return (int64_t)i;
        i++;
    }
    r->searched = there >= n ? there - n + 1 : 0;
    return -1;
}

/* Length with the delimiter, or 0 at the end of the stream, or an error. */
static int64_t search(frond_reader *r, const char *delimiter, size_t n,
                      frond_deadline d) {
    for (;;) {
        int64_t at = find(r, delimiter, n);
        if (at >= 0)
            return at + (int64_t)n;
        int64_t more = fill(r, d);
        if (more <= 0)
            return more;
    }
}

int64_t frond_reader_until(frond_reader *r, const void *delimiter, size_t n,
                           const char **data, frond_deadline d) {
    int rc = enter(r, d, "read until");
    if (rc < 0)
        return rc;
    if (!delimiter || n == 0 || n > MOST_DELIMITER || !data)
        return frond_fail_set(FROND_EINVAL, "read until");
    r->searched = 0; /* the last call may have looked for something else ... */
    int64_t len = search(r, delimiter, n, d);
    r->searched = 0; /* ... and so may the next */
    if (len < 0)
        return len;
    if (len == 0)
        return r->end > r->start ? frond_fail_set(FROND_EOF, "read until") : 0;
    *data = r->buf + r->start;
    consume(r, (size_t)len);
    return len;
}

int64_t frond_reader_line(frond_reader *r, char **line, frond_deadline d) {
    int rc = enter(r, d, "read line");
    if (rc < 0)
        return rc;
    if (!line)
        return frond_fail_set(FROND_EINVAL, "read line");
    int64_t whole = search(r, "\n", 1, d);
    if (whole < 0)
        return whole;
    size_t len = whole ? (size_t)whole : r->end - r->start;
    if (len == 0)
        return frond_fail_set(FROND_EOF, "read line");
    char *text = r->buf + r->start;
    size_t shown = len - (whole ? 1 : 0);
    if (whole && shown && text[shown - 1] == '\r')
        shown--;
    text[shown] = '\0';
    *line = text;
    consume(r, len);
    return (int64_t)shown;
}

int64_t frond_reader_peek(frond_reader *r, size_t n, const char **data,
                          frond_deadline d) {
    int rc = enter(r, d, "peek");
    if (rc < 0)
        return rc;
    if (!data)
        return frond_fail_set(FROND_EINVAL, "peek");
    if (n > r->limit)
        return frond_fail_set(FROND_ELIMIT, "peek");
    while (r->end - r->start < n) {
        int64_t more = fill(r, d);
        if (more < 0)
            return more;
        if (more == 0)
            break;
    }
    *data = r->buf ? r->buf + r->start : "";
    return (int64_t)(r->end - r->start);
}

int64_t frond_reader_all(frond_reader *r, const char **data, frond_deadline d) {
    int rc = enter(r, d, "read all");
    if (rc < 0)
        return rc;
    if (!data)
        return frond_fail_set(FROND_EINVAL, "read all");
    int64_t more;
    while ((more = fill(r, d)) > 0) {}
    if (more < 0)
        return more;
    size_t n = r->end - r->start;
    *data = n ? r->buf + r->start : "";
    if (n)
        consume(r, n);
    return (int64_t)n;
}

int frond_reader_skip(frond_reader *r, size_t n) {
    if (!r || n > r->end - r->start)
        return frond_fail_set(FROND_EINVAL, "skip");
    consume(r, n);
    return 0;
}

size_t frond_reader_buffered(const frond_reader *r) {
    return r ? r->end - r->start : 0;
}

void frond_reader_free(frond_reader *r) {
    if (!r)
        return;
    drop_buffer(r);
    frond_free(r);
}
