/* SPDX-License-Identifier: MIT */
/* The buffers that a thread's readers read into.  A reader has one from a read that got something to its next
 * call; who waits has none.  So a thousand connections go through the few that are in the caches, and those that
 * are idle cost no memory. */
#ifndef FROND_NET_LENT_H
#define FROND_NET_LENT_H

#include <frond/stream.h>
#include <stdbool.h>

enum { FROND__LENT = 32 * 1024 /* bytes of each */ };

/* NULL: no memory. */
char *frond__lend(void);
void frond__give_back(char *buf);

/* Whether s can read into a buffer that is lent when there is something to read: a socket without time limits,
 * rates and bytes that were put back. */
bool frond__can_lend(const frond_stream *s);

/* As frond_read, of at most `most` bytes, into one that is lent: *buf is the caller's when the answer is more than
 * 0.  Suspends. */
int64_t frond__read_lent(frond_stream *s, char **buf, size_t most, frond_deadline d);

#endif
