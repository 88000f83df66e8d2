/* SPDX-License-Identifier: MIT */
/* Dates of HTTP fields (RFC 9110 section 5.6.7) and Retry-After (10.2.3).  Times are
 * seconds since 1970 without leap seconds.  No locale and no time zone of the system is
 * asked.  Nothing here suspends; any thread may use it. */
#ifndef FROND_HTTP_DATE_H
#define FROND_HTTP_DATE_H

#include <stddef.h>
#include <stdint.h>

enum { FROND__HTTP_DATE_TEXT = 30 }; /* "Sun, 06 Nov 1994 08:49:37 GMT" and a NUL */

/* Writes an IMF-fixdate.  Returns 0, or FROND_EINVAL outside the years 1 to 9999 (out is
 * then empty). */
int frond__http_date_format(int64_t seconds, char out[FROND__HTTP_DATE_TEXT]);

/* Reads any of the three forms.  now settles the century of RFC 850's two-digit year: not
 * more than 50 years ahead.  The name of the day is not compared with the date.  Returns
 * 0, or FROND_EHTTP_PROTOCOL. */
int frond__http_date_parse(const char *text, size_t len, int64_t now, int64_t *seconds);

/* How long a Retry-After value asks to wait, in milliseconds: a number of seconds, or a
 * date seen from now (0 when past).  Numbers beyond uint64_t mean UINT64_MAX.  Returns 0,
 * or FROND_EHTTP_PROTOCOL. */
int frond__http_retry_after(const char *text, size_t len, int64_t now, uint64_t *ms);

#endif
