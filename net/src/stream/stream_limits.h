/* SPDX-License-Identifier: MIT */
/* What a stream may have beside its transport: time limits, rates, and bytes that were put back. */
#ifndef FROND_NET_STREAM_LIMITS_H
#define FROND_NET_STREAM_LIMITS_H

#include <frond/impl/stream.h>
#include <frond/limits.h>
#include <stdbool.h>

struct frond_stream_extras {
    uint64_t read_ms, write_ms;
    frond_rate *reading, *writing;       /* counted */
    struct frond_waiter *reads, *writes; /* for a rate; NULL: none */
    char *back;                          /* owned: bytes to be read first */
    size_t back_at, back_end;
    struct frond__handover *handover; /* owned: see os_message.h */
};

/* Those of s, made when there are none; NULL with FROND_ENOMEM. */
frond_stream_extras *frond__extras_need(frond_stream *s);
void frond__extras_free(frond_stream *s);

/* Whether s has any that its reads and writes must go through. */
static inline bool frond__is_limited(const frond_stream *s) {
    const frond_stream_extras *e = s->extras;
    return e && (e->read_ms || e->write_ms || e->reading || e->writing || e->back);
}

/* Wakes those of s who wait for a rate: it is closed. */
void frond__limits_closed(frond_stream *s);

/* As the transport's own read and write, within the limits. */
int64_t frond__limited_read(frond_stream *s, void *buf, size_t cap, frond_deadline d);
int frond__limited_write(frond_stream *s, const frond_buf *bufs, size_t n,
                         size_t *written, frond_deadline d);

#endif
