/* SPDX-License-Identifier: MIT */
/* Which children are frond's own to reap: the reaper leaves them alone.  Any thread. */
#ifndef FROND_REAPER_H
#define FROND_REAPER_H

#include <stdint.h>

void frond__reaper_begin(int64_t pid);
void frond__reaper_end(int64_t pid);

#endif
