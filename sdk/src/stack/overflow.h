/* SPDX-License-Identifier: MIT */
/* Reporting stack overflows. */
#ifndef FROND_SRC_OVERFLOW_H
#define FROND_SRC_OVERFLOW_H

#include "core.h"

/* Names the greenlet that ran out of stack and what to do, on standard error.  Signal safe. */
FROND_INTERNAL void frond__overflow_tell(const frond_greenlet *g);

#endif
