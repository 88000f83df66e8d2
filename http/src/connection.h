/* SPDX-License-Identifier: MIT */
/* One HTTP connection, of either side: a stream, and a buffer of what was read and not consumed. */
#ifndef FROND_HTTP_CONNECTION_H
#define FROND_HTTP_CONNECTION_H

#include "chunked.h"
#include "content.h"
#include "framing.h"
#include "head.h"
#include <frond/deadline.h>
#include <frond/stream.h>
#include <stdbool.h>

typedef struct {
    frond_stream *stream;
    char *buf;
    size_t start, end, cap;
} frond__http_input;

/* Reads more into the buffer, which may grow to limit: bytes, 0 at the end, or an error
 * (FROND_EHTTP_HEAD_SIZE when it is full).  Suspends. */
int64_t frond__http_fill(frond__http_input *in, size_t limit, frond_deadline d);
void frond__http_consume(frond__http_input *in, size_t n);

/* Reads a whole head; it and its buffer are then at in->buf + in->start, not consumed.
 * Returns its length, 0 when the stream ended before its first byte, or an error in words.  first (may
 * be NULL) gets the clock at the first byte.  Suspends. */
int64_t frond__http_read_head(frond__http_input *in, frond__http_head *h, size_t limit,
                              int64_t *first, frond_deadline d);

/* A body on its way in, transfer coding undone. */
typedef struct {
    frond__http_framing framing;
    frond__http_chunked chunked;
    uint64_t left; /* of BODY_LENGTH */
    const char
        *view; /* in the input's buffer: handed out by the decoder, not yet by us */
    size_t view_len;
    bool ended; /* nothing more comes, but for the view */
} frond__http_body_in;

void frond__http_body_begin(frond__http_body_in *b, const frond__http_framing *f);
/* The next bytes, a view of the input's buffer that the next call ends; length, 0 at the end of the
 * body, or an error in words.  Suspends. */
int64_t frond__http_body_next(frond__http_body_in *b, frond__http_input *in,
                              const char **data, frond_deadline d);
/* The same, copied, straight from the stream where that saves a copy. */
int64_t frond__http_body_read(frond__http_body_in *b, frond__http_input *in, void *buf,
                              size_t cap, frond_deadline d);
void frond__http_body_free(frond__http_body_in *b);

#endif
