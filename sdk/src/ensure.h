/* SPDX-License-Identifier: MIT */
/* Guards frond's own invariants, in release builds too.  Misuse by a caller is an error code. */
#ifndef FROND_ENSURE_H
#define FROND_ENSURE_H

#include <frond/api.h>

FROND_API FROND_NORETURN void frond__assert_failed(const char *what, const char *file,
                                                   int line);

#define FROND_ASSERT(condition)                                                          \
    ((condition) ? (void)0 : frond__assert_failed(#condition, __FILE__, __LINE__))

#define FROND_UNREACHABLE(what) frond__assert_failed(what, __FILE__, __LINE__)

#endif
