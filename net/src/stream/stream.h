/* SPDX-License-Identifier: MIT */
/* What stream.c gives the other files of net. */
#ifndef FROND_NET_STREAM_H
#define FROND_NET_STREAM_H

#include <frond/impl/fd.h>
#include <frond/impl/stream.h>

/* Runs attempts of one's own on the socket of s, as its reader or writer (FROND_FD_READ, FROND_FD_WRITE), with
 * all the checks of frond_read and frond_write.  Suspends.  What the attempt answers, or an error recorded:
 * FROND_ENOTSUP for a stream that is no socket, and as frond_read and frond_write do. */
int64_t frond__stream_run(frond_stream *s, int direction, frond_attempt attempt,
                          void *call, const char *doing, frond_deadline d);

#endif
