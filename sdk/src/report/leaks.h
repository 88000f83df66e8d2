/* SPDX-License-Identifier: MIT */
/* Where objects come from, noted while FROND_LEAKS is set. */
#ifndef FROND_SRC_LEAKS_H
#define FROND_SRC_LEAKS_H

#include "core.h"

typedef struct frond__origin frond__origin;

/* Of a hub that is made: whether origins are noted. */
FROND_INTERNAL void frond__leaks_begin(frond_hub *h);

/* An object of h's was made here, and was freed, on whichever thread.  NULL for want of memory. */
FROND_INTERNAL frond__origin *frond__origin_note(frond_hub *h);
FROND_INTERNAL void frond__origin_drop(frond_hub *h, frond__origin *o);

/* Of a hub that is closed: tells what is left, and forgets the origins. */
FROND_INTERNAL void frond__leaks_end(frond_hub *h);

#endif
