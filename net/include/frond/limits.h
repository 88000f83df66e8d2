/* SPDX-License-Identifier: MIT */
/* Limits: how long a call on a stream, a datagram socket or a listener may take beside its own deadline, and how many
 * bytes a second may go through a stream, or through all that share a rate.  A rate belongs to the thread that made
 * it.  Nothing here suspends. */
#ifndef FROND_LIMITS_H
#define FROND_LIMITS_H

#include <frond/api.h>
#include <frond/stream.h>
#include <frond/tcp.h>
#include <frond/udp.h>

FROND_BEGIN

/* From now on every read of s ends after read_ms, and every write after write_ms, milliseconds, if its deadline
 * has not passed before; 0: no such limit, as at first.  Does not suspend.  Returns 0, FROND_EINVAL,
 * FROND_ENOMEM, FROND_ETHREAD, FROND_ECLOSED.  s stays owned by the caller.  Since 0.1. */
FROND_API int frond_stream_timeouts(frond_stream *s, uint64_t read_ms, uint64_t write_ms);

/* The same for datagrams: every call that receives, and every one that sends.  Does not suspend.  Returns 0,
 * FROND_EINVAL, FROND_ETHREAD, FROND_ECLOSED.  u stays owned by the caller.  Since 0.1. */
FROND_API int frond_udp_timeouts(frond_udp *u, uint64_t receive_ms, uint64_t send_ms);

/* The same for frond_accept.  Servers wait as long as it takes.  Does not suspend.  Returns 0, FROND_EINVAL,
 * FROND_ETHREAD, FROND_ECLOSED.  l stays owned by the caller.  Since 0.1. */
FROND_API int frond_listener_timeout(frond_listener *l, uint64_t accept_ms);

/* What this thread's sockets have from now on, those that there are already aside: streams that are connected or
 * accepted, datagram sockets that are opened, and listeners, whose limit is that of reading; 0: no limit, as at first.
 * Does not suspend.  Cannot fail.  Nothing is owned.  Since 0.1. */
FROND_API void frond_default_timeouts(uint64_t read_ms, uint64_t write_ms);

typedef struct frond_rate frond_rate;

/* Makes a rate: so many bytes a second on average, and at most burst at once (0: a tenth of a second's, at
 * least 1500).  Streams that share it take turns.  Does not suspend.  Returns a rate owned by the caller
 * (frond_rate_free), or NULL with FROND_EINVAL for 0 bytes a second, FROND_ENOMEM.  Since 0.1. */
FROND_API frond_rate *frond_rate_new(uint64_t bytes_per_second, uint64_t burst);

/* Changes it; what has gone already still counts.  Does not suspend.  Returns 0, FROND_EINVAL, FROND_ETHREAD.
 * r stays owned by the caller.  Since 0.1. */
FROND_API int frond_rate_set(frond_rate *r, uint64_t bytes_per_second, uint64_t burst);

/* Lets go of it; streams that have it keep it.  NULL is allowed.  Does not suspend.  The caller's ownership
 * ends.  Since 0.1. */
FROND_API void frond_rate_free(frond_rate *r);

/* From now on s is read at the rate `reading` and written at `writing`; NULL: as fast as can be.  A call that
 * has to wait for its turn does so within its deadline.  Does not suspend.  Returns 0, FROND_EINVAL,
 * FROND_ENOMEM, FROND_ETHREAD, FROND_ECLOSED.  s and the rates stay owned by the caller.  Since 0.1. */
FROND_API int frond_stream_rates(frond_stream *s, frond_rate *reading,
                                 frond_rate *writing);

FROND_END

#endif
