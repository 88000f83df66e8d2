/* SPDX-License-Identifier: MIT */
/* What starting a process with a console of its own needs of that. */
#ifndef FROND_TERMINAL_WINDOWS_H
#define FROND_TERMINAL_WINDOWS_H

#include "launch/terminal.h"

typedef struct frond__console frond__console;

/* The system's handle of it, for CreateProcess; by: of frond__terminal. */
void *frond__console_handle(intptr_t by);
/* It is closed when this process ends, at the latest. */
void frond__console_child(intptr_t by, void *process);

#endif
