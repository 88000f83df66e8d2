/* SPDX-License-Identifier: MIT */
/* What ci/check-headers.pl must pass. */

/* Waits for it.  Suspends.  Returns 0, or FROND_ETIMEDOUT.  t is borrowed.  Since 0.1. */
FROND_API int frond_thing_wait(frond_thing *t, frond_deadline d);

/* Does not suspend.  Cannot fail.  Returns how many there are; t is borrowed.
 * Since 0.1. */
FROND_API size_t frond_thing_count(const frond_thing *t);

/* Makes one of each.  Does not suspend.  Returns 0 with *t owned by the caller, or
 * FROND_ENOMEM.  Since 0.1. */
FROND_API int frond_thing_new(frond_thing **t);
FROND_API int frond_other_new(frond_thing **t, int how);

/* Sleeps.  Suspends.  Returns 0 or FROND_ECANCELED.  Since 0.1. */
FROND_API int frond_sleep(uint64_t ms);
