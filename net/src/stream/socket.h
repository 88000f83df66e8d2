/* SPDX-License-Identifier: MIT */
/* Streams over connected sockets. */
#ifndef FROND_SOCKET_H
#define FROND_SOCKET_H

#include "socket/sockio.h"
#include <frond/stream.h>

/* Makes a stream of a connected, non-blocking socket.  On success descriptor and watch are the
 * stream's, on failure both are closed.  peer may be NULL.  0 or FROND_ENOMEM. */
int frond__socket_stream(frond__sockio *io, const frond_addr *peer, frond_stream **s);

/* Whether it is an end of frond_stream_pair. */
bool frond__socket_is_paired(const frond_stream *s);

#endif
