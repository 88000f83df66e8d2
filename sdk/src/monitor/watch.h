/* SPDX-License-Identifier: MIT */
/* What the monitor's thread watches.  Each looks, and answers how many milliseconds it may be until the next
 * look: -1, no limit. */
#ifndef FROND_SRC_WATCH_H
#define FROND_SRC_WATCH_H

#include "monitor/monitor.h"

FROND_INTERNAL int frond__watch_blocking(void);
FROND_INTERNAL int frond__watch_memory(void);
FROND_INTERNAL int frond__watch_dumps(void);
FROND_INTERNAL void frond__watch_dump_begin(void);
FROND_INTERNAL void frond__watch_reset(void); /* before the thread begins */
/* Of a hub that is in the registry no more: what was told of it is over. */
FROND_INTERNAL void frond__watch_end(const frond_hub *h);

/* The sample's greenlet and stack. */
FROND_INTERNAL void frond__watch_title(frond__page *p, const frond__sample *s);
FROND_INTERNAL void frond__watch_frames(frond__page *p, const frond__sample *s);

#endif
