/* SPDX-License-Identifier: MIT */
/* The probes, one place each, and how many look at it, which is written by them. */
#include "trace/probes.h"

#include "trace/trace.h"
#define _SDT_HAS_SEMAPHORES 1
#include <sys/sdt.h>

#define COUNTER __attribute__((section(".probes")))
COUNTER unsigned short frond_spawn_semaphore, frond_switch_semaphore,
    frond_wait_semaphore, frond_wake_semaphore, frond_exit_semaphore;

void frond__probes_event(int event, const frond_greenlet *from,
                         const frond_greenlet *to) {
    switch (event) {
    case FROND_TRACE_SPAWN:
        STAP_PROBE3(frond, spawn, from->id, to->id, to->run);
        break;
    case FROND_TRACE_EXIT:
        STAP_PROBE2(frond, exit, from->id, from->error);
        break;
    case FROND__TRACE_WAKE:
        STAP_PROBE2(frond, wake, to->id, to->answer);
        break;
    default:
        if (from->state == FROND_WAITING)
            STAP_PROBE3(frond, wait, from->id, from->wait->kind->what,
                        from->wait->object);
        STAP_PROBE2(frond, switch, from->id, to->id);
    }
}
