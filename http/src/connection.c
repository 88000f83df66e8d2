/* SPDX-License-Identifier: MIT */
/* Reading messages from a connection, the same for client and server. */
#include "connection.h"

#include <frond/error.h>
#include <frond/impl/fail.h>
#include <frond/impl/memory.h>
#include <string.h>

enum { FIRST = 8 * 1024, CHUNK = 64 * 1024 };

static size_t held(const frond__http_input *in) {
    return in->end - in->start;
}

void frond__http_consume(frond__http_input *in, size_t n) {
    in->start += n;
    if (in->start == in->end)
        in->start = in->end = 0;
}

static int make_room(frond__http_input *in, size_t limit) {
    if (in->end < in->cap)
        return 0;
    if (in->start) {
        memmove(in->buf, in->buf + in->start, held(in));
        in->end -= in->start;
        in->start = 0;
        return 0;
    }
    if (in->cap >= limit)
        return FROND_EHTTP_HEAD_SIZE;
    size_t cap = in->cap ? in->cap * 2 : FIRST;
    char *buf = frond_realloc(in->buf, cap > limit ? limit : cap);
    if (!buf)
        return FROND_ENOMEM;
    in->buf = buf;
    in->cap = cap > limit ? limit : cap;
    return 0;
}

int64_t frond__http_fill(frond__http_input *in, size_t limit, frond_deadline d) {
    int rc = make_room(in, limit < FIRST ? FIRST : limit);
    if (rc < 0)
        return frond_fail_set(rc, "http");
    int64_t n = frond_read(in->stream, in->buf + in->end, in->cap - in->end, d);
    if (n > 0)
        in->end += (size_t)n;
    return n;
}

int64_t frond__http_read_head(frond__http_input *in, frond__http_head *h, size_t limit,
                              int64_t *first, frond_deadline d) {
    for (;;) {
        if (held(in)) {
            if (first && *first == 0)
                *first = frond_now();
            int64_t n = frond__http_head_feed(h, in->buf + in->start, held(in));
            if (n < 0)
                return frond_fail_text(
                    (int)n, "malformed head: %s (byte %zu)",
                    h->reason ? h->reason : frond_error_message((int)n), h->at);
            if (n > 0)
                return n;
        }
        int64_t more = frond__http_fill(in, limit + 1, d);
        if (more < 0)
            return more;
        if (more == 0)
            return held(in) ? frond_fail_text(FROND_EHTTP_TRUNCATED,
                                              "the connection ended inside the head")
                            : 0;
    }
}

void frond__http_body_begin(frond__http_body_in *b, const frond__http_framing *f) {
    *b = (frond__http_body_in){.framing = *f, .left = f->length};
    frond__http_chunked_init(&b->chunked, NULL);
    b->ended = f->body == FROND__HTTP_BODY_NONE || f->body == FROND__HTTP_BODY_TUNNEL ||
               (f->body == FROND__HTTP_BODY_LENGTH && f->length == 0);
}

static int truncated(const frond__http_body_in *b) {
    if (b->framing.body == FROND__HTTP_BODY_LENGTH)
        return frond_fail_text(
            FROND_EHTTP_TRUNCATED, "body ended early: %llu of %llu bytes are missing",
            (unsigned long long)b->left, (unsigned long long)b->framing.length);
    return frond_fail_text(FROND_EHTTP_TRUNCATED,
                           "body ended early: its last chunk is missing");
}

/* Of what is in the buffer: like frond__http_body_next, but 0 when more input is needed. */
static int64_t from_buffer(frond__http_body_in *b, frond__http_input *in,
                           const char **data) {
    size_t n = held(in), used;
    *data = in->buf + in->start;
    if (b->framing.body == FROND__HTTP_BODY_LENGTH && n > b->left)
        n = (size_t)b->left;
    if (b->framing.body != FROND__HTTP_BODY_CHUNKED) {
        in->start += n; /* not rewound: the view must live on */
        b->left -= b->framing.body == FROND__HTTP_BODY_LENGTH ? n : 0;
        b->ended = b->framing.body == FROND__HTTP_BODY_LENGTH && b->left == 0;
        return (int64_t)n;
    }
    int rc = frond__http_chunked_next(&b->chunked, *data, n, &used, data, &n);
    in->start += used;
    if (rc < 0)
        return frond_fail_text(rc, "bad chunk: %s",
                               b->chunked.reason ? b->chunked.reason
                                                 : frond_error_message(rc));
    b->ended = rc == FROND__HTTP_CHUNKED_END;
    return rc == FROND__HTTP_CHUNKED_DATA ? (int64_t)n : 0;
}

/* More input for a body; 0 once it may go on (or has ended), or an error. */
static int need_input(frond__http_body_in *b, frond__http_input *in, frond_deadline d) {
    frond__http_consume(in, 0);
    int64_t n = frond__http_fill(in, CHUNK, d);
    if (n < 0)
        return (int)n;
    if (n == 0 && b->framing.body != FROND__HTTP_BODY_CLOSE)
        return truncated(b);
    b->ended = n == 0;
    return 0;
}

int64_t frond__http_body_next(frond__http_body_in *b, frond__http_input *in,
                              const char **data, frond_deadline d) {
    if (b->view_len) {
        size_t n = b->view_len;
        *data = b->view;
        b->view_len = 0;
        return (int64_t)n;
    }
    while (!b->ended) {
        int64_t n = held(in) ? from_buffer(b, in, data) : 0;
        if (n)
            return n;
        if (b->ended || held(in))
            continue;
        int rc = need_input(b, in, d);
        if (rc < 0)
            return rc;
    }
    return 0;
}

int64_t frond__http_body_read(frond__http_body_in *b, frond__http_input *in, void *buf,
                              size_t cap, frond_deadline d) {
    bool plain = b->framing.body == FROND__HTTP_BODY_LENGTH ||
                 b->framing.body == FROND__HTTP_BODY_CLOSE;
    if ((b->ended && !b->view_len) || cap == 0)
        return 0;
    if (plain && !held(in) && !b->view_len) {
        if (b->framing.body == FROND__HTTP_BODY_LENGTH && cap > b->left)
            cap = (size_t)b->left;
        int64_t n = frond_read(in->stream, buf, cap, d);
        if (n < 0)
            return n;
        if (n == 0 && b->framing.body == FROND__HTTP_BODY_LENGTH)
            return truncated(b);
        b->left -= b->framing.body == FROND__HTTP_BODY_LENGTH ? (uint64_t)n : 0;
        b->ended = n == 0 || (b->framing.body == FROND__HTTP_BODY_LENGTH && b->left == 0);
        return n;
    }
    const char *data;
    int64_t n = frond__http_body_next(b, in, &data, d);
    if (n <= 0)
        return n;
    if ((size_t)n > cap) { /* what does not fit is handed out next */
        b->view = data + cap;
        b->view_len = (size_t)n - cap;
        n = (int64_t)cap;
    }
    memcpy(buf, data, (size_t)n);
    return n;
}

void frond__http_body_free(frond__http_body_in *b) {
    frond__http_chunked_free(&b->chunked);
}
