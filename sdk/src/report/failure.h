/* SPDX-License-Identifier: MIT */
/* A greenlet's last failure, and text made with printf's rules in frond's memory. */
#ifndef FROND_FAILURE_H
#define FROND_FAILURE_H

#include "core.h"
#include <stdarg.h>

FROND_INTERNAL frond__failure *frond__failure_of(frond_greenlet *g);
FROND_INTERNAL void frond__failure_free(frond_greenlet *g);
FROND_INTERNAL char *frond__format(const char *format, va_list args) FROND_PRINTF(1, 0);

#endif
