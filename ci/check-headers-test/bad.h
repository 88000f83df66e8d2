/* SPDX-License-Identifier: MIT */
/* What check-headers.pl must find fault with: one fault a function, unless it says otherwise. */
#ifndef FROND_BAD_H
#define FROND_BAD_H

#include <frond/api.h>
#include <frond/deadline.h>
#include <uv.h>

FROND_BEGIN

typedef struct frond_thing frond_thing;

FROND_API int frond_bad_no_comment(void);

/* An empty line parts it from its function.  Does not suspend.  Returns 0; cannot fail.
 * Since 0.1. */

FROND_API int frond_bad_far_comment(void);

/* Returns 0; cannot fail.  Since 0.1. */
FROND_API int frond_bad_suspends_unsaid(void);

/* Does not suspend.  Suspends.  Returns 0; cannot fail.  Since 0.1. */
FROND_API int frond_bad_suspends_both(void);

/* Does not suspend.  Returns 0, FROND_ETIMEDOUT or FROND_ECANCELED.  Since 0.1. */
FROND_API int frond_bad_deadline(frond_deadline d);

/* Suspends.  Returns 0 or FROND_ETIMEDOUT.  Since 0.1. */
FROND_API int frond_bad_no_deadline(uint64_t ms);

/* Suspends.  Returns 0 or FROND_ETIMEDOUT.  Since 0.1. */
FROND_API int frond_bad_canceled_unnamed(frond_deadline d);

/* Does not suspend.  Cannot fail.  Since 0.1. */
FROND_API int frond_bad_returns_unsaid(void);

/* Does not suspend.  Returns 0 or an error.  Since 0.1. */
FROND_API int frond_bad_errors_unnamed(void);

/* Does not suspend.  Returns 0; cannot fail.  Since 0.1. */
FROND_API int frond_bad_owner_of_parameter(frond_thing *t);

/* Does not suspend.  Returns a thing, or NULL with FROND_ENOMEM.  Since 0.1. */
FROND_API frond_thing *frond_bad_owner_of_result(void);

/* Does not suspend.  Writes into t for
 * the caller.  Since 0.1. */
FROND_API void frond_bad_owner_of_second(int n, frond_thing **t);

/* Does not suspend.  Returns 0; cannot fail. */
FROND_API int frond_bad_since_unsaid(void);

/* Does not suspend.  Returns 0; cannot fail.  Since 0.1. */
FROND_API pid_t frond_bad_type(void);

FROND_END

#endif
