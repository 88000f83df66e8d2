/* SPDX-License-Identifier: MIT */
/* How long calls on sockets may take when nothing else is said. */
#ifndef FROND_NET_TIMEOUTS_H
#define FROND_NET_TIMEOUTS_H

#include <frond/deadline.h>
#include <frond/stream.h>

typedef struct {
    uint64_t read_ms, write_ms; /* 0: no limit */
} frond__timeouts;

/* Those that this thread's new sockets have. */
frond__timeouts frond__timeouts_default(void);

/* Gives them to a new stream.  0, or FROND_ENOMEM, recorded, and s is freed. */
int frond__timeouts_give(frond_stream *s);

static inline frond_deadline frond__within(uint64_t ms, frond_deadline d) {
    return ms ? frond_earlier(d, frond_in(ms)) : d;
}

#endif
