/* SPDX-License-Identifier: MIT */
/* The facts of proc: how it learns of the end of a child. */
#include "start.h"

#include <frond/proc.h>

void frond_proc_about(frond_fact_fn fact, void *arg) {
    fact("children", frond__os_children(), arg);
}
