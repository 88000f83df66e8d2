/* SPDX-License-Identifier: MIT */
/* What reports say of one greenlet. */
#ifndef FROND_SRC_LINES_H
#define FROND_SRC_LINES_H

#include "core.h"
#include "report/page.h"

enum { FROND__FRAMES = 64 };

/* The name in quotes behind a blank, or nothing; what is no printable character is a question mark. */
FROND_INTERNAL void frond__line_name(frond__page *p, const frond_greenlet *g);

/* "greenlet 3 "name" function(0x...)", without the end of the line. */
FROND_INTERNAL void frond__line_title(frond__page *p, const frond_greenlet *g);

/* "waiting", and so on. */
FROND_INTERNAL const char *frond__state_name(frond_state state);

/* What it waits for: "lock 0x... held by greenlet 4". */
FROND_INTERNAL void frond__wait_text(const frond_waiter *w, char *out, size_t cap);

/* Whole lines; each begins with p's indentation. */
FROND_INTERNAL void frond__lines_spawn(frond__page *p, const frond_greenlet *g);
FROND_INTERNAL void frond__lines_frames(frond__page *p, void *const *frames, int n);
/* Its title, state, spawn and stack, without the frames above caller of the current one. */
FROND_INTERNAL void frond__lines_greenlet(frond__page *p, frond_hub *h, frond_greenlet *g,
                                          const void *caller);

#endif
