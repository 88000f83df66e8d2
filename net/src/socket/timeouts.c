/* SPDX-License-Identifier: MIT */
/* See timeouts.h. */
#include "socket/timeouts.h"

#include <frond/limits.h>

static _Thread_local frond__timeouts standard;

void frond_default_timeouts(uint64_t read_ms, uint64_t write_ms) {
    standard = (frond__timeouts){read_ms, write_ms};
}

frond__timeouts frond__timeouts_default(void) {
    return standard;
}

int frond__timeouts_give(frond_stream *s) {
    if (!standard.read_ms && !standard.write_ms)
        return 0;
    int rc = frond_stream_timeouts(s, standard.read_ms, standard.write_ms);
    if (rc < 0)
        frond_stream_free(s);
    return rc;
}
