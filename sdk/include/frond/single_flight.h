/* SPDX-License-Identifier: MIT */
/* Single flight: calls for the same key that overlap share one run and its outcome, such as a hundred
 * greenlets that miss the same entry of a cache.  The run has a greenlet of its own: that one who
 * waits for it is killed or runs out of time does not hurt the others, and when the last has left, the
 * run is killed.  Nothing is remembered: the next call after the end runs again.
 * Belongs to the thread that made it (FROND_ETHREAD elsewhere).  Only frond_single_flight_do suspends. */
#ifndef FROND_SINGLE_FLIGHT_H
#define FROND_SINGLE_FLIGHT_H

#include <frond/api.h>
#include <frond/deadline.h>

FROND_BEGIN

typedef struct frond_single_flight frond_single_flight;

/* Whose a value is.  Each call that gets one owns one reference to it: the run's own, or another that
 * keep has made.  Without keep the calls share the pointer, and it is up to them whose it is. */
typedef struct {
    void (*keep)(void *value); /* makes one reference more; cannot fail */
    void (*drop)(void *value); /* lets one go: the run's own, when no call took it */
    uintptr_t reserved[4];     /* zero */
} frond_single_flight_options;

/* Makes one (o may be NULL).  Does not suspend.  Returns what the caller owns (frond_single_flight_free),
 * or NULL with frond_error_code() set to FROND_EINVAL or FROND_ENOMEM.  Since 0.1. */
FROND_API frond_single_flight *frond_single_flight_new(
    const frond_single_flight_options *o);

/* Gets the outcome of fn(arg, value) for the key_size bytes of key: of the run that is on for that
 * key, or else of one begun for this call.  Suspends.  Returns what fn returned: 0 or more, with the
 * value it stored (NULL if it did not), or its error with the same text; or
 *   FROND_ETIMEDOUT  d passed; FROND_NOW begins no run
 *   FROND_ECANCELED  this greenlet was killed, or the run's was
 *   FROND_ECLOSED    freed during the wait           FROND_EDEADLK    called by the run for that key,
 *   FROND_ETHREAD    of another thread                                or nothing can end the wait
 *   FROND_EWRONGPROC of another process              FROND_ENOSUSPEND called in a hub callback
 *   FROND_EINVAL     sf, fn or key is NULL           FROND_ENOMEM     it cannot begin
 * *value is untouched after an error; value may be NULL: then none is taken.  *shared (may be NULL) is 1
 * when other calls had a part in the run, else 0.  key is copied.  arg is owned by the call:
 * drop(arg) (drop may be NULL) is called exactly once, whatever is returned, when the run has ended or
 * none will need it; so the run outlives this call without its frame.  Since 0.1. */
FROND_API int frond_single_flight_do(frond_single_flight *sf, const void *key,
                                     size_t key_size, int (*fn)(void *arg, void **value),
                                     void *arg, void (*drop)(void *arg), void **value,
                                     int *shared, frond_deadline d);

/* Does not suspend.  Cannot fail.  Returns for how many keys a run is on.  sf is borrowed.
 * Since 0.1. */
FROND_API size_t frond_single_flight_count(const frond_single_flight *sf);

/* Kills the runs, wakes those who wait with FROND_ECLOSED, and frees it once both have left.  NULL is
 * allowed.  From another thread it goes through the owner's hub.  Does not suspend.  The caller's
 * ownership ends.  Since 0.1. */
FROND_API void frond_single_flight_free(frond_single_flight *sf);

FROND_END

#endif
