/* SPDX-License-Identifier: MIT */
/* The greenlets of a hub by who has spawned whom. */
#ifndef FROND_SRC_TREE_H
#define FROND_SRC_TREE_H

#include "core.h"
#include "report/page.h"

/* All that have not ended, each below its spawner; before them the cycles of waits, if there are any. */
FROND_INTERNAL void frond__tree_print(frond__page *p, frond_hub *h, const void *caller);

#endif
