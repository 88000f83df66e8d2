/* SPDX-License-Identifier: MIT */
/* The facts of proc.  Whether the system has process descriptors is found out on this process. */
#include "start.h"

#include <uv.h>

void frond_proc_about(frond_fact_fn fact, void *arg) {
    intptr_t watch = frond__os_watch(uv_os_getpid());
    if (watch >= 0)
        frond__os_close(watch);
    fact("children", watch >= 0 ? "watched by a descriptor" : "polled", arg);
}
