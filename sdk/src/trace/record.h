/* SPDX-License-Identifier: MIT */
/* A hub's part of a recording. */
#ifndef FROND_RECORD_H
#define FROND_RECORD_H

#include "core.h"

/* A hub that has just been made is recorded if others are, or the settings say so. */
FROND_INTERNAL void frond__record_hub(frond_hub *h);
/* Nothing more is told of its greenlets. */
FROND_INTERNAL void frond__record_end(frond_hub *h);

/* event: a frond_trace_event, or FROND__TRACE_WAKE, of `to`. */
FROND_INTERNAL void frond__record_event(frond_hub *h, int event, frond_greenlet *from,
                                        frond_greenlet *to);

/* A greenlet that has its name changed. */
FROND_INTERNAL void frond__record_name(const frond_greenlet *g);

#endif
