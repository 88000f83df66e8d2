/* SPDX-License-Identifier: MIT */
/* What check-headers.pl must find nothing wrong with.  uv_loop_t may stand in a comment. */
#ifndef FROND_GOOD_H
#define FROND_GOOD_H

#include <frond/api.h>
#include <frond/deadline.h>

FROND_BEGIN

typedef struct frond_thing frond_thing;

/* Reads 1..cap bytes into buf.  Suspends.
 * Returns the number of bytes read, 0 at the end of the stream, or
 *   FROND_ETIMEDOUT  d passed; nothing was consumed, call again at will
 *   FROND_ECANCELED  this greenlet was killed       FROND_ECLOSED  closed during the wait
 * buf is borrowed until the call returns.  Since 0.1. */
FROND_API int64_t frond_thing_read(frond_thing *t, void *buf, size_t cap,
                                   frond_deadline d);

/* Makes a thing.  Does not suspend.  Returns one that the caller owns, or NULL with FROND_ENOMEM.
 * Since 0.1. */
FROND_API frond_thing *frond_thing_new(void (*fn)(void *arg, int n), const char *name,
                                       size_t *count);

/* Width and height in pixels.  Do not change t.  Never suspends.  Cannot fail.  Returns a number;
 * t is borrowed.  Since 0.1. */
FROND_API int frond_thing_width(const frond_thing *t);
FROND_API int frond_thing_height(const frond_thing *t);

/* Counts.  Does not suspend.  Returns 0, or FROND_EINVAL when n is NULL.  Since 0.12. */
FROND_API int frond_thing_count(size_t *n, int limits[4]);

/* Ends it.  Does not suspend.  The caller's ownership ends.  Since 0.1. */
FROND_API void frond_thing_free(frond_thing *t);

/* Sleeps at least ms milliseconds.  Suspends.  Returns 0 or FROND_ECANCELED.  Since 0.1. */
FROND_API int frond_sleep(uint64_t ms);

/* Does not suspend.  Cannot fail.  Returns the earlier of the two.  Since 0.1. */
FROND_API frond_deadline frond_earlier(frond_deadline a, frond_deadline b);

/* Records a text.  Does not suspend.  Returns code (any FROND_E*).  The text is copied.
 * Since 0.1. */
FROND_API int frond_thing_fail(int code, const char *format, ...) FROND_PRINTF(2, 3);

FROND_END

#endif
