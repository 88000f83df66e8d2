/* SPDX-License-Identifier: MIT */
/* Recording failures: how a function makes frond_error_text() say what was being done to what.
 * Nothing here suspends; all concern the calling greenlet. */
#ifndef FROND_IMPL_FAIL_H
#define FROND_IMPL_FAIL_H

#include <frond/addr.h>
#include <frond/error.h>

FROND_BEGIN

/* Records code with what was being done ("read"); costs two stores.  Does not suspend.
 * Cannot fail.  Returns code.  doing is borrowed for ever: a literal.  Since 0.1. */
FROND_API int frond_fail_set(int code, const char *doing);

/* The same with the address it was done to; the text is made only when asked for.  Does not suspend.
 * Cannot fail.  Returns code.  doing is borrowed for ever, *to is copied.  Since 0.1. */
FROND_API int frond_fail_addr(int code, const char *doing, const frond_addr *to);

/* Records code with a whole sentence made now; for failures that are dear anyway.  Does not suspend.
 * Cannot fail.  Returns code.  The text is copied.  Since 0.1. */
FROND_API int frond_fail_text(int code, const char *format, ...) FROND_PRINTF(2, 3);

/* Puts words before the sentence of the last failure: "fetch http://...: " and so on.  Does not
 * suspend.  Cannot fail.  Returns the last failure's code.  The text is copied.  Since 0.1. */
FROND_API int frond_fail_within(const char *format, ...) FROND_PRINTF(1, 2);

/* What the calling greenlet will end with, having called frond_failed or frond_fail: for its drop function.
 * Does not suspend.  Cannot fail.  Returns a code; 0: it has not failed.  Since 0.1. */
FROND_API int frond_fail_pending(void);

/* Does not suspend.  Returns the code for a system error (errno, or a Winsock error), or
 * FROND_EUNKNOWN; 0 for 0.  Since 0.1. */
FROND_API int frond_error_from_system(int error);

/* Does not suspend.  Returns the code for an error of libuv (negative), or FROND_EUNKNOWN; 0 for 0.
 * Since 0.1. */
FROND_API int frond_error_from_uv(int status);

FROND_END

#endif
