/* SPDX-License-Identifier: MIT */
/* Return addresses of another thread. */
#ifndef FROND_SRC_UNWIND_WINDOWS_H
#define FROND_SRC_UNWIND_WINDOWS_H

#include "compat.h"
#include <windows.h>

/* Where a suspended thread stands, and its return addresses; how many, 0 where they cannot be had. */
FROND_INTERNAL int frond__unwind_thread(HANDLE thread, void **frames, int cap);

#endif
