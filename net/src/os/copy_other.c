/* SPDX-License-Identifier: MIT */
/* Copies where the system has no calls for them that never block. */
#include "stream/copy.h"

#include <frond/error.h>

int frond__copy_inside(frond_stream *from, frond_stream *to, uint64_t left,
                       uint64_t *copied, frond_deadline d) {
    (void)from;
    (void)to;
    (void)left;
    (void)copied;
    (void)d;
    return FROND_ENOTSUP;
}

int64_t frond__send_cached(frond_stream *s, frond_file *file, int64_t offset,
                           int64_t most, frond_deadline d) {
    (void)s;
    (void)file;
    (void)offset;
    (void)most;
    (void)d;
    return FROND_ENOTSUP;
}
