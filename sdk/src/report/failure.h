/* SPDX-License-Identifier: MIT */
/* A greenlet's last failure, and text made with printf's rules in frond's memory. */
#ifndef FROND_FAILURE_H
#define FROND_FAILURE_H

#include "core.h"
#include <stdarg.h>

FROND_INTERNAL frond__failure *frond__failure_of(frond_greenlet *g);
FROND_INTERNAL void frond__failure_free(frond_greenlet *g);
FROND_INTERNAL char *frond__format(const char *format, va_list args) FROND_PRINTF(1, 0);

/* Why a thread has no hub: what its calls fail with until it has one (frond__no_hub). */
FROND_INTERNAL void frond__fail_no_hub(int code, const char *text);
/* Of a thread's first hub: what has failed before is g's last failure. */
FROND_INTERNAL void frond__failure_take_over(frond_greenlet *g);

#endif
