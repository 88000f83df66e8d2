/* SPDX-License-Identifier: MIT */
/* What an emulated system cannot tell. */
#ifndef FROND_TESTS_SKIPS_H
#define FROND_TESTS_SKIPS_H

/* Why a test is not run here; NULL: it is. */
const char *skip_reason(const char *suite, const char *test);

#endif
