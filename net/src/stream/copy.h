/* SPDX-License-Identifier: MIT */
/* What the system does for copies: copy_linux.c, and copy_other.c where it does nothing. */
#ifndef FROND_NET_COPY_H
#define FROND_NET_COPY_H

#include <frond/copy.h>

/* Goes on with a copy inside the kernel, up to left bytes or the end; *copied grows by what has been written.
 * 0, an error recorded, or FROND_ENOTSUP, not recorded: some may have been moved. */
int frond__copy_inside(frond_stream *from, frond_stream *to, uint64_t left,
                       uint64_t *copied, frond_deadline d);

/* Sends some of what is in memory of the file.  How many bytes, 0 at its end, an error recorded, or
 * FROND_ENOTSUP, not recorded: it has to be read. */
int64_t frond__send_cached(frond_stream *s, frond_file *file, int64_t offset,
                           int64_t most, frond_deadline d);

#endif
