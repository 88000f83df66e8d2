/* SPDX-License-Identifier: MIT */
/* Signals to a process and its descendants: tree_linux.c, tree_macos.c, process_windows.c. */
#ifndef FROND_TREE_H
#define FROND_TREE_H

#include "start.h"

/* 0 or an error.  leads: the process leads a group of its own. */
int frond__os_signal_tree(frond__os_process *p, bool leads, int number);

#endif
