/* SPDX-License-Identifier: MIT */
/* What ci/check-headers.pl must find fault with. */

FROND_API int frond_no_comment(int x);

/* A comment that a blank line takes away.  Does not suspend.  Since 0.1. */

FROND_API void frond_far_comment(int x);

/* Returns 0 or FROND_EINVAL.  Since 0.1. */
FROND_API int frond_no_suspends(int x);

/* Does not suspend.  Returns 0 or FROND_EINVAL.  Since 0.1. */
FROND_API int frond_deadline_no_suspends(int x, frond_deadline d);

/* Suspends.  Returns 0 or FROND_EINVAL.  Since 0.1. */
FROND_API int frond_suspends_no_deadline(int x);

/* Does not suspend.  FROND_EINVAL.  Since 0.1. */
FROND_API int frond_no_returns(int x);

/* Does not suspend.  Returns 0.  Since 0.1. */
FROND_API int frond_no_error(int x);

/* Does not suspend.  Returns 0 or FROND_EINVAL.  Since 0.1. */
FROND_API int frond_no_owner(frond_thing *t);

/* Does not suspend.  Returns 0 or FROND_EINVAL. */
FROND_API int frond_no_since(int x);
